import { type ApiError, notFound, refused } from './apiError.mts';
import { faultOfValue } from './arguments.mts';
import type { Fleet } from './fleet.mts';
import type { Device, ManifestArgument, ManifestConfigurationGroup } from './model.mts';

/** Values by parameter name. Parameters without a value and without a default are absent. */
export type ConfigurationValues = Record<string, unknown>;

/** Finds a group in the manifest. Throws 404 if the manifest does not declare it (status inferred). */
export function groupOf(fleet: Fleet, device: Readonly<Device>, name: string): ManifestConfigurationGroup {
	const groups = fleet.blueprints.get(device.blueprint_id)?.manifest.configuration ?? {};
	const group = Object.hasOwn(groups, name) ? groups[name] : undefined;
	if (group) return group;
	throw notFound('Configuration group not found.');
}

/** The setting that holds the value of a parameter. By default `group.parameter`, which is never a property. */
function settingOf(
	fleet: Fleet,
	{ blueprint_id }: Readonly<Device>,
	group: string,
	parameter: string,
): string {
	const key = `${group}.${parameter}`;
	return fleet.blueprints.get(blueprint_id)?.behavior.configuration?.[key] ?? key;
}

/** The default as a value of the parameter's type. Real manifests often write it as text, e.g. `"false"`. */
function defaultOf({ type, default: value }: ManifestArgument): unknown {
	if (typeof value !== 'string' || type === 'string') return value;
	return JSON.parse(value);
}

/** Reads the values of a group, including sensitive ones. */
export function readConfiguration(
	fleet: Fleet,
	device: Readonly<Device>,
	group: string,
): ConfigurationValues {
	const settings = fleet.settings(device.id);
	const values: ConfigurationValues = {};
	for (const [name, parameter] of Object.entries(groupOf(fleet, device, group).parameters)) {
		const value = settings[settingOf(fleet, device, group, name)] ?? defaultOf(parameter);
		if (value !== undefined) values[name] = value;
	}
	return values;
}

/**
 * Sets the parameters in `set` and returns those in `reset` to their defaults. Throws, and changes nothing, for an
 * unknown parameter, a value that does not fit its declaration, and a parameter in both; the dialect has the status.
 */
export function changeConfiguration(
	fleet: Fleet,
	device: Readonly<Device>,
	group: string,
	{ set, reset }: { set: ConfigurationValues; reset: readonly string[] },
): void {
	const { parameters } = groupOf(fleet, device, group);
	for (const [name, value] of Object.entries(set)) {
		const reason = faultOfValue(parameterOf(fleet, parameters, name), value);
		if (reason !== undefined) throw refusal(fleet, name, `${name} ${reason}`);
		if (reset.includes(name)) throw refusal(fleet, name, `${name} is in both set and reset`);
	}
	const defaults = reset.map((name) => [name, defaultOf(parameterOf(fleet, parameters, name))] as const);
	const changes = [...Object.entries(set), ...defaults];
	if (changes.length === 0) return;
	fleet.simulate(device.id, {
		settings: Object.fromEntries(
			changes.map(([name, value]) => [settingOf(fleet, device, group, name), value]),
		),
	});
	const names = changes.map(([name]) => name).join(', ');
	fleet.logs.add(device, 'info', `Configuration ${group} changed: ${names}.`);
}

/** Finds a parameter of a group. Throws if the group does not declare it, with the status of the dialect. */
export function parameterOf(
	fleet: Fleet,
	parameters: ManifestConfigurationGroup['parameters'],
	name: string,
): ManifestArgument {
	const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
	if (parameter) return parameter;
	throw refusal(fleet, name, `unknown parameter ${JSON.stringify(name)}`);
}

function refusal({ dialect }: Fleet, field: string, message: string): ApiError {
	return refused(Number(dialect.configurationRefusal), message, field);
}

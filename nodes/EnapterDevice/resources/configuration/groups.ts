import type { IDataObject } from 'n8n-workflow';

import type { Plan, Task } from '../../execution/operation';
import type { Run } from '../../execution/run';
import type { Ref } from '../../fields/locators';
import { nameOfRef } from '../../fields/locators';
import { upperCase } from '../../transport/enums';
import { causeOf, ItemFailure } from '../../transport/errors';
import { isObject } from '../../transport/json';
import type { Explain, ResponseShape } from '../../transport/response';
import { listedNames, quotedIfNeeded, sentences } from '../../transport/text';
import type { ExpandedDevice } from '../device/device';
import { canonicalId, nameOfDevice } from '../device/device';
import { FEW, Fleet, planForDevices } from '../device/fleet';
import type { Manifest } from '../device/manifest';
import { declarations, displayNameOf, Manifests, plainText } from '../device/manifest';
import type { Parameter } from '../device/parameters';
import { parametersOf, redactSensitive } from '../device/parameters';

/** A configuration group that a manifest declares. */
export interface Group {
	name: string;
	displayName: string;
	description?: string;
	/** The role that reading and changing it needs, in upper case. */
	accessLevel: string;
	parameters: Parameter[];
}

/** A group of a certain device. */
export interface Target {
	device: ExpandedDevice;
	group: Group;
}

/** Values of a group by the names of its parameters. */
export type Values = IDataObject;

/** What an operation does with a group, for messages. */
export type Action = 'read' | 'updated' | 'reset';

/**
 * Maximum time that a request for a configuration occupies a slot of Max Concurrency, in milliseconds. The API may have to wait for
 * the device, which holds the values.
 */
const SLOT_TIME = 1_000;

/** Read once per manifest: many items share one. */
const byManifest = new WeakMap<Manifest, Group[]>();

/** The configuration groups of a manifest; none if the section is missing or null. */
export function groupsOf(manifest: Manifest): Group[] {
	const known = byManifest.get(manifest);
	if (known !== undefined) return known;
	const groups = declarations(manifest, 'configuration').map((declaration): Group => {
		const [name, declared] = declaration;
		const description = plainText(declared.description);
		return {
			name,
			displayName: displayNameOf(declaration),
			...(description === undefined ? {} : { description }),
			accessLevel: upperCase(declared.access_level) || 'USER',
			parameters: parametersOf(declared, 'parameters', manifest),
		};
	});
	byManifest.set(manifest, groups);
	return groups;
}

/**
 * Plans items about groups of devices. Devices are read for all items together, manifests once per blueprint. Only manifests say
 * which values are sensitive.
 *
 * @param plan makes the task of an item; may throw the reason why the item cannot be processed
 */
export async function planForGroups<T extends { ref: Ref; groupRef: Ref }>(
	items: T[],
	{ client }: Run,
	plan: (item: T, target: Target) => Task,
): Promise<Plan['items']> {
	const devices = new Set(items.map(({ ref }) => canonicalId(ref.id)));
	const fleet = new Fleet(client, ['connectivity', ...(devices.size > FEW ? [] : ['manifest'])]);
	const manifests = new Manifests(client);
	const lookups = await fleet.find(items.map(({ ref }) => ref));
	return await planForDevices(items, lookups, async (item, device) =>
		plan(item, { device, group: findGroup(device, await manifests.of(device), item.groupRef) }),
	);
}

function findGroup(device: ExpandedDevice, manifest: Manifest, ref: Ref): Group {
	const groups = groupsOf(manifest);
	const group = groups.find(({ name }) => name === ref.id);
	if (group !== undefined) return group;
	throw new ItemFailure(
		`${nameOfDevice(device)} has no configuration group ${nameOfRef(ref)}`,
		groups.length === 0
			? 'Its blueprint declares no configuration.'
			: `Its blueprint declares: ${listedNames(
					groups.map(({ name }) => name),
					50,
				)}.`,
	);
}

/** Names a group of a device in a message, e.g. `configuration Limits of Example battery`. */
function nameOfTarget({ device, group }: Target): string {
	return `configuration ${quotedIfNeeded(group.displayName)} of ${nameOfDevice(device)}`;
}

/** Says that something was not done with a group, e.g. `The configuration Limits of Example battery was not updated`. */
export function notDone(target: Target, action: Action): string {
	return `The ${nameOfTarget(target)} was not ${action}`;
}

/** The output of an item. Values of sensitive parameters are redacted, however the API shows them. */
export function outputOf({ device, group }: Target, values: Values) {
	return {
		device_id: device.id,
		group: group.name,
		configuration: redactSensitive(group.parameters, values),
	};
}

/** Whether responses may contain sensitive values, so that no error may quote them. */
function hasSecrets({ group }: Target): boolean {
	return group.parameters.some(({ isSensitive }) => isSensitive);
}

/** `{ configuration }`, which may be null if there are no values. */
const CONFIGURATION: ResponseShape<Values> = {
	expected: 'a configuration',
	read(body) {
		const values = isObject(body) ? body.configuration : undefined;
		return values === null ? {} : isObject(values) ? values : undefined;
	},
};

/** `{ configuration }` with all or only the changed values, or nothing: this is not documented. */
const CHANGED: ResponseShape<Values> = {
	expected: 'a configuration',
	read: (body, headers) => {
		const isEmpty = body === undefined || (isObject(body) && Object.keys(body).length === 0);
		return isEmpty ? {} : CONFIGURATION.read(body, headers);
	},
};

/**
 * Reads the values of a group.
 *
 * @throws EnapterApiError when the API refuses
 */
export async function readValues({ client }: Run, target: Target): Promise<Values> {
	return await client.call({
		method: 'GET',
		path: pathOf(target),
		response: CONFIGURATION,
		isIdempotent: true,
		isSecret: hasSecrets(target),
		slotTime: SLOT_TIME,
		explain: explain(target, 'read'),
	});
}

/**
 * Changes values of a group.
 *
 * @param change the request, and what no message may show
 * @param before the values before the change, if they are known
 * @returns the values after the change
 * @throws EnapterApiError when the API refuses
 */
export async function changeValues(
	run: Run,
	target: Target,
	change: { action: 'reset' } | { action: 'updated'; set: Values; reset: string[]; secrets: string[] },
	before?: Values,
): Promise<Values> {
	const { action } = change;
	const isUpdate = action === 'updated';
	const shown = await run.client.call({
		method: isUpdate ? 'PATCH' : 'POST',
		path: [...pathOf(target), ...(isUpdate ? [] : ['reset_all'])],
		...(isUpdate ? { body: bodyOf(change), secrets: change.secrets } : {}),
		response: CHANGED,
		isIdempotent: true,
		isSecret: hasSecrets(target),
		slotTime: SLOT_TIME,
		explain: explain(target, action),
	});
	const { parameters } = target.group;
	if (parameters.every(({ name, isSensitive }) => isSensitive || name in shown)) return shown;
	const isKnown =
		isUpdate && change.reset.length === 0 && Object.keys(change.set).every((name) => name in shown);
	if (before !== undefined && isKnown) return { ...before, ...shown };
	return await readValues(run, target).catch((error: unknown) => {
		run.hints.add(nameOfDevice(target.device), (names) =>
			sentences(
				`Configuration ${quotedIfNeeded(target.group.displayName)} of ${names}: ${action}, but not all values could be read: ${causeOf(error)}`,
			),
		);
		return shown;
	});
}

function bodyOf({ set, reset }: { set: Values; reset: string[] }): IDataObject {
	return {
		...(Object.keys(set).length === 0 ? {} : { set }),
		...(reset.length === 0 ? {} : { reset }),
	};
}

function pathOf({ device, group }: Target): string[] {
	return ['devices', device.id, 'configuration', group.name];
}

/** Statuses that do not come from the device: invalid, refused, not found, too many requests. */
const NOT_THE_DEVICE = [400, 401, 403, 404, 429];

/**
 * Names the group and its device, and says if the device is offline. How the API answers then is not documented: it may refuse, wait
 * for the device, or accept the change for later.
 */
function explain(target: Target, action: Action): Explain {
	const { device, group } = target;
	const isOffline = upperCase(device.connectivity?.status) === 'OFFLINE';
	return ({ reason, outcome, status = 0, isFromApi }) => ({
		reason:
			outcome === 'unknown' && action !== 'read'
				? `It is unknown whether the ${nameOfTarget(target)} was ${action}: ${reason}`
				: `${notDone(target, action)}: ${reason}`,
		...(isFromApi && status === 403
			? { advice: `Use the API Token of someone with the role ${group.accessLevel} on this device.` }
			: {}),
		...(isOffline && !NOT_THE_DEVICE.includes(status)
			? {
					advice: `${nameOfDevice(device)} is offline. Try again when it is online.`,
					isTransient: false,
				}
			: {}),
	});
}

import type { Manifest, ManifestArgument, ManifestAttribute, ManifestConfigurationGroup } from '../model.mts';

type Declarations<T> = Record<string, T> | null | undefined;

const colors = ['green', 'cyan-dark', 'yellow', 'red', 'pink-dark', 'blue'];

const units: Record<string, { symbol: string; display_name: string }> = {
	mV: { symbol: 'mV', display_name: 'Millivolt' },
	min: { symbol: 'min', display_name: 'Minute' },
	A: { symbol: 'A', display_name: 'Ampere' },
	'%': { symbol: '%', display_name: 'Percent' },
	'%LEL': { symbol: '% LEL', display_name: 'Percent of Lower Explosive Limit' },
	Cel: { symbol: '°C', display_name: 'Degree Celsius' },
	'L/h': { symbol: 'L/h', display_name: 'Litre per Hour' },
	W: { symbol: 'W', display_name: 'Watt' },
	V: { symbol: 'V', display_name: 'Volt' },
	bar: { symbol: 'bar', display_name: 'Bar' },
};

const sources = new WeakMap<Manifest, Manifest>();

/**
 * Compiles a manifest as the platform does (`device_compiled/3.0`): enumerations are split in two, default access
 * levels are written out, lists are always lists, units are listed, and the platform's own declarations are added.
 */
export function compile(source: Manifest): Manifest {
	const compiled = compileManifest(source);
	sources.set(compiled, source);
	return compiled;
}

/** The manifest as its author wrote it. */
export function sourceOf(manifest: Manifest): Manifest {
	return sources.get(manifest) ?? manifest;
}

function compileManifest(source: Manifest): Manifest {
	return {
		...source,
		blueprint_spec: 'device_compiled/3.0',
		implements: source.implements ?? [],
		...(source.configuration && { configuration: each(source.configuration, compileGroup) }),
		properties: each(source.properties, (it) => ({
			...lists(it),
			access_level: it.access_level ?? 'readonly',
		})),
		telemetry: {
			...each(source.telemetry, (it) => ({
				...lists(it, colors),
				access_level: it.access_level ?? 'readonly',
			})),
			alerts: { display_name: 'Alerts', type: 'alerts', access_level: 'readonly' },
			alert_details: { display_name: 'Alert Details', type: 'object', access_level: 'readonly' },
		},
		alerts: {
			...source.alerts,
			not_configured: { display_name: 'Device Not Configured', severity: 'info' },
		},
		commands: each(source.commands, (it) => ({
			...it,
			access_level: it.access_level ?? 'user',
			implements: it.implements ?? [],
			aliases: it.aliases ?? [],
			...(it.arguments && { arguments: each(it.arguments, (argument) => splitEnum(argument)) }),
		})),
		units: unitsOf(source),
	};
}

function compileGroup(group: ManifestConfigurationGroup): ManifestConfigurationGroup {
	return {
		...group,
		access_level: group.access_level ?? 'user',
		parameters: each(group.parameters, (parameter) => splitEnum(parameter)),
	};
}

/** Units that the manifest uses or declares. */
function unitsOf({ telemetry, properties, commands, configuration, units: own }: Manifest): typeof units {
	const used = new Set(
		[
			...Object.values(telemetry ?? {}),
			...Object.values(properties ?? {}),
			...Object.values(commands ?? {}).flatMap((command) => Object.values(command.arguments ?? {})),
			...Object.values(configuration ?? {}).flatMap(({ parameters }) => Object.values(parameters)),
		].map(({ unit }) => unit),
	);
	return { ...Object.fromEntries(Object.entries(units).filter(([unit]) => used.has(unit))), ...own };
}

function each<T>(declarations: Declarations<T>, change: (declaration: T) => T): Record<string, T> {
	return Object.fromEntries(Object.entries(declarations ?? {}).map(([name, it]) => [name, change(it)]));
}

function lists(attribute: ManifestAttribute, palette?: string[]): ManifestAttribute {
	const { implements: profiles = [], aliases = [] } = attribute;
	return { ...splitEnum(attribute, palette), implements: [profiles].flat(), aliases: [aliases].flat() };
}

function splitEnum<T extends ManifestArgument | ManifestAttribute>(declaration: T, palette?: string[]): T {
	if (declaration.enum === undefined) return declaration;
	const described = Array.isArray(declaration.enum)
		? declaration.enum.map((value) => ({ value, display_name: String(value) }))
		: Object.entries(declaration.enum).map(([key, about]) => ({
				value: declaration.type === 'integer' ? Number(key) : key,
				...about,
			}));
	return {
		...declaration,
		enum: described.map(({ value }) => value),
		enum_with_metainfo: described.map((about, index) => ({
			...about,
			...(palette && { color: ('color' in about && about.color) || palette[index % palette.length] }),
		})),
	};
}

import type { Manifest, ManifestArgument, ManifestAttribute } from '../model.mts';

type Declarations<T> = Record<string, T> | null | undefined;

const colors = ['green', 'cyan-dark', 'yellow', 'red', 'pink-dark', 'blue'];

const units: Record<string, { symbol: string; display_name: string }> = {
	'%': { symbol: '%', display_name: 'Percent' },
	'%LEL': { symbol: '% LEL', display_name: 'Percent of Lower Explosive Limit' },
	Cel: { symbol: '°C', display_name: 'Degree Celsius' },
	'L/h': { symbol: 'L/h', display_name: 'Litre per Hour' },
	W: { symbol: 'W', display_name: 'Watt' },
	V: { symbol: 'V', display_name: 'Volt' },
	bar: { symbol: 'bar', display_name: 'Bar' },
};

/**
 * The compiled form of a manifest (`device_compiled/3.0`), in which the platform delivers blueprints: enumerations
 * split in two, default access levels written out, lists always lists, units listed, and what the platform adds.
 */
export function compile(source: Manifest): Manifest {
	return {
		...source,
		blueprint_spec: 'device_compiled/3.0',
		implements: source.implements ?? [],
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
		units: Object.fromEntries(
			Object.entries(units).filter(([unit]) =>
				Object.values(source.telemetry ?? {}).some((attribute) => attribute.unit === unit),
			),
		),
	};
}

function each<T>(declarations: Declarations<T>, change: (declaration: T) => T): Record<string, T> {
	return Object.fromEntries(Object.entries(declarations ?? {}).map(([name, it]) => [name, change(it)]));
}

function lists(attribute: ManifestAttribute, palette?: string[]): ManifestAttribute {
	const { implements: profiles = [], aliases = [] } = attribute;
	return { ...splitEnum(attribute, palette), implements: profiles, aliases };
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

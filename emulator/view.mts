import { ApiError } from './apiError.mts';
import { compile, sourceOf } from './blueprints/compile.mts';
import { ucm } from './blueprints/control.mts';
import type { Dialect } from './dialect.mts';
import type { Fleet } from './fleet.mts';
import type { Device, DeviceConfig, Manifest, Site } from './model.mts';
import type { Role } from './roles.mts';

/** A value of an enumeration, in the case of the dialect. */
export function enumText(value: string, { enumCase }: Dialect): string {
	return enumCase === 'lower' ? value.toLowerCase() : value;
}

/** A time of RFC 3339 with microseconds, in the precision of the dialect. */
export function timeText(time: string, { timestamps }: Dialect): string {
	if (timestamps === 'milliseconds') return `${time.slice(0, 23)}Z`;
	if (timestamps === 'seconds') return `${time.slice(0, 19)}Z`;
	return timestamps === 'trimmed' ? time.replace(/\.?0*Z$/, 'Z') : time;
}

/** The fields that the reference does not know. */
export function extraFields({ extraFields: form }: Dialect): object {
	return form === 'some' ? { future_field: { added: true } } : {};
}

/** A site as the API shows it to a user with this role. Source: the reference and python-sdk. */
export function siteView(site: Readonly<Site>, role: Role, dialect: Dialect): object {
	const { id, name, timezone, location, version } = site;
	return {
		id,
		name,
		timezone,
		location: locationView(location, dialect),
		authorized_role: enumText(role, dialect),
		version,
		...extraFields(dialect),
	};
}

function locationView(
	{ name, latitude, longitude }: Site['location'],
	{ coordinates }: Dialect,
): object | undefined {
	switch (coordinates) {
		case 'number':
			return { name, latitude, longitude };
		case 'text':
			return { name, latitude: String(latitude), longitude: String(longitude) };
		case 'null':
			return { name, latitude: null, longitude: null };
		case 'missing':
			return { name };
		case 'noLocation':
			return undefined;
	}
}

/** A configuration as the API shows it. */
export function configView(config: Readonly<DeviceConfig>, dialect: Dialect): object {
	const port = (value: number) => (dialect.configPorts === 'text' ? String(value) : value);
	const { mqtt_port, mqtt_protocol, time_sync_protocol, time_sync_port } = config;
	return {
		...config,
		mqtt_port: port(mqtt_port),
		mqtt_protocol: enumText(mqtt_protocol, dialect),
		time_sync_protocol:
			dialect.timeSyncProtocol === 'lower' ? time_sync_protocol.toLowerCase() : time_sync_protocol,
		time_sync_port: port(time_sync_port),
		...extraFields(dialect),
	};
}

const sections = [
	'properties',
	'telemetry',
	'alerts',
	'commands',
	'command_groups',
	'configuration',
	'units',
] as const;

/** Views of manifests by form: compiling them for each request is slow. */
const manifestViews = new WeakMap<Manifest, Map<string, object>>();

/** The manifest of a device in the form of the dialect; undefined for a device without blueprint. */
export function manifestView(device: Readonly<Device>, fleet: Fleet): object | undefined {
	const manifest = fleet.blueprints.get(device.blueprint_id)?.manifest;
	if (!manifest || isBare(device, fleet.dialect)) return undefined;
	const { manifestForm, emptySections } = fleet.dialect;
	const views = manifestViews.get(manifest) ?? new Map<string, object>();
	manifestViews.set(manifest, views);
	const key = `${manifestForm} ${emptySections}`;
	const view = views.get(key) ?? withEmptySections(inForm(manifest, manifestForm), emptySections);
	views.set(key, view);
	return view;
}

function inForm(manifest: Manifest, form: Dialect['manifestForm']): Manifest {
	const source = sourceOf(manifest);
	if (form === 'mixed') return manifest;
	if (form === 'source') return source;
	return source === manifest ? compile(source) : manifest;
}

function withEmptySections(manifest: Manifest, form: Dialect['emptySections']): object {
	if (form === 'mixed') return manifest;
	const empty = { null: null, missing: undefined, empty: {} }[form];
	const filled = <T extends object>(section: T | null | undefined) =>
		section && Object.keys(section).length > 0 ? section : empty;
	const commands = Object.entries(manifest.commands ?? {}).map(([name, command]) => [
		name,
		{ ...command, arguments: filled(command.arguments) },
	]);
	return {
		...manifest,
		...Object.fromEntries(sections.map((name) => [name, filled(manifest[name])])),
		commands: filled(Object.fromEntries(commands)),
	};
}

/** Whether the API shows the device without a blueprint. See the dialect `blueprintId`. */
function isBare({ type, blueprint_id }: Readonly<Device>, dialect: Dialect): boolean {
	return dialect.blueprintId !== 'id' && type.endsWith('_UCM') && blueprint_id === ucm.id;
}

type Expansion = (device: Readonly<Device>, fleet: Fleet, role: Role) => unknown;

/** What `expand` can add. `manifest`, `connectivity` and `raised_alert_names` are known from python-sdk only. */
const expansions: Record<string, Expansion> = {
	site: ({ site_id }, fleet, role) => {
		const site = fleet.sites.get(site_id);
		return site && siteView(site, role, fleet.dialect);
	},
	manifest: (device, fleet) =>
		manifestView(device, fleet) ?? (fleet.dialect.blueprintId === 'null' ? null : undefined),
	properties: ({ id, blueprint_id, properties }, fleet) => {
		const form = fleet.dialect.properties;
		if (form === 'null') return null;
		const declared = fleet.blueprints.get(blueprint_id)?.manifest.properties ?? {};
		const settings = Object.entries(fleet.settings(id)).filter(([name]) => Object.hasOwn(declared, name));
		const undeclared = form === 'undeclared' ? { undeclared_property: 'x' } : {};
		return { ...properties, ...Object.fromEntries(settings), ...undeclared };
	},
	connectivity: ({ connectivity: { status } }, { dialect }) => {
		const known = { status: enumText(status, dialect) };
		if (status !== 'UNKNOWN') return known;
		return { status: known, empty: {}, missing: undefined, null: null }[dialect.connectivity];
	},
	communication: ({ communication: { upstream_id, ...communication } }, { dialect }) => {
		const none = { missing: undefined, null: null, empty: '' }[dialect.upstreamId];
		return {
			...communication,
			type: enumText(communication.type, dialect),
			upstream_id: upstream_id ?? none,
		};
	},
	raised_alert_names: ({ raised_alert_names: names }, { dialect }) => {
		if (dialect.expandRaisedAlertNames === 'ignored') return undefined;
		return names.length > 0 ? names : { list: [], missing: undefined, null: null }[dialect.raisedAlertNames];
	},
};

/**
 * Checks the names in an `expand` query parameter, which can be empty (python-sdk sends it so). Throws 400 for an
 * unknown name. The API's response to it is unknown, and an error reveals a mistake of the client.
 */
export function parseExpand(names: string[], { expandRaisedAlertNames }: Dialect): string[] {
	const allowed = Object.keys(expansions).filter(
		(name) => name !== 'raised_alert_names' || expandRaisedAlertNames !== 'rejected',
	);
	const unknown = names.find((name) => !allowed.includes(name));
	if (unknown === undefined) return names;
	throw new ApiError(400, {
		code: 'invalid_argument',
		message: `expand: unknown value ${JSON.stringify(unknown)}`,
		details: { field: 'expand', allowed },
	});
}

/** The slug of a device as the API shows it. */
export function slugView(device: Readonly<Device>, fleet: Fleet): string | null | undefined {
	const { slug, shownSlug } = fleet.dialect;
	if (!fleet.hasSlug(device)) return { text: '', empty: '', null: null, missing: undefined }[slug];
	return { exact: device.slug, missing: undefined, otherCase: device.slug.toUpperCase() }[shownSlug];
}

/** A device as the API shows it: the fields of the reference's samples in their order, then those of `expand`. */
export function deviceView(
	device: Readonly<Device>,
	fleet: Fleet,
	role: Role,
	expand: string[] = [],
): object {
	const { dialect } = fleet;
	const { id, name, site_id } = device;
	return {
		id,
		blueprint_id: blueprintIdView(device, dialect),
		name,
		site_id,
		updated_at:
			dialect.updatedAt === 'text'
				? timeText(device.updated_at, dialect)
				: Math.floor(Date.parse(device.updated_at) / 1000),
		slug: slugView(device, fleet),
		type: enumText(device.type, dialect),
		authorized_role: enumText(role, dialect),
		implemented_profiles: profilesView(device, fleet),
		...Object.fromEntries(expand.map((field) => [field, expansions[field]?.(device, fleet, role)])),
		...extraFields(dialect),
	};
}

function blueprintIdView(device: Readonly<Device>, dialect: Dialect): string | null | undefined {
	if (!isBare(device, dialect)) return device.blueprint_id;
	return dialect.blueprintId === 'null' ? null : undefined;
}

/** The reference lists `implemented_profiles` among the plain fields, but its samples do not have it. */
function profilesView({ blueprint_id }: Readonly<Device>, fleet: Fleet): string[] | undefined {
	const form = fleet.dialect.implementedProfiles;
	const profiles = fleet.blueprints.get(blueprint_id)?.manifest.implements ?? [];
	return form === 'always' || (form === 'ifAny' && profiles.length > 0) ? profiles : undefined;
}

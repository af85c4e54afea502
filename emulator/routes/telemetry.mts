import { ApiError, invalidQuery } from '../apiError.mts';
import type { Value } from '../behavior.mts';
import type { Dialect } from '../dialect.mts';
import { TextResponse } from '../dispatcher.mts';
import type { Fleet } from '../fleet.mts';
import type { Device, ManifestAttribute } from '../model.mts';
import { latest } from '../readings.mts';
import type { RequestContext } from '../requestContext.mts';
import { includesRole, type Role } from '../roles.mts';
import { durationSeconds } from '../time.mts';
import { type Column, createCsv, parseQuery, typeOf } from '../timeseries.mts';
import { deviceOf, type Handler, type Route } from './route.mts';

/** Finds an attribute by name or alias. Returns its own name and its declaration. */
function attributeOf(
	context: RequestContext,
	{ blueprint_id }: Readonly<Device>,
	name: string,
): [string, ManifestAttribute] | undefined {
	const declared = context.fleet.blueprints.get(blueprint_id)?.manifest.telemetry ?? {};
	// The platform adds it; a manifest in source form does not declare it.
	if (name === 'alerts') return [name, { display_name: 'Alerts', type: 'alerts' }];
	const own = Object.hasOwn(declared, name) ? declared[name] : undefined;
	if (own) return [name, own];
	return Object.entries(declared).find(([, { aliases = [] }]) => [aliases].flat().includes(name));
}

function mayRead({ role }: RequestContext, { access_level = 'readonly' }: ManifestAttribute): boolean {
	return includesRole(role, access_level.toUpperCase() as Role);
}

/** Seconds. Throws 400 for anything that is not a duration. */
function relevanceInterval(context: RequestContext): number {
	const [text = ''] = context.query('relevance_interval');
	const seconds = durationSeconds(text === '' ? '30s' : text);
	if (seconds !== undefined) return seconds;
	throw invalidQuery('relevance_interval', 'relevance_interval must be a duration, e.g. 60s');
}

type Latest = { value?: Value | null; timestamp?: number; warning?: string };

const NOT_FOUND = 'telemetrypersistence/NO_TELEMETRY_ATTRIBUTES_FOUND';

/** What an attribute without a value has in the latest telemetry; undefined if it is left out. */
function withoutValue(form: 'warning' | 'leftOut' | 'empty' | 'null', warning: string): Latest | undefined {
	return { warning: { warning }, leftOut: undefined, empty: {}, null: { value: null } }[form];
}

function recentValue(
	{ fleet }: RequestContext,
	device: Readonly<Device>,
	attribute: string,
	interval: number,
): { value: Value; timestamp: number } | undefined {
	const now = fleet.now() / 1000;
	const found = latest(fleet, device, attribute, now);
	return found && now - found.timestamp <= interval ? found : undefined;
}

/** Throws if the dialect refuses the whole request because of this attribute. */
function latestOf(
	context: RequestContext,
	device: Readonly<Device>,
	name: string,
	interval: number,
): Latest | undefined {
	const { unknownAttribute, unreadableAttribute, missingValue } = context.dialect;
	const attribute = attributeOf(context, device, name);
	if (!attribute) {
		const message = `Attribute not found: ${name}`;
		if (unknownAttribute === '400') throw invalidQuery('devices', message);
		if (unknownAttribute === '404') throw new ApiError(404, { code: NOT_FOUND, message });
		return withoutValue(unknownAttribute, 'Attribute not found.');
	}
	if (!mayRead(context, attribute[1])) {
		if (unreadableAttribute !== '403') return withoutValue(unreadableAttribute, 'Access denied.');
		throw new ApiError(403, { code: 'forbidden', message: 'Access denied.' });
	}
	const found = recentValue(context, device, attribute[0], interval);
	return found ?? withoutValue(missingValue, 'No value within the relevance interval.');
}

/** The device of a request for the latest telemetry. Throws 404 unless the dialect accepts unknown devices. */
function latestDevice(context: RequestContext, idOrSlug: string): Readonly<Device> | undefined {
	try {
		return context.fleet.lookUp(idOrSlug);
	} catch (error) {
		if (context.dialect.unknownDevice === '404') throw error;
		return undefined;
	}
}

/** What an unknown device has in the latest telemetry; undefined if it is left out. */
function unknownDevice({ dialect }: RequestContext, attributes: string[]): object | undefined {
	if (dialect.unknownDevice === 'leftOut') return undefined;
	if (dialect.unknownDevice === 'empty') return {};
	return Object.fromEntries(attributes.map((name) => [name, { warning: 'Device not found.' }]));
}

/** The name of a device in a response. */
function keyOf(device: Readonly<Device>, asked: string, form: Dialect['latestKeys'], fleet: Fleet): string {
	if (form === 'asAsked') return asked;
	return form === 'slug' && fleet.hasSlug(device) ? device.slug : device.id;
}

const getLatest: Handler = (context) => {
	const interval = relevanceInterval(context);
	const asked = context.queryMap('devices');
	const { latestDevices, latestKeys } = context.dialect;
	if (asked.size === 0) throw invalidQuery('devices', 'devices is required, e.g. devices[<id>]=voltage');
	if (latestDevices !== 'any' && asked.size > Number(latestDevices))
		throw invalidQuery('devices', `at most ${latestDevices} devices`);
	const telemetry: Record<string, object | undefined> = {};
	for (const [idOrSlug, attributes] of asked) {
		const device = latestDevice(context, idOrSlug);
		if (attributes.length === 0) throw invalidQuery(`devices[${idOrSlug}]`, 'attributes are required');
		if (!device) {
			telemetry[idOrSlug] = unknownDevice(context, attributes);
			continue;
		}
		const key = keyOf(device, idOrSlug, latestKeys, context.fleet);
		const values = attributes.map((name) => [name, latestOf(context, device, name, interval)] as const);
		telemetry[key] = { ...telemetry[key], ...Object.fromEntries(values) };
	}
	return { telemetry };
};

/** Inferred: without `attribute.in` it responds with all attributes, and leaves out those without a value. */
const getDeviceTelemetry: Handler = (context) => {
	const device = deviceOf(context);
	const interval = relevanceInterval(context);
	const asked = context.list('attribute.in');
	const declared = context.fleet.blueprints.get(device.blueprint_id)?.manifest.telemetry ?? {};
	const attributes = asked.length > 0 ? asked : [...new Set([...Object.keys(declared), 'alerts'])];
	const telemetry: Record<string, object | undefined> = {};
	for (const name of attributes) {
		const attribute = attributeOf(context, device, name);
		if (!attribute || !mayRead(context, attribute[1])) continue;
		telemetry[name] = recentValue(context, device, attribute[0], interval);
	}
	return { telemetry };
};

/** Leaves out attributes above the role of the token. Throws 404 if no attribute is known. */
const queryTimeseries: Handler = (context) => {
	const query = parseQuery(context.body());
	const { seriesKeys, seriesUnknownAttribute, seriesColumns, seriesTypes } = context.dialect;
	let knownCount = 0;
	let isRefused = false;
	const columns: Column[] = [];
	for (const { device: asked, attributes, ...selector } of query.selectors) {
		const device = context.fleet.lookUp(asked);
		const key = keyOf(device, asked, seriesKeys, context.fleet);
		for (const name of attributes) {
			const attribute = attributeOf(context, device, name);
			if (!attribute) {
				isRefused ||= seriesUnknownAttribute === '404';
				if (seriesUnknownAttribute !== 'emptyColumn') continue;
				columns.push({ ...selector, key, device, name, attribute: name, type: 'string' });
				continue;
			}
			knownCount += 1;
			if (!mayRead(context, attribute[1])) continue;
			const type = typeOf(attribute[1], selector.aggregation);
			columns.push({ ...selector, key, device, name, attribute: attribute[0], type });
		}
	}
	if (knownCount === 0 || isRefused) {
		throw new ApiError(404, { code: NOT_FOUND, message: 'No telemetry attributes found.' });
	}
	if (seriesColumns === 'reversed') columns.reverse();
	const types = columns.map(({ type }) => type);
	return new TextResponse(createCsv(context.fleet, query, columns), {
		'content-type': 'text/csv',
		'x-enapter-timeseries-data-types': seriesTypes === 'joined' ? types.join(',') : types,
	});
};

/** Routes below one device. See deviceRoutes. */
export const deviceTelemetryRoutes: Route[] = [
	{ path: '/:device_id/telemetry', handlers: { GET: getDeviceTelemetry } },
];

export const telemetryRoutes: Route[] = [
	{ path: '/v3/telemetry/latest', handlers: { GET: getLatest } },
	{ path: '/v3/telemetry/query_timeseries', handlers: { POST: queryTimeseries } },
];

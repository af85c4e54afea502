import { ApiError, invalidQuery } from '../apiError.mts';
import type { Value } from '../behavior.mts';
import { TextResponse } from '../dispatcher.mts';
import type { Device, ManifestAttribute } from '../model.mts';
import { latest } from '../readings.mts';
import type { RequestContext } from '../requestContext.mts';
import { includesRole, type Role } from '../roles.mts';
import { durationSeconds } from '../time.mts';
import { type Column, createCsv, parseQuery, typeOf } from '../timeseries.mts';
import { deviceOf, type Handler, type Route } from './route.mts';

/** Of the name or alias: the attribute's own name and its declaration, unless there is none. */
function attributeOf(
	context: RequestContext,
	{ blueprint_id }: Readonly<Device>,
	name: string,
): [string, ManifestAttribute] | undefined {
	const declared = context.fleet.blueprints.get(blueprint_id)?.manifest.telemetry ?? {};
	// In source form a manifest does not declare it, and the platform adds it all the same.
	if (name === 'alerts') return [name, { display_name: 'Alerts', type: 'alerts' }];
	const own = Object.hasOwn(declared, name) ? declared[name] : undefined;
	if (own) return [name, own];
	return Object.entries(declared).find(([, { aliases }]) => aliases?.includes(name));
}

function mayRead({ role }: RequestContext, { access_level = 'readonly' }: ManifestAttribute): boolean {
	return includesRole(role, access_level.toUpperCase() as Role);
}

/** Throws 400 for what is no duration. */
function relevanceInterval(context: RequestContext): number {
	const [text = ''] = context.query('relevance_interval');
	const seconds = durationSeconds(text === '' ? '30s' : text);
	if (seconds !== undefined) return seconds;
	throw invalidQuery('relevance_interval', 'relevance_interval must be a duration, e.g. 60s');
}

type Latest = { value: Value; timestamp: number } | { warning: string };

/** That a value the token may not read has a warning too is inferred, as is every warning's text. */
function latestOf(context: RequestContext, device: Readonly<Device>, name: string, interval: number): Latest {
	const attribute = attributeOf(context, device, name);
	if (!attribute) return { warning: 'Attribute not found.' };
	if (!mayRead(context, attribute[1])) return { warning: 'Access denied.' };
	const now = context.fleet.now() / 1000;
	const found = latest(context.fleet, device, attribute[0], now);
	if (found && now - found.timestamp <= interval) return found;
	return { warning: 'No value within the relevance interval.' };
}

/** Throws 404 if any of the devices is unknown (inferred). The keys are as they were asked for (inferred). */
const getLatest: Handler = (context) => {
	const interval = relevanceInterval(context);
	const asked = context.queryMap('devices');
	if (asked.size === 0) throw invalidQuery('devices', 'devices is required, e.g. devices[<id>]=voltage');
	const telemetry: Record<string, Record<string, Latest>> = {};
	for (const [key, attributes] of asked) {
		const device = context.fleet.get(key);
		if (attributes.length === 0) throw invalidQuery(`devices[${key}]`, 'attributes are required');
		telemetry[key] = Object.fromEntries(
			attributes.map((attribute) => [attribute, latestOf(context, device, attribute, interval)]),
		);
	}
	return { telemetry };
};

/** Without `attribute.in` all attributes; what has no value is left out (both inferred). */
const getDeviceTelemetry: Handler = (context) => {
	const device = deviceOf(context);
	const interval = relevanceInterval(context);
	const asked = context.list('attribute.in');
	const declared = context.fleet.blueprints.get(device.blueprint_id)?.manifest.telemetry ?? {};
	const attributes = asked.length > 0 ? asked : [...new Set([...Object.keys(declared), 'alerts'])];
	const found = attributes.map((name) => [name, latestOf(context, device, name, interval)] as const);
	return { telemetry: Object.fromEntries(found.filter(([, value]) => 'value' in value)) };
};

/** What the token may not read is left out; what is unknown too (inferred), unless nothing else was asked for. */
const queryTimeseries: Handler = (context) => {
	const query = parseQuery(context.body());
	let isKnown = false;
	const columns: Column[] = [];
	for (const { device: key, attributes, ...selector } of query.selectors) {
		const device = context.fleet.get(key);
		for (const name of attributes) {
			const attribute = attributeOf(context, device, name);
			if (!attribute) continue;
			isKnown = true;
			if (!mayRead(context, attribute[1])) continue;
			const type = typeOf(attribute[1], selector.aggregation);
			columns.push({ ...selector, key, device, name, attribute: attribute[0], type });
		}
	}
	if (!isKnown) {
		throw new ApiError(404, {
			code: 'telemetrypersistence/NO_TELEMETRY_ATTRIBUTES_FOUND',
			message: 'No telemetry attributes found.',
		});
	}
	return new TextResponse(createCsv(context.fleet, query, columns), {
		'content-type': 'text/csv',
		'x-enapter-timeseries-data-types': columns.map(({ type }) => type),
	});
};

/** Of one device; see deviceRoutes. */
export const deviceTelemetryRoutes: Route[] = [
	{ path: '/:device_id/telemetry', handlers: { GET: getDeviceTelemetry } },
];

export const telemetryRoutes: Route[] = [
	{ path: '/v3/telemetry/latest', handlers: { GET: getLatest } },
	{ path: '/v3/telemetry/query_timeseries', handlers: { POST: queryTimeseries } },
];

import { invalid, notFound } from '../apiError.mts';
import { optionalString, type RequestContext, requiredString } from '../requestContext.mts';
import { deviceView, siteView } from '../view.mts';
import { deviceOf, type Handler, type Route, siteOf } from './route.mts';

function listDevices(context: RequestContext, siteId?: string): object {
	const expand = context.expand();
	const all = context.fleet.list(siteId);
	return {
		devices: context.page(all).map((device) => deviceView(device, context.fleet, context.role, expand)),
		total_count: all.length,
	};
}

const listSiteDevices: Handler = (context) => {
	return listDevices(context, siteOf(context).id);
};

const getDevice: Handler = (context) => {
	const expand = context.expand();
	return { device: deviceView(deviceOf(context), context.fleet, context.role, expand) };
};

/** Not in Enapter's documentation: its Grafana data source asks for it. */
const getManifest: Handler = (context) => {
	const { blueprint_id } = deviceOf(context);
	return { manifest: context.fleet.blueprints.get(blueprint_id)?.manifest };
};

const updateDevice: Handler = (context) => {
	context.needs('OWNER');
	const expand = context.expand();
	const body = context.body();
	const change = { name: optionalString(body, 'name'), slug: optionalString(body, 'slug') };
	const device = context.fleet.update(deviceOf(context).id, change);
	return { device: deviceView(device, context.fleet, context.role, expand) };
};

/** The body of the response is unknown; vscode-enapter parses it as JSON, so it is an empty object here. */
const deleteDevice: Handler = (context) => {
	context.needs('OWNER');
	context.fleet.delete(deviceOf(context).id);
	return {};
};

/** The reference names no role; OWNER is inferred, as it hands out the device's credentials. */
const generateConfig: Handler = async (context) => {
	context.needs('OWNER');
	const protocol = requiredString(context.body(), 'protocol');
	if (protocol !== 'MQTT' && protocol !== 'MQTTS')
		throw invalid('protocol', 'protocol must be MQTT or MQTTS');
	return { config: await context.fleet.generateConfig(deviceOf(context).id, protocol) };
};

/** The reference names no role; OWNER is inferred, as it changes the device. */
const assignBlueprint: Handler = (context) => {
	context.needs('OWNER');
	const expand = context.expand();
	const blueprintId = requiredString(context.body(), 'blueprint_id');
	const device = context.fleet.assignBlueprint(deviceOf(context).id, blueprintId);
	return { device: deviceView(device, context.fleet, context.role, expand) };
};

/** That `name` finds a part of the name, in any case, is inferred: vscode-enapter only shows that it is sent. */
const listSites: Handler = (context) => {
	const wanted = (context.query('name')[0] ?? '').toLowerCase();
	const found = [...context.fleet.sites.values()].filter(({ name }) => name.toLowerCase().includes(wanted));
	return {
		sites: context.page(found).map((site) => siteView(site, context.role)),
		total_count: found.length,
	};
};

const getSite: Handler = (context) => ({ site: siteView(siteOf(context), context.role) });

const getGatewaySite: Handler = (context) => {
	const [site] = context.fleet.sites.values();
	if (!site) throw notFound('Site not found.');
	return { site: siteView(site, context.role) };
};

const getBlueprint: Handler = (context) => {
	const blueprint = context.fleet.blueprints.get(context.param('blueprint_id'));
	if (!blueprint) throw notFound('Blueprint not found.');
	return { blueprint: { id: blueprint.id, created_at: blueprint.created_at } };
};

/** Below /v3/devices and, as Enapter's newer clients ask, below /v3/sites/{id}/devices. */
export const deviceRoutes: Route[] = [
	{ path: '/:device_id', handlers: { GET: getDevice, PATCH: updateDevice, DELETE: deleteDevice } },
	{ path: '/:device_id/manifest', handlers: { GET: getManifest } },
	{ path: '/:device_id/generate_config', handlers: { POST: generateConfig } },
	{ path: '/:device_id/assign_blueprint', handlers: { POST: assignBlueprint } },
];

export const fleetRoutes: Route[] = [
	{ path: '/v3/devices', handlers: { GET: (context) => listDevices(context) } },
	{ path: '/v3/sites/:site_id', handlers: { GET: getSite } },
	{ path: '/v3/sites/:site_id/devices', handlers: { GET: listSiteDevices } },
	{ path: '/v3/blueprints/:blueprint_id', handlers: { GET: getBlueprint } },
];

/** How sites are asked for differs. */
export const siteRoutes: Record<'cloud' | 'gateway', Route> = {
	cloud: { path: '/v3/sites', handlers: { GET: listSites } },
	gateway: { path: '/v3/site', handlers: { GET: getGatewaySite } },
};

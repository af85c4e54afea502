import { invalid, notFound } from '../apiError.mts';
import { TextResponse } from '../dispatcher.mts';
import { optionalString, type RequestContext, requiredString } from '../requestContext.mts';
import { configView, deviceView, manifestView, siteView, timeText } from '../view.mts';
import { deviceOf, type Handler, type Route, siteOf } from './route.mts';

function listDevices(context: RequestContext, siteId?: string): object {
	const expand = context.expand();
	return context.page('devices', context.fleet.list(siteId), (device) =>
		deviceView(device, context.fleet, context.role, expand),
	);
}

const listSiteDevices: Handler = (context) => {
	return listDevices(context, siteOf(context).id);
};

const getDevice: Handler = (context) => {
	const expand = context.expand();
	return { device: deviceView(deviceOf(context), context.fleet, context.role, expand) };
};

/** Not in Enapter's documentation. Its Grafana data source uses it. */
const getManifest: Handler = (context) => {
	const manifest = manifestView(deviceOf(context), context.fleet);
	if (context.dialect.manifestEndpoint === 'missing' || !manifest) throw notFound('Manifest not found.');
	return { manifest };
};

/** The values of `expand` that the response to a change has. */
function expandOfChange(context: RequestContext): string[] {
	const expand = context.expand();
	return context.dialect.changeExpand === 'ignored' ? [] : expand;
}

const updateDevice: Handler = (context) => {
	context.needs('OWNER');
	const expand = expandOfChange(context);
	const body = context.body();
	const change = { name: optionalString(body, 'name'), slug: optionalString(body, 'slug') };
	const device = context.fleet.update(deviceOf(context).id, change);
	return { device: deviceView(device, context.fleet, context.role, expand) };
};

/** The body of the response is unknown. By default it is an empty object: vscode-enapter parses it as JSON. */
const deleteDevice: Handler = (context) => {
	context.needs('OWNER');
	const device = deviceOf(context);
	const view = deviceView(device, context.fleet, context.role);
	context.fleet.delete(device.id);
	switch (context.dialect.deleteBody) {
		case 'object':
			return {};
		case 'empty':
			return new TextResponse('');
		case '204':
			return new TextResponse('', {}, 204);
		case 'result':
			return { result: 'ok' };
		case 'null':
			return new TextResponse('null');
		case 'device':
			return { device: view };
	}
};

/** The reference states no role. OWNER is inferred, because the response has the device's credentials. */
const generateConfig: Handler = async (context) => {
	context.needs('OWNER');
	const protocol = requiredString(context.body(), 'protocol');
	if (protocol !== 'MQTT' && protocol !== 'MQTTS')
		throw invalid('protocol', 'protocol must be MQTT or MQTTS');
	const config = await context.fleet.generateConfig(deviceOf(context).id, protocol);
	return { config: configView(config, context.dialect) };
};

/** The reference states no role. OWNER is inferred, because the request changes the device. */
const assignBlueprint: Handler = (context) => {
	context.needs('OWNER');
	const expand = expandOfChange(context);
	const blueprintId = requiredString(context.body(), 'blueprint_id');
	const device = context.fleet.assignBlueprint(deviceOf(context).id, blueprintId);
	return { device: deviceView(device, context.fleet, context.role, expand) };
};

/** Inferred: `name` matches a part of the name in any case. vscode-enapter sends it; nothing else is known. */
export const listSites: Handler = (context) => {
	const wanted = (context.query('name')[0] ?? '').toLowerCase();
	const found = [...context.fleet.sites.values()].filter(({ name }) => name.toLowerCase().includes(wanted));
	return context.page('sites', found, (site) => siteView(site, context.role, context.dialect));
};

const getSite: Handler = (context) => ({ site: siteView(siteOf(context), context.role, context.dialect) });

const getGatewaySite: Handler = (context) => {
	const [site] = context.fleet.sites.values();
	if (!site) throw notFound('Site not found.');
	return { site: siteView(site, context.role, context.dialect) };
};

const getBlueprint: Handler = (context) => {
	const blueprint = context.fleet.blueprints.get(context.param('blueprint_id'));
	if (!blueprint) throw notFound('Blueprint not found.');
	return { blueprint: { id: blueprint.id, created_at: timeText(blueprint.created_at, context.dialect) } };
};

/** Routes below /v3/devices and, as Enapter's newer clients use them, below /v3/sites/{id}/devices. */
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

/** The Cloud and a Gateway differ in how they list sites. */
export const siteRoutes: Record<'cloud' | 'gateway', Route> = {
	cloud: { path: '/v3/sites', handlers: { GET: listSites } },
	gateway: { path: '/v3/site', handlers: { GET: getGatewaySite } },
};

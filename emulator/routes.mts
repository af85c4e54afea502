import { type Call, optionalString, requiredString } from './call.mts';
import type { Device } from './model.mts';
import { invalid, notFound } from './refusal.mts';
import { deviceView, siteView } from './view.mts';

/** Carries out a request and gives the body of its 200; throws a Refusal otherwise. */
export type Action = (call: Call) => object | Promise<object>;

export interface Route {
	path: string;
	actions: Record<string, Action>;
}

/** The site must exist and, where the path names a device too, be the device's. Throws 404. */
function checkSite(call: Call, device?: Readonly<Device>): void {
	const siteId = call.param('site_id');
	if (!call.fleet.sites.has(siteId)) throw notFound('Site not found.');
	if (device && device.site_id !== siteId) throw notFound('Device not found.');
}

function listDevices(call: Call, siteId?: string): object {
	const expand = call.expand();
	const all = call.fleet.list(siteId);
	return {
		devices: call.page(all).map((device) => deviceView(device, call.fleet, call.role, expand)),
		total_count: all.length,
	};
}

const listSiteDevices: Action = (call) => {
	checkSite(call);
	return listDevices(call, call.param('site_id'));
};

/** The device the path names, which must be of the site the path names, if it names one. Throws 404. */
function deviceOf(call: Call): Readonly<Device> {
	const device = call.fleet.get(call.param('device_id'));
	if (call.param('site_id') !== '') checkSite(call, device);
	return device;
}

const getDevice: Action = (call) => {
	const expand = call.expand();
	return { device: deviceView(deviceOf(call), call.fleet, call.role, expand) };
};

/** Not in Enapter's documentation: its Grafana data source asks for it. */
const getManifest: Action = (call) => {
	const { blueprint_id } = deviceOf(call);
	return { manifest: call.fleet.blueprints.get(blueprint_id)?.manifest };
};

const updateDevice: Action = (call) => {
	call.needs('OWNER');
	const expand = call.expand();
	const body = call.body();
	const change = { name: optionalString(body, 'name'), slug: optionalString(body, 'slug') };
	const device = call.fleet.update(deviceOf(call).id, change);
	return { device: deviceView(device, call.fleet, call.role, expand) };
};

/** The body of the answer is unknown; vscode-enapter parses it as JSON, so it is an empty object here. */
const deleteDevice: Action = (call) => {
	call.needs('OWNER');
	call.fleet.delete(deviceOf(call).id);
	return {};
};

/** The reference names no role; OWNER is inferred, as it hands out the device's credentials. */
const generateConfig: Action = async (call) => {
	call.needs('OWNER');
	const protocol = requiredString(call.body(), 'protocol');
	if (protocol !== 'MQTT' && protocol !== 'MQTTS')
		throw invalid('protocol', 'protocol must be MQTT or MQTTS');
	return { config: await call.fleet.generateConfig(deviceOf(call).id, protocol) };
};

/** The reference names no role; OWNER is inferred, as it changes the device. */
const assignBlueprint: Action = (call) => {
	call.needs('OWNER');
	const expand = call.expand();
	const blueprintId = requiredString(call.body(), 'blueprint_id');
	const device = call.fleet.assignBlueprint(deviceOf(call).id, blueprintId);
	return { device: deviceView(device, call.fleet, call.role, expand) };
};

/** That `name` finds a part of the name, in any case, is inferred: vscode-enapter only shows that it is sent. */
const listSites: Action = (call) => {
	const wanted = (call.query('name')[0] ?? '').toLowerCase();
	const found = [...call.fleet.sites.values()].filter(({ name }) => name.toLowerCase().includes(wanted));
	return { sites: call.page(found).map((site) => siteView(site, call.role)), total_count: found.length };
};

const getSite: Action = (call) => {
	const site = call.fleet.sites.get(call.param('site_id'));
	if (!site) throw notFound('Site not found.');
	return { site: siteView(site, call.role) };
};

const getGatewaySite: Action = (call) => {
	const [site] = call.fleet.sites.values();
	if (!site) throw notFound('Site not found.');
	return { site: siteView(site, call.role) };
};

const getBlueprint: Action = (call) => {
	const blueprint = call.fleet.blueprints.get(call.param('blueprint_id'));
	if (!blueprint) throw notFound('Blueprint not found.');
	return { blueprint: { id: blueprint.id, created_at: blueprint.created_at } };
};

/** Below /v3/devices and, as Enapter's newer clients ask, below /v3/sites/{id}/devices. */
const deviceRoutes: Route[] = [
	{ path: '/:device_id', actions: { GET: getDevice, PATCH: updateDevice, DELETE: deleteDevice } },
	{ path: '/:device_id/manifest', actions: { GET: getManifest } },
	{ path: '/:device_id/generate_config', actions: { POST: generateConfig } },
	{ path: '/:device_id/assign_blueprint', actions: { POST: assignBlueprint } },
];

const shared: Route[] = [
	{ path: '/v3/devices', actions: { GET: (call) => listDevices(call) } },
	{ path: '/v3/sites/:site_id', actions: { GET: getSite } },
	{ path: '/v3/sites/:site_id/devices', actions: { GET: listSiteDevices } },
	...['/v3/devices', '/v3/sites/:site_id/devices'].flatMap((base) =>
		deviceRoutes.map(({ path, actions }) => ({ path: base + path, actions })),
	),
	{ path: '/v3/blueprints/:blueprint_id', actions: { GET: getBlueprint } },
];

/** The endpoints of the Enapter Cloud and of a Gateway: they differ in how sites are asked for. */
export const routes: Record<'cloud' | 'gateway', Route[]> = {
	cloud: [...shared, { path: '/v3/sites', actions: { GET: listSites } }],
	gateway: [...shared, { path: '/v3/site', actions: { GET: getGatewaySite } }],
};

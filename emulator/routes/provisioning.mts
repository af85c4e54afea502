import { invalid } from '../apiError.mts';
import type { Device } from '../model.mts';
import {
	createLuaDevice,
	createStandalone,
	provisionUcm,
	provisionVirtualUcm,
	unknownReference,
} from '../provisioning.mts';
import { optionalString, type RequestContext, requiredString } from '../requestContext.mts';
import { configView, deviceView, enumText, slugView } from '../view.mts';
import type { Handler, Route } from './route.mts';

type Kind = 'cloud' | 'gateway';

/** The reference states no role. OWNER is inferred, because deleting a device requires it. */
function bodyOf(context: RequestContext): Record<string, unknown> {
	context.needs('OWNER');
	return context.body();
}

function wantedOf(body: Record<string, unknown>): { name: string; slug: string | null | undefined } {
	return { name: requiredString(body, 'name'), slug: optionalString(body, 'slug') };
}

/** The documentation of the endpoints for UCMs does not have `slug`. */
function wantedUcm(
	{ dialect }: RequestContext,
	body: Record<string, unknown>,
): { name: string; slug?: string | null } {
	const { name, slug } = wantedOf(body);
	return dialect.provisioningUcmSlug === 'applied' && slug != null ? { name, slug } : { name };
}

/** The site in the body, or the only site of a Gateway. Throws if it is missing or unknown. */
function siteIdOf({ fleet }: RequestContext, body: Record<string, unknown>, kind: Kind): string {
	const [only] = fleet.sites.keys();
	const given = optionalString(body, 'site_id') ?? (kind === 'gateway' ? only : undefined);
	if (given === undefined) throw invalid('site_id', 'site_id is required');
	if (!fleet.sites.has(given)) throw unknownReference(fleet, 'site_id', 'Site not found.');
	return given;
}

function answer({ fleet, role }: RequestContext, device: Readonly<Device>, more: object = {}): object {
	const { id: device_id, name } = device;
	const { provisioningAnswer } = fleet.dialect;
	return {
		...more,
		device_id,
		...(provisioningAnswer === 'more' && { name, slug: slugView(device, fleet) }),
		...(provisioningAnswer === 'device' && { device: deviceView(device, fleet, role) }),
	};
}

const standalone =
	(kind: Kind): Handler =>
	(context) => {
		const body = bodyOf(context);
		const wanted = wantedOf(body);
		return answer(context, createStandalone(context.fleet, wanted, siteIdOf(context, body, kind)));
	};

const luaDevice: Handler = (context) => {
	const body = bodyOf(context);
	const wanted = wantedOf(body);
	const target = {
		runtimeId: requiredString(body, 'runtime_id'),
		blueprintId: requiredString(body, 'blueprint_id'),
	};
	return answer(context, createLuaDevice(context.fleet, wanted, target));
};

const hardwareUcm =
	(kind: Kind): Handler =>
	async (context) => {
		const body = bodyOf(context);
		const wanted = wantedUcm(context, body);
		const hardwareId = requiredString(body, 'hardware_id');
		const protocol = requiredString(body, 'protocol');
		if (protocol !== 'MQTT' && protocol !== 'MQTTS') {
			throw invalid('protocol', 'protocol must be MQTT or MQTTS');
		}
		const target = { siteId: siteIdOf(context, body, kind), hardwareId, protocol } as const;
		const device = provisionUcm(context.fleet, wanted, target);
		const config = await context.fleet.generateConfig(device.id, protocol);
		const mqtt_credentials = { protocol: enumText(protocol, context.dialect), ...config.mqtt_credentials };
		return answer(context, device, {
			config: { ...configView(config, context.dialect), mqtt_credentials },
			slug: slugView(device, context.fleet),
		});
	};

const virtualUcm: Handler = (context) => {
	const body = bodyOf(context);
	const wanted = wantedUcm(context, body);
	const hardwareId = requiredString(body, 'hardware_id');
	const target = { siteId: siteIdOf(context, body, 'gateway'), hardwareId };
	return answer(context, provisionVirtualUcm(context.fleet, wanted, target));
};

/** Provisioning routes. Only Gateways have virtual UCMs. */
export function provisioningRoutes(kind: Kind): Route[] {
	const virtual = { path: '/v3/provisioning/vucm', handlers: { POST: virtualUcm } };
	return [
		{ path: '/v3/provisioning/standalone', handlers: { POST: standalone(kind) } },
		{ path: '/v3/provisioning/lua_device', handlers: { POST: luaDevice } },
		{ path: '/v3/provisioning/ucm', handlers: { POST: hardwareUcm(kind) } },
		...(kind === 'gateway' ? [virtual] : []),
	];
}

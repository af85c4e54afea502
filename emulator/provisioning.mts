import { randomBytes, randomUUID } from 'node:crypto';
import { ApiError, invalid, refused, slugInUse, unprocessable } from './apiError.mts';
import { newDevice } from './blueprints/newDevice.mts';
import { ucm } from './blueprints/control.mts';
import type { Fleet } from './fleet.mts';
import type { Communication, ConnectivityStatus, Device, DeviceType, MqttProtocol } from './model.mts';
import { timestamp } from './time.mts';

interface Wanted {
	name: string;
	/** Made from the name if absent (inferred). */
	slug?: string | null | undefined;
}

/** Creates a standalone device on the blueprint of new devices. It has never been connected. */
export function createStandalone(fleet: Fleet, wanted: Wanted, siteId: string): Readonly<Device> {
	const hardware_id = randomBytes(16).toString('hex').toUpperCase();
	return create(fleet, wanted, {
		site_id: siteId,
		blueprint_id: newDevice.id,
		type: 'STANDALONE',
		communication: { type: 'MQTT_V1_PLAINTEXT', hardware_id, channel_id: 'device' },
		status: 'UNKNOWN',
	});
}

/**
 * Creates a Lua device with the connectivity of its UCM. Throws for an unknown runtime or blueprint, with the status of
 * the dialect, and 422 for a runtime that is not a UCM (inferred).
 */
export function createLuaDevice(
	fleet: Fleet,
	wanted: Wanted,
	{ runtimeId, blueprintId }: { runtimeId: string; blueprintId: string },
): Readonly<Device> {
	const runtime = fleet.devices.get(runtimeId);
	if (!runtime) throw unknownReference(fleet, 'runtime_id', 'Runtime not found.');
	if (!runtime.type.endsWith('_UCM')) throw unprocessable('The runtime must be a UCM.');
	if (!fleet.blueprints.has(blueprintId)) {
		throw unknownReference(fleet, 'blueprint_id', 'Blueprint not found.');
	}
	return create(fleet, wanted, {
		site_id: runtime.site_id,
		blueprint_id: blueprintId,
		type: 'LUA',
		communication: { type: 'UCM_LUA', upstream_id: runtime.id },
		status: runtime.connectivity.status,
	});
}

/** Creates a hardware UCM that has never been connected, or returns the site's UCM that has the hardware ID. */
export function provisionUcm(
	fleet: Fleet,
	wanted: Wanted,
	target: { siteId: string; hardwareId: string; protocol: MqttProtocol },
): Readonly<Device> {
	const type = target.protocol === 'MQTTS' ? 'MQTT_V1_TLS' : 'MQTT_V1_PLAINTEXT';
	return provision(fleet, wanted, {
		...target,
		type: 'HARDWARE_UCM',
		communication: type,
		status: 'UNKNOWN',
	});
}

/** Creates a virtual UCM, which the Gateway runs, or returns the UCM that has the hardware ID (inferred). */
export function provisionVirtualUcm(
	fleet: Fleet,
	wanted: Wanted,
	target: { siteId: string; hardwareId: string },
): Readonly<Device> {
	const communication = 'MQTT_V1_LOCALHOST';
	return provision(fleet, wanted, { ...target, type: 'VIRTUAL_UCM', communication, status: 'ONLINE' });
}

/** Throws 409 if the hardware belongs to a device of another type or site (inferred). */
function provision(
	fleet: Fleet,
	wanted: Wanted,
	target: {
		siteId: string;
		hardwareId: string;
		type: DeviceType;
		communication: Communication['type'];
		status: ConnectivityStatus;
	},
): Readonly<Device> {
	const { siteId, hardwareId, type, communication, status } = target;
	const existing = fleet.list().find((device) => device.communication.hardware_id === hardwareId);
	if (!existing) {
		return create(fleet, wanted, {
			site_id: siteId,
			blueprint_id: ucm.id,
			type,
			communication: { type: communication, hardware_id: hardwareId, channel_id: 'ucm' },
			status,
		});
	}
	if (existing.type !== type || existing.site_id !== siteId) {
		throw new ApiError(409, { code: 'already_exists', message: 'hardware_id already in use' });
	}
	const isRenamed = fleet.dialect.reprovisionedName === 'replaced';
	return isRenamed ? fleet.update(existing.id, { name: wanted.name }) : existing;
}

function create(
	fleet: Fleet,
	{ name, slug }: Wanted,
	fields: Pick<Device, 'site_id' | 'blueprint_id' | 'type' | 'communication'> & {
		status: ConnectivityStatus;
	},
): Readonly<Device> {
	const { status, ...rest } = fields;
	if (slug?.trim() === '') throw invalid('slug', 'slug must not be empty');
	if (slug != null && fleet.find(slug)) throw slugInUse(fleet.dialect);
	const device: Device = {
		id: randomUUID(),
		name,
		slug: slug ?? freeSlug(fleet, name),
		updated_at: timestamp(fleet.now()),
		...rest,
		properties: {},
		connectivity: { status },
		raised_alert_names: [],
	};
	fleet.add(device, slug != null);
	return device;
}

/** Makes a slug from the name that no device has. */
function freeSlug(fleet: Fleet, name: string): string {
	const words = name.toLowerCase().match(/[a-z0-9]+/g) ?? ['device'];
	const slug = words.join('-');
	for (let number = 1; ; number += 1) {
		const numbered = number === 1 ? slug : `${slug}-${number}`;
		if (!fleet.find(numbered)) return numbered;
	}
}

/** Error for something in the body that does not exist. */
export function unknownReference({ dialect }: Fleet, field: string, message: string): ApiError {
	return refused(Number(dialect.provisioningReference), message, field);
}

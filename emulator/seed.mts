import { blueprints } from './blueprints/index.mts';
import type { Blueprint, Communication, ConnectivityStatus, Device, DeviceType, Site } from './model.mts';
import { Random } from './random.mts';

export interface Seed {
	sites: Site[];
	blueprints: Blueprint[];
	devices: Device[];
}

/** One device of a rack. `on` is the position of its upstream device in the same rack. */
interface Slot {
	name: string;
	type: DeviceType;
	blueprint: keyof typeof blueprints;
	communication: Communication['type'];
	on?: number;
	model: string;
	/** Alerts that the device raises although its manifest does not declare them. */
	undeclaredAlerts?: string[];
}

const gateway: Slot = {
	name: 'Gateway',
	type: 'GATEWAY',
	blueprint: 'gateway',
	communication: 'MQTT_V1_TLS',
	model: 'ENP-GTW',
};
const ucm: Slot = {
	name: 'UCM',
	type: 'HARDWARE_UCM',
	blueprint: 'ucm',
	communication: 'MQTT_V1_TLS',
	model: 'ENP-RS485',
};
const virtualUcm: Slot = {
	name: 'Virtual UCM',
	type: 'VIRTUAL_UCM',
	blueprint: 'ucm',
	communication: 'MQTT_V1_LOCALHOST',
	model: 'ENP-VIRTUAL',
};
const linkMaster: Slot = {
	name: 'LINK master',
	type: 'LINK_MASTER_UCM',
	blueprint: 'ucm',
	communication: 'MQTT_V1_TLS',
	model: 'ENP-LINK',
};
const standalone: Slot = {
	name: 'Weather station',
	type: 'STANDALONE',
	blueprint: 'weatherStation',
	communication: 'MQTT_V1_PLAINTEXT',
	model: 'WS600',
};

const linkSlave = (on: number): Slot => ({
	name: 'LINK UCM',
	type: 'LINK_SLAVE_UCM',
	blueprint: 'ucm',
	communication: 'LINK',
	on,
	model: 'ENP-LINK',
});

const lua = (name: string, on: number, blueprint: Slot['blueprint'], model: string): Slot => ({
	name,
	type: 'LUA',
	blueprint,
	communication: 'UCM_LUA',
	on,
	model,
});

const powerMeter = (on: number): Slot => ({
	...lua('Power meter', on, 'powerMeter', 'PM2120'),
	undeclaredAlerts: ['07-phase-loss'],
});

/** An Enapter device consists of two: its embedded UCM, which has the connection, and the device itself. */
const native = (name: string, at: number, blueprint: Slot['blueprint'], model: string): Slot[] => [
	{ ...ucm, name: `${name} UCM`, type: 'EMBEDDED_UCM', model: 'ENP-EMBEDDED' },
	{ name, type: 'NATIVE', blueprint, communication: 'UCM_EMBEDDED', on: at, model },
];

/** A device that another device reports, e.g. an inverter behind a leading inverter. */
const child = (name: string, on: number, blueprint: Slot['blueprint'], model: string): Slot => ({
	...lua(name, on, blueprint, model),
	type: 'CHILD',
});

const houseRack: Slot[] = [
	ucm,
	lua('Gas detector', 0, 'gasDetector', 'Xgard Bright'),
	gateway,
	...native('Electrolyser', 3, 'electrolyser', 'EL 4.1'),
	...native('Dryer', 5, 'dryer', 'DRY 2.1'),
	virtualUcm,
	lua('Hydrogen tank pressure', 7, 'pressureSensor', 'A-10'),
	standalone,
];
const campusRack: Slot[] = [
	gateway,
	linkMaster,
	linkSlave(1),
	linkSlave(1),
	ucm,
	lua('Fuel cell', 4, 'fuelCell', 'FCM 804'),
	powerMeter(4),
	...native('Electrolyser', 7, 'electrolyser', 'EL 4.1'),
	standalone,
];
const islandRack: Slot[] = [
	gateway,
	virtualUcm,
	lua('PV inverter', 1, 'pvInverter', 'STP 25000TL'),
	child('PV inverter', 2, 'pvInverter', 'STP 25000TL'),
	lua('Battery storage', 1, 'battery', 'Premium LVL 15.4'),
	ucm,
	lua('Hydrogen detector', 5, 'hydrogenDetector', 'Xgard Bright'),
	powerMeter(5),
	...native('Electrolyser', 8, 'electrolyser', 'EL 4.1'),
];

const places: Array<{ site: Site; rack: Slot[] }> = [
	{
		site: {
			id: 'a2f2c5e7-054a-43db-8402-3fe6006936b2',
			name: 'Hydrogen House Pilot Plant',
			timezone: 'Europe/Rome',
			location: { name: 'Pisa, Italy', latitude: 43.7228, longitude: 10.4017 },
			version: 'V3',
		},
		rack: houseRack,
	},
	{
		site: {
			id: 'c41d6f0a-98b7-4f0e-9d35-70e1b2a4c8d6',
			name: 'Research Campus',
			timezone: 'Europe/Berlin',
			location: { name: 'Saerbeck, Germany', latitude: 52.1762, longitude: 7.6361 },
			version: 'V3',
		},
		rack: campusRack,
	},
	{
		site: {
			id: 'e0583b7c-2d64-4a19-8bf1-5c9d7e3f1a20',
			name: 'Island Microgrid',
			timezone: 'Indian/Reunion',
			location: { name: 'La Nouvelle, Réunion', latitude: -21.0817, longitude: 55.4233 },
			version: 'V3',
		},
		rack: islandRack,
	},
];

/** Devices for example workflows that change devices. No real plant has them. The position in `exampleRack` gives the ID. */
const exampleSite: Site = {
	id: 'ea000000-0000-4000-8000-000000000000',
	name: 'Example Site',
	timezone: 'Europe/Berlin',
	location: { name: 'Berlin, Germany', latitude: 52.52, longitude: 13.405 },
	version: 'V3',
};
const exampleRack: Slot[] = [
	{ ...ucm, name: 'Example UCM' },
	lua('Example gas detector', 0, 'gasDetector', 'Xgard Bright'),
	lua('Example battery', 0, 'battery', 'Premium LVL 15.4'),
	lua('Example fuel cell', 0, 'fuelCell', 'FCM 804'),
	lua('Example power meter', 0, 'powerMeter', 'PM2120'),
	...native('Example electrolyser', 5, 'electrolyser', 'EL 4.1'),
	{ ...standalone, name: 'Example weather station' },
	{ ...standalone, name: 'Example old sensor', model: 'WS500' },
];

/** The two devices of the reference's examples. The gas detector runs on the UCM. */
const named: Array<Partial<Device>> = [
	{
		id: 'fecbbba0-79f2-4e9e-a6f0-69a310ab110b',
		name: 'Living room UCM',
		slug: 'living-room-ucm',
		updated_at: '2025-08-01T16:40:11.204512Z',
		connectivity: { status: 'ONLINE' },
		communication: {
			type: 'MQTT_V1_TLS',
			hardware_id: 'C8795CBA5375484E829105E959663C8B',
			channel_id: 'ucm',
		},
	},
	{
		id: '93fb32c7-b7b7-4987-a754-23597d9c02c7',
		name: 'Gas detector in living room',
		slug: 'gas-detector-in-living-room',
		updated_at: '2025-08-04T07:22:07.988115Z',
		connectivity: { status: 'ONLINE' },
		raised_alert_names: [],
	},
];

const channels: Partial<Record<DeviceType, string>> = { GATEWAY: 'gateway', STANDALONE: 'device' };

function communication(slot: Slot, rack: Device[], random: Random): Communication {
	if (slot.on !== undefined) {
		const upstream = rack[slot.on];
		if (!upstream) throw new Error(`${slot.name} comes before its upstream device`);
		return { type: slot.communication, upstream_id: upstream.id };
	}
	// python-sdk names the hardware of a virtual UCM with a V before the hexadecimal digits.
	const prefix = slot.type === 'VIRTUAL_UCM' ? 'V' : '';
	return {
		type: slot.communication,
		hardware_id: prefix + random.hex(32).toUpperCase(),
		channel_id: channels[slot.type] ?? 'ucm',
	};
}

function connectivity(random: Random): ConnectivityStatus {
	const dice = random.next();
	if (dice < 0.8) return 'ONLINE';
	return dice < 0.94 ? 'OFFLINE' : 'UNKNOWN';
}

function updatedAt(random: Random): string {
	const withinAYear = Date.UTC(2024, 8, 1) + random.below(365 * 86_400) * 1000;
	const microseconds = String(random.below(1_000_000)).padStart(6, '0');
	return `${new Date(withinAYear).toISOString().slice(0, 19)}.${microseconds}Z`;
}

/**
 * Creates a realistic fleet of `count` devices on three sites. The same seed gives the same fleet, and a larger count
 * adds devices without changing the others. The sites get racks of ten devices in turn. With `examples`, the devices of
 * the example site are added: online, without alerts, and the same for every seed.
 */
export function createSeed(count: number, seed: number, examples: boolean): Seed {
	let random = new Random(seed);
	const numbers = new Map<string, number>();
	const devices: Device[] = [];

	const numbered = (name: string): string => {
		const number = (numbers.get(name) ?? 0) + 1;
		numbers.set(name, number);
		return `${name} ${number}`;
	};
	const create = (slot: Slot, name: string, siteId: string, rack: Device[]): Device => {
		const { id: blueprint_id, manifest } = blueprints[slot.blueprint];
		// Only the first declared alert, so that changes of manifests do not change which devices have alerts.
		const [declared] = Object.keys(manifest.alerts ?? {}).filter((alert) => alert !== 'not_configured');
		const alertNames = [...(declared === undefined ? [] : [declared]), ...(slot.undeclaredAlerts ?? [])];
		return {
			id: random.uuid(),
			blueprint_id,
			name,
			site_id: siteId,
			updated_at: updatedAt(random),
			slug: name.toLowerCase().replaceAll(' ', '-'),
			type: slot.type,
			properties: {
				vendor: manifest.vendor,
				model: slot.model,
				serial_number: random.hex(10).toUpperCase(),
				fw_ver: `${1 + random.below(3)}.${random.below(12)}.${random.below(8)}`,
			},
			connectivity: { status: connectivity(random) },
			communication: communication(slot, rack, random),
			raised_alert_names: random.next() < 0.1 ? alertNames : [],
		};
	};

	for (let round = 0; devices.length < count; round += 1) {
		const place = places[round % places.length];
		if (!place) break;
		const rack: Device[] = [];
		for (const slot of place.rack) {
			const device = create(slot, numbered(slot.name), place.site.id, rack);
			rack.push({ ...device, ...named[devices.length + rack.length] });
		}
		devices.push(...rack.slice(0, count - devices.length));
	}
	const sites = places.map(({ site }) => structuredClone(site));
	if (examples) {
		random = new Random(0);
		const rack: Device[] = [];
		for (const slot of exampleRack) {
			rack.push({
				...create(slot, slot.name, exampleSite.id, rack),
				id: `${exampleSite.id.slice(0, -2)}${String(rack.length + 1).padStart(2, '0')}`,
				connectivity: { status: 'ONLINE' },
				raised_alert_names: [],
			});
		}
		devices.push(...rack);
		sites.push(structuredClone(exampleSite));
	}
	return { sites, blueprints: Object.values(blueprints), devices };
}

import { ApiError, invalid, notFound, unprocessable } from './apiError.mts';
import { createConfig } from './config.mts';
import type { Behavior, Settings } from './behavior.mts';
import type { Blueprint, ConnectivityStatus, Device, DeviceConfig, MqttProtocol, Site } from './model.mts';
import { createSeed, type Seed } from './seed.mts';
import { timestamp } from './time.mts';

/** What a device was like from a point in time on. */
export interface Moment {
	/** Unix seconds. */
	since: number;
	behavior: Behavior;
	settings: Settings;
	alerts: readonly string[];
	online: boolean;
}

/** Milliseconds since 1970, with a part. Real time; rises even between two calls in a row. */
function realTime(): number {
	return performance.timeOrigin + performance.now();
}

/**
 * The fleet and the API's rules about it. Records are replaced, never changed in place: one read before a request
 * can be compared with one read after it.
 */
export class Fleet {
	readonly #sites: Map<string, Site>;
	readonly #devices: Map<string, Device>;
	readonly #blueprints: Map<string, Blueprint>;
	readonly #idBySlug: Map<string, string>;
	readonly #configs = new Map<string, DeviceConfig>();
	readonly #moments = new Map<string, Moment[]>();
	/** Milliseconds since 1970. */
	readonly now: () => number;

	constructor(seed: Seed, now: () => number = realTime) {
		this.now = now;
		const byId = <T extends { id: string }>(records: T[]) => new Map(records.map((it) => [it.id, it]));
		this.#sites = byId(seed.sites);
		// Ordered by ID once: a Map keeps its order, and no endpoint adds a device.
		this.#devices = byId([...seed.devices].sort((a, b) => (a.id < b.id ? -1 : 1)));
		this.#blueprints = byId(seed.blueprints);
		this.#idBySlug = new Map(seed.devices.map(({ slug, id }) => [slug, id]));
	}

	get sites(): ReadonlyMap<string, Readonly<Site>> {
		return this.#sites;
	}

	/** By ID, in the order of IDs. */
	get devices(): ReadonlyMap<string, Readonly<Device>> {
		return this.#devices;
	}

	get blueprints(): ReadonlyMap<string, Readonly<Blueprint>> {
		return this.#blueprints;
	}

	/** What the device was like, in the order of time; the first holds for all time before. */
	moments(id: string): readonly Moment[] {
		let moments = this.#moments.get(id);
		if (!moments) {
			moments = this.#past(this.get(id));
			this.#moments.set(id, moments);
		}
		return moments;
	}

	/** What the device's commands have set. */
	settings(idOrSlug: string): Settings {
		return this.#moment(this.get(idOrSlug)).settings;
	}

	/** Changes what the device is like from now on: what its own world or a command does, not an API's request. */
	simulate(
		idOrSlug: string,
		change: { settings?: Settings; alerts?: readonly string[]; connectivity?: ConnectivityStatus },
	): void {
		const device = this.get(idOrSlug);
		const { settings, alerts = device.raised_alert_names } = change;
		const { status } = device.connectivity;
		const connectivity = { status: change.connectivity ?? status };
		const moment = this.#moment(device);
		this.#addMoment(device.id, {
			...moment,
			settings: { ...moment.settings, ...settings },
			alerts,
			online: connectivity.status === 'ONLINE',
		});
		this.#devices.set(device.id, { ...device, connectivity, raised_alert_names: [...alerts] });
	}

	/** The configuration generated last for each device, by device ID. */
	get configs(): ReadonlyMap<string, Readonly<DeviceConfig>> {
		return this.#configs;
	}

	/** The device with this ID, else the one with this slug. */
	find(idOrSlug: string): Readonly<Device> | undefined {
		return this.#devices.get(idOrSlug) ?? this.#devices.get(this.#idBySlug.get(idOrSlug) ?? '');
	}

	/** All devices, or those of one site, ordered by device ID. */
	list(siteId?: string): ReadonlyArray<Readonly<Device>> {
		const all = [...this.#devices.values()];
		return siteId === undefined ? all : all.filter(({ site_id }) => site_id === siteId);
	}

	/** Throws 404 if there is no such device. */
	get(idOrSlug: string): Readonly<Device> {
		const device = this.find(idOrSlug);
		if (!device) throw notFound('Device not found.');
		return device;
	}

	/**
	 * Changes name and slug; `undefined` and `null` leave a field as it is (python-sdk sends null for that), and a
	 * change of neither leaves `updated_at` too (what the API responds to that is unknown). Throws 400 for a blank value
	 * and 409 for a slug in use. That slugs are unique in the whole fleet, and that any other text will do, is inferred.
	 */
	update(
		idOrSlug: string,
		change: { name?: string | null | undefined; slug?: string | null | undefined },
	): Readonly<Device> {
		const device = this.get(idOrSlug);
		const name = change.name ?? device.name;
		const slug = change.slug ?? device.slug;
		if (name.trim() === '') throw invalid('name', 'name must not be empty');
		if (slug.trim() === '') throw invalid('slug', 'slug must not be empty');
		const holder = this.find(slug);
		if (holder && holder.id !== device.id) {
			throw new ApiError(409, { code: 'already_exists', message: 'slug already in use' });
		}
		if (change.name == null && change.slug == null) return device;
		this.#idBySlug.delete(device.slug);
		this.#idBySlug.set(slug, device.id);
		return this.#replace({ ...device, name, slug });
	}

	/** Throws 422 while other devices run on the device: it is their `upstream_id`. */
	delete(idOrSlug: string): void {
		const device = this.get(idOrSlug);
		for (const { communication } of this.#devices.values()) {
			if (communication.upstream_id === device.id) {
				throw unprocessable('Device has running devices. Delete the running devices first.');
			}
		}
		this.#devices.delete(device.id);
		this.#idBySlug.delete(device.slug);
		this.#configs.delete(device.id);
		this.#moments.delete(device.id);
	}

	/** Throws 400 for an unknown blueprint (inferred: it is the payload that does not hold, the path does). */
	assignBlueprint(idOrSlug: string, blueprintId: string): Readonly<Device> {
		const device = this.get(idOrSlug);
		const blueprint = this.#blueprints.get(blueprintId);
		if (!blueprint) throw invalid('blueprint_id', 'Blueprint not found.');
		const { behavior } = blueprint;
		this.#addMoment(device.id, { ...this.#moment(device), behavior, settings: behavior.settings });
		return this.#replace({ ...device, blueprint_id: blueprintId });
	}

	/**
	 * A new configuration. Throws 422 for communication types UCM_LUA and UCM_EMBEDDED, as the reference says, and
	 * for LINK (inferred: without a hardware ID there is nothing to configure). Leaves the device as it is (inferred).
	 */
	async generateConfig(idOrSlug: string, protocol: MqttProtocol): Promise<DeviceConfig> {
		const { id, communication } = this.get(idOrSlug);
		const { type, hardware_id, channel_id } = communication;
		if (hardware_id === undefined || channel_id === undefined) {
			throw unprocessable(`Configuration cannot be generated for communication type ${type}.`);
		}
		const config = await createConfig(protocol, { hardware_id, channel_id });
		this.#configs.set(id, config);
		return config;
	}

	/** A Gateway knows one site: the first stays, with its devices. */
	keepFirstSite(): void {
		const [first] = this.#sites.keys();
		for (const id of [...this.#sites.keys()]) if (id !== first) this.#sites.delete(id);
		for (const device of [...this.#devices.values()]) {
			if (device.site_id === first) continue;
			this.#devices.delete(device.id);
			this.#idBySlug.delete(device.slug);
		}
	}

	#moment(device: Readonly<Device>): Moment {
		const moment = this.moments(device.id).at(-1);
		if (!moment) throw new Error(`${device.id} has no moment`);
		return moment;
	}

	#addMoment(id: string, moment: Omit<Moment, 'since'>): void {
		const moments = [...this.moments(id), { ...moment, since: this.now() / 1000 }];
		this.#moments.set(id, moments);
	}

	/** The seed's alerts were raised, and its offline devices lost, when the device was last updated. */
	#past({ blueprint_id, connectivity, raised_alert_names, updated_at }: Readonly<Device>): Moment[] {
		const behavior = this.#blueprints.get(blueprint_id)?.behavior;
		if (!behavior) throw new Error(`There is no blueprint ${blueprint_id}`);
		const online = connectivity.status === 'ONLINE';
		const { settings } = behavior;
		const first = {
			since: -Infinity,
			behavior,
			settings,
			alerts: [],
			online: connectivity.status !== 'UNKNOWN',
		};
		if (online && raised_alert_names.length === 0) return [first];
		return [first, { ...first, since: Date.parse(updated_at) / 1000, alerts: raised_alert_names, online }];
	}

	#replace(device: Device): Device {
		const changed = { ...device, updated_at: timestamp(this.now()) };
		this.#devices.set(changed.id, changed);
		return changed;
	}
}

/**
 * A fleet of `devices` devices (30) on three sites, the same for the same `seed`. The two devices of the
 * reference's examples are the first, so they are in every fleet of at least two. `examples` adds a site with
 * devices whose slugs begin with `example-`, which no real plant has, for workflows that change something. `now`
 * gives the time in milliseconds, for a test that sets it.
 */
export function createFleet(
	options: { devices?: number; seed?: number; examples?: boolean; now?: () => number } = {},
): Fleet {
	const { devices = 30, seed = 1, examples = false } = options;
	return new Fleet(createSeed(devices, seed, examples), options.now);
}

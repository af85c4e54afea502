import { invalid, notFound, refused, slugInUse } from './apiError.mts';
import type { Behavior, Settings } from './behavior.mts';
import { createConfig } from './config.mts';
import { createDialect, type Dialect } from './dialect.mts';
import { DeviceLogs, type LogSeverity } from './logs.mts';
import type { Blueprint, ConnectivityStatus, Device, DeviceConfig, MqttProtocol, Site } from './model.mts';
import { createSeed, type Seed } from './seed.mts';
import { timestamp } from './time.mts';

/** State of a device from a point in time on. */
export interface Moment {
	/** Unix seconds. */
	since: number;
	behavior: Behavior;
	settings: Settings;
	alerts: readonly string[];
	online: boolean;
}

/** Milliseconds since 1970, with a fraction, so that two calls in a row differ. */
function realTime(): number {
	return performance.timeOrigin + performance.now();
}

const CLOCK_OFFSET_MS = { exact: 0, ahead: 3 * 60_000, behind: -3 * 60_000 };

/**
 * The fleet and the API's rules about it. Records are replaced, never changed in place, so a record read before a
 * request can be compared with one read after it.
 */
export class Fleet {
	readonly #sites: Map<string, Site>;
	readonly #devices: Map<string, Device>;
	readonly #blueprints: Map<string, Blueprint>;
	readonly #idBySlug: Map<string, string>;
	readonly #configs = new Map<string, DeviceConfig>();
	readonly #moments = new Map<string, Moment[]>();
	/** Whether `#devices` is ordered by ID: `add` appends. */
	#isOrdered = true;
	/** IDs of devices whose slug was set by a request. */
	readonly #givenSlugs = new Set<string>();
	/** How the API behaves where its reference leaves that open. */
	dialect: Dialect = createDialect();
	/** Number of lists sent with a `total_count`. */
	countedLists = 0;
	/** Clock of the API: milliseconds since 1970. */
	readonly now: () => number;
	readonly logs: DeviceLogs;

	constructor(seed: Seed, now: () => number = realTime) {
		this.now = () => now() + CLOCK_OFFSET_MS[this.dialect.clock];
		const byId = <T extends { id: string }>(records: T[]) => new Map(records.map((it) => [it.id, it]));
		this.#sites = byId(seed.sites);
		this.logs = new DeviceLogs(this.now);
		this.#devices = byId([...seed.devices].sort((a, b) => (a.id < b.id ? -1 : 1)));
		this.#blueprints = byId(seed.blueprints);
		this.#idBySlug = new Map(seed.devices.map(({ slug, id }) => [slug, id]));
	}

	get sites(): ReadonlyMap<string, Readonly<Site>> {
		return this.#sites;
	}

	/** By ID, in the order of IDs. */
	get devices(): ReadonlyMap<string, Readonly<Device>> {
		if (!this.#isOrdered) {
			const ordered = [...this.#devices].sort(([one], [other]) => (one < other ? -1 : 1));
			this.#devices.clear();
			for (const [id, device] of ordered) this.#devices.set(id, device);
			this.#isOrdered = true;
		}
		return this.#devices;
	}

	get blueprints(): ReadonlyMap<string, Readonly<Blueprint>> {
		return this.#blueprints;
	}

	/** States of the device, oldest first. The first also applies to all time before it. */
	moments(id: string): readonly Moment[] {
		let moments = this.#moments.get(id);
		if (!moments) {
			moments = this.#past(this.get(id));
			this.#moments.set(id, moments);
		}
		return moments;
	}

	/** Values set by the device's commands. */
	settings(idOrSlug: string): Settings {
		return this.#moment(this.get(idOrSlug)).settings;
	}

	/** Changes the state of the device from now on, as the device itself or a command does. */
	simulate(
		idOrSlug: string,
		change: { settings?: Settings; alerts?: readonly string[]; connectivity?: ConnectivityStatus },
	): void {
		const device = this.get(idOrSlug);
		const { settings, alerts = device.raised_alert_names } = change;
		const { status } = device.connectivity;
		const connectivity = { status: change.connectivity ?? status };
		const moment = this.#moment(device);
		this.#logAlerts(device, alerts);
		this.#addMoment(device.id, {
			...moment,
			settings: { ...moment.settings, ...settings },
			alerts,
			online: connectivity.status === 'ONLINE',
		});
		this.#devices.set(device.id, { ...device, connectivity, raised_alert_names: [...alerts] });
	}

	/**
	 * Adds a device without telemetry before now. `isSlugGiven`: whether a request set its slug. Throws if its ID
	 * or slug is in use or its blueprint does not exist.
	 */
	add(device: Device, isSlugGiven: boolean): void {
		const behavior = this.#blueprints.get(device.blueprint_id)?.behavior;
		if (!behavior || this.find(device.id) || this.find(device.slug))
			throw new Error(`Cannot add ${device.slug}`);
		this.#devices.set(device.id, device);
		this.#idBySlug.set(device.slug, device.id);
		if (isSlugGiven) this.#givenSlugs.add(device.id);
		this.#isOrdered = false;
		const { settings } = behavior;
		this.#moments.set(device.id, [{ since: -Infinity, behavior, settings, alerts: [], online: false }]);
		this.logs.create(device.id);
		this.simulate(device.id, { connectivity: device.connectivity.status });
	}

	/** Latest generated configuration by device ID. */
	get configs(): ReadonlyMap<string, Readonly<DeviceConfig>> {
		return this.#configs;
	}

	/** Finds a device by ID, then by slug. */
	find(idOrSlug: string): Readonly<Device> | undefined {
		return this.#devices.get(idOrSlug) ?? this.#devices.get(this.#idBySlug.get(idOrSlug) ?? '');
	}

	/** All devices, or those of one site, ordered by device ID. */
	list(siteId?: string): ReadonlyArray<Readonly<Device>> {
		const all = [...this.devices.values()];
		return siteId === undefined ? all : all.filter(({ site_id }) => site_id === siteId);
	}

	/** Finds a device by ID, then by slug. Throws 404. */
	get(idOrSlug: string): Readonly<Device> {
		const device = this.find(idOrSlug);
		if (!device) throw notFound('Device not found.');
		return device;
	}

	/** Finds a device as a request names it. Throws 404. */
	lookUp(idOrSlug: string): Readonly<Device> {
		const isAnyCase = this.dialect.idCase === 'any';
		const device =
			this.find(idOrSlug) ??
			(isAnyCase ? this.find(idOrSlug.toLowerCase()) : undefined) ??
			(this.dialect.shownSlug === 'otherCase' ? this.#findInAnyCase(idOrSlug) : undefined);
		if (!device || (device.id !== idOrSlug.toLowerCase() && !this.hasSlug(device))) {
			throw notFound('Device not found.');
		}
		return device;
	}

	#findInAnyCase(slug: string): Readonly<Device> | undefined {
		return this.list().find((device) => device.slug.toLowerCase() === slug.toLowerCase());
	}

	/** Whether the device has a slug for the API. See the dialect `slug`. */
	hasSlug({ id }: Readonly<Device>): boolean {
		return this.dialect.slug === 'text' || /[02468ace]$/.test(id) || this.#givenSlugs.has(id);
	}

	/**
	 * Changes name and slug. `undefined` and `null` leave a field unchanged (python-sdk sends null). Throws 400 for a
	 * blank value and for a slug in use, with the status of the dialect. Inferred: slugs are unique in the fleet, and
	 * any text that is not blank is valid.
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
		if (holder && holder.id !== device.id) throw slugInUse(this.dialect);
		const isUnchanged = change.name == null && change.slug == null;
		if (isUnchanged && this.dialect.unchangedUpdate === 'keepsTime') return device;
		if (change.slug != null) this.#givenSlugs.add(device.id);
		this.#idBySlug.delete(device.slug);
		this.#idBySlug.set(slug, device.id);
		return this.#replace({ ...device, name, slug });
	}

	/** Deletes a device. Refuses, as the dialect says, if the device has dependents (it is their `upstream_id`). */
	delete(idOrSlug: string): void {
		const device = this.get(idOrSlug);
		const { upstreamDelete } = this.dialect;
		for (const { id, communication } of [...this.#devices.values()]) {
			if (communication.upstream_id !== device.id || upstreamDelete === 'orphans') continue;
			if (upstreamDelete === 'cascade') this.delete(id);
			else {
				const message = 'Device has running devices. Delete the running devices first.';
				throw refused(Number(upstreamDelete), message);
			}
		}
		this.#devices.delete(device.id);
		this.#idBySlug.delete(device.slug);
		this.#configs.delete(device.id);
		this.#moments.delete(device.id);
		this.logs.delete(device.id);
	}

	/** Throws 400 for an unknown blueprint, unless the dialect has another status (inferred). */
	assignBlueprint(idOrSlug: string, blueprintId: string): Readonly<Device> {
		const device = this.get(idOrSlug);
		const blueprint = this.#blueprints.get(blueprintId);
		const { unknownBlueprint, assignableTypes } = this.dialect;
		if (!blueprint) throw refused(Number(unknownBlueprint), 'Blueprint not found.', 'blueprint_id');
		if (assignableTypes === 'luaAndStandalone' && device.type !== 'LUA' && device.type !== 'STANDALONE') {
			throw refused(422, `The blueprint of a device of type ${device.type} cannot be changed.`);
		}
		const { behavior } = blueprint;
		this.#addMoment(device.id, { ...this.#moment(device), behavior, settings: behavior.settings });
		return this.#replace({ ...device, blueprint_id: blueprintId });
	}

	/**
	 * Generates a configuration. Refuses communication types UCM_LUA and UCM_EMBEDDED, as the reference says, and LINK
	 * (inferred: it has no hardware ID). Does not change the device (inferred).
	 */
	async generateConfig(idOrSlug: string, protocol: MqttProtocol): Promise<DeviceConfig> {
		const { id, communication } = this.get(idOrSlug);
		const { type, hardware_id, channel_id } = communication;
		if (hardware_id === undefined || channel_id === undefined) {
			const message = `Configuration cannot be generated for communication type ${type}.`;
			throw refused(Number(this.dialect.configRefusal), message);
		}
		const config = await createConfig(protocol, { hardware_id, channel_id });
		this.#configs.set(id, config);
		return config;
	}

	/** Removes all sites but the first, and their devices: a Gateway has one site. */
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
		if (!moment) throw new Error(`Device ${device.id} has no state`);
		return moment;
	}

	/** Logs raised and cleared alerts. Undeclared alerts are errors, as in vscode-enapter. */
	#logAlerts(device: Readonly<Device>, now: readonly string[]): void {
		const { blueprint_id, raised_alert_names: before } = device;
		const declared = this.#blueprints.get(blueprint_id)?.manifest.alerts ?? {};
		const log = (name: string, severity: LogSeverity | undefined, change: string) => {
			const { display_name = name } = declared[name] ?? {};
			this.logs.add(device, severity ?? 'error', `Alert ${name} (${display_name}) ${change}.`);
		};
		for (const name of now) if (!before.includes(name)) log(name, declared[name]?.severity, 'raised');
		for (const name of before) if (!now.includes(name)) log(name, 'info', 'cleared');
	}

	#addMoment(id: string, moment: Omit<Moment, 'since'>): void {
		const moments = [...this.moments(id), { ...moment, since: this.now() / 1000 }];
		this.#moments.set(id, moments);
	}

	/** The history of a device of the seed: its alerts were raised, and its connection was lost, when it was last updated. */
	#past({ blueprint_id, connectivity, raised_alert_names, updated_at }: Readonly<Device>): Moment[] {
		const behavior = this.#blueprints.get(blueprint_id)?.behavior;
		if (!behavior) throw new Error(`Blueprint ${blueprint_id} does not exist`);
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
 * Creates a fleet of `devices` devices (30) on three sites. The same `seed` gives the same fleet. The two devices of
 * the reference's examples come first, so every fleet of at least two has them. `examples` adds a site whose devices
 * have slugs that start with `example-`, for workflows that change devices. `now` returns the time in milliseconds,
 * for tests that set it.
 */
export function createFleet(
	options: { devices?: number; seed?: number; examples?: boolean; now?: () => number } = {},
): Fleet {
	const { devices = 30, seed = 1, examples = false } = options;
	return new Fleet(createSeed(devices, seed, examples), options.now);
}

import { newDevice } from '../../../emulator/blueprints/newDevice.mts';
import { ucm } from '../../../emulator/blueprints/control.mts';
import { readConfiguration } from '../../../emulator/configuration.mts';
import type { Dialect } from '../../../emulator/dialect.mts';
import type { Fleet } from '../../../emulator/fleet.mts';
import type { Batch, Item } from './batch.mts';
import { BLUEPRINTS, changeOf, GROUP, isDrawnSlug } from './batch.mts';

/** What a run can change of a device. */
export interface Device {
	/** `new` for a device that the run created, because its ID cannot be known before. */
	id: string;
	name: string;
	/** Undefined if the emulator made it from the name. */
	slug?: string | undefined;
	type: string;
	blueprint_id: string;
	/** The ID of the device that it depends on, or the slug of one that the run created. */
	on?: string | undefined;
	/** The hardware ID of a UCM. */
	hardware?: string | undefined;
	isOnline: boolean;
	/** Parameters of {@link GROUP}, if the blueprint has it. */
	values?: Record<string, unknown> | undefined;
}

export type World = readonly Device[];

const DEFAULTS = { level: 20, relay_enabled: true, delay: 0 };

/**
 * The devices of a plant.
 *
 * @param known IDs of the devices from before the run; default: all
 */
export function worldOf(fleet: Fleet, known?: ReadonlySet<string>): World {
	const keyOf = (id: string) => (known?.has(id) === false ? fleet.get(id).slug : id);
	return fleet.list().map((device) => {
		const { id, name, slug, type, blueprint_id, communication, connectivity } = device;
		const { upstream_id: on, hardware_id } = communication;
		const isNew = known?.has(id) === false;
		return {
			id: isNew ? 'new' : id,
			name,
			slug: isNew && !isDrawnSlug(slug) ? undefined : slug,
			type,
			blueprint_id,
			on: on === undefined ? undefined : keyOf(on),
			hardware: type === 'HARDWARE_UCM' ? hardware_id : undefined,
			isOnline: connectivity.status === 'ONLINE',
			values: BLUEPRINTS.includes(blueprint_id) ? valuesOf(fleet, id) : undefined,
		};
	});
}

function valuesOf(fleet: Fleet, id: string): Record<string, unknown> {
	const { level, relay_enabled, delay } = readConfiguration(fleet, fleet.get(id), GROUP);
	return { level, relay_enabled, delay };
}

/** The device with this ID, in any case, or slug. */
export function find<D extends { id: string; slug?: string | undefined }>(
	devices: readonly D[],
	named: string,
): D | undefined {
	return devices.find(({ id }) => id === named.toLowerCase()) ?? devices.find(({ slug }) => slug === named);
}

export function isSame(one: World, other: World): boolean {
	const textOf = (world: World) =>
		JSON.stringify(world.map((device) => JSON.stringify(Object.entries(device).sort())).sort());
	return textOf(one) === textOf(other);
}

/** What an item does to the world: the device that it is about, before and after. */
export interface Meaning {
	world: World;
	/** Undefined if the item creates the device. */
	was: Device | undefined;
	is: Device;
}

/** What is the same for all items of a run. */
export interface Setting {
	batch: Batch;
	dialect: Dialect;
	/** The world before the run. */
	first: World;
}

/** The plain meaning of an item that changes or creates a device, after those before it; undefined if it is refused. */
export function meaningOf(world: World, item: Item, setting: Setting): Meaning | undefined {
	const { batch, dialect } = setting;
	if (batch.operation === 'device.create') return creation(world, item, setting);
	const device = find(world, item.named);
	if (device === undefined) return undefined;
	if (batch.operation === 'configuration.update' || batch.operation === 'configuration.reset') {
		return configuration(world, batch, item, device, dialect);
	}
	const change = changeOf(batch, item);
	const { slug, blueprint_id } = change;
	const holder = slug === undefined ? undefined : find(world, slug);
	if (holder !== undefined && holder !== device) return undefined;
	if (blueprint_id === undefined) return replaced(world, device, change);
	if (!BLUEPRINTS.includes(blueprint_id)) return undefined;
	const isSkipped = item.skip && device.blueprint_id === blueprint_id;
	return replaced(world, device, isSkipped ? {} : { ...change, values: DEFAULTS });
}

function replaced(world: World, was: Device, change: Partial<Device>): Meaning {
	const is = { ...was, ...change };
	return { world: world.map((device) => (device === was ? is : device)), was, is };
}

function configuration(
	world: World,
	{ operation, resets }: Batch,
	{ values, reset: names }: Item,
	device: Device,
	{ configurationOffline }: Dialect,
): Meaning | undefined {
	if (device.values === undefined) return undefined;
	if (!device.isOnline && configurationOffline !== 'accepted') return undefined;
	const reset = resets ? names : [];
	if (operation === 'configuration.reset') return replaced(world, device, { values: DEFAULTS });
	if (Number(values['level']) > 60 || reset.some((name) => name in values)) return undefined;
	const defaults = Object.entries(DEFAULTS).filter(([name]) => reset.includes(name));
	return replaced(world, device, {
		values: { ...device.values, ...Object.fromEntries(defaults), ...values },
	});
}

const TYPES: Record<Item['type'], string> = { lua: 'LUA', standalone: 'STANDALONE', ucm: 'HARDWARE_UCM' };

/** Slugs that a run frees, because it gives an existing UCM another one, still count as those of before the run. */
function creation(world: World, item: Item, { batch, dialect, first }: Setting): Meaning | undefined {
	const findNow = (named: string) =>
		find(world, named) ?? world.find(({ id }) => id === find(first, named)?.id);
	const { name, blueprint, hardware } = item;
	const type = TYPES[item.type];
	const slug = slugToCreate(batch, item);
	const holder = slug === undefined ? undefined : findNow(slug);
	// A UCM that exists already may not have the slug that its item gives, so it is also found by its hardware ID.
	const other = runtimeOf(batch, item);
	const ownUcm = other && world.find((device) => device.hardware === other.hardware);
	const runtime = item.type === 'lua' ? (findNow(item.named) ?? ownUcm) : undefined;
	if (item.type === 'lua' && runtime?.type.endsWith('_UCM') !== true) return undefined;
	const present = item.type === 'ucm' ? world.find((device) => device.hardware === hardware) : undefined;
	const existing = holder ?? (slug === undefined ? undefined : present);
	if (existing !== undefined && item.skip) {
		return existing.type === type ? { world, was: existing, is: existing } : undefined;
	}
	if (holder !== undefined && holder !== present) return undefined;
	if (present !== undefined) {
		return replaced(world, present, {
			...(slug === undefined ? {} : { slug }),
			...(dialect.reprovisionedName === 'replaced' ? { name } : {}),
		});
	}
	if (item.type === 'lua' && !BLUEPRINTS.includes(blueprint)) return undefined;
	const is: Device = {
		id: 'new',
		name,
		slug,
		type,
		blueprint_id: { lua: blueprint, standalone: newDevice.id, ucm: ucm.id }[item.type],
		on: runtime?.id === 'new' ? runtime.slug : runtime?.id,
		hardware: item.type === 'ucm' ? hardware : undefined,
		isOnline: runtime?.isOnline ?? false,
		values: item.type === 'lua' ? DEFAULTS : undefined,
	};
	return { world: [...world, is], was: undefined, is };
}

/** For an item that creates a Lua device: the item of the same run that creates its UCM; undefined if there is none. */
export function runtimeOf(batch: Batch, { type, named }: Item): Item | undefined {
	if (batch.operation !== 'device.create' || type !== 'lua') return undefined;
	return batch.items.find((other) => other.type === 'ucm' && slugToCreate(batch, other) === named);
}

/** The slug that an item of Create gives. */
export function slugToCreate({ sets }: Batch, { slug }: Item): string | undefined {
	return sets.includes('slug') ? slug : undefined;
}

/** The dependents of a device. */
export function runningOn(fleet: Fleet, id: string): string[] {
	return fleet
		.list()
		.filter(({ communication }) => communication.upstream_id === id)
		.map((device) => device.id);
}

/** A device and all its direct and indirect dependents. */
export function chainOf(fleet: Fleet, id: string): string[] {
	return [id, ...runningOn(fleet, id).flatMap((dependent) => chainOf(fleet, dependent))];
}

/** The ID of the device that an item names. */
export function idIn(fleet: Fleet, { named }: Item): string | undefined {
	return find(fleet.list(), named)?.id;
}

/** The devices that an item of Delete is about. */
export function devicesToDelete(fleet: Fleet, item: Item, withDependents: boolean): string[] {
	const id = idIn(fleet, item);
	if (id === undefined) return [];
	return withDependents ? chainOf(fleet, id) : [id];
}

/** Whether the API can delete a device after as many of the wanted devices as possible are deleted. */
export function canBeDeleted(fleet: Fleet, id: string, wanted: ReadonlySet<string>): boolean {
	return chainOf(fleet, id).every((each) => wanted.has(each));
}

/** Whether the API can generate a configuration for a device. */
export function canHaveConfig(fleet: Fleet, item: Item): boolean {
	return find(fleet.list(), item.named)?.communication.hardware_id !== undefined;
}

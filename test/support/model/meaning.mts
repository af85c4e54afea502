import type { Fleet } from '../../../emulator/fleet.mts';
import type { Batch, Item } from './batch.mts';
import { BLUEPRINTS, changeOf } from './batch.mts';

/** What a run can change of a device. */
interface Device {
	id: string;
	name: string;
	slug: string;
	blueprint_id: string;
}

/** The devices of a plant, by ID. */
export type World = ReadonlyMap<string, Device>;

export function worldOf(fleet: Fleet): World {
	return new Map(
		fleet.list().map(({ id, name, slug, blueprint_id }) => [id, { id, name, slug, blueprint_id }]),
	);
}

/** The device with this ID or slug. */
export function find(world: World, named: string): Device | undefined {
	return world.get(named) ?? [...world.values()].find(({ slug }) => slug === named);
}

export function isSame(one: World, other: World): boolean {
	return JSON.stringify([...one]) === JSON.stringify([...other]);
}

/** The plain meaning of one item of Update or Assign Blueprint: the world after it; none where the API refuses it. */
export function changed(world: World, batch: Batch, item: Item): World | undefined {
	const device = find(world, item.named);
	const change = changeOf(batch, item);
	const holder = change['slug'] === undefined ? undefined : find(world, change['slug']);
	if (device === undefined || (holder !== undefined && holder !== device)) return undefined;
	if (change['blueprint_id'] !== undefined && !BLUEPRINTS.includes(change['blueprint_id'])) return undefined;
	return new Map(world).set(device.id, { ...device, ...change });
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

/** The devices that an item of Delete is about. */
export function devicesToDelete(fleet: Fleet, { named }: Item, withDependents: boolean): string[] {
	const id = fleet.find(named)?.id;
	if (id === undefined) return [];
	return withDependents ? chainOf(fleet, id) : [id];
}

/** Whether the API can delete a device after as many of the wanted devices as possible are deleted. */
export function canBeDeleted(fleet: Fleet, id: string, wanted: ReadonlySet<string>): boolean {
	return chainOf(fleet, id).every((each) => wanted.has(each));
}

/** Whether the API can generate a configuration for a device. */
export function canHaveConfig(fleet: Fleet, { named }: Item): boolean {
	return fleet.find(named)?.communication.hardware_id !== undefined;
}

import type { IDataObject } from 'n8n-workflow';

import type { Plan, Task } from '../../execution/operation';
import type { Run } from '../../execution/run';
import type { Ref } from '../../fields/locators';
import { nameOfRef } from '../../fields/locators';
import { isNotFound, ItemFailure } from '../../transport/errors';
import type { ExpandedDevice } from './device';
import { canonicalId, identityOf, isSameId, nameOfDevice, UUID } from './device';
import { Fleet, getDevice } from './fleet';

/** An item that changes fields of a device. */
export interface Change {
	ref: Ref;
	/** Expanded fields for the output. */
	expand: string[];
	/** The values that the device is to have, by field. */
	values: { name?: string; slug?: string; blueprint_id?: string };
	/** Whether to skip a device that already has the values. */
	skipsIfDone: boolean;
	/** Whether the output contains values from before the change, so that the device is always read first. */
	needsBefore: boolean;
	/** Sends the change. */
	send(run: Run, target: Target): Promise<ExpandedDevice>;
	/** What to output beside the device, from its state before the change. */
	previous(before: ExpandedDevice): IDataObject;
	/** Called after the change, if the device was read before. */
	compare?(before: ExpandedDevice, after: ExpandedDevice): void;
	/**
	 * Checks in a dry run what the API would check. The fleet is in the state in which earlier items would leave it.
	 *
	 * @returns what else to output
	 * @throws ItemFailure or EnapterApiError if the API would refuse the change
	 */
	check?(fleet: Fleet, before: ExpandedDevice): IDataObject | Promise<IDataObject>;
}

/** The device that a change is sent to. */
export interface Target {
	/** Its ID if it is known, else the reference as given. */
	id: string;
	/** Names it in messages. */
	about: ExpandedDevice | { ref: Ref };
	/** What its response is to contain. */
	query: { expand?: string };
}

/**
 * Plans changes of devices. The devices that must be known are looked up together. Items that change the same
 * device, by whatever name, run in item order, so that the last one wins.
 */
export async function planChanges(changes: Change[], run: Run): Promise<Plan & { fleet: Fleet }> {
	const fleet = new Fleet(
		run.client,
		changes.flatMap(({ expand }) => expand),
	);
	const all = run.isDryRun || mayShareDevices(changes);
	const wanted = changes.filter((change) => all || needsLookup(change)).map(({ ref }) => ref);
	const lookups = await fleet.find(wanted);
	// Reads everything before the dry run simulates changes in the fleet, which must not mix with data from the API.
	if (run.isDryRun) await fleet.findSlugs(changes.flatMap(({ values: { slug } }) => slug ?? []));
	const lookupOf = new Map(lookups.map((lookup, index) => [wanted[index], lookup]));
	const owners = new SlugOwners(fleet);
	const items = changes.map((change): Task | { error: unknown } => {
		const lookup = lookupOf.get(change.ref);
		const isMissing = lookup !== undefined && 'error' in lookup;
		// A slug that an earlier item assigns does not exist yet.
		if (isMissing && !(isNotFound(lookup.error) && owners.isAssigned(change.ref.id))) return lookup;
		return {
			keys: owners.keysOf(change),
			run: async () => [{ json: await carryOut(change, fleet, run) }],
			preview: async () => await preview(change, fleet),
		};
	});
	return { items, fleet };
}

/** After a slug change the old slug is invalid, so retries must use the ID. */
function needsLookup({ ref, values, skipsIfDone, needsBefore }: Change): boolean {
	return skipsIfDone || needsBefore || (values.slug !== undefined && !UUID.test(ref.id));
}

/** Whether items could change the same device under different names. */
function mayShareDevices(changes: Change[]): boolean {
	const ids = new Set(changes.map(({ ref }) => canonicalId(ref.id)));
	if (changes.some(({ values }) => values.slug !== undefined)) return changes.length > 1;
	return ids.size > 1 && [...ids].some((id) => !UUID.test(id));
}

/**
 * Which devices a slug can refer to during the run: the device that has it, and those that earlier items assign it to. Which
 * of them it is depends on whether the earlier items succeed, so an item waits for all of them.
 */
class SlugOwners {
	private readonly assigned = new Map<string, Set<string>>();
	/** If no device that was read has a slug, it is unknown which slug a change frees, so all changes of slugs share a key. */
	private readonly areSlugsShown: boolean;

	constructor(private readonly fleet: Fleet) {
		this.areSlugsShown = [...fleet.all].some(({ slug }) => typeof slug === 'string');
	}

	/** Whether an earlier item assigns this slug. */
	isAssigned(slug: string): boolean {
		return this.assigned.has(slug);
	}

	/** The keys of a change: its possible devices, and the slugs it uses, assigns or frees. Must be called in item order. */
	keysOf({ ref, values: { slug: newSlug } }: Change): string[] {
		const known = this.fleet.known(ref.id);
		const devices = new Set([canonicalId(known?.id ?? ref.id), ...(this.assigned.get(ref.id) ?? [])]);
		const freed = this.areSlugsShown ? known?.slug : '?';
		const slugs = [ref.id, ...(newSlug === undefined ? [] : [newSlug, freed])];
		if (newSlug !== undefined) {
			this.assigned.set(newSlug, new Set([...(this.assigned.get(newSlug) ?? []), ...devices]));
		}
		return [
			...new Set([
				...devices,
				...slugs.filter((slug) => typeof slug === 'string').map((slug) => `slug ${slug.toLowerCase()}`),
			]),
		];
	}
}

async function carryOut(change: Change, fleet: Fleet, run: Run): Promise<IDataObject> {
	const { ref, expand, values, skipsIfDone } = change;
	const before = needsLookup(change) ? await fleet.get(ref) : fleet.known(ref.id);
	const output = (device: ExpandedDevice, changed: boolean) => ({
		...fleet.output(device, expand),
		...(skipsIfDone ? { changed } : {}),
		...(before === undefined ? {} : change.previous(before)),
	});
	if (skipsIfDone && before !== undefined && isDone(before, change)) return output(before, false);
	const target = { id: before?.id ?? canonicalId(ref.id), about: before ?? { ref }, query: fleet.query };
	const after = await change.send(run, target).catch((error: unknown) => {
		const taker = values.slug === undefined ? undefined : fleet.known(values.slug);
		for (const device of [before, taker]) if (device !== undefined) fleet.forget(device);
		throw error;
	});
	if (before !== undefined) change.compare?.(before, after);
	const shown = await withExpansions(after, expand, fleet, run);
	// The response may not show the new slug.
	if (values.slug !== undefined) fleet.forget(shown);
	return output(fleet.remember(shown), true);
}

/** The API may ignore `expand` in the response to a change. The change succeeded, so if the fields cannot be read, a hint says so. */
async function withExpansions(
	device: ExpandedDevice,
	expand: string[],
	{ query }: Fleet,
	{ client }: Run,
): Promise<ExpandedDevice> {
	if (expand.length === 0 || expand.some((key) => key in device)) return device;
	return await getDevice(client, { id: device.id }, query).catch(() => {
		client.warnings.add(
			`${nameOfDevice(device)} was changed, but ${expand.join(', ')} could not be read again.`,
		);
		return device;
	});
}

/** What would change. The fleet is updated as if the change was made, so that later items see it. Changes no device. */
async function preview(change: Change, fleet: Fleet): Promise<IDataObject> {
	const { ref, values } = change;
	const before = fleet.known(ref.id);
	if (before === undefined) {
		throw new ItemFailure(
			`Device ${nameOfRef(ref)} would not be found`,
			'An earlier item of this run changes this slug, or could not assign it. Use the ID of the device.',
		);
	}
	const changes = differences(before, change);
	const more = Object.keys(changes).length === 0 ? {} : await change.check?.(fleet, before);
	if ('slug' in changes) fleet.forget(before);
	fleet.remember({ ...before, ...values });
	return { ...identityOf(before), ...change.previous(before), ...more, changes };
}

/** The values that differ, by field. */
function differences(device: ExpandedDevice, { values }: Change): IDataObject {
	const current: IDataObject = { ...device };
	return Object.fromEntries(
		Object.entries(values)
			.filter(([key, value]) => !hasValue(key, current[key], value))
			.map(([key, value]) => [key, { from: current[key] ?? null, to: value }]),
	);
}

function isDone(device: ExpandedDevice, change: Change): boolean {
	return Object.keys(differences(device, change)).length === 0;
}

function hasValue(key: string, current: unknown, wanted: string): boolean {
	return key === 'blueprint_id' ? isSameId(current as string, wanted) : current === wanted;
}

/** Counts the dry run outputs that have changes. */
export function countChanged(outputs: IDataObject[]): number {
	return outputs.filter(hasChanges).length;
}

/** Whether a dry run output has changes. */
export function hasChanges({ changes }: IDataObject): boolean {
	return Object.keys((changes ?? {}) as object).length > 0;
}

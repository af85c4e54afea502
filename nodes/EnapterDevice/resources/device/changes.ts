import { Sequence } from '../../execution/sequence';
import type { Run } from '../../execution/run';
import { isNotFound } from '../../transport/errors';
import type { PlannedItem } from '../../execution/operation';
import type { ExpandedDevice } from './device';
import { UUID } from './device';
import { Fleet } from './fleet';

/** An item that changes a device. */
export interface Change {
	/** The device as the user named it, by ID or slug. */
	named: string;
	/** What the output is to hold. */
	query: { expand?: string };
	/** The slug that the device is about to get. */
	newSlug?: string;
	/** Whether to leave a device alone that is as it should be. */
	skipsIfDone: boolean;
	/** Whether a device is as it should be. */
	isDone(device: ExpandedDevice): boolean;
	/**
	 * Changes the device.
	 *
	 * @param id its ID where it is known, else as the user named it
	 */
	apply(run: Run, id: string, query: { expand?: string }): Promise<ExpandedDevice>;
	/** What to put out beside the changed device. */
	more?(before: ExpandedDevice | undefined): object;
}

/**
 * Plans changes to devices. What they need to know of the devices is read for all of them together; items that change the
 * same device, by whatever name, follow each other in item order, so that the last one wins.
 */
export async function planChanges(changes: Change[], run: Run): Promise<PlannedItem[]> {
	const fleet = new Fleet(run.client, ...changes.map(({ query }) => query));
	const names = new Set(changes.filter(needsLookup).map(({ named }) => named));
	if (sharesDevices(changes)) for (const { named } of changes) names.add(named);
	const missing = await lookUp(fleet, [...names]);
	const sequence = new Sequence();
	const keys = keysOf(changes, fleet);
	const newSlugs = new Set<string>();
	return changes.map((change, index) => {
		const error = missing.get(change.named);
		// A slug that an earlier item gives is not there yet.
		if (error !== undefined && !(newSlugs.has(change.named) && isNotFound(error))) return { error };
		if (change.newSlug !== undefined) newSlugs.add(change.newSlug);
		return async () => [
			{ json: await sequence.follow([keys[index] ?? ''], async () => await carryOut(change, fleet, run)) },
		];
	});
}

/** A slug may lead elsewhere once it is changed, so that a retry needs the ID. */
function needsLookup({ named, newSlug, skipsIfDone }: Change): boolean {
	return skipsIfDone || (newSlug !== undefined && !UUID.test(named));
}

/** Whether items could change the same device by names that do not show it. */
function sharesDevices(changes: Change[]): boolean {
	const names = new Set(changes.map(({ named }) => named));
	if (changes.some(({ newSlug }) => newSlug !== undefined)) return changes.length > 1;
	return names.size > 1 && [...names].some((name) => !UUID.test(name));
}

async function lookUp(fleet: Fleet, names: string[]): Promise<Map<string, unknown>> {
	const lookups = await fleet.find(names);
	return new Map(
		lookups.flatMap((lookup, index) => {
			const name = names[index];
			return 'error' in lookup && name !== undefined ? [[name, lookup.error] as const] : [];
		}),
	);
}

/**
 * One key an item, the same for items that could meet. A device and every name that it has or may get in the run belong
 * together, as which of them it has at an item depends on what became of the items before.
 */
function keysOf(changes: Change[], fleet: Fleet): string[] {
	const joined = new Map<string, string>();
	const keyOf = (name: string) => {
		// An ID may be written in upper case.
		let key = name.toLowerCase();
		for (let next = joined.get(key); next !== undefined; next = joined.get(key)) {
			joined.set(key, joined.get(next) ?? next);
			key = next;
		}
		return key;
	};
	for (const { named, newSlug } of changes) {
		const device = fleet.known(named);
		for (const name of [device?.id, device?.slug, newSlug]) {
			if (name !== undefined && keyOf(name) !== keyOf(named)) joined.set(keyOf(name), keyOf(named));
		}
	}
	return changes.map(({ named }) => keyOf(named));
}

async function carryOut(change: Change, fleet: Fleet, run: Run) {
	const { named, query, newSlug, skipsIfDone } = change;
	const before = needsLookup(change) ? await fleet.get(named) : fleet.known(named);
	const output = (device: ExpandedDevice, changed: boolean) => ({
		...fleet.output(device, query),
		...(skipsIfDone ? { changed } : {}),
		...(changed ? change.more?.(before) : {}),
	});
	if (skipsIfDone && before !== undefined && change.isDone(before)) return output(before, false);
	const after = await change.apply(run, before?.id ?? named, fleet.query).catch((error: unknown) => {
		if (before !== undefined) fleet.forget(before);
		if (newSlug !== undefined) forgetSlug(fleet, newSlug);
		throw error;
	});
	return output(fleet.remember(after), true);
}

function forgetSlug(fleet: Fleet, slug: string): void {
	const device = fleet.known(slug);
	if (device !== undefined) fleet.forget(device);
}

import type { IDataObject } from 'n8n-workflow';

import type { Ref } from '../../fields/locators';
import type { Plan, Task } from '../../execution/operation';
import type { EnapterClient } from '../../transport/client';
import { EnapterApiError, isNotFound, NotSentError } from '../../transport/errors';
import { getOrCreate } from '../../transport/memo';
import type { PageResult } from '../../transport/pagination';
import { paginate, PAGE_SIZE } from '../../transport/pagination';
import type { Device, ExpandedDevice } from './device';
import { aboutDevice, canonicalId, deviceOutput, deviceShape, DEVICES_PAGE, renamed, UUID } from './device';
import { expandQuery, withoutHidden } from './expand';

/** Up to this many devices are read one by one, which never takes more requests than the list. */
export const FEW = 2;

/** A device that was looked up, or why it was not found. */
export type Lookup = { device: ExpandedDevice } | { error: unknown };

/**
 * What a run knows about its devices, read in as few requests as possible: a few devices one by one, many from the pages of
 * the list. {@link remember} and {@link forget} keep it up to date with what the run changes.
 */
export class Fleet {
	private readonly devices = new Map<string, ExpandedDevice>();
	private readonly idsBySlug = new Map<string, string>();
	/** By ID: the slugs in {@link idsBySlug}. A device may be found by a slug that its response does not show, or in another case. */
	private readonly slugsById = new Map<string, Set<string>>();
	private readonly reads = new Map<string, Promise<ExpandedDevice>>();
	private readonly expand: Set<string>;
	/** Whether all pages of the list were read. */
	private isComplete = false;
	private readingAll: Promise<void> | undefined;

	/** @param expand what to know about the devices beyond their plain fields */
	constructor(
		private readonly client: EnapterClient,
		expand: Iterable<string> = [],
	) {
		this.expand = new Set(expand);
	}

	/** The query for requests whose response is a device to {@link remember}. */
	get query(): { expand?: string } {
		return expandQuery(this.expand);
	}

	/**
	 * Looks up devices by ID or slug.
	 *
	 * @returns one result per reference, in order
	 * @throws NotSentError if the run was stopped, EnapterApiError if the API Token is refused
	 */
	async find(refs: Ref[]): Promise<Lookup[]> {
		await this.readUsefulPages(refs.map(({ id }) => id));
		return await Promise.all(refs.map(async (ref) => await this.lookUp(ref)));
	}

	/**
	 * The IDs of devices. Only slugs are looked up, all together.
	 *
	 * @returns one ID in the form in which IDs are compared, or why the device was not found, per reference, in order
	 * @throws NotSentError if the run was stopped
	 */
	async idsOf(refs: Ref[]): Promise<Array<{ id: string } | { error: unknown }>> {
		const isSlug = ({ id }: Ref) => !UUID.test(id);
		const refusal = await this.readUsefulPages(refs.filter(isSlug).map(({ id }) => id)).catch(unlessStopped);
		return await Promise.all(
			refs.map(async (ref) => {
				const lookup = isSlug(ref) ? (refusal ?? (await this.lookUp(ref))) : { device: ref };
				return 'error' in lookup ? lookup : { id: canonicalId(lookup.device.id) };
			}),
		);
	}

	/**
	 * Returns a device from memory, or else from the API.
	 *
	 * @throws EnapterApiError when the API refuses
	 */
	async get(ref: Ref): Promise<ExpandedDevice> {
		const known = this.known(ref.id);
		if (known !== undefined) return known;
		const id = canonicalId(ref.id);
		const reading = getOrCreate(this.reads, id, async () => await getDevice(this.client, ref, this.query));
		try {
			return this.remember(await reading, ref.id);
		} finally {
			this.reads.delete(id);
		}
	}

	/**
	 * Finds out which slugs are in use: {@link known} then returns the device that has a slug. Unlike {@link find}, it sends no request
	 * for a slug that is not in the complete list.
	 *
	 * @throws EnapterApiError if the devices cannot be read
	 */
	async findSlugs(slugs: string[]): Promise<void> {
		await this.readUsefulPages(slugs);
		if (this.isComplete) return;
		const lookups = await Promise.all(slugs.map(async (id) => await this.lookUp({ id })));
		// A 404 that is not the API's own proves nothing. In that case the list decides.
		if (lookups.some((lookup) => 'error' in lookup && !isNotFound(lookup.error))) await this.readAll();
	}

	/**
	 * Reads the whole list, once.
	 *
	 * @throws EnapterApiError when the API refuses
	 */
	async readAll(): Promise<void> {
		if (!this.isComplete) await (this.readingAll ??= this.read(0).then(() => undefined));
	}

	/** A device that is known, by ID or slug. */
	known(ref: string): ExpandedDevice | undefined {
		const id = canonicalId(ref);
		const byId = this.devices.get(id);
		// An unknown ID may still be another device's slug: the API decides.
		if (byId !== undefined || (UUID.test(ref) && !this.isComplete)) return byId;
		return this.devices.get(this.idsBySlug.get(ref) ?? '');
	}

	/** All devices that are known. */
	get all(): Iterable<ExpandedDevice> {
		return this.devices.values();
	}

	/**
	 * Stores a device as the API returned it. Slugs by which it was found stay known until it is shown with another slug, or
	 * forgotten.
	 *
	 * @param foundBy the ID or slug by which the API found it
	 */
	remember(device: ExpandedDevice, foundBy?: string): ExpandedDevice {
		const id = canonicalId(device.id);
		const { slug } = device;
		const before = this.devices.get(id)?.slug ?? slug;
		if (typeof slug === 'string' && slug !== before) this.forget(device);
		this.devices.set(id, device);
		for (const each of [slug, foundBy]) {
			if (typeof each !== 'string') continue;
			this.idsBySlug.set(each, id);
			getOrCreate(this.slugsById, id, () => new Set()).add(each);
		}
		return device;
	}

	/** Drops what is known about a device, such as after a change whose outcome is unknown. */
	forget(device: Device): void {
		const id = canonicalId(device.id);
		for (const slug of this.slugsById.get(id) ?? []) {
			if (this.idsBySlug.get(slug) === id) this.idsBySlug.delete(slug);
		}
		this.slugsById.delete(id);
		this.devices.delete(id);
	}

	/**
	 * A device for the output.
	 *
	 * @param expand the expanded fields that the item asked for; fields that only other items asked for are left out
	 */
	output(device: Device, expand: string[]): IDataObject {
		return deviceOutput(withoutHidden(device, this.expand, expand));
	}

	private async lookUp(ref: Ref): Promise<Lookup> {
		const lookup = await this.get(ref).then((device) => ({ device }), unlessStopped);
		const change = 'device' in lookup ? renamed(ref, lookup.device) : undefined;
		if (change !== undefined) this.client.warnings.add(`${change}.`);
		return lookup;
	}

	/**
	 * Reads pages as long as that takes fewer requests than reading the missing devices one by one. If the list cannot be read,
	 * the devices remain to be read one by one.
	 *
	 * @throws NotSentError if the run was stopped, EnapterApiError if the API Token is refused
	 */
	private async readUsefulPages(refs: string[]): Promise<void> {
		const ids = [...new Set(refs.map(canonicalId))];
		const countMissing = () => ids.filter((id) => this.known(id) === undefined).length;
		if (this.isComplete || countMissing() <= FEW) return;
		const { next, totalCount = next } = (await this.read(0, 1).catch(unlessListRefused)) ?? {};
		if (next === undefined || totalCount === undefined) return;
		const missing = countMissing();
		const pages = Math.ceil((totalCount - next) / (PAGE_SIZE - 1));
		// The size of the list may be missing or too low.
		if (missing > pages) await this.read(next, missing).catch(unlessListRefused);
	}

	private async read(offset: number, pages = Infinity): Promise<PageResult<ExpandedDevice>> {
		const list = { path: ['devices'], query: this.query, response: DEVICES_PAGE };
		const result = await paginate(this.client, list, { offset, pages });
		for (const device of result.entries) this.remember(device);
		if (result.next === undefined) this.isComplete = true;
		return result;
	}
}

/**
 * Reads one device.
 *
 * @throws EnapterApiError when the API refuses
 */
export async function getDevice(
	client: EnapterClient,
	ref: Ref,
	query: { expand?: string },
): Promise<ExpandedDevice> {
	return await client.call({
		method: 'GET',
		path: ['devices', canonicalId(ref.id)],
		query,
		response: deviceShape(ref.id),
		isIdempotent: true,
		explain: aboutDevice({ ref }),
	});
}

/**
 * Plans items about devices that were looked up: an item whose device was not found fails with the reason.
 *
 * @param plan makes the task of an item; may throw the reason why the item cannot be processed
 */
export async function planForDevices<T>(
	items: T[],
	lookups: Lookup[],
	plan: (item: T, device: ExpandedDevice) => Task | Promise<Task>,
): Promise<Plan['items']> {
	return await Promise.all(
		items.map(async (item, index) => {
			const lookup = lookups[index];
			if (lookup === undefined) return { error: new Error('The device was not looked up.') };
			if ('error' in lookup) return lookup;
			return await Promise.resolve()
				.then(async () => await plan(item, lookup.device))
				.catch(unlessStopped);
		}),
	);
}

/** Ignores that the list cannot be read, unless the API Token is refused or the run was stopped. */
function unlessListRefused(error: unknown): undefined {
	const isListRefused = error instanceof EnapterApiError && ![401, 403].includes(error.status ?? 0);
	if (!isListRefused) throw error;
}

/** Returns an error as a result, unless the run was stopped. */
function unlessStopped(error: unknown): { error: unknown } {
	if (error instanceof NotSentError) throw error;
	return { error };
}

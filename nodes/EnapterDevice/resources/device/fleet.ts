import type { EnapterClient } from '../../transport/client';
import { NotSentError } from '../../transport/errors';
import { paginate, PAGE_SIZE } from '../../transport/pagination';
import type { Device, ExpandedDevice } from './device';
import { aboutDevice, deviceOutput, deviceShape, DEVICES_PAGE, UUID } from './device';

/** What `expand` can add to a device, each under a key of its own name. */
const EXPANSIONS = ['communication', 'connectivity', 'manifest', 'properties', 'raised_alert_names', 'site'];

/** For so few devices one request each is never more than the list. */
const FEW = 2;

/** A device that was looked up, or why it was not found. */
export type Lookup = { device: ExpandedDevice } | { error: unknown };

/**
 * What a run knows of its devices, asked for in the fewest requests: a few devices one by one, many by the pages of the
 * list. What the run changes is kept up to date with {@link remember} and {@link forget}.
 */
export class Fleet {
	/** Whether every page of the list was read. */
	isComplete = false;

	private readonly devices = new Map<string, ExpandedDevice>();
	private readonly idsBySlug = new Map<string, string>();
	private readonly expand: Set<string>;

	/** @param expands what is to be known of the devices beyond their plain fields, by what asks for it */
	constructor(
		private readonly client: EnapterClient,
		...expands: Array<{ expand?: string }>
	) {
		this.expand = new Set(expands.flatMap(({ expand }) => expand?.split(',') ?? []));
	}

	/** The query of requests that respond with devices, so that they can be remembered. */
	get query(): { expand?: string } {
		return this.expand.size === 0 ? {} : { expand: [...this.expand].join(',') };
	}

	/**
	 * Looks devices up by ID or slug.
	 *
	 * @returns one result a name, in their order
	 */
	async find(names: string[]): Promise<Lookup[]> {
		const unknown = [...new Set(names)].filter((name) => this.known(name) === undefined);
		if (unknown.length > FEW) await this.readPages(unknown);
		const lookups = new Map<string, Promise<Lookup>>();
		return await Promise.all(
			names.map(async (name) => {
				const lookup = lookups.get(name) ?? this.lookUp(name);
				lookups.set(name, lookup);
				return await lookup;
			}),
		);
	}

	/**
	 * One device, as it is known or else as the API says.
	 *
	 * @throws EnapterApiError when the API refuses
	 */
	async get(name: string): Promise<ExpandedDevice> {
		const known = this.known(name);
		if (known !== undefined) return known;
		return this.remember(await getDevice(this.client, name, this.query));
	}

	/** Reads the whole list, once. */
	async readAll(): Promise<void> {
		if (this.isComplete) return;
		await this.read(0);
		this.isComplete = true;
	}

	/** A device that is known, by ID or slug. */
	known(name: string): ExpandedDevice | undefined {
		const byId = this.devices.get(name);
		// An ID that is not known yet may still be another device's slug: the API decides.
		if (byId !== undefined || (UUID.test(name) && !this.isComplete)) return byId;
		return this.devices.get(this.idsBySlug.get(name) ?? '');
	}

	/** All devices that are known. */
	get all(): Iterable<ExpandedDevice> {
		return this.devices.values();
	}

	/** Keeps what the API says of a device. */
	remember(device: ExpandedDevice): ExpandedDevice {
		this.forget(device);
		this.devices.set(device.id, device);
		if (device.slug !== undefined) this.idsBySlug.set(device.slug, device.id);
		return device;
	}

	/** Drops what is known of a device, as after a change whose outcome is unknown. */
	forget({ id }: Device): void {
		const slug = this.devices.get(id)?.slug;
		if (slug !== undefined && this.idsBySlug.get(slug) === id) this.idsBySlug.delete(slug);
		this.devices.delete(id);
	}

	/** A device as an item asks for it: what only others asked for is left out. */
	output(device: Device, { expand = '' }: { expand?: string }) {
		const asked = new Set(expand.split(','));
		const fields = Object.entries(device).filter(
			([key]) => asked.has(key) || !(EXPANSIONS.includes(key) && this.expand.has(key)),
		);
		return deviceOutput({ ...Object.fromEntries(fields), id: device.id });
	}

	private async lookUp(name: string): Promise<Lookup> {
		return await this.get(name).then(
			(device) => ({ device }),
			(error: unknown) => {
				if (error instanceof NotSentError) throw error;
				return { error };
			},
		);
	}

	/** Reads pages as long as that takes fewer requests than asking for what is missing one by one. */
	private async readPages(names: string[]): Promise<void> {
		const { next, totalCount } = await this.read(0, 1);
		const missing = names.filter((name) => this.known(name) === undefined).length;
		if (next === undefined) this.isComplete = true;
		else if (missing > Math.ceil(((totalCount ?? next) - next) / PAGE_SIZE)) {
			await this.read(next);
			this.isComplete = true;
		}
	}

	private async read(offset: number, pages = Infinity) {
		const list = { path: ['devices'], query: this.query, response: DEVICES_PAGE };
		const result = await paginate(this.client, list, { offset, pages });
		for (const device of result.entries) this.remember(device);
		return result;
	}
}

/**
 * One device.
 *
 * @param name its ID or slug
 * @throws EnapterApiError when the API refuses
 */
export async function getDevice(
	client: EnapterClient,
	name: string,
	query: { expand?: string },
): Promise<ExpandedDevice> {
	return await client.call({
		method: 'GET',
		path: ['devices', name],
		query,
		response: deviceShape(name),
		isIdempotent: true,
		explain: aboutDevice(name),
	});
}

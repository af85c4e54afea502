import type { IDataObject } from 'n8n-workflow';

import type { Ref } from '../../fields/locators';
import type { EnapterClient } from '../../transport/client';
import { EnapterApiError, ignoreFailure } from '../../transport/errors';
import { isObject } from '../../transport/json';
import { getOrCreate } from '../../transport/memo';
import type { ResponseShape } from '../../transport/response';
import { canonicalId } from '../device/device';
import type { Fleet, Lookup } from '../device/fleet';
import type { Selection } from './pack';
import { halves, pack, roomIn, sizeOf } from './pack';

/** Maximum refused parts. After that, refused requests are not divided any further. */
const MOST_REFUSALS = 60;

/** An attribute that was refused separately on this many devices, and never read, is not requested separately on others. */
const ENOUGH_REFUSALS = 3;

/** Statuses with which servers and proxies refuse a URL because of its length. */
const TOO_LONG = [413, 414, 431];

const NOT_TRIED =
	'Because many requests were refused, not every device and attribute was requested separately';

/** What the API returns for an attribute: `{ value, timestamp }`, or `{ warning }`. */
export type Reading = IDataObject;

/** The result for an attribute; the reading is undefined if the API returned none. */
export type Found = { reading: Reading | undefined } | { error: EnapterApiError };

/** The results for a device, by attribute. */
export type FoundOf = Map<string, Found>;

/** What an item asks for. */
export interface LatestQuery {
	ref: Ref;
	attributes: string[];
	/** Maximum age of a value in seconds; undefined for the API's default. */
	relevanceInterval: number | undefined;
}

/** `{ telemetry: { <device>: { <attribute>: reading } } }`; the keys of devices are IDs or slugs. */
const LATEST: ResponseShape<Map<string, IDataObject>> = {
	expected: 'the latest telemetry',
	read(body) {
		if (!isObject(body) || !('telemetry' in body)) return undefined;
		const devices: unknown = body.telemetry ?? {};
		if (!isObject(devices)) return undefined;
		const read = new Map<string, IDataObject>();
		for (const [key, attributes] of Object.entries(devices)) {
			const readings: unknown = attributes ?? {};
			if (!isObject(readings) || !Object.values(readings).every(isReading)) return undefined;
			read.set(canonicalId(key), readings);
		}
		return read;
	},
};

function isReading(value: unknown): boolean {
	return value === null || isObject(value);
}

/**
 * Reads the latest telemetry of all items in as few requests as fit: attributes of one device are requested together,
 * whichever items and names they come from.
 *
 * @returns per item the device's ID and what was found, or why the device was not found
 * @throws NotSentError if the run was stopped
 */
export async function readLatest(
	client: EnapterClient,
	fleet: Fleet,
	queries: LatestQuery[],
): Promise<Array<{ id: string; found: FoundOf } | { error: unknown }>> {
	const ids = await fleet.idsOf(queries.map(({ ref }) => ref));
	const devices = new Devices(fleet);
	const readers = new Map<number | undefined, Reader>();
	const limit = { room: Infinity };
	const entries = queries.map(({ ref, attributes, relevanceInterval }, index) => {
		const device = ids[index];
		if (device === undefined || 'error' in device) return device ?? { error: undefined };
		const reader = getOrCreate(
			readers,
			relevanceInterval,
			() => new Reader(client, devices, relevanceInterval, limit),
		);
		devices.add(device.id, ref);
		return { id: device.id, found: reader.want(device.id, attributes) };
	});
	await Promise.all([...readers.values()].map(async (reader) => await reader.read()));
	return entries;
}

/** The devices of a run. All are looked up together, once, and only if a response makes it necessary. */
class Devices {
	private readonly refs = new Map<string, Ref>();
	private lookingUp: Promise<Map<string, Lookup>> | undefined;

	constructor(private readonly fleet: Fleet) {}

	add(id: string, ref: Ref): void {
		if (!this.refs.has(id)) this.refs.set(id, { ...ref, id });
	}

	slugOf(id: string): string {
		return this.fleet.known(id)?.slug ?? '';
	}

	/** @throws EnapterApiError if the API Token is refused, NotSentError if the run was stopped */
	async lookUp(): Promise<Map<string, Lookup>> {
		return await (this.lookingUp ??= this.find());
	}

	private async find(): Promise<Map<string, Lookup>> {
		const lookups = await this.fleet.find([...this.refs.values()]);
		return new Map(
			[...this.refs.keys()].flatMap((id, index) => {
				const lookup = lookups[index];
				return lookup === undefined ? [] : [[id, lookup] as const];
			}),
		);
	}
}

/** A request that the API or a proxy rejected. */
interface Refused {
	request: Selection[];
	error: EnapterApiError;
}

/**
 * Reads all values that have the same relevance interval. A request that is refused because of one device or attribute is
 * repeated in smaller parts, so that everything else is read.
 */
class Reader {
	private readonly selections = new Map<string, Set<string>>();
	private readonly found = new Map<string, FoundOf>();
	/** On how many devices an attribute was refused when it was requested separately. */
	private readonly refusedAlone = new Map<string, number>();
	private readonly readAttributes = new Set<string>();
	private refusals = 0;

	/** @param limit how many characters the devices of a request may take; shared, because it is learned from refusals */
	constructor(
		private readonly client: EnapterClient,
		private readonly devices: Devices,
		private readonly relevanceInterval: number | undefined,
		private readonly limit: { room: number },
	) {
		limit.room = Math.min(limit.room, roomIn(client.root, relevanceInterval));
	}

	/** Adds attributes of a device. Returns what will be found for the device. */
	want(id: string, attributes: string[]): FoundOf {
		const wanted = getOrCreate(this.selections, id, () => new Set<string>());
		for (const attribute of attributes) wanted.add(attribute);
		return getOrCreate(this.found, id, () => new Map<string, Found>());
	}

	/** @throws NotSentError if the run was stopped */
	async read(): Promise<void> {
		const all = [...this.selections].map(([device, attributes]) => ({ device, attributes: [...attributes] }));
		const refused = await this.request(pack(all, this.limit.room));
		// One after the other, so that later requests use the limits learned from earlier refusals.
		const pending = (await this.withoutUnknownDevices(refused)).reverse();
		for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
			pending.push(...(await this.narrowDown(next)).reverse());
		}
	}

	/** Sends requests. Returns the refused ones. */
	private async request(requests: Selection[][]): Promise<Refused[]> {
		const results = await Promise.all(requests.map(async (request) => await this.tryRequest(request)));
		return results.flat();
	}

	private async tryRequest(request: Selection[]): Promise<Refused[]> {
		const result = await this.send(request).catch((error: unknown) => {
			if (!(error instanceof EnapterApiError)) throw error;
			return { error };
		});
		if (!('error' in result)) {
			await this.keep(request, result);
			return [];
		}
		const { error } = result;
		if (isTooLong(error) || (error.isRefusal && error.status !== 401)) return [{ request, error }];
		this.fail(request, error);
		return [];
	}

	private async send(request: Selection[]): Promise<Map<string, IDataObject>> {
		const { relevanceInterval } = this;
		return await this.client.call({
			method: 'GET',
			path: ['telemetry', 'latest'],
			query: {
				...Object.fromEntries(
					request.map(({ device, attributes }) => [`devices[${device}]`, attributes.join(',')]),
				),
				...(relevanceInterval === undefined ? {} : { relevance_interval: `${relevanceInterval}s` }),
			},
			response: LATEST,
			isIdempotent: true,
		});
	}

	private async keep(request: Selection[], telemetry: Map<string, IDataObject>): Promise<void> {
		const readingsOf = (id: string) => telemetry.get(id) ?? telemetry.get(this.devices.slugOf(id));
		const missing = request.filter(({ device }) => readingsOf(device) === undefined);
		// The response may use slugs as keys, whatever was requested.
		if (missing.length > 0) await this.devices.lookUp().catch(ignoreFailure);
		for (const { device, attributes } of request) {
			const readings = readingsOf(device) ?? {};
			for (const attribute of attributes) {
				const reading = Object.hasOwn(readings, attribute) ? readings[attribute] : undefined;
				this.readAttributes.add(attribute);
				this.found.get(device)?.set(attribute, { reading: isObject(reading) ? reading : undefined });
			}
		}
	}

	private fail(request: Selection[], error: EnapterApiError): void {
		for (const { device, attributes } of request) {
			for (const attribute of attributes) this.found.get(device)?.set(attribute, { error });
		}
	}

	/** Requests again without the devices that do not exist, if that is why requests were refused. */
	private async withoutUnknownDevices(refused: Refused[]): Promise<Refused[]> {
		if (refused.every(({ error }) => isTooLong(error))) return refused;
		const lookups = await this.devices.lookUp().catch(ignoreFailure);
		const remaining = await Promise.all(
			refused.map(async ({ request, error }): Promise<Refused[]> => {
				if (lookups === undefined) {
					this.fail(request, error);
					return [];
				}
				const known = request.filter((selection) => {
					const lookup = lookups.get(selection.device);
					const isKnown = lookup === undefined || !('error' in lookup) || !isRefusal(lookup.error);
					if (!isKnown) this.fail([selection], lookup.error as EnapterApiError);
					return isKnown;
				});
				if (known.length === request.length) return [{ request, error }];
				return known.length === 0 ? [] : await this.request([known]);
			}),
		);
		return remaining.flat();
	}

	/** Requests the parts of a refused request. Returns the parts that were refused again. */
	private async narrowDown({ request, error }: Refused): Promise<Refused[]> {
		if (isTooLong(error)) this.limit.room = Math.min(this.limit.room, Math.floor(totalSize(request) / 2));
		const parts = this.partsOf(request);
		if (parts.length === 0) {
			const [first, ...others] = request;
			const isAlone = others.length === 0 && first?.attributes.length === 1;
			this.fail(request, isAlone ? error : withDetail(error, NOT_TRIED));
			return [];
		}
		const refused = await this.request(parts);
		this.refusals += refused.filter((part) => !isTooLong(part.error)).length;
		// Refused together but not separately: the API limits the size of a request.
		if (refused.length === 0 && parts.every((part) => part.length < request.length)) {
			this.limit.room = Math.min(this.limit.room, Math.max(...parts.map(totalSize)));
		}
		return refused;
	}

	/** The parts in which to repeat a refused request; none if repeating it is pointless. */
	private partsOf(request: Selection[]): Selection[][] {
		const [first, ...others] = request;
		if (first === undefined) return [];
		const attributes = [...new Set(request.flatMap((selection) => selection.attributes))];
		const isAlone = others.length === 0 && attributes.length === 1;
		if (isAlone) for (const name of attributes) this.countRefusal(name);
		if (isAlone || this.refusals > MOST_REFUSALS) return [];
		if (totalSize(request) > this.limit.room) return pack(request, this.limit.room);
		const suspects = attributes.filter((name) => this.refusedAlone.has(name));
		if (suspects.length > 0 && suspects.length < attributes.length) {
			return [
				only(request, (name) => !suspects.includes(name)),
				only(request, (name) => suspects.includes(name)),
			];
		}
		if (attributes.every((name) => this.isRefusedEverywhere(name))) return [];
		if (others.length > 0) return halves(request);
		return halves(first.attributes).map((part) => [{ device: first.device, attributes: part }]);
	}

	private countRefusal(attribute: string): void {
		this.refusedAlone.set(attribute, (this.refusedAlone.get(attribute) ?? 0) + 1);
	}

	private isRefusedEverywhere(attribute: string): boolean {
		return (this.refusedAlone.get(attribute) ?? 0) >= ENOUGH_REFUSALS && !this.readAttributes.has(attribute);
	}
}

/** Whether the API itself rejected a request. */
export function isRefusal(error: unknown): error is EnapterApiError {
	return error instanceof EnapterApiError && error.isRefusal;
}

function isTooLong({ status = 0 }: EnapterApiError): boolean {
	return TOO_LONG.includes(status);
}

function withDetail(error: EnapterApiError, detail: string): EnapterApiError {
	return error.with({ details: [...error.requestFailure.details, detail] });
}

/** The selections with only the wanted attributes. Selections without any are dropped. */
function only(request: Selection[], isWanted: (attribute: string) => boolean): Selection[] {
	return request
		.map(({ device, attributes }) => ({ device, attributes: attributes.filter(isWanted) }))
		.filter(({ attributes }) => attributes.length > 0);
}

function totalSize(request: Selection[]): number {
	return request.reduce((size, selection) => size + sizeOf(selection), 0);
}

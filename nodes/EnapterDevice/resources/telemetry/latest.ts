import type { IDataObject } from 'n8n-workflow';

import type { Ref } from '../../fields/locators';
import type { EnapterClient } from '../../transport/client';
import { EnapterApiError, ignoreFailure } from '../../transport/errors';
import { isObject } from '../../transport/json';
import { getOrCreate } from '../../transport/memo';
import type { ResponseShape } from '../../transport/response';
import { canonicalId } from '../device/device';
import type { Fleet, Lookup } from '../device/fleet';
import type { Wanted } from './pack';
import { pack, roomIn, totalSize } from './pack';

/** After so many refused parts of requests, attributes that were not accepted for any device are given up. */
const MOST_REFUSALS = 30;

/** Values requested separately to find out whether an attribute is accepted for any device. */
const SAMPLE_SIZE = 20;

/** Statuses with which servers and proxies refuse a URL because of its length. */
const TOO_LONG = [413, 414, 431];

/** What the API returns for an attribute: `{ value, timestamp }`, or `{ warning }`. */
export type Reading = IDataObject;

/** Why there is no reading of an attribute. */
export interface Failed {
	error: EnapterApiError;
	/** Whether the attribute was only requested together with others, so that the error may be about them. */
	isShared: boolean;
}

/** The result for an attribute; the reading is undefined if the API returned none. */
export type Found = { reading: Reading | undefined } | Failed;

/** The results for a device, by attribute. */
export type FoundOf = Map<string, Found>;

/** Looks up the devices of a run: all together, once, and only if a response makes it necessary. */
type LookUp = () => Promise<Map<string, Lookup>>;

/** What an item asks for. */
export interface LatestQuery {
	ref: Ref;
	attributes: string[];
	/** Maximum age of a value in seconds; undefined for the API's default. */
	relevanceInterval: number | undefined;
}

/** An item whose device was found. */
export interface LatestResult<Q extends LatestQuery> {
	query: Q;
	/** The device's ID. */
	id: string;
	found: FoundOf;
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
 * @returns per item what was found, or why the device was not found
 * @throws NotSentError if the run was stopped
 */
export async function readLatest<Q extends LatestQuery>(
	client: EnapterClient,
	fleet: Fleet,
	queries: Q[],
): Promise<Array<LatestResult<Q> | { error: unknown }>> {
	const ids = await fleet.idsOf(queries.map(({ ref }) => ref));
	const refs = new Map<string, Ref>();
	let lookups: Promise<Map<string, Lookup>> | undefined;
	const lookUp = async () => await (lookups ??= lookUpAll(fleet, refs));
	const readers = new Map<number | undefined, Reader>();
	const results = queries.map((query, index) => {
		const { ref, attributes, relevanceInterval } = query;
		const device = ids[index] ?? { error: undefined };
		if ('error' in device) return device;
		refs.set(device.id, { ...ref, id: device.id });
		const reader = getOrCreate(
			readers,
			relevanceInterval,
			() => new Reader(client, fleet, lookUp, relevanceInterval),
		);
		return { query, id: device.id, found: reader.want(device.id, attributes) };
	});
	await Promise.all([...readers.values()].map(async (reader) => await reader.read()));
	return results;
}

async function lookUpAll(fleet: Fleet, refs: Map<string, Ref>): Promise<Map<string, Lookup>> {
	const lookups = await fleet.find([...refs.values()]);
	return new Map([...refs.keys()].map((id, index) => [id, lookups[index] ?? { error: undefined }]));
}

/** A request that the API or a proxy rejected. */
interface Refused {
	request: Wanted[];
	error: EnapterApiError;
}

/**
 * Reads all values that have the same relevance interval. A request that is refused because of one device or attribute is
 * repeated in smaller parts, so that everything else is read. That takes at most two requests per value, and about
 * `2 × log2(values per request)` per refused value. Attributes that are refused on all devices take few requests.
 */
class Reader {
	private readonly found = new Map<string, FoundOf>();
	/** Attributes that were refused when they were requested alone. They are probably refused on other devices, too. */
	private readonly suspects = new Set<string>();
	/** Attributes that were accepted for some device. */
	private readonly accepted = new Set<string>();
	private refusals = 0;
	/** How many characters the attributes of a request may take in its URL. */
	private room: number;

	constructor(
		private readonly client: EnapterClient,
		private readonly fleet: Fleet,
		private readonly lookUp: LookUp,
		private readonly relevanceInterval: number | undefined,
	) {
		this.room = roomIn(client.root, relevanceInterval);
	}

	/** Adds attributes of a device. Returns what will be found for the device. */
	want(id: string, attributes: string[]): FoundOf {
		const found = getOrCreate(this.found, id, () => new Map<string, Found>());
		for (const attribute of attributes) found.set(attribute, { reading: undefined });
		return found;
	}

	/** @throws NotSentError if the run was stopped */
	async read(): Promise<void> {
		const wanted = [...this.found].flatMap(([device, found]) =>
			[...found.keys()].map((attribute) => ({ device, attribute })),
		);
		const refused = await this.request(pack(wanted, this.room));
		let pending = await this.withoutUnknownDevices(refused);
		// One after the other, so that later requests use what was learned from earlier refusals.
		for (let next = this.take(pending); next !== undefined; next = this.take(pending)) {
			pending.unshift(...(await this.narrowDown(next)));
		}
		pending = await this.withoutHopeless(pending);
		while (pending.length > 0) {
			const parts = pending.map(async (next) => await this.narrowDown(next));
			pending = (await Promise.all(parts)).flat();
		}
	}

	/** Sends requests. Returns the refused ones. */
	private async request(requests: Wanted[][]): Promise<Refused[]> {
		const results = await Promise.all(requests.map(async (request) => await this.tryRequest(request)));
		return results.flat();
	}

	private async tryRequest(request: Wanted[]): Promise<Refused[]> {
		const result = await this.send(request).catch((error: unknown) => {
			if (!(error instanceof EnapterApiError)) throw error;
			return { request, error };
		});
		if (!('error' in result)) {
			await this.keep(request, result);
			return [];
		}
		const { error } = result;
		if (isTooLong(error) || (error.isRefusal && error.status !== 401)) return [result];
		this.fail(request, error);
		return [];
	}

	private async send(request: Wanted[]): Promise<Map<string, IDataObject>> {
		const { relevanceInterval } = this;
		const attributes = new Map<string, string[]>();
		for (const { device, attribute } of request) {
			getOrCreate(attributes, `devices[${device}]`, () => []).push(attribute);
		}
		return await this.client.call({
			method: 'GET',
			path: ['telemetry', 'latest'],
			query: {
				...Object.fromEntries([...attributes].map(([device, names]) => [device, names.join(',')])),
				...(relevanceInterval === undefined ? {} : { relevance_interval: `${relevanceInterval}s` }),
			},
			response: LATEST,
			isIdempotent: true,
		});
	}

	private async keep(request: Wanted[], telemetry: Map<string, IDataObject>): Promise<void> {
		const readingsOf = (id: string) => telemetry.get(id) ?? telemetry.get(this.fleet.known(id)?.slug ?? '');
		// The response may use slugs as keys, whatever was requested.
		if (!request.every(({ device }) => readingsOf(device))) await this.lookUp().catch(ignoreFailure);
		for (const { device, attribute } of request) {
			const readings = readingsOf(device) ?? {};
			const reading = Object.hasOwn(readings, attribute) ? readings[attribute] : undefined;
			this.accepted.add(attribute);
			this.found.get(device)?.set(attribute, { reading: isObject(reading) ? reading : undefined });
		}
	}

	private fail(request: Wanted[], error: EnapterApiError, isShared = false): void {
		for (const { device, attribute } of request) this.found.get(device)?.set(attribute, { error, isShared });
	}

	/** Requests again without the devices that do not exist, if that is why requests were refused. */
	private async withoutUnknownDevices(refused: Refused[]): Promise<Refused[]> {
		if (refused.every(({ error }) => isTooLong(error))) return refused;
		const lookups = await this.lookUp().catch(ignoreFailure);
		if (lookups === undefined) {
			// If the devices cannot be looked up either, the API Token may be the reason.
			for (const { request, error } of refused) this.fail(request, error);
			return [];
		}
		return await this.without(refused, (wanted) => {
			const lookup = lookups.get(wanted.device);
			if (lookup === undefined || !('error' in lookup) || !isRefusal(lookup.error)) return false;
			this.fail([wanted], lookup.error);
			return true;
		});
	}

	/**
	 * Requests again without the attributes that are not accepted for any device. Before that, some of their devices are requested
	 * separately. They are spread evenly, because devices that refuse an attribute often follow each other.
	 */
	private async withoutHopeless(pending: Refused[]): Promise<Refused[]> {
		const isDoubtful = ({ attribute }: Wanted) => !this.accepted.has(attribute);
		const doubtful = pending.flatMap(({ request }) => request.filter(isDoubtful));
		const distance = Math.ceil(doubtful.length / SAMPLE_SIZE);
		const sample = new Set(doubtful.filter((_, index) => index % distance === 0));
		const refused = await this.request([...sample].map((wanted) => [wanted]));
		for (const { request, error } of refused) this.fail(request, error);
		return await this.without(pending, (wanted, error) => {
			if (sample.has(wanted)) return true;
			if (!isDoubtful(wanted)) return false;
			this.fail([wanted], ofSeveral(error), true);
			return true;
		});
	}

	/** Requests again what is left of refused requests if some of their values are dropped. */
	private async without(
		refused: Refused[],
		isDropped: (wanted: Wanted, error: EnapterApiError) => boolean,
	): Promise<Refused[]> {
		const remaining = refused.map(async (original) => {
			const kept = original.request.filter((wanted) => !isDropped(wanted, original.error));
			const isChanged = kept.length < original.request.length;
			return isChanged ? await this.request(pack(kept, this.room)) : [original];
		});
		return (await Promise.all(remaining)).flat();
	}

	/**
	 * Takes the refused request to divide next. Those that contain only suspects come last.
	 *
	 * @returns undefined if there is none, or too many requests were refused
	 */
	private take(pending: Refused[]): Refused | undefined {
		if (this.refusals >= MOST_REFUSALS) return undefined;
		const promising = pending.findIndex(({ request }) =>
			request.some(({ attribute }) => !this.suspects.has(attribute)),
		);
		return pending.splice(Math.max(promising, 0), 1)[0];
	}

	/** Requests the parts of a refused request. Returns the parts that were refused again. */
	private async narrowDown({ request, error }: Refused): Promise<Refused[]> {
		const [first, ...others] = request;
		if (first !== undefined && others.length === 0) {
			this.suspects.add(first.attribute);
			this.fail(request, error);
			return [];
		}
		const parts = this.partsOf(request);
		const refused = await this.request(parts);
		this.refusals += refused.length;
		// Refused together but not in parts: the API limits the size of a request.
		if (refused.length === 0) this.room = Math.min(this.room, Math.max(...parts.map(totalSize)));
		return refused;
	}

	/** Divides a request that is too large for what was learned; else separates suspects from other attributes, or halves it. */
	private partsOf(request: Wanted[]): Wanted[][] {
		if (totalSize(request) > this.room) return pack(request, this.room);
		const suspects = request.filter(({ attribute }) => this.suspects.has(attribute));
		const others = request.filter(({ attribute }) => !this.suspects.has(attribute));
		if (suspects.length > 0 && others.length > 0) return [others, suspects];
		const middle = Math.ceil(request.length / 2);
		return [request.slice(0, middle), request.slice(middle)];
	}
}

/** Whether the API itself rejected a request. */
export function isRefusal(error: unknown): error is EnapterApiError {
	return error instanceof EnapterApiError && error.isRefusal;
}

function ofSeveral(error: EnapterApiError): EnapterApiError {
	const { reason } = error.requestFailure;
	return error.with({
		reason: `Not read, because the API refused a request for several devices: ${reason}`,
		cause: reason,
		advice:
			'The API refused the same attributes on other devices, so they were not requested separately for this one. Check the other errors of this run first.',
	});
}

function isTooLong({ status = 0 }: EnapterApiError): boolean {
	return TOO_LONG.includes(status);
}

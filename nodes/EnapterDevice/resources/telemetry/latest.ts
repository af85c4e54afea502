import type { IDataObject } from 'n8n-workflow';

import type { EnapterClient } from '../../transport/client';
import { EnapterApiError, NotSentError } from '../../transport/errors';
import { isObject } from '../../transport/json';
import type { ResponseShape } from '../../transport/response';
import { aboutDevice, DEVICES_PAGE } from '../device/device';
import { canonical, DeviceIds } from './deviceIds';

/** Longest URL that is sent, in characters. Servers and proxies take 8,000 at least. */
const LONGEST_URL = 5_999;

/** So many parts of what is asked for stand for all of it. */
const SAMPLES = 8;

/** So many refusals, and nothing read, look as if everything were refused. */
const MANY_REFUSALS = 3;

const SAMPLED = `${SAMPLES} devices or attributes were asked for one by one and refused alike; the others were not asked for alone`;

/** What the API says of an attribute: `{ value, timestamp }`, or `{ warning }`. */
export type Reading = IDataObject;

/** `{ telemetry: { <device>: { <attribute>: reading } } }`, the devices by what they were asked for or by their ID. */
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
			read.set(canonical(key), readings);
		}
		return read;
	},
};

function isReading(value: unknown): boolean {
	return value === null || isObject(value);
}

/** A device and the attributes of it that a request asks for. */
export interface Selection {
	/** Its ID. */
	device: string;
	attributes: string[];
}

/** What came of asking for an attribute; no reading when the API says nothing of it. */
export type Found = { reading: Reading | undefined } | { error: unknown };

/** What an item asks for. */
export interface LatestQuery {
	/** The device by ID or slug. */
	named: string;
	attributes: string[];
	/** How old a value may be, as the API takes durations; the API's default when there is none. */
	relevanceInterval: string | undefined;
}

/** What an item gets. */
export interface LatestValues {
	id: string;
	found: Map<string, Found>;
}

/**
 * Reads the latest telemetry for the items of a run, in as few requests as fit: attributes of one device are asked for
 * together, whatever items and names they come from.
 *
 * @returns one promise an item, which is rejected only when its device cannot be found
 */
export function readLatest(client: EnapterClient, queries: LatestQuery[]): Array<Promise<LatestValues>> {
	const ids = new DeviceIds(
		client,
		queries.map(({ named }) => named),
	);
	const resolved = queries.map(async ({ named }) => await ids.of(named));
	const readers = Promise.allSettled(resolved).then((lookups) => {
		const byInterval = new Map<string | undefined, Reader>();
		queries.forEach(({ named, attributes, relevanceInterval }, index) => {
			const lookup = lookups[index];
			if (lookup?.status !== 'fulfilled') return;
			const reader = byInterval.get(relevanceInterval) ?? new Reader(client, ids, relevanceInterval);
			byInterval.set(relevanceInterval, reader);
			reader.want(lookup.value, named, attributes);
		});
		for (const reader of byInterval.values()) reader.start();
		return byInterval;
	});
	return queries.map(async ({ relevanceInterval }, index) => {
		const id = (await resolved[index]) ?? '';
		const found = await (await readers).get(relevanceInterval)?.of(id);
		return { id, found: found ?? new Map<string, Found>() };
	});
}

/** What is asked for of one device, and what came of it. */
class Wanted {
	readonly attributes = new Set<string>();
	readonly found = new Map<string, Found>();
	readonly complete: Promise<void>;
	/** What a response may call the device. */
	readonly keys: Set<string>;
	private isComplete = () => {};

	constructor(id: string) {
		this.keys = new Set([id]);
		this.complete = new Promise((resolve) => (this.isComplete = resolve));
	}

	set(attribute: string, found: Found): void {
		this.found.set(attribute, found);
		if (this.found.size === this.attributes.size) this.isComplete();
	}
}

/** Reads what has the same relevance interval. */
class Reader {
	private readonly wanted = new Map<string, Wanted>();
	private tokenCheck: Promise<boolean> | undefined;
	private samplesCheck: Promise<boolean> | undefined;
	private refusals = 0;
	private isAnythingRead = false;

	constructor(
		private readonly client: EnapterClient,
		private readonly ids: DeviceIds,
		private readonly relevanceInterval: string | undefined,
	) {}

	want(id: string, named: string, attributes: string[]): void {
		const wanted = this.wanted.get(id) ?? new Wanted(id);
		this.wanted.set(id, wanted);
		wanted.keys.add(canonical(named));
		for (const attribute of attributes) wanted.attributes.add(attribute);
	}

	/** Sends the requests. */
	start(): void {
		for (const request of pack(this.selections, roomIn(this.client.root, this.relevanceInterval))) {
			void this.ask(request);
		}
	}

	private get selections(): Selection[] {
		return [...this.wanted].map(([device, { attributes }]) => ({ device, attributes: [...attributes] }));
	}

	async of(id: string): Promise<Map<string, Found>> {
		const wanted = this.wanted.get(id);
		await wanted?.complete;
		return wanted?.found ?? new Map<string, Found>();
	}

	/**
	 * Never rejects: what came of it is with each attribute.
	 *
	 * @param refusal why the API refused what this is a part of: when the run is stopped, that stays the reason
	 */
	private async ask(request: Selection[], refusal?: unknown): Promise<void> {
		try {
			await this.keep(request, await this.send(request));
		} catch (error) {
			if (!isRefusal(error) || error.status === 401) {
				this.fail(request, error instanceof NotSentError ? (refusal ?? error) : error);
				return;
			}
			this.refusals++;
			const parts = await this.partsOf(request, error);
			if (parts.length === 0) this.fail(request, error);
			else if (await this.isAllRefused(error)) this.fail(request, error.withDetails(SAMPLED));
			else await Promise.all(parts.map(async (part) => await this.ask(part, error)));
		}
	}

	private async send(request: Selection[]): Promise<Map<string, IDataObject>> {
		const [{ device }] = request as [Selection];
		return await this.client.call({
			method: 'GET',
			path: ['telemetry', 'latest'],
			query: Object.fromEntries([
				...request.map((selection) => [keyOf(selection), selection.attributes.join(',')]),
				...(this.relevanceInterval === undefined ? [] : [['relevance_interval', this.relevanceInterval]]),
			]) as IDataObject,
			response: LATEST,
			isIdempotent: true,
			...(request.length === 1 ? { explain: aboutDevice(this.nameOf(device)) } : {}),
		});
	}

	private async keep(request: Selection[], telemetry: Map<string, IDataObject>): Promise<void> {
		this.isAnythingRead = true;
		const readingsOf = (device: string) => {
			const key = [...(this.wanted.get(device)?.keys ?? [])].find((name) => telemetry.has(name));
			return key === undefined ? undefined : telemetry.get(key);
		};
		const missing = request.filter(({ device }) => readingsOf(device) === undefined);
		if (missing.length > 0 && telemetry.size > request.length - missing.length) {
			// The response calls devices by another name than they were asked by.
			for (const { device } of missing) {
				const slug = await this.ids.slugOf(device);
				if (slug !== undefined) this.wanted.get(device)?.keys.add(slug);
			}
		}
		for (const { device, attributes } of request) {
			const readings = readingsOf(device) ?? {};
			for (const attribute of attributes) {
				const reading = Object.hasOwn(readings, attribute) ? readings[attribute] : undefined;
				this.wanted.get(device)?.set(attribute, { reading: isObject(reading) ? reading : undefined });
			}
		}
	}

	private fail(request: Selection[], error: unknown): void {
		for (const { device, attributes } of request) {
			for (const attribute of attributes) this.wanted.get(device)?.set(attribute, { error });
		}
	}

	/**
	 * The halves of a request that the API refused, so that what can be read is; none when it is the token that is refused,
	 * or when there is nothing left to halve.
	 */
	private async partsOf(request: Selection[], error: EnapterApiError): Promise<Selection[][]> {
		const [first] = request;
		if (first === undefined || (request.length === 1 && (first.attributes.length < 2 || error.isNotFound))) {
			return [];
		}
		if (error.status === 403 && !(await (this.tokenCheck ??= this.isTokenGood()))) return [];
		if (request.length > 1) return halves(request);
		return halves(first.attributes).map((attributes) => [{ device: first.device, attributes }]);
	}

	/** Whether the API refuses everything, so that halving on would only take more requests. */
	private async isAllRefused(error: EnapterApiError): Promise<boolean> {
		const parts = this.selections.flatMap(({ attributes }) => attributes).length;
		if (this.refusals < MANY_REFUSALS || this.isAnythingRead || parts <= SAMPLES) return false;
		return await (this.samplesCheck ??= this.isEachSampleRefused(error));
	}

	private async isEachSampleRefused({ status, code }: EnapterApiError): Promise<boolean> {
		for (const sample of samplesOf(this.selections)) {
			const error = await this.send([sample]).catch((reason: unknown) => reason);
			if (!isRefusal(error) || error.status !== status || error.code !== code) return false;
		}
		return !this.isAnythingRead;
	}

	/** Lists one device, which every token may do: a 403 is also what a token gets that has expired. */
	private async isTokenGood(): Promise<boolean> {
		return await this.client
			.call({
				method: 'GET',
				path: ['devices'],
				query: { limit: 1 },
				response: DEVICES_PAGE,
				isIdempotent: true,
			})
			.then(
				() => true,
				(error: unknown) => !isRefusal(error),
			);
	}

	/** A device as the user named it, by its slug if by any. */
	private nameOf(id: string): string {
		return [...(this.wanted.get(id)?.keys ?? [])].at(-1) ?? id;
	}
}

/** Whether it is the API itself that refused. */
export function isRefusal(error: unknown): error is EnapterApiError {
	return error instanceof EnapterApiError && error.isRefusal;
}

/** Single attributes of devices, from all over what is asked for. */
function samplesOf(selections: Selection[]): Selection[] {
	return Array.from({ length: SAMPLES }, (_, sample) => sample).flatMap((sample) => {
		const share = sample / SAMPLES;
		const selection = selections[Math.floor(share * selections.length)];
		if (selection === undefined) return [];
		const { device, attributes } = selection;
		const index = Math.floor(share * Math.max(attributes.length, SAMPLES)) % attributes.length;
		return [{ device, attributes: attributes.slice(index, index + 1) }];
	});
}

function halves<T>(entries: T[]): T[][] {
	const middle = Math.ceil(entries.length / 2);
	return [entries.slice(0, middle), entries.slice(middle)];
}

/** How many characters of a URL are left for devices. */
export function roomIn(root: string, relevanceInterval: string | undefined): number {
	const interval = relevanceInterval === undefined ? '' : `&relevance_interval=${relevanceInterval}`;
	return LONGEST_URL - `${root}/v3/telemetry/latest?${interval}`.length;
}

/**
 * Puts selections into as few requests as fit, in their order. The attributes of a device that do not fit into one request
 * go into several; one attribute of a device always goes, whatever its length.
 *
 * @param room how many characters the devices of one request may take in its URL
 */
export function pack(selections: Selection[], room: number): Selection[][] {
	const requests: Selection[][] = [];
	let left = 0;
	for (const selection of selections.flatMap((whole) => fitting(whole, room))) {
		const size = sizeOf(selection);
		const request = size > left ? undefined : requests.at(-1);
		if (request === undefined) {
			requests.push([selection]);
			left = room - size;
		} else {
			request.push(selection);
			left -= size;
		}
	}
	return requests;
}

function fitting({ device, attributes }: Selection, room: number): Selection[] {
	const parts: Selection[] = [];
	let left = 0;
	for (const attribute of attributes) {
		const size = encodedLength(`${attribute},`);
		const part = size > left ? undefined : parts.at(-1);
		if (part === undefined) {
			const fresh = { device, attributes: [attribute] };
			parts.push(fresh);
			left = room - sizeOf(fresh);
		} else {
			part.attributes.push(attribute);
			left -= size;
		}
	}
	return parts;
}

function sizeOf(selection: Selection): number {
	return encodedLength(keyOf(selection)) + encodedLength(selection.attributes.join(',')) + '=&'.length;
}

/** At most: n8n leaves commas as they are. */
function encodedLength(text: string): number {
	return encodeURIComponent(text).length;
}

function keyOf({ device }: Selection): string {
	return `devices[${device}]`;
}

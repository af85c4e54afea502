import type { Run } from '../../execution/run';
import { durationInWords } from '../../fields/duration';
import type { Ref } from '../../fields/locators';
import { nameOfRef } from '../../fields/locators';
import { localTimeWriter, timezoneExists } from '../../fields/time';
import { upperCase } from '../../transport/enums';
import { ignoreFailure } from '../../transport/errors';
import { counted, listed, sentences } from '../../transport/text';
import type { ExpandedDevice } from '../device/device';
import { isBelow, nameOfDevice } from '../device/device';
import type { Fleet, Lookup } from '../device/fleet';
import type { Manifest } from '../device/manifest';
import { Manifests } from '../device/manifest';
import { declarationOf, isDeclared, roleFor, suggestions } from './attributes';
import type { Failed } from './latest';
import { isRefusal, readLatest } from './latest';

/** The API's own relevance interval, in seconds. */
export const DEFAULT_RELEVANCE = 30;

/** Maximum of Relevance Interval, in seconds. */
export const A_YEAR = 366 * 24 * 3600;

/** Maximum devices whose missing values are explained, to limit the number of requests. */
const MOST_EXPLAINED = 10;

/** An attribute of a device that has no value. */
export interface Missing {
	id: string;
	ref: Ref;
	attribute: string;
	relevanceInterval: number | undefined;
	/** The refusal; undefined if the API did not refuse the request. */
	failed: Failed | undefined;
}

/** Why values are missing. */
export interface Explanation {
	hint: string;
	/** Whether no item has any value, and none of the attributes exists. */
	isNothingDeclared: boolean;
	/** Devices that do not exist, with their 404 errors. */
	unknownDevices: Map<string, unknown>;
	/** By device: attributes that it does not have, each with similar ones. Devices whose manifest is unknown are not listed. */
	undeclared: Map<string, Map<string, string[]>>;
}

/**
 * Finds out why values are missing: not an attribute of the device, not readable with the API Token's role, too old, or refused.
 * Reads a few devices, the manifests of their blueprints, and the times of their last values. Reads all devices if none of the
 * few has any of the attributes. What cannot be read is not explained.
 *
 * @param missing at least one entry
 * @param isNothingFound whether no item has any value
 * @throws NotSentError if the run was stopped
 */
export async function explainMissing(
	run: Run,
	fleet: Fleet,
	missing: Missing[],
	isNothingFound: boolean,
): Promise<Explanation> {
	const examiner = new Examiner(run, fleet);
	const isUndeclared = ({ id, attribute }: Missing) => examiner.isUndeclared(id, attribute);
	const byDevice = new Map<string, Missing[]>();
	for (const entry of missing) byDevice.set(entry.id, [...(byDevice.get(entry.id) ?? []), entry]);
	const few = mostDifferent([...byDevice.values()]).slice(0, MOST_EXPLAINED);
	await examiner.examine(few);
	if (isNothingFound && few.flat().every(isUndeclared)) {
		await examiner.examine([...byDevice.values()]);
	}
	const others = byDevice.size - few.length;
	return {
		hint: sentences(
			...(await examiner.reasons(few.flat())),
			others === 0 ? '' : `Values of ${counted(others, 'more device')} are also missing`,
		),
		isNothingDeclared: isNothingFound && missing.every(isUndeclared),
		unknownDevices: examiner.unknownDevices,
		undeclared: examiner.undeclared,
	};
}

/** Sorts devices so that the first ones differ in their missing attributes. */
function mostDifferent(devices: Missing[][]): Missing[][] {
	const kinds = new Set<string>();
	const [first, others]: [Missing[][], Missing[][]] = [[], []];
	for (const device of devices) {
		const kind = device.map(({ attribute }) => attribute).join();
		(kinds.has(kind) ? others : first).push(device);
		kinds.add(kind);
	}
	return [...first, ...others];
}

class Examiner {
	readonly unknownDevices = new Map<string, unknown>();
	readonly undeclared = new Map<string, Map<string, string[]>>();
	private readonly known = new Map<string, { device: ExpandedDevice; manifest: Manifest }>();
	private readonly manifests: Manifests;

	constructor(
		private readonly run: Run,
		private readonly fleet: Fleet,
	) {
		this.manifests = new Manifests(run.client);
	}

	/** Reads devices and their manifests, unless they are known. */
	async examine(devices: Missing[][]): Promise<void> {
		const fresh = devices.filter(([first]) => first !== undefined && !this.known.has(first.id));
		const refs = fresh.flatMap(([first]) => (first === undefined ? [] : [{ ...first.ref, id: first.id }]));
		const lookups = await this.fleet.find(refs).catch(ignoreFailure);
		await Promise.all(
			fresh.map(async (entries, index) => await this.examineDevice(entries, lookups?.[index])),
		);
	}

	isUndeclared(id: string, attribute: string): boolean {
		return this.undeclared.get(id)?.has(attribute) === true;
	}

	/** One sentence per kind of reason, naming the attributes and devices. */
	async reasons(missing: Missing[]): Promise<string[]> {
		const [undeclared, readable] = divide(missing, ({ id, attribute }) => this.isUndeclared(id, attribute));
		const [forbidden, allowed] = divide(readable, (entry) => this.neededRole(entry) !== undefined);
		const [refused, old] = divide(allowed, ({ failed }) => failed !== undefined);
		const [shared, own] = divide(refused, ({ failed }) => failed?.isShared === true);
		const times = await this.lastValues(old);
		return [
			phrase('Not an attribute of the device', undeclared, (entry) => {
				const similar = this.undeclared.get(entry.id)?.get(entry.attribute) ?? [];
				return this.named(entry, similar.length === 0 ? [] : [`similar: ${listed(similar)}`]);
			}),
			phrase("Not readable with this API Token's role", forbidden, (entry) =>
				this.named(entry, [`needs ${this.neededRole(entry) ?? ''}`]),
			),
			phrase('Refused by the API', own, (entry) => this.named(entry, [entry.failed?.error.message ?? ''])),
			phrase('Not read, because the API refused the same attributes on other devices', shared, (entry) =>
				this.named(entry, []),
			),
			phrase('Older than the Relevance Interval', old, (entry) =>
				this.named(entry, this.ageOf(entry, times)),
			),
			old.length === 0
				? ''
				: `The Relevance Interval is ${intervalsOf(old)}. Increase it in the options for older values; a device that is offline has no current value`,
		].filter((text) => text !== '');
	}

	private async examineDevice([first, ...others]: Missing[], lookup: Lookup | undefined): Promise<void> {
		if (first === undefined || lookup === undefined) return;
		const { id } = first;
		if ('error' in lookup) {
			if (isRefusal(lookup.error) && lookup.error.isNotFound) this.unknownDevices.set(id, lookup.error);
			return;
		}
		const { device } = lookup;
		const manifest = await this.manifests.of(device).catch(ignoreFailure);
		if (manifest === undefined) return;
		this.known.set(id, { device, manifest });
		const undeclared = [first, ...others].filter(
			({ attribute }) => isDeclared(manifest, attribute) === false,
		);
		this.undeclared.set(
			id,
			new Map(undeclared.map(({ attribute }) => [attribute, suggestions(manifest, attribute)])),
		);
	}

	/** The role that is needed to read an attribute, if the API Token's role is known to be lower. */
	private neededRole({ id, attribute }: Missing): string | undefined {
		const known = this.known.get(id);
		if (known === undefined) return undefined;
		const needed = roleFor(declarationOf(known.manifest, attribute)?.[1]);
		return isBelow(known.device.authorized_role ?? undefined, needed) ? needed : undefined;
	}

	/** The times of the last values, by device and attribute, as far as the API returns them. */
	private async lastValues(old: Missing[]): Promise<Map<string, number>> {
		const queries = old.map(({ ref, id, attribute }) => ({
			ref: { ...ref, id },
			attributes: [attribute],
			relevanceInterval: A_YEAR,
			attribute,
		}));
		const results = queries.length === 0 ? [] : await readLatest(this.run.client, this.fleet, queries);
		return new Map(
			results.flatMap((result) => {
				if ('error' in result) return [];
				const { attribute } = result.query;
				const found = result.found.get(attribute);
				const timestamp = found === undefined || 'error' in found ? undefined : found.reading?.timestamp;
				return typeof timestamp === 'number'
					? [[keyOf({ id: result.id, attribute }), timestamp] as const]
					: [];
			}),
		);
	}

	private ageOf(entry: Missing, times: Map<string, number>): string[] {
		const time = times.get(keyOf(entry));
		const { timezone } = this.run;
		const write = localTimeWriter(timezoneExists(timezone) ? timezone : 'UTC');
		const isOffline = upperCase(this.known.get(entry.id)?.device.connectivity?.status) === 'OFFLINE';
		return [...(isOffline ? ['offline'] : []), ...(time === undefined ? [] : [`last value ${write(time)}`])];
	}

	private named({ id, ref, attribute }: Missing, details: string[]): string {
		const device = this.known.get(id)?.device ?? this.fleet.known(id);
		const name = device === undefined ? nameOfRef(ref) : nameOfDevice(device);
		return `${attribute} of ${name}${details.length === 0 ? '' : ` (${details.join(', ')})`}`;
	}
}

function phrase(reason: string, entries: Missing[], named: (entry: Missing) => string): string {
	if (entries.length === 0) return '';
	const shown = entries.slice(0, MOST_EXPLAINED).map(named);
	const others = entries.length - shown.length;
	return `${reason}: ${listed(others === 0 ? shown : [...shown, `${others} more`])}`;
}

function intervalsOf(missing: Missing[]): string {
	const intervals = new Set(missing.map(({ relevanceInterval }) => relevanceInterval));
	return listed(
		[...intervals].map((seconds) =>
			seconds === undefined ? `${DEFAULT_RELEVANCE} seconds if it is not set` : durationInWords(seconds),
		),
	);
}

function keyOf({ id, attribute }: Pick<Missing, 'id' | 'attribute'>): string {
	return `${id} ${attribute}`;
}

function divide<T>(entries: T[], isFirst: (entry: T) => boolean): [T[], T[]] {
	return [entries.filter(isFirst), entries.filter((entry) => !isFirst(entry))];
}

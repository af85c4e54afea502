import type { IDataObject } from 'n8n-workflow';

import { defineOperation } from '../../execution/operation';
import type { Run } from '../../execution/run';
import { withDefault } from '../../fields/field';
import { seconds, toggle } from '../../fields/kinds';
import { DEVICE, nameOfRef } from '../../fields/locators';
import { options } from '../../fields/options';
import { causeOf, ItemFailure } from '../../transport/errors';
import { listed } from '../../transport/text';
import { aboutDevice, nameOfDevice } from '../device/device';
import { Fleet } from '../device/fleet';
import { ATTRIBUTES, checkKeys } from './attributes';
import type { Found, LatestQuery, LatestResult, Reading } from './latest';
import { isRefusal, readLatest } from './latest';
import type { Explanation, Missing } from './missing';
import { A_YEAR, DEFAULT_RELEVANCE, explainMissing } from './missing';

const SIMPLIFY = withDefault(
	toggle({
		displayName: 'Simplify',
		name: 'simplify',
		type: 'boolean',
		default: true,
		description: 'Whether to return a simplified version of the response instead of the raw data',
	}),
	true,
);

const RELEVANCE_INTERVAL = seconds({
	displayName: 'Relevance Interval',
	name: 'relevanceInterval',
	type: 'number',
	default: 300,
	typeOptions: { minValue: 1, maxValue: A_YEAR },
	description: `Maximum age of a value in seconds; older values are treated as missing. Without this option the API uses ${DEFAULT_RELEVANCE} seconds, which is too short for many meters.`,
});

interface Item extends LatestQuery {
	isSimplified: boolean;
}

type Result = LatestResult<Item>;

/** Reads the latest values of telemetry attributes, those of all items together. */
export const getLatest = defineOperation({
	option: {
		name: 'Get Latest',
		value: 'getLatest',
		action: 'Get the latest telemetry',
		description: 'Read the current values of a device. Many devices are read in few requests.',
	},
	fields: [DEVICE, ATTRIBUTES, SIMPLIFY, options(RELEVANCE_INTERVAL)],
	isIdempotent: true,

	prepare({ deviceId: ref, attributes, simplify, options: { relevanceInterval } }): Item {
		checkKeys(attributes, simplify ? ['device_id'] : [], 'Turn off Simplify to read it.');
		return { ref, attributes, isSimplified: simplify, relevanceInterval };
	},

	async plan(items, run) {
		const fleet = new Fleet(run.client, ['connectivity']);
		const latest = await readLatest(run.client, fleet, items);
		const results = latest.map((result) => ('error' in result ? result : checked(result, fleet)));
		const explanation = await explain(results, fleet, run);
		return {
			items: results.map((result) => {
				if ('error' in result) return result;
				const error = errorFrom(explanation, result, fleet);
				return error === undefined ? { run: async () => [{ json: outputOf(result) }] } : { error };
			}),
			hints: () => (explanation === undefined || explanation.hint === '' ? [] : [explanation.hint]),
		};
	},
});

/** The result of an item. It is an error if all attributes were refused, or a request failed for another reason. */
function checked(result: Result, fleet: Fleet): Result | { error: unknown } {
	const { attributes, ref } = result.query;
	const failed = attributes.flatMap((name) => failedOf(result.found.get(name)) ?? []);
	const serious = failed.find(({ error }) => !isRefusal(error));
	const own = failed.find(({ isShared }) => !isShared) ?? failed[0];
	const failure = serious ?? (failed.length === attributes.length ? own : undefined);
	if (failure === undefined) return result;
	const { error, isShared } = failure;
	const device = fleet.known(result.id);
	if (isShared) {
		const name = device === undefined ? nameOfRef(ref) : nameOfDevice(device);
		const reason = `Device ${name} was not read, because the API refused a request for several devices: ${causeOf(error)}`;
		return { error: error.with({ reason }) };
	}
	return { error: device === undefined ? error : error.with(aboutDevice(device)(error.requestFailure)) };
}

async function explain(
	results: Array<Result | { error: unknown }>,
	fleet: Fleet,
	run: Run,
): Promise<Explanation | undefined> {
	const read = results.filter((result) => 'query' in result);
	const missing = read.flatMap(({ query: { ref, attributes, relevanceInterval }, id, found }) =>
		attributes
			.filter((name) => valueOf(readingOf(found.get(name))) === null)
			.map((attribute): Missing => {
				return { id, ref, attribute, relevanceInterval, failed: failedOf(found.get(attribute)) };
			}),
	);
	if (missing.length === 0) return undefined;
	return await explainMissing(run, fleet, missing, !read.some(hasValue));
}

function hasValue({ query, found }: Result): boolean {
	return query.attributes.some((name) => valueOf(readingOf(found.get(name))) !== null);
}

/** Why an item without any value fails: its device does not exist, or no item asks for an attribute that exists. */
function errorFrom(explanation: Explanation | undefined, result: Result, fleet: Fleet): unknown {
	if (explanation === undefined || hasValue(result)) return undefined;
	const { query, id } = result;
	const { ref, attributes } = query;
	if (explanation.unknownDevices.has(id)) return explanation.unknownDevices.get(id);
	if (!explanation.isNothingDeclared) return undefined;
	const undeclared = explanation.undeclared.get(id);
	const similar = [...new Set(attributes.flatMap((name) => undeclared?.get(name) ?? []))];
	const device = fleet.known(id);
	return new ItemFailure(
		`Device ${device === undefined ? ref.id : nameOfDevice(device)} has no telemetry attribute ${listed(attributes.map((name) => `"${name}"`))}`,
		similar.length === 0 ? 'Choose attributes from the list.' : `Similar attributes: ${listed(similar)}.`,
	);
}

function outputOf({ query: { attributes, isSimplified }, id, found }: Result): IDataObject {
	const readings = attributes.map((name) => [name, readingOf(found.get(name))] as const);
	if (!isSimplified) return { device_id: id, telemetry: Object.fromEntries(readings) };
	return {
		device_id: id,
		...Object.fromEntries(readings.map(([name, reading]) => [name, valueOf(reading)])),
	};
}

function failedOf(found: Found | undefined) {
	return found !== undefined && 'error' in found ? found : undefined;
}

/** The reading of an attribute, or why there is none. */
function readingOf(found: Found | undefined): Reading {
	if (found !== undefined && 'error' in found) return { warning: found.error.message };
	return found?.reading ?? { warning: 'The API sent no value.' };
}

/** A value without a time is ignored (Enapter's SDK). */
function valueOf({ value, timestamp }: Reading): IDataObject[string] {
	return timestamp === undefined || timestamp === null ? null : (value ?? null);
}

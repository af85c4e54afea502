import type { IDataObject, INodeProperties } from 'n8n-workflow';

import type { Run } from '../../execution/run';
import { parseFilters } from '../../fields/filters';
import { DEVICE_ID } from '../../fields/locators';
import { optionsField } from '../../fields/options';
import { parseBoolean, parseId, parseInteger } from '../../fields/parse';
import { listed } from '../../transport/text';
import type { Operation, Output } from '../../execution/operation';
import { ATTRIBUTES, parseAttributes } from './attributes';
import type { Found, LatestQuery, LatestValues, Reading } from './latest';
import { isRefusal, readLatest } from './latest';

/** The API's own, in seconds. */
const DEFAULT_RELEVANCE = 30;

const A_YEAR = 366 * 24 * 3600;

const SIMPLIFY: INodeProperties = {
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
};

const RELEVANCE_INTERVAL: INodeProperties = {
	displayName: 'Relevance Interval',
	name: 'relevanceInterval',
	type: 'number',
	default: 300,
	typeOptions: { minValue: 1, maxValue: A_YEAR },
	description: `How old a value may be, in seconds. An older one counts as missing. Without this option it is ${DEFAULT_RELEVANCE}, too short for many meters.`,
};

const OPTIONS = optionsField(RELEVANCE_INTERVAL);

interface Item extends LatestQuery {
	isSimplified: boolean;
}

/** Reads the latest values of telemetry attributes; all items of a run go together. */
export const getLatest: Operation<Item> = {
	option: {
		name: 'Get Latest',
		value: 'getLatest',
		action: 'Get the latest telemetry',
		description: 'Read what a device measures now; many devices go together in few requests',
	},
	fields: [DEVICE_ID, ATTRIBUTES, SIMPLIFY, OPTIONS],

	prepare(parameters) {
		// An expression that gives nothing is no choice.
		const isSimplified = parseBoolean(parameters.get('simplify', true) ?? null, 'Simplify');
		const { relevanceInterval } = parseFilters(parameters, OPTIONS);
		const seconds =
			relevanceInterval === undefined
				? undefined
				: parseInteger(relevanceInterval, 'Relevance Interval', 1, A_YEAR);
		return {
			named: parseId(parameters.get('deviceId', ''), 'Device'),
			attributes: parseAttributes(
				parameters.get('attributes', []),
				isSimplified ? ['device_id'] : [],
				'Turn Simplify off to read it.',
			),
			isSimplified,
			relevanceInterval: seconds === undefined ? undefined : `${seconds}s`,
		};
	},

	plan(items, run) {
		const report = new Report(items.length);
		let reading: Array<Promise<LatestValues>> | undefined;
		return items.map((item, index) => async () => {
			try {
				const values = await (reading ??= readLatest(run.client, items))[index];
				return values === undefined ? [] : [outputOf(item, values, report)];
			} finally {
				report.endItem(run);
			}
		});
	},
};

/**
 * What an item puts out.
 *
 * @throws EnapterApiError when none of its attributes could be read, or a request failed other than by a refusal
 */
function outputOf({ attributes, isSimplified }: Item, { id, found }: LatestValues, report: Report): Output {
	const errors = attributes.flatMap((name) => {
		const outcome = found.get(name);
		return outcome !== undefined && 'error' in outcome ? [outcome.error] : [];
	});
	const serious = errors.find((error) => !isRefusal(error));
	if (serious !== undefined) throw serious;
	if (errors.length === attributes.length) throw errors[0];
	const readings = attributes.map((name) => [name, readingOf(found.get(name))] as const);
	if (readings.every(([, reading]) => valueOf(reading) === null)) report.silent++;
	for (const name of attributes) report.addRefusal(id, name, found.get(name));
	return {
		json: isSimplified
			? {
					device_id: id,
					...Object.fromEntries(readings.map(([name, reading]) => [name, valueOf(reading)])),
				}
			: { device_id: id, telemetry: Object.fromEntries(readings) as IDataObject },
	};
}

/** What the API says of an attribute, or why it says nothing. */
function readingOf(found: Found | undefined): Reading {
	if (found !== undefined && 'error' in found) return { warning: (found.error as Error).message };
	return found?.reading ?? { warning: 'The API sent no value.' };
}

/** A value counts only with the time that it is from (Enapter's SDK). */
function valueOf({ value, timestamp }: Reading): IDataObject[string] {
	return timestamp === undefined || timestamp === null ? null : (value ?? null);
}

/** What the user should know of a run that went well. */
class Report {
	/** Items that have no value at all. */
	silent = 0;

	private readonly refusals = new Map<string, string[]>();
	private ended = 0;

	constructor(private readonly items: number) {}

	addRefusal(id: string, attribute: string, found: Found | undefined): void {
		if (found === undefined || !('error' in found)) return;
		const { message } = found.error as Error;
		const refused = this.refusals.get(message) ?? [];
		this.refusals.set(message, [...refused, `${attribute} of ${id}`]);
	}

	/** Counts an item, and after the last one shows the hints. */
	endItem(run: Run): void {
		this.ended++;
		if (this.ended < this.items) return;
		if (this.silent > 0) {
			const which =
				this.items === 1
					? 'No attribute has a value'
					: `${this.silent} of ${this.items} items have no value at all`;
			run.hint(
				`${which}. What is older than the Relevance Interval counts as missing, and without that option this is ${DEFAULT_RELEVANCE} seconds, too short for many meters: raise it in the options. Otherwise the device is offline, or has no such attributes.`,
			);
		}
		for (const [message, refused] of this.refusals) {
			run.hint(`Not read: ${listed(refused.slice(0, 10))}. ${message}`);
		}
	}
}

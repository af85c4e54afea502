import type { INodeProperties } from 'n8n-workflow';
import { UserError } from 'n8n-workflow';

import { isObject } from '../api';
import type { Delivery } from '../transport/client';
import { wholeNumber, words } from './checks';

/** What the API can add to a device; sources: the Device Management specification and Enapter's SDK. */
export const EXPAND: INodeProperties = {
	displayName: 'Expand',
	name: 'expand',
	type: 'multiOptions',
	default: [],
	description: 'What to add to each device',
	options: [
		{
			name: 'Communication',
			value: 'communication',
			description: 'How it is connected, and through which device',
		},
		{ name: 'Connectivity', value: 'connectivity', description: 'Whether it is online' },
		{ name: 'Manifest', value: 'manifest', description: 'What its blueprint declares' },
		{ name: 'Properties', value: 'properties', description: 'Model, serial number and the like' },
		{ name: 'Raised Alert Names', value: 'raised_alert_names', description: 'Alerts raised at present' },
		{ name: 'Site', value: 'site', description: 'Name, time zone and location of its site' },
	],
};

const DELIVERY: INodeProperties[] = [
	{
		displayName: 'Max Concurrency',
		name: 'maxConcurrency',
		type: 'number',
		default: 30,
		typeOptions: { minValue: 1, maxValue: 100 },
		description:
			'How many requests may be on their way at once, for all items together. Taken from the first item.',
	},
	{
		displayName: 'Max Retries',
		name: 'maxRetries',
		type: 'number',
		default: 3,
		typeOptions: { minValue: 0, maxValue: 10 },
		description:
			'How often a request is repeated when the API is busy or the connection breaks, 0 to never repeat. A request that could then be carried out twice is not repeated.',
	},
	{
		displayName: 'Timeout',
		name: 'timeout',
		type: 'number',
		default: 30_000,
		typeOptions: { minValue: 1 },
		description: 'How long to wait for the answer to one request, in milliseconds',
	},
];

/** An API that asks for more is asked again after this all the same, in milliseconds. */
const LONGEST_PAUSE = 60_000;

const DEFAULTS: Record<string, unknown> = Object.fromEntries(
	DELIVERY.map(({ name, default: value }) => [name, value]),
);

/** The Options collection of an operation: its own options, then those that every operation has. */
export function optionsField(...own: INodeProperties[]): INodeProperties {
	return {
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [...own, ...DELIVERY],
	};
}

/** An `options` or other collection as it was read. */
export function collection(value: unknown, parameter: string): Record<string, unknown> {
	if (value === undefined || value === null || value === '') return {};
	if (isObject(value)) return value;
	throw new UserError(`${parameter} has to be an object.`);
}

/**
 * How the requests of a run are delivered.
 *
 * @throws UserError when an option is out of range
 */
export function deliveryOf(options: Record<string, unknown>): Delivery {
	const { maxConcurrency, maxRetries, timeout } = { ...DEFAULTS, ...options };
	return {
		maxConcurrency: wholeNumber(maxConcurrency, 'Max Concurrency', 1, 100),
		maxRetries: wholeNumber(maxRetries, 'Max Retries', 0, 10),
		timeout: wholeNumber(timeout, 'Timeout', 1, 3_600_000),
		longestPause: LONGEST_PAUSE,
	};
}

/**
 * The query that asks for expanded fields, as one list with commas.
 *
 * @throws UserError when an entry could not be a field's name
 */
export function expandQuery(options: Record<string, unknown>, ...more: string[]): { expand?: string } {
	const expand = new Set([...words(options.expand, 'Expand'), ...more]);
	return expand.size === 0 ? {} : { expand: [...expand].join(',') };
}

import type { INodeProperties } from 'n8n-workflow';

import type { ItemParameters } from './itemParameters';
import type { RequestLimits } from '../transport/client';
import { parseInteger, parseNames } from './parse';

/** What the API can add to a device; sources: the Device Management specification and Enapter's SDK. */
export const EXPAND: INodeProperties = {
	displayName: 'Include in Output',
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

/** Longest wait before a retry, in milliseconds; what the API asks to wait longer is not retried. */
const LONGEST_WAIT = 60_000;

const DEFAULT_TIMEOUT = 30_000;

function limitFields(timeout: number, timeoutDescription: string): INodeProperties[] {
	return [
		{
			displayName: 'Max Concurrency',
			name: 'maxConcurrency',
			type: 'number',
			default: 30,
			typeOptions: { minValue: 1, maxValue: 100 },
			description:
				'How many requests may be in flight at once, for all items together. Taken from the first item.',
		},
		{
			displayName: 'Max Retries',
			name: 'maxRetries',
			type: 'number',
			default: 3,
			typeOptions: { minValue: 0, maxValue: 10 },
			description:
				'How often a request is sent again when the API is busy or the connection breaks, 0 for never. A request that could then be carried out twice is not. Taken from the first item.',
		},
		{
			displayName: 'Timeout',
			name: 'timeout',
			type: 'number',
			default: timeout,
			typeOptions: { minValue: 1 },
			description: timeoutDescription,
		},
	];
}

/** The Options collection of an operation: its own options, then those that every operation has. */
export function optionsField(...own: INodeProperties[]): INodeProperties {
	return optionsFieldWithTimeout(
		DEFAULT_TIMEOUT,
		'How long to wait for the response to one request, in milliseconds. Taken from the first item.',
		...own,
	);
}

/**
 * The Options collection of an operation with a timeout of its own.
 *
 * @param timeout the default, in milliseconds
 */
export function optionsFieldWithTimeout(
	timeout: number,
	timeoutDescription: string,
	...own: INodeProperties[]
): INodeProperties {
	return {
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [...own, ...limitFields(timeout, timeoutDescription)],
	};
}

/**
 * How the requests of a run are sent, by the options of its first item.
 *
 * @param fields the operation's fields, which hold the defaults
 * @throws UserError when an option is out of range
 */
export function requestLimits(parameters: ItemParameters, fields: INodeProperties[]): RequestLimits {
	const options = fields.find(({ name }) => name === 'options')?.options ?? [];
	const read = (name: string, min: number, max: number) => {
		const option = options.find(
			(candidate): candidate is INodeProperties => candidate.name === name && 'type' in candidate,
		);
		const value = parameters.get(`options.${name}`, option?.default);
		return parseInteger(value, `${option?.displayName ?? name} (taken from the first item)`, min, max);
	};
	return {
		maxConcurrency: read('maxConcurrency', 1, 100),
		maxRetries: read('maxRetries', 0, 10),
		timeout: read('timeout', 1, 3_600_000),
		longestWait: LONGEST_WAIT,
	};
}

/**
 * The query that asks for expanded fields, as one list with commas.
 *
 * @throws UserError when an entry could not be a field's name
 */
export function parseExpand(options: Record<string, unknown>, ...more: string[]): { expand?: string } {
	const expand = new Set([...parseNames(options.expand, 'Include in Output'), ...more]);
	return expand.size === 0 ? {} : { expand: [...expand].join(',') };
}

/**
 * A toggle that only a person may turn on, never an expression or a language model. Not there is off.
 *
 * @throws UserError when it is an expression
 */
export function chosenToggle(parameters: ItemParameters, { name, displayName }: INodeProperties): boolean {
	return parameters.chosen(`options.${name}`, displayName);
}

import { isExpression, UserError } from 'n8n-workflow';

import type { RequestLimits } from '../transport/client';
import type { AnyField, Field, Given } from './field';
import { readField, withDefault } from './field';
import { collection, integer, toggle } from './kinds';

/** Longest wait before a retry, in milliseconds. If the API asks for more, the request is not retried. */
const LONGEST_WAIT = 60_000;

const DEFAULT_TIMEOUT = 30_000;

const MAX_CONCURRENCY = withDefault(
	integer({
		displayName: 'Max Concurrency',
		name: 'maxConcurrency',
		type: 'number',
		default: 30,
		typeOptions: { minValue: 1, maxValue: 100 },
		description: "Maximum requests in flight, for all items together. Uses the first item's value.",
	}),
	30,
);

const MAX_RETRIES = withDefault(
	integer({
		displayName: 'Max Retries',
		name: 'maxRetries',
		type: 'number',
		default: 3,
		typeOptions: { minValue: 0, maxValue: 10 },
		description:
			"Maximum retries when the API is busy or the connection fails (0 = none). A request is not retried if that could execute it twice. Uses the first item's value.",
	}),
	3,
);

function timeoutField(milliseconds: number, description: string): Field<'timeout', number, number> {
	return withDefault(
		integer({
			displayName: 'Timeout',
			name: 'timeout',
			type: 'number',
			default: milliseconds,
			typeOptions: { minValue: 1, maxValue: 3_600_000 },
			description,
		}),
		milliseconds,
	);
}

/** The Dry Run option of operations that write. */
const DRY_RUN_TOGGLE = toggle({
	displayName: 'Dry Run',
	name: 'dryRun',
	type: 'boolean',
	default: true,
	description: 'Whether to only read and check everything, change nothing, and output what would happen',
});

/** A language model must not decide whether its call changes something. */
export const DRY_RUN: typeof DRY_RUN_TOGGLE = {
	...DRY_RUN_TOGGLE,
	parse(value, label, given) {
		if (!given.item.isTool || !isExpression(given.raw)) return DRY_RUN_TOGGLE.parse(value, label, given);
		throw new UserError(
			`${label} of a tool must be on or off, not an expression. Set it in the panel of the node.`,
		);
	},
};

/** The Options of an operation: its own, then those of all operations. */
export function options<const F extends readonly AnyField[]>(...own: F) {
	return optionsWithTimeout(
		DEFAULT_TIMEOUT,
		"Maximum time to wait for the response to one request, in milliseconds. Uses the first item's value.",
		...own,
	);
}

/**
 * The Options of an operation with a timeout of its own.
 *
 * @param timeout default, in milliseconds
 */
export function optionsWithTimeout<const F extends readonly AnyField[]>(
	timeout: number,
	description: string,
	...own: F
) {
	return collection(
		{ displayName: 'Options', name: 'options', placeholder: 'Add option' },
		...own,
		MAX_CONCURRENCY,
		MAX_RETRIES,
		timeoutField(timeout, description),
	);
}

/**
 * Reads how the requests of a run are sent, from the Options of its first item. Options of single
 * items are ignored.
 *
 * @throws UserError if one of them cannot be used
 */
export function requestLimits(fields: readonly AnyField[], give: (name: string) => Given): RequestLimits {
	const field = fields.find(({ property }) => property.name === 'options');
	if (field === undefined) throw new Error('An operation has no Options.');
	const { timeout: defaultTimeout } = field.absent as RequestLimits;
	const limits = collection(
		{ displayName: 'Options', name: 'options' },
		ofFirstItem(MAX_CONCURRENCY),
		ofFirstItem(MAX_RETRIES),
		ofFirstItem(timeoutField(defaultTimeout, '')),
	);
	const { maxConcurrency, maxRetries, timeout } = readField(limits, give('options'));
	// A longer default is meant for commands. Reads keep the usual limit.
	const isForCommands = defaultTimeout > DEFAULT_TIMEOUT;
	const readTimeout = isForCommands ? Math.min(timeout, DEFAULT_TIMEOUT) : timeout;
	return { maxConcurrency, maxRetries, timeout, readTimeout, longestWait: LONGEST_WAIT };
}

/** The same field, named in messages as that of the first item, because all items use its value. */
function ofFirstItem<N extends string>(original: Field<N, number, number>): Field<N, number, number> {
	const { property } = original;
	return { ...original, property: { ...property, displayName: `${property.displayName} of the first item` } };
}

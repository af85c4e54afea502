import type { INode } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';

import { consequencesOf, EnapterApiError } from '../transport/errors';
import { sentences } from '../transport/text';

export type ItemError = NodeApiError | NodeOperationError;

/** The result of an item: its output, its error, or undefined if nothing was sent because the run was stopped. */
export type ItemResult<T> = { value: T } | { error: unknown } | undefined;

/** An item and its error. */
interface FailedItem {
	item: number;
	error: unknown;
}

/**
 * Makes the error that n8n shows for an item. Always a new one, because several items can share the given error.
 *
 * @param total the number of items; with several, the message ends in the item's number, counted from 0 as n8n does
 */
export function itemError(node: INode, error: unknown, item: number, total: number): ItemError {
	const shown = copyOf(node, error);
	const { message } = asError(error);
	// Set again: n8n's constructors replace messages that contain EPERM, ENOENT and the like.
	shown.message = total > 1 ? `${message} [item ${item}]` : message;
	shown.context.itemIndex = item;
	return shown;
}

function copyOf(node: INode, error: unknown): ItemError {
	if (error instanceof EnapterApiError) return error.with({});
	if (error instanceof NodeOperationError) {
		const { message, description } = error;
		return new NodeOperationError(node, message, description ? { description } : {});
	}
	// Keeps the description of errors that n8n threw, such as for an expression that cannot be evaluated.
	return new NodeOperationError(node, asError(error));
}

/** The items that failed, in order. */
export function failedItems(results: Array<object | undefined>): FailedItem[] {
	return results.flatMap((result, item) =>
		result !== undefined && 'error' in result ? [{ item, error: result.error }] : [],
	);
}

/** n8n's own messages count like that, too. */
const COUNTED_FROM_0 = 'Items are counted from 0, as in all messages of n8n';

/**
 * Ends a run before anything is changed.
 *
 * @param state what is true for all items, such as that nothing was sent
 * @throws the error of the first item that cannot be processed, if there is one
 */
export function throwIfInvalid(node: INode, results: Array<object | undefined>, ...state: string[]): void {
	const [first, ...others] = failedItems(results);
	if (first === undefined) return;
	const error = itemError(node, first.error, first.item, results.length);
	error.description = sentences(
		error.description ?? '',
		...state,
		...(others.length === 0
			? []
			: [`Other errors in this run: ${itemNumbers(others.map(({ item }) => item))}`]),
		...(results.length > 1 ? [COUNTED_FROM_0] : []),
	);
	throw error;
}

/**
 * Ends a run that stopped at a failure. The description says what was done, so that the user can continue from there.
 *
 * @param firstFailed the item at which the run stopped; others may have failed because of it
 * @throws NodeApiError or NodeOperationError of that item, if an item failed
 */
export function throwIfStopped(
	node: INode,
	results: Array<ItemResult<unknown>>,
	firstFailed: number | undefined,
): void {
	const failed = failedItems(results);
	const first = failed.find(({ item }) => item === firstFailed) ?? failed[0];
	if (first === undefined) return;
	const error = itemError(node, first.error, first.item, results.length);
	if (results.length > 1) {
		const numbersOf = (isOne: (result: ItemResult<unknown>) => boolean) =>
			itemNumbers(results.flatMap((result, item) => (isOne(result) ? [item] : [])));
		error.description = sentences(
			error.description ?? '',
			`Done: ${numbersOf((result) => result !== undefined && 'value' in result)}`,
			`Failed: ${itemNumbers(failed.map(({ item }) => item))}`,
			`Never sent: ${numbersOf((result) => result === undefined)}`,
			...consequences(failed.filter((entry) => entry !== first)),
			COUNTED_FROM_0,
			"To get the results of the other items, set On Error in the node's settings to one of the Continue options",
		);
	}
	throw error;
}

/** What other failed items changed or may have changed, because their own errors are not shown. */
function consequences(failed: FailedItem[]): string[] {
	const itemsByText = new Map<string, number[]>();
	for (const { item, error } of failed) {
		const text = sentences(...consequencesOf(error));
		if (text !== '') itemsByText.set(text, [...(itemsByText.get(text) ?? []), item]);
	}
	return [...itemsByText].map(([text, items]) => `${itemNumbers(items).replace('i', 'I')}: ${text}`);
}

/** Whether n8n shows an error as it is. */
export function isItemError(error: unknown): error is ItemError {
	return error instanceof NodeApiError || error instanceof NodeOperationError;
}

function asError(error: unknown): Error {
	return error instanceof Error ? error : new Error(String(error));
}

/** Writes item numbers, counted from 0 as n8n does: `items 0–3, 7`. */
export function itemNumbers(items: number[]): string {
	if (items.length === 0) return 'no item';
	const ranges: Array<{ first: number; last: number }> = [];
	for (const item of items) {
		const open = ranges.at(-1);
		if (open !== undefined && open.last === item - 1) open.last = item;
		else ranges.push({ first: item, last: item });
	}
	const written = ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}–${last}`));
	return `${items.length === 1 ? 'item' : 'items'} ${written.join(', ')}`;
}

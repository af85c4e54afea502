import type { INode } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';

import { aftermathOf, EnapterApiError } from '../transport/errors';
import { sentences } from '../transport/text';
import type { Outcome } from './tasks';

export type ItemError = NodeApiError | NodeOperationError;

/**
 * The error n8n shows for an item: what happened, ending in the item it happened to. Always a new one, as several items can
 * share the error that is given.
 */
export function itemError(node: INode, error: unknown, item: number): ItemError {
	const shown = copyOf(node, error);
	// Set last: n8n's constructors replace messages that hold EPERM, ENOENT and the like.
	shown.message = `${asError(error).message} [item ${item}]`;
	shown.context.itemIndex = item;
	return shown;
}

function copyOf(node: INode, error: unknown): ItemError {
	if (error instanceof EnapterApiError) return error.with({});
	if (error instanceof NodeOperationError) {
		const { message, description } = error;
		return new NodeOperationError(node, message, description ? { description } : {});
	}
	// Of what n8n threw, such as for an expression that cannot be evaluated, the description is kept.
	return new NodeOperationError(node, asError(error));
}

/**
 * Ends a run before anything is changed.
 *
 * @param happened what can be said of all items, such as that nothing was sent
 * @throws the error of the first item that cannot be carried out, if there is one
 */
export function throwIfInvalid(node: INode, entries: unknown[], happened: string): void {
	const invalid = entries.flatMap((entry, item) => (isInvalid(entry) ? [{ item, error: entry.error }] : []));
	const [first, ...others] = invalid;
	if (first === undefined) return;
	const error = itemError(node, first.error, first.item);
	error.description = sentences(
		error.description ?? '',
		happened,
		...(others.length === 0
			? []
			: [`The same run has more that cannot be carried out: ${ranges(others.map(({ item }) => item))}`]),
	);
	throw error;
}

function isInvalid(entry: unknown): entry is { error: unknown } {
	return typeof entry === 'object' && entry !== null && 'error' in entry;
}

/**
 * Ends a run that stopped at a failure, saying how far it came, so that the user can go on from there.
 *
 * @param firstFailed the item at which the run stopped
 * @throws NodeApiError or NodeOperationError of that item
 */
export function throwIfStopped(node: INode, outcomes: Outcome[], firstFailed: number | undefined): void {
	const failed = outcomes.flatMap((outcome, item) =>
		outcome !== undefined && 'error' in outcome ? [{ item, error: outcome.error }] : [],
	);
	const first = failed.find(({ item }) => item === firstFailed) ?? failed[0];
	if (first === undefined) return;
	const error = itemError(node, first.error, first.item);
	if (outcomes.length > 1) {
		const which = (isOne: (outcome: Outcome) => boolean) =>
			ranges(outcomes.flatMap((outcome, item) => (isOne(outcome) ? [item] : [])));
		error.description = sentences(
			error.description ?? '',
			`Done: ${which((outcome) => outcome !== undefined && 'value' in outcome)}`,
			`Failed: ${ranges(failed.map(({ item }) => item))}`,
			`Never sent: ${which((outcome) => outcome === undefined)}`,
			...aftermaths(failed.filter((entry) => entry !== first)),
			"To get the results of the others, set On Error in the node's settings to one of the Continue choices",
		);
	}
	throw error;
}

/** What the items left behind whose own errors are not shown. */
function aftermaths(failed: Array<{ item: number; error: unknown }>): string[] {
	const itemsByText = new Map<string, number[]>();
	for (const { item, error } of failed) {
		const text = sentences(...aftermathOf(error));
		if (text !== '') itemsByText.set(text, [...(itemsByText.get(text) ?? []), item]);
	}
	return [...itemsByText].map(([text, items]) => `${ranges(items).replace('i', 'I')}: ${text}`);
}

/** Whether n8n shows an error as it is. */
export function isItemError(error: unknown): error is ItemError {
	return error instanceof NodeApiError || error instanceof NodeOperationError;
}

function asError(error: unknown): Error {
	return error instanceof Error ? error : new Error(String(error));
}

/** Item numbers as people write them: `items 0–3, 7`. */
function ranges(items: number[]): string {
	if (items.length === 0) return 'no item';
	const parts: Array<{ first: number; last: number }> = [];
	for (const item of items) {
		const open = parts.at(-1);
		if (open !== undefined && open.last === item - 1) open.last = item;
		else parts.push({ first: item, last: item });
	}
	const written = parts.map(({ first, last }) => (first === last ? `${first}` : `${first}–${last}`));
	return `${items.length === 1 ? 'item' : 'items'} ${written.join(', ')}`;
}

import type { INode } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';

import type { Outcome } from './batch';

/** The error n8n shows for an item: what happened, ending in the item it happened to. */
export function itemError(node: INode, error: unknown, item: number): NodeApiError | NodeOperationError {
	const shown = isNodeError(error)
		? error
		: new NodeOperationError(node, asError(error), { itemIndex: item });
	// Set last: n8n's constructors replace messages that hold EPERM, ENOENT and the like.
	shown.message = `${unlabelled(error)} ${label(item)}`;
	shown.context.itemIndex = item;
	return shown;
}

/** Several items can share one error, say where they lead to the same device: each gets its own label. */
function unlabelled(error: unknown): string {
	const { message } = asError(error);
	const labelled = isNodeError(error) ? ` ${label(error.context.itemIndex)}` : '';
	return labelled !== '' && message.endsWith(labelled) ? message.slice(0, -labelled.length) : message;
}

function label(item: unknown): string {
	return `[item ${String(item)}]`;
}

/**
 * Ends a run before anything is sent.
 *
 * @throws NodeOperationError when parameters of an item cannot be used
 */
export function refusedItems(node: INode, prepared: Array<object>): void {
	const refused = prepared.flatMap((entry, item) => ('error' in entry ? [{ item, error: entry.error }] : []));
	const [first, ...others] = refused;
	if (first === undefined) return;
	const error = itemError(node, first.error, first.item);
	const more =
		others.length > 0 ? ` Items that cannot be used either: ${ranges(others.map(({ item }) => item))}.` : '';
	error.description = `Nothing was sent.${more}`;
	throw error;
}

/**
 * Ends a run that stopped at a failure, saying how far it came, so that the user can go on from there.
 *
 * @throws NodeApiError or NodeOperationError of the first item that failed
 */
export function stoppedBatch(node: INode, outcomes: Array<Outcome<unknown>>): void {
	const failed = outcomes.flatMap((outcome, item) =>
		outcome !== undefined && 'error' in outcome ? [{ item, error: outcome.error }] : [],
	);
	const [first] = failed;
	if (first === undefined) return;
	const error = itemError(node, first.error, first.item);
	if (outcomes.length > 1) {
		const which = (wanted: (outcome: Outcome<unknown>) => boolean) =>
			ranges(outcomes.flatMap((outcome, item) => (wanted(outcome) ? [item] : [])));
		const report = [
			`Done: ${which((outcome) => outcome !== undefined && 'value' in outcome)}`,
			`Failed: ${ranges(failed.map(({ item }) => item))}`,
			`Never sent: ${which((outcome) => outcome === undefined)}`,
			"To get the results of the others, set On Error in the node's settings to one of the Continue choices",
		];
		error.description = [error.description, ...report].filter(Boolean).join('. ');
	}
	throw error;
}

function isNodeError(error: unknown): error is NodeApiError | NodeOperationError {
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

import type { INode } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';

import type { Outcome } from './batch';
import { nodeApiError } from './transport/failure';

/**
 * The error n8n shows for an item: what happened, ending in the item it happened to. Always a new one, as several items can
 * share the error that is given.
 */
export function itemError(node: INode, error: unknown, item: number): NodeApiError | NodeOperationError {
	const message = `${asError(error).message} [item ${item}]`;
	const shown = errorOf(node, error, message);
	// Set last: n8n's constructors replace messages that hold EPERM, ENOENT and the like.
	shown.message = message;
	shown.context.itemIndex = item;
	return shown;
}

function errorOf(node: INode, error: unknown, message: string): NodeApiError | NodeOperationError {
	if (error instanceof NodeApiError)
		return nodeApiError(error.node, message, error.description, error.httpCode);
	if (!(error instanceof NodeOperationError)) return new NodeOperationError(node, asError(error));
	return new NodeOperationError(node, message, error.description ? { description: error.description } : {});
}

/**
 * Ends a run before anything is sent.
 *
 * @throws NodeOperationError when parameters of an item cannot be used
 */
export function throwIfRefused(node: INode, prepared: Array<object>): void {
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
export function throwIfStopped(node: INode, outcomes: Array<Outcome<unknown>>): void {
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

/** Whether n8n shows an error as it is. */
export function isNodeError(error: unknown): error is NodeApiError | NodeOperationError {
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

import type { ILoadOptionsFunctions } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';

import { EnapterClient } from '../transport/client';

/** A person waits: one repeat, and not for long. */
const DELIVERY = { maxConcurrency: 10, maxRetries: 1, timeout: 15_000 };

/**
 * Opens the API for a list in the panel.
 *
 * @throws NodeOperationError when the credential cannot be used
 */
export async function openForPicker(context: ILoadOptionsFunctions): Promise<EnapterClient> {
	try {
		return await EnapterClient.open(context, DELIVERY);
	} catch (error) {
		throw new NodeOperationError(context.getNode(), error as Error);
	}
}

/** n8n shows an empty list without a word; an error says why, and only a NodeApiError keeps its description. */
export function nothingToList(
	context: ILoadOptionsFunctions,
	message: string,
	description: string,
): NodeApiError {
	return new NodeApiError(context.getNode(), {}, { message, description });
}

/** Where to begin: n8n hands back the token of the page before, which has to be a text. */
export function offsetOf(paginationToken: string | undefined): number {
	const offset = Number(paginationToken ?? 0);
	return Number.isSafeInteger(offset) && offset > 0 ? offset : 0;
}

/** Whether any of the texts holds what the user typed. */
export function matches(filter: string, ...texts: Array<string | undefined>): boolean {
	const wanted = filter.toLowerCase();
	return texts.some((candidate) => candidate?.toLowerCase().includes(wanted) === true);
}

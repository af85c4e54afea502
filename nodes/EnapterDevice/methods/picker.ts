import type { ILoadOptionsFunctions, INodeListSearchItems, INodeListSearchResult } from 'n8n-workflow';
import { NodeApiError } from 'n8n-workflow';

import { EnapterClient } from '../transport/client';
import type { Found } from '../transport/list';

/** A person waits: one repeat, and not for long. */
const PATIENCE = { maxConcurrency: 10, maxRetries: 1, timeout: 15_000, longestPause: 2_000 };

/** Pages looked through for what the API cannot look for itself, 50 entries each. */
export const MOST_PAGES = 100;

/** As many as one sees at once and a little more; with a filter n8n does not load a further page by itself. */
export const RESULTS = 50;

/** What IDs of devices and sites look like in the specification; another text is looked for in names. */
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Opens the API for a list in the panel. */
export async function openForPicker(context: ILoadOptionsFunctions): Promise<EnapterClient> {
	return await EnapterClient.open(context, PATIENCE);
}

/** n8n shows an empty list without a word; an error says why, and only a NodeApiError keeps its description. */
export function nothingToList(
	context: ILoadOptionsFunctions,
	message: string,
	description: string,
): NodeApiError {
	return new NodeApiError(context.getNode(), {}, { message, description });
}

/** A page of a list, and from where n8n may ask for the next. */
export function pickerPage<T>(
	{ entries, next }: Found<T>,
	item: (entry: T) => INodeListSearchItems,
): INodeListSearchResult {
	return { results: entries.map(item), ...(next === undefined ? {} : { paginationToken: String(next) }) };
}

/** Where to begin: n8n hands back the token of the page before, which has to be a text. */
export function offsetOf(paginationToken: string | undefined): number {
	const offset = Number(paginationToken ?? 0);
	return Number.isSafeInteger(offset) && offset > 0 ? offset : 0;
}

/** Whether any of the texts holds what the user typed. What the API sends need not be a text. */
export function matches(filter: string, ...texts: unknown[]): boolean {
	const wanted = filter.toLowerCase();
	return texts.some((candidate) =>
		String(candidate ?? '')
			.toLowerCase()
			.includes(wanted),
	);
}

/** The first of the texts that says something. */
export function firstOf(...texts: unknown[]): string | undefined {
	return texts.map((candidate) => String(candidate ?? '').trim()).find((candidate) => candidate !== '');
}

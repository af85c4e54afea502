import type { ILoadOptionsFunctions, INodeListSearchItems, INodeListSearchResult } from 'n8n-workflow';
import { isExpression, NodeApiError } from 'n8n-workflow';

import { isBlank, parseId } from './parse';
import { EnapterClient } from '../transport/client';
import type { PageResult } from '../transport/pagination';

/** A person waits: one retry, and not for long. */
const LIMITS = { maxConcurrency: 10, maxRetries: 1, timeout: 15_000, longestWait: 2_000 };

/** Pages looked through for what the API cannot look for itself, 50 entries each. */
export const MOST_PAGES = 100;

/** Pages that are read at once to show a list in order: 1,000 entries. A longer list is shown in the API's order. */
export const SORTED_PAGES = 20;

/** As many as one sees at once and a little more; with a filter n8n does not load a further page by itself. */
export const RESULTS = 50;

/** Opens the API for a list in the panel. */
export async function openForListSearch(context: ILoadOptionsFunctions): Promise<EnapterClient> {
	return await EnapterClient.open(context, LIMITS);
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
export function listPage<T>(
	{ entries, next }: PageResult<T>,
	item: (entry: T) => INodeListSearchItems,
): INodeListSearchResult {
	return { results: entries.map(item), ...(next === undefined ? {} : { paginationToken: String(next) }) };
}

/** Where to begin: n8n hands back the token of the page before, which has to be a text. */
export function offsetOf(paginationToken: string | undefined): number {
	const offset = Number(paginationToken ?? 0);
	return Number.isSafeInteger(offset) && offset > 0 ? offset : 0;
}

/** Whether the texts together hold every word that the user typed. What the API sends need not be a text. */
export function matches(filter: string, ...texts: unknown[]): boolean {
	const text = texts
		.map((part) => String(part ?? ''))
		.join(' ')
		.toLowerCase();
	return filter
		.toLowerCase()
		.split(/\s+/)
		.every((word) => text.includes(word));
}

/** Names in the order in which people look for them, numbers as numbers. */
export function inOrderOfName<T>(entries: T[], nameOf: (entry: T) => string): T[] {
	const { compare } = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
	return [...entries].sort((one, other) => compare(nameOf(one), nameOf(other)));
}

/** The first of the texts that says something. */
export function firstOf(...texts: unknown[]): string | undefined {
	return texts.map((text) => String(text ?? '').trim()).find((text) => text !== '');
}

/** `LINK_SLAVE_UCM` as people read it. */
export function readable(constant: unknown): string | undefined {
	return firstOf(constant)?.replaceAll('_', ' ');
}

/** What is chosen in a Resource Locator of the panel; nothing while it is empty, or an expression that gives nothing yet. */
export function chosenId(
	context: ILoadOptionsFunctions,
	name: string,
	parameter: string,
): string | undefined {
	const value = context.getCurrentNodeParameter(name);
	if (isBlank(value)) return undefined;
	const id = parseId(value, parameter);
	return isExpression(id) ? undefined : id;
}

import type { ILoadOptionsFunctions, INodeListSearchItems, INodeListSearchResult } from 'n8n-workflow';
import { isExpression, NodeApiError } from 'n8n-workflow';

import { EnapterClient } from '../transport/client';
import type { PageResult } from '../transport/pagination';
import { isBlank } from './field';
import type { Ref } from './locators';
import { parseRef } from './locators';

/** A person is waiting, so there is one retry after a short wait. */
const LIMITS = { maxConcurrency: 10, maxRetries: 1, timeout: 15_000, longestWait: 2_000 };

/** Maximum pages to search, if the API cannot search itself: 5,000 entries, because pages overlap by one. */
export const MOST_PAGES = 103;

/** Maximum pages to read in order to sort a list: 1,000 entries. A longer list is shown in the API's order. */
export const SORTED_PAGES = 21;

/** Page size of lists: a little more than fits on screen. With a filter, n8n does not load further pages by itself. */
export const RESULTS = 50;

/** Opens the API for a list in the panel. */
export async function openForListSearch(context: ILoadOptionsFunctions): Promise<EnapterClient> {
	return await EnapterClient.open(context, LIMITS);
}

/** An error to throw instead of returning an empty list, which n8n shows without explanation. Only a NodeApiError keeps its description. */
export function nothingToList(
	context: ILoadOptionsFunctions,
	message: string,
	description: string,
): NodeApiError {
	return new NodeApiError(context.getNode(), {}, { message, description });
}

/** Returns a page of a list, with the token for the next page. n8n requires a text. */
export function listPage<T>(
	{ entries, next }: PageResult<T>,
	item: (entry: T) => INodeListSearchItems,
): INodeListSearchResult {
	return { results: entries.map(item), ...(next === undefined ? {} : { paginationToken: String(next) }) };
}

/** The offset to start from, from the token of the page before. */
export function offsetFromToken(paginationToken: string | undefined): number {
	const offset = Number(paginationToken ?? 0);
	return Number.isSafeInteger(offset) && offset > 0 ? offset : 0;
}

/** Whether texts contain every word of a filter, in any case and Unicode form. Values from the API may be of any type. */
export function matches(filter: string, ...texts: unknown[]): boolean {
	const text = searchable(texts.map((part) => String(part ?? '')).join(' '));
	return searchable(filter)
		.split(/\s/)
		.every((word) => text.includes(word));
}

/** A text in the form in which texts are searched. Names may be composed (é) or decomposed (e with an accent). */
export function searchable(text: string): string {
	return text.normalize('NFC').toLowerCase();
}

/** Sorts entries by name as people expect, with numbers by their value. */
export function inOrderOfName<T>(entries: T[], nameOf: (entry: T) => string): T[] {
	const { compare } = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
	return [...entries].sort((one, other) => compare(nameOf(one), nameOf(other)));
}

/** The first value that is not blank, as text. */
export function firstOf(...values: unknown[]): string | undefined {
	return values.map((value) => String(value ?? '').trim()).find((text) => text !== '');
}

/** What is selected in a Resource Locator of the panel; undefined if it is empty or an expression that has no value yet. */
export function chosenRef(context: ILoadOptionsFunctions, name: string, label: string): Ref | undefined {
	const value = context.getCurrentNodeParameter(name);
	if (isBlank(value)) return undefined;
	const ref = parseRef(value, label);
	return isExpression(ref.id) ? undefined : ref;
}

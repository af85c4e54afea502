import type { IDataObject } from 'n8n-workflow';

import type { Page, Shape } from '../api';
import type { EnapterClient } from './client';

/** Enapter's own clients never ask for more entries than this at once. */
const PAGE_SIZE = 50;

/** Pages asked for side by side, once the API has said how many entries there are. */
const PAGES_AT_ONCE = 10;

/** A list of the API. */
export interface List<T> {
	path: string[];
	query?: IDataObject;
	answer: Shape<Page<T>>;
}

/** What part of a list is wanted. */
export interface Wanted<T> {
	/** First entry to look at, counted from 0. */
	offset?: number;
	/** Most entries to return. */
	most?: number;
	/** Most pages to ask for. */
	pages?: number;
	/** Which entries count, where the API cannot filter. */
	keep?: (entry: T) => boolean;
}

/** Entries in the order of the API, each once, and where to go on if there may be more. */
export interface Found<T> {
	entries: T[];
	next?: number;
}

/**
 * Collects the entries of a list, page by page, until an empty page, the total count, as many entries as are wanted, or as
 * many pages as may be asked for.
 *
 * @throws NodeApiError when a page is refused
 */
export async function collect<T extends { id: string }>(
	client: EnapterClient,
	list: List<T>,
	{ offset = 0, most = Infinity, pages = Infinity, keep }: Wanted<T>,
): Promise<Found<T>> {
	const seen = new Set<string>();
	const entries: T[] = [];
	const limit = keep === undefined ? Math.min(PAGE_SIZE, most) : PAGE_SIZE;
	let next = offset;
	let end = Infinity;
	let step = limit;
	for (let asked = 0; asked < pages && next < end; ) {
		const missing = keep === undefined ? Math.min(end - next, most - entries.length) : end - next;
		const atOnce = end === Infinity ? 1 : Math.min(PAGES_AT_ONCE, pages - asked, Math.ceil(missing / step));
		const offsets = Array.from({ length: atOnce }, (_, index) => next + index * step);
		const batch = await Promise.all(
			offsets.map(async (at) => ({ at, ...(await page(client, list, at, limit)) })),
		);
		for (const { at, entries: found, totalCount } of batch) {
			// Nothing new: the end, or an API that ignores the offset and would send the same page for ever.
			if (found.every(({ id }) => seen.has(id))) return { entries };
			if (totalCount !== undefined && totalCount >= at + found.length) end = totalCount;
			if (asked++ === 0) step = found.length;
			for (const [index, entry] of found.entries()) {
				next = at + index + 1;
				const isNew = !seen.has(entry.id);
				seen.add(entry.id);
				if (isNew && (keep?.(entry) ?? true)) entries.push(entry);
				if (entries.length === most) return { entries, ...(next < end ? { next } : {}) };
			}
		}
	}
	return { entries, ...(next < end ? { next } : {}) };
}

async function page<T>(
	client: EnapterClient,
	{ path, query, answer }: List<T>,
	offset: number,
	limit: number,
) {
	return await client.call({
		method: 'GET',
		path,
		query: { ...query, offset, limit },
		answer,
		repeatable: true,
	});
}

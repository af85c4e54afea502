import type { IDataObject } from 'n8n-workflow';

import type { EnapterClient } from './client';
import { isObject } from './json';
import type { Explain, ResponseShape } from './response';

/** Enapter's own clients never ask for more entries than this at once. */
export const PAGE_SIZE = 50;

/** Pages asked for side by side, once the API has said how many entries there are. */
const PAGES_AT_ONCE = 25;

/** The same where reading may end early. */
const FEWER_PAGES_AT_ONCE = 10;

/** Pages without anything new that are passed over before the list counts as ended. */
const MOST_REPEATED_PAGES = 2;

/** One page of a list. `totalCount` is what all pages hold together, when the API says it. */
export interface Page<T> {
	entries: T[];
	totalCount?: number;
}

/** A list of the API. */
export interface List<T> {
	path: string[];
	query?: IDataObject;
	response: ResponseShape<Page<T>>;
	explain?: Explain;
}

/** What part of a list is asked for. */
export interface PageQuery<T> {
	/** First entry to look at, counted from 0. */
	offset?: number;
	/** Most entries to return. */
	limit?: number;
	/** Most pages to ask for. */
	pages?: number;
	/** Which entries count, where the API cannot filter. */
	filter?: (entry: T) => boolean;
}

/** Entries in the order of the API, each once, and where to go on if there may be more. */
export interface PageResult<T> {
	entries: T[];
	/** The offset to go on from; none when the list has ended. */
	next?: number;
	/** How many entries the API says the list has, where it does. */
	totalCount?: number;
}

/** A page of entries under a key of their own, beside `total_count`. An empty list may lack the key (Enapter's SDK). */
export function pageShape<T>(
	expected: string,
	key: string,
	isEntry: (value: unknown) => value is T,
): ResponseShape<Page<T>> {
	return {
		expected,
		read(body) {
			if (!isObject(body)) return undefined;
			const { total_count: total } = body;
			const entries: unknown = body[key] ?? (total === 0 ? [] : undefined);
			if (!Array.isArray(entries) || !entries.every(isEntry)) return undefined;
			return typeof total === 'number' ? { entries, totalCount: total } : { entries };
		},
	};
}

/**
 * Reads a list page by page: until its end, as many entries as are asked for, or as many pages as may be read. Pages are
 * read side by side once the total is known; where one comes short, the next begins where it ended. The total alone ends
 * a list only where the last page is not full.
 *
 * @throws EnapterApiError when a page is refused
 */
export async function paginate<T extends { id: string }>(
	client: EnapterClient,
	list: List<T>,
	{ offset = 0, limit = Infinity, pages = Infinity, filter }: PageQuery<T>,
): Promise<PageResult<T>> {
	const seen = new Set<string>();
	const entries: T[] = [];
	const size = filter === undefined ? Math.min(PAGE_SIZE, limit) : PAGE_SIZE;
	const result = (next?: number, total?: number): PageResult<T> => ({
		entries,
		...(next === undefined ? {} : { next }),
		...(total === undefined ? {} : { totalCount: total }),
	});
	const mostAtOnce = limit === Infinity ? PAGES_AT_ONCE : FEWER_PAGES_AT_ONCE;
	let next = offset;
	let total: number | undefined;
	let step = size;
	let repeatedPages = 0;
	for (let asked = 0; asked < pages; ) {
		const rest = (total ?? 0) - next;
		const wanted = filter === undefined ? limit - entries.length : Infinity;
		// A full last page is followed by one more, which shows that the list has ended.
		const ahead = wanted < rest ? Math.ceil(wanted / step) : Math.floor(rest / step) + 1;
		const atOnce = Math.max(1, Math.min(mostAtOnce, pages - asked, ahead));
		const offsets = Array.from({ length: atOnce }, (_, index) => next + index * step);
		const batch = await Promise.all(offsets.map(async (at) => await readPage(client, list, at, size)));
		asked += atOnce;
		for (const [index, page] of batch.entries()) {
			// The page before came short: what lies between is asked for next, and this page with it.
			if (offsets[index] !== next) break;
			const gone = (total ?? 0) - (page.totalCount ?? total ?? 0);
			if (page.totalCount !== undefined) total = page.totalCount;
			if (gone > 0) {
				// Entries before this page are gone, and those after them moved up: what may have been passed over is read.
				next = Math.max(offset, next - gone);
				break;
			}
			if (page.entries.length === 0) return result(undefined, total);
			const isFull = page.entries.length === (next === offset ? size : step);
			if (next === offset) step = page.entries.length;
			let hasNew = false;
			for (const entry of page.entries) {
				next++;
				if (seen.has(entry.id)) continue;
				seen.add(entry.id);
				hasNew = true;
				if (filter?.(entry) ?? true) entries.push(entry);
				if (entries.length === limit) return result(total === next ? undefined : next, total);
			}
			// An API that ignores the offset would send the same page for ever.
			repeatedPages = hasNew || next < (total ?? 0) ? 0 : repeatedPages + 1;
			if (repeatedPages === MOST_REPEATED_PAGES) return result(undefined, total);
			if (total !== undefined && next >= total && !isFull) return result(undefined, total);
		}
	}
	return result(total !== undefined && next >= total ? undefined : next, total);
}

async function readPage<T>(
	client: EnapterClient,
	{ query, ...list }: List<T>,
	offset: number,
	limit: number,
): Promise<Page<T>> {
	return await client.call({
		...list,
		method: 'GET',
		query: { ...query, offset, limit },
		isIdempotent: true,
	});
}

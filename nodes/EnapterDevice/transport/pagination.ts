import type { IDataObject } from 'n8n-workflow';

import type { EnapterClient } from './client';
import { isObject } from './json';
import type { Explain, ResponseShape } from './response';

/** Enapter's own clients never ask for more entries at once. */
export const PAGE_SIZE = 50;

/** Pages requested at the same time, once the API has said how many entries there are. */
const READ_AHEAD = 25;

/** Pages requested at the same time if reading may end early. */
const SHORT_READ_AHEAD = 10;

/** How often reading goes back because entries moved. After that, the result counts as incomplete. */
const MOST_MOVES = 10;

/** Consecutive pages without a new entry after which the list counts as ended. */
const MOST_REPEATED_PAGES = 2;

/** One page of a list. `totalCount` is the size of the whole list, if the API returns it. */
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
	/** Describes an entry without `id`. Two entries may have the same description. */
	describe?(entry: T): string;
}

/** The part of a list to read. */
export interface PageQuery<T> {
	/** First entry to look at, counted from 0. */
	offset?: number;
	/** Maximum entries to return. */
	limit?: number;
	/** Maximum pages to request. */
	pages?: number;
	/** Which entries to return, if the API cannot filter. */
	filter?: ((entry: T) => boolean) | undefined;
}

/** Entries in the API's order, each once. */
export interface PageResult<T> {
	entries: T[];
	/** The offset to continue from; undefined if the list has ended. */
	next?: number;
	/** The size of the whole list, if the API returns it. */
	totalCount?: number;
}

/**
 * Describes a page: entries under a key, beside `total_count`. The key may be missing or null if the page is empty (Enapter's
 * SDK); a body with other keys is not a list.
 *
 * @param noun what the entries are, in the plural
 */
export function pageShape<T>(
	noun: string,
	key: string,
	isEntry: (value: unknown) => value is T,
): ResponseShape<Page<T>> {
	return {
		expected: `a list of ${noun}`,
		read(body) {
			if (!isObject(body)) return undefined;
			const { total_count: total } = body;
			const isBare = Object.keys(body).every((name) => name === key || name === 'total_count');
			const entries: unknown = body[key] ?? (isBare ? [] : undefined);
			if (!Array.isArray(entries) || !entries.every(isEntry)) return undefined;
			return typeof total === 'number' ? { entries, totalCount: total } : { entries };
		},
	};
}

/**
 * Reads a list page by page: to its end, up to `limit` entries, or up to `pages` pages.
 *
 * @throws EnapterApiError when a page is refused
 */
export async function paginate<T extends object>(
	client: EnapterClient,
	list: List<T>,
	{ offset = 0, limit = Infinity, pages = Infinity, filter }: PageQuery<T>,
): Promise<PageResult<T>> {
	const reader = new PageReader(client, list, {
		offset,
		pages,
		wanted: filter === undefined ? limit : Infinity,
		readAhead: limit === Infinity ? READ_AHEAD : SHORT_READ_AHEAD,
	});
	const entries: T[] = [];
	while (!reader.hasEnded) {
		const page = await reader.read();
		for (const [index, entry] of page.entries()) {
			if (filter?.(entry) === false) continue;
			entries.push(entry);
			if (entries.length === limit) return resultOf(reader, entries, page.length - 1 - index);
		}
	}
	return resultOf(reader, entries, 0);
}

function resultOf<T extends object>(reader: PageReader<T>, entries: T[], unread: number): PageResult<T> {
	const next = reader.next - unread;
	const { total } = reader;
	const isAtEnd = unread === 0 && (reader.isComplete || next === total);
	return {
		entries,
		...(isAtEnd ? {} : { next }),
		...(total === undefined ? {} : { totalCount: total }),
	};
}

interface ReaderOptions {
	offset: number;
	pages: number;
	/** Maximum entries to return. */
	wanted: number;
	/** Pages to request at the same time. */
	readAhead: number;
}

/**
 * Reads the pages of a list in order, several at a time once the size of the list is known. Each page overlaps the one before
 * by one entry. If its first entry is unknown, entries before it were removed meanwhile, and reading goes back. What the API
 * says about the size of the list decides how many pages are requested at once, and is compared with the entries at the end.
 */
class PageReader<T extends object> {
	/** Offset of the first entry that was not read yet. */
	next: number;
	/** The size of the list as the API last said. */
	total: number | undefined;
	/** Whether the end of the list was reached. */
	isComplete = false;

	private readonly seen = new Set<string>();
	/** The last entry that was read. */
	private last: string | undefined;
	private count = 0;
	private readonly size: number;
	private readAhead: number;
	/** Entries on a full page; the API may allow fewer than requested. */
	private step: number;
	private requested = 0;
	private moves = 0;
	private repeatedPages = 0;
	private batch: Array<{ offset: number; page: Page<T> }> = [];

	constructor(
		private readonly client: EnapterClient,
		private readonly list: List<T>,
		private readonly options: ReaderOptions,
	) {
		this.next = options.offset;
		this.size = Math.min(PAGE_SIZE, options.wanted);
		this.step = this.size;
		this.readAhead = options.readAhead;
	}

	/** Whether nothing is left to read, or the maximum of pages was read. */
	get hasEnded(): boolean {
		return this.isComplete || (this.batch.length === 0 && this.requested >= this.options.pages);
	}

	/**
	 * Reads the next page.
	 *
	 * @returns its entries that were not on earlier pages
	 * @throws EnapterApiError when it is refused
	 */
	async read(): Promise<T[]> {
		if (this.batch.length === 0) await this.request();
		const [current] = this.batch.splice(0, 1);
		// An earlier page was shorter than expected: entries in between are requested first, and no more pages that may not exist.
		if (current === undefined || current.offset > this.next) {
			this.readAhead = 1;
			this.batch = [];
			return [];
		}
		const { offset, page } = current;
		this.total = page.totalCount ?? this.total;
		if (this.hasMoved(offset, page)) {
			this.batch = [];
			this.next = Math.max(this.options.offset, offset - this.step);
			return [];
		}
		const fresh = this.freshOf(page);
		const isRepeated = fresh.every((entry) => this.seen.has(this.idOf(entry)));
		this.repeatedPages = isRepeated ? this.repeatedPages + 1 : 0;
		for (const entry of fresh) this.seen.add((this.last = this.idOf(entry)));
		this.count += fresh.length;
		this.advance(offset, page, fresh);
		return fresh;
	}

	private idOf(entry: T): string {
		return this.list.describe?.(entry) ?? String((entry as { id?: unknown }).id);
	}

	/**
	 * The entries that were not on earlier pages. Without IDs, an entry after the last one read is new even if it looks the same,
	 * unless the list moved: then older entries follow the last one again.
	 */
	private freshOf({ entries }: Page<T>): T[] {
		const ids = entries.map((entry) => this.idOf(entry));
		const hasIds = this.list.describe === undefined;
		const known = hasIds || this.moves > 0 ? 0 : ids.indexOf(this.last ?? '') + 1;
		return entries.filter((_, index) => (known > 0 ? index >= known : !this.seen.has(ids[index] ?? '')));
	}

	private async request(): Promise<void> {
		const { pages, wanted, offset: start } = this.options;
		const overlap = this.next > start && this.step > 1 ? 1 : 0;
		const spacing = Math.max(1, this.step - 1);
		const rest = Math.min((this.total ?? 0) - this.next, wanted - this.count);
		const ahead = Math.ceil((rest + 1) / spacing);
		const count = Math.max(1, Math.min(this.readAhead, pages - this.requested, ahead));
		this.requested += count;
		this.batch = await Promise.all(
			Array.from({ length: count }, async (_, index) => {
				const offset = this.next - overlap + index * spacing;
				return { offset, page: await this.requestPage(offset) };
			}),
		);
	}

	private async requestPage(offset: number): Promise<Page<T>> {
		const { query, ...list } = this.list;
		return await this.client.call({
			...list,
			method: 'GET',
			query: { ...query, offset, limit: this.size },
			isIdempotent: true,
		});
	}

	/** Whether entries were removed before this page, so that others moved up and may have been missed. */
	private hasMoved(offset: number, { entries: [first] }: Page<T>): boolean {
		if (offset >= this.next) return false;
		// An empty page means that the list became shorter, unless the total count says otherwise.
		const isKnown = first === undefined ? (this.total ?? 0) >= this.next : this.seen.has(this.idOf(first));
		if (isKnown) return false;
		this.moves++;
		if (this.list.describe !== undefined) this.warn('The list changed while it was read');
		if (this.moves <= MOST_MOVES) return true;
		this.warn('The list kept changing while it was read');
		return false;
	}

	private advance(offset: number, { entries }: Page<T>, fresh: T[]): void {
		const isFirst = offset === this.options.offset;
		const isFull = entries.length === (isFirst ? this.size : this.step);
		if (isFirst && entries.length > 0) this.step = entries.length;
		this.next = Math.max(this.next, offset + entries.length);
		// A size that is smaller than what was read already is wrong and proves nothing.
		const isTotalReached = this.total !== undefined && this.next === this.total;
		// A full page of known entries does not prove the end: a page of entries may have been added before it.
		const isRest = this.total === undefined ? entries.length !== PAGE_SIZE : this.next >= this.total;
		if ((fresh.length === 0 && isRest) || (isTotalReached && !isFull)) this.end();
		else if (this.repeatedPages === MOST_REPEATED_PAGES) {
			this.end();
			if (this.total === undefined) this.warn('The API sent the same entries again');
		}
	}

	private end(): void {
		this.isComplete = true;
		const read = this.options.offset + this.count;
		if (this.total === undefined || read >= this.total) return;
		this.warn(`The API says that there are ${this.total} entries but returned ${read}`);
	}

	private warn(what: string): void {
		this.client.warnings.add(`${what} (${this.list.response.expected}): some may be missing.`);
	}
}

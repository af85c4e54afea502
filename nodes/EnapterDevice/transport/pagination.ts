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
	for await (const page of reader.pages()) {
		for (const [index, entry] of page.entries()) {
			if (filter?.(entry) === false) continue;
			entries.push(entry);
			if (entries.length === limit) return resultOf(reader, entries, page.length - 1 - index);
		}
	}
	return resultOf(reader, entries, 0);
}

/** @param unread how many of the reader's last entries are not in the result */
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

/** The entries that were read. */
class KnownEntries<T extends object> {
	count = 0;
	private readonly ids = new Set<string>();
	/** The last entry that was read. */
	private last = '';

	constructor(private readonly describe: List<T>['describe']) {}

	has(entry: T): boolean {
		return this.ids.has(this.idOf(entry));
	}

	/**
	 * The entries of a page that were not on earlier pages. Without IDs, an entry after the last one read is new even if it looks
	 * the same, unless the list moved: then older entries follow the last one again.
	 */
	freshOf(page: T[], hasMoved: boolean): T[] {
		const isInOrder = this.describe !== undefined && !hasMoved;
		const known = isInOrder ? page.findIndex((entry) => this.idOf(entry) === this.last) + 1 : 0;
		return known > 0 ? page.slice(known) : page.filter((entry) => !this.has(entry));
	}

	add(entries: T[]): void {
		for (const entry of entries) this.ids.add((this.last = this.idOf(entry)));
		this.count += entries.length;
	}

	private idOf(entry: T): string {
		return this.describe?.(entry) ?? String((entry as { id?: unknown }).id);
	}
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

	private readonly known: KnownEntries<T>;
	private readonly size: number;
	private readAhead: number;
	/** Entries on a full page; the API may allow fewer than requested. */
	private step: number;
	private moves = 0;
	private repeatedPages = 0;

	constructor(
		private readonly client: EnapterClient,
		private readonly list: List<T>,
		private readonly options: ReaderOptions,
	) {
		this.next = options.offset;
		this.known = new KnownEntries(list.describe);
		this.size = Math.min(PAGE_SIZE, options.wanted);
		this.step = this.size;
		this.readAhead = options.readAhead;
	}

	/**
	 * Reads to the end of the list, or as many pages as wanted.
	 *
	 * @returns of each page, its entries that were not on earlier pages
	 * @throws EnapterApiError when a page is refused
	 */
	async *pages(): AsyncGenerator<T[], void> {
		for (let left = this.options.pages; left > 0 && !this.isComplete; ) {
			const batch = await this.request(left);
			left -= batch.length;
			for (const { offset, page } of batch) {
				if (!this.isInOrder(offset, page)) break;
				yield this.take(offset, page);
				if (this.isComplete) return;
			}
		}
	}

	/** Requests the next pages: as many at once as are expected to exist. */
	private async request(most: number): Promise<Array<{ offset: number; page: Page<T> }>> {
		const { wanted, offset: start } = this.options;
		const overlap = this.next > start && this.step > 1 ? 1 : 0;
		const spacing = Math.max(1, this.step - 1);
		const rest = Math.min((this.total ?? 0) - this.next, wanted - this.known.count);
		const ahead = Math.ceil((rest + 1) / spacing);
		const count = Math.max(1, Math.min(this.readAhead, most, ahead));
		return await Promise.all(
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

	/** Whether a page continues what was read. If not, it and the pages after it are requested again. */
	private isInOrder(offset: number, page: Page<T>): boolean {
		if (offset > this.next) {
			// An earlier page was shorter than expected. More pages at once may not exist.
			this.readAhead = 1;
			return false;
		}
		this.total = page.totalCount ?? this.total;
		if (offset === this.next || this.overlaps(page)) return true;
		this.moves++;
		if (this.list.describe !== undefined) this.warn('The list changed while it was read');
		if (this.moves > MOST_MOVES) {
			this.warn('The list kept changing while it was read');
			return true;
		}
		this.next = Math.max(this.options.offset, offset - this.step);
		return false;
	}

	/** Whether the page continues the list without a gap. In a gap are entries that moved up when earlier ones were removed. */
	private overlaps({ entries: [first] }: Page<T>): boolean {
		if (first !== undefined) return this.known.has(first);
		// An empty page means that the list became shorter, unless the total count says otherwise.
		return (this.total ?? 0) >= this.next;
	}

	private take(offset: number, { entries }: Page<T>): T[] {
		const fresh = this.known.freshOf(entries, this.moves > 0);
		const isRepeated = fresh.every((entry) => this.known.has(entry));
		this.repeatedPages = isRepeated ? this.repeatedPages + 1 : 0;
		this.known.add(fresh);
		this.advance(offset, entries.length, fresh.length);
		return fresh;
	}

	private advance(offset: number, length: number, fresh: number): void {
		const isFirst = offset === this.options.offset;
		// A short first page whose length is the total is the whole list. An API that sends fewer entries than requested and also
		// counts only those would look the same: only a second request for every short list could tell.
		const isFull = length === (isFirst ? this.size : this.step);
		if (isFirst && length > 0) this.step = length;
		this.next = Math.max(this.next, offset + length);
		if (fresh === 0 ? this.isPastEnd(length) : this.next === this.total && !isFull) this.end();
		else if (this.repeatedPages === MOST_REPEATED_PAGES) {
			this.end();
			if (this.total === undefined) this.warn('The API sent the same entries again');
		}
	}

	/** Whether a page without new entries proves the end. A size that is smaller than what was read already proves nothing. */
	private isPastEnd(length: number): boolean {
		// A full page of known entries does not prove the end: a page of entries may have been added before it.
		return this.total === undefined ? length !== PAGE_SIZE : this.next >= this.total;
	}

	private end(): void {
		this.isComplete = true;
		const read = this.options.offset + this.known.count;
		if (this.total === undefined || read >= this.total) return;
		this.warn(`The API says that there are ${this.total} entries but returned ${read}`);
	}

	private warn(what: string): void {
		this.client.warnings.add(`${what} (${this.list.response.expected}): some may be missing.`);
	}
}

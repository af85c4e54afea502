import type { ApiCall, EnapterClient } from '../../../nodes/EnapterDevice/transport/client.ts';
import {
	type List,
	type PageQuery,
	pageShape,
	paginate,
} from '../../../nodes/EnapterDevice/transport/pagination.ts';
import { NO_OBJECTS } from '../../support/bodies.mts';

interface Entry {
	id: string;
}

const isEntry = (value: unknown): value is Entry => typeof value === 'object' && value !== null;

const entries = (count: number): Entry[] => Array.from({ length: count }, (_, index) => ({ id: `${index}` }));

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

/** How an API answers with pages. */
interface Dialect {
	/** The most entries that it sends at once. */
	page?: number;
	/** What it says about the size of the list, at each request. */
	total?(request: number, length: number): number | undefined;
	ignoresOffset?: boolean;
	/** What it sends instead of an empty page. */
	empty?: object;
	/** Changes a page before it is sent. */
	change?(page: Entry[], offset: number, request: number): Entry[];
	/** Changes the list before a request. */
	before?(all: Entry[], request: number): void;
}

interface Asked {
	offset: number;
	limit: number;
}

/** Reads a list of an API. */
async function read(all: Entry[], query: PageQuery<Entry> = {}, dialect: Dialect = {}) {
	const { page = 50, total = (_, length) => length, ignoresOffset = false, empty = { things: [] } } = dialect;
	const asked: Asked[] = [];
	const shape = pageShape('things', 'things', isEntry);
	const bodyFor = ({ offset, limit }: Asked) => {
		const request = asked.push({ offset, limit }) - 1;
		if (request > 2000) throw new Error('Too many requests');
		dialect.before?.(all, request);
		const from = ignoresOffset ? 0 : offset;
		const found = all.slice(from, from + Math.min(page, limit));
		const things = dialect.change?.(found, offset, request) ?? found;
		const size = total(request, all.length);
		return {
			...(things.length === 0 ? empty : { things }),
			...(size === undefined ? {} : { total_count: size }),
		};
	};
	const client = {
		warnings: new Set<string>(),
		call: async ({ query: sent }: ApiCall<unknown>) => {
			const value = shape.read(bodyFor(sent as unknown as Asked), {});
			if (value === undefined) throw new Error('The page has another shape');
			return await Promise.resolve(value);
		},
	};
	const list: List<Entry> = { path: ['things'], response: shape };
	const {
		entries: found,
		next,
		totalCount,
	} = await paginate(client as unknown as EnapterClient, list, query);
	return {
		found: found.map(({ id }) => Number(id)),
		next,
		totalCount,
		asked,
		warnings: [...client.warnings],
	};
}

const WITHOUT_TOTAL: Dialect = { total: () => undefined };

describe('the whole list', () => {
	test.each([0, 1, 49, 50, 51, 99, 100, 149, 150, 151, 500, 1999])(
		'of %d entries, in order',
		async (count) => {
			const { found, next, asked, warnings, totalCount } = await read(entries(count));
			expect(found).toEqual(numbers(0, count));
			expect([next, warnings, totalCount]).toEqual([undefined, [], count]);
			expect(asked.length).toBeLessThanOrEqual(Math.ceil(count / 49) + 1);
		},
	);

	test('is read in pages that overlap by one entry, several at a time', async () => {
		const { asked } = await read(entries(120));
		expect(asked).toEqual([
			{ offset: 0, limit: 50 },
			{ offset: 49, limit: 50 },
			{ offset: 98, limit: 50 },
		]);
	});

	test('has no more than 25 pages in flight', async () => {
		let inFlight = 0;
		let peak = 0;
		const all = entries(3000);
		const client = {
			warnings: new Set<string>(),
			call: async ({ query }: ApiCall<unknown>) => {
				peak = Math.max(peak, ++inFlight);
				await new Promise((resolve) => setImmediate(resolve));
				inFlight--;
				const { offset, limit } = query as unknown as Asked;
				return { entries: all.slice(offset, offset + limit), totalCount: all.length };
			},
		} as unknown as EnapterClient;
		const list: List<Entry> = { path: ['things'], response: pageShape('things', 'things', isEntry) };
		await paginate(client, list, {});
		expect(peak).toBe(25);
		peak = 0;
		await paginate(client, list, { limit: 1000, filter: () => true });
		expect(peak).toBe(10);
	});

	test('is requested with the query of the list', async () => {
		const calls: Array<ApiCall<unknown>> = [];
		const explain = () => ({});
		const response = pageShape('things', 'things', isEntry);
		const call = async (sent: ApiCall<unknown>) => await Promise.resolve(calls.push(sent) && { entries: [] });
		const client = { warnings: new Set(), call } as unknown as EnapterClient;
		await paginate(client, { path: ['a', 'b'], query: { expand: 'x' }, response, explain }, {});
		expect(calls).toEqual([
			{
				method: 'GET',
				path: ['a', 'b'],
				query: { expand: 'x', offset: 0, limit: 50 },
				response,
				explain,
				isIdempotent: true,
			},
		]);
	});
});

describe('a part of the list', () => {
	test('has as many entries as wanted, from no larger page than needed, and returns the offset to continue from', async () => {
		expect(await read(entries(120), { limit: 3 })).toMatchObject({
			found: [0, 1, 2],
			next: 3,
			totalCount: 120,
			asked: [{ offset: 0, limit: 3 }],
		});
		const { found, next, asked } = await read(entries(120), { limit: 70 });
		expect(found).toEqual(numbers(0, 70));
		expect(next).toBe(70);
		expect(asked).toHaveLength(2);
	});

	test.each([1, 2, 49, 50, 51, 98, 99, 100])('of %d entries is continued without gaps', async (limit) => {
		const found: number[] = [];
		let offset: number | undefined = 0;
		for (let parts = 0; offset !== undefined && parts < 200; parts++) {
			const part: Awaited<ReturnType<typeof read>> = await read(entries(120), { offset, limit });
			found.push(...part.found);
			offset = part.next;
		}
		expect(found).toEqual(numbers(0, 120));
	});

	test('ends the list if its last entry is the last of all', async () => {
		expect((await read(entries(50), { limit: 50 })).next).toBeUndefined();
		expect((await read(entries(51), { limit: 50 })).next).toBe(50);
		expect((await read(entries(3), { limit: 50 })).next).toBeUndefined();
	});

	test('starts at an offset', async () => {
		const { found, next, asked, warnings } = await read(entries(120), { offset: 100, limit: 50 });
		expect(found).toEqual(numbers(100, 120));
		expect([next, warnings]).toEqual([undefined, []]);
		expect(asked).toEqual([{ offset: 100, limit: 50 }]);
		expect((await read(entries(300), { offset: 100 })).found).toEqual(numbers(100, 300));
	});

	test('has the entries that a filter accepts, from full pages, ten at a time', async () => {
		const filter = ({ id }: Entry) => Number(id) % 100 === 99;
		const { found, asked, next } = await read(entries(1000), { filter, limit: 3 });
		expect(found).toEqual([99, 199, 299]);
		expect(next).toBe(300);
		expect(asked.every(({ limit }) => limit === 50)).toBe(true);
		expect(asked).toHaveLength(11);
	});

	test('is read in a maximum of pages, and returns the offset to continue from', async () => {
		const { found, next, asked } = await read(entries(1000), { filter: () => false, pages: 4 });
		expect(found).toEqual([]);
		expect(next).toBe(197);
		expect(asked).toHaveLength(4);
		expect(await read(entries(1000), { pages: 1 })).toMatchObject({ next: 50, totalCount: 1000 });
		expect((await read(entries(50), { pages: 1 })).next).toBeUndefined();
	});
});

describe('an API', () => {
	test.each(
		[50, 100, 150].flatMap((count) =>
			[{}, { things: null }, { things: [] }].flatMap((empty) => [
				[count, empty, {}] as const,
				[count, empty, WITHOUT_TOTAL] as const,
			]),
		),
	)('with exactly %d entries and empty pages as %j', async (count, empty, dialect) => {
		const { found, next, warnings } = await read(entries(count), {}, { ...dialect, empty });
		expect(found).toEqual(numbers(0, count));
		expect([next, warnings]).toEqual([undefined, []]);
		const [part] = [await read(entries(count), { offset: count, limit: 50 }, { ...dialect, empty })];
		expect([part?.found, part?.next]).toEqual([[], undefined]);
	});

	test('with an empty list is asked once', async () => {
		for (const dialect of [{}, WITHOUT_TOTAL, { empty: {} }, { empty: { things: null } }]) {
			const { found, next, asked, warnings } = await read([], {}, dialect);
			expect([found, next, warnings]).toEqual([[], undefined, []]);
			expect(asked).toHaveLength(1);
		}
	});

	test('that does not say how many entries there are is read page by page', async () => {
		const { found, asked, totalCount } = await read(entries(100), {}, WITHOUT_TOTAL);
		expect(found).toEqual(numbers(0, 100));
		expect(totalCount).toBeUndefined();
		expect(asked.map(({ offset }) => offset)).toEqual([0, 49, 98, 99]);
	});

	test.each([0, 1, 10, 49, 99])(
		'that says there are %d entries and sends 100 is not believed',
		async (total) => {
			const { found, warnings } = await read(entries(100), {}, { total: () => total });
			expect([found, warnings]).toEqual([numbers(0, 100), []]);
		},
	);

	test.each([101, 149, 150, 5000])(
		'that says there are %d entries and sends 100: the run says so',
		async (total) => {
			const { found, warnings, asked } = await read(entries(100), {}, { total: () => total });
			expect(found).toEqual(numbers(0, 100));
			expect(warnings).toEqual([
				`The API says that there are ${total} entries but returned 100 (a list of things): some may be missing.`,
			]);
			expect(asked.length).toBeLessThanOrEqual(30);
		},
	);

	test('whose total alternates is read in few requests', async () => {
		for (const totals of [
			[120, 100_000],
			[100_000, 120],
			[0, 120],
		]) {
			const total = (request: number) => totals[request % 2];
			const { found, asked } = await read(entries(120), {}, { total });
			expect(found).toEqual(numbers(0, 120));
			expect(asked.length).toBeLessThanOrEqual(60);
		}
	});

	test.each([1, 2, 20, 49])('that sends at most %d entries at once loses nothing', async (page) => {
		for (const dialect of [{ page }, { ...WITHOUT_TOTAL, page }]) {
			const { found, warnings } = await read(entries(100), {}, dialect);
			expect([found, warnings]).toEqual([numbers(0, 100), []]);
		}
	});

	test.each([0, 49, 147, 441])('that sends a short page at offset %d loses nothing', async (shortAt) => {
		const change = (page: Entry[], offset: number) => (offset === shortAt ? page.slice(0, 30) : page);
		const { found, warnings } = await read(entries(500), {}, { change });
		expect([found, warnings]).toEqual([numbers(0, 500), []]);
	});

	test('that sends an empty page in the middle, once or always: nothing is lost without a word', async () => {
		const once = (page: Entry[], offset: number, request: number) =>
			offset === 49 && request === 1 ? [] : page;
		expect(await read(entries(500), {}, { change: once })).toMatchObject({
			found: numbers(0, 500),
			warnings: [],
		});
		const always = (page: Entry[], offset: number) => (offset > 0 && offset < 100 ? [] : page);
		const { found, warnings, asked } = await read(entries(500), {}, { change: always });
		expect(found).toEqual(numbers(0, 50));
		expect(warnings).toEqual([
			'The API says that there are 500 entries but returned 50 (a list of things): some may be missing.',
		]);
		expect(asked.length).toBeLessThan(30);
	});

	test('that sends an empty first page once: nothing is lost, in few requests', async () => {
		const change = (page: Entry[], _offset: number, request: number) => (request === 0 ? [] : page);
		const { found, asked } = await read(entries(120), {}, { change });
		expect(found).toEqual(numbers(0, 120));
		expect(asked.length).toBeLessThanOrEqual(5);
	});

	test('that sends an entry again on a later page: it comes once', async () => {
		const again = { id: '3' };
		const change = (page: Entry[], offset: number) =>
			offset === 49 ? page.flatMap((entry) => (entry.id === '60' ? [again, entry] : [entry])) : page;
		const { found, warnings } = await read(entries(120), {}, { change });
		expect([found, warnings]).toEqual([numbers(0, 120), []]);
	});

	test('that ignores the offset is not read for ever, and no entry comes twice', async () => {
		const unknown = await read(entries(60), {}, { ...WITHOUT_TOTAL, ignoresOffset: true });
		expect(unknown.found).toEqual(numbers(0, 50));
		expect(unknown.asked.length).toBeLessThanOrEqual(3);
		expect(unknown.warnings).toEqual([
			'The API sent the same entries again (a list of things): some may be missing.',
		]);
		const { found: known, warnings } = await read(entries(600), {}, { ignoresOffset: true });
		expect(known).toEqual(numbers(0, 50));
		expect(warnings).toHaveLength(1);
	});
});

describe('a list that changes while it is read', () => {
	/** Changes the list before the second page is read. */
	const beforeSecondPage = (change: (all: Entry[]) => void) => (all: Entry[], request: number) => {
		if (request === 1) change(all);
	};
	const add = (all: Entry[]) => void all.push({ id: '1000' });

	test('one removed from the first page and one added: nothing is missing', async () => {
		const before = beforeSecondPage((all) => {
			all.splice(10, 1);
			add(all);
		});
		const { found, warnings } = await read(entries(100), {}, { before });
		expect(found).toEqual([...numbers(0, 100), 1000]);
		expect(warnings).toEqual([]);
	});

	test.each([0, 10, 49])('one removed at %d: nothing is missing', async (at) => {
		for (const dialect of [{}, WITHOUT_TOTAL]) {
			const before = beforeSecondPage((all) => void all.splice(at, 1));
			const { found } = await read(entries(200), {}, { ...dialect, before });
			expect(found).toEqual(numbers(0, 200));
		}
	});

	test.each([49, 50, 51, 70])(
		'%d removed from the first pages: nothing that stays is missing',
		async (count) => {
			for (const dialect of [{}, WITHOUT_TOTAL]) {
				const before = beforeSecondPage((all) => void all.splice(0, count));
				const { found } = await read(entries(100), {}, { ...dialect, before });
				expect(numbers(count, 100).filter((id) => !found.includes(id))).toEqual([]);
			}
		},
	);

	test('one added at the start: no entry comes twice', async () => {
		const before = beforeSecondPage((all) => void all.unshift({ id: '1000' }));
		const { found } = await read(entries(100), {}, { before });
		expect(found).toEqual(numbers(0, 100));
	});

	test('all the time: reading ends, and the run says that entries may be missing', async () => {
		let first = 0;
		const before = (all: Entry[]) => {
			first += 60;
			all.splice(0, all.length, ...numbers(first, first + 500).map((id) => ({ id: `${id}` })));
		};
		const { warnings, asked } = await read(entries(500), {}, { before });
		expect(warnings).toEqual(
			expect.arrayContaining([
				'The list kept changing while it was read (a list of things): some may be missing.',
			]),
		);
		expect(asked.length).toBeLessThan(300);
	});

	test('ten times is not yet all the time', async () => {
		let moves = 0;
		const before = (all: Entry[], request: number) => {
			if (request > 0 && moves < 10) {
				moves++;
				all.shift();
			}
		};
		const { found, warnings } = await read(entries(300), {}, { before, ...WITHOUT_TOTAL });
		expect(numbers(10, 300).filter((id) => !found.includes(id))).toEqual([]);
		expect(warnings).toEqual([]);
	});
});

describe('a list whose entries have no ID', () => {
	interface Line {
		text: string;
	}

	/** Reads lines, which are told apart by their text. */
	async function readLines(all: string[], before = (_all: string[], _request: number) => {}) {
		let requests = 0;
		const call = async ({ query }: ApiCall<unknown>) => {
			before(all, requests++);
			const { offset, limit } = query as unknown as Asked;
			return await Promise.resolve({ entries: all.slice(offset, offset + limit).map((text) => ({ text })) });
		};
		const warnings = new Set<string>();
		const client = { warnings, call } as unknown as EnapterClient;
		const response = pageShape('lines', 'lines', (value): value is Line => value !== null);
		const list: List<Line> = { path: ['x'], response, describe: ({ text }) => text };
		const { entries: found } = await paginate(client, list, {});
		return { texts: found.map(({ text }) => text), warnings: [...warnings] };
	}

	/** Lines of which each comes twice, but not side by side. */
	const lines = (count: number) => Array.from({ length: count }, (_, index) => `line ${index % (count / 2)}`);

	test('is read whole, also entries that look the same', async () => {
		for (const count of [2, 50, 60, 98, 100, 120, 200]) {
			expect((await readLines(lines(count))).texts).toEqual(lines(count));
		}
	});

	test('has no entry twice if one is added at the start while it is read', async () => {
		const all = lines(120);
		const { texts } = await readLines([...all], (list, request) => {
			if (request === 1) list.unshift('new');
		});
		expect(texts).toEqual(all);
	});

	test('has no entry twice if one is removed while it is read, and the run says so', async () => {
		const all = numbers(0, 100).map((number) => `line ${number === 49 ? 3 : number}`);
		const { texts, warnings } = await readLines([...all], (list, request) => {
			if (request === 1) list.splice(10, 1);
		});
		expect(texts).toEqual(all);
		expect(warnings).toEqual(['The list changed while it was read (a list of lines): some may be missing.']);
	});
});

describe('a page', () => {
	const { read: readPage, expected } = pageShape('things', 'things', isEntry);
	const things = [{ id: 'a' }, { id: 'b', more: 1 }];

	test('has entries, and may say how many there are', () => {
		expect(expected).toBe('a list of things');
		expect(readPage({ things, total_count: 9 }, {})).toEqual({ entries: things, totalCount: 9 });
		expect(readPage({ things }, {})).toEqual({ entries: things });
		expect(readPage({ things, total_count: '9' }, {})).toEqual({ entries: things });
		expect(readPage({ things, more: 1 }, {})).toEqual({ entries: things });
		expect(readPage({ things: [...things, 'x'] }, {})).toBeUndefined();
		for (const value of NO_OBJECTS) {
			if (!Array.isArray(value)) expect(readPage({ things: value ?? 7 }, {})).toBeUndefined();
			expect(readPage(value, {})).toBeUndefined();
		}
	});

	test('may lack its key or have null if it is empty', () => {
		expect(readPage({ total_count: 0 }, {})).toEqual({ entries: [], totalCount: 0 });
		expect(readPage({ things: null, total_count: 7 }, {})).toEqual({ entries: [], totalCount: 7 });
		expect(readPage({}, {})).toEqual({ entries: [] });
		expect(readPage({ ok: true }, {})).toBeUndefined();
		expect(readPage({ things: null, ok: true }, {})).toBeUndefined();
	});
});

import type { EnapterClient } from '../../../nodes/EnapterDevice/transport/client.ts';
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

const entries = (count: number): Entry[] => Array.from({ length: count }, (_, index) => ({ id: `${index}` }));

/** An API with so many entries; `page` is the most it sends at once, `total` what it says of their number. */
async function ask(
	all: Entry[],
	wanted: PageQuery<Entry>,
	{ page = 50, total = all.length as number | null, ignoresOffset = false, shortAt = -1 } = {},
) {
	const asked: Array<{ offset: number; limit: number }> = [];
	const client = {
		call: async ({ query }: { query: { offset: number; limit: number } }) => {
			asked.push(query);
			const from = ignoresOffset ? 0 : query.offset;
			const size = query.offset === shortAt ? 30 : page;
			const found = all.slice(from, from + Math.min(size, query.limit));
			return await Promise.resolve({
				entries: found,
				...(total === null ? {} : { totalCount: total }),
			});
		},
	} as unknown as EnapterClient;
	const list = { path: ['things'], response: {} } as unknown as List<Entry>;
	const { entries: found, next } = await paginate(client, list, wanted);
	return { found: found.map(({ id }) => Number(id)), next, asked };
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

test('everything, in order, with one request a page and no more', async () => {
	const { found, next, asked } = await ask(entries(120), {});
	expect(found).toEqual(numbers(0, 120));
	expect(next).toBeUndefined();
	expect(asked.map(({ offset }) => offset)).toEqual([0, 50, 100]);
});

test('as many as asked for, with no larger page than that, and where to go on', async () => {
	expect(await ask(entries(120), { limit: 3 })).toEqual({
		found: [0, 1, 2],
		next: 3,
		asked: [{ offset: 0, limit: 3 }],
	});
	const { found, next, asked } = await ask(entries(120), { limit: 70 });
	expect(found).toEqual(numbers(0, 70));
	expect(next).toBe(70);
	expect(asked).toHaveLength(2);
});

test('nothing to go on with when the last one asked for is the last of all', async () => {
	expect((await ask(entries(50), { limit: 50 })).next).toBeUndefined();
	expect((await ask(entries(51), { limit: 50 })).next).toBe(50);
});

test('from an offset on', async () => {
	const { found, next } = await ask(entries(120), { offset: 100, limit: 50 });
	expect(found).toEqual(numbers(100, 120));
	expect(next).toBeUndefined();
});

test('those that count, looking through full pages, ten at once after the first', async () => {
	const filter = ({ id }: Entry) => Number(id) % 100 === 99;
	const { found, asked } = await ask(entries(1000), { filter, limit: 3 });
	expect(found).toEqual([99, 199, 299]);
	expect(asked.every(({ limit }) => limit === 50)).toBe(true);
	expect(asked).toHaveLength(11);
});

test('no more pages than may be asked for, and where to go on', async () => {
	const { found, next, asked } = await ask(entries(1000), { filter: () => false, pages: 4 });
	expect(found).toEqual([]);
	expect(next).toBe(200);
	expect(asked).toHaveLength(4);
});

test('an API that does not say how many there are is asked page by page until one is empty', async () => {
	const { found, asked } = await ask(entries(100), {}, { total: null });
	expect(found).toEqual(numbers(0, 100));
	expect(asked.map(({ offset }) => offset)).toEqual([0, 50, 100]);
});

test('an API that says there are fewer than it sends is not believed', async () => {
	expect((await ask(entries(100), {}, { total: 10 })).found).toEqual(numbers(0, 100));
});

test('an API that sends smaller pages loses nothing', async () => {
	const { found, asked } = await ask(entries(100), {}, { page: 20 });
	expect(found).toEqual(numbers(0, 100));
	// The last page is full, so that the total alone does not end the list.
	expect(asked).toHaveLength(6);
});

test('one short page in the middle loses nothing: the next begins where it ended', async () => {
	for (const shortAt of [0, 50, 150, 450]) {
		const { found } = await ask(entries(500), {}, { shortAt });
		expect(found).toEqual(numbers(0, 500));
	}
});

test('an API that ignores the offset does not go round for ever, and gives each entry once', async () => {
	const { found, asked } = await ask(entries(60), {}, { ignoresOffset: true, total: null });
	expect(found).toEqual(numbers(0, 50));
	expect(asked).toHaveLength(3);
});

test('nothing is found in an empty list, with one request', async () => {
	const { found, next, asked } = await ask([], {});
	expect({ found, next }).toEqual({ found: [], next: undefined });
	expect(asked).toHaveLength(1);
});

test('a page holds entries and nothing else, and may say how many there are', () => {
	const isEntry = (value: unknown): value is Entry => typeof value === 'object' && value !== null;
	const { read } = pageShape('a list', 'things', isEntry);
	const things = [{ id: 'a' }, { id: 'b', more: 1 }];
	expect(read({ things, total_count: 9 }, {})).toEqual({ entries: things, totalCount: 9 });
	expect(read({ things }, {})).toEqual({ entries: things });
	expect(read({ things, total_count: '9' }, {})).toEqual({ entries: things });
	expect(read({ things: [] }, {})).toEqual({ entries: [] });
	expect(read({ things: [...things, 'x'] }, {})).toBeUndefined();
	for (const value of NO_OBJECTS) {
		if (!Array.isArray(value)) expect(read({ things: value ?? 7 }, {})).toBeUndefined();
		expect(read(value, {})).toBeUndefined();
	}
});

test('an empty list may lack its key', () => {
	const { read } = pageShape('a list', 'things', (value): value is Entry => value !== null);
	expect(read({ total_count: 0 }, {})).toEqual({ entries: [], totalCount: 0 });
	expect(read({ total_count: 1 }, {})).toBeUndefined();
	expect(read({}, {})).toBeUndefined();
});

import { type BatchRules, runBatch } from '../../nodes/EnapterDevice/batch.ts';

const RULES: BatchRules = { atOnce: 2, stopsAtFailure: false, signal: undefined };

const settle = async () => await new Promise((resolve) => setImmediate(resolve));

/** Tasks that end when told to, and what became of them all. */
function start(names: string[], rules: Partial<BatchRules> = {}) {
	const begun: string[] = [];
	const ends = new Map<string, { resolve: (value: string) => void; reject: (error: Error) => void }>();
	const tasks = names.map((name) => async () => {
		begun.push(name);
		return await new Promise<string>((resolve, reject) => ends.set(name, { resolve, reject }));
	});
	const outcomes = runBatch(tasks, { ...RULES, ...rules });
	return {
		begun,
		outcomes,
		end: async (name: string) => {
			ends.get(name)?.resolve(name.toUpperCase());
			await settle();
		},
		fail: async (name: string) => {
			ends.get(name)?.reject(new Error(name));
			await settle();
		},
	};
}

test('so many at once, the next when one ends, and the outcomes in the order of the tasks', async () => {
	const { begun, outcomes, end } = start(['a', 'b', 'c']);
	await settle();
	expect(begun).toEqual(['a', 'b']);
	await end('b');
	expect(begun).toEqual(['a', 'b', 'c']);
	await end('c');
	await end('a');
	expect(await outcomes).toEqual([{ value: 'A' }, { value: 'B' }, { value: 'C' }]);
});

test('a failure stops what has not begun, and lets what has begun end', async () => {
	const { begun, outcomes, end, fail } = start(['a', 'b', 'c', 'd'], { stopsAtFailure: true });
	await settle();
	await fail('a');
	await end('b');
	expect(begun).toEqual(['a', 'b']);
	expect(await outcomes).toEqual([{ error: new Error('a') }, { value: 'B' }, undefined, undefined]);
});

test('or it does not', async () => {
	const { begun, outcomes, end, fail } = start(['a', 'b', 'c']);
	await settle();
	await fail('a');
	await end('b');
	await end('c');
	expect(begun).toEqual(['a', 'b', 'c']);
	expect(await outcomes).toEqual([{ error: new Error('a') }, { value: 'B' }, { value: 'C' }]);
});

test('cancelling keeps the next from beginning', async () => {
	const cancelling = new AbortController();
	const { begun, outcomes, end } = start(['a', 'b', 'c'], { signal: cancelling.signal });
	await settle();
	cancelling.abort();
	await end('a');
	await end('b');
	expect(begun).toEqual(['a', 'b']);
	expect(await outcomes).toEqual([{ value: 'A' }, { value: 'B' }, undefined]);
});

test('nothing to do is done', async () => {
	expect(await start([]).outcomes).toEqual([]);
});

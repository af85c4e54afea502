import { Throttle } from '../../../nodes/EnapterDevice/transport/throttle.ts';

// By the clock of these tests, which n8n's own `sleep` need not go by.
jest.mock('../../../nodes/EnapterDevice/transport/wait.ts', () => ({
	wait: async (milliseconds: number) => await new Promise((resolve) => setTimeout(resolve, milliseconds)),
}));

beforeEach(() => jest.useFakeTimers());

afterEach(() => jest.useRealTimers());

/** Requests that end when told to. */
class Requests {
	readonly sent: string[] = [];
	private readonly ends = new Map<string, () => void>();

	constructor(private readonly throttle: Throttle) {}

	add(name: string, isRepeat = false): void {
		void this.throttle.run(async () => {
			this.sent.push(name);
			await new Promise<void>((resolve) => this.ends.set(name, resolve));
		}, isRepeat);
	}

	async end(...names: string[]): Promise<void> {
		for (const name of names) this.ends.get(name)?.();
		await settle();
	}
}

const settle = async () => await jest.advanceTimersByTimeAsync(0);

function setUp(most: number) {
	const throttle = new Throttle(most, undefined);
	return { throttle, requests: new Requests(throttle) };
}

test('lets out at most so many, the next when one ends, and a repeat before the others', async () => {
	const { requests } = setUp(2);
	for (const name of ['a', 'b', 'c', 'd']) requests.add(name);
	requests.add('repeat', true);
	await settle();
	expect(requests.sent).toEqual(['a', 'b']);
	await requests.end('b');
	expect(requests.sent).toEqual(['a', 'b', 'repeat']);
	await requests.end('a');
	expect(requests.sent).toEqual(['a', 'b', 'repeat', 'c']);
	await requests.end('repeat', 'c');
	expect(requests.sent).toEqual(['a', 'b', 'repeat', 'c', 'd']);
});

test('lets nothing out during a pause, then half as many, then more with every full round', async () => {
	const { throttle, requests } = setUp(4);
	throttle.slowDown(1000);
	for (const name of 'abcdefghijkl') requests.add(name);
	await jest.advanceTimersByTimeAsync(999);
	expect(requests.sent).toEqual([]);
	await jest.advanceTimersByTimeAsync(1);
	expect(requests.sent).toEqual(['a', 'b']);
	// One more for every full round: 2 + 1/2 is not yet 3, then it is.
	await requests.end('a');
	expect(requests.sent).toEqual(['a', 'b', 'c']);
	await requests.end('b');
	expect(requests.sent).toEqual(['a', 'b', 'c', 'd']);
	await requests.end('c');
	expect(requests.sent).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
});

test('never more than at first, however many go well', async () => {
	const { requests } = setUp(1);
	for (const name of ['a', 'b', 'c', 'd']) {
		requests.add(name);
		await settle();
		await requests.end(name);
	}
	requests.add('e');
	requests.add('f');
	await settle();
	expect(requests.sent).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('asked again during a pause, a later end counts, an earlier one does not, and the half is halved once', async () => {
	const { throttle, requests } = setUp(4);
	throttle.slowDown(1000);
	for (const name of 'abcd') requests.add(name);
	throttle.slowDown(500);
	await jest.advanceTimersByTimeAsync(600);
	throttle.slowDown(1000);
	await jest.advanceTimersByTimeAsync(999);
	expect(requests.sent).toEqual([]);
	await jest.advanceTimersByTimeAsync(1);
	expect(requests.sent).toEqual(['a', 'b']);
});

test('what ends during a pause lets nothing more out at once afterwards', async () => {
	const { throttle, requests } = setUp(4);
	for (const name of 'abcdefgh') requests.add(name);
	await settle();
	throttle.slowDown(1000);
	await requests.end('a', 'b', 'c', 'd');
	expect(requests.sent).toEqual(['a', 'b', 'c', 'd']);
	await jest.advanceTimersByTimeAsync(1000);
	expect(requests.sent).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
});

test('one request at a time is the least', async () => {
	const { throttle, requests } = setUp(1);
	throttle.slowDown(10);
	requests.add('a');
	requests.add('b');
	await jest.advanceTimersByTimeAsync(10);
	expect(requests.sent).toEqual(['a']);
});

test('a pause that nobody waits for begins with the next request, and leaves no timer behind', async () => {
	const { throttle, requests } = setUp(2);
	throttle.slowDown(1000);
	expect(jest.getTimerCount()).toBe(0);
	await jest.advanceTimersByTimeAsync(5000);
	requests.add('a');
	await jest.advanceTimersByTimeAsync(999);
	expect(requests.sent).toEqual([]);
	await jest.advanceTimersByTimeAsync(1);
	expect(requests.sent).toEqual(['a']);
});

test('what a request throws is thrown on, and its place is free again', async () => {
	const { throttle, requests } = setUp(1);
	await expect(throttle.run(async () => await Promise.reject(new Error('no')), false)).rejects.toThrow('no');
	requests.add('a');
	await settle();
	expect(requests.sent).toEqual(['a']);
});

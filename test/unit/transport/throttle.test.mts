import { Throttle } from '../../../nodes/EnapterDevice/transport/throttle.ts';

// By the clock of these tests, which n8n's own `sleep` need not go by.
jest.mock('../../../nodes/EnapterDevice/transport/wait.ts', () => ({
	...jest.requireActual<object>('../../../nodes/EnapterDevice/transport/wait.ts'),
	wait: async (milliseconds: number) => await new Promise((resolve) => setTimeout(resolve, milliseconds)),
}));

beforeEach(() => jest.useFakeTimers());

afterEach(() => jest.useRealTimers());

/** Requests that end when told to. */
class Requests {
	readonly sent: string[] = [];
	readonly aborted: string[] = [];
	private readonly ends = new Map<string, () => void>();

	constructor(private readonly throttle: Throttle) {}

	add(name: string, isRetry = false): void {
		void this.throttle.acquire(isRetry).then(
			(release) => {
				this.sent.push(name);
				this.ends.set(name, release);
			},
			(error: unknown) => this.aborted.push(`${name}: ${(error as Error).name}`),
		);
	}

	async end(...names: string[]): Promise<void> {
		for (const name of names) this.ends.get(name)?.();
		await settle();
	}
}

const settle = async () => await jest.advanceTimersByTimeAsync(0);

function setUp(maxConcurrency: number, signal?: AbortSignal) {
	const throttle = new Throttle(maxConcurrency, signal);
	return { throttle, requests: new Requests(throttle) };
}

test('at most so many are in flight; retries go before new requests, both first in, first out', async () => {
	const { requests } = setUp(2);
	for (const name of ['a', 'b', 'c', 'd']) requests.add(name);
	for (const name of ['retry 1', 'retry 2', 'retry 3']) requests.add(name, true);
	await settle();
	expect(requests.sent).toEqual(['a', 'b']);
	await requests.end('b');
	expect(requests.sent).toEqual(['a', 'b', 'retry 1']);
	await requests.end('a', 'retry 1');
	expect(requests.sent).toEqual(['a', 'b', 'retry 1', 'retry 2', 'retry 3']);
	await requests.end('retry 2', 'retry 3');
	expect(requests.sent).toEqual(['a', 'b', 'retry 1', 'retry 2', 'retry 3', 'c', 'd']);
});

test('the order holds for thousands that wait', async () => {
	const { requests } = setUp(1);
	const names = Array.from({ length: 2500 }, (_, index) => String(index));
	for (const name of names) requests.add(name);
	await settle();
	for (const name of names) await requests.end(name);
	expect(requests.sent).toEqual(names);
});

test('nothing starts during a backoff, then half as many, then more with every full round', async () => {
	const { throttle, requests } = setUp(4);
	throttle.backOff(1000);
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

test('asked again during a backoff, a later end counts, an earlier one does not, and the half is halved once', async () => {
	const { throttle, requests } = setUp(4);
	throttle.backOff(1000);
	for (const name of 'abcd') requests.add(name);
	throttle.backOff(500);
	await jest.advanceTimersByTimeAsync(600);
	throttle.backOff(1000);
	await jest.advanceTimersByTimeAsync(999);
	expect(requests.sent).toEqual([]);
	await jest.advanceTimersByTimeAsync(1);
	expect(requests.sent).toEqual(['a', 'b']);
});

test('what ends during a backoff does not count as a round', async () => {
	const { throttle, requests } = setUp(4);
	for (const name of 'abcdefgh') requests.add(name);
	await settle();
	throttle.backOff(1000);
	await requests.end('a', 'b', 'c', 'd');
	expect(requests.sent).toEqual(['a', 'b', 'c', 'd']);
	await jest.advanceTimersByTimeAsync(1000);
	expect(requests.sent).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
});

test('one request at a time is the least', async () => {
	const { throttle, requests } = setUp(1);
	throttle.backOff(10);
	requests.add('a');
	requests.add('b');
	await jest.advanceTimersByTimeAsync(10);
	expect(requests.sent).toEqual(['a']);
});

test('a backoff that nobody waits for begins with the next request, and leaves no timer behind', async () => {
	const { throttle, requests } = setUp(2);
	throttle.backOff(1000);
	expect(jest.getTimerCount()).toBe(0);
	await jest.advanceTimersByTimeAsync(5000);
	requests.add('a');
	await jest.advanceTimersByTimeAsync(999);
	expect(requests.sent).toEqual([]);
	await jest.advanceTimersByTimeAsync(1);
	expect(requests.sent).toEqual(['a']);
});

test('an abort ends every wait, in the queue and in a backoff, and leaves nothing to start', async () => {
	const stop = new AbortController();
	const { throttle, requests } = setUp(1, stop.signal);
	requests.add('a');
	await settle();
	requests.add('b');
	requests.add('retry', true);
	throttle.backOff(1000);
	stop.abort();
	await requests.end('a');
	await jest.advanceTimersByTimeAsync(5000);
	requests.add('c');
	await settle();
	expect(requests.sent).toEqual(['a']);
	expect(requests.aborted).toEqual(['retry: Error', 'b: Error', 'c: Error']);
});

test('a place that was given in the moment of an abort is not used', async () => {
	const stop = new AbortController();
	const { requests } = setUp(1, stop.signal);
	requests.add('a');
	await settle();
	requests.add('b');
	const ending = requests.end('a');
	stop.abort();
	await ending;
	expect(requests.sent).toEqual(['a']);
});

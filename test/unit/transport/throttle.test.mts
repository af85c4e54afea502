import { NotSentError } from '../../../nodes/EnapterDevice/transport/errors.ts';
import { Stop } from '../../../nodes/EnapterDevice/transport/stop.ts';
import { type SlotOptions, Throttle } from '../../../nodes/EnapterDevice/transport/throttle.ts';
import { settle, TestClock } from '../../support/clock.mts';

const time = TestClock.install();

/** Requests that end when told to. */
class Requests {
	readonly sent: string[] = [];
	readonly notSent: string[] = [];
	private readonly ends = new Map<string, (error?: Error) => void>();

	constructor(private readonly throttle: Throttle) {}

	add(name: string, slot: SlotOptions = {}): Promise<string | undefined> {
		const request = async () => {
			this.sent.push(name);
			await new Promise<void>((resolve, reject) =>
				this.ends.set(name, (error) => (error === undefined ? resolve() : reject(error))),
			);
			return name;
		};
		return this.throttle.run(request, slot).catch((error: unknown) => {
			if (!(error instanceof NotSentError)) throw error;
			this.notSent.push(name);
			return undefined;
		});
	}

	addAll(names: Iterable<string>): void {
		for (const name of names) void this.add(name);
	}

	async end(...names: string[]): Promise<void> {
		for (const name of names) this.ends.get(name)?.();
		await settle();
	}

	fail(name: string): void {
		this.ends.get(name)?.(new Error(name));
	}
}

function setUp(maxConcurrency: number, stop?: Stop) {
	const throttle = new Throttle(maxConcurrency, stop);
	return { throttle, requests: new Requests(throttle) };
}

test('returns the response of the request, or throws its error', async () => {
	const { throttle } = setUp(1);
	await expect(throttle.run(async () => await Promise.resolve('response'))).resolves.toBe('response');
	await expect(throttle.run(async () => await Promise.reject(new Error('failed')))).rejects.toThrow('failed');
});

test('no more requests are in flight than allowed; retries go first, then first in, first out', async () => {
	const { requests } = setUp(2);
	requests.addAll('abcd');
	for (const name of ['retry 1', 'retry 2', 'retry 3']) void requests.add(name, { isRetry: true });
	await settle();
	expect(requests.sent).toEqual(['a', 'b']);
	await requests.end('b');
	expect(requests.sent).toEqual(['a', 'b', 'retry 1']);
	await requests.end('a', 'retry 1');
	expect(requests.sent).toEqual(['a', 'b', 'retry 1', 'retry 2', 'retry 3']);
	await requests.end('retry 2', 'retry 3');
	expect(requests.sent).toEqual(['a', 'b', 'retry 1', 'retry 2', 'retry 3', 'c', 'd']);
});

test('the order holds for thousands of waiting requests', async () => {
	const { throttle } = setUp(1);
	const sent: number[] = [];
	const numbers = Array.from({ length: 2500 }, (_, index) => index);
	await Promise.all(
		numbers.map(
			async (number) => await throttle.run(async () => void sent.push(await Promise.resolve(number))),
		),
	);
	expect(sent).toEqual(numbers);
});

test('the slot of a failed request is freed only after the run has seen the failure, so that it can stop', async () => {
	const stop = new Stop();
	const { requests } = setUp(1, stop);
	const failing = requests.add('a').catch(async () => {
		// Callers react through a few promises.
		for (let hop = 0; hop < 20; hop++) await Promise.resolve();
		stop.stop();
	});
	void requests.add('b');
	await settle();
	requests.fail('a');
	await failing;
	await settle();
	expect([requests.sent, requests.notSent]).toEqual([['a'], ['b']]);
});

test('without a stop, the next request starts after a failed one', async () => {
	const { requests } = setUp(1);
	const failing = expect(requests.add('a')).rejects.toThrow('a');
	void requests.add('b');
	await settle();
	requests.fail('a');
	await failing;
	await settle();
	expect(requests.sent).toEqual(['a', 'b']);
});

describe('a slot time', () => {
	test('frees the slot of a request that takes longer', async () => {
		const { requests } = setUp(1);
		const slow = requests.add('slow', { slotTime: 2000 });
		requests.addAll('bc');
		await time.advance(1999);
		expect(requests.sent).toEqual(['slow']);
		await time.advance(1);
		expect(requests.sent).toEqual(['slow', 'b']);
		// It gives back only one slot.
		await requests.end('slow');
		expect(requests.sent).toEqual(['slow', 'b']);
		await expect(slow).resolves.toBe('slow');
		await requests.end('b');
		expect(requests.sent).toEqual(['slow', 'b', 'c']);
	});

	test('frees the slot once if the request is faster', async () => {
		const { requests } = setUp(1);
		void requests.add('fast', { slotTime: 2000 });
		requests.addAll('bc');
		await settle();
		await requests.end('fast');
		await time.advance(2000);
		expect(requests.sent).toEqual(['fast', 'b']);
	});
});

describe('a backoff', () => {
	test('starts nothing until it is over, then half as many, and one more with every full round', async () => {
		const { throttle, requests } = setUp(4);
		throttle.backOff(1000);
		requests.addAll('abcdefghijkl');
		await time.advance(999);
		expect(requests.sent).toEqual([]);
		await time.advance(1);
		expect(requests.sent).toEqual(['a', 'b']);
		// 2 + 1/2 is not yet 3.
		await requests.end('a');
		expect(requests.sent).toEqual(['a', 'b', 'c']);
		await requests.end('b');
		expect(requests.sent).toEqual(['a', 'b', 'c', 'd']);
		await requests.end('c');
		expect(requests.sent).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
	});

	test('never allows more than at first afterwards', async () => {
		const { requests } = setUp(1);
		for (const name of 'abcd') {
			void requests.add(name);
			await settle();
			await requests.end(name);
		}
		requests.addAll('ef');
		await settle();
		expect(requests.sent).toEqual(['a', 'b', 'c', 'd', 'e']);
	});

	test('is extended by a later end, not shortened, and halves once', async () => {
		const { throttle, requests } = setUp(4);
		throttle.backOff(1000);
		requests.addAll('abcd');
		throttle.backOff(500);
		await time.advance(600);
		throttle.backOff(1000);
		await time.advance(999);
		expect(requests.sent).toEqual([]);
		await time.advance(1);
		expect(requests.sent).toEqual(['a', 'b']);
	});

	test('requests that end during it do not count as a round', async () => {
		const { throttle, requests } = setUp(4);
		requests.addAll('abcdefgh');
		await settle();
		throttle.backOff(1000);
		await requests.end('a', 'b', 'c', 'd');
		expect(requests.sent).toEqual(['a', 'b', 'c', 'd']);
		await time.advance(1000);
		expect(requests.sent).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
	});

	test('leaves at least one request at a time', async () => {
		const { throttle, requests } = setUp(1);
		throttle.backOff(10);
		requests.addAll('ab');
		await time.advance(10);
		expect(requests.sent).toEqual(['a']);
	});

	test('that nobody waits for starts with the next request, and leaves no timer behind', async () => {
		const { throttle, requests } = setUp(2);
		throttle.backOff(1000);
		throttle.backOff(10);
		expect(time.sleeping).toBe(0);
		await time.advance(5000);
		requests.addAll('a');
		await time.advance(999);
		expect(requests.sent).toEqual([]);
		await time.advance(1);
		expect(requests.sent).toEqual(['a']);
	});

	test('starts at once if only retries are waiting', async () => {
		const { throttle, requests } = setUp(1);
		requests.addAll('a');
		void requests.add('retry', { isRetry: true });
		await settle();
		throttle.backOff(1000);
		expect(time.sleeping).toBe(1);
		await requests.end('a');
		await time.advance(1000);
		expect(requests.sent).toEqual(['a', 'retry']);
	});
});

describe('a stop', () => {
	test('rejects everything that waits, in the queue and in a backoff, and what comes later', async () => {
		const stop = new Stop();
		const { throttle, requests } = setUp(1, stop);
		requests.addAll('a');
		await settle();
		requests.addAll('b');
		void requests.add('retry', { isRetry: true });
		throttle.backOff(1000);
		stop.stop();
		await requests.end('a');
		await time.advance(5000);
		requests.addAll('c');
		await settle();
		expect(requests.sent).toEqual(['a']);
		expect(requests.notSent).toEqual(['retry', 'b', 'c']);
	});

	test('keeps a request from using a slot that it was given at the same moment', async () => {
		const stop = new Stop();
		const { requests } = setUp(1, stop);
		requests.addAll('ab');
		await settle();
		const ending = requests.end('a');
		await Promise.resolve();
		await Promise.resolve();
		stop.stop();
		await ending;
		expect(requests.sent).toEqual(['a']);
		expect(requests.notSent).toEqual(['b']);
	});
});

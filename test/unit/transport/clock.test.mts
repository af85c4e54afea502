import { clock, nextTurn, wait } from '../../../nodes/EnapterDevice/transport/clock.ts';
import { Stop } from '../../../nodes/EnapterDevice/transport/stop.ts';
import { settle, TestClock } from '../../support/clock.mts';

describe('the real clock', () => {
	test('returns the time and waits', async () => {
		const start = clock.now();
		expect(Math.abs(start - Date.now())).toBeLessThan(1000);
		await clock.sleep(20);
		expect(clock.now() - start).toBeGreaterThanOrEqual(19);
	});

	test('the next turn comes after all pending promise callbacks', async () => {
		const order: string[] = [];
		const turn = nextTurn().then(() => order.push('turn'));
		void Promise.resolve()
			.then(() => {})
			.then(() => order.push('callback'));
		await turn;
		expect(order).toEqual(['callback', 'turn']);
	});
});

describe('a wait', () => {
	const time = TestClock.install();

	/** Whether a promise has resolved. */
	async function isOver(promise: Promise<void>): Promise<boolean> {
		let over = false;
		void promise.then(() => (over = true));
		await settle();
		return over;
	}

	test.each([undefined, new Stop()])('lasts as long as given', async (stop) => {
		const waiting = wait(1000, stop);
		await time.advance(999);
		expect(await isOver(waiting)).toBe(false);
		await time.advance(1);
		expect(await isOver(waiting)).toBe(true);
	});

	test('ends when the run is stopped', async () => {
		const stop = new Stop();
		const waiting = wait(1000, stop);
		expect(await isOver(waiting)).toBe(false);
		stop.stop();
		expect(await isOver(waiting)).toBe(true);
	});

	test('does not start if the run is stopped already', async () => {
		const stop = new Stop();
		stop.stop();
		expect(await isOver(wait(1000, stop))).toBe(true);
		expect(time.sleeping).toBe(0);
	});

	test('that has ended is not called back', async () => {
		const stop = new Stop();
		const unsubscribe = jest.fn();
		jest.spyOn(stop, 'onStop').mockReturnValue(unsubscribe);
		const waiting = wait(10, stop);
		expect(unsubscribe).not.toHaveBeenCalled();
		await time.advance(10);
		await waiting;
		expect(unsubscribe).toHaveBeenCalledTimes(1);
	});
});

describe('a stop', () => {
	test('calls back once, and not those who unsubscribed', () => {
		const stop = new Stop();
		const called: string[] = [];
		stop.onStop(() => called.push('a'));
		stop.onStop(() => called.push('b'))();
		expect([stop.isStopped, called]).toEqual([false, []]);
		stop.stop();
		stop.stop();
		expect([stop.isStopped, called]).toEqual([true, ['a']]);
	});

	test('can be lifted when nothing waits any more', () => {
		const stop = new Stop();
		stop.stop();
		stop.resume();
		expect(stop.isStopped).toBe(false);
	});

	test('is already in force when it calls back', () => {
		const stop = new Stop();
		let isStopped = false;
		stop.onStop(() => (isStopped = stop.isStopped));
		stop.stop();
		expect(isStopped).toBe(true);
	});
});

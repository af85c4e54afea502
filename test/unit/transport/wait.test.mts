import { wait } from '../../../nodes/EnapterDevice/transport/wait.ts';

beforeEach(() => jest.useFakeTimers());

afterEach(() => jest.useRealTimers());

/** Whether a promise has come to its end, once all that is ready has run. */
async function isOver(promise: Promise<void>): Promise<boolean> {
	let over = false;
	void promise.then(() => (over = true));
	await jest.advanceTimersByTimeAsync(0);
	return over;
}

test.each([undefined, new AbortController().signal])('lasts as long as it shall', async (signal) => {
	const waiting = wait(1000, signal);
	await jest.advanceTimersByTimeAsync(999);
	expect(await isOver(waiting)).toBe(false);
	await jest.advanceTimersByTimeAsync(1);
	expect(await isOver(waiting)).toBe(true);
});

test('ends when the execution is cancelled, and leaves no listener behind', async () => {
	const cancelling = new AbortController();
	const removed = jest.spyOn(cancelling.signal, 'removeEventListener');
	const waiting = wait(1000, cancelling.signal);
	expect(await isOver(waiting)).toBe(false);
	cancelling.abort();
	expect(await isOver(waiting)).toBe(true);
	expect(removed).toHaveBeenCalledWith('abort', expect.any(Function));
});

test('does not begin when the execution is cancelled already', async () => {
	expect(await isOver(wait(1000, AbortSignal.abort()))).toBe(true);
});

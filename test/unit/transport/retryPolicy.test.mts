import type { RequestFailure } from '../../../nodes/EnapterDevice/transport/errors.ts';
import { backoff, shouldRetry } from '../../../nodes/EnapterDevice/transport/retryPolicy.ts';

const LIMITS = { maxRetries: 3, longestWait: 60_000 };

const failure = (change: Partial<RequestFailure> = {}): RequestFailure => ({
	reason: '',
	advice: '',
	details: [],
	isFromApi: false,
	label: '',
	outcome: 'notDone',
	isTransient: true,
	...change,
});

afterEach(() => jest.restoreAllMocks());

test.each([
	[0, 250, 500],
	[1, 500, 1000],
	[2, 1000, 2000],
	[20, 60_000, 60_000],
])('after %d retries the backoff is from %d to %d ms', (retries, least, most) => {
	const random = jest.spyOn(Math, 'random').mockReturnValue(0);
	expect(backoff(failure(), retries, LIMITS.longestWait)).toBe(least);
	random.mockReturnValue(1);
	expect(backoff(failure(), retries, LIMITS.longestWait)).toBe(most);
});

test('Retry-After replaces the backoff', () => {
	expect(backoff(failure({ retryAfter: 7000 }), 2, LIMITS.longestWait)).toBe(7000);
});

test.each([
	['a transient failure', {}, true, 0, true],
	['a permanent failure', { isTransient: false }, true, 0, false],
	['the last retry', {}, true, 2, true],
	['one retry too many', {}, true, 3, false],
	['an unknown outcome, idempotent', { outcome: 'unknown' }, true, 0, true],
	['an unknown outcome, not idempotent', { outcome: 'unknown' }, false, 0, false],
	['a known outcome, not idempotent', {}, false, 0, true],
	['the longest wait', { retryAfter: 60_000 }, true, 0, true],
	['a longer wait', { retryAfter: 60_001 }, true, 0, false],
])('%s: whether it is retried', (_name, change, isIdempotent, retries, is) => {
	expect(shouldRetry({ isIdempotent }, failure(change as Partial<RequestFailure>), retries, LIMITS)).toBe(is);
});

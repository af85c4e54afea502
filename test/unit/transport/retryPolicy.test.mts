import type { RequestFailure } from '../../../nodes/EnapterDevice/transport/errors.ts';
import { backoff, isRetried } from '../../../nodes/EnapterDevice/transport/retryPolicy.ts';

const LIMITS = { maxRetries: 3, longestWait: 60_000 };

const failure = (change: Partial<RequestFailure> = {}): RequestFailure => ({
	reason: '',
	advice: '',
	details: [],
	isFromApi: false,
	label: '',
	isOutcomeKnown: true,
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

test('a wait that the API asks for goes before the backoff', () => {
	expect(backoff(failure({ retryAfter: 7000 }), 2, LIMITS.longestWait)).toBe(7000);
});

test.each([
	['a transient failure', {}, true, 0, true],
	['one that stays', { isTransient: false }, true, 0, false],
	['the last retry', {}, true, 2, true],
	['one more', {}, true, 3, false],
	['an unknown outcome, idempotent', { isOutcomeKnown: false }, true, 0, true],
	['an unknown outcome, not idempotent', { isOutcomeKnown: false }, false, 0, false],
	['a known outcome, not idempotent', {}, false, 0, true],
	['as long a wait as there may be', { retryAfter: 60_000 }, true, 0, true],
	['a longer one', { retryAfter: 60_001 }, true, 0, false],
])('%s: retried or not', (_name, change, isIdempotent, retries, isIt) => {
	expect(isRetried({ isIdempotent }, failure(change), retries, LIMITS)).toBe(isIt);
});

import type { RequestFailure } from './errors';

/** First backoff, in milliseconds. */
const FIRST_BACKOFF = 500;

/** Bounds of the retries of a run. */
export interface RetryLimits {
	/** How often one request is retried at most; 0 is never. */
	maxRetries: number;
	/** Longest wait before a retry, in milliseconds. What is asked to wait longer is not retried. */
	longestWait: number;
}

/**
 * How long to wait before a retry: as long as the API asks for, else twice as long each time and never quite the same, so
 * that many clients do not come back at the same moment.
 *
 * @param retries how often the request was retried already
 * @param longestWait what the growing wait does not exceed, in milliseconds
 * @returns milliseconds
 */
export function backoff({ retryAfter }: RequestFailure, retries: number, longestWait: number): number {
	return retryAfter ?? Math.min(longestWait, FIRST_BACKOFF * 2 ** retries * (0.5 + Math.random() / 2));
}

/**
 * Whether a failed request is sent again: only what can be expected to go away by itself, and only if the API certainly did
 * not carry it out, or carrying it out twice is the same as once.
 */
export function isRetried(
	{ isIdempotent }: { isIdempotent: boolean },
	failure: RequestFailure,
	retries: number,
	{ maxRetries, longestWait }: RetryLimits,
): boolean {
	if (!failure.isTransient || retries >= maxRetries) return false;
	if (!failure.isOutcomeKnown && !isIdempotent) return false;
	return (failure.retryAfter ?? 0) <= longestWait;
}

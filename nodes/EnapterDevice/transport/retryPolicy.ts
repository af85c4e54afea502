import type { RequestFailure } from './errors';

/** First backoff, in milliseconds. */
const FIRST_BACKOFF = 500;

/** Bounds of the retries of a run. */
export interface RetryLimits {
	/** Maximum retries of one request; 0 = none. */
	maxRetries: number;
	/** Longest wait before a retry, in milliseconds. A request that would have to wait longer is not retried. */
	longestWait: number;
}

/**
 * How long to wait before a request is sent again: `Retry-After` if the API sent one, else an exponential backoff with
 * jitter, so that many clients do not return at the same moment.
 *
 * @param retries how often the request was retried already
 * @param longestWait upper limit of the backoff, in milliseconds; `Retry-After` may exceed it
 * @returns milliseconds
 */
export function backoff({ retryAfter }: RequestFailure, retries: number, longestWait: number): number {
	return retryAfter ?? Math.min(longestWait, FIRST_BACKOFF * 2 ** retries * (0.5 + Math.random() / 2));
}

/** Whether to retry: only failures that can pass, and only if repeating the request cannot execute it twice. */
export function shouldRetry(
	{ isIdempotent }: { isIdempotent: boolean },
	{ isTransient, outcome, retryAfter = 0 }: RequestFailure,
	retries: number,
	{ maxRetries, longestWait }: RetryLimits,
): boolean {
	if (!isTransient || retries >= maxRetries) return false;
	if (outcome === 'unknown' && !isIdempotent) return false;
	return retryAfter <= longestWait;
}

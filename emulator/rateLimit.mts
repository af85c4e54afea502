import { ApiError } from './apiError.mts';

export interface RateLimit {
	/** Requests allowed in each window of `perMs` milliseconds. The first request after a window starts the next one. */
	requests: number;
	perMs: number;
	/** Form of the Retry-After header of a 429. Enapter's version 1 clients read whole seconds. */
	retryAfter?: 'seconds' | 'date' | 'none';
}

/** Counts requests in fixed windows. The real API's limits are unknown. */
export class RateLimiter {
	#limit: RateLimit | undefined;
	#opened = 0;
	#count = 0;

	/**
	 * Counts one request. Throws 429 beyond the limit. A different limit starts a new window. `now` is in milliseconds since 1970.
	 */
	check(limit: RateLimit | undefined, now: number): void {
		if (!limit) return;
		if (limit !== this.#limit || now >= this.#opened + limit.perMs) {
			this.#limit = limit;
			this.#opened = now;
			this.#count = 0;
		}
		this.#count += 1;
		if (this.#count <= limit.requests) return;
		throw new ApiError(
			429,
			{ code: 'too_many_requests', message: 'Too many requests.' },
			retryAfter(limit.retryAfter ?? 'seconds', this.#opened + limit.perMs, now),
		);
	}
}

function retryAfter(
	form: NonNullable<RateLimit['retryAfter']>,
	until: number,
	now: number,
): Record<string, string> {
	if (form === 'none') return {};
	if (form === 'seconds') return { 'retry-after': String(Math.max(1, Math.ceil((until - now) / 1000))) };
	return { 'retry-after': new Date(Math.ceil(until / 1000) * 1000).toUTCString() };
}

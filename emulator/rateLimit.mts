/** So many requests in each window of time; what is beyond gets 429. */
export interface RateLimit {
	requests: number;
	/** Length of the window in milliseconds. */
	perMs: number;
	/** Form of `Retry-After`; seconds by default (Enapter's documentation), none and a date for what proxies do. */
	retryAfter?: 'seconds' | 'date' | 'none';
}

/** Counts the requests of the present window. */
export class RateLimiter {
	#start = 0;
	#count = 0;

	/** @returns the headers of a 429, or nothing when the request may pass */
	refuse(limit: RateLimit): Record<string, string> | undefined {
		const now = Date.now();
		if (now - this.#start >= limit.perMs) {
			this.#start = now;
			this.#count = 0;
		}
		if (++this.#count <= limit.requests) return undefined;
		const wait = this.#start + limit.perMs - now;
		if (limit.retryAfter === 'none') return {};
		if (limit.retryAfter === 'date') return { 'retry-after': new Date(now + wait).toUTCString() };
		return { 'retry-after': String(Math.ceil(wait / 1000)) };
	}
}

import type { EnapterClient } from '../transport/client';

/** A retry is no failure, but whoever runs a fleet wants to know of it. Nothing when there was none. */
export function retryHint({ retries, retriedRequests }: EnapterClient): string | undefined {
	if (retriedRequests === 0) return undefined;
	const total = [...retries.values()].reduce((sum, count) => sum + count, 0);
	const reasons = [...retries].map(([reason, count]) => `${count} × ${reason}`).join(', ');
	const requests = retriedRequests === 1 ? 'One request was' : `${retriedRequests} requests were`;
	const times =
		total === retriedRequests ? '' : total === 2 && retriedRequests === 1 ? ' twice' : ` ${total} times`;
	return `${requests} retried${times}${retriedRequests > 1 && times !== '' ? ' in all' : ''}: ${reasons}.`;
}

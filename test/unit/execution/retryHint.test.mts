import { retryHint } from '../../../nodes/EnapterDevice/execution/retryHint.ts';
import type { EnapterClient } from '../../../nodes/EnapterDevice/transport/client.ts';

test.each([
	[0, {}, undefined],
	[1, { 'status 503': 1 }, 'One request was retried: 1 × status 503.'],
	[1, { 'status 503': 2 }, 'One request was retried twice: 2 × status 503.'],
	[1, { 'status 502': 2, ECONNRESET: 1 }, 'One request was retried 3 times: 2 × status 502, 1 × ECONNRESET.'],
	[3, { 'status 429': 3 }, '3 requests were retried: 3 × status 429.'],
	[2, { 'status 429': 3 }, '2 requests were retried 3 times in all: 3 × status 429.'],
])('%d requests, retried for %j: %s', (retriedRequests, reasons, hint) => {
	const client = { retries: new Map(Object.entries(reasons)), retriedRequests } as unknown as EnapterClient;
	expect(retryHint(client)).toBe(hint);
});

import { failureHint, retryHint, showHints } from '../../../nodes/EnapterDevice/execution/hints.ts';
import type { EnapterClient } from '../../../nodes/EnapterDevice/transport/client.ts';

test.each([
	[0, {}, undefined],
	[1, { 'status 503': 1 }, '1 request was retried (1 × status 503).'],
	[
		1,
		{ 'status 502': 2, ECONNRESET: 1 },
		'1 request was retried, 3 times in total (2 × status 502, 1 × ECONNRESET).',
	],
	[3, { 'status 429': 3 }, '3 requests were retried (3 × status 429).'],
	[2, { 'status 429': 3 }, '2 requests were retried, 3 times in total (3 × status 429).'],
])('%d requests, retried for %j: %s', (retriedRequests, reasons, hint) => {
	const client = { retries: new Map(Object.entries(reasons)), retriedRequests } as unknown as EnapterClient;
	expect(retryHint(client)).toBe(hint);
});

test.each([
	[[], 3, undefined],
	[[2], 3, '1 of 3 items failed: see "error" in item 2 (counted from 0).'],
	[[0], 1, '1 of 1 item failed: see "error" in item 0 (counted from 0).'],
	[[0, 1, 4], 9, '3 of 9 items failed: see "error" in items 0–1, 4 (counted from 0).'],
])('failed items %j of %d: %s', (failed, total, hint) => {
	expect(failureHint(failed, total)).toBe(hint);
});

test('each hint is shown once, and at most ten', () => {
	const shown: string[] = [];
	showHints(['a', undefined, 'b', 'a'], (hint) => shown.push(hint));
	expect(shown).toEqual(['a', 'b']);
	const many = (count: number) => Array.from({ length: count }, (_, index) => `hint ${index}`);
	shown.length = 0;
	showHints(many(10), (hint) => shown.push(hint));
	expect(shown).toEqual(many(10));
	shown.length = 0;
	showHints(many(12), (hint) => shown.push(hint));
	expect(shown).toEqual([...many(10), 'There are 2 more hints of this kind.']);
});

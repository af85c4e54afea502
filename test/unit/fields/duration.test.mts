import { durationInWords, parseDuration } from '../../../nodes/EnapterDevice/fields/duration.ts';

test.each([
	['60s', 60],
	['5m', 300],
	['1m0s', 60],
	['1h30m', 5400],
	['1h0m5s', 3605],
	[' 2h ', 7200],
	['0s', 0],
	['', undefined],
	['  ', undefined],
	['60', undefined],
	['5 m', undefined],
	['5m1h', undefined],
	['1.5h', undefined],
	['5mx', undefined],
	['x5m', undefined],
	['-5m', undefined],
	[60, undefined],
	[null, undefined],
	[['5m'], undefined],
])('%j is %p seconds', (value, seconds) => {
	expect(parseDuration(value)).toBe(seconds);
});

test.each([
	[1, '1 second'],
	[90, '90 seconds'],
	[60, '1 minute'],
	[600, '10 minutes'],
	[3600, '1 hour'],
	[5400, '90 minutes'],
	[86_400, '1 day'],
	[172_800, '2 days'],
])('%d seconds: %s', (seconds, words) => {
	expect(durationInWords(seconds)).toBe(words);
});

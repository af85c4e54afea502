import { parseTime } from '../../../nodes/EnapterDevice/fields/time.ts';

const parse = (value: unknown, timezone = 'UTC') => parseTime(value, 'From', timezone).toISOString();

test.each<[unknown, string]>([
	['2025-08-04T07:22:00Z', '2025-08-04T07:22:00.000Z'],
	[' 2025-08-04T07:22:00.5+02:00 ', '2025-08-04T05:22:00.500Z'],
	['2025-08-04T07:22:00-0330', '2025-08-04T10:52:00.000Z'],
	['2025-08-04 07:22', '2025-08-04T07:22:00.000Z'],
	['2025-08-04', '2025-08-04T00:00:00.000Z'],
	['2025-08-04T07:22:00.123456789Z', '2025-08-04T07:22:00.123Z'],
	[new Date(1_754_292_120_000), '2025-08-04T07:22:00.000Z'],
	[{ toISO: () => '2025-08-04T07:22:00.000+09:00' }, '2025-08-03T22:22:00.000Z'],
	[1_754_292_120, '2025-08-04T07:22:00.000Z'],
	[1_754_292_120_500, '2025-08-04T07:22:00.500Z'],
	['1754292120', '2025-08-04T07:22:00.000Z'],
	[0, '1970-01-01T00:00:00.000Z'],
])('%p is %s', (value, expected) => {
	expect(parse(value)).toBe(expected);
});

test.each([
	['2025-01-15T12:00:00', '2025-01-15T11:00:00.000Z'],
	['2025-07-15T12:00:00', '2025-07-15T10:00:00.000Z'],
	['2025-03-30T01:59:59', '2025-03-30T00:59:59.000Z'],
	['2025-03-30T03:00:00', '2025-03-30T01:00:00.000Z'],
	['2025-10-26T01:59:59', '2025-10-25T23:59:59.000Z'],
	['2025-10-26T03:00:00', '2025-10-26T02:00:00.000Z'],
	['2025-07-15', '2025-07-14T22:00:00.000Z'],
])('%s as the date picker writes it is in the zone of the workflow: %s', (value, expected) => {
	expect(parse(value, 'Europe/Berlin')).toBe(expected);
});

test('a zone that nobody knows is UTC', () => {
	expect(parse('2025-01-15T12:00:00', 'Nowhere/Atlantis')).toBe('2025-01-15T12:00:00.000Z');
});

test.each([undefined, null, '', '  '])('%p is empty', (value) => {
	expect(() => parse(value)).toThrow('From is empty. If it comes from an expression');
});

test.each<[unknown, string]>([
	['yesterday', '"yesterday"'],
	['2025-02-30T00:00:00Z', '"2025-02-30T00:00:00Z"'],
	['2025-08-04T25:00:00Z', '"2025-08-04T25:00:00Z"'],
	['04.08.2025', '"04.08.2025"'],
	[-1, '-1'],
	[Number.NaN, 'NaN'],
	[Infinity, 'Infinity'],
	[8.64e15, '8640000000000000'],
	[true, 'true'],
	[[1], 'a list'],
	[{}, 'an object'],
	[new Date(Number.NaN), '"Invalid Date"'],
	[{ toISO: () => null }, '"an invalid date"'],
])('%p is told to be none', (value, shown) => {
	expect(() => parse(value)).toThrow(`From is ${shown}, which is no date and time.`);
});

import { readField } from '../../../nodes/EnapterDevice/fields/field.ts';
import {
	areInOrder,
	dateTime,
	localTimeWriter,
	parseTime,
	sortableTime,
} from '../../../nodes/EnapterDevice/fields/time.ts';

const parse = (value: unknown, timezone = 'UTC') => parseTime(value, 'From', timezone);

describe('parseTime', () => {
	test.each<[unknown, string]>([
		['2025-08-04T07:22:00Z', '2025-08-04T07:22:00Z'],
		[' 2025-08-04T07:22:00.5+02:00 ', '2025-08-04T05:22:00.5Z'],
		['2025-08-04T07:22:00,25Z', '2025-08-04T07:22:00.25Z'],
		['2025-08-04T07:22:00-0330', '2025-08-04T10:52:00Z'],
		['2025-08-04 07:22', '2025-08-04T07:22:00Z'],
		['2025-08-04', '2025-08-04T00:00:00Z'],
		['2025-08-04 07:22:00+00', '2025-08-04T07:22:00Z'],
		['2025-08-04 07:22:00.123456+02', '2025-08-04T05:22:00.123456Z'],
		['2025-08-04 07:22:00 UTC', '2025-08-04T07:22:00Z'],
		['2025-08-04T07:22:00.988115Z', '2025-08-04T07:22:00.988115Z'],
		['2025-08-04T07:22:00.123456789Z', '2025-08-04T07:22:00.123456789Z'],
		[new Date(1_754_292_120_000), '2025-08-04T07:22:00.000Z'],
		[{ toISO: () => '2025-08-04T07:22:00.000+09:00' }, '2025-08-03T22:22:00.000Z'],
		['9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999Z'],
	])('reads %p as %s', (value, expected) => {
		expect(parse(value)).toBe(expected);
	});

	test.each<[unknown, string]>([
		[0, '1970-01-01T00:00:00Z'],
		[1_754_292_120, '2025-08-04T07:22:00Z'],
		['1754292120', '2025-08-04T07:22:00Z'],
		['1754292120.999999999', '2025-08-04T07:22:00.999999999Z'],
		[1_754_292_120.988115, '2025-08-04T07:22:00.988115Z'],
		[1_754_292_120_500, '2025-08-04T07:22:00.500Z'],
		[100_000_000, '1973-03-03T09:46:40Z'],
		[99_999_999_999, '5138-11-16T09:46:39Z'],
		[100_000_000_000, '1973-03-03T09:46:40.000Z'],
	])('reads the Unix time %p as %s', (value, expected) => {
		expect(parse(value, 'Europe/Berlin')).toBe(expected);
	});

	test.each<[unknown, string]>([
		[45_873, '2025-08-03T22:00:00.000Z'],
		['45873', '2025-08-03T22:00:00.000Z'],
		[45_873.25, '2025-08-04T04:00:00.000Z'],
		[25_570, '1970-01-01T23:00:00.000Z'],
		[2_958_465, '9999-12-30T23:00:00.000Z'],
	])('reads the day number %p of a spreadsheet as the local time %s', (value, expected) => {
		expect(parse(value, 'Europe/Berlin')).toBe(expected);
	});

	test.each([
		['2025-01-15T12:00:00', '2025-01-15T11:00:00Z'],
		['2025-07-15T12:00:00', '2025-07-15T10:00:00Z'],
		['2025-03-30T01:59:59', '2025-03-30T00:59:59Z'],
		['2025-03-30T03:00:00', '2025-03-30T01:00:00Z'],
		['2025-10-26T01:59:59', '2025-10-25T23:59:59Z'],
		['2025-10-26T03:00:00', '2025-10-26T02:00:00Z'],
		['2025-07-15', '2025-07-14T22:00:00Z'],
		['2025-07-15t12:00:00', '2025-07-15T10:00:00Z'],
		['2025-07-15t12:00:00z', '2025-07-15T12:00:00Z'],
	])("reads %s without a zone in the workflow's time zone, as %s", (value, expected) => {
		expect(parse(value, 'Europe/Berlin')).toBe(expected);
	});

	test.each([
		['2025-10-26T02:30', 'Europe/Berlin', '2025-10-26T00:30:00Z'],
		['2025-11-02T01:30', 'America/New_York', '2025-11-02T05:30:00Z'],
		['2025-04-06T02:15', 'Australia/Sydney', '2025-04-05T15:15:00Z'],
		['2025-04-06T01:45', 'Australia/Lord_Howe', '2025-04-05T14:45:00Z'],
	])('takes the first %s of the two in %s', (value, timezone, expected) => {
		expect(parse(value, timezone)).toBe(expected);
	});

	test.each([
		['2025-09-07', 'America/Santiago', '2025-09-07T04:00:00Z'],
		['2025-03-09T00:00:00', 'America/Havana', '2025-03-09T05:00:00Z'],
		['2025-03-30', 'Atlantic/Azores', '2025-03-30T01:00:00Z'],
		['2025-03-30T02:30', 'Europe/Berlin', '2025-03-30T01:30:00Z'],
		['2024-03-30T23:30', 'America/Nuuk', '2024-03-31T01:30:00Z'],
	])('reads %s, which daylight saving skips in %s, as after the gap', (value, timezone, expected) => {
		expect(parse(value, timezone)).toBe(expected);
	});

	test.each<[unknown, string]>([
		['yesterday', '"yesterday"'],
		['2025-02-30T00:00:00Z', '"2025-02-30T00:00:00Z"'],
		['2025-02-30', '"2025-02-30"'],
		['2025-08-04T25:00:00Z', '"2025-08-04T25:00:00Z"'],
		['2025-08-04T07:60:00Z', '"2025-08-04T07:60:00Z"'],
		['2025-08-04T07:22:00+02:00:00', '"2025-08-04T07:22:00+02:00:00"'],
		['04.08.2025', '"04.08.2025"'],
		['12:30', '"12:30"'],
		['2025', '"2025"'],
		['20250804', '"20250804"'],
		['1969-12-31T23:59:59Z', '"1969-12-31T23:59:59Z"'],
		[25_568, '25568'],
		[2_958_466, '2958466'],
		[99_999_999, '99999999'],
		[-1, '-1'],
		[Number.NaN, 'NaN'],
		[Infinity, 'Infinity'],
		[1_754_292_120_000_000, '1754292120000000'],
		[8.64e15, '8640000000000000'],
		['x'.repeat(65), `"${'x'.repeat(64)}"`],
		[{ toISO: 'x' }, 'an object'],
		[true, 'true'],
		[[1], 'a list'],
		[{}, 'an object'],
		[new Date(Number.NaN), '"Invalid Date"'],
		[{ toISO: () => null }, '"an invalid date"'],
	])('refuses %p', (value, shown) => {
		expect(() => parse(value)).toThrow(`From is ${shown}, which is not a date and time.`);
	});

	test.each(['"Europe/Berlin"', 'Nowhere/Atlantis', ''])('refuses the time zone %p', (timezone) => {
		const message = `The workflow's time zone is "${timezone}", which does not exist.`;
		expect(() => parse('2025-01-15T12:00:00', timezone)).toThrow(message);
		expect(() => parse(45_873, timezone)).toThrow(message);
		expect(parse('2025-01-15T12:00:00Z', timezone)).toBe('2025-01-15T12:00:00Z');
	});
});

test('the field dateTime reads times in the time zone of the workflow', () => {
	const field = dateTime({ displayName: 'From', name: 'from', type: 'dateTime', default: '' });
	const item = { index: 0, isTool: false, timezone: 'Asia/Tokyo', input: {} };
	const read = (value: unknown) => readField(field, { value, raw: value, item });
	expect(read('2025-08-04T07:22:00')).toBe('2025-08-03T22:22:00Z');
	expect(read(undefined)).toBeUndefined();
	expect(() => read('')).toThrow('From is empty.');
	expect(() => read('soon')).toThrow('From is "soon", which is not a date and time.');
});

test.each<[unknown, string | undefined]>([
	['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.'],
	['2026-01-02t03:04:05.120z', '2026-01-02T03:04:05.12'],
	['2026-01-02T01:04:05.1234567891+02:00', '2026-01-01T23:04:05.1234567891'],
	['2026-01-01T22:04:05.000-05:00', '2026-01-02T03:04:05.'],
	['2026-01-02T03:04:05', undefined],
	['2026-01-32T03:04:05Z', undefined],
	['yesterday', undefined],
	[1_754_292_127, undefined],
	[undefined, undefined],
])('the time %p sorts as %p', (time, expected) => {
	expect(sortableTime(time)).toBe(expected);
});

test('times are in order if the first is earlier, or one is missing', () => {
	expect(areInOrder('2026-01-02T03:04:05.1Z', '2026-01-02T03:04:05.1000001Z')).toBe(true);
	expect(areInOrder('2026-01-02T03:04:05.1Z', '2026-01-02T03:04:05.10Z')).toBe(false);
	expect(areInOrder(undefined, '2026-01-02T03:04:05Z')).toBe(true);
	expect(areInOrder('2026-01-02T03:04:05Z', undefined)).toBe(true);
});

describe('localTimeWriter', () => {
	test.each([
		['UTC', '2025-08-04T07:22:00Z', '2025-08-04T07:22:00+00:00'],
		['Europe/Berlin', '2025-08-04T07:22:00Z', '2025-08-04T09:22:00+02:00'],
		['Europe/Berlin', '2025-10-26T00:59:59Z', '2025-10-26T02:59:59+02:00'],
		['Europe/Berlin', '2025-10-26T01:00:00Z', '2025-10-26T02:00:00+01:00'],
		['America/St_Johns', '2025-01-01T00:00:00Z', '2024-12-31T20:30:00-03:30'],
		['Asia/Kathmandu', '2025-01-01T00:00:00Z', '2025-01-01T05:45:00+05:45'],
	])('writes in %s the moment %s as %s', (timezone, moment, expected) => {
		expect(localTimeWriter(timezone)(Date.parse(moment) / 1000)).toBe(expected);
	});

	test('writes the moments of a year as they are, with their offset', () => {
		const write = localTimeWriter('Australia/Lord_Howe');
		const start = Date.UTC(2025, 0, 1) / 1000;
		const offsets = new Set<string>();
		const wrong: string[] = [];
		for (let seconds = start; seconds < start + 366 * 86_400; seconds += 5400) {
			const text = write(seconds);
			if (Date.parse(text) !== seconds * 1000) wrong.push(text);
			offsets.add(text.slice(19));
		}
		expect(wrong).toEqual([]);
		expect([...offsets]).toEqual(['+11:00', '+10:30']);
	});
});

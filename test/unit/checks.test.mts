import {
	flag,
	identifier,
	oneOf,
	text,
	wholeNumber,
	words,
} from '../../nodes/EnapterDevice/fields/checks.ts';
import { collection, deliveryOf, expandQuery } from '../../nodes/EnapterDevice/fields/options.ts';

const byUrl = (value: unknown) => ({ __rl: true, mode: 'url', value });

describe('an ID', () => {
	test.each([
		['93fb32c7', '93fb32c7'],
		[' gas detector ', 'gas detector'],
		[42, '42'],
		['Ü/?#%', 'Ü/?#%'],
		['...', '...'],
		['x'.repeat(256), 'x'.repeat(256)],
		[{ __rl: true, mode: 'id', value: 'a' }, 'a'],
		[{ __rl: true, mode: 'list', value: 'a', cachedResultName: 'A' }, 'a'],
		[byUrl('http://enapter-gateway.local/ems/devices/my-device'), 'my-device'],
		[byUrl(' https://10.0.0.1/ems/devices/my%20device/telemetry?a=b#c'), 'my device'],
		[byUrl('http://g/ems/devices/100%'), '100%'],
	])('%j is taken as %j', (value, id) => {
		expect(identifier(value, 'Device')).toBe(id);
	});

	test.each([
		['', 'Device is empty. Choose one from the list, or give its ID.'],
		['  ', 'Device is empty.'],
		[undefined, 'Device is empty.'],
		[null, 'Device is empty.'],
		[{ __rl: true, mode: 'list', value: '' }, 'Device is empty.'],
		[byUrl(''), 'Device is empty.'],
		['a\nb', 'Device holds a character that no ID has, such as a line break or a tab. Give the ID alone.'],
		['a\t', 'Device holds a character'],
		['\ud800', 'Device holds a character'],
		['.', 'Device is ".", which is no ID. Give an ID or a slug.'],
		['..', 'Device is "..", which is no ID.'],
		['x'.repeat(257), 'Device is 257 characters long; no ID is longer than 256. Give the ID alone.'],
		[['a'], 'Device is a list; a text is expected. Point the expression at a single field.'],
		[{ id: 'a' }, 'Device is an object; a text is expected.'],
		[{ __rl: false, value: 'a' }, 'Device is an object; a text is expected.'],
		[true, 'Device is true; a text is expected.'],
		[Number.NaN, 'Device is NaN; a text is expected.'],
		[byUrl('https://cloud.enapter.com/a'), 'Device is no address of a device page. It should look like http'],
		[byUrl('see http://g/ems/devices/a'), 'Device is no address of a device page.'],
		[byUrl('http://g/ems/devices/'), 'Device is no address of a device page.'],
		[byUrl('http://g/ems/devices/..'), 'Device is ".."'],
	])('%j is refused: %s', (value, message) => {
		expect(() => identifier(value, 'Device')).toThrow(message);
	});
});

test('a text may be a number, or missing', () => {
	expect([text('a', 'Name'), text(1.5, 'Name'), text(null, 'Name'), text(undefined, 'Name')]).toEqual([
		'a',
		'1.5',
		'',
		'',
	]);
	expect(() => text(Number.POSITIVE_INFINITY, 'Name')).toThrow('Name is Infinity; a text is expected.');
});

test('a whole number may be written as a text, and its ends count', () => {
	expect([1, 5, '3', ' 4 '].map((value) => wholeNumber(value, 'Limit', 1, 5))).toEqual([1, 5, 3, 4]);
	for (const value of [0, 6, 1.5, '', ' ', 'x', null, undefined, true, Number.NaN, [3]]) {
		expect(() => wholeNumber(value, 'Limit', 1, 5)).toThrow('Limit has to be a whole number from 1 to 5.');
	}
});

test('one of the values, and no other', () => {
	expect(oneOf('b', 'Letter', ['a', 'b'])).toBe('b');
	expect(() => oneOf('c', 'Letter', ['a', 'b'])).toThrow('Letter has to be one of: a, b.');
});

test('yes or no, also as a text', () => {
	expect([true, 'true', false, 'false', undefined].map((value) => flag(value, 'Sure'))).toEqual([
		true,
		true,
		false,
		false,
		false,
	]);
	for (const value of ['', 'yes', 1, 0, null]) {
		expect(() => flag(value, 'Sure')).toThrow('Sure has to be true or false.');
	}
});

test('words may come as a list, or as one text with commas', () => {
	expect(words(['site', ' manifest '], 'Expand')).toEqual(['site', 'manifest']);
	expect(words('site, manifest,,', 'Expand')).toEqual(['site', 'manifest']);
	expect([words(undefined, 'Expand'), words('', 'Expand'), words([], 'Expand')]).toEqual([[], [], []]);
	expect(words('x'.repeat(64), 'Expand')).toHaveLength(1);
	for (const value of ['a b', 'a&b', 'x'.repeat(65), ['a-b'], 'ä']) {
		expect(() => words(value, 'Expand')).toThrow(/^Expand holds ".{1,64}", which is not one of the values/u);
	}
	expect(() => words([['a']], 'Expand')).toThrow('Expand is a list; a text is expected.');
});

test('a collection that is missing is empty', () => {
	expect([undefined, null, ''].map((value) => collection(value, 'Options'))).toEqual([{}, {}, {}]);
	expect(collection({ a: 1 }, 'Options')).toEqual({ a: 1 });
	for (const value of ['a', ['a'], 1]) {
		expect(() => collection(value, 'Options')).toThrow('Options has to be an object.');
	}
});

test('delivery has its defaults, and its bounds', () => {
	expect(deliveryOf({})).toEqual({
		maxConcurrency: 30,
		maxRetries: 3,
		timeout: 30_000,
		longestPause: 60_000,
	});
	const least = { maxConcurrency: 1, maxRetries: 0, timeout: 1 };
	const most = { maxConcurrency: 100, maxRetries: 10, timeout: 3_600_000 };
	expect(deliveryOf(least)).toMatchObject(least);
	expect(deliveryOf(most)).toMatchObject(most);
	expect(() => deliveryOf({ maxConcurrency: 0 })).toThrow(
		'Max Concurrency has to be a whole number from 1 to 100.',
	);
	expect(() => deliveryOf({ maxConcurrency: 101 })).toThrow('Max Concurrency');
	expect(() => deliveryOf({ maxRetries: -1 })).toThrow('Max Retries has to be a whole number from 0 to 10.');
	expect(() => deliveryOf({ maxRetries: 11 })).toThrow('Max Retries');
	expect(() => deliveryOf({ timeout: 0 })).toThrow('Timeout has to be a whole number from 1 to 3600000.');
	expect(() => deliveryOf({ timeout: 3_600_001 })).toThrow('Timeout');
});

test('what is expanded is asked for once each, in one list', () => {
	expect(expandQuery({})).toEqual({});
	expect(expandQuery({ expand: ['site', 'manifest', 'site'] }, 'connectivity')).toEqual({
		expand: 'site,manifest,connectivity',
	});
	expect(expandQuery({}, 'connectivity')).toEqual({ expand: 'connectivity' });
});

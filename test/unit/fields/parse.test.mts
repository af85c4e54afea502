import {
	isBlank,
	parseBoolean,
	parseChoice,
	parseCollection,
	parseId,
	parseInteger,
	parseNames,
	parseRequiredText,
	parseText,
} from '../../../nodes/EnapterDevice/fields/parse.ts';

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
		[byUrl('https://proxy.example.com/plant/7/ems/devices/my-device'), 'my-device'],
	])('%j is taken as %j', (value, id) => {
		expect(parseId(value, 'Device')).toBe(id);
	});

	test.each([
		[
			'',
			'Device is empty. If it comes from an expression, the expression gives nothing for this item: look at',
		],
		['  ', 'Device is empty.'],
		[undefined, 'Device is empty.'],
		[null, 'Device is empty.'],
		[{ __rl: true, mode: 'list', value: '' }, 'Device is empty. Choose one from the list, or give its ID.'],
		[{ __rl: true, mode: 'id', value: '' }, 'Device is empty. If it comes from an expression'],
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
		expect(() => parseId(value, 'Device')).toThrow(message);
	});
});

test('a text may be a number, or missing', () => {
	expect(['a', 1.5, null, undefined].map((value) => parseText(value, 'Name'))).toEqual(['a', '1.5', '', '']);
	expect(() => parseText(Number.POSITIVE_INFINITY, 'Name')).toThrow('Name is Infinity; a text is expected.');
});

test('a text that has to say something is not blank', () => {
	expect(parseRequiredText(' a ', 'Name', 'Give one.')).toBe(' a ');
	for (const value of ['', ' \t', null, undefined]) {
		expect(() => parseRequiredText(value, 'Name', 'Give one.')).toThrow('Name is empty. Give one.');
	}
});

test('a whole number may be written as a text, and its ends count', () => {
	expect([1, 5, '3', ' 4 '].map((value) => parseInteger(value, 'Limit', 1, 5))).toEqual([1, 5, 3, 4]);
	for (const value of [0, 6, 1.5, '', ' ', 'x', null, undefined, true, Number.NaN, [3]]) {
		expect(() => parseInteger(value, 'Limit', 1, 5)).toThrow('Limit has to be a whole number from 1 to 5.');
	}
});

test('one of the values, and no other', () => {
	expect(parseChoice('b', 'Letter', ['a', 'b'])).toBe('b');
	expect(() => parseChoice('c', 'Letter', ['a', 'b'])).toThrow('Letter has to be one of: a, b.');
});

test('yes or no, also as a text', () => {
	const values = [true, 'true', false, 'false', undefined];
	expect(values.map((value) => parseBoolean(value, 'Sure'))).toEqual([true, true, false, false, false]);
	for (const value of ['', 'yes', 1, 0, null]) {
		expect(() => parseBoolean(value, 'Sure')).toThrow('Sure has to be true or false.');
	}
});

test('names may come as a list, or as one text with commas', () => {
	expect(parseNames(['site', ' manifest '], 'Expand')).toEqual(['site', 'manifest']);
	expect(parseNames('site, manifest,,', 'Expand')).toEqual(['site', 'manifest']);
	expect([undefined, '', []].map((value) => parseNames(value, 'Expand'))).toEqual([[], [], []]);
	expect(parseNames('x'.repeat(64), 'Expand')).toHaveLength(1);
	expect(parseNames('a-b', 'Expand', /^[a-z-]+$/)).toEqual(['a-b']);
	for (const value of ['a b', 'a&b', 'x'.repeat(65), ['a-b'], 'ä']) {
		expect(() => parseNames(value, 'Expand')).toThrow(
			/^Expand holds ".{1,64}", which is not one of the values/u,
		);
	}
	expect(() => parseNames([['a']], 'Expand')).toThrow('Expand is a list; a text is expected.');
});

test('a collection is an object, and nothing else stands for an empty one', () => {
	expect(parseCollection({ a: 1 }, 'Options')).toEqual({ a: 1 });
	for (const value of [undefined, null, '', 'a', ['a'], 1]) {
		expect(() => parseCollection(value, 'Options')).toThrow(
			'Options has to be an object, as the panel makes it.',
		);
	}
});

test.each([undefined, null, '', ' \t', [], ['', null], { __rl: true, mode: 'list', value: '' }])(
	'%j says nothing',
	(value) => {
		expect(isBlank(value)).toBe(true);
	},
);

test.each([0, false, 'a', ['', 'a'], {}, { __rl: true, mode: 'id', value: 'a' }])(
	'%j says something',
	(value) => {
		expect(isBlank(value)).toBe(false);
	},
);

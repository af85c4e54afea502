import { isObject, isWebPage, parseJson } from '../../../nodes/EnapterDevice/transport/json.ts';

test.each([
	['<html>', true],
	['\n  <!doctype html>', true],
	['text < text', false],
	[{ html: '<html>' }, false],
])('%j is a web page: %j', (body, is) => {
	expect(isWebPage(body)).toBe(is);
});

test.each([
	[{}, true],
	[{ a: 1 }, true],
	[[], false],
	[null, false],
	['a', false],
	[undefined, false],
])('%j is an object: %j', (value, is) => {
	expect(isObject(value)).toBe(is);
});

test.each([
	['{"a":1}', { a: 1 }],
	['"text"', 'text'],
	['null', null],
	[' 7 ', 7],
	['', undefined],
	['<html>', undefined],
	['{"a":1', undefined],
])('the text %j is the value %j', (text, value) => {
	expect(parseJson(text)).toEqual(value);
});

describe('large numbers', () => {
	test.each([
		['9007199254740991', 9007199254740991],
		['-9007199254740991', -9007199254740991],
		['9007199254740992', '9007199254740992'],
		['9007199254740993', '9007199254740993'],
		['-9007199254740993', '-9007199254740993'],
		['7615917337495251231', '7615917337495251231'],
		['12345678901234567890.5', 12345678901234567890.5],
		['1.2345678901234567', 1.2345678901234567],
		['1e20', 1e20],
		['12345678901234567890e2', 12345678901234567890e2],
		['1234567890123456E+2', 1234567890123456e2],
	])('%s is kept as %j', (text, value) => {
		expect(parseJson(text)).toBe(value);
		expect(parseJson(`{"a":[${text}, ${text}]}`)).toEqual({ a: [value, value] });
	});

	test('digits inside texts and keys stay as they are, also after escaped quotes', () => {
		const value = { '9007199254740993': 'a "9007199254740993" b\\', more: '9007199254740993' };
		expect(parseJson(JSON.stringify(value))).toEqual(value);
	});

	test.each(['x', '"'])(
		'a text of %j, 10 million times, is read',
		(unit) => {
			const value = { text: unit.repeat(10_000_000 / unit.length), number: '12345678901234567890' };
			const json = JSON.stringify(value).replace(/"(\d+)"}$/, '$1}');
			const read = parseJson(json) as typeof value;
			expect(read.number).toBe(value.number);
			expect(read.text === value.text).toBe(true);
		},
		30_000,
	);
});

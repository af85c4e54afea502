import fc from 'fast-check';
import type { IDataObject } from 'n8n-workflow';

import { readForm, readJsonObject } from '../../../nodes/EnapterDevice/resources/device/parameterForm.ts';
import {
	checkParameters,
	convertValue,
	isSameValue,
	limitsOf,
	NO_VALUES,
	parametersOf,
	redactSensitive,
	secretsOf,
} from '../../../nodes/EnapterDevice/resources/device/parameters.ts';

const parametersWith = (declared: IDataObject) => parametersOf({ arguments: declared }, 'arguments', {});

const WORDS = { refusal: 'Do it was not sent to Pump', owner: 'Do it', noun: 'argument' };

const check = (declared: IDataObject, given: Record<string, unknown>, more: object = {}, isPartial = false) =>
	checkParameters(
		parametersWith(declared),
		{ ...NO_VALUES, values: new Map(Object.entries(given)), ...more },
		WORDS,
		isPartial,
	);

describe('a parameter', () => {
	test.each<[string, unknown, unknown]>([
		['integer', 5, 5],
		['INTEGER', '5', 5],
		['integer', ' +5 ', 5],
		['integer', -0, -0],
		['integer', 9007199254740991, 9007199254740991],
		['float', 5, 5],
		['float', '-.5', -0.5],
		['float', '5.', 5],
		['float', '1e3', 1000],
		['boolean', ' TRUE ', true],
		['boolean', false, false],
		['string', 'x', 'x'],
		['string', 5, '5'],
		['string', ' x ', ' x '],
		['array_of_strings', ['a'], ['a']],
		['array_of_strings', '["a","b"]', ['a', 'b']],
		['json', { a: 1 }, { a: 1 }],
		['json', '{"a": 1}', { a: 1 }],
		['json', '5', 5],
		['object', { a: 1 }, { a: 1 }],
		['time_range', '["22:00", "06:00"]', ['22:00', '06:00']],
		['time_range', '22:00', '22:00'],
		['constructor', 'x', 'x'],
		['', 7, 7],
	])('of type %s accepts %j as %j', (type, value, sent) => {
		expect(check({ a: { type } }, { a: value })).toEqual({ a: sent });
	});

	test.each<[string, unknown, string]>([
		['integer', 5.5, 'a whole number'],
		['integer', '5.0', 'a whole number'],
		['integer', true, 'a whole number'],
		['float', '1,5', 'a number, with a point'],
		['float', 'NaN', 'a number, with a point'],
		['float', Number.NaN, 'a number, with a point'],
		['float', '0x10', 'a number, with a point'],
		['float', [5], 'a number, with a point'],
		['boolean', 1, 'true or false'],
		['boolean', 'yes', 'true or false'],
		['string', true, 'text'],
		['string', { a: 1 }, 'text'],
		['array_of_strings', 'a, b', 'a list of texts'],
		['array_of_strings', [1], 'a list of texts'],
		['json', '{a: 1}', 'JSON'],
	])('of type %s refuses %j', (type, value, words) => {
		expect(() => check({ a: { type } }, { a: value })).toThrow(`: a must be ${words}`);
	});

	test.each<[string, unknown]>([
		['integer', 1e300],
		['integer', '9007199254740993'],
		['float', '7615917337495251231'],
		['float', 7615917337495251000],
		['string', 7615917337495251000],
		['json', '{"a": [9007199254740993]}'],
		['json', { a: [9007199254740992] }],
		['other', '9007199254740993'],
	])('of type %s refuses %j, which JavaScript may have rounded', (type, value) => {
		expect(() => check({ a: { type } }, { a: value })).toThrow('a has too many digits to be sent exactly');
	});

	test.each<[unknown]>([[null], [undefined], [''], [' \n'], [[]], [['']]])(
		'that is %j is refused',
		(value) => {
			for (const type of ['string', 'integer', 'boolean', 'json', 'other']) {
				expect(() => check({ a: { type } }, { a: value })).toThrow(': a is empty');
			}
		},
	);

	test('may be an empty text only if it is a text without choices', () => {
		const json = { source: 'json' };
		expect(check({ a: { type: 'string' } }, { a: '' }, json)).toEqual({ a: '' });
		for (const declared of [{ type: 'string', enum: ['x'] }, { type: 'integer' }, { type: 'json' }]) {
			expect(() => check({ a: declared }, { a: '' }, json)).toThrow(': a is empty');
		}
		for (const value of [null, []]) {
			expect(() => check({ a: { type: 'string' } }, { a: value }, json)).toThrow(': a is empty');
		}
	});

	test.each<[IDataObject, unknown, unknown]>([
		[{ type: 'integer', enum: { 1: null, 2: { display_name: 'Two' } } }, '2', 2],
		[{ type: 'integer', enum: [1, 2] }, 1, 1],
		[{ type: 'string', enum: ['1', '2'] }, 2, '2'],
		[{ type: 'string', enum_with_metainfo: [{ value: 'a', display_name: 'A' }] }, 'a', 'a'],
		[{ type: 'other', enum: ['1'] }, '1', '1'],
	])('with the choices of %j accepts %j', (declared, value, sent) => {
		expect(check({ a: declared }, { a: value })).toEqual({ a: sent });
		expect(() => check({ a: declared }, { a: '99' })).toThrow(/: a must be one from \(/);
	});

	test('that is a list with choices accepts any of them', () => {
		const declared = { type: 'array_of_strings', enum: ['a', 'b'] };
		expect(check({ a: declared }, { a: ['a'] })).toEqual({ a: ['a'] });
		expect(check({ a: declared }, { a: '["b", "a"]' })).toEqual({ a: ['b', 'a'] });
		for (const list of [['c'], ['a', 'c'], ['a,b']]) {
			expect(() => check({ a: declared }, { a: list })).toThrow(
				/: a must be a list of values from \(a, b\), not /,
			);
		}
	});

	test('that is JSON with choices refuses a list of one', () => {
		expect(() => check({ a: { type: 'json', enum: ['a'] } }, { a: ['a'] })).toThrow('must be one from (a)');
	});

	test.each<[IDataObject, string | undefined]>([
		[{ min: 1, max: 2, unit: '%' }, '1 to 2 %'],
		[{ min: 1, max: null }, 'at least 1'],
		[{ max: 2, unit: 'W' }, 'at most 2 W'],
		[{ min: '1', max: '2', unit: 'W' }, undefined],
	])('with %j has the limits %j', (declared, limits) => {
		const [parameter] = parametersWith({ a: declared });
		expect(parameter && limitsOf(parameter)).toBe(limits);
	});

	test('accepts its limits and nothing beyond', () => {
		const declared = { type: 'float', min: 1, max: 2 };
		expect(check({ a: declared }, { a: 1 })).toEqual({ a: 1 });
		expect(check({ a: declared }, { a: '2' })).toEqual({ a: 2 });
		expect(() => check({ a: declared }, { a: 2.0001 })).toThrow(
			'Do it was not sent to Pump: a must be 1 to 2, not 2.0001.',
		);
	});

	test('that is required must be given, whatever its default, unless only some are checked', () => {
		const declared = { a: { type: 'integer', required: true, default: 5 } };
		expect(() => check(declared, {})).toThrow(': a is required.');
		expect(check(declared, {}, {}, true)).toEqual({});
		expect(check({ a: { type: 'integer', required: false } }, {})).toEqual({});
	});

	test('is named with its name only if that cannot be guessed', () => {
		const declared = {
			max_soc: { type: 'integer', display_name: 'Max SoC' },
			v: { type: 'integer', display_name: 'Voltage, target' },
		};
		expect(() => check(declared, { max_soc: 'x', v: 'x' })).toThrow(
			'Max SoC must be a whole number, not "x"; "Voltage, target" (v) must be a whole number, not "x".',
		);
	});

	test('with a name from JavaScript is a parameter like any other', () => {
		expect(() => check({ a: { type: 'integer' } }, { toString: 1 })).toThrow(
			'there is no argument "toString"',
		);
		const declared = JSON.parse('{"__proto__": {"type": "integer"}}') as IDataObject;
		expect(Object.keys(check(declared, {}))).toEqual([]);
	});

	test('that is not declared is ignored only in the fields of an item', () => {
		expect(check({ a: { type: 'integer' } }, { a: 1, b: 2 }, { source: 'inputItem' })).toEqual({ a: 1 });
		expect(() => check({ a: { type: 'integer' } }, { a: 1, b: 2 })).toThrow('there is no argument "b"');
	});

	test('that is refused comes with what helps: the declared names, or where an expression fails', () => {
		const adviceFor = (declared: IDataObject, given: Record<string, unknown>, more: object = {}) => {
			try {
				return check(declared, given, more);
			} catch (error) {
				return (error as Error & { description?: string }).description;
			}
		};
		const declared = { a: { type: 'integer' }, b: {} };
		const model = { source: 'model' };
		expect(adviceFor(declared, { c: 1 })).toBe('Do it has 2 arguments: a and b.');
		expect(adviceFor(declared, { c: 1 }, model)).toBe('Do it has 2 arguments: a and b.');
		expect(adviceFor({}, { c: 1 })).toBe('Do it has no arguments.');
		expect(adviceFor({}, { c: 1 }, model)).toBe(
			'Do it has no arguments: give {"none": ""} if an empty object is not accepted.',
		);
		expect(adviceFor(declared, { a: '', b: '' })).toBe(
			'An expression that evaluates to nothing refers to a field that this item does not have.',
		);
		expect(adviceFor(declared, { a: 'x', b: '' })).toContain('An expression that evaluates to nothing');
		expect(adviceFor(declared, { a: 'x' })).toBe('');
	});

	test('that the API sent may be blank; its texts are converted only if the type is known', () => {
		const api = { source: 'api' };
		expect(check({ a: { type: 'string' } }, { a: '' }, api)).toEqual({ a: '' });
		expect(check({ a: { type: 'other' } }, { a: '5' }, api)).toEqual({ a: '5' });
		expect(check({ a: { type: 'other' } }, { a: '5' })).toEqual({ a: 5 });
		const [integer, other] = parametersWith({ a: { type: 'integer' }, b: { type: 'other' } });
		if (integer === undefined || other === undefined) throw new Error('not declared');
		expect(convertValue(integer, '5')).toBe(5);
		expect(convertValue(integer, 'x')).toBe(undefined);
		expect(convertValue(other, '{"a": 1}')).toBe('{"a": 1}');
		expect(convertValue(other, 5)).toBe(5);
	});

	test('"device_id" is not filled from an item if the value does not fit', () => {
		const item = { source: 'inputItem' };
		const declared = { device_id: { type: 'integer', required: true } };
		expect(check(declared, { device_id: '7' }, item)).toEqual({ device_id: 7 });
		expect(() => check(declared, { device_id: 'abc' }, item)).toThrow('device_id is required');
		expect(() => check(declared, { device_id: 'abc' })).toThrow('device_id must be a whole number');
		expect(() => check({ other: { type: 'integer' } }, { other: 'abc' }, item)).toThrow(
			'other must be a whole number',
		);
	});

	test('whatever it is and is declared as, is sent or refused in words', () => {
		fc.assert(
			fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (declared, value) => {
				try {
					expect(check({ a: declared as IDataObject }, { a: value })).toHaveProperty('a');
				} catch (error) {
					expect((error as Error).message).toMatch(/^Do it was not sent to Pump: /);
				}
			}),
			{ seed: 20_261_124 },
		);
	});
});

test.each<[unknown, unknown, boolean]>([
	[1, 1, true],
	[1, '1', false],
	[null, undefined, false],
	[[1, 2], [1, 2], true],
	[[1, 2], [1, 3], false],
	[[1, 2], [1], false],
	[[1], [1, 2], false],
	[[], {}, false],
	[[1], 1, false],
	[{ a: 1, b: [2] }, { b: [2], a: 1 }, true],
	[{ a: 1 }, { a: 2 }, false],
	[{ a: 1, b: 2 }, { a: 1, b: 3 }, false],
	[{ a: 1 }, { a: 1, b: 2 }, false],
	[{ a: 1, b: 2 }, { a: 1 }, false],
	[{ a: 1 }, 1, false],
	[{}, null, false],
])('%j and %j are the same value: %s', (one, other, isSame) => {
	expect(isSameValue(one, other)).toBe(isSame);
});

describe('a sensitive parameter', () => {
	const parameters = parametersWith({
		pin: { type: 'string', sensitive: true },
		list: { type: 'json', sensitive: true },
		mode: { type: 'string' },
	});
	const values = { pin: '1', list: { a: ['b', 2, true] }, mode: 'c' };

	test('is everything that no message may show', () => {
		expect(secretsOf(parameters, values)).toEqual(['1', '{"a":["b",2,true]}', '["b",2,true]', 'b', '2']);
	});

	test('is redacted in an output', () => {
		expect(redactSensitive(parameters, values)).toEqual({
			pin: '[REDACTED]',
			list: '[REDACTED]',
			mode: 'c',
		});
	});

	test('is not shown when it is refused', () => {
		expect(() => check({ pin: { type: 'integer', sensitive: true } }, { pin: 'S3cret' })).toThrow(
			/: pin must be a whole number\.$/,
		);
	});
});

describe('given values', () => {
	const item = (isTool = false) => ({ index: 0, isTool, timezone: 'UTC', input: { a: 1, b: '' } });
	const form = (value: unknown, raw: unknown = value, isTool = false) =>
		Object.fromEntries(readForm({ value, raw, item: item(isTool) }, 'Arguments').values);
	const jsonOf = (value: unknown, raw: unknown = value, isTool = false) =>
		readJsonObject({ value, raw, item: item(isTool) }, 'Arguments (JSON)');

	test('of a form are the filled-in ones', () => {
		const schema = [{ id: 'removed', removed: true }];
		const value = { a: 1, blank: '', none: null, removed: false };
		expect(form({ mappingMode: 'defineBelow', value, schema })).toEqual({ a: 1 });
		expect(form({ mappingMode: 'defineBelow', value: null })).toEqual({});
	});

	test('of a form keep expressions that evaluate to nothing, except those of a language model', () => {
		const raw = { value: { a: '={{ $json.x }}' } };
		expect(form({ value: { a: '' } }, raw)).toEqual({ a: '' });
		expect(form({ value: { a: '' } }, raw, true)).toEqual({});
	});

	test('mapped automatically are the fields of the item', () => {
		expect(form({ mappingMode: 'autoMapInputData', value: null })).toEqual({ a: 1, b: '' });
	});

	test('of an unknown mapping, or of one expression for the whole form, are refused', () => {
		expect(() => form({ mappingMode: 'other' })).toThrow('Mapping Column Mode of Arguments must be');
		expect(() => form({}, '={{ $json }}')).toThrow('Arguments cannot be one expression');
		expect(() => form({ value: 'x' }, { value: '={{ 1 }}' })).toThrow('Arguments must be an object');
	});

	test.each<[unknown, unknown, string]>([
		['{"a": ""}', '{"a": ""}', 'json'],
		[{ a: '' }, '={{ $json.args }}', 'json'],
		['{"a": ""}', '={"a": "{{ $json.x }}"}', 'form'],
	])('%j of %j are those of a %s: empty texts are values only in JSON', (value, raw, source) => {
		expect(jsonOf(value, raw).source).toBe(source);
	});

	test('that a language model leaves blank are omitted; those of a person are not', () => {
		expect(jsonOf({ a: '', b: 1 }, "={{ $fromAI('x') }}", true).values).toEqual(new Map([['b', 1]]));
		expect(jsonOf('{"a": ""}', '{"a": ""}', true).values).toEqual(new Map([['a', '']]));
	});

	test.each([['[1]'], ['x'], ['"{}"'], [5], [['a']]])('%j is refused as JSON object', (value) => {
		expect(() => jsonOf(value)).toThrow('Arguments (JSON) is not a JSON object.');
	});
});

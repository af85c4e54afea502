import { type AnyField, readField, withDefault } from '../../../nodes/EnapterDevice/fields/field.ts';
import {
	choice,
	collection,
	integer,
	names,
	notice,
	parseNames,
	personToggle,
	seconds,
	text,
	toggle,
	toolNotice,
	identifier,
	parseText,
} from '../../../nodes/EnapterDevice/fields/kinds.ts';
import { given } from '../../support/given.mts';

const property = (displayName: string, more: object = {}) =>
	({ displayName, name: displayName.toLowerCase(), type: 'string', default: '', ...more }) as const;

const read = (each: AnyField, value: unknown, more: Parameters<typeof given>[1] = {}) =>
	readField(each, given(value, more));

test('a notice has a text and no value', () => {
	expect(notice('note', 'Beware').property).toEqual({
		displayName: 'Beware',
		name: 'note',
		type: 'notice',
		default: '',
	});
	expect(read(notice('note', 'Beware'), 'anything')).toBeUndefined();
	expect(toolNotice('Beware').property).toEqual({
		displayName: 'Beware',
		name: 'toolNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { '@tool': [true] }, hide: { '/options.dryRun': [true] } },
	});
});

test.each([
	[true, { show: { '@tool': [true], '/options.x': [true] }, hide: { '/options.dryRun': [true] } }],
	[false, { show: { '@tool': [true] }, hide: { '/options.dryRun': [true], '/options.x': [true] } }],
])('a notice for language models can be shown only while an option is on: %j', (isOn, displayOptions) => {
	expect(toolNotice('Beware', { option: 'x', isOn }).property.displayOptions).toEqual(displayOptions);
});

describe('a text', () => {
	const NAME = text(property('Name'));

	test.each([
		['a', 'a'],
		[' a ', ' a '],
		[1.5, '1.5'],
		[0, '0'],
	])('%j is %j', (value, expected) => {
		expect(read(NAME, value)).toBe(expected);
	});

	test.each([
		[Number.POSITIVE_INFINITY, 'Infinity'],
		[true, 'true'],
		[['a'], 'a list'],
		[{ a: 1 }, 'an object'],
	])('%j is refused', (value, shown) => {
		expect(() => read(NAME, value)).toThrow(
			`Name must be text, not ${shown}. Use an expression that refers to a single field.`,
		);
	});
});

describe('a toggle', () => {
	const SURE = toggle(property('Sure', { type: 'boolean' }));

	test.each([
		[true, true],
		['true', true],
		[false, false],
		['false', false],
		[undefined, false],
	])('%j is %j', (value, expected) => {
		expect(read(SURE, value)).toBe(expected);
	});

	test.each(['yes', 1, 0, 'TRUE', {}])('%j is refused', (value) => {
		expect(() => read(SURE, value)).toThrow('Sure must be true or false.');
	});
});

test('a toggle that a language model leaves empty is refused: a dry run must not become a real one', () => {
	const DRY_RUN = toggle(property('Dry Run', { type: 'boolean' }));
	const raw = '={{ $fromAI("dry_run", "", "boolean") }}' as never;
	for (const value of [undefined, null, '', ' ']) {
		expect(() => read(DRY_RUN, value, { raw, isTool: true })).toThrow('Dry Run is empty.');
	}
});

test('a number that JavaScript may have rounded is not a text', () => {
	expect(parseText(Number.MAX_SAFE_INTEGER, 'Name')).toBe('9007199254740991');
	expect(parseText(2.5, 'Name')).toBe('2.5');
	expect(() => parseText(2 ** 53, 'Name')).toThrow(
		'Name is a number with too many digits to be read exactly.',
	);
});

test('an identifier has no spaces around it', () => {
	expect(read(identifier(property('Slug')), ' pump-1\n')).toBe('pump-1');
});

describe('a toggle that only a person can turn on', () => {
	const CONFIRM = personToggle(property('Confirm', { type: 'boolean' }));

	test('is set in the panel', () => {
		expect(CONFIRM.property.noDataExpression).toBe(true);
		expect([true, false].map((value) => read(CONFIRM, value))).toEqual([true, false]);
		expect(read(CONFIRM, undefined)).toBe(false);
		expect(read(CONFIRM, false, { raw: null as never })).toBe(false);
	});

	test.each([
		[true, '={{ true }}'],
		[false, '={{ false }}'],
		['true', 'true'],
		[1, 1],
	])('is refused as %j if the workflow contains %j', (value, raw) => {
		expect(() => read(CONFIRM, value, { raw: raw as never })).toThrow(
			'Confirm must be set in the panel of the node. Expressions and language models cannot set it.',
		);
		expect(() => read(CONFIRM, value, { raw: raw as never, isTool: true })).toThrow('Confirm must be set');
	});

	test('stays as the workflow contains it, whatever it evaluates to', () => {
		expect(read(CONFIRM, true, { raw: false as never })).toBe(false);
	});
});

describe('a whole number', () => {
	const LIMIT = integer(property('Limit', { typeOptions: { minValue: 1, maxValue: 5 } }));

	test('may be text, and its limits count', () => {
		expect([1, 5, '3', ' 4 '].map((value) => read(LIMIT, value))).toEqual([1, 5, 3, 4]);
	});

	test.each([0, 6, 1.5, 'x', true, Number.NaN, [3]])('is not %j', (value) => {
		expect(() => read(LIMIT, value)).toThrow('Limit must be a whole number from 1 to 5.');
	});

	test('without limits is not negative and exact', () => {
		const COUNT = integer(property('Count'));
		expect(read(COUNT, 0)).toBe(0);
		expect(read(COUNT, Number.MAX_SAFE_INTEGER)).toBe(Number.MAX_SAFE_INTEGER);
		for (const value of [-1, 2 ** 53]) {
			expect(() => read(COUNT, value)).toThrow('Count must be a whole number from 0 to 9007199254740991.');
		}
	});
});

describe('a span of time', () => {
	const AGE = seconds(property('Age', { typeOptions: { minValue: 1, maxValue: 3600 } }));

	test.each([
		[60, 60],
		['60', 60],
		['60s', 60],
		['5m', 300],
		['1m0s', 60],
		['1h', 3600],
		[' 90s ', 90],
	])('%j is %d seconds', (value, expected) => {
		expect(read(AGE, value)).toBe(expected);
	});

	test.each([0, '0s', '2h', '1.5m', 'soon', 1.5])('%j is refused', (value) => {
		expect(() => read(AGE, value)).toThrow('Age (in seconds) must be a whole number from 1 to 3600.');
	});

	test('has no other limits than those of the property', () => {
		expect(read(seconds(property('Age')), '0s')).toBe(0);
		expect(read(seconds(property('Age')), '1000000h')).toBe(3_600_000_000);
	});
});

describe('a choice', () => {
	const MODE = choice(property('Mode', { type: 'options' }), ['none', 'JSON']);

	test('is compared without case', () => {
		expect(['none', 'NONE', 'json', ' JSON '].map((value) => read(MODE, value))).toEqual([
			'none',
			'none',
			'JSON',
			'JSON',
		]);
	});

	test.each(['no', 7, ['none'], true])('is not %j', (value) => {
		expect(() => read(MODE, value)).toThrow('Mode must be one of: none, JSON.');
	});
});

describe('names', () => {
	const NAMES = names(property('Names', { type: 'multiOptions' }));

	test.each([
		[
			['site', ' manifest '],
			['site', 'manifest'],
		],
		['site, manifest,,', ['site', 'manifest']],
		[
			['a', ' a', 'b'],
			['a', 'b'],
		],
		[
			['a', 1],
			['a', '1'],
		],
		['x'.repeat(64), ['x'.repeat(64)]],
	])('%j are %j', (value, expected) => {
		expect(read(NAMES, value)).toEqual(expected);
	});

	test.each(['a b', 'a&b', 'x'.repeat(65), ['b', 'a-b'], 'ä'])('%j are refused', (value) => {
		expect(() => read(NAMES, value)).toThrow(/^Names contains "[^b].{0,63}", which is not a valid name\.$/u);
	});

	test('may have a pattern of their own', () => {
		expect(read(names(property('Names'), /^[a-z-]+$/), 'a-b')).toEqual(['a-b']);
	});

	test('are never none', () => {
		expect(() => read(NAMES, ', ,')).toThrow('Names is empty. Enter at least one name.');
		expect(() => parseNames([], 'Names', /./)).toThrow('Names is empty. Enter at least one name.');
	});

	test.each([[null], [undefined], [''], [' ']])('of which one is %j are refused', (entry) => {
		expect(() => read(NAMES, ['a', entry])).toThrow('Names contains an empty value.');
	});

	test('are not lists of lists', () => {
		expect(() => read(NAMES, [['a']])).toThrow('Names must be text, not a list.');
		expect(() => read(NAMES, { a: 1 })).toThrow('Names must be text, not an object.');
	});
});

describe('a collection', () => {
	const FILTERS = collection(
		{ displayName: 'Filters', name: 'filters', placeholder: 'Add filter' },
		text(property('Name')),
		withDefault(integer(property('Count')), 7),
		personToggle(property('Confirm', { type: 'boolean' })),
	);
	const NONE = { name: undefined, count: 7, confirm: false };

	test('is described once, with its fields', () => {
		expect(FILTERS.property).toMatchObject({
			displayName: 'Filters',
			name: 'filters',
			type: 'collection',
			default: {},
			placeholder: 'Add filter',
			options: [{ name: 'name' }, { name: 'count' }, { name: 'confirm' }],
		});
	});

	test('has the values of the fields that were added, and the defaults of the others', () => {
		expect(read(FILTERS, { name: 'a', confirm: true, other: 1 })).toEqual({
			...NONE,
			name: 'a',
			confirm: true,
		});
		expect(read(FILTERS, {})).toEqual(NONE);
		expect(FILTERS.absent).toEqual(NONE);
	});

	test.each([undefined, null, ''])('that is %j has the defaults', (value) => {
		expect(read(FILTERS, value, { raw: (value ?? null) as never })).toEqual(NONE);
	});

	test.each([
		[{ name: ' ' }, 'Name is empty.'],
		[{ name: null }, 'Name is empty.'],
		[{ name: 'a', count: '' }, 'Count is empty.'],
		[{ count: 'x' }, 'Count must be a whole number'],
	])('with %j is refused: a field that was added must have a value', (value, message) => {
		expect(() => read(FILTERS, value)).toThrow(message);
	});

	test('with an expression that evaluates to nothing is refused', () => {
		const raw = { name: '={{ $json.nme }}' };
		expect(() => read(FILTERS, { name: undefined }, { raw: raw as never })).toThrow('Name is empty.');
	});

	test('ignores fields that a language model left blank', () => {
		expect(read(FILTERS, { name: '', count: null }, { isTool: true })).toEqual(NONE);
	});

	test.each(['a', ['a'], 1, true])('is not %j', (value) => {
		expect(() => read(FILTERS, value)).toThrow('Filters must be an object.');
	});

	test('is not an expression that evaluates to nothing', () => {
		for (const value of [undefined, null, '']) {
			expect(() => read(FILTERS, value, { raw: '={{ $json.filters }}' as never })).toThrow(
				'Filters must be an object.',
			);
		}
	});

	test('may be an expression, which cannot set what only a person can', () => {
		const raw = '={{ $json.filters }}' as never;
		expect(read(FILTERS, { name: 'a' }, { raw })).toEqual({ ...NONE, name: 'a' });
		expect(() => read(FILTERS, { confirm: true }, { raw })).toThrow('Confirm must be set in the panel');
	});
});

import type { IDataObject } from 'n8n-workflow';

import { formFields } from '../../../nodes/EnapterDevice/resources/device/parameterForm.ts';
import { parametersOf } from '../../../nodes/EnapterDevice/resources/device/parameters.ts';

/** The field of a form for a parameter that is declared like this. */
function fieldOf(declared: IDataObject, isPartial = false) {
	const parameters = parametersOf({ arguments: { a: declared } }, 'arguments', {});
	const [field] = formFields(parameters, isPartial);
	if (field === undefined) throw new Error('The form has no field');
	return field;
}

const YES_NO = [
	{ name: 'Yes', value: 'true' },
	{ name: 'No', value: 'false' },
];

test('a form has a field for each parameter, in their order', () => {
	const declared = { arguments: { b: { display_name: 'Rate' }, a: {} } };
	expect(formFields(parametersOf(declared, 'arguments', {}))).toEqual([
		{
			id: 'b',
			displayName: 'Rate · as JSON',
			required: false,
			defaultMatch: false,
			display: true,
			type: 'string',
		},
		{
			id: 'a',
			displayName: 'a · as JSON',
			required: false,
			defaultMatch: false,
			display: true,
			type: 'string',
		},
	]);
});

test.each<[string, string]>([
	['string', 'string'],
	['integer', 'number'],
	['float', 'number'],
	['array_of_strings', 'array'],
	['json', 'string'],
	['other', 'string'],
])('a parameter of type %s has a field of type %s', (type, expected) => {
	expect(fieldOf({ type }).type).toBe(expected);
	expect(fieldOf({ type })).not.toHaveProperty('options');
});

describe('a toggle', () => {
	test('is shown for a boolean that is required or has a default', () => {
		expect(fieldOf({ type: 'boolean', required: true })).toMatchObject({ type: 'boolean', required: true });
		expect(fieldOf({ type: 'boolean', default: 'false' })).toMatchObject({
			type: 'boolean',
			defaultValue: false,
		});
	});

	test('becomes a list with Yes and No if it may be left blank', () => {
		expect(fieldOf({ type: 'boolean' })).toMatchObject({ type: 'options', options: YES_NO });
		expect(fieldOf({ type: 'boolean', required: true, default: true }, true)).toMatchObject({
			type: 'options',
			options: YES_NO,
			required: false,
		});
	});
});

describe('allowed values', () => {
	test('are a list, with their names', () => {
		const named = [{ value: 1, display_name: '<b>One</b>' }, { value: 2 }];
		expect(fieldOf({ type: 'integer', enum_with_metainfo: named })).toMatchObject({
			type: 'options',
			options: [
				{ value: 1, name: 'One' },
				{ value: 2, name: '2' },
			],
		});
	});

	test('are no list if several can be chosen', () => {
		const field = fieldOf({ type: 'array_of_strings', enum: ['a', 'b'] });
		expect(field.type).toBe('array');
		expect(field).not.toHaveProperty('options');
	});

	test('that n8n would store as an expression are left out', () => {
		expect(fieldOf({ type: 'string', enum: ['=a', 'a='] }).options).toEqual([{ value: 'a=', name: 'a=' }]);
		expect(fieldOf({ type: 'string', enum: ['=a'] })).toMatchObject({ type: 'string' });
	});

	test('have the default selected, if it is one of them', () => {
		const declared = { type: 'integer', enum: [1, 2] };
		expect(fieldOf({ ...declared, default: '2' }).defaultValue).toBe(2);
		expect(fieldOf({ ...declared, default: 3 })).not.toHaveProperty('defaultValue');
	});
});

describe('a default', () => {
	test.each<[IDataObject, unknown]>([
		[{ type: 'string', default: 'x' }, 'x'],
		[{ type: 'integer', default: '5' }, 5],
		[{ type: 'boolean', default: true }, true],
	])('of %j is filled in', (declared, value) => {
		expect(fieldOf(declared).defaultValue).toBe(value);
	});

	test.each<[IDataObject]>([
		[{ type: 'string' }],
		[{ type: 'string', default: '=x' }],
		[{ type: 'string', default: 'x', sensitive: true }],
		[{ type: 'array_of_strings', default: ['x'] }],
	])('of %j is not filled in', (declared) => {
		expect(fieldOf(declared)).not.toHaveProperty('defaultValue');
	});

	test('is not filled in if blank fields keep their current values, and nothing is required', () => {
		const field = fieldOf({ type: 'string', default: 'x', required: true }, true);
		expect(field).not.toHaveProperty('defaultValue');
		expect(field.required).toBe(false);
	});
});

test.each<[IDataObject, string]>([
	[{ type: 'string', display_name: 'Mode' }, 'Mode'],
	[{ type: 'integer' }, 'a · whole number'],
	[{ type: 'float' }, 'a'],
	[{ type: 'integer', min: 1, max: 5 }, 'a · 1–5'],
	[{ type: 'float', unit: '%' }, 'a · %'],
	[{ type: 'integer', min: 1, max: 5, unit: '%' }, 'a · 1–5 %'],
	[{ type: 'json' }, 'a · as JSON'],
	[{ type: 'string', sensitive: true, description: 'The PIN' }, 'a · sensitive · The PIN'],
	[{ type: 'string', display_name: 'Mode', description: 'Mode' }, 'Mode'],
	[{ type: 'string', description: 'x'.repeat(60) }, `a · ${'x'.repeat(60)}`],
	[{ type: 'string', description: 'x'.repeat(61) }, `a · ${'x'.repeat(60)}…`],
])('the label of %j is "%s"', (declared, label) => {
	expect(fieldOf(declared).displayName).toBe(label);
});

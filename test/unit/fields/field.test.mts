import type { UserError } from 'n8n-workflow';

import {
	field,
	isBlank,
	readField,
	readFields,
	required,
	shownIf,
	withDefault,
} from '../../../nodes/EnapterDevice/fields/field.ts';
import { notice, toggle, toolNotice } from '../../../nodes/EnapterDevice/fields/kinds.ts';
import { given, giver } from '../../support/given.mts';

const NAME = field(
	{ displayName: 'Name', name: 'name', type: 'string', default: '' },
	(value, label) => `${label}: ${String(value)}`,
);

const BLANKS = [null, '', ' \t', [], ['', null], { __rl: true, mode: 'list', value: '' }];

/** The error of a function. */
function errorOf(work: () => unknown): UserError {
	try {
		work();
	} catch (error) {
		return error as UserError;
	}
	throw new Error('Nothing was thrown');
}

test('a field is read with its label', () => {
	expect(readField(NAME, given('a'))).toBe('Name: a');
});

test('a field with a value is read, also if it is not known how the workflow contains it', () => {
	expect(readField(NAME, { ...given('a'), raw: undefined })).toBe('Name: a');
});

test('reading sees the value, the value in the workflow, and the item', () => {
	const parse = jest.fn(() => 'parsed');
	const seen = given('a', { raw: '={{ $json.a }}' });
	expect(readField({ ...NAME, parse }, seen)).toBe('parsed');
	expect(parse).toHaveBeenCalledWith('a', 'Name', seen);
});

describe('a field that the workflow does not contain', () => {
	test('has no value, or its default', () => {
		expect(readField(NAME, given(undefined))).toBeUndefined();
		expect(readField(withDefault(NAME, 'none'), given(undefined))).toBe('none');
		expect(readField(shownIf(withDefault(NAME, 'none'), { a: [1] }), given(undefined))).toBeUndefined();
	});

	test('is refused if it is required', () => {
		expect(() => readField(required(NAME), given(undefined))).toThrow('Name is empty.');
		expect(required(NAME).property.required).toBe(true);
		expect(NAME.property).not.toHaveProperty('required');
	});
});

describe('a field that is set but blank', () => {
	test.each(BLANKS)('(%j) is refused, never read as its default', (value) => {
		for (const each of [NAME, withDefault(NAME, 'none'), required(NAME)]) {
			expect(() => readField(each, given(value))).toThrow('Name is empty.');
		}
	});

	test('because its expression evaluates to nothing is refused, too', () => {
		const nothing = { ...given(undefined), raw: '={{ $json.nme }}' };
		expect(() => readField(withDefault(NAME, 'none'), nothing)).toThrow('Name is empty.');
	});

	test('is a value if the field allows it', () => {
		expect(readField({ ...NAME, mayBeBlank: true }, given(''))).toBe('Name: ');
		expect(readField({ ...NAME, mayBeBlank: true }, given(undefined))).toBeUndefined();
	});

	test('counts as absent if a language model left it blank, unless it is required', () => {
		for (const value of BLANKS) {
			expect(readField(withDefault(NAME, 'none'), given(value, { isTool: true }))).toBe('none');
			expect(() => readField(required(NAME), given(value, { isTool: true }))).toThrow('Name is empty.');
		}
	});

	test('says what to do', () => {
		expect(errorOf(() => readField(NAME, given(''))).description).toMatch(
			/^Enter a value, or remove the field\. If it contains an expression/,
		);
		const byList = given({ __rl: true, mode: 'list', value: '' });
		expect(errorOf(() => readField(NAME, byList)).description).toBe(
			'Choose an entry from the list, or enter an ID.',
		);
		for (const value of [{ __rl: true, mode: 'id', value: '' }, []]) {
			expect(errorOf(() => readField(NAME, given(value))).description).toMatch(/^Enter a value/);
		}
	});
});

describe('the fields of an item', () => {
	const IS_ON = toggle({ displayName: 'On', name: 'on', type: 'boolean', default: false });
	const other = (name: string, shown: unknown[]) =>
		shownIf(withDefault({ ...NAME, property: { ...NAME.property, name } }, 'none'), {
			on: shown as boolean[],
			resource: ['device'],
		});

	test('are read by name, in order, those that are not shown are not read', () => {
		const read: string[] = [];
		const values = { on: true, a: 'A', b: 'B' };
		const give = (name: string) => {
			read.push(name);
			return giver(values)(name);
		};
		expect(readFields([IS_ON, other('a', [true]), other('b', [false])], give)).toEqual({
			on: true,
			a: 'Name: A',
			b: undefined,
		});
		expect(read).toEqual(['on', 'a']);
	});

	test('that are blank are not refused if they are not shown', () => {
		const give = giver({ on: true, b: '' });
		expect(readFields([IS_ON, other('b', [false])], give).b).toBeUndefined();
		expect(() => readFields([IS_ON, other('b', [true])], give)).toThrow('Name is empty.');
	});

	test('have no values of notices, which are never asked for', () => {
		const give = jest.fn(giver({}));
		expect(readFields([notice('note', 'A text'), toolNotice('A text')], give)).toEqual({});
		expect(give).not.toHaveBeenCalled();
	});
});

test.each([undefined, ...BLANKS])('%j is blank', (value) => {
	expect(isBlank(value)).toBe(true);
});

test.each([0, false, 'a', ['', 'a'], {}, { __rl: true, mode: 'id', value: 'a' }, { value: '' }])(
	'%j is not blank',
	(value) => {
		expect(isBlank(value)).toBe(false);
	},
);

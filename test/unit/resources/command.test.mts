import fc from 'fast-check';
import type { IDataObject } from 'n8n-workflow';

import {
	checkArguments,
	isSame,
	limits,
	secretsOf,
} from '../../../nodes/EnapterDevice/resources/command/arguments.ts';
import {
	type Command,
	commandsOf,
	findCommand,
	isBelow,
	readable,
} from '../../../nodes/EnapterDevice/resources/command/commands.ts';
import { type Execution, failureOf } from '../../../nodes/EnapterDevice/resources/command/execution.ts';

function commandWith(args: IDataObject): Command {
	const command = commandsOf({ commands: { c: { display_name: 'Do it', arguments: args } } }).get('c');
	if (command === undefined) throw new Error('the manifest has no command');
	return command;
}

const check = (args: IDataObject, given: Record<string, unknown>, isAnyNameFine = false) =>
	checkArguments(commandWith(args), {
		values: new Map(Object.entries(given)),
		isAnyNameFine,
		isFromModel: false,
	});

describe('an argument', () => {
	test.each<[string, unknown, unknown]>([
		['integer', 5, 5],
		['integer', ' +5 ', 5],
		['integer', -0, -0],
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
	])('of type %s takes %j as %j', (type, value, sent) => {
		expect(check({ a: { type } }, { a: value })).toEqual({ a: sent });
	});

	test.each<[string, unknown, string]>([
		['integer', 5.5, 'a whole number'],
		['integer', '5.0', 'a whole number'],
		['integer', 1e300, 'a whole number'],
		['integer', true, 'a whole number'],
		['integer', '9007199254740993', 'a whole number'],
		['float', '1,5', 'a number, with a point'],
		['float', 'NaN', 'a number, with a point'],
		['float', Number.NaN, 'a number, with a point'],
		['float', '0x10', 'a number, with a point'],
		['float', [5], 'a number, with a point'],
		['boolean', 1, 'true or false'],
		['boolean', 'yes', 'true or false'],
		['string', true, 'a text'],
		['string', { a: 1 }, 'a text'],
		['array_of_strings', 'a, b', 'a list of texts'],
		['array_of_strings', [1], 'a list of texts'],
		['json', '{a: 1}', 'JSON'],
	])('of type %s does not take %j', (type, value, words) => {
		expect(() => check({ a: { type } }, { a: value })).toThrow(`"a" has to be ${words}`);
	});

	test.each<[unknown]>([[null], [undefined], [''], [' \n'], [[]], [['']]])(
		'that is %j is refused',
		(value) => {
			for (const type of ['string', 'integer', 'boolean', 'json', 'other']) {
				expect(() => check({ a: { type } }, { a: value })).toThrow('"a" is empty');
			}
		},
	);

	test.each<[IDataObject, unknown, unknown]>([
		[{ type: 'integer', enum: { 1: null, 2: { display_name: 'Two' } } }, '2', 2],
		[{ type: 'integer', enum: [1, 2] }, 1, 1],
		[{ type: 'string', enum: ['1', '2'] }, 2, '2'],
		[{ type: 'string', enum_with_metainfo: [{ value: 'a', display_name: 'A' }] }, 'a', 'a'],
		[{ type: 'other', enum: ['1'] }, '1', '1'],
	])('with the choices of %j takes %j', (declared, value, sent) => {
		expect(check({ a: declared }, { a: value })).toEqual({ a: sent });
		expect(() => check({ a: declared }, { a: '99' })).toThrow(/"a" has to be one of /);
	});

	test('that is a list with choices takes any of them', () => {
		const declared = { type: 'array_of_strings', enum: ['a', 'b'] };
		expect(check({ a: declared }, { a: ['a'] })).toEqual({ a: ['a'] });
		expect(check({ a: declared }, { a: '["b", "a"]' })).toEqual({ a: ['b', 'a'] });
		for (const list of [['c'], ['a', 'c'], ['a,b']]) {
			expect(() => check({ a: declared }, { a: list })).toThrow(/"a" has to be a list of some of a, b, not /);
		}
	});

	test('that is JSON with choices does not take a list of one for it', () => {
		expect(() => check({ a: { type: 'json', enum: ['a'] } }, { a: ['a'] })).toThrow('"a" has to be one of a');
	});

	test('with limits takes them', () => {
		const declared = { type: 'float', min: 1, max: 2 };
		expect(check({ a: declared }, { a: 1 })).toEqual({ a: 1 });
		expect(check({ a: declared }, { a: '2' })).toEqual({ a: 2 });
		expect(() => check({ a: declared }, { a: 2.0001 })).toThrow('"a" has to be from 1 to 2, not 2.0001');
		expect([limits(1, null), limits(undefined, 2), limits('1', '2')]).toEqual([
			'at least 1',
			'at most 2',
			undefined,
		]);
	});

	test('that is required has to be there, whatever its default', () => {
		expect(() => check({ a: { type: 'integer', required: true, default: 5 } }, {})).toThrow(
			'"a" is required',
		);
		expect(check({ a: { type: 'integer', required: false } }, {})).toEqual({});
	});

	test('with a name from JavaScript is an argument like any other', () => {
		const args = JSON.parse('{"__proto__": {"type": "integer"}}') as IDataObject;
		expect(() => check({ a: { type: 'integer' } }, { toString: 1 })).toThrow(
			'"toString" is no argument of it',
		);
		expect(Object.keys(check(args, {}))).toEqual([]);
	});

	test('that the command does not know is passed over only where fields are mapped automatically', () => {
		expect(check({ a: { type: 'integer' } }, { a: 1, b: 2 }, true)).toEqual({ a: 1 });
	});

	test('whatever it is and is declared as, is sent or refused in words', () => {
		fc.assert(
			fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (declared, value) => {
				try {
					expect(check({ a: declared as IDataObject }, { a: value })).toHaveProperty('a');
				} catch (error) {
					expect((error as Error).message).toMatch(/^"Do it" cannot be executed with these arguments: "/);
				}
			}),
			{ seed: 20_261_124 },
		);
	});
});

describe('a sensitive argument', () => {
	const command = commandWith({
		pin: { type: 'string', sensitive: true },
		list: { type: 'json', sensitive: true },
		mode: { type: 'string' },
	});

	test('is all that no message may show', () => {
		expect(secretsOf(command, { pin: '1', list: { a: ['b', 2, true] }, mode: 'c' })).toEqual([
			'1',
			'{"a":["b",2,true]}',
			'["b",2,true]',
			'b',
			'2',
		]);
	});

	test('does not tell executions apart, as the API hides it', () => {
		expect(isSame(command, { pin: '1', mode: 'c' }, { pin: '***', mode: 'c' })).toBe(true);
		expect(isSame(command, { pin: '1', mode: 'c' }, { mode: 'c' })).toBe(true);
		expect(isSame(command, { mode: 'c' }, { mode: 'd' })).toBe(false);
	});
});

test.each<[IDataObject, unknown, boolean]>([
	[{}, null, true],
	[{}, undefined, true],
	[{}, 'x', true],
	[{ a: 1 }, { a: 1 }, true],
	[{ a: 1 }, { a: 1, b: null }, false],
	[{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
	[{ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, true],
	[{ a: [1, 2] }, { a: [1] }, false],
	[{ a: 1 }, { a: '1' }, false],
	[{ a: { b: 1 } }, { a: [1] }, false],
])('arguments %j and %j: the same is %j', (sent, shown, same) => {
	expect(isSame(commandWith({ a: {}, b: {} }), sent, shown)).toBe(same);
});

describe('a command', () => {
	const commands = commandsOf({
		commands: {
			start: { aliases: 'begin' },
			stop: { aliases: ['end', 'start', 7], access_level: 'owner' },
			ask: {
				confirmation: { severity: 'info', title: ' Sure?\n<b>Really</b> ', description: '= No way back.' },
			},
		},
	});

	test('is found by its own name before an alias', () => {
		expect(
			['start', 'begin', 'end', 'none', 'constructor'].map((name) => findCommand(commands, name)?.name),
		).toEqual(['start', 'start', 'stop', undefined, undefined]);
	});

	test('needs USER unless it says otherwise', () => {
		expect([...commands.values()].map(({ accessLevel }) => accessLevel)).toEqual(['USER', 'OWNER', 'USER']);
	});

	test('asks what it asks in plain text', () => {
		expect(commands.get('ask')?.confirmation).toBe('Sure? Really No way back.');
	});

	test('is read once a manifest', () => {
		const manifest = { commands: { a: {} } };
		expect(commandsOf(manifest)).toBe(commandsOf(manifest));
	});
});

test.each<[string | undefined, string, boolean]>([
	['READONLY', 'USER', true],
	['user', 'USER', false],
	['SYSTEM', 'VENDOR', false],
	['INSTALLER', 'VENDOR', true],
	['OTHER', 'USER', false],
	['USER', 'OTHER', false],
	[undefined, 'USER', false],
])('the role %s is below %s: %j', (role, needed, below) => {
	expect(isBelow(role, needed)).toBe(below);
});

test('a text of a manifest is shown in one line, without tags, and not as an expression', () => {
	expect(readable('  a\n <img src=x onerror=y> b')).toBe('a b');
	expect(readable('== {{ 1 }}')).toBe('{{ 1 }}');
	expect([readable('='), readable(''), readable(7), readable(null)]).toEqual(Array(4).fill(undefined));
	expect(readable('x'.repeat(300))).toHaveLength(201);
});

describe('an execution that has ended', () => {
	const subject = { named: 'd', displayName: 'Do it' };
	const failure = (execution: unknown) => failureOf(execution as Execution, subject);

	test.each([['SUCCESS'], ['success'], ['NEW'], ['IN_PROGRESS'], ['in_progress']])(
		'%s is no failure',
		(state) => {
			expect(failure({ id: 'x', state })).toBeUndefined();
		},
	);

	test.each<[unknown, string]>([
		[{ reason: 'Hot', code: 7 }, 'Device "d" reports that "Do it" failed: Hot'],
		['Hot', 'Device "d" reports that "Do it" failed: Hot'],
		[{ code: 'hot' }, 'Device "d" reports that "Do it" failed'],
		[undefined, 'Device "d" reports that "Do it" failed'],
		[null, 'Device "d" reports that "Do it" failed'],
		[[1], 'Device "d" reports that "Do it" failed'],
	])('ERROR with %j says what the device says', (payload, reason) => {
		expect(failure({ id: 'x', state: 'ERROR', response: { payload } })?.reason).toBe(reason);
	});

	test('ERROR says the code last, and what else the device says', () => {
		const response = { payload: { reason: 'Hot', code: 'too_hot', temperature: 90 } };
		expect(failure({ id: 'x', state: 'ERROR', response })?.details).toEqual([
			'It also says: {"temperature":90}',
			'Code too_hot',
			'Execution x',
		]);
	});

	test('in a way that no one foresaw is a failure in words', () => {
		fc.assert(
			fc.property(fc.jsonValue(), fc.jsonValue(), (state, response) => {
				const ended = typeof state === 'string' && /^(success|new|in_progress)$/i.test(state);
				expect(failure({ id: 'x', state, response }) === undefined).toBe(ended);
			}),
			{ seed: 20_261_124 },
		);
	});
});

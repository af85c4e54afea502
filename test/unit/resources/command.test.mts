import fc from 'fast-check';
import type { IDataObject } from 'n8n-workflow';

import {
	type Command,
	commandsOf,
	findCommand,
} from '../../../nodes/EnapterDevice/resources/command/commands.ts';
import {
	type Execution,
	failureOf,
	hasAnswer,
	isRunning,
	runningFailure,
} from '../../../nodes/EnapterDevice/resources/command/execution.ts';
import { hasSameArguments } from '../../../nodes/EnapterDevice/resources/command/lookup.ts';
import {
	hasContents,
	hideContents,
	redactExecution,
} from '../../../nodes/EnapterDevice/resources/command/redaction.ts';

function commandWith(args: IDataObject): Command {
	const command = commandsOf({ commands: { c: { display_name: 'Do it', arguments: args } } }).get('c');
	if (command === undefined) throw new Error('the manifest has no command');
	return command;
}

describe('the arguments of an execution', () => {
	const command = commandWith({
		a: {},
		b: { type: 'integer', default: '5' },
		pin: { type: 'string', sensitive: true },
	});

	test.each<[IDataObject, unknown, boolean]>([
		[{}, null, true],
		[{}, undefined, true],
		[{ a: 1 }, undefined, true],
		[{ a: 1 }, { a: 1 }, true],
		[{ a: 1 }, {}, false],
		[{}, { a: 1 }, false],
		[{ a: 1 }, { a: 1, b: null }, true],
		[{ a: 1 }, { a: 1, b: 5 }, true],
		[{ a: 1 }, { a: 1, b: 6 }, false],
		[{ a: 1, b: 6 }, { a: 1, b: 5 }, false],
		[{ a: 1 }, { a: 1, other: 5 }, false],
		[{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
		[{ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, true],
		[{ a: [1, 2] }, { a: [1] }, false],
		[{ a: 1 }, { a: '1' }, false],
		[{ a: { b: 1 } }, { a: [1] }, false],
		[{ pin: '1', a: 1 }, { pin: '***', a: 1 }, true],
		[{ pin: '1', a: 1 }, { a: 1 }, true],
		[{ a: 1 }, { a: 1, pin: '***' }, true],
	])('%j, shown as %j, are the same: %j', (sent, shown, same) => {
		expect(hasSameArguments(command, sent, shown)).toBe(same);
	});
});

describe('a redacted execution', () => {
	const command = commandWith({ state: { sensitive: true }, mode: {} });

	test('keeps everything but the sensitive arguments, whatever they are called', () => {
		const execution = {
			id: 'x',
			state: 'SUCCESS',
			request: { name: 'c', arguments: { state: 'S3cret', mode: 'a' } },
			response: { state: 'SUCCEEDED', payload: { state: 'b', text: 'is S3cret' } },
			log: [{ state: 'STARTED', payload: { list: ['S3cret', 5] } }, null],
		} as unknown as Execution;
		expect(redactExecution(execution, command)).toEqual({
			...execution,
			request: { name: 'c', arguments: { state: '[REDACTED]', mode: 'a' } },
			response: { state: 'SUCCEEDED', payload: { state: '[REDACTED]', text: 'is [REDACTED]' } },
			log: [{ state: 'STARTED', payload: { list: ['[REDACTED]', 5] } }, null],
		});
	});

	test('keeps short values that stand elsewhere, because they may mean something else', () => {
		const execution = {
			id: 'x',
			request: { arguments: { state: '12' } },
			response: { payload: { tries: 12 } },
		} as unknown as Execution;
		expect(redactExecution(execution, command)).toMatchObject({
			request: { arguments: { state: '[REDACTED]' } },
			response: { payload: { tries: 12 } },
		});
	});

	test('has its sensitive values redacted under their names at any depth; no value is no secret', () => {
		const payload = { steps: [{ state: 'S3cret', mode: 'a' }], state: null };
		const execution = { id: 'x', response: { payload } } as unknown as Execution;
		const state = { state: undefined, inner: { state: 7 } };
		expect(redactExecution(execution, command).response).toEqual({
			payload: { steps: [{ state: '[REDACTED]', mode: 'a' }], state: null },
		});
		expect(
			redactExecution({ ...execution, response: { payload: state } } as unknown as Execution, command)
				.response,
		).toEqual({ payload: { state: undefined, inner: { state: '[REDACTED]' } } });
	});

	test('is the execution itself if nothing is sensitive', () => {
		const execution = { id: 'x' };
		expect(redactExecution(execution, commandWith({ mode: {} }))).toBe(execution);
	});
});

describe('an execution of a command that is not known', () => {
	test.each<[object, boolean]>([
		[{}, false],
		[{ request: { name: 'c' } }, false],
		[{ request: { arguments: {} }, response: { payload: {} }, log: [] }, false],
		[{ request: { arguments: null }, response: null, log: [null, 'x', { payload: '' }] }, false],
		[{ log: 'x' }, false],
		[{ request: { arguments: { a: 1 } } }, true],
		[{ response: { payload: 'text' } }, true],
		[{ response: { payload: { a: 1 } } }, true],
		[{ log: [{ payload: {} }, { payload: { a: 1 } }] }, true],
	])('%j shows what was sent: %s', (execution, shows) => {
		expect(hasContents(execution as Execution)).toBe(shows);
	});

	test('keeps the names of what was sent, without the values', () => {
		const execution = {
			id: 'x',
			state: 'SUCCESS',
			request: { name: 'c', arguments: { pin: 1234, mode: null } },
			response: { state: 'SUCCEEDED', payload: 'the PIN is 1234' },
			log: [{ state: 'STARTED', payload: '' }, { payload: { step: 1 } }, null, { state: 'STARTED' }],
		} as unknown as Execution;
		expect(hideContents(execution)).toEqual({
			...execution,
			request: { name: 'c', arguments: { pin: '[REDACTED]', mode: '[REDACTED]' } },
			response: { state: 'SUCCEEDED', payload: '[REDACTED]' },
			log: [
				{ state: 'STARTED', payload: '' },
				{ payload: { step: '[REDACTED]' } },
				null,
				{ state: 'STARTED' },
			],
		});
		expect(hideContents({ id: 'x' } as Execution)).toEqual({ id: 'x' });
	});
});

describe('a command', () => {
	const commands = commandsOf({
		commands: {
			start: { aliases: 'begin' },
			stop: { aliases: ['end', 'start', 7], access_level: 'owner' },
			ask: {},
		},
	});

	test('is found by its own name before an alias', () => {
		expect(
			['start', 'begin', 'end', 'none', 'constructor'].map((name) => findCommand(commands, name)?.name),
		).toEqual(['start', 'start', 'stop', undefined, undefined]);
	});

	test('needs USER by default', () => {
		expect([...commands.values()].map(({ accessLevel }) => accessLevel)).toEqual(['USER', 'OWNER', 'USER']);
	});

	test.each<[unknown, string | undefined]>([
		[{ title: ' Sure?\n<b>Really</b> ', description: '= No way back.' }, 'Sure? Really No way back.'],
		['Sure?', 'Sure?'],
		[true, ''],
		[{}, ''],
		['', ''],
		[false, undefined],
		[null, undefined],
		[undefined, undefined],
	])('with the confirmation %j asks %j', (confirmation, asks) => {
		const [command] = commandsOf({ commands: { c: { confirmation } } } as IDataObject).values();
		expect(command?.confirmation).toBe(asks);
	});

	test('names the command that reads its current values', () => {
		const [command, other] = commandsOf({
			commands: { c: { populate_values_command: 'read' }, d: { populate_values_command: 7 } },
		}).values();
		expect([command?.readCommand, other?.readCommand]).toEqual(['read', undefined]);
	});

	test('is read once per manifest', () => {
		const manifest = { commands: { a: {} } };
		expect(commandsOf(manifest)).toBe(commandsOf(manifest));
	});
});

describe('an execution that has ended', () => {
	const names = { command: 'Do it', device: 'Pump' };
	const failure = (execution: unknown, secrets: string[] = []) =>
		failureOf(execution as Execution, names, secrets);

	test.each([['SUCCESS'], ['success'], [' Success ']])('with %s did not fail', (state) => {
		expect(failure({ id: 'x', state })).toBeUndefined();
	});

	test.each<[unknown, string]>([
		[{ reason: 'Hot', code: 7 }, 'Pump reports that Do it failed: Hot.'],
		['Hot', 'Pump reports that Do it failed: Hot.'],
		[{ code: 'hot' }, 'Pump reports that Do it failed.'],
		[undefined, 'Pump reports that Do it failed.'],
		[null, 'Pump reports that Do it failed.'],
		[[1], 'Pump reports that Do it failed.'],
	])('with ERROR and %j says what the device says', (payload, message) => {
		const found = failure({ id: 'x', state: 'error', response: { payload } });
		expect(found?.message).toBe(message);
		expect(found?.outcome).toBe('done');
	});

	test('with ERROR says what else the device says, without secrets', () => {
		const response = { payload: { reason: 'Hot 1234', code: 'too_hot', temperature: 90, pin: '1234' } };
		const found = failure({ id: 'x', state: 'ERROR', response }, ['1234']);
		expect(found?.message).toBe('Pump reports that Do it failed: Hot [REDACTED].');
		expect(found?.description).toContain(
			'It also reports: {"temperature":90,"pin":"[REDACTED]"}. Code too_hot. Execution x.',
		);
	});

	test.each([['TIMEOUT'], ['unsync'], ['OTHER'], [undefined], [7]])(
		'with %j has an unknown outcome',
		(state) => {
			const found = failure({ id: 'x', state });
			expect(found?.outcome).toBe('unknown');
			expect(found?.consequences).toEqual(['It is unknown whether Do it was run on Pump']);
		},
	);

	test('in a way that no one foresaw is a failure in words', () => {
		fc.assert(
			fc.property(fc.jsonValue(), fc.jsonValue(), (state, response) => {
				const succeeded = typeof state === 'string' && /^\s*success\s*$/i.test(state);
				expect(failure({ id: 'x', state, response }) === undefined).toBe(succeeded);
			}),
			{ seed: 20_261_124 },
		);
	});
});

describe('an execution that has not ended', () => {
	test.each([
		['NEW', true],
		['in_progress', true],
		['SUCCESS', false],
		['OTHER', false],
		[undefined, false],
	])('%j: %j', (state, running) => {
		expect(isRunning({ id: 'x', ...(state === undefined ? {} : { state }) })).toBe(running);
	});

	test.each<[unknown, boolean]>([
		[undefined, false],
		[null, false],
		[{}, false],
		[{ state: 'STARTED' }, true],
	])('with the response %j: the device has answered: %j', (response, answered) => {
		const execution = { id: 'x', state: 'IN_PROGRESS', response } as Execution;
		expect(hasAnswer(execution)).toBe(answered);
		const { message, outcome } = runningFailure(execution, { command: 'Do it', device: 'Pump' }, '5 seconds');
		expect(message).toBe(
			answered
				? 'Do it is still running on Pump after 5 seconds.'
				: 'Pump has not answered Do it after 5 seconds.',
		);
		expect(outcome).toBe('unknown');
	});
});

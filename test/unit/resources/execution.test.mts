import {
	EXECUTION,
	type Execution,
	EXECUTIONS_PAGE,
	failureOf,
	runningFailure,
	STARTED,
	unclearResult,
} from '../../../nodes/EnapterDevice/resources/command/execution.ts';
import { NO_OBJECTS } from '../../support/bodies.mts';

const NAMES = { command: 'Do it', device: 'Pump' };

const failure = (execution: object) => failureOf({ id: 'x', ...execution } as Execution, NAMES, []);

describe('a response', () => {
	test('has an execution with an ID', () => {
		const execution = { id: 'x', more: 1 };
		expect(EXECUTION.expected).toBe('a command execution');
		expect(EXECUTION.read({ execution }, {})).toBe(execution);
		for (const broken of [{ id: '' }, { id: 7 }, {}, ...NO_OBJECTS]) {
			expect(EXECUTION.read({ execution: broken }, {})).toBeUndefined();
		}
		for (const body of NO_OBJECTS) expect(EXECUTION.read(body, {})).toBeUndefined();
	});

	test('has the ID of an execution that was started', () => {
		expect(STARTED.expected).toBe('the ID of a command execution');
		expect(STARTED.read({ execution_id: 'x', more: 1 }, {})).toEqual({ id: 'x' });
		for (const id of ['', 7, null, undefined]) expect(STARTED.read({ execution_id: id }, {})).toBeUndefined();
		for (const body of NO_OBJECTS) expect(STARTED.read(body, {})).toBeUndefined();
	});

	test('has a page of executions', () => {
		expect(EXECUTIONS_PAGE.expected).toBe('a list of command executions');
		expect(EXECUTIONS_PAGE.read({ executions: [{ id: 'x' }] }, {})).toEqual({ entries: [{ id: 'x' }] });
		expect(EXECUTIONS_PAGE.read({ executions: [{ id: 'x' }, {}] }, {})).toBeUndefined();
	});
});

test.each<[string | undefined, boolean]>([
	['SUCCESS', true],
	['error', true],
	['TIMEOUT', false],
	['UNSYNC', false],
	['NEW', false],
	[undefined, false],
])('the result of an execution in the state %j is known: %j', (state, known) => {
	const unclear = unclearResult(state === undefined ? {} : { state }, NAMES);
	expect(unclear?.outcome).toBe(known ? undefined : 'unknown');
});

describe('an execution with an unknown outcome', () => {
	test.each<[object, string]>([
		[{ state: 'TIMEOUT' }, 'Pump did not answer Do it in time.'],
		[{ state: 'unsync' }, 'Enapter lost track of Do it on Pump.'],
		[{ state: 'OTHER' }, 'The result of Do it on Pump is unclear.'],
		[{}, 'The result of Do it on Pump is unclear.'],
	])('%j says what happened', (execution, message) => {
		expect(failure(execution)?.message).toBe(message);
	});

	test.each<[object, string]>([
		[{ state: 'TIMEOUT' }, 'The device has not answered at all. State TIMEOUT.'],
		[{}, 'The device has not answered at all. State missing.'],
		[
			{ state: 'x'.repeat(65), response: { state: 'STARTED' } },
			`Last answer of the device: STARTED. State ${'X'.repeat(64)}…`,
		],
		[
			{ state: 'UNSYNC', response: { state: 'STARTED', received_at: '2025-08-04T07:22:00Z' } },
			'Last answer of the device: STARTED at 2025-08-04T07:22:00Z. State UNSYNC.',
		],
		[
			{ state: 'UNSYNC', response: { state: ' ', received_at: 7, payload: {} } },
			'Last answer of the device: 7. State UNSYNC.',
		],
	])('%j says what is known of it', (execution, known) => {
		expect(failure(execution)?.description).toBe(
			`Check the device before you run the command again. ${known} Execution x. It is unknown whether Do it was run on Pump.`,
		);
	});
});

describe('an error of the device', () => {
	const describedBy = (payload: unknown) =>
		failure({ state: 'ERROR', response: { state: 'ERROR', payload } })?.description;

	test.each<[unknown, string]>([
		[undefined, ''],
		[{ reason: 'Hot' }, ''],
		[{ code: 7 }, ' Code 7.'],
		[{ code: ' ', reason: ' ' }, ''],
		[{ limit: 60 }, ' It also reports: {"limit":60}.'],
		[{ code: 'c'.repeat(101) }, ` Code ${'c'.repeat(100)}…`],
	])('%j is described', (payload, more) => {
		expect(describedBy(payload)).toBe(
			`The device itself reported this. Fix the problem on the device or change the arguments, then run the command again.${more} Execution x.`,
		);
	});

	test('is described without a response, and without a blank reason', () => {
		expect(failure({ state: 'ERROR' })?.message).toBe('Pump reports that Do it failed.');
		expect(failure({ state: 'ERROR', response: { payload: { reason: ' ' } } })?.message).toBe(
			'Pump reports that Do it failed.',
		);
		expect(failure({ state: 'ERROR', response: { payload: { reason: 7 } } })?.message).toBe(
			'Pump reports that Do it failed: 7.',
		);
	});
});

test.each<[object, string]>([
	[{ response: { state: 'STARTED' } }, 'Do it may still be running on Pump'],
	[{ response: null }, 'It is unknown whether Do it was run on Pump'],
])('a command that is still running with %j says what may have happened', (execution, consequence) => {
	const { consequences, description } = runningFailure({ id: 'x', ...execution }, NAMES, '5 seconds');
	expect(consequences).toEqual([consequence]);
	expect(description).toBe(
		`Check the result later with Command → Get, or increase Timeout in the options. Do not run the command again until then. Execution x. ${consequence}.`,
	);
});

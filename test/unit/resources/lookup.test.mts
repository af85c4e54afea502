import type { Run } from '../../../nodes/EnapterDevice/execution/run.ts';
import { commandsOf } from '../../../nodes/EnapterDevice/resources/command/commands.ts';
import { type Execution, EXECUTIONS_PAGE } from '../../../nodes/EnapterDevice/resources/command/execution.ts';
import { findLost, isOfCommand } from '../../../nodes/EnapterDevice/resources/command/lookup.ts';
import type { ApiCall } from '../../../nodes/EnapterDevice/transport/client.ts';
import { clock } from '../../../nodes/EnapterDevice/transport/clock.ts';
import { NotSentError } from '../../../nodes/EnapterDevice/transport/errors.ts';
import { withoutWaiting } from '../../support/clock.mts';

const COMMANDS = commandsOf({
	commands: { start: { aliases: ['begin'], arguments: { rate: {} } }, stop: {} },
});

function commandCalled(name: string) {
	const command = COMMANDS.get(name);
	if (command === undefined) throw new Error('The manifest has no such command');
	return command;
}

/** When the command was sent. */
const SENT_AT = Date.parse('2025-08-04T07:22:00.500Z');

const executionAt = (id: string, time: string | undefined, more: object = {}): Execution => ({
	id,
	...(time === undefined ? {} : { created_at: time }),
	request: { name: 'start', arguments: { rate: 1 } },
	...more,
});

const IN_TIME = '2025-08-04T07:22:00.600Z';

describe('the execution of a command whose response was lost', () => {
	const recorded = withoutWaiting();
	let time = SENT_AT;

	beforeEach(() => {
		time = SENT_AT;
		clock.now = () => time;
	});

	interface Api {
		/** The list of executions at each look; the last one is repeated. */
		looks: Array<Execution[] | Error>;
		/** How far its clock is ahead, in milliseconds; null if that is not known. */
		clockOffset?: number | null;
		/** How long reading the list takes, in milliseconds. */
		takes?: number;
		timeout?: number;
		others?: string[];
	}

	async function find({ looks, clockOffset = 0, takes = 0, timeout = 30_000, others = [] }: Api) {
		const calls: Array<ApiCall<unknown>> = [];
		const call = async (sent: ApiCall<unknown>) => {
			const look = looks[Math.min(calls.push(sent), looks.length) - 1] ?? [];
			time += takes;
			if (look instanceof Error) throw look;
			return await Promise.resolve({ entries: look });
		};
		recorded.onWait = (milliseconds) => void (time += milliseconds);
		const client = { call, timeout, clockOffset: clockOffset ?? undefined };
		const run = { client, stop: undefined } as unknown as Run;
		const lost = {
			deviceId: 'pump',
			command: commandCalled('start'),
			arguments: { rate: 1 },
			sentAt: SENT_AT,
			others: new Set(others),
			secrets: ['1234'],
		};
		const finding = await findLost(run, lost).catch((error: unknown) => ({ thrown: error }));
		return { finding, calls };
	}

	test('is the only one that was created since then with the same arguments', async () => {
		const own = executionAt('own', IN_TIME);
		const looks = [
			[
				own,
				executionAt('older', '2025-08-04T07:22:00.499Z'),
				executionAt('different', IN_TIME, { request: { name: 'start', arguments: { rate: 2 } } }),
				executionAt('stop', IN_TIME, { request: { name: 'stop' } }),
				executionAt('of-this-run', IN_TIME),
			],
		];
		expect((await find({ looks, others: ['of-this-run'] })).finding).toEqual({ execution: own });
		expect(recorded.waits).toEqual([0]);
	});

	test('is looked for among the newest executions of the command, without retries', async () => {
		const { calls } = await find({ looks: [[executionAt('own', IN_TIME)]] });
		expect(calls).toEqual([
			{
				method: 'GET',
				path: ['devices', 'pump', 'command_executions'],
				query: { order: 'CREATED_AT_DESC', 'name.in': 'start,begin', offset: 0, limit: 50 },
				response: EXECUTIONS_PAGE,
				isIdempotent: false,
				timeout: 5_000,
				slotTime: 500,
				secrets: ['1234'],
			},
		]);
		const quick = await find({ looks: [[executionAt('own', IN_TIME)]], timeout: 300 });
		expect(quick.calls[0]?.timeout).toBe(300);
	});

	test('may appear late', async () => {
		const own = executionAt('own', IN_TIME);
		expect((await find({ looks: [[], [], [], [own]] })).finding).toEqual({ execution: own });
		expect(recorded.waits).toEqual([0, 1000, 2000, 4000]);
		const afterFailure = await find({ looks: [new Error('Busy'), [executionAt('old', '2025')], [own]] });
		expect(afterFailure.finding).toEqual({ execution: own });
	});

	test('is not looked for any longer than fifteen seconds', async () => {
		expect((await find({ looks: [[]], takes: 14_000 })).calls).toHaveLength(2);
		expect((await find({ looks: [[]], takes: 15_000 })).calls).toHaveLength(2);
		expect((await find({ looks: [[]], takes: 15_001 })).calls).toHaveLength(1);
	});

	test.each<[string, Api, string]>([
		['there is none', { looks: [[]] }, 'No execution of this command was found'],
		[
			'there are only those of other commands',
			{ looks: [[executionAt('a', IN_TIME)]], others: ['a'] },
			'No execution of this command was found',
		],
		[
			'the list cannot be read',
			{ looks: [new Error('Busy')] },
			'The executions of this command could not be read: Busy.',
		],
		[
			'there are only older ones',
			{ looks: [[executionAt('a', '2025-08-04T07:21:59Z'), executionAt('b', '2025-08-04T07:21:58Z')]] },
			'The execution of this command was not found. There are only older executions, or executions with other arguments: execution a created at 2025-08-04T07:21:59Z, execution b created at 2025-08-04T07:21:58Z',
		],
		[
			'there is only one with other arguments',
			{ looks: [[executionAt('a', undefined, { request: { arguments: { rate: 2 } } })]] },
			'The execution of this command was not found. There are only older executions, or executions with other arguments: execution a',
		],
	])('is not found if %s', async (_name, api, problem) => {
		const { finding, calls } = await find(api);
		expect(finding).toEqual({ problem });
		expect(calls).toHaveLength(4);
	});

	test.each<[string, Api, string]>([
		[
			'its time is missing',
			{ looks: [[executionAt('a', undefined)]] },
			'An execution was found, but its time does not prove that this run started it: execution a',
		],
		[
			'the clock of the API is not known',
			{ looks: [[executionAt('a', IN_TIME)]], clockOffset: null },
			`An execution was found, but its time does not prove that this run started it: execution a created at ${IN_TIME}`,
		],
		[
			'there are two',
			{ looks: [[executionAt('a', IN_TIME), executionAt('b', undefined)]] },
			`2 executions were found that this run may have started: execution a created at ${IN_TIME}, execution b`,
		],
		[
			'there are many, of which five are named',
			{ looks: [['a', 'b', 'c', 'd', 'e', 'f'].map((id) => executionAt(id, undefined))] },
			'6 executions were found that this run may have started: execution a, execution b, execution c, execution d, execution e, …',
		],
		[
			'there are five, which are all named',
			{ looks: [['a', 'b', 'c', 'd', 'e'].map((id) => executionAt(id, undefined))] },
			'5 executions were found that this run may have started: execution a, execution b, execution c, execution d, execution e',
		],
	])('is not certain if %s; looking again would not help', async (_name, api, problem) => {
		const { finding, calls } = await find(api);
		expect(finding).toEqual({ problem, isFinal: true });
		expect(calls).toHaveLength(1);
	});

	test.each<[string, number, boolean]>([
		['2025-08-04T07:22:00.500Z', 0, true],
		['2025-08-04T07:22:00.499Z', 0, false],
		['2025-08-04T07:22:00Z', 0, true],
		['2025-08-04T07:21:59.500Z', 0, false],
		['2025-08-04T07:21:59Z', 0, false],
		['2025-08-04T07:21:00.500Z', -60_000, true],
		['2025-08-04T07:21:00.499Z', -60_000, false],
		['2025-08-04T07:22:59.999Z', 60_000, false],
		['2025-08-04T07:23:00.500Z', 60_000, true],
	])(
		'may have been created at %s if the clock of the API is %d ms ahead: %j',
		async (created, ahead, may) => {
			const { finding } = await find({ looks: [[executionAt('a', created)]], clockOffset: ahead });
			expect('execution' in finding).toBe(may);
		},
	);

	test('is not looked for after the run was stopped', async () => {
		const { finding, calls } = await find({ looks: [new NotSentError()] });
		expect(finding).toEqual({ thrown: expect.any(NotSentError) });
		expect(calls).toHaveLength(1);
	});
});

test.each<[object | null | undefined, boolean]>([
	[{ name: 'start' }, true],
	[{ name: 'begin' }, true],
	[{ name: 'stop', manifest_name: 'start' }, true],
	[{ name: 'stop' }, false],
	[{ name: '', manifest_name: 'stop' }, false],
	[{ name: '' }, true],
	[{}, true],
	[null, true],
	[undefined, true],
])('an execution with the request %j may be one of the command: %j', (request, may) => {
	expect(isOfCommand({ id: 'x', request } as Execution, commandCalled('start'))).toBe(may);
});

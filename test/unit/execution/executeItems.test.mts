import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { NodeApiError, NodeOperationError, UserError } from 'n8n-workflow';

import { executeItems } from '../../../nodes/EnapterDevice/execution/executeItems.ts';
import {
	defineOperation,
	eachItem,
	type Operation,
	type Plan,
	type Task,
} from '../../../nodes/EnapterDevice/execution/operation.ts';
import type { Run } from '../../../nodes/EnapterDevice/execution/run.ts';
import { text } from '../../../nodes/EnapterDevice/fields/kinds.ts';
import { DEVICE } from '../../../nodes/EnapterDevice/fields/locators.ts';
import { DRY_RUN, options } from '../../../nodes/EnapterDevice/fields/options.ts';
import { ItemFailure, NotSentError } from '../../../nodes/EnapterDevice/transport/errors.ts';
import { settle, withoutWaiting } from '../../support/clock.mts';
import { FakeApi, json, refusal } from '../../support/fakeApi.mts';
import { fakeContext } from '../../support/fakeContext.mts';

withoutWaiting();

const FIELDS = [
	DEVICE,
	text({ displayName: 'Name', name: 'name', type: 'string', default: '' }),
	options(DRY_RUN),
] as const;

interface Prepared {
	id: string;
	name: string | undefined;
}

interface Behaviour {
	plan?(items: Prepared[], run: Run): Plan | Promise<Plan>;
	isIdempotent?: boolean;
	dryRunSummary?(outputs: IDataObject[]): string;
}

/** An operation that outputs its item, unless a test wants something else. */
function operation({ plan = eachItem(output), isIdempotent = true, ...more }: Behaviour = {}): Operation {
	return defineOperation({
		option: { name: 'Try', value: 'try', action: 'Try it' },
		fields: FIELDS,
		isIdempotent,
		...more,
		prepare({ deviceId: { id }, name }) {
			if (name === 'forbidden') throw new UserError('Name is forbidden.');
			return { id, name };
		},
		plan,
	});
}

const output = async ({ id }: Prepared) => await Promise.resolve([{ json: { id } }]);

const task = (run: Task['run'], more: Partial<Task> = {}): Task => ({ ...more, run });

type ContextOptions = NonNullable<Parameters<typeof fakeContext>[0]>;

const BY_ITEM = { deviceId: '={{ $json.id }}', name: '={{ $json.name }}' };

async function execute(tried: Operation, { parameters = {}, ...more }: ContextOptions = {}) {
	const { context, hints } = fakeContext({
		items: [{ id: 'a' }, { id: 'b' }, { id: 'c' }],
		parameters: { resource: 'thing', operation: 'try', deviceId: '={{ $json.id }}', ...parameters },
		...more,
	});
	const resources = [
		{ option: { name: 'Other', value: 'other' }, operations: [] },
		{ option: { name: 'Thing', value: 'thing' }, operations: [operation(), tried].slice(-1) },
	];
	const result = await executeItems(context, resources).then(
		(items) => ({ items, error: undefined }),
		(error: NodeOperationError | NodeApiError) => ({ items: [] as INodeExecutionData[], error }),
	);
	return { ...result, hints };
}

const CONTINUE = { node: { onError: 'continueRegularOutput' } } as const;
const ERROR_OUTPUT = { node: { onError: 'continueErrorOutput' } } as const;

describe('all items', () => {
	test('are output in item order, linked to their input items', async () => {
		const ends = new Map<string, () => void>();
		const plan = eachItem<Prepared>(async ({ id }) => {
			await new Promise<void>((resolve) => ends.set(id, resolve));
			return [{ json: { id } }, { json: { id, second: true } }];
		});
		const running = execute(operation({ plan }));
		await settle();
		await settle();
		for (const end of [...ends.values()].toReversed()) end();
		const { items } = await running;
		expect(items.map(({ json: { id }, pairedItem }) => [id, pairedItem])).toEqual([
			['a', { item: 0 }],
			['a', { item: 0 }],
			['b', { item: 1 }],
			['b', { item: 1 }],
			['c', { item: 2 }],
			['c', { item: 2 }],
		]);
	});

	test('none: nothing happens', async () => {
		const plan = jest.fn();
		expect(await execute(operation({ plan }), { items: [] })).toMatchObject({ items: [], error: undefined });
		expect(plan).not.toHaveBeenCalled();
	});

	test('are prepared and planned together', async () => {
		const plan = jest.fn((prepared: Prepared[]) => ({
			items: prepared.map(({ id }) => task(async () => await Promise.resolve([{ json: { id } }]))),
		}));
		await execute(operation({ plan }), { parameters: { name: '={{ $json.id + "!" }}' } });
		expect(plan.mock.calls[0]?.[0]).toEqual([
			{ id: 'a', name: 'a!' },
			{ id: 'b', name: 'b!' },
			{ id: 'c', name: 'c!' },
		]);
	});

	test('share one run', async () => {
		let seen: Run | undefined;
		const plan = (_items: Prepared[], run: Run) => {
			seen = run;
			return { items: _items.map(() => task(async () => await Promise.resolve([]))) };
		};
		await execute(operation({ plan }), { timezone: 'Asia/Tokyo' });
		expect(seen).toMatchObject({
			stopsAtFailure: true,
			isDryRun: false,
			isTool: false,
			timezone: 'Asia/Tokyo',
		});
		await execute(operation({ plan }), {
			node: { onError: 'continueRegularOutput', type: 'xTool' },
			parameters: { options: { dryRun: true } },
		});
		expect(seen).toMatchObject({ stopsAtFailure: false, isDryRun: true, isTool: true });
	});
});

test.each([
	[
		{ operation: 'explode' },
		'There is no operation "explode" for the resource "thing". Open the node and choose',
	],
	[{ operation: undefined }, 'There is no operation "" for the resource "thing".'],
	[{ resource: 'moon' }, 'There is no operation "try" for the resource "moon".'],
	[{ resource: 'other' }, 'There is no operation "try" for the resource "other".'],
])('%j is refused', async (parameters, message) => {
	const given = Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined));
	const absent = 'operation' in parameters && parameters.operation === undefined;
	const { context } = fakeContext({
		parameters: { resource: 'thing', ...(absent ? {} : { operation: 'try' }), deviceId: 'a', ...given },
	});
	const resources = [
		{ option: { name: 'Other', value: 'other' }, operations: [] },
		{ option: { name: 'Thing', value: 'thing' }, operations: [operation()] },
	];
	await expect(executeItems(context, resources)).rejects.toThrow(message);
});

describe('an item whose parameters cannot be used', () => {
	const items = [{ id: 'a' }, { id: '' }, { id: 'c', name: 'forbidden' }, { id: 'd' }];
	const parameters = { ...BY_ITEM, name: '={{ $json.name ?? "x" }}' };

	test('ends the run in Stop Workflow before anything is planned', async () => {
		const plan = jest.fn();
		const { error } = await execute(operation({ plan }), { items, parameters });
		expect(error?.message).toBe('Device is empty. [item 1]');
		expect(error?.description).toMatch(/Nothing was sent\. Other errors in this run: item 2\./);
		expect(plan).not.toHaveBeenCalled();
	});

	test('fails alone in Continue', async () => {
		const { items: outputs, hints } = await execute(operation(), { items, parameters, ...CONTINUE });
		expect(outputs).toEqual([
			{ json: { id: 'a' }, pairedItem: { item: 0 } },
			{
				json: { error: 'Device is empty. [item 1]', message: expect.stringMatching(/^Enter a value/) },
				pairedItem: { item: 1 },
			},
			{ json: { error: 'Name is forbidden. [item 2]', deviceId: 'c' }, pairedItem: { item: 2 } },
			{ json: { id: 'd' }, pairedItem: { item: 3 } },
		]);
		expect(hints).toEqual(['2 of 4 items failed: see "error" in items 1–2 (counted from 0).']);
	});

	test('has only error and message for the error output, which adds the input item; n8n counts it itself', async () => {
		const { items: outputs, hints } = await execute(operation(), { items, parameters, ...ERROR_OUTPUT });
		expect(outputs[2]?.json).toEqual({ error: 'Name is forbidden. [item 2]' });
		expect(Object.keys(outputs[1]?.json ?? {})).toEqual(['error', 'message']);
		expect(hints).toEqual([]);
	});
});

describe('planning', () => {
	const some = (...failing: number[]) => ({
		plan: (prepared: Prepared[]): Plan => ({
			items: prepared.map(({ id }, index) =>
				failing.includes(index)
					? { error: new UserError(`${id} cannot`) }
					: task(async () => await Promise.resolve([{ json: { id } }])),
			),
		}),
	});

	test('an item that cannot be processed ends the run in Stop Workflow before anything is changed', async () => {
		const run = jest.fn(async () => await Promise.resolve([]));
		const plan = (): Plan => ({
			items: [task(run), { error: new UserError('b cannot') }, { error: new UserError('c cannot') }],
		});
		const { error } = await execute(operation({ plan, dryRunSummary: () => '' }));
		expect(error?.message).toBe('b cannot [item 1]');
		expect(error?.description).toBe(
			'Nothing was changed. Other errors in this run: item 2. Items are counted from 0, as in all messages of n8n.',
		);
		expect(run).not.toHaveBeenCalled();
	});

	test('an item that cannot be processed fails alone in Continue', async () => {
		const { items } = await execute(operation(some(1)), CONTINUE);
		expect(items.map(({ json: { id, error } }) => id ?? error)).toEqual(['a', 'b cannot [item 1]', 'c']);
	});

	test('items that could not be prepared keep their place', async () => {
		const { items } = await execute(operation(some(1)), {
			...CONTINUE,
			items: [{ id: 'a' }, { id: '' }, { id: 'c' }, { id: 'd' }],
		});
		expect(items.map(({ json: { id, error } }) => id ?? error)).toEqual([
			'a',
			'Device is empty. [item 1]',
			'c cannot [item 2]',
			'd',
		]);
	});

	test('an item without a task fails', async () => {
		const { items } = await execute(operation({ plan: () => ({ items: [] }) }), CONTINUE);
		expect(items[2]?.json.error).toBe('The operation has no task for this item. [item 2]');
	});

	const reads = {
		plan: async (_items: Prepared[], { client }: Run): Promise<Plan> => {
			await client.call({
				method: 'GET',
				path: ['x'],
				response: { expected: 'x', read: () => undefined },
				isIdempotent: true,
			});
			return { items: [] };
		},
	};

	test('that is refused by the API ends the run, and says that nothing was changed', async () => {
		const writes = { ...reads, dryRunSummary: () => '' };
		const { error } = await execute(operation(writes), { api: new FakeApi(() => refusal(403, 'No')) });
		expect(error).toBeInstanceOf(NodeApiError);
		expect(error?.message).toBe('No.');
		expect(error?.description).toContain('Nothing was changed.');
	});

	test('that is refused by the API fails all items in Continue, each with its number', async () => {
		const api = new FakeApi(() => refusal(403, 'No'));
		const { items } = await execute(operation(reads), { api, ...CONTINUE });
		expect(items.map(({ json: { error }, pairedItem }) => [error, pairedItem])).toEqual([
			['No. [item 0]', { item: 0 }],
			['No. [item 1]', { item: 1 }],
			['No. [item 2]', { item: 2 }],
		]);
	});

	test('that fails for another reason keeps it', async () => {
		const plan = async () => await Promise.reject(new UserError('Too many'));
		const { error } = await execute(operation({ plan }));
		expect(error).toBeInstanceOf(NodeOperationError);
		expect(error?.message).toBe('Too many');
	});
});

describe('a task that fails', () => {
	const failing = (...ids: string[]) => ({
		plan: (prepared: Prepared[]): Plan => ({
			items: prepared.map(({ id }) =>
				task(
					async () => {
						await Promise.resolve();
						if (ids.includes(id)) throw new ItemFailure(`${id} failed`, 'Do this');
						return [{ json: { id } }];
					},
					{ keys: ['one at a time'] },
				),
			),
		}),
	});

	test('stops the run in Stop Workflow: what waits never starts', async () => {
		const { error, hints } = await execute(operation(failing('b')));
		expect(error?.message).toBe('b failed. [item 1]');
		expect(error?.description).toContain('Do this. Done: item 0. Failed: item 1. Never sent: item 2.');
		expect(hints).toEqual([]);
	});

	test('stops nothing in Continue', async () => {
		const { items, hints } = await execute(operation(failing('b', 'c')), CONTINUE);
		expect(items.map(({ json }) => json)).toEqual([
			{ id: 'a' },
			{ error: 'b failed. [item 1]', message: 'Do this.', deviceId: 'b' },
			{ error: 'c failed. [item 2]', message: 'Do this.', deviceId: 'c' },
		]);
		expect(hints).toEqual(['2 of 3 items failed: see "error" in items 1–2 (counted from 0).']);
	});

	test('keeps the device that a Resource Locator names', async () => {
		const deviceId = { __rl: true, mode: 'id', value: '={{ $json.id }}' };
		const { items } = await execute(operation(failing('b')), { ...CONTINUE, parameters: { deviceId } });
		expect(items[1]?.json.deviceId).toBe('b');
	});

	test('shows the failure that stopped the run, not one that it caused', async () => {
		const ends = new Map<string, () => void>();
		const plan = (prepared: Prepared[], { stop }: Run): Plan => ({
			items: prepared.map(({ id }) =>
				task(async () => {
					await new Promise<void>((resolve) => (id === 'c' ? resolve() : stop.onStop(resolve)));
					throw new ItemFailure(`${id} failed`, '');
				}),
			),
		});
		const { error } = await execute(operation({ plan }));
		expect(ends.size).toBe(0);
		expect(error?.message).toBe('c failed. [item 2]');
	});

	test('has no output if it was not sent because the run was stopped', async () => {
		const plan = (prepared: Prepared[]): Plan => ({
			items: prepared.map(({ id }) =>
				task(async () => {
					if (id === 'b') throw new NotSentError();
					return await Promise.resolve([{ json: { id } }]);
				}),
			),
		});
		const { items, error } = await execute(operation({ plan }), CONTINUE);
		expect(error).toBeUndefined();
		expect(items.map(({ json }) => json.id)).toEqual(['a', 'c']);
	});
});

describe('items that share a result', () => {
	const PARTS = { list: [{ a: 1 }] };
	const FILE = { data: 'x', mimeType: 'text/plain' };
	const shared = task(
		async () => await Promise.resolve([{ json: { parts: PARTS }, binary: { file: FILE } }]),
	);

	test.each<[string, Task[]]>([
		['of one task', [shared, shared, shared]],
		[
			'in which a part is the same',
			[1, 2, 3].map((id) =>
				task(async () => await Promise.resolve([{ json: { id, parts: PARTS }, binary: { file: FILE } }])),
			),
		],
		[
			'in which only a part of a part is the same',
			[1, 2, 3].map((id) =>
				task(
					async () =>
						await Promise.resolve([{ json: { id, parts: { ...PARTS } }, binary: { file: { ...FILE } } }]),
				),
			),
		],
	])('%s each get their own copy', async (_what, tasks) => {
		const { items } = await execute(operation({ plan: () => ({ items: tasks }) }));
		expect(items.map(({ json: { parts }, binary }) => [parts, binary])).toEqual(
			tasks.map(() => [PARTS, { file: FILE }]),
		);
		for (const part of ['json', 'binary'] as const) {
			expect(new Set(items.map((item) => item[part])).size).toBe(3);
		}
		expect(new Set(items.map(({ json }) => json['parts'])).size).toBe(3);
		expect(new Set(items.map(({ json }) => (json['parts'] as typeof PARTS).list)).size).toBe(3);
		expect(new Set(items.map(({ binary }) => binary?.['file'])).size).toBe(3);
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([0, 1, 2].map((item) => ({ item })));
	});
});

describe('errors that a plan explains', () => {
	const explained = (tried: (run: Run) => Promise<unknown>) => ({
		plan: (prepared: Prepared[], run: Run): Plan => ({
			items: prepared.map(({ id }) =>
				task(
					async () => {
						await Promise.resolve();
						if (id !== 'a') throw new ItemFailure(`${id} failed`, '');
						return [{ json: { id } }];
					},
					{ keys: ['one at a time'] },
				),
			),
			async explain(error) {
				await tried(run);
				return error instanceof ItemFailure ? error.withConsequences('Look at the device') : error;
			},
		}),
	});
	const read = async ({ client }: Run) =>
		await client.call({
			method: 'GET',
			path: ['x'],
			response: { expected: 'x', read: () => ({}) },
			isIdempotent: true,
		});

	test('are shown with the explanation, which may read also after the run was stopped', async () => {
		const api = new FakeApi(() => json({}));
		const { error } = await execute(operation(explained(read)), { api });
		expect(error?.message).toBe('b failed. [item 1]');
		expect(error?.description).toContain(
			'Look at the device. Done: item 0. Failed: item 1. Never sent: item 2.',
		);
		expect(api.sent).toHaveLength(1);
	});

	test('are explained one by one in Continue, and successes stay as they are', async () => {
		const { items } = await execute(operation(explained(read)), CONTINUE);
		expect(items.map(({ json: { id, message } }) => id ?? message)).toEqual([
			'a',
			'Look at the device.',
			'Look at the device.',
		]);
	});

	test('are explained without reading after the execution was cancelled', async () => {
		const api = new FakeApi(() => json({}));
		const cancelling = new AbortController();
		const plan = (prepared: Prepared[], run: Run): Plan => ({
			items: prepared.map(() =>
				task(async () => {
					cancelling.abort();
					return await Promise.reject(new ItemFailure('failed', ''));
				}),
			),
			explain: async () => await read(run).catch((error: unknown) => error),
		});
		const { error } = await execute(operation({ plan }), { api, signal: cancelling.signal });
		expect(error?.message).toContain('The execution was canceled');
		expect(api.sent).toEqual([]);
	});

	test('are not explained if nothing failed', async () => {
		const explain = jest.fn();
		const fine = (prepared: Prepared[]): Plan => ({
			items: prepared.map(() => task(async () => await Promise.resolve([]))),
			explain,
		});
		await execute(operation({ plan: fine }));
		expect(explain).not.toHaveBeenCalled();
	});
});

describe('a cancelled execution', () => {
	test('starts nothing', async () => {
		const run = jest.fn(async () => await Promise.resolve([]));
		const plan = (prepared: Prepared[]): Plan => ({ items: prepared.map(() => task(run)) });
		const { items } = await execute(operation({ plan }), { signal: AbortSignal.abort() });
		expect(items).toEqual([]);
		expect(run).not.toHaveBeenCalled();
	});

	test('starts nothing more', async () => {
		const cancelling = new AbortController();
		const run = jest.fn(async () => {
			cancelling.abort();
			return await Promise.resolve([]);
		});
		const plan = (prepared: Prepared[]): Plan => ({
			items: prepared.map(() => task(run, { keys: ['one at a time'] })),
		});
		await execute(operation({ plan }), { signal: cancelling.signal });
		expect(run).toHaveBeenCalledTimes(1);
	});
});

describe('hints', () => {
	test('of the plan, of the client and of retries are shown when all tasks have ended', async () => {
		const order: string[] = [];
		const plan = (prepared: Prepared[], { client }: Run): Plan => ({
			items: prepared.map(() =>
				task(async () => {
					order.push('task');
					client.warnings.add('Some may be missing.');
					await client.call({
						method: 'GET',
						path: ['x'],
						response: { expected: 'x', read: () => ({}) },
						isIdempotent: true,
					});
					return [];
				}),
			),
			hints: () => {
				order.push('hints');
				return ['A hint.'];
			},
		});
		const api = new FakeApi((_, attempt) => (attempt === 0 ? refusal(503) : json({})));
		const { hints } = await execute(operation({ plan }), { api });
		expect(order).toEqual(['task', 'task', 'task', 'hints']);
		expect(hints).toEqual(['A hint.', 'Some may be missing.', '1 request was retried (1 × status 503).']);
	});

	test('name together what happened to several things', async () => {
		const plan = (prepared: Prepared[], { hints }: Run): Plan => {
			for (const name of ['A', 'B', 'C, D']) hints.add(name, (names) => `Not read: ${names}.`);
			hints.add('A', (names) => `Not written: ${names}.`);
			return { items: prepared.map(() => task(async () => await Promise.resolve([]))) };
		};
		expect((await execute(operation({ plan }))).hints).toEqual([
			'Not read: A, B and "C, D".',
			'Not written: A.',
		]);
	});
});

describe('a dry run', () => {
	const parameters = { options: { dryRun: true } };
	const run = jest.fn();
	const plan = (prepared: Prepared[]): Plan => ({
		items: prepared.map(({ id }) =>
			id === 'b'
				? { error: new UserError('b cannot') }
				: task(run, { preview: () => ({ id, changes: id === 'a' ? { name: 'new' } : {} }) }),
		),
	});
	const dryRunSummary = (outputs: IDataObject[]) => `${outputs.length} of 3 would be changed`;

	afterEach(() => expect(run).not.toHaveBeenCalled());

	test('outputs what would happen, and says it in a sentence', async () => {
		const { items, hints } = await execute(operation({ plan, dryRunSummary }), { ...CONTINUE, parameters });
		expect(items.map(({ json }) => json)).toEqual([
			{ dry_run: true, id: 'a', changes: { name: 'new' } },
			{ error: 'b cannot [item 1]', deviceId: 'b' },
			{ dry_run: true, id: 'c', changes: {} },
		]);
		expect(hints).toEqual([
			'Dry run: 2 of 3 would be changed. Nothing was changed.',
			'1 of 3 items failed: see "error" in item 1 (counted from 0).',
		]);
	});

	test('fails as the real run would', async () => {
		const { error } = await execute(operation({ plan, dryRunSummary }), { parameters });
		expect(error?.message).toBe('b cannot [item 1]');
	});

	test('fails at the first preview that fails, in Stop Workflow', async () => {
		const previews = (prepared: Prepared[]): Plan => ({
			items: prepared.map(({ id }) =>
				task(run, {
					preview: async () => {
						await Promise.resolve();
						if (id !== 'a') throw new ItemFailure(`${id} cannot`, '');
						return { id };
					},
				}),
			),
		});
		const { error } = await execute(operation({ plan: previews }), { parameters });
		expect(error?.message).toBe('b cannot. [item 1]');
	});

	test('of an operation without a summary has no hint; a task without a preview outputs only the mark', async () => {
		const plain = (prepared: Prepared[]): Plan => ({ items: prepared.map(() => task(run)) });
		const { items, hints } = await execute(operation({ plan: plain }), { parameters });
		expect(items.map(({ json }) => json)).toEqual(Array.from({ length: 3 }, () => ({ dry_run: true })));
		expect(hints).toEqual([]);
	});

	test('previews one item after the other', async () => {
		const order: string[] = [];
		const previews = (prepared: Prepared[]): Plan => ({
			items: prepared.map(({ id }) =>
				task(run, {
					preview: async () => {
						order.push(`start ${id}`);
						await new Promise((resolve) => setImmediate(resolve));
						order.push(`end ${id}`);
						return {};
					},
				}),
			),
		});
		await execute(operation({ plan: previews }), { parameters });
		expect(order).toEqual(['start a', 'end a', 'start b', 'end b', 'start c', 'end c']);
	});

	test.each([
		['on for some items', ['={{ $json.id === "a" }}']],
		['off for some items', ['={{ $json.id !== "a" }}']],
	])('that is %s and not for others is refused', async (_name, [dryRun]) => {
		const { error } = await execute(operation({ plan }), { parameters: { options: { dryRun } } });
		expect(error?.message).toBe(
			'Dry Run is on for some items and off for others. Nothing was sent. [item 0]'.replace(' [item 0]', ''),
		);
		expect(error?.description).toBe('Set Dry Run to the same value for all items.');
	});
});

describe("n8n's Retry On Fail", () => {
	const retryOnFail = { node: { retryOnFail: true } };

	test('is refused for an operation that is not idempotent, before anything is sent', async () => {
		const plan = jest.fn();
		const { error } = await execute(operation({ plan, isIdempotent: false }), retryOnFail);
		expect(error?.message).toBe('Try does not work with Retry On Fail. Nothing was sent.');
		expect(error?.description).toMatch(/^Turn off Retry On Fail in this node's settings/);
		expect(plan).not.toHaveBeenCalled();
	});

	test('fails every item in Continue', async () => {
		const { items } = await execute(operation({ isIdempotent: false }), {
			node: { retryOnFail: true, onError: 'continueRegularOutput' },
		});
		expect(items.map(({ json }) => String(json.error))).toEqual(
			[0, 1, 2].map((item) => `Try does not work with Retry On Fail. Nothing was sent. [item ${item}]`),
		);
		expect(items[0]?.json).not.toHaveProperty('deviceId');
	});

	test.each<[string, Behaviour, ContextOptions]>([
		['for an idempotent operation', { isIdempotent: true }, retryOnFail],
		['in a dry run', { isIdempotent: false }, { ...retryOnFail, parameters: { options: { dryRun: true } } }],
		['if it is off', { isIdempotent: false }, { node: { retryOnFail: false } }],
	])('may stay %s', async (_name, behaviour, more) => {
		expect((await execute(operation(behaviour), more)).error).toBeUndefined();
	});
});

describe('for a language model', () => {
	const node = { type: 'n8n-nodes-enapter.enapterDeviceTool' };

	test('the message of an error includes its description', async () => {
		const { error } = await execute(operation(), { node, items: [{ id: '' }] });
		expect(error?.message).toMatch(/^Device is empty\. Enter a value, .* Nothing was sent\.$/);
		expect(error?.description).toBeUndefined();
	});

	test('the first output item contains the hints, because a model sees nothing else', async () => {
		const plan = (prepared: Prepared[]): Plan => ({
			items: prepared.map((item) => task(async () => await output(item))),
			hints: () => ['Not all were read.'],
		});
		const { items, hints } = await execute(operation({ plan }), { node });
		expect(hints).toEqual(['Not all were read.']);
		expect(items.map(({ json: shown }) => shown)).toEqual([{ id: 'a', hints }, { id: 'b' }, { id: 'c' }]);
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
		expect((await execute(operation(), { node })).items[0]?.json).toEqual({ id: 'a' });
		expect((await execute(operation({ plan }))).items[0]?.json).toEqual({ id: 'a' });
		const nothing = (prepared: Prepared[]): Plan => ({
			items: prepared.map(() => task(async () => await Promise.resolve([]))),
			hints: () => ['Nothing was found.'],
		});
		expect((await execute(operation({ plan: nothing }), { node })).items).toEqual([]);
	});

	test('errors of the run are worded like those of an item', async () => {
		const api = new FakeApi(() => json({}), { apiToken: '', baseUrl: 'https://api.enapter.com' });
		const { error } = await execute(operation(), { node, api });
		expect(error).toBeInstanceOf(NodeOperationError);
		expect(error?.message).toContain('The API Token of the credential "Plant" is empty');
	});
});

test('limits come from the options of the first item', async () => {
	let timeout = 0;
	const plan = (prepared: Prepared[], { client }: Run): Plan => {
		({ timeout } = client);
		return { items: prepared.map(() => task(async () => await Promise.resolve([]))) };
	};
	const items = [
		{ id: 'a', ms: 100 },
		{ id: 'b', ms: 200 },
	];
	await execute(operation({ plan }), { items, parameters: { options: { timeout: '={{ $json.ms }}' } } });
	expect(timeout).toBe(100);
});

test("a device that cannot be read does not hide an item's error", async () => {
	const getNodeParameter: IExecuteFunctions['getNodeParameter'] = ((name: string) => {
		if (name === 'deviceId') throw new UserError('No such node');
		return { resource: 'thing', operation: 'try' }[name];
	}) as never;
	const { items } = await execute(operation(), { ...CONTINUE, items: [{}, {}], more: { getNodeParameter } });
	expect(items.map(({ json }) => json)).toEqual([
		{ error: 'No such node [item 0]' },
		{ error: 'No such node [item 1]' },
	]);
});

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INodeExecutionData } from 'n8n-workflow';

import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { OPERATIONS as NODE_OPERATIONS } from '../../nodes/EnapterDevice/operations/index.ts';
import { type RunResult, runNode } from '../support/engine.mts';
import { CASES, type FaultCase } from '../support/faultCases.mts';

const pauses: number[] = [];

// The only place where the node lets time pass: pauses are written down and over at once.
jest.mock('../../nodes/EnapterDevice/transport/wait.ts', () => ({
	wait: async (milliseconds: number) => {
		pauses.push(milliseconds);
		await Promise.resolve();
	},
}));

const RETRIES = 2;
const RESULTS = join(__dirname, '../results');

/** Nothing runs on these devices and a configuration can be generated for each, so every operation works on them. */
const DEVICES = [
	'fbe2f072-9191-4157-8491-24bd77fc1f13',
	'92b28436-1060-4a24-a7d8-f55846977149',
	'c60fcc66-d7e4-4102-a33e-76806f4b4b7a',
];
const SITES = [
	'a2f2c5e7-054a-43db-8402-3fe6006936b2',
	'c41d6f0a-98b7-4f0e-9d35-70e1b2a4c8d6',
	'e0583b7c-2d64-4a19-8bf1-5c9d7e3f1a20',
];

const OPERATIONS: Record<string, Record<string, unknown>> = {
	update: { updateFields: { name: 'Renamed' } },
	delete: {},
	generateConfig: { protocol: 'MQTT' },
	assignBlueprint: { blueprintId: 'bluepri2-60n4-4t9d-e6v0-69i310cb110e' },
	get: {},
	getAll: { limit: 1, filters: { siteId: '={{ $json.id }}' } },
};

const MODES = ['stopWorkflow', 'continueRegularOutput', 'continueErrorOutput'] as const;
type Mode = (typeof MODES)[number];

const ROWS = CASES.flatMap((entry) =>
	Object.keys(OPERATIONS).flatMap((operation) =>
		MODES.map((mode) => [operation, entry.name, mode, entry] as const),
	),
);

const seen = new Map<string, Set<string>>();
let emulator: Emulator;

beforeAll(async () => {
	emulator = await startEmulator();
});

afterAll(async () => {
	await emulator.close();
	const operations = Object.keys(OPERATIONS);
	const cell = (name: string, operation: string) => [...(seen.get(`${name} ${operation}`) ?? [])].join(' / ');
	const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
	const table = [
		line(['Fault', ...operations]),
		line(['---', ...operations.map(() => '---')]),
		...CASES.map(({ name }) => line([name, ...operations.map((operation) => cell(name, operation))])),
	];
	const text = `# Fault matrix

What became of an item, and how many requests were sent for it: when the fault struck once; when it struck always
(Max Retries ${RETRIES}, "too slow" 1). The same in all modes of On Error; where they differ, both are shown.

${table.join('\n')}
`;
	mkdirSync(RESULTS, { recursive: true });
	writeFileSync(join(RESULTS, 'fault-matrix.md'), text);
});

/** No faults, nothing recorded, and what was deleted is back. */
async function startAfresh(): Promise<void> {
	pauses.length = 0;
	emulator.reset();
	if (DEVICES.every((id) => emulator.fleet.find(id) !== undefined)) return;
	await emulator.close();
	emulator = await startEmulator();
}

const idsOf = (operation: string) => (operation === 'getAll' ? SITES : DEVICES);

/** Three items, one after the other; the fault strikes the second. */
async function run(operation: string, mode: Mode, { fault, options }: FaultCase, times?: number) {
	const ids = idsOf(operation);
	emulator.addFault({
		...fault,
		match: { path: ids[1] ?? '' },
		...(times === undefined ? {} : { times }),
	});
	return await runNode({
		emulator,
		items: ids.map((id, row) => ({ id, row })),
		onError: mode,
		parameters: {
			operation,
			deviceId: '={{ $json.id }}',
			...OPERATIONS[operation],
			options: { maxConcurrency: 1, maxRetries: RETRIES, ...options },
		},
	});
}

const sent = (operation: string) =>
	idsOf(operation).map((id) => emulator.requests.filter(({ path }) => path.includes(id)).length);
const links = (items: INodeExecutionData[]) => items.map(({ pairedItem }) => pairedItem);
const link = (...items: number[]) => items.map((item) => ({ item }));

function expectDone({ error, output, errorOutput }: RunResult): void {
	expect(error).toBeUndefined();
	expect(links(output)).toEqual(link(0, 1, 2));
	expect(output.some(({ json }) => 'error' in json)).toBe(false);
	expect(errorOutput).toEqual([]);
}

function expectFailed(mode: Mode, result: RunResult, message: RegExp, id: string): void {
	const { error, output, errorOutput } = result;
	const failure = { error: expect.stringMatching(/\[item 1\]$/), message: expect.any(String) };
	if (mode === 'stopWorkflow') {
		expect(error?.message).toMatch(message);
		expect(error?.message).toMatch(/\[item 1\]$/);
		expect(error?.description).toContain('Done: item 0. Failed: item 1. Never sent: item 2');
		expect([...output, ...errorOutput]).toEqual([]);
		return;
	}
	expect(error).toBeUndefined();
	const failed = mode === 'continueErrorOutput' ? errorOutput[0] : output[1];
	expect(failed?.json['error']).toMatch(message);
	if (mode === 'continueErrorOutput') {
		expect(links(output)).toEqual(link(0, 2));
		expect(errorOutput.map(({ json }) => json)).toEqual([{ id, row: 1, ...failure }]);
	} else {
		expect(links(output)).toEqual(link(0, 1, 2));
		expect(failed?.json).toEqual(failure);
		expect(errorOutput).toEqual([]);
	}
}

/** Runs one cell of the matrix, checks it, and says what was seen. */
async function cellOf(operation: string, mode: Mode, entry: FaultCase, times?: number): Promise<string> {
	await startAfresh();
	const result = await run(operation, mode, entry, times);
	const isRepeated =
		entry.repeated === 'always' || (entry.repeated === 'if safe' && operation !== 'generateConfig');
	const isDone = entry.fine?.includes(operation) === true || (isRepeated && times === 1);
	const most = 1 + Number(entry.options?.['maxRetries'] ?? RETRIES);
	const expected = isRepeated ? (times === 1 ? 2 : most) : 1;
	if (isDone) expectDone(result);
	else expectFailed(mode, result, entry.message, idsOf(operation)[1] ?? '');
	const goesOn = isDone || mode !== 'stopWorkflow';
	expect(sent(operation)).toEqual([1, expected, goesOn ? 1 : 0]);
	// After a 429 that is not repeated any more, the next item waits all the same.
	const nextWaits = entry.fault.status === 429 && !isDone && goesOn;
	expect(pauses).toHaveLength(expected - 1 + (nextWaits ? 1 : 0));
	if (entry.pause !== undefined) expect(new Set(pauses)).toEqual(new Set([entry.pause]));
	// n8n keeps no hints of a node that failed.
	expect(result.hints).toHaveLength(expected > 1 && result.error === undefined ? 1 : 0);
	return `${isDone ? 'done' : 'fails'}, ${String(sent(operation)[1])}`;
}

test('every operation of the node is in the matrix', () => {
	expect(Object.keys(OPERATIONS).sort()).toEqual(NODE_OPERATIONS.map(({ option }) => option.value).sort());
});

test.each(ROWS)('%s, %s, %s: the right requests and outcomes', async (operation, name, mode, entry) => {
	const once = await cellOf(operation, mode, entry, 1);
	const always = await cellOf(operation, mode, entry);
	const key = `${name} ${operation}`;
	seen.set(key, (seen.get(key) ?? new Set()).add(`${once}; ${always}`));
});

test.each(Object.keys(OPERATIONS))('%s is repeated when nothing listens', async (operation) => {
	await startAfresh();
	const { baseUrl, tokens } = emulator;
	await emulator.close();
	const { error } = await runNode({
		credential: { baseUrl, apiToken: tokens.owner },
		parameters: {
			operation,
			deviceId: DEVICES[0],
			...OPERATIONS[operation],
			filters: {},
			options: { maxRetries: RETRIES },
		},
	});
	expect(error?.message).toContain('Nothing accepts connections');
	expect(error?.description).toContain('Sent 3 times');
	expect(pauses).toHaveLength(RETRIES);
	emulator = await startEmulator();
});

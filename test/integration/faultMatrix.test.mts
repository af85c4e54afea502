import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INodeExecutionData } from 'n8n-workflow';

import { createFleet } from '../../emulator/fleet.mts';
import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { settle, withoutWaiting } from '../support/clock.mts';
import { type RunResult, runNode } from '../support/engine.mts';
import { CASES, type FaultCase, type Mode, MODES } from '../support/faultCases.mts';
import { IS_FULL } from '../support/extent.mts';
import { type OperationExample, OPERATIONS } from '../support/operations.mts';

const recorded = withoutWaiting();

const RETRIES = 2;
const RESULTS = join(__dirname, '../results');

/** The modes to test in a row: all of them, or one for a third of the rows in turn. */
const modesOf = (row: number): readonly Mode[] => {
	if (IS_FULL) return MODES;
	return row % 3 === 0 ? MODES.filter((_, index) => index === (row / 3) % 3) : [];
};

const ROWS = CASES.flatMap((entry, caseIndex) =>
	OPERATIONS.filter(({ name }) => entry.operations?.includes(name) ?? true).flatMap((example, index) =>
		(entry.modes ?? modesOf(caseIndex + index)).map(
			(mode) => [example.name, entry.name, mode, example, entry] as const,
		),
	),
);

const seen = new Map<string, Set<string>>();
let emulator: Emulator;

/** Starts an emulator with at least three weather stations that are online. */
async function start(): Promise<void> {
	emulator = await startEmulator({ fleet: createFleet({ devices: 80 }) });
	emulator.executions.duration = 0;
}

beforeAll(start);

afterAll(async () => {
	await emulator.close();
	const cell = (name: string, operation: string) => [...(seen.get(`${name} ${operation}`) ?? [])].join(' / ');
	const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
	const names = OPERATIONS.map(({ name }) => name);
	const table = [
		line(['Fault', ...names]),
		line(['---', ...names.map(() => '---')]),
		...CASES.map(({ name }) => line([name, ...names.map((operation) => cell(name, operation))])),
	];
	const text = `# Fault matrix

The result of an item, and how many requests were sent for it: if the fault occurs once; if it always occurs
(Max Retries ${RETRIES}, too slow responses 1). If the modes of On Error differ, both results are shown.

${table.join('\n')}
`;
	mkdirSync(RESULTS, { recursive: true });
	writeFileSync(join(RESULTS, 'fault-matrix.md'), text);
});

/** The weather stations of the start. */
const stations = () =>
	emulator.fleet
		.list()
		.filter(({ slug, connectivity }) => slug.startsWith('weather-') && connectivity.status === 'ONLINE');

/** Removes faults and records, and restores what was created and deleted. */
async function startAfresh(): Promise<void> {
	recorded.waits.length = 0;
	// Long enough for other requests to start meanwhile.
	recorded.onWait = settle;
	emulator.reset();
	emulator.executions.clear();
	for (const { id, slug } of emulator.fleet.list()) if (slug.startsWith('new-')) emulator.fleet.delete(id);
	if (stations().length >= 3) return;
	await emulator.close();
	await start();
}

/** The IDs of the devices or sites of the items, and the request of each item. */
function targetsOf({ ofSites = false, fewItems = 3, request }: OperationExample) {
	const ids = ofSites ? [...emulator.fleet.sites.keys()] : stations().map(({ id }) => id);
	return ids.slice(0, fewItems).map((id) => ({ id, request: request.replace('ID', id) }));
}

type Targets = ReturnType<typeof targetsOf>;

/** The item whose request the fault affects: the second, if there are several. */
const struckOf = ({ length }: unknown[]) => Math.min(1, length - 1);

/** Runs an operation for several items, one after the other. */
async function run(
	example: OperationExample,
	mode: Mode,
	entry: FaultCase,
	targets: Targets,
	times?: number,
) {
	const [method = '', path = ''] = targets[struckOf(targets)]?.request.split(' ') ?? [];
	emulator.addFault({
		...entry.fault,
		match: { method, path },
		...(times === undefined ? {} : { times }),
	});
	return await runNode({
		emulator,
		items: targets.map(({ id }, row) => ({
			id,
			row,
			...(example.ofSites ? { site: id } : example.item?.(emulator, id)),
		})),
		onError: mode,
		parameters: {
			...example.parametersFor('={{ $json.id }}'),
			options: { maxConcurrency: 1, maxRetries: RETRIES, ...entry.options },
		},
	});
}

const sent = (targets: Targets) =>
	targets.map(
		({ request }) =>
			emulator.requests.filter(({ method, path }) => `${method} ${path}`.startsWith(request)).length,
	);
/** The input items of an output, each once. */
const sourcesOf = (items: INodeExecutionData[]) => [
	...new Set(items.map(({ pairedItem }) => (pairedItem as { item: number }).item)),
];

function expectDone(
	{ error, output, errorOutput }: RunResult,
	items: number[],
	{ outputsSeveral = false }: OperationExample,
): void {
	expect(error).toBeUndefined();
	// If an operation may output several items or none, an empty response can be correct.
	if (output.length > 0 || !outputsSeveral) expect(sourcesOf(output)).toEqual(items);
	expect(output.some(({ json }) => 'error' in json)).toBe(false);
	expect(errorOutput).toEqual([]);
}

/** Message and description, as the user reads them, without the item's number. */
function shown(message: unknown, description: unknown): string {
	return `${String(message).replace(/ \[item \d\]$/, '')} ${String(description)}`;
}

function expectFailed(
	mode: Mode,
	result: RunResult,
	{ message, items, report }: { message: RegExp; items: number[]; report: string },
): void {
	const { error, output, errorOutput } = result;
	const struck = struckOf(items);
	const others = items.filter((item) => item !== struck);
	if (mode === 'stopWorkflow') {
		expect(shown(error?.message, error?.description)).toMatch(message);
		expect(error?.description).toContain(report);
		expect([...output, ...errorOutput]).toEqual([]);
		return;
	}
	expect(error).toBeUndefined();
	const [failed] = mode === 'continueErrorOutput' ? errorOutput : output.slice(struck);
	expect(shown(failed?.json['error'], failed?.json['message'])).toMatch(message);
	expect(sourcesOf(output)).toEqual(mode === 'continueErrorOutput' ? others : items);
	expect(errorOutput.map(({ json }) => json['row'])).toEqual(mode === 'continueErrorOutput' ? [struck] : []);
}

/** Whether the API processes a request that the fault affects. */
const isProcessed = ({ kind }: FaultCase['fault']) => !['status', 'reset-before'].includes(kind);

/** What the user reads if the item fails. An operation that looks for the result may have its own words. */
const messageOf = ({ message }: FaultCase, { looksForOutcome }: OperationExample) =>
	looksForOutcome === undefined ? message : new RegExp(`${message.source}|${looksForOutcome.source}`);

/** Runs and checks one cell of the matrix. Returns what was seen. */
async function cellOf(
	example: OperationExample,
	mode: Mode,
	entry: FaultCase,
	times?: number,
): Promise<string> {
	await startAfresh();
	const targets = targetsOf(example);
	const items = targets.map((_, item) => item);
	const struck = struckOf(targets);
	const result = await run(example, mode, entry, targets, times);
	const isRetried = entry.retried === 'always' || (entry.retried === 'if idempotent' && example.isIdempotent);
	const isFound = example.looksForOutcome !== undefined && isProcessed(entry.fault);
	const isDone = isFound || entry.fine?.includes(example.name) === true || (isRetried && times === 1);
	const most = 1 + Number(entry.options?.['maxRetries'] ?? RETRIES);
	const expected = isRetried ? (times === 1 ? 2 : most) : 1;
	const counts = sent(targets);
	const last = counts[2];
	// If the second of three items that write fails, the third is sent only if it could start before the failure.
	const report =
		example.changesSomething === true && items.length > 2
			? `Done: ${last === 1 ? 'items 0, 2' : 'item 0'}. Failed: item 1. Never sent: ${last === 1 ? 'no item' : 'item 2'}.`
			: '';
	if (isDone) expectDone(result, items, example);
	else expectFailed(mode, result, { message: messageOf(entry, example), items, report });

	const stops = mode === 'stopWorkflow' && !isDone;
	const couldStart = !stops || (expected > 1 && entry.fault.status !== 429) || example.leavesSlot === true;
	expect(counts).toEqual(
		items.map((item) => {
			if (item === struck) return expected;
			if (item === 0 || !stops) return 1;
			return couldStart ? expect.any(Number) : 0;
		}),
	);
	const { least, most: longest } = entry.wait ?? { least: Infinity, most: 0 };
	const retryWaits = recorded.waits.filter((wait) => wait >= least && wait <= longest * 2);
	expect(retryWaits.length).toBeGreaterThanOrEqual(expected - 1);
	// n8n keeps no hints of a node that failed.
	const hints = result.hints.filter(({ message }) => message.includes('retried'));
	expect(hints).toHaveLength(expected > 1 && result.error === undefined ? 1 : 0);
	return `${isDone ? 'done' : 'fails'}, ${String(counts[struck])}`;
}

test.each(ROWS)(
	'%s, %s, %s: the right requests and outcomes',
	async (operation, name, mode, example, entry) => {
		const once = await cellOf(example, mode, entry, 1);
		const always = await cellOf(example, mode, entry);
		const key = `${name} ${operation}`;
		seen.set(key, (seen.get(key) ?? new Set()).add(`${once}; ${always}`));
	},
);

describe.each(OPERATIONS)('$name', (example) => {
	const runAll = async (more: { baseUrl?: string } = {}) =>
		await runNode({
			credential: { baseUrl: emulator.baseUrl, apiToken: emulator.tokens.owner, ...more },
			items: stations().map(({ id }) => ({ id, ...example.item?.(emulator, id) })),
			parameters: { ...example.parametersFor('={{ $json.id }}'), options: { maxRetries: RETRIES } },
		});

	test('is retried if nothing listens', async () => {
		await startAfresh();
		const { baseUrl } = await startEmulator().then(async (gone) => {
			await gone.close();
			return gone;
		});
		const { error } = await runAll({ baseUrl });
		expect(error?.message).toContain('Nothing accepts connections');
		expect(error?.description).toContain('Tried 3 times');
	});

	const { changesSomething = false, looksForOutcome, readsFirst = false, request } = example;

	if (looksForOutcome === undefined) {
		test(`${changesSomething ? 'says' : 'does not say'} of an unknown outcome that it may have been processed`, async () => {
			await startAfresh();
			const [method = ''] = request.split(' ');
			emulator.addFault({ kind: 'status', status: 504, match: { method } });
			const { error } = await runAll();
			expect(error?.message).toBeDefined();
			expect(error?.description?.includes('The API may still have processed the request')).toBe(
				changesSomething,
			);
		});
	}

	if (readsFirst) {
		test('changes nothing if what it must know cannot be read', async () => {
			await startAfresh();
			emulator.addFault({ kind: 'status', status: 500, match: { method: 'GET' } });
			const { error } = await runAll();
			expect(error?.message).toContain('status 500');
			expect(emulator.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
		});
	}
});

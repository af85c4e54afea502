import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INodeExecutionData } from 'n8n-workflow';

import { createFleet } from '../../emulator/fleet.mts';
import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { type RunResult, runNode } from '../support/engine.mts';
import { CASES, type FaultCase, type Mode, MODES } from '../support/faultCases.mts';
import { type OperationExample, OPERATIONS } from '../support/operations.mts';

const waits: number[] = [];

// The only place where the node lets time pass: waits are written down and over at once.
jest.mock('../../nodes/EnapterDevice/transport/wait.ts', () => ({
	...jest.requireActual<object>('../../nodes/EnapterDevice/transport/wait.ts'),
	wait: async (milliseconds: number) => {
		waits.push(milliseconds);
		await Promise.resolve();
	},
}));

const RETRIES = 2;
/** How an operation looks for what a request of unknown outcome has done. */
const LOOKING = '/command_executions?order=CREATED_AT_DESC&name.in=';
const RESULTS = join(__dirname, '../results');

const ROWS = CASES.flatMap((entry) =>
	OPERATIONS.flatMap((example) =>
		MODES.filter((mode) => entry.modes?.includes(mode) ?? true).map(
			(mode) => [example.name, entry.name, mode, example, entry] as const,
		),
	),
);

const seen = new Map<string, Set<string>>();
let emulator: Emulator;

/** Large enough for three weather stations that are online. */
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

What became of an item, and how many requests were sent for it: when the fault struck once; when it struck always
(Max Retries ${RETRIES}, "too slow" 1). The same in all modes of On Error; where they differ, both are shown.

${table.join('\n')}
`;
	mkdirSync(RESULTS, { recursive: true });
	writeFileSync(join(RESULTS, 'fault-matrix.md'), text);
});

const stations = () =>
	emulator.fleet
		.list()
		.filter(({ type, connectivity }) => type === 'STANDALONE' && connectivity.status === 'ONLINE');

/** No faults, nothing recorded, and what was deleted is back. */
async function startAfresh(): Promise<void> {
	waits.length = 0;
	emulator.reset();
	emulator.executions.clear();
	if (stations().length >= 3) return;
	await emulator.close();
	await start();
}

/** What the items of an operation are told apart by, and the request of each. */
function targetsOf({ ofSites = false, fewItems = 3, request }: OperationExample) {
	const ids = ofSites ? [...emulator.fleet.sites.keys()] : stations().map(({ id }) => id);
	return ids.slice(0, fewItems).map((id) => ({ id, request: request.replace('ID', id) }));
}

type Targets = ReturnType<typeof targetsOf>;

/** The item whose request the fault strikes: the second, where there are several. */
const struckOf = ({ length }: unknown[]) => Math.min(1, length - 1);

/** So many items, one after the other. */
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
/** The items that an output comes from, each once. */
const sourcesOf = (items: INodeExecutionData[]) => [
	...new Set(items.map(({ pairedItem }) => (pairedItem as { item: number }).item)),
];

function expectDone(
	{ error, output, errorOutput }: RunResult,
	items: number[],
	{ putsOutSeveral = false }: OperationExample,
): void {
	expect(error).toBeUndefined();
	// Where several items or none come of one, an empty response may be a good one.
	if (output.length > 0 || !putsOutSeveral) expect(sourcesOf(output)).toEqual(items);
	expect(output.some(({ json }) => 'error' in json)).toBe(false);
	expect(errorOutput).toEqual([]);
}

/** Message and description, as the user reads them. */
function told(message: unknown, description: unknown, item: number): string {
	expect(message).toMatch(new RegExp(` \\[item ${item}\\]$`));
	return `${String(message).replace(/ \[item \d\]$/, '')} ${String(description)}`;
}

function expectFailed(
	mode: Mode,
	result: RunResult,
	{ message, items, goesOn }: { message: RegExp; items: number[]; goesOn: boolean },
): void {
	const { error, output, errorOutput } = result;
	const struck = struckOf(items);
	const others = items.filter((item) => item !== struck);
	if (mode === 'stopWorkflow') {
		expect(told(error?.message, error?.description, struck)).toMatch(message);
		const isLeft = items.length > 2 && !goesOn;
		const done = items.length > 2 && goesOn ? 'items 0, 2' : 'item 0';
		const report = `Done: ${done}. Failed: item 1. Never sent: ${isLeft ? 'item 2' : 'no item'}.`;
		expect(error?.description).toContain(items.length > 1 ? report : '');
		expect([...output, ...errorOutput]).toEqual([]);
		return;
	}
	expect(error).toBeUndefined();
	const [failed] = mode === 'continueErrorOutput' ? errorOutput : output.slice(struck);
	expect(told(failed?.json['error'], failed?.json['message'], struck)).toMatch(message);
	expect(sourcesOf(output)).toEqual(mode === 'continueErrorOutput' ? others : items);
	expect(errorOutput.map(({ json }) => json['row'])).toEqual(mode === 'continueErrorOutput' ? [struck] : []);
}

/** Whether the API carries a request out that the fault strikes. */
const isCarriedOut = ({ kind }: FaultCase['fault']) => !['status', 'reset-before'].includes(kind);

/** Runs one cell of the matrix, checks it, and says what was seen. */
async function cellOf(
	example: OperationExample,
	mode: Mode,
	entry: FaultCase,
	times?: number,
): Promise<string> {
	await startAfresh();
	const targets = targetsOf(example);
	const items = targets.map((_, item) => item);
	const result = await run(example, mode, entry, targets, times);
	const isRetried = entry.retried === 'always' || (entry.retried === 'if idempotent' && example.isIdempotent);
	const isFound = example.looksForOutcome === true && isCarriedOut(entry.fault);
	const isDone = isFound || entry.fine?.includes(example.name) === true || (isRetried && times === 1);
	const most = 1 + Number(entry.options?.['maxRetries'] ?? RETRIES);
	const expected = isRetried ? (times === 1 ? 2 : most) : 1;
	// While a request waits for its retry, others are sent, unless the API limits their rate.
	const waitsForRetry = expected > 1 && entry.fault.status !== 429 && example.isSequential !== true;
	const struck = targets[struckOf(targets)];
	const begun = emulator.requests.findIndex(({ method, path }) =>
		`${method} ${path}`.startsWith(struck?.request ?? '-'),
	);
	const looks = emulator.requests.slice(begun + 1).filter(({ path }) => path.includes(LOOKING));
	const letsOthersPass = waitsForRetry || looks.some(({ path }) => path.includes(struck?.id ?? '-'));
	const goesOn = isDone || mode !== 'stopWorkflow' || letsOthersPass;
	if (isDone) expectDone(result, items, example);
	else expectFailed(mode, result, { message: entry.message, items, goesOn });
	expect(sent(targets)).toEqual(
		items.length === 1 ? [expected] : [1, expected, goesOn ? 1 : 0].slice(0, items.length),
	);
	if (example.looksForOutcome !== true) {
		// After a 429 that is not retried any more, the next item waits all the same, if only until the run has stopped.
		const nextWaits = entry.fault.status === 429 && !isDone && items.length > 2;
		expect(waits.length).toBeGreaterThanOrEqual(expected - 1 + (nextWaits && goesOn ? 1 : 0));
		expect(waits.length).toBeLessThanOrEqual(expected - 1 + (nextWaits ? 1 : 0));
		// n8n keeps no hints of a node that failed.
		const hints = result.hints.filter(({ message }) => message.includes('retried'));
		expect(hints).toHaveLength(expected > 1 && result.error === undefined ? 1 : 0);
	}
	for (const wait of expected > 1 ? waits : []) {
		expect(wait).toBeGreaterThanOrEqual(entry.wait?.least ?? Infinity);
		expect(wait).toBeLessThanOrEqual((entry.wait?.most ?? 0) * 2);
	}
	return `${isDone ? 'done' : 'fails'}, ${String(sent(targets)[struckOf(targets)])}`;
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

	test('says of an unknown outcome that it may have been carried out only where it changes something', async () => {
		await startAfresh();
		const [method] = example.request.split(' ');
		emulator.addFault({ kind: 'status', status: 504, match: { method: method ?? '' } });
		const { error } = await runAll();
		const changes = error?.description?.includes('may have carried the request out') === true;
		expect(changes).toBe(example.changesSomething === true);
	});

	test('is retried when nothing listens', async () => {
		await startAfresh();
		const { baseUrl } = await startEmulator().then(async (gone) => {
			await gone.close();
			return gone;
		});
		const { error } = await runAll({ baseUrl });
		expect(error?.message).toContain('Nothing accepts connections');
		expect(error?.description).toContain('Tried 3 times');
	});

	test('changes nothing when what it has to know cannot be read', async () => {
		await startAfresh();
		emulator.addFault({ kind: 'status', status: 500, match: { method: 'GET' } });
		const { error } = await runAll();
		const writes = emulator.requests.filter(({ method }) => method !== 'GET');
		if (emulator.requests.length > writes.length) {
			expect(error?.message).toContain('status 500');
			expect(writes).toEqual([]);
		} else expect(error).toBeUndefined();
	});
});

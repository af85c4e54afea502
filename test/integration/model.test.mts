import fc from 'fast-check';

import type { Batch, DeviceSpec, Item } from '../support/model/batch.mts';
import { batches, BLUEPRINTS, idOf } from '../support/model/batch.mts';
import { Laboratory, type Observed } from '../support/model/observe.mts';
import { checkPromises } from '../support/model/promises.mts';

// The only place where the node lets time pass.
jest.mock('../../nodes/EnapterDevice/transport/wait.ts', () => ({
	...jest.requireActual<object>('../../nodes/EnapterDevice/transport/wait.ts'),
	wait: async () => await Promise.resolve(),
}));

/** Minutes to look for counterexamples with a seed of its own; not set in CI, which runs the same batches each time. */
const MINUTES = Number(process.env['MODEL_MINUTES'] ?? 0);
const SEED = Number(process.env['MODEL_SEED'] ?? (MINUTES > 0 ? Date.now() % 2 ** 31 : 20_261_124));
const RUNS = 300;

jest.setTimeout((MINUTES + 2) * 60_000);

let laboratory: Laboratory;

beforeAll(async () => {
	laboratory = await Laboratory.open();
});

afterAll(async () => await laboratory.close());

async function keepsItsPromises(batch: Batch): Promise<void> {
	const observed = await laboratory.run(batch);
	try {
		checkPromises(batch, observed);
	} catch (error) {
		throw new Error(`${(error as Error).message}\n${storyOf(observed)}`, { cause: error });
	}
}

const ITEM: Item = {
	named: idOf(0),
	name: 'one',
	slug: 'new-a',
	blueprint: BLUEPRINTS[0] ?? '',
	skip: false,
	protocol: 'MQTT',
	files: 'none',
	limit: 1,
};

const ROOT: DeviceSpec = { link: 'LINK' };

const BATCH: Batch = {
	operation: 'update',
	devices: [ROOT, ROOT, ROOT, ROOT],
	isLarge: false,
	items: [ITEM],
	sets: ['slug'],
	onError: 'stopWorkflow',
	maxConcurrency: 2,
	maxRetries: 0,
	withDependents: false,
	expand: false,
	pageSize: 50,
	faults: [],
};

/** Batches that broke a promise once. */
const EXAMPLES: Array<[behaviour: string, batch: Partial<Batch>]> = [
	[
		'items that could meet by a slug follow each other, also when one before them fails',
		{
			onError: 'continueErrorOutput',
			items: [
				{ ...ITEM, slug: 'slug-3' },
				{ ...ITEM, named: 'slug-3', slug: 'new-a' },
				{ ...ITEM, named: 'new-a', slug: 'new-a' },
				{ ...ITEM, named: idOf(3), slug: 'slug-3' },
			],
		},
	],
	[
		'after a deletion that failed, the device it runs on is left alone in Stop Workflow',
		{
			operation: 'delete',
			devices: [ROOT, { ...ROOT, on: 0 }, { ...ROOT, on: 1 }],
			items: [ITEM, { ...ITEM, named: idOf(1) }],
		},
	],
	[
		'Delete Dependent Devices names the device of which it is unknown whether it was deleted',
		{
			operation: 'delete',
			withDependents: true,
			devices: [ROOT, { ...ROOT, on: 0 }],
			faults: [{ kind: 'body', status: 500, match: { method: 'DELETE' }, times: 1 }],
		},
	],
	[
		'a stopped run says of each failed item that it may have been carried out',
		{
			items: [
				{ ...ITEM, named: 'slug-1', slug: 'slug-2' },
				{ ...ITEM, slug: 'slug-0' },
				{ ...ITEM, named: 'slug-1', slug: 'slug-1' },
			],
			faults: [{ kind: 'cut', match: { method: 'PATCH' }, times: 1 }],
		},
	],
	[
		'a 404 of a proxy after a lost connection does not prove a deletion',
		{
			operation: 'delete',
			maxRetries: 1,
			faults: [
				{ kind: 'reset-before', match: { method: 'DELETE' }, times: 1 },
				{ kind: 'status', status: 404, body: '<html>Not here</html>', match: { method: 'DELETE' } },
			],
		},
	],
	[
		'a device that is named by its old slug is renamed, also when the response is lost',
		{
			maxRetries: 1,
			items: [{ ...ITEM, named: 'slug-0' }],
			faults: [{ kind: 'body', status: 504, match: { method: 'PATCH' }, times: 1 }],
		},
	],
];

test.each(EXAMPLES)('%s', async (_behaviour, batch) => {
	await expect(keepsItsPromises({ ...BATCH, ...batch })).resolves.toBeUndefined();
});

/** What happened, for whoever reads a counterexample. */
function storyOf({ traffic, outcomes, error = 'none' }: Observed): string {
	const lines = traffic.map(({ kind, request, method, path, body, status = 'no response' }) =>
		[request, kind, method, path, kind === 'sent' ? JSON.stringify(body) : status].join(' '),
	);
	const told = outcomes.map(
		({ kind, ...more }, item) => `item ${item}: ${kind} ${JSON.stringify(more).slice(0, 500)}`,
	);
	return [...lines, ...told, `error: ${error}`].join('\n');
}

test('any batch of items keeps the promises, whatever goes wrong', async () => {
	const started = Date.now();
	let runs = 0;
	let current = Promise.resolve();
	const property = fc.asyncProperty(batches, async (batch) => {
		runs++;
		current = keepsItsPromises(batch);
		await current;
	});
	const free = { numRuns: Infinity, interruptAfterTimeLimit: MINUTES * 60_000 };
	try {
		await fc.assert(property, { seed: SEED, ...(MINUTES > 0 ? free : { numRuns: RUNS }) });
	} finally {
		// One is under way when the time is up.
		await Promise.allSettled([current]);
		if (MINUTES > 0) {
			process.stdout.write(
				`Seed ${SEED}: ${runs} batches in ${Math.round((Date.now() - started) / 1000)} s\n`,
			);
		}
	}
});

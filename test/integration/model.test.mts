import fc from 'fast-check';

import type { Batch } from '../support/model/batch.mts';
import { batches } from '../support/model/batch.mts';
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

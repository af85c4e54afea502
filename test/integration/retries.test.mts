import { request } from 'undici';

import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { runNode } from '../support/engine.mts';

/** What a pause does to the test: called instead of letting time pass. */
let onPause: (milliseconds: number) => Promise<void>;

// The only place where the node lets time pass.
jest.mock('../../nodes/EnapterDevice/transport/wait.ts', () => ({
	wait: async (milliseconds: number) => await onPause(milliseconds),
}));

const DEVICE = 'weather-station-1';

let emulator: Emulator;
let pauses: number[];

beforeEach(async () => {
	pauses = [];
	onPause = async (milliseconds) => void pauses.push(milliseconds);
	emulator = await startEmulator();
});

afterEach(async () => {
	jest.restoreAllMocks();
	await emulator.close();
});

const rows = (count: number) => Array.from({ length: count }, (_, row) => ({ row }));
const rename = (count: number, options: Record<string, unknown>) => ({
	emulator,
	items: rows(count),
	parameters: {
		operation: 'update',
		deviceId: DEVICE,
		updateFields: { name: '={{ "Station " + $json.row }}' },
		options,
	},
});

/** Resolves once `holds` does, checking at every turn of the event loop. */
async function until(holds: () => boolean): Promise<void> {
	while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets another client ask and be answered so many times: time in which the node could have asked, too. */
async function roundTrips(count: number): Promise<void> {
	const headers = { 'X-Enapter-Auth-Token': emulator.tokens.owner };
	for (let turn = 0; turn < count; turn++) {
		const { statusCode, body } = await request(`${emulator.baseUrl}/v3/sites`, { headers });
		expect(statusCode).toBe(200);
		await body.dump();
	}
}

describe('a rate limit', () => {
	test.each(['seconds', 'date', 'none'] as const)(
		'with Retry-After as %s is waited out, and every item is done once',
		async (retryAfter) => {
			let passed = 0;
			const now = Date.now.bind(Date);
			jest.spyOn(Date, 'now').mockImplementation(() => now() + passed);
			onPause = async (milliseconds) => {
				pauses.push(milliseconds);
				passed += milliseconds;
			};
			// Without Retry-After the pauses are short, so that the window has to be, too.
			emulator.rateLimit = { requests: 5, perMs: retryAfter === 'none' ? 300 : 20_000, retryAfter };
			const { error, output, hints } = await runNode(rename(20, { maxConcurrency: 4 }));
			expect(error).toBeUndefined();
			expect(output.map(({ json }) => json['name'])).toEqual(rows(20).map(({ row }) => `Station ${row}`));
			const { requests } = emulator;
			expect(requests.filter(({ status }) => status === 200)).toHaveLength(20);
			const turnedAway = requests.filter(({ status }) => status === 429).length;
			expect(turnedAway).toBeGreaterThanOrEqual(1);
			// At most what was on its way at once is turned away each time.
			if (retryAfter !== 'none') expect(turnedAway).toBeLessThanOrEqual(4 * pauses.length);
			expect(hints.map(({ message }) => message)).toEqual([
				turnedAway === 1
					? 'One request was repeated: 1 × status 429.'
					: `${turnedAway} requests were repeated: ${turnedAway} × status 429.`,
			]);
			if (retryAfter !== 'none') expect(Math.max(...pauses)).toBeGreaterThan(15_000);
		},
	);

	test('met by one request holds all others back until its pause is over', async () => {
		let goOn = () => {};
		onPause = async (milliseconds) => {
			pauses.push(milliseconds);
			await new Promise<void>((resolve) => (goOn = resolve));
		};
		emulator.addFault({ kind: 'status', status: 429, headers: { 'retry-after': '30' }, times: 1, after: 2 });
		const running = runNode(rename(12, { maxConcurrency: 3 }));
		const isUpdate = ({ method }: { method: string }) => method === 'PATCH';
		await until(() => pauses.length === 1);
		// What was let out before the answer came may still arrive.
		await roundTrips(10);
		const before = emulator.requests.filter(isUpdate).length;
		await roundTrips(30);
		expect(emulator.requests.filter(isUpdate)).toHaveLength(before);
		expect(before).toBeLessThan(12);
		goOn();
		const { error, output } = await running;
		expect(error).toBeUndefined();
		expect(output).toHaveLength(12);
		expect(emulator.requests.filter(isUpdate)).toHaveLength(13);
		expect(pauses).toEqual([30_000]);
	});
});

test('429 slows the others down also when it is not repeated itself', async () => {
	emulator.addFault({ kind: 'status', status: 429, headers: { 'retry-after': '30' }, times: 1 });
	const { output } = await runNode({
		...rename(3, { maxRetries: 0, maxConcurrency: 1 }),
		onError: 'continueRegularOutput',
	});
	expect(output.map(({ json }) => 'error' in json)).toEqual([true, false, false]);
	expect(pauses).toEqual([30_000]);
});

test('what an earlier try may have done is told, whatever the last one says', async () => {
	emulator.addFault({ kind: 'status', status: 502, times: 1 });
	emulator.addFault({ kind: 'status', status: 503, headers: { 'retry-after': '1' } });
	const { error } = await runNode(rename(1, { maxRetries: 1 }));
	expect(error?.message).toContain('status 503');
	expect(error?.description).toContain('The API may have carried the request out all the same');
});

test('Max Retries 0 ends at the first fault, without pause or hint', async () => {
	emulator.addFault({ kind: 'status', status: 503, headers: { 'retry-after': '1' } });
	const { error, hints } = await runNode({
		...rename(3, { maxRetries: 0, maxConcurrency: 1 }),
		onError: 'continueRegularOutput',
	});
	expect(error).toBeUndefined();
	expect(emulator.requests).toHaveLength(3);
	expect(pauses).toEqual([]);
	expect(hints).toEqual([]);
});

test('the hint counts repeats by reason', async () => {
	emulator.addFault({ kind: 'status', status: 502, times: 2 });
	emulator.addFault({ kind: 'reset-before', times: 1 });
	const { hints } = await runNode(rename(1, { maxRetries: 3 }));
	expect(hints.map(({ message }) => message)).toEqual([
		'3 requests were repeated: 2 × status 502, 1 × ECONNRESET.',
	]);
});

test('output is in the order of the input, however long each answer takes', async () => {
	const ids = [...emulator.fleet.devices.keys()];
	for (const [index, id] of ids.entries()) {
		emulator.addFault({ kind: 'slow', delay: (index * 7) % 40, match: { path: id } });
	}
	const { output, credentialReads } = await runNode({
		emulator,
		items: ids.map((id) => ({ id })),
		parameters: { operation: 'get', deviceId: '={{ $json.id }}', options: { maxConcurrency: 8 } },
	});
	expect(output.map(({ json, pairedItem }) => [json['id'], pairedItem])).toEqual(
		ids.map((id, item) => [id, { item }]),
	);
	const answered = emulator.requests.toSorted((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0));
	expect(answered.map(({ path }) => path)).not.toEqual(ids.map((id) => `/v3/devices/${id}`));
	expect(emulator.stats.peakInFlight).toBeGreaterThan(1);
	expect(emulator.stats.peakInFlight).toBeLessThanOrEqual(8);
	expect(credentialReads).toBe(1);
});

describe('a cancelled execution', () => {
	test.each(['stopWorkflow', 'continueRegularOutput'] as const)(
		'starts no further request (%s)',
		async (onError) => {
			emulator.addFault({ kind: 'slow', after: 5 });
			const { run } = await runNode({
				...rename(50, { maxConcurrency: 3 }),
				onError,
				cancelAfter: (cancel) => void until(() => emulator.stats.inFlight === 3).then(cancel),
			});
			expect(run.status).toBe('canceled');
			await until(() => emulator.stats.inFlight === 0);
			expect(emulator.requests.length).toBeGreaterThanOrEqual(3);
			expect(emulator.requests.length).toBeLessThanOrEqual(8);
			expect(emulator.requests.filter(({ status }) => status === undefined)).not.toEqual([]);
		},
	);

	test.each([429, 502])('does not repeat what was waiting after %s', async (status) => {
		emulator.addFault({ kind: 'status', status });
		let cancelRun = () => {};
		onPause = async (milliseconds) => {
			pauses.push(milliseconds);
			cancelRun();
		};
		const { run } = await runNode({
			...rename(10, { maxConcurrency: 1 }),
			onError: 'continueRegularOutput',
			cancelAfter: (cancel) => (cancelRun = cancel),
		});
		expect(run.status).toBe('canceled');
		expect(emulator.requests).toHaveLength(1);
		expect(pauses).toHaveLength(1);
	});
});

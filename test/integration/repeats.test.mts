import { type Emulator, type Fault, startEmulator } from '../../emulator/server.mts';
import { runNode } from '../support/engine.mts';

const pauses: number[] = [];

// The only place where the node lets time pass: pauses are written down and over at once.
jest.mock('../../nodes/EnapterDevice/transport/wait.ts', () => ({
	wait: async (milliseconds: number) => {
		pauses.push(milliseconds);
		await Promise.resolve();
	},
}));

const DEVICE = 'fecbbba0-79f2-4e9e-a6f0-69a310ab110b';

const OPERATIONS: Record<string, Record<string, unknown>> = {
	update: { updateFields: { name: 'Renamed' } },
	delete: {},
	generateConfig: { protocol: 'MQTT' },
	assignBlueprint: { blueprintId: 'bluepri2-60n4-4t9d-e6v0-69i310cb110e' },
	get: {},
	getAll: { limit: 5 },
};

let emulator: Emulator;

beforeEach(async () => {
	pauses.length = 0;
	emulator = await startEmulator();
	// A device that nothing runs on any more, so that it can be deleted.
	emulator.fleet.delete('gas-detector-in-living-room');
});

afterEach(async () => await emulator.close());

const run = async (operation: string, options: Record<string, unknown> = {}, items: object[] = [{}]) =>
	await runNode({
		emulator,
		items,
		parameters: { operation, deviceId: DEVICE, ...OPERATIONS[operation], options },
	});

const TURNED_AWAY: Fault[] = [
	{ kind: 'status', status: 429 },
	{ kind: 'status', status: 503 },
];

const OPEN: Fault[] = [
	{ kind: 'status', status: 502, body: '<html>Bad gateway</html>' },
	{ kind: 'status', status: 504 },
	{ kind: 'reset-before' },
	{ kind: 'reset-after' },
	{ kind: 'cut' },
];

const FINAL: Fault[] = [400, 401, 403, 404, 409, 422, 500, 308].map((status) => ({ kind: 'status', status }));

const named = (faults: Fault[]) =>
	Object.keys(OPERATIONS).flatMap((operation) =>
		faults.map((fault) => [operation, String(fault.status ?? fault.kind), fault] as const),
	);

test.each(named(TURNED_AWAY))('%s is repeated after %s', async (operation, _fault, fault) => {
	emulator.addFault({ ...fault, times: 2 });
	const { error, output, hints } = await run(operation);
	expect(error).toBeUndefined();
	expect(output.length).toBeGreaterThan(0);
	expect(emulator.requests).toHaveLength(3);
	expect(hints.map(({ message }) => message)).toEqual([
		`2 requests were repeated: 2 × status ${fault.status}.`,
	]);
});

test.each(named(OPEN))(
	'%s after %s is repeated where twice is the same as once',
	async (operation, _fault, fault) => {
		emulator.addFault({ ...fault, times: 1 });
		const { error, output } = await run(operation);
		if (operation === 'generateConfig') {
			expect(emulator.requests).toHaveLength(1);
			expect(error?.description).toContain('may have carried the request out');
		} else {
			expect(error).toBeUndefined();
			expect(output.length).toBeGreaterThan(0);
			expect(emulator.requests).toHaveLength(2);
		}
	},
);

test.each(named(FINAL))('%s is not repeated after %s', async (operation, _fault, fault) => {
	emulator.addFault(fault);
	const { error } = await run(operation);
	expect(error?.httpCode).toBe(String(fault.status));
	expect(emulator.requests).toHaveLength(1);
});

test('a delete answered "not found" on a repeat is done', async () => {
	emulator.addFault({ kind: 'reset-after', match: { method: 'DELETE' }, times: 1 });
	const { error, output } = await run('delete');
	expect(error).toBeUndefined();
	expect(output[0]?.json).toEqual({ id: DEVICE, deleted: true });
	expect(emulator.requests.map(({ status }) => status).at(-1)).toBe(404);
});

test('a delete answered otherwise on a repeat has failed', async () => {
	emulator.addFault({ kind: 'status', status: 502, times: 1 });
	emulator.addFault({ kind: 'status', status: 422, body: { errors: [{ message: 'Running devices' }] } });
	const { error } = await run('delete');
	expect(error?.message).toContain('Running devices');
	expect(error?.description).toContain('may have carried the request out');
	expect(emulator.requests).toHaveLength(2);
});

test('a delete answered "not found" after the API had turned it away has failed', async () => {
	emulator.addFault({ kind: 'status', status: 503, times: 1 });
	emulator.addFault({ kind: 'status', status: 404, body: { errors: [{ message: 'No such device' }] } });
	const { error, output } = await run('delete');
	expect(output).toEqual([]);
	expect(error?.message).toContain('No such device');
	expect(error?.description).not.toContain('may have carried the request out');
});

test('"not found" on a repeat is a failure where nothing was to be deleted', async () => {
	emulator.addFault({ kind: 'status', status: 502, times: 1 });
	emulator.addFault({ kind: 'status', status: 404 });
	const { error } = await run('assignBlueprint');
	expect(error?.httpCode).toBe('404');
	expect(emulator.requests).toHaveLength(2);
});

test('the hint is shown beside the output, and knows one request from several', async () => {
	emulator.addFault({ kind: 'status', status: 503, times: 1 });
	const { hints } = await run('get');
	expect(hints).toEqual([{ message: 'One request was repeated: 1 × status 503.', location: 'outputPane' }]);
});

test.each([
	['seconds', () => '7', 7000],
	['a date', () => new Date(Date.now() + 20_000).toUTCString(), 20_000],
	['more than a minute', () => '3600', 60_000],
])('Retry-After in %s is honoured, for a minute at most', async (_form, value, milliseconds) => {
	emulator.addFault({ kind: 'status', status: 503, headers: { 'retry-after': value() }, times: 1 });
	await run('get');
	expect(pauses).toHaveLength(1);
	expect(pauses[0]).toBeGreaterThan(milliseconds - 3000);
	expect(pauses[0]).toBeLessThanOrEqual(milliseconds);
});

test('pauses grow, and Max Retries bounds how many there are', async () => {
	emulator.addFault({ kind: 'status', status: 502 });
	const { error } = await run('get', { maxRetries: 3 });
	expect(error?.description).toContain('Sent 4 times');
	expect(pauses).toHaveLength(3);
	[500, 1000, 2000].forEach((most, index) => {
		expect(pauses[index]).toBeGreaterThanOrEqual(most / 2);
		expect(pauses[index]).toBeLessThanOrEqual(most);
	});
});

test('Max Retries 0 repeats nothing', async () => {
	emulator.addFault({ kind: 'status', status: 429 });
	await run('get', { maxRetries: 0 });
	expect(emulator.requests).toHaveLength(1);
});

test('an answer that is slower than Timeout is given up', async () => {
	emulator.addFault({ kind: 'slow' });
	const { error } = await run('get', { timeout: 50, maxRetries: 0 });
	expect(error?.message).toContain('No answer in time');
});

test('no more than Max Concurrency requests are on their way at once, with one look at the credential', async () => {
	emulator.latency = 50;
	const items = Array.from({ length: 40 }, (_, index) => ({ index }));
	const { output, credentialReads } = await run('get', { maxConcurrency: 4 }, items);
	expect(output.map(({ pairedItem }) => pairedItem)).toEqual(items.map(({ index }) => ({ item: index })));
	expect(emulator.stats.peakInFlight).toBe(4);
	expect(credentialReads).toBe(1);
});

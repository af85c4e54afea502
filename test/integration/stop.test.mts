import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { withoutWaiting } from '../support/clock.mts';
import { runNode } from '../support/engine.mts';

/** A wait ends only when the run is stopped. */
const recorded = withoutWaiting();

let emulator: Emulator;

const never = new Promise<void>(() => {});

beforeEach(async () => {
	recorded.onWait = async () => await never;
	emulator = await startEmulator();
});

afterEach(async () => await emulator.close());

const FORBIDDEN = { kind: 'status', status: 403, body: { errors: [{ message: 'Forbidden' }] } } as const;

const writes = () => emulator.requests.filter(({ method }) => method !== 'GET');

/** Devices without dependents. */
function free(count: number): string[] {
	const upstreams = new Set(emulator.fleet.list().map(({ communication }) => communication.upstream_id));
	return emulator.fleet
		.list()
		.filter(({ id }) => !upstreams.has(id))
		.slice(0, count)
		.map(({ id }) => id);
}

/** Resolves once `holds` does, checking at every turn of the event loop. */
async function until(holds: () => boolean): Promise<void> {
	while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

const remove = (ids: string[], options: Record<string, unknown> = {}) => ({
	emulator,
	items: ids.map((id) => ({ id })),
	parameters: { operation: 'delete', deviceId: '={{ $json.id }}', options },
});

describe('after the first failure in Stop Workflow', () => {
	test.each([
		['a rate limit', 429, {}],
		['Retry-After of a rate limit', 429, { 'retry-after': '7' }],
		['a backoff', 502, {}],
		['Retry-After', 503, { 'retry-after': '7' }],
	])('nothing that waits in %s is sent', async (_what, status, headers) => {
		const [first = '', ...others] = free(10);
		emulator.addFault({ ...FORBIDDEN, match: { method: 'DELETE', path: first } });
		emulator.addFault({ kind: 'status', status, headers, match: { method: 'DELETE' } });
		const { error } = await runNode(remove([...others, first]));
		expect(error?.description).toContain('Failed: item');
		expect(error?.message).toMatch(/Forbidden\. \[item 9\]$/);
		expect(writes().length).toBeLessThanOrEqual(10);
		expect(new Set(writes().map(({ path }) => path)).size).toBe(writes().length);
		expect(others.filter((id) => emulator.fleet.find(id) === undefined)).toEqual([]);
	});

	test('nothing that waits for a slot is sent', async () => {
		emulator.addFault({ ...FORBIDDEN, match: { method: 'DELETE' }, times: 1 });
		const { error } = await runNode(remove(free(10), { maxConcurrency: 1 }));
		expect(error?.description).toContain('Done: no item. Failed: item 0. Never sent: items 1–9.');
		expect(writes()).toHaveLength(1);
	});

	test('nothing more of a chain is sent', async () => {
		const child = emulator.fleet.get('gas-detector-in-living-room');
		emulator.addFault({ ...FORBIDDEN, match: { path: child.id, method: 'DELETE' } });
		const { error } = await runNode(
			remove([child.communication.upstream_id ?? '', ...free(3)], {
				deleteDependents: true,
				maxConcurrency: 1,
			}),
		);
		expect(error?.message).toContain('Forbidden');
		expect(writes().map(({ status }) => status)).toEqual([403]);
	});

	test('no later item for the same device is sent', async () => {
		emulator.addFault({ ...FORBIDDEN, match: { method: 'PATCH' } });
		const { error } = await runNode({
			emulator,
			items: [{}, {}, {}],
			parameters: { operation: 'update', deviceId: 'weather-station-1', updateFields: { name: 'x' } },
		});
		expect(error?.description).toContain('Failed: item 0. Never sent: items 1–2');
		expect(writes()).toHaveLength(1);
	});

	test('no further configuration is generated', async () => {
		const ids = emulator.fleet.list().filter(({ communication }) => communication.hardware_id !== undefined);
		emulator.addFault({ ...FORBIDDEN, match: { method: 'POST' }, times: 1 });
		await runNode({
			emulator,
			items: ids.slice(0, 3).map(({ id }) => ({ id })),
			parameters: { operation: 'generateConfig', deviceId: '={{ $json.id }}', protocol: 'MQTT' },
		});
		expect(writes()).toHaveLength(1);
		expect(emulator.fleet.configs.size).toBe(0);
	});
});

describe('a cancelled execution', () => {
	test.each(['stopWorkflow', 'continueRegularOutput'] as const)(
		'sends nothing more while requests are in flight (%s)',
		async (onError) => {
			emulator.addFault({ kind: 'slow', match: { method: 'DELETE' } });
			const { run } = await runNode({
				...remove(free(10), { maxConcurrency: 3 }),
				onError,
				cancelAfter: (cancel) => void until(() => writes().length === 3).then(cancel),
			});
			expect(run.status).toBe('canceled');
			expect(writes()).toHaveLength(3);
		},
	);

	test.each([429, 502, 503])('does not retry what was waiting after %s', async (status) => {
		let cancelRun = () => {};
		emulator.addFault({ kind: 'status', status, match: { method: 'DELETE' } });
		recorded.onWait = async () => {
			cancelRun();
			await never;
		};
		const { run } = await runNode({
			...remove(free(10), { maxConcurrency: 1 }),
			onError: 'continueRegularOutput',
			cancelAfter: (cancel) => (cancelRun = cancel),
		});
		expect(run.status).toBe('canceled');
		expect(writes()).toHaveLength(1);
		expect(recorded.waits.length).toBeGreaterThan(0);
	});
});

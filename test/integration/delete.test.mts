import { createFleet } from '../../emulator/fleet.mts';
import { type Dialect, type Emulator, startEmulator } from '../../emulator/server.mts';
import { withoutWaiting } from '../support/clock.mts';
import { type RunOptions, runNode } from '../support/engine.mts';

const clock = withoutWaiting();

const UCM = 'fecbbba0-79f2-4e9e-a6f0-69a310ab110b';
/** Connected through the UCM. */
const DETECTOR = '93fb32c7-b7b7-4987-a754-23597d9c02c7';
const STATION = 'weather-station-1';
const FORBIDDEN = { kind: 'status', status: 403, body: { errors: [{ message: 'Access denied' }] } } as const;

let emulator: Emulator;

beforeEach(async () => {
	emulator = await startEmulator();
});

afterEach(async () => await emulator.close());

const remove = async (ids: unknown[], options: object = {}, more: Partial<RunOptions> = {}) =>
	await runNode({
		emulator,
		items: ids.map((id) => ({ id })),
		parameters: { operation: 'delete', deviceId: '={{ $json.id }}', options },
		...more,
	});

const CONTINUE = { onError: 'continueRegularOutput' } as const;

const deletions = () =>
	emulator.requests.filter(({ method }) => method === 'DELETE').map(({ path }) => path.split('/')[3]);

const reads = () => emulator.requests.filter(({ method }) => method === 'GET');

const dependentsOf = (id: string) =>
	emulator.fleet.list().filter(({ communication }) => communication.upstream_id === id);

async function withDevices(devices: number): Promise<void> {
	await emulator.close();
	emulator = await startEmulator({ fleet: createFleet({ devices }) });
}

describe('a device whose dependent could not be deleted', () => {
	test.each([
		[
			'is refused',
			FORBIDDEN,
			'Gas detector in living room, which depends on it, could not be deleted: Access denied.',
		],
		[
			'gets no usable response',
			{ kind: 'status', status: 502, body: '<html>Bad gateway</html>' },
			'it is unknown whether Gas detector in living room, which depends on it, was deleted: The server responded with status 502.',
		],
	] as const)('is not deleted either, with the reason (%s)', async (_how, fault, reason) => {
		emulator.addFault({ ...fault, match: { method: 'DELETE', path: DETECTOR } });
		const { output } = await remove([UCM, DETECTOR], {}, CONTINUE);
		expect(output[0]?.json['error']).toContain(`Living room UCM was not deleted because ${reason}`);
		expect(output[1]?.json).toHaveProperty('error');
		expect(deletions()).not.toContain(UCM);
		expect(emulator.fleet.find(UCM)).toBeDefined();
	});

	test('is not deleted when the dependent was found by Delete Dependent Devices', async () => {
		emulator.addFault({ ...FORBIDDEN, match: { method: 'DELETE', path: DETECTOR } });
		const { output } = await remove([UCM], { deleteDependents: true }, CONTINUE);
		expect(output[0]?.json['error']).toContain(
			'Living room UCM was not deleted because Gas detector in living room, which depends on it, could not be deleted: Access denied.',
		);
		expect(deletions()).toEqual([DETECTOR]);
	});

	test('is not deleted although the API would delete it', async () => {
		emulator.dialect = { upstreamDelete: 'orphans' };
		emulator.addFault({ ...FORBIDDEN, match: { method: 'DELETE', path: DETECTOR } });
		await remove([UCM, DETECTOR], {}, CONTINUE);
		expect(emulator.fleet.find(UCM)).toBeDefined();
	});

	test('ends the run in Stop Workflow with the error of the dependent', async () => {
		emulator.addFault({ ...FORBIDDEN, match: { method: 'DELETE', path: DETECTOR } });
		const { error } = await remove([UCM, DETECTOR, STATION], { maxConcurrency: 1 });
		expect(error?.message).toBe('Device Gas detector in living room: Access denied. [item 1]');
		expect(deletions()).toEqual([DETECTOR]);
	});
});

test('no other deletion is sent in Stop Workflow after a dependent failed that belongs to no item', async () => {
	emulator.addFault({ ...FORBIDDEN, match: { method: 'DELETE', path: DETECTOR } });
	const { error } = await remove([UCM, STATION], { deleteDependents: true, maxConcurrency: 1 });
	expect(error?.message).toContain('Living room UCM was not deleted because Gas detector');
	expect(deletions()).toEqual([DETECTOR]);
});

test('an item that failed half-way says which devices were deleted', async () => {
	emulator.addFault({ ...FORBIDDEN, match: { method: 'DELETE', path: UCM } });
	const { error } = await remove([UCM], { deleteDependents: true });
	expect(error?.message).toBe('Device Living room UCM: Access denied.');
	expect(error?.description).toContain('Already deleted in this run: Gas detector in living room.');
});

test('an item that was stopped half-way says which devices were deleted', async () => {
	emulator.addFault({ ...FORBIDDEN, match: { method: 'DELETE', path: emulator.fleet.get(STATION).id } });
	const { error } = await remove([UCM, STATION], { deleteDependents: true, maxConcurrency: 1 });
	expect(error?.message).toContain('Weather station 1: Access denied');
	expect(error?.description).toContain('Item 0: Already deleted in this run: Gas detector in living room.');
	expect(deletions()).not.toContain(UCM);
});

describe('the dialects of the API', () => {
	test.each(['object', 'empty', '204', 'result', 'null', 'device'] as const)(
		'a deletion is confirmed when the response has the body "%s"',
		async (deleteBody) => {
			emulator.dialect = { deleteBody } satisfies Partial<Dialect>;
			const { output, error } = await remove([STATION]);
			expect(error).toBeUndefined();
			expect(output[0]?.json).toMatchObject({ deleted: true, name: 'Weather station 1' });
			const isConfirmed = ['object', 'empty', '204'].includes(deleteBody);
			expect(reads()).toHaveLength(isConfirmed ? 1 : 2);
		},
	);

	test.each(['missing', 'null', 'empty'] as const)('upstream_id may be %s', async (upstreamId) => {
		emulator.dialect = { upstreamId };
		const { error, output } = await remove([UCM], { deleteDependents: true });
		expect(error).toBeUndefined();
		expect(output[0]?.json['deleted_devices']).toHaveLength(2);
	});

	test('the upstream ID may be in upper case, and so may the ID of an item', async () => {
		const detector = emulator.fleet.get(DETECTOR);
		const communication = { ...detector.communication, upstream_id: UCM.toUpperCase() };
		emulator.addFault({
			kind: 'body',
			body: { device: { ...detector, communication } },
			match: { method: 'GET', path: DETECTOR },
		});
		const { error, output } = await remove([UCM.toUpperCase(), DETECTOR.toUpperCase()]);
		expect(error).toBeUndefined();
		expect(output.map(({ json }) => json['id'])).toEqual([UCM, DETECTOR]);
		expect(deletions()).toEqual([DETECTOR, UCM]);
	});

	test.each(['422', '409', '400'] as const)(
		'a refusal with status %s names the dependents',
		async (status) => {
			emulator.dialect = { upstreamDelete: status };
			const { error } = await remove([UCM]);
			expect(error?.message).toBe(
				'Living room UCM was not deleted because Gas detector in living room depends on it.',
			);
			expect(error?.description).toContain('turn on Delete Dependent Devices');
		},
	);

	test('other reasons for status 422 are shown as they are', async () => {
		emulator.addFault({
			kind: 'status',
			status: 422,
			body: { errors: [{ message: 'The device is being updated' }] },
			match: { method: 'DELETE' },
		});
		const { error } = await remove([STATION]);
		expect(error?.message).toBe('Device Weather station 1: The device is being updated.');
	});
});

describe('the fleet is read', () => {
	test('once for all refused deletions of a fleet of 2,000 devices', async () => {
		await withDevices(2000);
		const refused = emulator.fleet
			.list()
			.filter(({ id }) => dependentsOf(id).length > 0)
			.slice(0, 20);
		const { output } = await remove(
			refused.map(({ slug }) => slug),
			{},
			CONTINUE,
		);
		for (const { json } of output)
			expect(json['error']).toMatch(/ was not deleted because .+ depends? on it/);
		// The first page and 20 devices, 20 deletions, and the whole list.
		expect(emulator.requests.length).toBeLessThanOrEqual(1 + 20 + 20 + 42);
	});

	test('only after the run stopped, so that it delays no deletion', async () => {
		emulator.latency = 5;
		const { error } = await remove([UCM, STATION], { maxConcurrency: 1 });
		expect(error?.message).toContain('Gas detector in living room depends on it.');
		expect(deletions()).toEqual([UCM]);
		expect(emulator.requests.at(-1)?.path).toContain('/v3/devices?');
	});

	test('not at all for two devices that can be deleted', async () => {
		await withDevices(1000);
		const items = emulator.fleet.list().filter(({ type }) => type === 'STANDALONE');
		const { error } = await remove(items.slice(0, 2).map(({ id }) => id));
		expect(error).toBeUndefined();
		expect(reads().map(({ path }) => path)).not.toContainEqual(expect.stringContaining('offset'));
	});
});

test('an incomplete list is said, because dependents may be missing', async () => {
	const devices = emulator.fleet.list();
	emulator.addFault({
		kind: 'body',
		body: { devices, total_count: devices.length + 5 },
		match: { method: 'GET', path: '/v3/devices?' },
		times: 1,
	});
	emulator.addFault({ kind: 'body', body: { devices: [] }, match: { method: 'GET', path: '/v3/devices?' } });
	const { hints } = await remove([STATION], { deleteDependents: true });
	expect(hints.map(({ message }) => message)).toContain(
		'The list of devices is incomplete, so devices that depend on the deleted ones may be missing.',
	);
});

test('a deletion whose confirmation could not be checked may have happened', async () => {
	emulator.addFault({ kind: 'body', body: '<html>Sign in</html>', match: { method: 'DELETE' } });
	emulator.addFault({ ...FORBIDDEN, match: { method: 'GET' }, after: 1 });
	const { error } = await remove([STATION]);
	expect(error?.description).toContain('Weather station 1 may have been deleted.');
});

describe('a deletion that the response does not confirm', () => {
	const unconfirmed = () =>
		emulator.addFault({ kind: 'status', status: 200, body: { status: 'ok' }, match: { method: 'DELETE' } });

	test('is confirmed if the device is gone a few seconds later', async () => {
		unconfirmed();
		clock.onWait = (milliseconds) => {
			if (milliseconds === 3000) emulator.fleet.delete(STATION);
		};
		const { output, error } = await remove([STATION]);
		expect(error).toBeUndefined();
		expect(output[0]?.json).toMatchObject({ deleted: true });
	});

	test('may have happened although the device still exists', async () => {
		unconfirmed();
		const { error } = await remove([STATION]);
		expect(error?.message).toMatch(/^It is unknown whether Weather station 1 was deleted: /);
		expect(error?.description).toContain('Weather station 1 may have been deleted.');
		expect(clock.waits).toEqual([0, 1000, 3000]);
		expect(deletions()).toHaveLength(1);
	});
});

describe('a device that was chosen from a list', () => {
	const chosen = (cachedResultName: string) => ({
		parameters: {
			operation: 'delete',
			deviceId: { __rl: true, mode: 'list', value: emulator.fleet.get(STATION).id, cachedResultName },
		},
	});

	test('and is called otherwise now is not deleted, because the panel shows another name', async () => {
		const { error } = await runNode({ emulator, ...chosen('Old sensor · Test bench') });
		expect(error?.message).toBe(
			'The panel shows "Old sensor · Test bench", but this device is now called Weather station 1.',
		);
		expect(deletions()).toEqual([]);
	});

	test.each([
		['Hall · Pump 1', false],
		['Hall · Pump 1 · Island Microgrid', false],
		['Hall · Pump 2 · Island Microgrid', true],
		['Hall · Pump 12 · Island Microgrid', true],
	])('and called "Hall · Pump 1", shown as "%s": refused is %s', async (label, isRefused) => {
		emulator.fleet.update(emulator.fleet.get(STATION).id, { name: 'Hall · Pump 1' });
		const { error } = await runNode({ emulator, ...chosen(label) });
		expect(error?.message).toBe(
			isRefused ? `The panel shows "${label}", but this device is now called Hall · Pump 1.` : undefined,
		);
		expect(deletions()).toHaveLength(isRefused ? 0 : 1);
	});

	describe('and is called otherwise now', () => {
		const removeBoth = async (options: object) =>
			await remove([DETECTOR, UCM], options, {
				...CONTINUE,
				items: [
					{ id: DETECTOR, name: 'Old detector' },
					{ id: UCM, name: 'Living room UCM' },
				],
				parameters: {
					operation: 'delete',
					deviceId: {
						__rl: true,
						mode: 'list',
						value: '={{ $json.id }}',
						cachedResultName: '={{ $json.name }}',
					},
					options,
				},
			});

		test.each([
			[{}, 'was not'],
			[{ dryRun: true }, 'would not be'],
		])('is not deleted as a dependent of another item either (%j)', async (options, words) => {
			const { output } = await removeBoth(options);
			expect(output[0]?.json['error']).toContain('The panel shows "Old detector"');
			expect(output[1]?.json['error']).toContain(
				`Living room UCM ${words} deleted because Gas detector in living room depends on it.`,
			);
			expect(deletions()).toEqual([]);
		});

		test('is deleted if another item deletes its dependents', async () => {
			const { output } = await removeBoth({ deleteDependents: true });
			expect(output[0]?.json['error']).toContain('The panel shows "Old detector"');
			expect(output[1]?.json).toMatchObject({ id: UCM, deleted: true });
			expect(deletions()).toEqual([DETECTOR, UCM]);
		});
	});

	test('is deleted if the panel shows its name', async () => {
		const { error } = await runNode({ emulator, ...chosen('Weather station 1 · Island Microgrid') });
		expect(error).toBeUndefined();
		expect(deletions()).toHaveLength(1);
	});
});

describe('a dry run', () => {
	test('shows which devices would be deleted, in their order, and deletes none', async () => {
		const { output, hints, error } = await remove([UCM, STATION], { deleteDependents: true, dryRun: true });
		expect(error).toBeUndefined();
		const [ucm, detector, station] = [UCM, DETECTOR, STATION].map((ref) => {
			const { id, name, slug } = emulator.fleet.get(ref);
			return { id, name, slug };
		});
		expect(output.map(({ json }) => json)).toEqual([
			{ dry_run: true, ...ucm, would_delete: [detector, ucm] },
			{ dry_run: true, ...station, would_delete: [station] },
		]);
		expect(hints.map(({ message }) => message)).toEqual([
			'Dry run: 3 devices would be deleted: Gas detector in living room, Living room UCM and Weather station 1. Nothing was changed.',
		]);
		expect(deletions()).toEqual([]);
	});

	test('fails like the real run where dependents remain', async () => {
		const { error } = await remove([UCM], { dryRun: true });
		expect(error?.message).toBe(
			'Living room UCM would not be deleted because Gas detector in living room depends on it.',
		);
		expect(deletions()).toEqual([]);
	});
});

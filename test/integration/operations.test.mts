import { createFleet } from '../../emulator/fleet.mts';
import { startEmulator, type Emulator } from '../../emulator/server.mts';
import { DEVICE_TYPES } from '../../nodes/EnapterDevice/resources/device/types.ts';
import { runNode, type RunOptions } from '../support/engine.mts';
import { byId } from '../support/locators.mts';

const DETECTOR = '93fb32c7-b7b7-4987-a754-23597d9c02c7';
const CONFIGURABLE = 'fecbbba0-79f2-4e9e-a6f0-69a310ab110b';
const BLUEPRINT = 'bluepri2-60n4-4t9d-e6v0-69i310cb110e';

describe.each(['cloud', 'gateway'] as const)('on a %s', (kind) => {
	let emulator: Emulator;

	beforeEach(async () => {
		emulator = await startEmulator({ kind, fleet: createFleet() });
	});

	afterEach(async () => await emulator.close());

	const run = async (parameters: Record<string, unknown>, more: Partial<RunOptions> = {}) =>
		await runNode({ emulator, parameters, ...more });

	test('update sends only the fields that were added, and outputs the device', async () => {
		const { output, error } = await run({
			operation: 'update',
			deviceId: byId(DETECTOR),
			updateFields: { name: 'Hydrogen detector' },
		});
		expect(error).toBeUndefined();
		expect(emulator.requests.map(({ method, body }) => ({ method, body }))).toEqual([
			{ method: 'PATCH', body: { name: 'Hydrogen detector' } },
		]);
		expect(output).toEqual([
			{
				json: expect.objectContaining({
					id: DETECTOR,
					name: 'Hydrogen detector',
					slug: 'gas-detector-in-living-room',
				}),
				pairedItem: { item: 0 },
			},
		]);
		expect(emulator.fleet.find(DETECTOR)?.name).toBe('Hydrogen detector');
	});

	test('a device can be given by its slug, also by an expression that returns plain text', async () => {
		const { output } = await run(
			{ operation: 'get', deviceId: '={{ $json.slug }}' },
			{ items: [{ slug: 'gas-detector-in-living-room' }] },
		);
		expect(output.map(({ json }) => json.id)).toEqual([DETECTOR]);
	});

	test('expand adds what was asked for, as the API sends it', async () => {
		const { output } = await run({
			operation: 'get',
			deviceId: byId(DETECTOR),
			options: { expand: ['site', 'communication'] },
		});
		expect(output[0]?.json).toMatchObject({
			site: { id: 'a2f2c5e7-054a-43db-8402-3fe6006936b2' },
			communication: { type: 'UCM_LUA' },
		});
		expect(output[0]?.json).not.toHaveProperty('connectivity');
	});

	test.each(['ID', 'slug'])('delete outputs the ID of a device that is given by its %s', async (how) => {
		const { slug, name } = emulator.fleet.get(DETECTOR);
		const { output } = await run({ operation: 'delete', deviceId: byId(how === 'ID' ? DETECTOR : slug) });
		expect(output).toEqual([{ json: { id: DETECTOR, name, deleted: true }, pairedItem: { item: 0 } }]);
		expect(emulator.fleet.find(DETECTOR)).toBeUndefined();
	});

	test('delete of a device with dependents is refused with the reason and what to do', async () => {
		const upstream = upstreamOf(emulator, DETECTOR);
		const { error } = await run({ operation: 'delete', deviceId: byId(upstream) });
		expect(error?.message).toBe(
			'Living room UCM was not deleted because Gas detector in living room depends on it.',
		);
		expect(error?.description).toContain('turn on Delete Dependent Devices');
		expect(emulator.fleet.find(upstream)).toBeDefined();
	});

	test('delete also deletes the dependents if told to, those furthest down the chain first', async () => {
		const upstream = upstreamOf(emulator, DETECTOR);
		const [detector, ucm] = [DETECTOR, upstream].map((id) => {
			const { name, slug } = emulator.fleet.get(id);
			return { id, name, slug };
		});
		const { output } = await run({
			operation: 'delete',
			deviceId: byId(ucm?.slug),
			options: { deleteDependents: true },
		});
		expect(output[0]?.json).toEqual({
			id: upstream,
			name: ucm?.name,
			deleted: true,
			deleted_devices: [detector, ucm],
		});
		expect(emulator.requests.filter(({ method }) => method === 'GET')).toHaveLength(1);
		expect([DETECTOR, upstream].map((id) => emulator.fleet.find(id))).toEqual([undefined, undefined]);
	});

	test('two items that delete the same device delete it once', async () => {
		const upstream = upstreamOf(emulator, DETECTOR);
		const { output, error } = await run(
			{ operation: 'delete', deviceId: '={{ $json.id }}', options: { deleteDependents: true } },
			{ items: [{ id: upstream }, { id: DETECTOR }] },
		);
		expect(error).toBeUndefined();
		expect(output).toHaveLength(2);
		const deletions = emulator.requests.filter(({ method }) => method === 'DELETE');
		expect(deletions.filter(({ path }) => path.includes(DETECTOR))).toHaveLength(1);
	});

	test('devices without communication have no upstream device', async () => {
		const [device] = emulator.fleet.list().filter(({ type }) => type === 'STANDALONE');
		const devices = emulator.fleet.list().map(({ id }) => ({ id }));
		emulator.addFault({ kind: 'body', body: { devices }, match: { method: 'GET' } });
		const { output } = await run({
			operation: 'delete',
			deviceId: device?.id,
			options: { deleteDependents: true },
		});
		expect(output[0]?.json).toEqual({ id: device?.id, deleted: true, deleted_devices: [{ id: device?.id }] });
	});

	test('assign blueprint changes the blueprint', async () => {
		const { output } = await run({
			operation: 'assignBlueprint',
			deviceId: byId(CONFIGURABLE),
			blueprintId: byId(BLUEPRINT),
		});
		expect(output[0]?.json).toMatchObject({ id: CONFIGURABLE, blueprint_id: BLUEPRINT });
		expect(output[0]?.json).not.toHaveProperty('changed');
	});

	test.each([
		['assignBlueprint', { blueprintId: byId(BLUEPRINT), options: { skipIfAssigned: true } }],
		['update', { updateFields: { name: 'New name', slug: 'new-slug' }, options: { skipIfUnchanged: true } }],
	])('%s skips a device that already has the values, if told to', async (operation, more) => {
		const parameters = { operation, deviceId: byId(CONFIGURABLE), ...more };
		const { blueprint_id } = emulator.fleet.get(CONFIGURABLE);
		const { json } = (await run(parameters)).output[0] ?? {};
		expect(json?.['changed']).toBe(true);
		expect(json?.['previous_blueprint_id']).toBe(operation === 'assignBlueprint' ? blueprint_id : undefined);
		emulator.requests.length = 0;
		const again = (await run(parameters)).output[0]?.json;
		expect(again).toMatchObject({ id: CONFIGURABLE, changed: false });
		if (operation === 'assignBlueprint') expect(again?.['previous_blueprint_id']).toBe(BLUEPRINT);
		expect(emulator.requests.map(({ method }) => method)).toEqual(['GET']);
	});

	test('get many returns up to the limit, or all', async () => {
		const some = await run({ operation: 'getAll', limit: 3 });
		expect(some.output.map(({ json }) => json.id)).toEqual([...emulator.fleet.devices.keys()].slice(0, 3));
		const all = await run({ operation: 'getAll', returnAll: true });
		expect(all.output.map(({ json }) => json.id)).toEqual([...emulator.fleet.devices.keys()]);
	});

	test('get many returns what matches all filters', async () => {
		const filters = { name: ' UCM ', type: ['HARDWARE_UCM'] };
		const { output } = await run({ operation: 'getAll', returnAll: true, filters });
		const wanted = emulator.fleet
			.list()
			.filter(({ name, type }) => /ucm/i.test(name) && type === 'HARDWARE_UCM');
		expect(wanted.length).toBeGreaterThan(0);
		expect(output.map(({ json }) => json.id)).toEqual(wanted.map(({ id }) => id));
	});

	test('get many without a limit returns at most fifty', async () => {
		await run({ operation: 'getAll' });
		expect(emulator.requests[0]?.path).toContain('limit=50');
		expect(emulator.requests).toHaveLength(1);
	});

	test('get many returns devices without connectivity only as Unknown', async () => {
		emulator.addFault({ kind: 'body', body: { devices: [{ id: 'a' }], total_count: 1 } });
		const { output, error } = await run({ operation: 'getAll', filters: { connectivity: 'ONLINE' } });
		expect(error).toBeUndefined();
		expect(output).toEqual([]);
	});

	test.each([
		['type', { type: ['LUA'] }, (device: EmulatedDevice) => device.type === 'LUA'],
		['name', { name: 'DETECTOR' }, (device: EmulatedDevice) => /detector/i.test(device.name)],
		[
			'connectivity',
			{ connectivity: 'OFFLINE' },
			(device: EmulatedDevice) => device.connectivity.status === 'OFFLINE',
		],
		[
			'raised alerts',
			{ raisedAlerts: 'any' },
			({ raised_alert_names }: EmulatedDevice) => raised_alert_names.length > 0,
		],
		[
			'blueprint',
			{ blueprintId: byId('88a2035f-170f-402c-8a84-6d4aed5ae353') },
			(device: EmulatedDevice) => device.blueprint_id === '88a2035f-170f-402c-8a84-6d4aed5ae353',
		],
		[
			'site',
			{ siteId: byId('a2f2c5e7-054a-43db-8402-3fe6006936b2') },
			(device: EmulatedDevice) => device.site_id === 'a2f2c5e7-054a-43db-8402-3fe6006936b2',
		],
	])('get many filters by %s', async (_name, filters, isWanted) => {
		const { output } = await run({ operation: 'getAll', returnAll: true, filters });
		const wanted = [...emulator.fleet.devices.values()].filter(isWanted).map(({ id }) => id);
		expect(wanted.length).toBeGreaterThan(0);
		expect(output.map(({ json }) => json.id)).toEqual(wanted);
	});
});

test('get many filters by each type that it offers', async () => {
	const emulator = await startEmulator({ fleet: createFleet({ devices: 60 }) });
	const values = DEVICE_TYPES.map(({ value }) => value);
	expect(values).toContain('CHILD');
	const { output } = await runNode({
		emulator,
		items: values.map((type) => ({ type })),
		parameters: { operation: 'getAll', limit: 1, filters: { type: '={{ $json.type }}' } },
	});
	expect(output.map(({ json }) => json['type'])).toEqual(values);
	await emulator.close();
});

type EmulatedDevice = Readonly<NonNullable<ReturnType<Emulator['fleet']['find']>>>;

function upstreamOf(emulator: Emulator, id: string): string {
	return emulator.fleet.find(id)?.communication.upstream_id ?? '';
}

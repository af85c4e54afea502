import { createFleet } from '../../emulator/fleet.mts';
import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { type RunOptions, runNode } from '../support/engine.mts';

let emulator: Emulator | undefined;

afterEach(async () => {
	await emulator?.close();
	emulator = undefined;
});

/** An emulator with so many devices. */
async function fleetOf(devices: number): Promise<Emulator> {
	emulator = await startEmulator({ fleet: createFleet({ devices }) });
	return emulator;
}

const writes = ({ requests }: Emulator) => requests.filter(({ method }) => method !== 'GET');

const run = async (
	on: Emulator,
	items: object[],
	parameters: Record<string, unknown>,
	more: Partial<RunOptions> = {},
) =>
	await runNode({ emulator: on, items, parameters: { deviceId: '={{ $json.id }}', ...parameters }, ...more });

const ids = (on: Emulator) => on.fleet.list().map(({ id }) => ({ id }));

describe('a run over 1,000 devices', () => {
	const UPDATE = {
		operation: 'update',
		updateFields: { name: '={{ $json.name }}' },
		options: { skipIfUnchanged: true },
	};
	const ASSIGN = {
		operation: 'assignBlueprint',
		blueprintId: '={{ $json.blueprint_id }}',
		options: { skipIfAssigned: true },
	};

	test.each([
		['update', UPDATE],
		['assignBlueprint', ASSIGN],
	])('which already have the values reads few pages and changes nothing (%s)', async (_name, parameters) => {
		const on = await fleetOf(1000);
		const items = on.fleet.list().map(({ id, name, blueprint_id }) => ({ id, name, blueprint_id }));
		const { output } = await run(on, items, parameters);
		expect(output.map(({ json }) => [json['id'], json['name'], json['changed']])).toEqual(
			items.map(({ id, name }) => [id, name, false]),
		);
		expect(writes(on)).toEqual([]);
		expect(on.requests.length).toBeLessThanOrEqual(25);
	});

	test('of which 3 differ changes only these', async () => {
		const on = await fleetOf(1000);
		const items = on.fleet.list().map(({ id, name }) => ({ id, name }));
		const differing = [7, 500, 999];
		for (const index of differing) Object.assign(items[index] ?? {}, { name: `New ${index}` });
		const { output } = await run(on, items, UPDATE);
		expect(writes(on).map(({ body }) => body)).toEqual(differing.map((index) => ({ name: `New ${index}` })));
		expect(output.flatMap(({ json }, item) => (json['changed'] === true ? [item] : []))).toEqual(differing);
		expect(output.map(({ json }) => json['name'])).toEqual(items.map(({ name }) => name));
		expect(on.requests.length).toBeLessThanOrEqual(25 + 3);
	});

	test('gets them by the pages of the list', async () => {
		const on = await fleetOf(1000);
		const { output } = await run(on, ids(on), { operation: 'get' });
		expect(output.map(({ json }) => json['id'])).toEqual(ids(on).map(({ id }) => id));
		expect(on.requests.length).toBeLessThanOrEqual(25);
	});

	test('which cannot all have a configuration generates none, after few requests', async () => {
		const on = await fleetOf(1000);
		const { error } = await run(on, ids(on), { operation: 'generateConfig' });
		expect(error?.message).toContain('has no configuration of its own');
		expect(writes(on)).toEqual([]);
		expect(on.requests.length).toBeLessThanOrEqual(25);
	});
});

test.each([
	['update', { updateFields: { name: 'x' }, options: { skipIfUnchanged: true } }, 2],
	[
		'assignBlueprint',
		{ blueprintId: '2c6e8b57-9d1a-4e3f-b842-7a5d1c0f9b33', options: { skipIfAssigned: true } },
		2,
	],
	['get', {}, 0],
	['delete', {}, 2],
])('%s of 2 devices of a fleet of 5,000 takes at most 4 requests', async (operation, parameters, changes) => {
	const on = await fleetOf(5000);
	const items = on.fleet
		.list()
		.filter(({ type }) => type === 'STANDALONE')
		.slice(0, 2);
	const { error } = await run(
		on,
		items.map(({ id }) => ({ id })),
		{ operation, ...parameters },
	);
	expect(error).toBeUndefined();
	expect(writes(on)).toHaveLength(changes);
	expect(on.requests.length).toBeLessThanOrEqual(4);
});

describe('a few devices of a large fleet are not worth its whole list', () => {
	const fewRequests = async (
		totalCount: 'exact' | 'missing' | 'zero',
		items: object[],
		parameters: object,
	) => {
		const on = await fleetOf(1000);
		on.dialect = { totalCount };
		const { error } = await run(on, items, { ...parameters });
		expect(error).toBeUndefined();
		return on.requests.filter(({ method }) => method === 'GET').length;
	};

	test.each(['missing', 'zero'] as const)('also if total_count is %s', async (totalCount) => {
		const on = await fleetOf(1000);
		const items = ids(on)
			.sort((one, other) => one.id.localeCompare(other.id))
			.slice(-3);
		await on.close();
		const reads = await fewRequests(totalCount, items, { operation: 'get' });
		expect(reads).toBeLessThanOrEqual(1 + 3 + 3);
	});

	test.each(['exact', 'missing'] as const)('nor are a few new slugs (total_count %s)', async (totalCount) => {
		const items = [1, 2, 3].map((number) => ({ slug: `new-${number}` }));
		const reads = await fewRequests(totalCount, items, {
			operation: 'create',
			deviceType: 'standalone',
			name: 'New',
			siteId: 'a2f2c5e7-054a-43db-8402-3fe6006936b2',
			additionalFields: { slug: '={{ $json.slug }}' },
		});
		// The last three read the new devices again.
		expect(reads).toBeLessThanOrEqual(1 + 3 + 3 + 3);
	});
});

test('a device of several items is read once', async () => {
	const on = await fleetOf(30);
	const { output } = await run(
		on,
		Array.from({ length: 5 }, () => ({ id: 'weather-station-1' })),
		{
			operation: 'get',
		},
	);
	expect(output).toHaveLength(5);
	expect(on.requests).toHaveLength(1);
});

test('what only some items ask for is not in the output of the others', async () => {
	const on = await fleetOf(30);
	const devices = on.fleet.list().slice(0, 4);
	const { output } = await run(
		on,
		devices.map(({ id }, index) => ({ id, expand: index === 0 ? ['site'] : ['properties'] })),
		{
			operation: 'get',
			options: { expand: '={{ $json.expand }}' },
		},
	);
	expect(output.map(({ json }) => 'site' in json)).toEqual([true, false, false, false]);
});

test('one short page in the middle of a list loses no device', async () => {
	const on = await fleetOf(220);
	const all = ids(on);
	const body = { devices: all.slice(50, 80), total_count: all.length };
	on.addFault({ kind: 'body', match: { path: /offset=50(&|$)/ }, body });
	const { output } = await run(on, [{}], { operation: 'getAll', returnAll: true });
	expect(output.map(({ json }) => json['id'])).toEqual(all.map(({ id }) => id));
});

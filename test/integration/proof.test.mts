import { createFleet } from '../../emulator/fleet.mts';
import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { withoutWaiting } from '../support/clock.mts';
import { runNode } from '../support/engine.mts';

withoutWaiting();

const PROXY_PAGE = '<html>A page of the proxy</html>';
const STATION = 'weather-station-1';
const BLUEPRINT = '2c6e8b57-9d1a-4e3f-b842-7a5d1c0f9b33';

let emulator: Emulator;

beforeEach(async () => {
	emulator = await startEmulator();
});

afterEach(async () => await emulator.close());

const run = async (parameters: Record<string, unknown>, items: object[] = [{}], stops = true) =>
	await runNode({
		emulator,
		items,
		parameters,
		...(stops ? {} : { onError: 'continueRegularOutput' as const }),
	});

describe('a response that is not from the API proves nothing', () => {
	test.each([403, 404, 408, 503])(
		'new credentials may exist after a proxy responded with status %i',
		async (status) => {
			emulator.addFault({
				kind: 'body',
				status,
				headers: { 'retry-after': '5' },
				body: PROXY_PAGE,
				match: { method: 'POST' },
			});
			const { error } = await run({ operation: 'generateConfig', deviceId: STATION, protocol: 'MQTT' });
			expect(emulator.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
			expect(emulator.fleet.configs.size).toBe(1);
			expect(error?.description).toContain('may have been given new credentials that were not received');
		},
	);

	test.each([['Please sign in'], [{ error: 'session expired' }]])(
		'%j does not confirm a deletion: the device is looked for',
		async (body) => {
			emulator.addFault({ kind: 'status', status: 200, body, match: { method: 'DELETE' } });
			const { error, output } = await run({ operation: 'delete', deviceId: STATION });
			expect(output).toEqual([]);
			expect(error?.message).toBe(
				'It is unknown whether Weather station 1 was deleted: the response did not confirm it, and the device exists so far.',
			);
			expect(emulator.fleet.find(STATION)).toBeDefined();
		},
	);

	test('a deletion with an unknown response is confirmed if the device is gone', async () => {
		emulator.addFault({ kind: 'body', body: { status: 'done' }, match: { method: 'DELETE' } });
		const { output } = await run({ operation: 'delete', deviceId: STATION });
		expect(output[0]?.json).toMatchObject({ deleted: true });
		expect(emulator.fleet.find(STATION)).toBeUndefined();
	});

	test('a response with another device than the requested one is refused', async () => {
		const [one, other] = emulator.fleet.list();
		emulator.addFault({ kind: 'body', body: { device: other }, match: { method: 'GET' } });
		const { error } = await run({ operation: 'delete', deviceId: one?.id });
		expect(error?.message).toContain('instead of the requested device');
		expect(emulator.requests.map(({ method }) => method)).toEqual(['GET']);
	});

	test('a response with a device of another slug than the requested one proves no change', async () => {
		const [one, other] = emulator.fleet.list();
		emulator.addFault({ kind: 'body', body: { device: other }, match: { method: 'PATCH' } });
		const { error, output } = await run({
			operation: 'update',
			deviceId: one?.slug,
			updateFields: { name: 'New name' },
		});
		expect(output).toEqual([]);
		expect(error?.message).toContain('instead of the requested device');
		expect(error?.description).toContain('The API may still have processed the request');
	});

	test.each(['text', 'null', 'missing', 'empty'] as const)(
		'a device that is changed by its slug is the requested one (the slug of others is %s)',
		async (slug) => {
			emulator.dialect = { slug };
			const [one] = emulator.fleet.list().filter((device) => emulator.fleet.hasSlug(device));
			const { error, output } = await run({
				operation: 'update',
				deviceId: one?.slug,
				updateFields: { name: 'New name' },
			});
			expect(error).toBeUndefined();
			expect(output[0]?.json).toMatchObject({ id: one?.id, name: 'New name' });
		},
	);
});

describe('a filter never stands for all', () => {
	test.each([
		['a list of commas', { type: ',' }, 'Types is empty'],
		['alerts of commas', { raisedAlerts: ' , ' }, 'Raised Alerts is empty'],
	])('%s is refused', async (_what, filters, message) => {
		const { error } = await run({ operation: 'getAll', filters });
		expect(error?.message).toContain(message);
		expect(emulator.requests).toEqual([]);
	});

	test('types and blueprint IDs can be in lower and upper case', async () => {
		const { output } = await run({
			operation: 'getAll',
			returnAll: true,
			filters: { type: 'Standalone', blueprintId: '9C0E7A91-3F2B-4D8E-80B9-4B2E8D7A6CAA' },
		});
		expect(output.length).toBeGreaterThan(0);
	});
});

test('a deletion that the API would refuse is refused before anything is deleted, if the fleet is known', async () => {
	const ids = emulator.fleet.list().filter(({ type }) => type === 'STANDALONE');
	const items = [...ids.map(({ id }) => ({ id })), { id: 'gateway-1' }, { id: 'living-room-ucm' }];
	const { error } = await run({ operation: 'delete', deviceId: '={{ $json.id }}' }, items);
	expect(error?.message).toMatch(/^Living room UCM was not deleted because .* on it\. \[item \d\]$/);
	expect(error?.description).toContain('Nothing was changed');
	expect(emulator.requests.filter(({ method }) => method === 'DELETE')).toEqual([]);
});

test('a blueprint ID in upper case is the same blueprint', async () => {
	emulator.fleet.assignBlueprint(STATION, BLUEPRINT);
	const { output } = await run({
		operation: 'assignBlueprint',
		deviceId: STATION,
		blueprintId: BLUEPRINT.toUpperCase(),
		options: { skipIfAssigned: true },
	});
	expect(output[0]?.json['changed']).toBe(false);
});

describe('the manifest of a command', () => {
	const stop = {
		resource: 'command',
		operation: 'execute',
		commandName: 'stop',
		deviceId: '={{ $json.id }}',
	};

	test('is not shared by devices without a blueprint', async () => {
		const manifest = { commands: { stop: { display_name: 'Stop', group: 'x' } } };
		const guarded = { commands: { stop: { display_name: 'Stop', confirmation: { title: 'Stop?' } } } };
		const devices = ['one', 'two'].map((id) => ({ id, blueprint_id: '' }));
		for (const [index, device] of devices.entries()) {
			const body = { device: { ...device, manifest: index === 0 ? manifest : guarded } };
			emulator.addFault({ kind: 'body', body, match: { method: 'GET', path: `/devices/${device.id}` } });
		}
		const { output } = await run(stop, devices, false);
		expect(output[1]?.json['error']).toContain('it needs confirmation');
	});

	test('is read from another device of the blueprint where the first is refused', async () => {
		const [first, second] = emulator.fleet.list().filter(({ slug }) => slug.startsWith('fuel-cell'));
		const third = emulator.fleet.list().filter(({ type }) => type === 'STANDALONE')[0];
		if (first === undefined || third === undefined) throw new Error('the fleet has no such devices');
		const same = second ?? emulator.fleet.assignBlueprint(third.id, first.blueprint_id);
		emulator.addFault({
			kind: 'status',
			status: 404,
			body: { errors: [{ message: 'Device not found.' }] },
			match: { method: 'GET', path: `/devices/${first.id}?expand=manifest` },
		});
		const { output } = await run(stop, [{ id: first.id }, { id: same.id }], false);
		expect(output.map(({ json }) => String(json['error']).split('.')[0])).toEqual([
			expect.stringContaining('it needs confirmation'),
			expect.stringContaining('it needs confirmation'),
		]);
	});
});

test('a device is not lost when another is deleted while the list is read', async () => {
	await emulator.close();
	emulator = await startEmulator({ fleet: createFleet({ devices: 200 }) });
	const [first] = emulator.fleet.list().filter(({ type }) => type === 'STANDALONE');
	const kept = emulator.fleet.list().filter(({ id }) => id !== first?.id);
	const watch = emulator.requests;
	const push = watch.push.bind(watch);
	watch.push = (...added) => {
		// Gone before the second page is made.
		if (watch.length === 1) emulator.fleet.delete(first?.id ?? '');
		return push(...added);
	};
	const { output } = await run({ operation: 'getAll', returnAll: true });
	const ids = output.map(({ json }) => json['id']);
	expect(kept.filter(({ id }) => !ids.includes(id)).map(({ slug }) => slug)).toEqual([]);
});

import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { withoutWaiting } from '../support/clock.mts';
import { type RunOptions, runNode } from '../support/engine.mts';
import { answerTogether } from '../support/together.mts';

withoutWaiting();

const DEVICE = 'weather-station-1';
const TURNED_AWAY = { kind: 'status', status: 503, body: { errors: [{ message: 'Busy' }] } } as const;

let emulator: Emulator;

beforeEach(async () => {
	emulator = await startEmulator();
});

afterEach(async () => await emulator.close());

const run = async (parameters: Record<string, unknown>, items: object[], more: Partial<RunOptions> = {}) =>
	await runNode({ emulator, parameters, items, ...more });

const idOf = (name: string) => emulator.fleet.get(name).id;

const runningOn = (id: string) =>
	emulator.fleet.list().filter(({ communication }) => communication.upstream_id === id);

/** A device with dependents, and its dependents, which have none. */
function rack() {
	for (const { id } of emulator.fleet.list()) {
		const children = runningOn(id);
		const isLast = children.every((child) => runningOn(child.id).length === 0);
		if (children.length > 1 && isLast) return { id, children: children.map((child) => child.id) };
	}
	throw new Error('there is no such device');
}

describe('items that change the same device', () => {
	const rename = {
		operation: 'update',
		deviceId: '={{ $json.id }}',
		updateFields: { name: '={{ $json.name }}' },
	};

	test.each(['the same ID', 'its ID, then its slug', 'its slug, then its ID'])(
		'follow each other in item order, so that the last wins, though the first is retried (%s)',
		async (how) => {
			const names = how.startsWith('its slug') ? [DEVICE, idOf(DEVICE)] : [idOf(DEVICE), DEVICE];
			if (how === 'the same ID') names[1] = idOf(DEVICE);
			emulator.addFault({ ...TURNED_AWAY, match: { method: 'PATCH' }, times: 1 });
			const { output } = await run(rename, [
				{ id: names[0], name: 'one' },
				{ id: names[1], name: 'two' },
			]);
			expect(output.map(({ json }) => json['name'])).toEqual(['one', 'two']);
			expect(emulator.fleet.get(DEVICE).name).toBe('two');
		},
	);

	test('follow each other when they assign blueprints', async () => {
		const [first, second] = [...emulator.fleet.blueprints.keys()];
		emulator.addFault({ ...TURNED_AWAY, match: { method: 'POST' }, times: 1 });
		await run({ operation: 'assignBlueprint', deviceId: DEVICE, blueprintId: '={{ $json.id }}' }, [
			{ id: first },
			{ id: second },
		]);
		expect(emulator.fleet.get(DEVICE).blueprint_id).toBe(second);
	});

	test('follow each other also through a slug that an earlier item gives', async () => {
		const updateFields = { slug: '={{ $json.slug }}', name: '={{ $json.name }}' };
		emulator.addFault({ ...TURNED_AWAY, match: { method: 'PATCH' }, times: 1 });
		const { error } = await run({ operation: 'update', deviceId: '={{ $json.id }}', updateFields }, [
			{ id: DEVICE, slug: 'station-new', name: 'one' },
			{ id: 'station-new', slug: 'station-newer', name: 'two' },
		]);
		expect(error).toBeUndefined();
		expect(emulator.fleet.get('station-newer').name).toBe('two');
	});

	test('leave the next one to go on when one fails', async () => {
		emulator.addFault({ kind: 'status', status: 500, match: { method: 'PATCH' }, times: 1 });
		const items = ['one', 'two'].map((name) => ({ id: DEVICE, name }));
		const { output } = await run(rename, items, { onError: 'continueRegularOutput' });
		expect(output.map(({ json }) => 'error' in json)).toEqual([true, false]);
		expect(emulator.fleet.get(DEVICE).name).toBe('two');
	});

	test('do not hold those of other devices back', async () => {
		const devices = emulator.fleet.list().slice(0, 10);
		answerTogether(emulator, 'PATCH', devices.length);
		const { output } = await run(
			rename,
			devices.map(({ id }) => ({ id, name: 'new' })),
		);
		expect(output).toHaveLength(devices.length);
		expect(emulator.stats.peakInFlight).toBe(devices.length);
	});
});

describe('deletions', () => {
	const remove = { operation: 'delete', deviceId: '={{ $json.id }}' };

	test.each(['the child first', 'the parent first', 'the parent between'])(
		'are in an order in which none is refused, whatever the order of the items (%s)',
		async (order) => {
			const { id, children } = rack();
			const ids = [...children];
			ids.splice(order === 'the child first' ? ids.length : order === 'the parent first' ? 0 : 1, 0, id);
			for (const { id: other } of runningOn(id)) expect(ids).toContain(other);
			const { output, error } = await run(
				remove,
				ids.map((device) => ({ id: device })),
			);
			expect(error).toBeUndefined();
			expect(output.map(({ json }) => json['id'])).toEqual(ids);
			const deletions = emulator.requests.filter(({ method }) => method === 'DELETE');
			expect(deletions.map(({ status }) => status)).toEqual(ids.map(() => 200));
			expect(deletions.at(-1)?.path).toBe(`/v3/devices/${id}`);
		},
	);

	test('of a whole chain go from its end, though the one at the end is retried', async () => {
		const { id, children } = rack();
		const [child = ''] = children;
		emulator.addFault({ ...TURNED_AWAY, match: { method: 'DELETE', path: child }, times: 2 });
		const { error } = await run(
			remove,
			[id, ...children].map((device) => ({ id: device })),
		);
		expect(error).toBeUndefined();
		expect(emulator.fleet.find(id)).toBeUndefined();
	});

	test('of devices that depend on each other end, and the API decides', async () => {
		const [one, other] = emulator.fleet.devices.values();
		if (one === undefined || other === undefined) throw new Error('the fleet is too small');
		one.communication.upstream_id = other.id;
		other.communication.upstream_id = one.id;
		const { error } = await run({ ...remove, options: { deleteDependents: true } }, [{ id: one.id }]);
		expect(error?.message).toContain(' was not deleted because ');
		const tried = emulator.requests.filter(({ method }) => method === 'DELETE').map(({ path }) => path);
		expect(tried).toHaveLength(1);
	});
});

test('retries go first in, first out', async () => {
	const devices = emulator.fleet
		.list()
		.slice(0, 4)
		.map(({ id }) => id);
	emulator.latency = 5;
	emulator.addFault({ kind: 'status', status: 429, times: 4 });
	const { error } = await run(
		{ operation: 'update', deviceId: '={{ $json.id }}', updateFields: { name: 'x' } },
		devices.map((id) => ({ id })),
		{},
	);
	expect(error).toBeUndefined();
	const done = emulator.requests.filter(({ status }) => status === 200);
	expect(done.map(({ path }) => path)).toEqual(devices.map((id) => `/v3/devices/${id}`));
});

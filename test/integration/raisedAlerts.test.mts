import { createFleet } from '../../emulator/fleet.mts';
import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { runNode } from '../support/engine.mts';

let emulator: Emulator;

beforeEach(async () => {
	emulator = await startEmulator({ fleet: createFleet({ devices: 120, examples: true }) });
	for (const { id } of emulator.fleet.list()) emulator.fleet.simulate(id, { alerts: [] });
	emulator.fleet.simulate('example-battery', { alerts: ['soc_low'] });
	emulator.fleet.simulate('example-electrolyser', { alerts: ['overpressure', 'soc_low_soon'] });
});

afterEach(async () => await emulator.close());

const getMany = async (raisedAlerts: unknown, options: Record<string, unknown> = {}) =>
	await runNode({
		emulator,
		parameters: { operation: 'getAll', returnAll: true, filters: { raisedAlerts }, options },
	});

test.each<[unknown, string[]]>([
	['any', ['example-battery', 'example-electrolyser']],
	['Any', ['example-battery', 'example-electrolyser']],
	['soc_low', ['example-battery']],
	['soc_low, overpressure', ['example-battery', 'example-electrolyser']],
	['={{ ["overpressure"] }}', ['example-electrolyser']],
	['nothing_like_it', []],
])('%j finds %j', async (raisedAlerts, slugs) => {
	const { output, error } = await getMany(raisedAlerts);
	expect(error).toBeUndefined();
	expect(output.map(({ json }) => json['slug']).sort()).toEqual(slugs);
});

test('the names of the alerts are output only if they are asked for', async () => {
	const without = await getMany('soc_low');
	expect(without.output[0]?.json).not.toHaveProperty('raised_alert_names');
	const including = await getMany('soc_low', { expand: ['raised_alert_names'] });
	expect(including.output[0]?.json['raised_alert_names']).toEqual(['soc_low']);
});

test('a device without raised_alert_names has no alerts', async () => {
	const devices = [
		{ id: 'a' },
		{ id: 'b', raised_alert_names: null },
		{ id: 'c', raised_alert_names: ['x'] },
	];
	emulator.addFault({ kind: 'body', body: { devices, total_count: 3 } });
	const { output } = await getMany('any');
	expect(output.map(({ json }) => json['id'])).toEqual(['c']);
});

test.each(['={{ "" }}', '={{ [] }}', '={{ "a b" }}'])(
	'%s is refused before anything is sent',
	async (names) => {
		const { error } = await getMany(names);
		expect(error?.message).toContain('Raised Alerts');
		expect(emulator.requests).toEqual([]);
	},
);

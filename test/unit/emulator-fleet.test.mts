import { createFleet } from '../../emulator/fleet.mts';
import { DETECTOR, UCM } from './emulator-client.mts';

const records = (devices: number, seed?: number) => [
	...createFleet({ devices, ...(seed !== undefined && { seed }) }).devices.values(),
];

describe('createFleet', () => {
	test('creates 30 devices of all types on three sites', () => {
		const fleet = createFleet();
		const all = fleet.list();
		expect(all).toHaveLength(30);
		expect(new Set(all.map(({ type }) => type))).toEqual(
			new Set([
				'STANDALONE',
				'GATEWAY',
				'EMBEDDED_UCM',
				'HARDWARE_UCM',
				'VIRTUAL_UCM',
				'LINK_MASTER_UCM',
				'LINK_SLAVE_UCM',
				'LUA',
				'NATIVE',
				'CHILD',
			]),
		);
		expect(new Set(all.map(({ site_id }) => site_id))).toEqual(new Set(fleet.sites.keys()));
		expect(new Set(all.map(({ connectivity }) => connectivity.status)).size).toBe(3);
	});

	test('creates the same fleet each time, and another one for another seed', () => {
		expect(records(60)).toEqual(records(60));
		expect(records(60, 2)).not.toEqual(records(60));
	});

	test('a larger fleet includes the smaller one', () => {
		const large = new Map(records(200).map((device) => [device.id, device]));
		for (const device of records(45)) expect(large.get(device.id)).toEqual(device);
	});

	test.each([0, 1, 2, 7, 5000])('creates exactly %i devices, with unique IDs, names and slugs', (count) => {
		const all = records(count);
		for (const field of ['id', 'name', 'slug'] as const) {
			expect(new Set(all.map((device) => device[field])).size).toBe(count);
		}
		expect(all.map(({ id }) => id)).toEqual(all.map(({ id }) => id).sort());
	});

	test('adds the devices of the example workflows without other changes', () => {
		const fleet = createFleet({ devices: 3, examples: true });
		const [plain, examples] = [
			fleet.list().filter(({ slug }) => !slug.startsWith('example-')),
			fleet.list().filter(({ slug }) => slug.startsWith('example-')),
		];
		expect(plain).toEqual(records(3));
		expect(examples.map(({ slug, type }) => [slug, type])).toEqual([
			['example-ucm', 'HARDWARE_UCM'],
			['example-gas-detector', 'LUA'],
			['example-battery', 'LUA'],
			['example-fuel-cell', 'LUA'],
			['example-power-meter', 'LUA'],
			['example-electrolyser-ucm', 'EMBEDDED_UCM'],
			['example-electrolyser', 'NATIVE'],
			['example-weather-station', 'STANDALONE'],
			['example-old-sensor', 'STANDALONE'],
		]);
		const [site] = [...fleet.sites.values()].slice(-1);
		expect(site?.name).toBe('Example Site');
		for (const { site_id, connectivity } of examples) {
			expect([site_id, connectivity.status]).toEqual([site?.id, 'ONLINE']);
		}
	});

	test('includes the devices of the reference in every fleet of at least two', () => {
		expect(records(2).map(({ id }) => id)).toEqual([DETECTOR, UCM]);
	});

	test('every device has a blueprint, a communication, and an upstream device of its own site', () => {
		const fleet = createFleet({ devices: 300 });
		for (const { blueprint_id, site_id, communication } of fleet.list()) {
			expect(fleet.blueprints.has(blueprint_id)).toBe(true);
			const { type, upstream_id, hardware_id, channel_id } = communication;
			if (type.startsWith('MQTT')) {
				expect([upstream_id, hardware_id, channel_id]).toEqual([
					undefined,
					expect.stringMatching(/^V?[0-9A-F]{32}$/),
					expect.any(String),
				]);
			} else {
				expect(fleet.find(upstream_id ?? '')?.site_id).toBe(site_id);
				expect([hardware_id, channel_id]).toEqual([undefined, undefined]);
			}
		}
	});

	test('raises alerts that the manifest declares, and one that no manifest declares', () => {
		const fleet = createFleet({ devices: 300 });
		const raised = fleet.list().filter(({ raised_alert_names }) => raised_alert_names.length > 0);
		const unknown = new Set<string>();
		for (const { raised_alert_names, blueprint_id } of raised) {
			const alerts = fleet.blueprints.get(blueprint_id)?.manifest['alerts'] ?? {};
			const undeclared = raised_alert_names.filter((name) => !Object.hasOwn(alerts, name));
			for (const name of undeclared) unknown.add(name);
		}
		expect([...unknown]).toEqual(['07-phase-loss']);
	});
});

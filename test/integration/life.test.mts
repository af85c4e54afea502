import { createFleet } from '../../emulator/fleet.mts';

import { type Emulator, randomDialect, startEmulator } from '../../emulator/server.mts';
import { clock } from '../../nodes/EnapterDevice/transport/clock.ts';
import { runNode } from '../support/engine.mts';

let emulator: Emulator;

beforeEach(() => jest.spyOn(clock, 'sleep').mockResolvedValue());

afterEach(async () => {
	jest.restoreAllMocks();
	await emulator.close();
});

const run = async (resource: string, operation: string, items: object[], parameters: object) => {
	const result = await runNode({ emulator, items, parameters: { resource, operation, ...parameters } });
	expect(result.error?.message).toBeUndefined();
	return result.output.map(({ json }) => json);
};

// Seeds of dialects: how the API behaves where its reference leaves that open.
test.each(Array.from({ length: 16 }, (_, index) => index + 1))(
	'devices are created, configured and read in any dialect (%i)',
	async (seed) => {
		const fleet = createFleet({ devices: 70, examples: true });
		const ucm = fleet.get('example-ucm');
		const station = fleet.get('example-weather-station');
		emulator = await startEmulator({
			fleet,
			// Skip If It Exists finds devices by the slug that the API shows.
			dialect: randomDialect(seed, { configurationOffline: 'accepted', shownSlug: 'exact' }),
		});
		const items = Array.from({ length: 1 + (seed % 4) }, (_, index) => ({ slug: `life-${index}` }));
		const parameters = {
			deviceType: 'lua',
			name: 'Life',
			runtimeId: ucm.id,
			blueprintId: station.blueprint_id,
			additionalFields: { slug: '={{ $json.slug }}' },
			options: { skipIfExists: true },
		};

		const created = await run('device', 'create', items, parameters);
		expect(created.map(({ slug, created: isNew }) => [slug, isNew])).toEqual(
			items.map(({ slug }) => [slug, true]),
		);
		const again = await run('device', 'create', items, parameters);
		expect(again.map(({ id, created: isNew }) => [id, isNew])).toEqual(created.map(({ id }) => [id, false]));

		const settings = {
			deviceId: '={{ $json.slug }}',
			group: 'reporting',
			parametersMode: 'json',
			parametersJson: '{"interval": 30, "calibration_factor": 2}',
			options: { skipIfUnchanged: true },
		};
		for (const changed of [true, false]) {
			const updated = await run('configuration', 'update', items, settings);
			expect(updated).toEqual(
				created.map(({ id }) => ({
					device_id: id,
					group: 'reporting',
					configuration: expect.objectContaining({ interval: 30, calibration_factor: 2, heater: 'auto' }),
					changed,
					...(changed ? { previous: { interval: 10, calibration_factor: 1 } } : {}),
				})),
			);
		}
		const reset = await run('configuration', 'reset', items, {
			deviceId: '={{ $json.slug }}',
			group: 'reporting',
		});
		for (const { configuration } of reset) expect(configuration).toMatchObject({ interval: 10 });

		const [first] = created;
		const log = await run('log', 'getAll', [{}], { deviceId: String(first?.['id']), returnAll: true });
		const kept = fleet.logs.of(fleet.get('life-0'));
		expect(log.map(({ message }) => message)).toEqual(kept.toReversed().map(({ message }) => message));
		expect(kept.length).toBeGreaterThan(1);

		const { length } = await run('log', 'getAll', [{}], { deviceId: station.id, returnAll: true });
		expect(length).toBe(fleet.logs.of(station).length);
	},
);

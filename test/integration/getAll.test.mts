import { createFleet } from '../../emulator/fleet.mts';
import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { runNode } from '../support/engine.mts';

let emulator: Emulator;

afterEach(async () => await emulator.close());

const start = async (devices = 30) => {
	emulator = await startEmulator({ fleet: createFleet({ devices, examples: true }) });
};

const getMany = async (
	parameters: object,
	items: object[] = [{}],
	onError: 'stopWorkflow' | 'continueRegularOutput' = 'stopWorkflow',
) => await runNode({ emulator, items, parameters: { operation: 'getAll', ...parameters }, onError });

const idsOf = (output: Array<{ json: object }>) => output.map(({ json }) => (json as { id: string }).id);

describe('several items that read the same list', () => {
	test('read it once: 20 items over 1,000 devices', async () => {
		await start(1000);
		const all = emulator.fleet.list();
		const items = Array.from({ length: 20 }, (_, index) => ({ name: index % 2 === 0 ? 'station' : 'e' }));
		const { output } = await getMany({ returnAll: true, filters: { name: '={{ $json.name }}' } }, items);
		const expected = items.flatMap(({ name }) =>
			all.filter((device) => device.name.toLowerCase().includes(name)),
		);
		expect(idsOf(output)).toEqual(expected.map(({ id }) => id));
		expect(emulator.requests.length).toBeLessThanOrEqual(23);
	});

	test('stop reading when each has what it needs', async () => {
		await start(1000);
		const types = ['GATEWAY', 'STANDALONE'];
		const { output } = await getMany(
			{ limit: 1, filters: { type: '={{ $json.type }}' } },
			types.map((type) => ({ type })),
		);
		expect(output.map(({ json, pairedItem }) => [json['type'], pairedItem])).toEqual(
			types.map((type, item) => [type, { item }]),
		);
		expect(emulator.requests).toHaveLength(1);
	});

	test('output only the fields that each item asked for', async () => {
		await start();
		const { output } = await getMany({ limit: 1, options: { expand: '={{ $json.expand }}' } }, [
			{ expand: ['site'] },
			{ expand: ['properties', 'site'] },
		]);
		expect(output.map(({ json }) => ['site', 'properties'].map((key) => key in json))).toEqual([
			[true, false],
			[true, true],
		]);
		expect(emulator.requests).toHaveLength(1);
	});

	test('are apart by site, and one that is refused does not fail the others', async () => {
		await start();
		const sites = [...emulator.fleet.sites.keys()].slice(0, 2);
		emulator.addFault({ kind: 'status', status: 403, match: { path: `/sites/${sites[0]}/` } });
		const { output } = await getMany(
			{ limit: 1, filters: { siteId: '={{ $json.site }}' } },
			[...sites, ...sites].map((site) => ({ site })),
			'continueRegularOutput',
		);
		expect(output.map(({ json }) => 'error' in json)).toEqual([true, false, true, false]);
		expect(emulator.requests).toHaveLength(2);
	});
});

test('without filters the API is asked for as many devices as are needed', async () => {
	await start();
	const { output } = await getMany({ limit: '={{ $json.limit }}' }, [{ limit: 2 }, { limit: 3 }]);
	expect(output).toHaveLength(5);
	expect(emulator.requests.map(({ path }) => path)).toEqual([expect.stringContaining('limit=3')]);
});

describe('filters', () => {
	test.each(['empty', 'missing', 'null'] as const)(
		'a device whose connectivity is %s counts as Unknown, and enumerations have any case',
		async (connectivity) => {
			await start();
			const [first] = emulator.fleet.list();
			emulator.fleet.simulate(first?.id ?? '', { connectivity: 'UNKNOWN' });
			emulator.dialect = { connectivity, enumCase: 'lower' };
			const states = ['UNKNOWN', 'ONLINE', 'OFFLINE'];
			for (const state of states) {
				const { output } = await getMany({ returnAll: true, filters: { connectivity: state } });
				const wanted = emulator.fleet.list().filter((device) => device.connectivity.status === state);
				expect(idsOf(output)).toEqual(wanted.map(({ id }) => id));
			}
			const { output } = await getMany({ returnAll: true, filters: { type: ['Lua'] } });
			expect(output.length).toBeGreaterThan(0);
		},
	);

	test.each([
		['composed', 'decomposed', 'K\u00e1lna', 'ka\u0301lna'],
		['decomposed', 'composed', 'Ka\u0301lna', 'k\u00e1lna'],
	])('Name Contains finds a %s name by a %s text', async (_one, _other, name, text) => {
		await start();
		emulator.fleet.update('weather-station-1', { name: `Station ${name}` });
		const { output } = await getMany({ filters: { name: text } });
		expect(output.map(({ json }) => json['name'])).toEqual([`Station ${name}`]);
	});

	test('devices without name, slug, type or blueprint match no filter for these', async () => {
		await start();
		const devices = [{ id: 'a', name: null, slug: null, type: null, blueprint_id: null }, { id: 'b' }];
		emulator.addFault({ kind: 'body', body: { devices, total_count: 2 } });
		for (const filters of [{ name: 'null' }, { type: 'LUA' }, { blueprintId: 'null' }]) {
			const { output, error } = await getMany({ filters });
			expect(error).toBeUndefined();
			expect(output).toEqual([]);
		}
	});
});

describe('alert details', () => {
	const BATTERY = 'example-battery';
	const only = async (alerts: Record<string, string[]>) => {
		await start();
		for (const { id } of emulator.fleet.list()) emulator.fleet.simulate(id, { alerts: [] });
		for (const [slug, raised] of Object.entries(alerts)) emulator.fleet.simulate(slug, { alerts: raised });
	};

	test.each(['get', 'getAll'])('%s describes the active alerts in words', async (operation) => {
		await only({ [BATTERY]: ['soc_low', 'not_declared'] });
		const { output } = await runNode({
			emulator,
			parameters: {
				operation,
				...(operation === 'get'
					? { deviceId: BATTERY }
					: { filters: { name: 'battery', raisedAlerts: 'any' } }),
				options: { expand: ['raised_alerts'] },
			},
		});
		expect(output[0]?.json['raised_alerts']).toEqual([
			{
				name: 'soc_low',
				display_name: 'Low State of Charge',
				severity: 'warning',
				code: 'W101',
				description: 'The battery is almost empty and will switch off.',
				troubleshooting: ['Set the mode to charge.', 'Reduce the load.'],
			},
			{ name: 'not_declared', display_name: 'not_declared', severity: 'error' },
		]);
		expect(output[0]?.json).not.toHaveProperty('raised_alert_names');
		expect(output[0]?.json).not.toHaveProperty('manifest');
		const queries = emulator.requests.map(({ path }) => path);
		expect(queries.filter((path) => path.includes('raised_alerts'))).toEqual([]);
		expect(queries.filter((path) => path.includes('expand=manifest'))).toHaveLength(1);
	});

	test('read no manifest for devices without active alerts, and one for each blueprint', async () => {
		await only({});
		const devices = emulator.fleet.list();
		const { output } = await getMany({ returnAll: true, options: { expand: ['raised_alerts'] } });
		expect(output.map(({ json }) => json['raised_alerts'])).toEqual(devices.map(() => []));
		expect(emulator.requests).toHaveLength(1);
		const blueprints = new Set(devices.map(({ blueprint_id }) => blueprint_id));
		for (const { id } of devices) emulator.fleet.simulate(id, { alerts: ['communication_lost'] });
		await getMany({ returnAll: true, options: { expand: ['raised_alerts'] } });
		expect(emulator.requests).toHaveLength(2 + blueprints.size);
	});

	test.each(['missing', 'null'] as const)(
		'are empty when raised_alert_names is %s',
		async (raisedAlertNames) => {
			await only({});
			emulator.dialect = { raisedAlertNames };
			const { output } = await getMany({ limit: 1, options: { expand: ['raised_alerts'] } });
			expect(output[0]?.json['raised_alerts']).toEqual([]);
		},
	);

	test('are names only, with a hint, when the manifest cannot be read', async () => {
		await only({ [BATTERY]: ['soc_low'] });
		emulator.addFault({ kind: 'status', status: 403, match: { path: 'expand=manifest' } });
		const { output, hints } = await getMany({
			filters: { raisedAlerts: 'any' },
			options: { expand: ['raised_alerts'] },
		});
		expect(output[0]?.json['raised_alerts']).toEqual([
			{ name: 'soc_low', display_name: 'soc_low', severity: 'error' },
		]);
		expect(hints.map(({ message }) => message)).toEqual([
			'The manifest of Example battery could not be read, so the active alerts have only their names and count as errors.',
		]);
	});

	test.each([
		['info', ['example-battery', 'example-electrolyser']],
		['warning', ['example-battery', 'example-electrolyser']],
		['error', ['example-electrolyser']],
	])('the filter Alert Severity finds devices with at least "%s"', async (alertSeverity, slugs) => {
		await only({ [BATTERY]: ['soc_low'], 'example-electrolyser': ['undeclared'] });
		const { output } = await getMany({ limit: 2, filters: { alertSeverity } });
		expect(output.map(({ json }) => json['slug']).sort()).toEqual(slugs);
		expect(output[0]?.json).not.toHaveProperty('raised_alert_names');
		const { output: first } = await getMany({ limit: 1, filters: { alertSeverity } });
		expect(first).toHaveLength(1);
	});
});

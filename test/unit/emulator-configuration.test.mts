import { createFleet } from '../../emulator/fleet.mts';
import type { ManifestConfigurationGroup } from '../../emulator/model.mts';
import { latest } from '../../emulator/readings.mts';
import { createStage, errorOf, type Sent, type Stage } from './emulator-client.mts';

const STATION = 'example-weather-station';
const DEFAULTS = { interval: 10, enabled: true, calibration_factor: 1, heater: 'auto' };

let stage: Stage;

beforeEach(async () => {
	stage = await createStage({ fleet: createFleet({ devices: 2, examples: true }) });
});

afterEach(() => stage.close());

const get = (group: string, query = '', device = STATION, sent?: Sent) =>
	stage.send('GET', `/v3/devices/${device}/configuration/${group}${query}`, sent);
const patch = (group: string, body: unknown, device = STATION, sent?: Sent) =>
	stage.send('PATCH', `/v3/devices/${device}/configuration/${group}`, { body, ...sent });
const resetAll = (group: string, device = STATION) =>
	stage.send('POST', `/v3/devices/${device}/configuration/${group}/reset_all`);

async function property(device: string, name: string): Promise<unknown> {
	const { json } = await stage.send('GET', `/v3/devices/${device}?expand=properties`);
	return (json as { device: { properties: Record<string, unknown> } }).device.properties[name];
}

describe('GET configuration/{group}', () => {
	test('returns defaults with the right type, and leaves out parameters without a value', async () => {
		const response = await get('reporting');
		expect([response.status, response.json]).toEqual([200, { configuration: DEFAULTS }]);
	});

	test('returns only the parameters in param_names', async () => {
		const { json } = await get('reporting', '?param_names=interval,heater,quiet_hours');
		expect(json).toEqual({ configuration: { interval: 10, heater: 'auto' } });
		expect((await get('reporting', '?param_names=')).json).toEqual({ configuration: DEFAULTS });
	});

	test('can be read by ID and slug, also below the site', async () => {
		const { id, site_id } = stage.emulator.fleet.get(STATION);
		for (const device of [id, STATION]) {
			const path = `/v3/sites/${site_id}/devices/${device}/configuration/reporting`;
			expect((await stage.send('GET', path)).json).toEqual({ configuration: DEFAULTS });
		}
		expect((await stage.send('GET', `/v3/sites/nowhere/devices/${id}/configuration/reporting`)).status).toBe(
			404,
		);
	});

	test.each([
		['nothing', 'reporting', 'Device not found.'],
		[STATION, 'nothing', 'Configuration group not found.'],
		[STATION, 'constructor', 'Configuration group not found.'],
		['example-ucm', 'reporting', 'Configuration group not found.'],
		['example-fuel-cell', 'reporting', 'Configuration group not found.'],
	])('responds with 404 for device %s and group %s', async (device, group, message) => {
		const response = await get(group, '', device);
		expect([response.status, errorOf(response).message]).toEqual([404, message]);
	});

	test('rejects an unknown name in param_names', async () => {
		const response = await get('reporting', '?param_names=interval,speed');
		expect([response.status, errorOf(response).details]).toEqual([400, { field: 'speed' }]);
	});

	test('requires the access level of the group, USER by default', async () => {
		const { readonly, user, owner, installer } = stage.emulator.tokens;
		const status = async (group: string, token: string, device = STATION) =>
			(await get(group, '', device, { token })).status;
		expect(await Promise.all([status('reporting', readonly), status('reporting', user)])).toEqual([403, 200]);
		expect(await Promise.all([status('network', user), status('network', owner)])).toEqual([403, 200]);
		const service = (token: string) => status('service', token, 'example-battery');
		expect(await Promise.all([service(owner), service(installer)])).toEqual([403, 200]);
		expect((await patch('network', { set: { ssid: 'x' } }, STATION, { token: user })).status).toBe(403);
	});
});

describe('PATCH configuration/{group}', () => {
	test('sets and resets parameters, and responds with the whole group', async () => {
		await patch('reporting', { set: { heater: 'on', attributes: ['humidity'] } });
		const set = { interval: 60, quiet_hours: { from: '22:00', to: '06:00' }, calibration_factor: 1.25 };
		const response = await patch('reporting', { set, reset: ['heater'] });
		const configuration = { ...DEFAULTS, ...set, attributes: ['humidity'] };
		expect([response.status, response.json]).toEqual([200, { configuration }]);
		expect((await get('reporting')).json).toEqual({ configuration });
	});

	test('does not change other devices', async () => {
		await patch('limits', { set: { min_soc: 20 } }, 'example-battery');
		expect((await get('reporting')).json).toEqual({ configuration: DEFAULTS });
		expect((await get('limits', '?param_names=min_soc', 'example-battery')).json).toEqual({
			configuration: { min_soc: 20 },
		});
	});

	test('removes a parameter without a default when it is reset', async () => {
		await patch('reporting', { set: { attributes: ['humidity'] } });
		const { json } = await patch('reporting', { reset: ['attributes'] });
		expect(json).toEqual({ configuration: DEFAULTS });
	});

	test.each([{}, { set: {} }, { reset: [] }])('%j changes nothing', async (body) => {
		const response = await patch('reporting', body);
		expect([response.status, response.json]).toEqual([200, { configuration: DEFAULTS }]);
	});

	test.each<[string, Record<string, unknown>]>([
		['interval', { interval: '60' }],
		['interval', { interval: 1.5 }],
		['interval', { interval: 0 }],
		['interval', { interval: 2 ** 53 }],
		['interval', { interval: null }],
		['enabled', { enabled: 'true' }],
		['attributes', { attributes: 'humidity' }],
		['attributes', { attributes: [1] }],
		['quiet_hours', { quiet_hours: '22:00' }],
		['calibration_factor', { calibration_factor: '1' }],
		['heater', { heater: 'warm' }],
		['speed', { speed: 1 }],
		['constructor', { constructor: 1 }],
	])('rejects an invalid %s and changes nothing: %j', async (field, bad) => {
		const response = await patch('reporting', { set: { heater: 'on', ...bad } });
		expect([response.status, errorOf(response).details]).toEqual([400, { field }]);
		expect((await get('reporting')).json).toEqual({ configuration: DEFAULTS });
	});

	test.each<[string, unknown]>([
		['speed', { reset: ['speed'] }],
		['heater', { set: { heater: 'on' }, reset: ['heater'] }],
		['reset', { reset: 'heater' }],
		['reset', { reset: [1] }],
		['set', { set: ['heater'] }],
		['set', { set: null }],
	])('rejects an invalid %s: %j', async (field, body) => {
		const response = await patch('reporting', body);
		expect([response.status, errorOf(response).details]).toEqual([400, { field }]);
		expect((await get('reporting')).json).toEqual({ configuration: DEFAULTS });
	});

	test('hides sensitive values', async () => {
		const response = await patch('network', { set: { password: 'secret-1', server: '' } });
		expect(response.json).toEqual({ configuration: { ssid: 'plant', password: '***', server: '' } });
		expect(response.text + (await get('network')).text).not.toContain('secret-1');
		expect(stage.emulator.fleet.settings(STATION)).toMatchObject({ 'network.password': 'secret-1' });
	});
});

describe('POST configuration/{group}/reset_all', () => {
	test('resets the group to its defaults, but no other group', async () => {
		await patch('reporting', { set: { interval: 60, attributes: ['humidity'], heater: 'on' } });
		await patch('network', { set: { ssid: 'plant-2' } });
		const response = await resetAll('reporting');
		expect([response.status, response.json]).toEqual([200, { configuration: DEFAULTS }]);
		expect((await get('network')).json).toEqual({ configuration: { ssid: 'plant-2' } });
	});
});

describe('the configuration', () => {
	test('changes properties, and is changed by commands', async () => {
		await patch('reporting', { set: { interval: 600 } });
		expect(await property(STATION, 'reporting_interval')).toBe(600);
		await patch('limits', { set: { max_soc: 80 } }, 'example-battery');
		expect(await property('example-battery', 'max_soc')).toBe(80);
		stage.emulator.executions.duration = 0;
		const body = { name: 'set_soc_limits', arguments: { min_soc: 5, max_soc: 70 } };
		await stage.send('POST', '/v3/devices/example-battery/execute_command', { body });
		const { json } = await get('limits', '?param_names=min_soc,max_soc', 'example-battery');
		expect(json).toEqual({ configuration: { min_soc: 5, max_soc: 70 } });
	});

	test('sets how often a device reports', async () => {
		const { fleet } = stage.emulator;
		const time = fleet.now() / 1000 + 5000;
		const reportedAt = () => latest(fleet, fleet.get(STATION), 'humidity', time)?.timestamp ?? NaN;
		await patch('reporting', { set: { interval: 3600 } });
		expect(reportedAt() % 3600).toBe(0);
		await patch('reporting', { set: { interval: 1 } });
		expect(reportedAt()).toBe(Math.floor(time));
	});

	test('is reset when a blueprint is assigned', async () => {
		await patch('reporting', { set: { interval: 600, calibration_factor: 2 } });
		const { blueprint_id } = stage.emulator.fleet.get(STATION);
		stage.emulator.fleet.assignBlueprint(STATION, blueprint_id);
		expect((await get('reporting')).json).toEqual({ configuration: DEFAULTS });
	});

	test('has parameters of every type, groups of every access level, and defaults as text and as values', () => {
		const groups = [...stage.emulator.fleet.blueprints.values()].flatMap(({ manifest }) =>
			Object.values(manifest.configuration ?? {}),
		) as ManifestConfigurationGroup[];
		const parameters = groups.flatMap((group) => Object.values(group.parameters));
		expect(new Set(parameters.map(({ type }) => type))).toEqual(
			new Set(['string', 'integer', 'float', 'boolean', 'json', 'array_of_strings']),
		);
		expect(new Set(groups.map(({ access_level }) => access_level))).toEqual(
			new Set(['user', 'owner', 'installer', 'vendor', undefined]),
		);
		expect(parameters.map(({ type, default: value }) => `${type} ${typeof value}`)).toEqual(
			expect.arrayContaining(['boolean string', 'integer number', 'string undefined']),
		);
		expect(parameters.some(({ enum_with_metainfo: compiled }) => compiled)).toBe(true);
	});

	test('has the initial settings of devices as defaults', async () => {
		const { fleet } = stage.emulator;
		for (const { manifest, behavior } of fleet.blueprints.values()) {
			for (const [key, setting] of Object.entries(behavior.configuration ?? {})) {
				const [group = '', name = ''] = key.split('.');
				const { default: value } = manifest.configuration?.[group]?.parameters[name] ?? {};
				expect(String(behavior.settings[setting])).toBe(String(value));
			}
		}
	});
});

import { createFleet } from '../../emulator/fleet.mts';
import { latest } from '../../emulator/readings.mts';
import { createStage, errorOf, type Received, type Stage } from './emulator-client.mts';

const NOON = Date.UTC(2026, 5, 21, 11, 6, 20) / 1000;
const DAY = 86_400;

let now: number;
let stage: Stage;

beforeEach(async () => {
	now = NOON;
	stage = await createStage({ fleet: createFleet({ devices: 2, examples: true, now: () => now * 1000 }) });
	stage.emulator.executions.duration = 0;
});

afterEach(() => stage.close());

const simulate: Stage['emulator']['fleet']['simulate'] = (...change) =>
	stage.emulator.fleet.simulate(...change);

async function execute(device: string, name: string, args: object = {}): Promise<void> {
	const body = { name, arguments: args };
	const { json } = await stage.send('POST', `/v3/devices/${device}/execute_command`, { body });
	expect(json).toMatchObject({ execution: { state: 'SUCCESS' } });
}

async function valueNow(device: string, attribute: string): Promise<unknown> {
	const { json } = await stage.send('GET', `/v3/devices/${device}/telemetry?attribute.in=${attribute}`);
	return (json as { telemetry: Record<string, { value: unknown }> }).telemetry[attribute]?.value;
}

describe('GET /v3/telemetry/latest', () => {
	const get = (query: string) => stage.send('GET', `/v3/telemetry/latest?${query}`);

	test('responds with the value and timestamp of each attribute of each device', async () => {
		const { json } = await get(
			'devices[example-battery]=battery_soc,mode&devices[example-fuel-cell]=running',
		);
		expect(json).toEqual({
			telemetry: {
				'example-battery': {
					battery_soc: { value: expect.any(Number), timestamp: NOON },
					mode: { value: 'auto', timestamp: NOON },
				},
				'example-fuel-cell': { running: { value: false, timestamp: NOON } },
			},
		});
	});

	test('accepts IDs, encoded brackets, aliases and a repeated device', async () => {
		const { id } = stage.emulator.fleet.get('example-battery');
		const { json } = await get(`devices%5B${id}%5D=soc&devices[${id}]=alerts`);
		expect(json).toMatchObject({ telemetry: { [id]: { soc: { timestamp: NOON }, alerts: { value: [] } } } });
	});

	test('responds with a warning for an unknown attribute and one above the role', async () => {
		const { json } = await get('devices[example-electrolyser]=stack_voltages,dance,status');
		expect(json).toEqual({
			telemetry: {
				'example-electrolyser': {
					stack_voltages: { warning: 'Access denied.' },
					dance: { warning: 'Attribute not found.' },
					status: { value: 'production', timestamp: NOON },
				},
			},
		});
	});

	test('responds with a warning for a value older than the relevance interval, 30 s by default', async () => {
		const query = 'devices[example-power-meter]=total_energy';
		expect((await get(query)).json).toMatchObject({
			telemetry: {
				'example-power-meter': { total_energy: { warning: expect.stringContaining('relevance') } },
			},
		});
		expect((await get(`${query}&relevance_interval=15m`)).json).toMatchObject({
			telemetry: {
				'example-power-meter': { total_energy: { value: expect.any(Number), timestamp: NOON - 380 } },
			},
		});
	});

	test('an offline device has no value', async () => {
		simulate('example-battery', { connectivity: 'OFFLINE' });
		expect((await get('devices[example-battery]=mode&relevance_interval=24h')).json).toEqual({
			telemetry: { 'example-battery': { mode: { warning: expect.any(String) } } },
		});
	});

	test('responds with 404 if one of the devices is unknown', async () => {
		expect((await get('devices[example-battery]=mode&devices[nothing]=mode')).status).toBe(404);
	});

	test.each([
		'',
		'devices=x',
		'devices[example-battery]=',
		'devices[example-battery]=mode&relevance_interval=30',
	])('rejects %j', async (query) => {
		const response = await get(query);
		expect(response.status).toBe(400);
		expect(errorOf(response).code).toBe('invalid_query_parameter_format');
	});
});

describe('GET /v3/devices/{id}/telemetry', () => {
	test('responds with the requested attributes that have a value', async () => {
		const { site_id } = stage.emulator.fleet.get('example-electrolyser');
		const path = `/v3/sites/${site_id}/devices/example-electrolyser/telemetry`;
		expect((await stage.send('GET', `${path}?attribute.in=mode,dance,stack_voltages`)).json).toEqual({
			telemetry: { mode: { value: 'auto', timestamp: NOON } },
		});
	});

	test('responds with all attributes by default', async () => {
		const { json } = await stage.send('GET', '/v3/devices/example-fuel-cell/telemetry');
		expect(Object.keys((json as { telemetry: object }).telemetry)).toEqual([
			'status',
			'output_power',
			'stack_temperature',
			'h2_inlet_pressure',
			'running',
			'alerts',
		]);
	});
});

describe('POST /v3/telemetry/query_timeseries', () => {
	const query = (body: object) =>
		stage.send('POST', '/v3/telemetry/query_timeseries', { headers: { accept: 'text/csv' }, body });
	const select = (device: string, attribute: string | string[], more: object = {}) => ({
		from: NOON - 600,
		to: NOON,
		granularity: '1m',
		telemetry: [{ device, attribute, ...more }],
	});
	const rows = ({ text }: Received) => text.trimEnd().split('\n').slice(1);
	const columnOf = (response: Received) => rows(response).map((row) => row.slice(row.indexOf(',') + 1));
	const types = ({ headers }: Received) => [headers['x-enapter-timeseries-data-types']].flat();

	test('responds with CSV: a header row with labels, and Unix seconds for each step', async () => {
		const response = await query(select('example-fuel-cell', 'output_power'));
		expect(response.status).toBe(200);
		expect(response.headers['content-type']).toMatch(/^text\/csv/);
		expect(response.text.split('\n')[0]).toBe(
			'ts,telemetry=output_power device=example-fuel-cell aggregation=auto granularity=60s ' +
				'gap_filling_method=none gap_filling_look_around=0s',
		);
		const starts = rows(response).map((row) => Number(row.split(',')[0]));
		expect(starts[0]).toBe(Math.floor((NOON - 600) / 60) * 60);
		expect(starts).toEqual(starts.map((_, index) => (starts[0] ?? 0) + 60 * index));
		expect(starts).toHaveLength(11);
	});

	test('responds with the type of each column in a header', async () => {
		const attributes = ['battery_soc', 'mode', 'alerts', 'cycles'];
		const body = select('example-battery', attributes);
		body.telemetry.push({ device: 'example-fuel-cell', attribute: 'running' });
		const { installer } = stage.emulator.tokens;
		const response = await stage.send('POST', '/v3/telemetry/query_timeseries', { token: installer, body });
		expect(types(response)).toEqual(['float', 'string', 'string_array', 'integer', 'boolean']);
		expect(rows(response).at(-1)).toMatch(/^\d+,\d+(\.\d+)?,auto,\[\],,false$/);
	});

	test('writes string arrays as JSON in quotes', async () => {
		simulate('example-battery', { alerts: ['soc_low', 'b'] });
		now += 60;
		const response = await query({ ...select('example-battery', 'alerts'), from: NOON, to: NOON + 60 });
		expect(columnOf(response)).toEqual(['"[""soc_low"",""b""]"', '"[""soc_low"",""b""]"']);
	});

	test('leaves out unknown attributes and those above the role', async () => {
		const attributes = ['stack_voltages', 'dance', 'mode'];
		const response = await query(select('example-electrolyser', attributes));
		expect(types(response)).toEqual(['string']);
		expect(columnOf(response)).toContain('auto');
	});

	test('responds with the code of the API if all attributes are unknown', async () => {
		const response = await query(select('example-battery', ['dance', 'sing']));
		expect(response.status).toBe(404);
		expect(errorOf(response).code).toBe('telemetrypersistence/NO_TELEMETRY_ATTRIBUTES_FOUND');
	});

	test('responds with Content-Length 0 and no header row if there is no value', async () => {
		const future = { ...select('example-battery', 'mode'), from: NOON + 60, to: NOON + 120 };
		const unknown = createFleet({ devices: 60 })
			.list()
			.find(({ connectivity }) => connectivity.status === 'UNKNOWN');
		const other = await createStage({ fleet: createFleet({ devices: 60 }) });
		for (const response of [
			await query(future),
			await other.send('POST', '/v3/telemetry/query_timeseries', {
				body: select(unknown?.id ?? '', 'status'),
			}),
		]) {
			expect([response.status, response.headers['content-length'], response.text]).toEqual([200, '0', '']);
		}
		await other.close();
	});

	test('has no values while the device is offline', async () => {
		now = NOON - 300;
		simulate('example-battery', { connectivity: 'OFFLINE' });
		now = NOON - 120;
		simulate('example-battery', { connectivity: 'ONLINE' });
		now = NOON;
		const response = await query(select('example-battery', 'mode'));
		const minutes = rows(response).map((row) => new Date(parseInt(row, 10) * 1000).getUTCMinutes());
		expect(minutes).toEqual([56, 57, 58, 59, 0, 1, 4, 5, 6]);
	});

	describe('gaps', () => {
		const body = (attribute: string | string[], gap_filling?: object) => ({
			...select('example-weather-station', attribute, { gap_filling }),
			from: NOON - 2 * DAY,
			granularity: '10m',
		});

		test('are missing rows, or empty cells next to another column', async () => {
			const alone = rows(await query(body('solar_irradiance')));
			const beside = rows(await query(body(['solar_irradiance', 'humidity'])));
			const empty = beside.filter((row) => row.includes(',,'));
			expect(empty.length).toBeGreaterThan(2);
			expect(alone).toHaveLength(beside.length - empty.length);
		});

		test('are filled with the last value with locf', async () => {
			const filled = rows(await query(body('solar_irradiance', { method: 'locf', look_around: '1h' })));
			expect(filled).toHaveLength(289);
			expect(filled.filter((row) => row.endsWith(','))).toEqual([]);
		});
	});

	test('aggregates: the average is between the minimum and the maximum', async () => {
		const [avg, min, max, last] = await Promise.all(
			['avg', 'min', 'max', 'last'].map(async (aggregation) =>
				columnOf(
					await query({
						...select('example-power-meter', 'total_power', { aggregation }),
						granularity: '2m',
					}),
				).map(Number),
			),
		);
		expect(avg?.length).toBeGreaterThan(4);
		for (const [step, least = NaN] of (min ?? []).entries()) {
			for (const value of [avg?.[step], last?.[step]]) {
				expect(value).toBeGreaterThanOrEqual(least);
				expect(value).toBeLessThanOrEqual(max?.[step] ?? NaN);
			}
		}
		expect(min).not.toEqual(max);
	});

	test('accepts RFC 3339 times, Go durations, and one aggregation for all selectors', async () => {
		const response = await query({
			from: '2026-06-21T10:00:00+00:00',
			to: '2026-06-21T13:00:00.000+02:00',
			granularity: '10m0s',
			aggregation: 'max',
			telemetry: [{ device: 'example-power-meter', attribute: ['frequency'], aggregation: null }],
		});
		expect(rows(response)).toHaveLength(6);
		expect(response.text).toContain('aggregation=max granularity=600s');
	});

	test.each<[string, object]>([
		['from', { from: 'yesterday' }],
		['to', { to: NOON - 600 }],
		['to', { to: null }],
		['granularity', { granularity: 60 }],
		['granularity', { granularity: '0s' }],
		['granularity', { granularity: 'x' }],
		['aggregation', { aggregation: 'AVG' }],
		['telemetry', { telemetry: [] }],
		['telemetry', { telemetry: ['x'] }],
		['device', { telemetry: [{ attribute: 'mode' }] }],
		['attribute', { telemetry: [{ device: 'example-battery', attribute: [] }] }],
		['aggregation', { telemetry: [{ device: 'example-battery', attribute: 'mode', aggregation: 'avg' }] }],
		['method', { telemetry: [{ device: 'x', attribute: 'mode', gap_filling: { method: 'linear' } }] }],
	])('rejects an invalid %s: %j', async (field, change) => {
		const response = await query({ ...select('example-battery', 'mode'), ...change });
		expect(response.status).toBe(400);
		expect(errorOf(response)).toMatchObject({
			code: 'invalid_query_parameter_format',
			details: { field },
		});
	});

	test('rejects an unknown device, and too many steps', async () => {
		expect((await query(select('nothing', 'mode'))).status).toBe(404);
		const much = { ...select('example-battery', 'mode'), from: NOON - 40 * DAY, granularity: '1s' };
		expect((await query(much)).status).toBe(422);
	});

	test('responds to the same query with the same data', async () => {
		const body = {
			...select('example-weather-station', ['ambient_temperature', 'wind_speed']),
			from: NOON - DAY,
		};
		const [first, second] = [await query(body), await query(body)];
		expect(first.text).toBe(second.text);
	});

	test('creates 100,000 steps of five attributes', async () => {
		const attributes = ['total_power', 'voltage_l1', 'frequency', 'status', 'alerts'];
		const body = { ...select('example-power-meter', attributes), from: NOON - 100_000 * 60 };
		expect(rows(await query(body)).length).toBeGreaterThanOrEqual(100_000);
	}, 30_000);
});

describe('measurements', () => {
	test('solar irradiance is 0 at night', async () => {
		expect(await valueNow('example-weather-station', 'solar_irradiance')).toBeGreaterThan(300);
		now += DAY / 2;
		expect(await valueNow('example-weather-station', 'solar_irradiance')).toBe(0);
	});

	test('a fuel cell ramps up to its set point after start', async () => {
		await execute('example-fuel-cell', 'set_output_power', { power: 3000 });
		expect(await valueNow('example-fuel-cell', 'output_power')).toBe(0);
		await execute('example-fuel-cell', 'start');
		now += 30;
		expect(await valueNow('example-fuel-cell', 'status')).toBe('starting');
		expect(Number(await valueNow('example-fuel-cell', 'output_power'))).toBeCloseTo(1500, -2);
		now += 30;
		expect(await valueNow('example-fuel-cell', 'status')).toBe('running');
		await execute('example-fuel-cell', 'stop');
		expect(await valueNow('example-fuel-cell', 'output_power')).toBe(0);
	});

	test('a battery starts from its state of charge when the mode is set', async () => {
		const before = Number(await valueNow('example-battery', 'battery_soc'));
		await execute('example-battery', 'set_mode', { mode: 'discharge' });
		expect(await valueNow('example-battery', 'battery_soc')).toBe(before);
		now += 3600;
		expect(Number(await valueNow('example-battery', 'battery_soc'))).toBeCloseTo(before - 30, 0);
		expect(await valueNow('example-battery', 'mode')).toBe('discharge');
	});

	test('raised alerts are reported', async () => {
		simulate('example-fuel-cell', { alerts: ['h2_inlet_pressure_low'] });
		expect(await valueNow('example-fuel-cell', 'alerts')).toEqual(['h2_inlet_pressure_low']);
		expect(await valueNow('example-fuel-cell', 'status')).toBe('error');
		expect(
			(await stage.send('GET', '/v3/devices/example-fuel-cell?expand=raised_alert_names')).json,
		).toMatchObject({ device: { raised_alert_names: ['h2_inlet_pressure_low'] } });
	});

	test('a device has the attributes of a newly assigned blueprint', async () => {
		const { blueprint_id } = stage.emulator.fleet.get('example-weather-station');
		stage.emulator.fleet.assignBlueprint('example-gas-detector', blueprint_id);
		expect(await valueNow('example-gas-detector', 'heater')).toBe('auto');
		expect(await valueNow('example-gas-detector', 'gas_concentration')).toBeUndefined();
	});

	test('devices on the same blueprint have different values', () => {
		const fleet = createFleet({ devices: 300, now: () => NOON * 1000 });
		const meters = fleet.list().filter(({ slug }) => slug.startsWith('power-meter'));
		const values = meters.map((meter) => latest(fleet, meter, 'voltage_l1', NOON)?.value);
		const online = values.filter((value) => value !== undefined);
		expect(online.length).toBeGreaterThan(5);
		expect(new Set(online).size).toBeGreaterThan(online.length / 2);
	});
});

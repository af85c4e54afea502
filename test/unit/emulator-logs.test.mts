import { createFleet } from '../../emulator/fleet.mts';
import { createStage, errorOf, type Stage } from './emulator-client.mts';

interface Entry {
	received_at: string;
	timestamp: string;
	severity: string;
	message: string;
}

const START = Date.UTC(2026, 5, 21, 12);
const HOUR = 3_600_000;

let now = START;
let stage: Stage;

beforeEach(async () => {
	now = START;
	stage = await createStage({ fleet: createFleet({ devices: 30, examples: true, now: () => now }) });
	stage.emulator.executions.duration = 0;
	stage.emulator.executions.timeout = 0;
});

afterEach(() => stage.close());

const send = (query: string, device = 'example-battery') =>
	stage.send('GET', `/v3/devices/${device}/logs${query}`);

async function logs(query = '', device?: string): Promise<Entry[]> {
	const response = await send(query, device);
	expect(response.status).toBe(200);
	return (response.json as { logs: Entry[] }).logs;
}

/** Entries received since the start. */
const since = (query = '', device?: string) => logs(`?received_at_from=${iso(START)}${query}`, device);

const iso = (time: number) => new Date(time).toISOString();

describe('GET logs', () => {
	test('returns entries of four strings, oldest first', async () => {
		const found = await logs();
		expect(found).toHaveLength(50);
		for (const { received_at, timestamp, ...rest } of found) {
			expect(received_at).toMatch(/^2026-06-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
			expect(Date.parse(received_at) - Date.parse(timestamp)).toBeGreaterThan(0);
			expect(rest).toEqual({ severity: expect.any(String), message: expect.any(String) });
		}
		const times = found.map(({ received_at }) => received_at);
		expect(times).toEqual(times.toSorted());
	});

	test('returns a history with every severity, the same for the same start time', async () => {
		const all = [...(await logs()), ...(await logs('?offset=50'))];
		expect(all).toHaveLength(72);
		expect(new Set(all.map(({ severity }) => severity))).toEqual(
			new Set(['debug', 'info', 'warning', 'error']),
		);
		const again = createFleet({ examples: true, now: () => START });
		expect(again.logs.of(again.get('example-battery'))).toEqual(
			stage.emulator.fleet.logs.of(stage.emulator.fleet.get('example-battery')),
		);
	});

	test('returns pages in both orders', async () => {
		const pages = await Promise.all([logs(), logs('?offset=50'), logs('?offset=72')]);
		expect(pages.map((page) => page.length)).toEqual([50, 22, 0]);
		const newest = await logs('?order=RECEIVED_AT_DESC&limit=10&offset=2');
		expect(newest).toEqual(pages.flat().toReversed().slice(2, 12));
	});

	test('filters by severity, kind and time', async () => {
		const warnings = await logs('?severity=warning');
		expect(new Set(warnings.map(({ severity }) => severity))).toEqual(new Set(['warning']));
		const kinds = [await logs('?show=PERSISTED_ONLY'), await logs('?show=TEMPORARY_ONLY')];
		expect(kinds.flat()).toHaveLength(72);
		expect(kinds.every((entries) => entries.length > 10)).toBe(true);
		const [from, to] = [iso(START - 10 * HOUR), iso(START - 5 * HOUR)];
		const between = await logs(`?received_at_from=${from}&received_at_to=${to}`);
		expect(between.length).toBeGreaterThan(2);
		for (const { received_at } of between) expect(received_at >= from && received_at < to).toBe(true);
		expect(await logs(`?received_at_from=${to}`)).toEqual((await logs('?offset=50')).slice(-5));
	});

	test.each([
		['severity', 'severity=loud'],
		['order', 'order=NEWEST'],
		['show', 'show=SOME'],
		['received_at_from', 'received_at_from=yesterday'],
		['received_at_to', 'received_at_to=1'],
	])('rejects an invalid %s', async (field, query) => {
		const response = await send(`?${query}`);
		expect(response.status).toBe(400);
		expect(errorOf(response)).toMatchObject({
			code: 'invalid_query_parameter_format',
			details: { field },
		});
	});

	test('can be read by every role, also below the site, and responds with 404 for an unknown device', async () => {
		const { site_id } = stage.emulator.fleet.get('example-battery');
		const path = `/v3/sites/${site_id}/devices/example-battery/logs`;
		const { json } = await stage.send('GET', path, { token: stage.emulator.tokens.readonly });
		expect(json).toEqual({ logs: await logs() });
		expect((await send('', 'nothing')).status).toBe(404);
	});

	test('leaves out an empty list if the dialect says so', async () => {
		expect((await send('?offset=99')).json).toEqual({ logs: [] });
		stage.emulator.dialect = { emptyList: 'missing' };
		expect((await send('?offset=99')).json).toEqual({});
	});

	test('returns times in the precision of the dialect', async () => {
		stage.emulator.dialect = { timestamps: 'seconds' };
		const [entry] = await logs();
		for (const time of [entry?.received_at, entry?.timestamp]) {
			expect(time).toMatch(/^2026-06-\d\dT\d\d:\d\d:\d\dZ$/);
		}
	});

	test('is empty for a device that was never connected, and ends when an offline device lost its connection', async () => {
		const { fleet } = stage.emulator;
		const find = (status: string) => fleet.list().find(({ connectivity }) => connectivity.status === status);
		expect(await logs('', find('UNKNOWN')?.id)).toEqual([]);
		const [last] = await logs('?order=RECEIVED_AT_DESC&limit=1', find('OFFLINE')?.id);
		expect(last?.received_at).toMatch(/^202[45]/);
	});
});

describe('an entry is added', () => {
	const execute = (name: string, args: object = {}) =>
		stage.send('POST', '/v3/devices/example-battery/execute_command', { body: { name, arguments: args } });
	const shown = async (query?: string) =>
		(await since(query)).map(({ severity, message }) => `${severity}: ${message}`);

	test('when a command starts and ends', async () => {
		await execute('switch_mode', { mode: 'charge' });
		await execute('set_soc_limits', { min_soc: 90, max_soc: 20 });
		expect(await shown()).toEqual([
			'debug: Command set_mode started.',
			'info: Command set_mode succeeded.',
			'debug: Command set_soc_limits started.',
			'error: Command set_soc_limits failed: limits_invalid.',
		]);
		expect(await shown('&show=TEMPORARY_ONLY')).toHaveLength(2);
	});

	test.each(['byStatus', 'error'] as const)(
		'not when the device gets no command: %s',
		async (offlineCommand) => {
			stage.emulator.dialect = { offlineCommand };
			stage.emulator.fleet.simulate('example-battery', { connectivity: 'OFFLINE' });
			await execute('set_mode', { mode: 'charge' });
			expect(await shown()).toEqual([]);
		},
	);

	test('when the configuration changes, with names but without values', async () => {
		const path = '/v3/devices/example-battery/configuration/service';
		const body = { set: { pin: '4321' } };
		await stage.send('PATCH', path, { body, token: stage.emulator.tokens.installer });
		await stage.send('POST', '/v3/devices/example-battery/configuration/mode/reset_all');
		expect(await shown()).toEqual([
			'info: Configuration service changed: pin.',
			'info: Configuration mode changed: mode, note.',
		]);
	});

	test('when an alert is raised or cleared, with its declared severity', async () => {
		const { fleet } = stage.emulator;
		fleet.simulate('example-battery', { alerts: ['soc_low', 'unheard_of'] });
		fleet.simulate('example-battery', { alerts: ['unheard_of', 'balancing'] });
		fleet.simulate('example-battery', { settings: {} });
		expect(await shown()).toEqual([
			'warning: Alert soc_low (Low State of Charge) raised.',
			'error: Alert unheard_of (unheard_of) raised.',
			'info: Alert balancing (Cells Are Balanced) raised.',
			'info: Alert soc_low (Low State of Charge) cleared.',
		]);
	});

	test('with the time at which it was received', async () => {
		now += 1500.25;
		await execute('set_mode', { mode: 'idle' });
		const [entry] = await since();
		expect(entry?.received_at).toBe('2026-06-21T12:00:01.500250Z');
	});
});

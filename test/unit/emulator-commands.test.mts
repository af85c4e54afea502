import { createFleet } from '../../emulator/fleet.mts';
import type { Manifest } from '../../emulator/model.mts';
import { createStage, DETECTOR, errorOf, type Sent, type Stage } from './emulator-client.mts';

interface ExecutionShown {
	id: string;
	state: string;
	created_at: string;
	request: { name: string; arguments: Record<string, unknown>; manifest_name: string };
	response?: { state: string; payload?: Record<string, unknown> };
	log?: Array<{ state: string; received_at: string }>;
}

let stage: Stage;

beforeEach(async () => {
	stage = await createStage({ fleet: createFleet({ devices: 2, examples: true }) });
	stage.emulator.executions.duration = 0;
	stage.emulator.executions.timeout = 0;
});

afterEach(() => stage.close());

const idOf = (device: string) => stage.emulator.fleet.get(device).id;

function execute(device: string, name: string, args?: unknown, sent: Sent & { query?: string } = {}) {
	const body = { name, ...(args !== undefined && { arguments: args }) };
	return stage.send('POST', `/v3/devices/${device}/execute_command${sent.query ?? ''}`, { body, ...sent });
}

async function executed(...request: Parameters<typeof execute>): Promise<ExecutionShown> {
	const response = await execute(...request);
	expect(response.status).toBe(200);
	return (response.json as { execution: ExecutionShown }).execution;
}

async function list(path: string): Promise<ExecutionShown[]> {
	const response = await stage.send('GET', path);
	expect(response.status).toBe(200);
	return (response.json as { executions: ExecutionShown[] }).executions;
}

async function properties(device: string): Promise<Record<string, unknown>> {
	const { json } = await stage.send('GET', `/v3/devices/${device}?expand=properties`);
	return (json as { device: { properties: Record<string, unknown> } }).device.properties;
}

/** Waits until `holds` returns true. */
async function until(holds: () => boolean): Promise<void> {
	while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

describe('execute_command', () => {
	test('responds with exactly the fields of an execution', async () => {
		const response = await execute('example-fuel-cell', 'set_output_power', { power: 3000 });
		expect(response.json).toEqual({
			execution: {
				id: expect.stringMatching(/^[0-9a-f-]{36}$/),
				device_id: idOf('example-fuel-cell'),
				state: 'SUCCESS',
				created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
				request: {
					name: 'set_output_power',
					arguments: { power: 3000 },
					manifest_name: 'set_output_power',
				},
				response: { state: 'SUCCEEDED', received_at: expect.stringMatching(/Z$/) },
			},
		});
	});

	test('changes the properties of the device', async () => {
		expect(await properties('example-fuel-cell')).toMatchObject({ output_power_setpoint: 4000 });
		await executed('example-fuel-cell', 'set_output_power', { power: 3000 });
		expect(await properties('example-fuel-cell')).toMatchObject({ output_power_setpoint: 3000 });
	});

	test('includes the log, newest first, with expand=log', async () => {
		const { log = [] } = await executed('example-electrolyser', 'start', {}, { query: '?expand=log' });
		expect(log).toEqual([
			expect.objectContaining({ state: 'SUCCEEDED', payload: { state: 'running' } }),
			expect.objectContaining({ state: 'STARTED' }),
		]);
		const times = log.map(({ received_at }) => received_at);
		expect(times).toEqual(times.toSorted().reverse());
	});

	test('accepts an alias and returns the name in the manifest', async () => {
		const { request } = await executed('example-battery', 'switch_mode', { mode: 'charge' });
		expect(request).toMatchObject({ name: 'switch_mode', manifest_name: 'set_mode' });
	});

	test('accepts a command without arguments, an empty expand, and the path below the site', async () => {
		const { site_id } = stage.emulator.fleet.get('example-fuel-cell');
		const path = `/v3/sites/${site_id}/devices/example-fuel-cell/execute_command?expand=`;
		const response = await stage.send('POST', path, { body: { name: 'start' } });
		expect(response.json).toMatchObject({ execution: { state: 'SUCCESS', request: { arguments: {} } } });
	});

	test('responds with 200 and the reason when the device fails', async () => {
		stage.emulator.fleet.simulate('example-electrolyser', { alerts: ['water_inlet_pressure_low'] });
		const { state, response } = await executed('example-electrolyser', 'start');
		expect(state).toBe('ERROR');
		expect(response).toMatchObject({
			state: 'ERROR',
			payload: { code: 'water_inlet_pressure_low', reason: 'The pressure at the water inlet is too low.' },
		});
	});

	test('ends in TIMEOUT if the device never responds', async () => {
		const { state, response } = await executed('example-electrolyser', 'run_diagnostics');
		expect([state, response?.state]).toEqual(['TIMEOUT', 'STARTED']);
	});

	test.each([
		['OFFLINE', 'TIMEOUT'],
		['UNKNOWN', 'UNSYNC'],
	] as const)('for a device that is %s, ends in %s without a response', async (connectivity, state) => {
		stage.emulator.fleet.simulate('example-fuel-cell', { connectivity });
		const execution = await executed('example-fuel-cell', 'start');
		expect(execution.state).toBe(state);
		expect(execution).not.toHaveProperty('response');
	});

	test.each([
		['missing', 'set_output_power', {}],
		['another type', 'set_output_power', { power: '3000' }],
		['not an integer', 'set_output_power', { power: 3000.5 }],
		['below the minimum', 'set_output_power', { power: 499 }],
		['above the maximum', 'set_output_power', { power: 4001 }],
	])('the device fails for an invalid argument: %s', async (_what, name, args) => {
		const { state, response } = await executed('example-fuel-cell', name, args);
		expect(state).toBe('ERROR');
		expect(response?.payload).toMatchObject({ code: 'invalid_argument' });
	});

	test('the device fails for a value outside its enumeration', async () => {
		expect(await executed('example-battery', 'set_mode', { mode: 'turbo' })).toMatchObject({
			state: 'ERROR',
			response: { payload: { reason: 'mode must be one of auto, charge, discharge, idle' } },
		});
	});

	test('an integer enumeration in source form accepts integers', async () => {
		await executed('example-weather-station', 'set_reporting', { interval: 600 });
		expect(await properties('example-weather-station')).toMatchObject({ reporting_interval: 600 });
	});

	test('hides sensitive arguments', async () => {
		const { id, request } = await executed('example-weather-station', 'configure_wifi', {
			ssid: 'plant-2',
			password: 'correct horse',
		});
		expect(request.arguments).toEqual({ ssid: 'plant-2', password: '***' });
		expect(JSON.stringify(stage.emulator.executions.find(id))).not.toContain('correct horse');
		expect(await properties('example-weather-station')).toMatchObject({ ssid: 'plant-2' });
	});

	test.each([
		['readonly', 'example-fuel-cell', 'start'],
		['user', 'example-battery', 'set_soc_limits'],
		['owner', 'example-fuel-cell', 'clear_faults'],
		['installer', 'example-electrolyser', 'unlock_service'],
	] as const)('%s is below the access level: 403, and no execution', async (role, device, name) => {
		const response = await execute(device, name, {}, { token: stage.emulator.tokens[role] });
		expect(response.status).toBe(403);
		expect(errorOf(response).code).toBe('forbidden');
		expect(stage.emulator.executions.all).toEqual([]);
	});

	test('USER can execute a command without an access level', async () => {
		const { user } = stage.emulator.tokens;
		expect((await executed('example-fuel-cell', 'start', {}, { token: user })).state).toBe('SUCCESS');
	});

	test.each<[string, number, string, unknown]>([
		['an unknown command', 422, 'example-fuel-cell', { name: 'dance' }],
		['a property of Object.prototype', 422, 'example-fuel-cell', { name: 'constructor' }],
		['a device without commands', 422, 'example-ucm', { name: 'start' }],
		['no command', 400, 'example-fuel-cell', {}],
		['arguments that are not an object', 400, 'example-fuel-cell', { name: 'start', arguments: [] }],
		['an unknown device', 404, 'unknown', { name: 'start' }],
	])('rejects %s: %i', async (_what, status, device, body) => {
		const response = await stage.send('POST', `/v3/devices/${device}/execute_command`, { body });
		expect(response.status).toBe(status);
		expect(stage.emulator.executions.all).toEqual([]);
	});

	test('a simple command takes less than a second by default', async () => {
		expect((await stageDefaults()).duration).toBeLessThan(1000);
	});
});

async function stageDefaults(): Promise<{ duration: number }> {
	const other = await createStage();
	const { duration } = other.emulator.executions;
	await other.close();
	return { duration };
}

describe('running executions', () => {
	const start = { name: 'start' };

	test('do not end while they are held', async () => {
		const hold = stage.emulator.executions.hold({ device: 'example-fuel-cell' });
		const response = execute('example-fuel-cell', 'start');
		await until(() => hold.executions.length === 1);
		const [held] = await list('/v3/devices/example-fuel-cell/command_executions');
		expect(held).toMatchObject({ state: 'IN_PROGRESS', response: { state: 'STARTED' } });
		expect((await executed('example-battery', 'set_mode', { mode: 'idle' })).state).toBe('SUCCESS');
		hold.release();
		expect((await response).json).toMatchObject({ execution: { id: held?.id, state: 'SUCCESS' } });
		expect((await executed('example-fuel-cell', 'stop')).state).toBe('SUCCESS');
	});

	test.each([
		[{ error: { code: 'E7', reason: 'Door open' } }, 'ERROR'],
		[{ state: 'TIMEOUT' }, 'TIMEOUT'],
		[{ state: 'UNSYNC' }, 'UNSYNC'],
		[{ payload: { speed: 7 } }, 'SUCCESS'],
	] as const)('released with %j, end in %s', async (outcome, state) => {
		const hold = stage.emulator.executions.hold({ name: 'start' });
		const response = execute('example-fuel-cell', 'start');
		await until(() => hold.executions.length === 1);
		hold.release(outcome);
		expect((await response).json).toMatchObject({ execution: { state } });
	});

	test('end in UNSYNC if the device goes offline', async () => {
		const hold = stage.emulator.executions.hold();
		const response = execute('example-fuel-cell', 'start');
		await until(() => hold.executions.length === 1);
		stage.emulator.fleet.simulate('example-fuel-cell', { connectivity: 'OFFLINE' });
		hold.release();
		expect((await response).json).toMatchObject({ execution: { state: 'UNSYNC' } });
	});

	test('have intermediate responses if they are long', async () => {
		const { log } = await executed('example-gas-detector', 'self_test', {}, { query: '?expand=log' });
		expect(log).toMatchObject([
			{ state: 'SUCCEEDED', payload: { result: 'passed' } },
			{ state: 'IN_PROGRESS', payload: { progress: 67 } },
			{ state: 'IN_PROGRESS', payload: { progress: 33 } },
			{ state: 'IN_PROGRESS', payload: { progress: 0 } },
			{ state: 'STARTED' },
		]);
	});

	test('end after their duration', async () => {
		stage.emulator.executions.duration = 1;
		const { json } = await stage.send('POST', '/v3/devices/example-fuel-cell/command_executions', {
			body: start,
		});
		const { execution_id } = json as { execution_id: string };
		const [execution] = stage.emulator.executions.all;
		if (execution?.id !== execution_id) throw new Error('another execution was started');
		expect(execution.state).toBe('IN_PROGRESS');
		await stage.emulator.executions.ended(execution);
		expect(execution.state).toBe('SUCCESS');
	});

	test('reset releases held executions and does not remove them', async () => {
		stage.emulator.executions.hold();
		const response = execute('example-fuel-cell', 'start');
		await until(() => stage.emulator.executions.all.length === 1);
		stage.emulator.reset();
		expect((await response).json).toMatchObject({ execution: { state: 'SUCCESS' } });
		expect(stage.emulator.executions.all).toHaveLength(1);
		stage.emulator.executions.clear();
		expect(stage.emulator.executions.all).toEqual([]);
	});

	test('do not prevent the emulator from closing', async () => {
		stage.emulator.executions.hold();
		const unfinished = expect(execute('example-fuel-cell', 'start')).rejects.toMatchObject({
			code: 'UND_ERR_SOCKET',
		});
		await until(() => stage.emulator.executions.all.length === 1);
		await stage.emulator.close();
		await unfinished;
	});
});

describe('faults', () => {
	test.each([
		['reset-before', 0],
		['reset-during', 1],
		['reset-after', 1],
		['status', 0],
	] as const)('%s: %i executions exist afterwards', async (kind, count) => {
		stage.emulator.addFault({ kind, match: { method: 'POST' } });
		await execute('example-fuel-cell', 'start').catch(() => undefined);
		const found = await list('/v3/devices/example-fuel-cell/command_executions?name.in=start');
		expect(found).toHaveLength(count);
	});

	test('reset-during does not stop the command', async () => {
		const hold = stage.emulator.executions.hold();
		stage.emulator.addFault({ kind: 'reset-during', match: { method: 'POST' } });
		await expect(execute('example-fuel-cell', 'start')).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
		const path = '/v3/devices/example-fuel-cell/command_executions';
		expect(await list(path)).toMatchObject([{ state: 'IN_PROGRESS' }]);
		hold.release();
		expect(await list(path)).toMatchObject([{ state: 'SUCCESS' }]);
	});

	test('an aborted request does not stop the command', async () => {
		const hold = stage.emulator.executions.hold();
		const patience = new AbortController();
		const response = execute('example-fuel-cell', 'start', {}, { signal: patience.signal });
		const failed = expect(response).rejects.toMatchObject({ name: 'AbortError' });
		await until(() => hold.executions.length === 1);
		patience.abort();
		await failed;
		await until(() => stage.emulator.stats.inFlight === 0);
		hold.release();
		expect(stage.emulator.executions.all).toMatchObject([{ state: 'SUCCESS' }]);
	});
});

describe('command_executions', () => {
	const path = '/v3/devices/example-fuel-cell/command_executions';

	test('POST responds with the ID at once; GET returns the execution, with its log on request', async () => {
		const hold = stage.emulator.executions.hold();
		const { json } = await stage.send('POST', path, { body: { name: 'start', arguments: {} } });
		const [held] = hold.executions;
		expect(json).toEqual({ execution_id: held?.id });
		const one = await stage.send('GET', `${path}/${held?.id}`);
		expect(one.json).toMatchObject({ execution: { id: held?.id, state: 'IN_PROGRESS' } });
		expect(one.json).not.toHaveProperty('execution.log');
		expect((await stage.send('GET', `${path}/${held?.id}?expand=log`)).json).toMatchObject({
			execution: { log: [{ state: 'STARTED' }] },
		});
	});

	test('GET responds with 404 for an unknown execution and for one of another device', async () => {
		const { id } = await executed('example-battery', 'set_mode', { mode: 'idle' });
		for (const unknown of [id, 'unknown']) {
			expect((await stage.send('GET', `${path}/${unknown}`)).status).toBe(404);
		}
	});

	test('an ephemeral execution is not listed but found by its ID', async () => {
		const { json } = await stage.send('POST', path, { body: { name: 'start', ephemeral: true } });
		const { execution_id } = json as { execution_id: string };
		expect(await list(path)).toEqual([]);
		expect((await stage.send('GET', `${path}/${execution_id}`)).status).toBe(200);
	});

	describe('lists', () => {
		let created: ExecutionShown[];
		let site: string;

		beforeEach(async () => {
			site = `/v3/sites/${stage.emulator.fleet.get('example-fuel-cell').site_id}/commands/executions`;
			created = [
				await executed('example-fuel-cell', 'start'),
				await executed('example-battery', 'switch_mode', { mode: 'charge' }),
				await executed('example-fuel-cell', 'set_output_power', { power: 1 }),
				await executed('example-fuel-cell', 'stop'),
			];
		});

		const numbers = async (url: string) =>
			(await list(url)).map(({ id }) => created.findIndex((execution) => execution.id === id));

		test('executions of a device, oldest or newest first', async () => {
			expect(await numbers(path)).toEqual([0, 2, 3]);
			expect(await numbers(`${path}?order=CREATED_AT_DESC`)).toEqual([3, 2, 0]);
		});

		test('executions of a site, and of some of its devices', async () => {
			expect(await numbers(site)).toEqual([0, 1, 2, 3]);
			expect(await numbers(`${site}?device_id.in=${idOf('example-battery')},unknown`)).toEqual([1]);
			const { site_id } = stage.emulator.fleet.get(DETECTOR);
			expect(await list(`/v3/sites/${site_id}/commands/executions`)).toEqual([]);
		});

		test('filters by state, by name or alias, and by time', async () => {
			expect(await numbers(`${site}?state.in=ERROR,TIMEOUT`)).toEqual([2]);
			expect(await numbers(`${site}?name.in=start,stop`)).toEqual([0, 3]);
			expect(await numbers(`${site}?name.in=set_mode`)).toEqual([1]);
			const [second, last] = [created[1]?.created_at, created[3]?.created_at];
			expect(await numbers(`${site}?created_at.gte=${second}&created_at.lt=${last}`)).toEqual([1, 2]);
			const utc = encodeURIComponent(String(second).replace('Z', '+00:00'));
			expect(await numbers(`${site}?created_at.gte=${utc}`)).toEqual([1, 2, 3]);
		});

		test('has pages, and an empty page past the end', async () => {
			expect(await numbers(`${site}?offset=1&limit=2`)).toEqual([1, 2]);
			expect(await numbers(`${site}?offset=4`)).toEqual([]);
		});

		test('includes the log on request', async () => {
			const [first] = await list(`${path}?expand=log`);
			expect(first?.log?.at(-1)).toMatchObject({ state: 'STARTED' });
		});

		test.each(['order=NEWEST', 'state.in=DONE', 'created_at.gte=yesterday', 'expand=site'])(
			'rejects %s',
			async (query) => {
				const response = await stage.send('GET', `${path}?${query}`);
				expect(response.status).toBe(400);
				expect(errorOf(response).code).toBe('invalid_query_parameter_format');
			},
		);
	});
});

describe('manifests', () => {
	const manifests = () => [...stage.emulator.fleet.blueprints.values()].map(({ manifest }) => manifest);
	const commands = () => manifests().flatMap(({ commands: all }) => Object.values(all ?? {}));
	const commandArguments = () => commands().flatMap(({ arguments: all }) => Object.values(all ?? {}));

	test('have arguments of every type, and one of an unknown type', () => {
		expect(new Set(commandArguments().map(({ type }) => type))).toEqual(
			new Set(['string', 'integer', 'float', 'boolean', 'json', 'array_of_strings', 'time_range']),
		);
	});

	test('have enumerations as lists, as maps, and compiled', () => {
		const forms = commandArguments().flatMap(({ enum: values, enum_with_metainfo: compiled }) =>
			values === undefined ? [] : [compiled ? 'compiled' : Array.isArray(values) ? 'list' : 'map'],
		);
		expect(new Set(forms)).toEqual(new Set(['compiled', 'list', 'map']));
	});

	test('have confirmations of each severity, all access levels, and sections that are missing or null', () => {
		expect(new Set(commands().map(({ confirmation }) => confirmation?.severity))).toEqual(
			new Set(['info', 'warning', undefined]),
		);
		expect(new Set(commands().map(({ access_level }) => access_level))).toEqual(
			new Set(['user', 'owner', 'installer', 'vendor', 'system', undefined]),
		);
		expect(new Set(manifests().map(({ commands: all }) => (all ? 'some' : all)))).toEqual(
			new Set(['some', null, undefined]),
		);
	});

	test('declare the group of every command', () => {
		for (const { commands: all, command_groups: groups } of manifests()) {
			for (const { group } of groups ? Object.values(all ?? {}) : []) expect(groups).toHaveProperty(group);
		}
	});

	test('are compiled like those of the platform', () => {
		const battery = stage.emulator.fleet.get('example-battery');
		const manifest = stage.emulator.fleet.blueprints.get(battery.blueprint_id)?.manifest as Manifest;
		expect(manifest.blueprint_spec).toBe('device_compiled/3.0');
		expect(manifest.telemetry).toMatchObject({
			alerts: { type: 'alerts' },
			alert_details: { type: 'object' },
			mode: { access_level: 'readonly', aliases: [], enum: ['auto', 'charge', 'discharge', 'idle'] },
		});
		expect(manifest.alerts).toHaveProperty('not_configured');
		expect(manifest.units).toHaveProperty('%');
		expect(manifest.commands?.['set_mode']).toMatchObject({
			access_level: 'user',
			arguments: {
				mode: {
					enum: ['auto', 'charge', 'discharge', 'idle'],
					enum_with_metainfo: expect.arrayContaining([{ value: 'charge', display_name: 'Charge' }]),
				},
			},
		});
	});

	test('declare exactly the attributes of the devices, and only commands that exist', () => {
		for (const { manifest, behavior } of stage.emulator.fleet.blueprints.values()) {
			const declared = Object.keys(manifest.telemetry ?? {}).filter((name) => !name.startsWith('alert'));
			expect(Object.keys(behavior.telemetry).sort()).toEqual(declared.sort());
			expect(Object.keys(behavior.commands)).toEqual(
				expect.arrayContaining(Object.keys(manifest.commands ?? {})),
			);
		}
	});
});

import { createFleet } from '../../emulator/fleet.mts';
import type { Manifest } from '../../emulator/model.mts';
import { createStage, type Stage } from './emulator-client.mts';

let stage: Stage;

beforeEach(async () => {
	stage = await createStage({ fleet: createFleet({ devices: 30, examples: true }) });
	stage.emulator.executions.duration = 0;
});

afterEach(() => stage.close());

interface Execution {
	state: string;
	response: { payload: Record<string, unknown> };
}

async function execute(device: string, name: string, args: object = {}): Promise<Execution> {
	const body = { name, arguments: args };
	const { json } = await stage.send('POST', `/v3/devices/${device}/execute_command`, { body });
	return (json as { execution: Execution }).execution;
}

const manifests = () => [...stage.emulator.fleet.blueprints.values()].map(({ manifest }) => manifest);

function manifestOf(device: string): Manifest {
	const { blueprint_id } = stage.emulator.fleet.get(device);
	return manifests()[[...stage.emulator.fleet.blueprints.keys()].indexOf(blueprint_id)] as Manifest;
}

describe.each(['example-battery', 'example-electrolyser', 'battery-storage-1', 'electrolyser-1'])(
	'%s has settings that one command reads and another one writes',
	(device) => {
		beforeEach(() => stage.emulator.fleet.simulate(device, { connectivity: 'ONLINE' }));

		test('read_settings returns every argument, more keys, and a null', async () => {
			const { populate_values_command: read, arguments: args } =
				manifestOf(device).commands?.['write_settings'] ?? {};
			expect(read).toBe('read_settings');
			const { state, response } = await execute(device, 'read_settings');
			expect(state).toBe('SUCCESS');
			const names = Object.keys(args ?? {});
			expect(Object.keys(response.payload)).toEqual(expect.arrayContaining(names));
			expect(Object.keys(response.payload).length).toBeGreaterThan(names.length);
			expect(Object.values(response.payload)).toContain(null);
		});

		test('write_settings accepts the values that were read, with one changed', async () => {
			const { payload } = (await execute(device, 'read_settings')).response;
			const declared = manifestOf(device).commands?.['write_settings']?.arguments ?? {};
			const current = Object.fromEntries(
				Object.entries(payload).filter(([name, value]) => Object.hasOwn(declared, name) && value !== null),
			);
			const [name, value] = Object.entries(current).find(([, it]) => typeof it === 'boolean') ?? [];
			const written = await execute(device, 'write_settings', { ...current, [name ?? '']: !value });
			expect(written.state).toBe('SUCCESS');
			const { payload: changed } = (await execute(device, 'read_settings')).response;
			expect(changed).toMatchObject({ ...current, [name ?? '']: !value });
			expect((await execute(device, 'write_settings', { [name ?? '']: value })).state).toBe('ERROR');
		});
	},
);

test('an empty string sets the default', async () => {
	const { payload } = (await execute('example-battery', 'read_settings')).response;
	const { bms_version: _version, last_error: _error, schedule: _schedule, ...current } = payload;
	await execute('example-battery', 'write_settings', { ...current, label: 'Cellar' });
	await execute('example-battery', 'write_settings', { ...current, label: '' });
	expect((await execute('example-battery', 'read_settings')).response.payload).toMatchObject({
		label: 'BYD LVL',
	});
});

test('arguments have descriptions, and defaults written as text', () => {
	const all = manifests().flatMap(({ commands }) =>
		Object.values(commands ?? {}).flatMap((command) => Object.values(command.arguments ?? {})),
	);
	for (const part of ['mV', '1-247', 'hex', 'eave empty']) {
		expect(all.some(({ description }) => description?.includes(part))).toBe(true);
	}
	expect(all).toContainEqual(expect.objectContaining({ type: 'boolean', default: 'false' }));
});

test('alerts are declared with all fields, of every severity', () => {
	const { alerts = {} } = manifestOf('example-battery');
	expect(alerts?.['soc_low']).toEqual({
		display_name: 'Low State of Charge',
		severity: 'warning',
		code: expect.any(String),
		grace_period: expect.any(String),
		description: expect.any(String),
		troubleshooting: [expect.any(String), expect.any(String)],
		telemetry: ['battery_soc', 'battery_power'],
		components: [expect.any(String)],
		conditions: [expect.any(String)],
	});
	expect(new Set(Object.values(alerts ?? {}).map(({ severity }) => severity))).toEqual(
		new Set(['info', 'warning', 'error']),
	);
});

test('aliases and profiles of an attribute are strings or lists in source form, and lists in compiled form', () => {
	const forms = (manifest: Manifest) =>
		Object.values(manifest.telemetry ?? {}).flatMap(({ implements: profiles, aliases }) =>
			[profiles, aliases].map((names) => (Array.isArray(names) ? 'list' : typeof names)),
		);
	expect(forms(manifestOf('example-weather-station'))).toEqual(
		expect.arrayContaining(['list', 'string', 'undefined']),
	);
	const compiled = manifestOf('example-battery');
	expect(compiled.telemetry?.['battery_soc']).toMatchObject({
		implements: ['energy.battery.soc'],
		aliases: ['soc'],
	});
	expect(forms(compiled)).not.toContain('string');
});

test('an alias written as a string finds its attribute, a part of it does not', async () => {
	const query = 'attribute.in=outdoor_temperature,outdoor';
	const { json } = await stage.send('GET', `/v3/devices/example-weather-station/telemetry?${query}`);
	expect(Object.keys((json as { telemetry: object }).telemetry)).toEqual(['outdoor_temperature']);
});

test('manifests have the symbols of the units they use', () => {
	expect(manifestOf('example-battery').units).toMatchObject({
		Cel: { symbol: '°C' },
		mV: { symbol: 'mV' },
		A: { symbol: 'A' },
	});
	expect(manifestOf('example-weather-station').units).toMatchObject({ 'W/m2': { symbol: 'W/m²' } });
});

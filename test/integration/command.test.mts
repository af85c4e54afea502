import type { IDataObject, INode, INodeTypeDescription } from 'n8n-workflow';
import { NodeHelpers } from 'n8n-workflow';

import type { Dialect } from '../../emulator/dialect.mts';
import { type Emulator, type Fault, startEmulator } from '../../emulator/server.mts';
import { EnapterDevice } from '../../nodes/EnapterDevice/EnapterDevice.node.ts';
import {
	declare,
	execute as executeOn,
	type Execution,
	fails as failsOn,
	json,
	requestsOf,
	writesOf,
} from '../support/commands.mts';
import { runAsTool } from '../support/engine.mts';
import { byId } from '../support/locators.mts';
import { PassingTime } from '../support/passingTime.mts';

const FUEL_CELL = 'fuel-cell-1';
const BATTERY = 'battery-storage-1';
const ELECTROLYSER = 'electrolyser-1';
const WEATHER = 'weather-station-1';
const OFFLINE = 'power-meter-2';

let emulator: Emulator;
let time: PassingTime;

beforeEach(async () => {
	time = new PassingTime();
	emulator = await startEmulator();
	emulator.executions.duration = 0;
	emulator.executions.timeout = 0;
});

afterEach(async () => {
	time.restore();
	await emulator.close();
});

const execute = async (device: string, command: string, args: unknown = {}, more: Execution = {}) =>
	await executeOn(emulator, device, command, args, more);
const fails = async (device: string, command: string, args: unknown = {}, more: Execution = {}) =>
	await failsOn(emulator, device, command, args, more);
const methods = () => requestsOf(emulator);
const writes = () => writesOf(emulator);
const hintsOf = ({ hints }: { hints: Array<{ message: string }> }) => hints.map(({ message }) => message);
const fault = (more: Partial<Fault> & Pick<Fault, 'kind'>): Fault => ({
	match: { method: 'POST' },
	times: 1,
	...more,
});
const idOf = (slug: string) => emulator.fleet.get(slug).id;
const LIST = { method: 'GET', path: 'command_executions?' };
const untilHeld = async (hold: { executions: readonly unknown[] }, count = 1) => {
	while (hold.executions.length < count) await new Promise((resolve) => setImmediate(resolve));
};

describe('a command that is executed', () => {
	test('changes the device, and its execution is output as the API sends it, with both names', async () => {
		const { output } = await execute(BATTERY, 'set_mode', { mode: 'charge' });
		expect(json(output)).toEqual([
			{
				id: emulator.executions.all[0]?.id,
				device_id: idOf(BATTERY),
				state: 'SUCCESS',
				created_at: expect.any(String),
				request: { name: 'set_mode', manifest_name: 'set_mode', arguments: { mode: 'charge' } },
				response: { state: 'SUCCEEDED', payload: { mode: 'charge' }, received_at: expect.any(String) },
				device_name: 'Battery storage 1',
				command_display_name: 'Set Mode',
			},
		]);
		expect(output[0]?.pairedItem).toEqual({ item: 0 });
		expect(emulator.fleet.settings(BATTERY)).toMatchObject({ mode: 'charge' });
	});

	test('takes two requests for one device: the device with its manifest, and the command', async () => {
		await execute(BATTERY, 'set_mode', { mode: 'charge' });
		expect(methods()).toEqual([
			`GET /v3/devices/${BATTERY}`,
			`POST /v3/devices/${idOf(BATTERY)}/execute_command`,
		]);
		expect(emulator.requests[0]?.path).toContain('expand=connectivity%2Cmanifest');
	});

	test('may be given by an alias', async () => {
		const { output } = await execute(BATTERY, 'switch_mode', { mode: 'idle' });
		expect(json(output)).toMatchObject([{ state: 'SUCCESS', request: { manifest_name: 'set_mode' } }]);
	});

	test('has its log on request, and is ephemeral on request', async () => {
		const options = { log: true, ephemeral: true };
		const { output } = await execute(FUEL_CELL, 'start', {}, { parameters: { options } });
		expect(json(output)).toMatchObject([
			{ log: [{ state: 'SUCCEEDED' }, { state: 'IN_PROGRESS' }, {}, { state: 'STARTED' }] },
		]);
		expect(emulator.executions.all[0]?.ephemeral).toBe(true);
	});

	test('is followed until it has ended if the API responds before', async () => {
		const hold = emulator.executions.hold();
		const run = execute(FUEL_CELL, 'start', {}, { parameters: { options: { waitForCompletion: false } } });
		const [started] = json((await run).output);
		emulator.addFault(fault({ kind: 'status', status: 200, body: { execution: started } }));
		time.onWait = () => {
			if (time.waits.length === 6) hold.release();
		};
		const { output } = await execute(FUEL_CELL, 'start');
		expect(json(output)).toMatchObject([{ id: started?.['id'], state: 'SUCCESS' }]);
		expect(writes()).toHaveLength(2);
	});

	test('that the device refuses fails with its reason and code', async () => {
		const { message, description } = await fails(
			ELECTROLYSER,
			'write_config',
			{ max_pressure: 20, restart_pressure: 30 },
			{ credential: { apiToken: emulator.tokens.installer, baseUrl: emulator.baseUrl } },
		);
		expect(message).toBe(
			'Electrolyser 1 reports that Write Configuration failed: The restart pressure must be below the maximum pressure.',
		);
		expect(description).toMatch(
			/The device itself reported this\..* Code config_invalid\. Execution [\w-]+\./,
		);
	});

	test('that the device never answers to the end fails with its last answer', async () => {
		const { message, description } = await fails(ELECTROLYSER, 'run_diagnostics');
		expect(message).toBe('Electrolyser 1 did not answer Run Diagnostics in time.');
		expect(description).toMatch(
			/Check the device .*Last answer of the device: STARTED at .* Execution [\w-]+\. It is unknown whether/,
		);
	});

	test('that Enapter loses track of fails', async () => {
		const { message, description } = await fails('electrolyser-2', 'start');
		expect(message).toBe('Enapter lost track of Start Production on Electrolyser 2.');
		expect(description).toMatch(/The device has not answered at all\. State UNSYNC\. Execution/);
	});

	test.each([['REJECTED'], ['rejected'], [undefined]])(
		'that ends in the unknown state %j fails',
		async (state) => {
			emulator.addFault(fault({ kind: 'body', body: { execution: { id: 'x', state } } }));
			const { message, description } = await fails(FUEL_CELL, 'start');
			expect(message).toBe('The result of Start on Fuel cell 1 is unclear.');
			expect(description).toContain(`State ${state?.toUpperCase() ?? 'missing'}. Execution x.`);
		},
	);

	test('may have its state in lower case', async () => {
		emulator.addFault(fault({ kind: 'body', body: { execution: { id: 'x', state: 'success' } } }));
		expect(json((await execute(FUEL_CELL, 'start')).output)).toMatchObject([{ id: 'x', state: 'success' }]);
	});

	test('is output as it was started if it is not waited for', async () => {
		const hold = emulator.executions.hold();
		const options = { waitForCompletion: false };
		const { output } = await execute(FUEL_CELL, 'start', {}, { parameters: { options } });
		expect(json(output)).toMatchObject([
			{ id: hold.executions[0]?.id, state: 'IN_PROGRESS', command_display_name: 'Start' },
		]);
	});

	test('that is still running and not waited for keeps the run from sending another one to its device', async () => {
		emulator.executions.hold({ device: FUEL_CELL });
		const { output } = await execute(
			'={{ $json.device }}',
			'start',
			{},
			{
				items: [{ device: FUEL_CELL }, { device: FUEL_CELL }],
				onError: 'continueRegularOutput',
				parameters: { options: { waitForCompletion: false } },
			},
		);
		expect(json(output)).toMatchObject([
			{ state: 'IN_PROGRESS' },
			{
				error:
					'Start was not sent to Fuel cell 1 because of an earlier command. Start may still be running on Fuel cell 1. [item 1]',
			},
		]);
		expect(writes()).toHaveLength(1);
	});

	test('is output by its ID if it was started and cannot be read', async () => {
		emulator.addFault({ kind: 'status', status: 500, match: { method: 'GET', path: 'command_executions/' } });
		const options = { waitForCompletion: false };
		const { output } = await execute(FUEL_CELL, 'start', {}, { parameters: { options } });
		expect(json(output)).toMatchObject([{ id: emulator.executions.all[0]?.id, device_id: idOf(FUEL_CELL) }]);
	});

	test('has two minutes by default', () => {
		const { properties } = new EnapterDevice().description;
		const options = properties.find(
			({ name, displayOptions }) =>
				name === 'options' && displayOptions?.show?.['operation']?.[0] === 'execute',
		)?.options;
		expect(options?.find(({ name }) => name === 'timeout')).toMatchObject({ default: 120_000 });
	});

	test('is not repeated by Retry On Fail', async () => {
		const { error } = await execute(
			FUEL_CELL,
			'start',
			{},
			{ nodeSettings: { retryOnFail: true, waitBetweenTries: 1 } },
		);
		expect(error?.message).toBe('Execute does not work with Retry On Fail. Nothing was sent.');
		expect(emulator.requests).toEqual([]);
	});
});

describe('a device that is offline', () => {
	test('is said in the message of a command without answer', async () => {
		const { message, description } = await fails(OFFLINE, 'read_ct_ratio');
		expect(message).toEqual(
			expect.stringMatching(/^Power meter 2 did not answer .* in time\. Power meter 2 is offline\.$/),
		);
		expect(description).toContain('The device has not answered at all.');
		expect(`${message} ${description}`).not.toContain('still running');
	});

	test('is said in any case of its status', async () => {
		const { device } = await deviceWithManifest(FUEL_CELL);
		emulator.addFault({
			kind: 'body',
			match: { method: 'GET' },
			body: { device: { ...device, connectivity: { status: 'offline' } } },
			times: 1,
		});
		emulator.addFault(fault({ kind: 'body', body: { execution: { id: 'x', state: 'TIMEOUT' } } }));
		expect((await fails(FUEL_CELL, 'start')).message).toContain('Fuel cell 1 is offline.');
	});

	test.each([[{}], [null], [undefined]])('is not said if connectivity is %j', async (connectivity) => {
		const { device } = await deviceWithManifest(FUEL_CELL);
		const body = { device: { ...device, connectivity } };
		emulator.addFault({ kind: 'body', match: { method: 'GET' }, body, times: 1 });
		emulator.addFault(fault({ kind: 'body', body: { execution: { id: 'x', state: 'TIMEOUT' } } }));
		expect((await fails(FUEL_CELL, 'start')).message).toBe('Fuel cell 1 did not answer Start in time.');
	});

	test('is said in one hint if its commands were only started', async () => {
		for (const device of [FUEL_CELL, BATTERY]) emulator.fleet.simulate(device, { connectivity: 'OFFLINE' });
		const result = await execute('={{ $json.device }}', '={{ $json.command }}', '={{ $json.args }}', {
			items: [
				{ device: FUEL_CELL, command: 'start', args: {} },
				{ device: BATTERY, command: 'set_mode', args: { mode: 'idle' } },
				{ device: ELECTROLYSER, command: 'read_config', args: {} },
			],
			parameters: { options: { waitForCompletion: false } },
		});
		expect(hintsOf(result)).toEqual([
			'Offline when a command was sent: Fuel cell 1 and Battery storage 1. Check that it was received.',
		]);
	});

	test('does not delay commands to other devices', async () => {
		const hold = emulator.executions.hold();
		const run = execute(
			'={{ $json.device }}',
			'start',
			{},
			{
				items: [{ device: FUEL_CELL }, { device: ELECTROLYSER }],
				parameters: { options: { maxConcurrency: 1 } },
			},
		);
		// The second is sent although the first one has not ended.
		await untilHeld(hold, 2);
		hold.release();
		expect(json((await run).output)).toMatchObject([{ state: 'SUCCESS' }, { state: 'SUCCESS' }]);
		expect(time.waits).toContain(1000);
	});
});

const confirmed: Execution = { parameters: { options: { confirm: true } } };

/** The response to a request for a device with its manifest. */
async function deviceWithManifest(slug: string) {
	const response = await fetch(`${emulator.baseUrl}/v3/devices/${slug}?expand=manifest`, {
		headers: { 'X-Enapter-Auth-Token': emulator.tokens.owner },
	});
	emulator.requests.length = 0;
	return (await response.json()) as { device: IDataObject };
}

describe('before the first command is sent', () => {
	test('many items are checked with one read per blueprint, and the list of devices', async () => {
		const devices = [ELECTROLYSER, 'electrolyser-3', FUEL_CELL, ELECTROLYSER];
		const command = (device: string) => (device === FUEL_CELL ? 'start' : 'read_config');
		const { output } = await execute(
			'={{ $json.device }}',
			'={{ $json.command }}',
			{},
			{
				items: devices.map((device) => ({ device, command: command(device) })),
			},
		);
		expect(json(output).map(({ state }) => state)).toEqual(devices.map(() => 'SUCCESS'));
		const first = emulator.requests.findIndex(({ method }) => method === 'POST');
		const reads = emulator.requests.slice(0, first).map(({ path }) => path.includes('manifest'));
		expect(reads).toEqual([false, true, true]);
		expect(emulator.requests).toHaveLength(3 + devices.length);
	});

	test('two devices are read once each', async () => {
		await execute(
			'={{ $json.device }}',
			'start',
			{},
			{
				items: [{ device: FUEL_CELL }, { device: ELECTROLYSER }, { device: FUEL_CELL }],
			},
		);
		expect(emulator.requests.filter(({ method }) => method === 'GET')).toHaveLength(2);
	});

	test('an item that cannot be executed stops all', async () => {
		const { message, description } = await fails(BATTERY, 'set_mode', '={{ { "mode": $json.mode } }}', {
			items: [{ mode: 'charge' }, { mode: 'discharged' }, { mode: 'idle' }, { mode: 1 }],
		});
		expect(message).toBe(
			'Set Mode was not sent to Battery storage 1: Mode must be one from (auto, charge, discharge, idle), not "discharged". [item 1]',
		);
		expect(description).toMatch(/Nothing was changed\. .*: item 3\./);
		expect(writes()).toEqual([]);
	});

	test('only commands that cannot be executed fail in Continue', async () => {
		const { output, errorOutput } = await execute(BATTERY, 'set_mode', '={{ { "mode": $json.mode } }}', {
			items: [{ mode: 'charge' }, { mode: 'no' }],
			onError: 'continueErrorOutput',
		});
		expect(output).toHaveLength(1);
		expect(errorOutput[0]?.json).toMatchObject({ mode: 'no', error: expect.stringContaining('Set Mode') });
	});

	test('a command that the device does not have is refused, and its commands are listed', async () => {
		const { message, description } = await fails(FUEL_CELL, 'strat');
		expect(message).toBe('Fuel cell 1 has no command "strat".');
		expect(description).toContain(
			'Its commands: Start (start), Stop (stop), Set Output Power (set_output_power) and Clear Faults (clear_faults).',
		);
	});

	test('a blueprint without commands says so', async () => {
		expect((await fails('ucm-2', 'start')).description).toContain('Its blueprint declares no commands.');
	});

	test('a device without a manifest says so', async () => {
		emulator.addFault({ kind: 'body', body: { device: { id: 'x', manifest: {} } } });
		const { message } = await fails('x', 'start');
		expect(message).toBe(
			'"start" was not sent to x: the device has no manifest, so its commands are unknown.',
		);
		expect(writes()).toEqual([]);
	});

	test('a manifest that cannot be read says so', async () => {
		const status = { kind: 'status', status: 403, match: { path: 'expand=manifest' } } as const;
		emulator.addFault({ ...status, body: { errors: [{ message: 'Access denied.' }] } });
		const { message } = await fails(
			'={{ $json.device }}',
			'start',
			{},
			{
				items: [{ device: FUEL_CELL }, { device: ELECTROLYSER }, { device: BATTERY }],
			},
		);
		expect(message).toMatch(
			/^"start" was not sent to Fuel cell 1: the commands of the device could not be read: .*Access denied/,
		);
		expect(writes()).toEqual([]);
	});

	test('a device that does not exist says so', async () => {
		expect((await fails('no-such-device', 'start')).message).toBe('Device "no-such-device" was not found.');
	});

	test('a device is named as it was chosen from the list until it was read', async () => {
		const deviceId = { __rl: true, mode: 'list', value: 'gone', cachedResultName: 'Main battery · Site 1' };
		const { message } = await fails('x', 'start', {}, { parameters: { deviceId } });
		expect(message).toBe('Device Main battery was not found.');
	});

	test('a command that needs a higher role is refused with both roles', async () => {
		const { message } = await fails(ELECTROLYSER, 'unlock_service', { code: '1234' });
		expect(message).toBe(
			'Unlock Service Mode was not sent to Electrolyser 1: it needs the role VENDOR, which is higher than OWNER, the role of the API Token.',
		);
		expect(writes()).toEqual([]);
	});

	test('a command that needs confirmation is refused with its question', async () => {
		const { message, description } = await fails(FUEL_CELL, 'stop');
		expect(message).toBe(
			'Stop was not sent to Fuel cell 1: it needs confirmation ("Stop the fuel cell? Another source must then supply its consumers.").',
		);
		expect(description).toMatch(/^To send it, turn on Options → Confirm\./);
		expect(writes()).toEqual([]);
	});

	test('and is executed with Confirm', async () => {
		expect(json((await execute(FUEL_CELL, 'stop', {}, confirmed)).output)).toMatchObject([
			{ state: 'SUCCESS' },
		]);
	});

	test.each([[true], ['Sure?'], [''], [{}], [{ severity: 'info' }], [1], [[]]])(
		'whatever stands under "confirmation" asks: %j',
		async (confirmation) => {
			declare(emulator, FUEL_CELL, 'start', { confirmation });
			expect((await fails(FUEL_CELL, 'start')).message).toContain('needs confirmation');
			expect(writes()).toEqual([]);
		},
	);

	test.each([[false], [null], [undefined]])('except %j', async (confirmation) => {
		declare(emulator, FUEL_CELL, 'start', { confirmation });
		expect(json((await execute(FUEL_CELL, 'start')).output)).toMatchObject([{ state: 'SUCCESS' }]);
	});

	test.each([['={{ true }}'], ["={{ $fromAI('confirm', '', 'boolean') }}"]])(
		'Confirm is not left to an expression: %s',
		async (confirm) => {
			const { message } = await fails(FUEL_CELL, 'stop', {}, { parameters: { options: { confirm } } });
			expect(message).toMatch(/^Confirm must be set in the panel/);
		},
	);
});

describe('a dry run', () => {
	const dryRun = (more: object = {}): Execution => ({ parameters: { options: { dryRun: true, ...more } } });

	test('shows the command with its final arguments, and sends nothing', async () => {
		const result = await execute(BATTERY, 'set_mode', { mode: 'charge' }, dryRun());
		expect(json(result.output)).toEqual([
			{
				dry_run: true,
				id: idOf(BATTERY),
				name: 'Battery storage 1',
				slug: BATTERY,
				connectivity: 'ONLINE',
				command_name: 'set_mode',
				command_display_name: 'Set Mode',
				arguments: { mode: 'charge' },
			},
		]);
		expect(hintsOf(result)).toEqual([
			'Dry run: 1 command would be sent to Battery storage 1. Nothing was changed.',
		]);
		expect(writes()).toEqual([]);
	});

	test('says which devices are offline', async () => {
		emulator.fleet.simulate(BATTERY, { connectivity: 'OFFLINE' });
		const result = await execute(BATTERY, 'set_mode', { mode: 'charge' }, dryRun());
		expect(hintsOf(result)).toEqual([
			'Dry run: 1 command would be sent to Battery storage 1. Offline: Battery storage 1. Nothing was changed.',
		]);
	});

	test('needs no Confirm, and says that the real run does', async () => {
		const result = await execute(
			FUEL_CELL,
			'={{ $json.command }}',
			{},
			{
				...dryRun(),
				items: [{ command: 'stop' }, { command: 'start' }],
			},
		);
		expect(json(result.output).map(({ needs_confirmation: needed }) => needed)).toEqual([true, undefined]);
		expect(hintsOf(result)[0]).toBe(
			'Dry run: 2 commands would be sent to Fuel cell 1. 1 of them needs Options → Confirm. Nothing was changed.',
		);
		expect(writes()).toEqual([]);
	});

	test('with Confirm does not say that it is needed', async () => {
		const { output } = await execute(FUEL_CELL, 'stop', {}, dryRun({ confirm: true }));
		expect(json(output)[0]).not.toHaveProperty('needs_confirmation');
	});

	test('hides sensitive arguments', async () => {
		const args = { ssid: 'plant', password: 'S3cret' };
		const { output } = await execute(WEATHER, 'configure_wifi', args, dryRun());
		expect(json(output)).toMatchObject([{ arguments: { ssid: 'plant', password: '[REDACTED]' } }]);
	});

	test('fails as the real run would', async () => {
		const { message } = await fails(BATTERY, 'set_mode', { mode: 'no' }, dryRun());
		expect(message).toContain('Set Mode was not sent to Battery storage 1: Mode must be');
	});
});

describe('arguments', () => {
	const argumentsOf = async (device: string, name: string, args: unknown, more: Execution = {}) => {
		const { error } = await execute(device, name, args, more);
		if (error !== undefined) throw error;
		return (writes()[0]?.body as { arguments: unknown }).arguments;
	};

	test.each([
		['a whole number written as text', FUEL_CELL, 'set_output_power', { power: '600' }, { power: 600 }],
		['a number written as text', ELECTROLYSER, 'set_production_rate', { rate: '62.5' }, { rate: 62.5 }],
		['a toggle written as text', 'gateway-1', 'set_led', { on: 'False' }, { on: false }],
		[
			'a choice of numbers written as text',
			'hydrogen-detector-1',
			'set_alarm_level',
			{ level: '20' },
			{ level: 20 },
		],
		['a list written as JSON', 'gateway-1', 'ping', { hosts: '["a"]' }, { hosts: ['a'] }],
		[
			'a number for a text',
			FUEL_CELL,
			'set_output_power',
			{ power: 600, reason: 7 },
			{ power: 600, reason: '7' },
		],
	])('%s', async (_what, device, name, args, sent) => {
		expect(await argumentsOf(device, name, args)).toEqual(sent);
	});

	test.each([
		['a text', { power: 'full' }, 'Power must be a whole number, not "full"'],
		['half a number', { power: 600.5 }, 'must be a whole number, not 600.5'],
		['a number in another notation', { power: '0x258' }, 'must be a whole number, not "0x258"'],
		['too little', { power: 499 }, 'must be 500 to 4000 W, not 499'],
		['too much', { power: 4001 }, 'must be 500 to 4000 W, not 4001'],
		['null', { power: null }, 'Power is empty'],
		['blank', { power: ' ' }, 'Power is empty'],
		['nothing', {}, 'Power is required'],
		['an unknown name', { power: 600, pwer: 1 }, 'there is no argument "pwer"'],
		['a name from JavaScript', { power: 600, constructor: 1 }, 'there is no argument "constructor"'],
	])('%s is refused', async (_what, args, reason) => {
		const { message } = await fails(FUEL_CELL, 'set_output_power', args);
		expect(message).toContain('Set Output Power was not sent to Fuel cell 1: ');
		expect(message).toContain(reason);
		expect(writes()).toEqual([]);
	});

	test('everything that is wrong is said at once', async () => {
		const { message, description } = await fails(FUEL_CELL, 'set_output_power', { power: 1, a: 1 });
		expect(message).toMatch(/: there is no argument "a"; Power must be 500 to 4000 W, not 1\./);
		expect(description).toContain('Set Output Power has 2 arguments: power and reason.');
	});

	test.each([
		['{"power": 7615917337495251231}'],
		['={{ { "power": 7615917337495251231 } }}'],
		['={"power": {{ "7615917337495251231" }} }'],
		['{"power": "7615917337495251231"}'],
		['{"power": 600, "reason": 7615917337495251231}'],
	])('a whole number that cannot be sent exactly is refused: %s', async (text) => {
		const { message } = await fails(FUEL_CELL, 'set_output_power', text);
		expect(message).toContain(
			'has too many digits to be sent exactly (the largest whole number is 9007199254740991)',
		);
		expect(writes()).toEqual([]);
	});

	test('also deep inside JSON', async () => {
		const args = '{"network": {"address": "dhcp", "id": [9007199254740993]}}';
		expect((await fails('gateway-1', 'configure_network', args, confirmed)).message).toContain(
			'Network has too many digits',
		);
	});

	test('a text of many digits is sent as it is', async () => {
		const args = '{"power": 600, "reason": "7615917337495251231"}';
		expect(await argumentsOf(FUEL_CELL, 'set_output_power', args)).toEqual({
			power: 600,
			reason: '7615917337495251231',
		});
	});

	test.each([['{"power": 600'], ['[600]'], ['"600"']])('%s is not a JSON object', async (text) => {
		expect((await fails(FUEL_CELL, 'set_output_power', text)).message).toBe(
			'Arguments (JSON) is not a JSON object.',
		);
	});

	test.each([
		['fixed JSON', '{"power": 600, "reason": ""}'],
		['an object', '={{ { power: 600, reason: "" } }}'],
	])('an empty text in %s is sent, to clear a text', async (_what, text) => {
		expect(await argumentsOf(FUEL_CELL, 'set_output_power', text)).toEqual({ power: 600, reason: '' });
	});

	test.each([
		['a text with an expression inside', '={"power": 600, "reason": "{{ $json.nothing }}"}', 'Reason'],
		[
			'an expression that evaluates to nothing',
			'={{ { power: 600, reason: $json.nothing ?? null } }}',
			'Reason',
		],
		['a number', '{"power": ""}', 'Power'],
	])('an empty text in %s is refused', async (_what, text, name) => {
		expect((await fails(FUEL_CELL, 'set_output_power', text)).message).toContain(`${name} is empty`);
	});

	test('an empty text is refused where there are choices', async () => {
		expect((await fails(BATTERY, 'set_mode', '{"mode": ""}')).message).toContain('Mode is empty');
	});

	const form = (value: unknown, schema: unknown[] = []) => ({
		parameters: {
			argumentsMode: 'fields',
			arguments: { mappingMode: 'defineBelow', value, schema, matchingColumns: [] },
		},
	});

	test('are taken from the typed form', async () => {
		expect(await argumentsOf(FUEL_CELL, 'set_output_power', '', form({ power: 700 }))).toEqual({
			power: 700,
		});
	});

	test('that were left blank or removed in the form are not sent', async () => {
		const schema = [{ id: 'reason', removed: true }];
		const value = { power: 700, reason: 'x' };
		expect(await argumentsOf(FUEL_CELL, 'set_output_power', '', form(value, schema))).toEqual({ power: 700 });
		emulator.reset();
		for (const reason of [null, '']) {
			const values = form({ power: 700, reason });
			expect(await argumentsOf(FUEL_CELL, 'set_output_power', '', values)).toEqual({ power: 700 });
		}
	});

	test.each([['={{ $json.nothing }}'], ["={{ '' }}"], ['={{ null }}']])(
		'whose expression evaluates to nothing are refused, not read as 0: %s',
		async (power) => {
			const { message } = await fails(FUEL_CELL, 'set_output_power', '', form({ power }));
			expect(message).toContain('Power is empty');
		},
	);

	describe('that are all optional', () => {
		beforeEach(() => {
			const args = { power: { type: 'integer' }, reason: { type: 'string' } };
			declare(emulator, FUEL_CELL, 'set_output_power', { arguments: args });
		});

		test.each<[string, Record<string, unknown>]>([
			['the form', { argumentsMode: 'fields', arguments: '={{ $json.nothing }}' }],
			...['={{ $json.nothing }}', '={{ null }}', "={{ '' }}"].flatMap(
				(value): Array<[string, Record<string, unknown>]> => [
					[
						`the fields, ${value}`,
						{ argumentsMode: 'fields', arguments: { mappingMode: 'defineBelow', value } },
					],
					[`the JSON, ${value}`, { argumentsMode: 'json', argumentsJson: value }],
				],
			),
		])('are refused where one expression for %s evaluates to nothing', async (_what, parameters) => {
			const { message } = await fails(FUEL_CELL, 'set_output_power', '', { parameters });
			expect(message).toMatch(/^Arguments/);
			expect(writes()).toEqual([]);
		});

		test('may be left out', async () => {
			const nothing = { argumentsMode: 'fields', arguments: { mappingMode: 'defineBelow', value: null } };
			const more = { parameters: nothing };
			expect(await argumentsOf(FUEL_CELL, 'set_output_power', '', more)).toEqual({});
		});
	});

	const mapped = (item: object) => ({
		items: [item],
		parameters: {
			argumentsMode: 'fields',
			arguments: { mappingMode: 'autoMapInputData', value: null, schema: [] },
		},
	});

	test('are mapped automatically from the fields of the item that the command knows', async () => {
		const more = mapped({ device: FUEL_CELL, power: '900', colour: 'red' });
		expect(await argumentsOf(FUEL_CELL, 'set_output_power', '', more)).toEqual({ power: 900 });
	});

	test.each([
		[{ type: 'integer', min: 1, max: 247 }, '93fb32c7-b7b7-4987-a754-23597d9c02c7', undefined],
		[{ type: 'string', enum: ['a'] }, '93fb32c7-b7b7-4987-a754-23597d9c02c7', undefined],
		[{ type: 'integer', min: 1, max: 247 }, 17, 17],
	])('an argument "device_id" of %j is mapped from %j as %j', async (declared, value, sent) => {
		declare(emulator, FUEL_CELL, 'start', { arguments: { device_id: declared } });
		const more = mapped({ device_id: value });
		expect(await argumentsOf(FUEL_CELL, 'start', '', more)).toEqual(
			sent === undefined ? {} : { device_id: sent },
		);
	});

	test('may be left out if the command has none', async () => {
		expect(await argumentsOf(FUEL_CELL, 'start', '', { parameters: { argumentsMode: 'fields' } })).toEqual(
			{},
		);
	});

	test('labels of a manifest in the stored form are not evaluated', async () => {
		const schema = [{ id: 'power', displayName: '={{ $json.a.b.c }}' }];
		expect(await argumentsOf(FUEL_CELL, 'set_output_power', '', form({ power: 700 }, schema))).toEqual({
			power: 700,
		});
	});
});

describe('a command is never sent twice', () => {
	const breaks: Array<[string, Fault]> = [
		['the connection breaks after it', fault({ kind: 'reset-after' })],
		['the connection breaks while it is running', fault({ kind: 'reset-during' })],
		['the response is cut off', fault({ kind: 'cut' })],
		['a proxy gives up', fault({ kind: 'body', status: 504, body: '<html>Gateway Timeout</html>' })],
		['a proxy is overloaded', fault({ kind: 'body', status: 503, body: '<html>Busy</html>' })],
		[
			'a proxy redirects',
			fault({ kind: 'body', status: 302, headers: { location: 'https://login.example/' } }),
		],
		['the response is not an execution', fault({ kind: 'body', body: { ok: true } })],
	];

	test.each(breaks)('%s: its execution is found, marked, and named in a hint', async (_what, broken) => {
		emulator.addFault(broken);
		const { output, error, ...result } = await execute(FUEL_CELL, 'set_output_power', { power: 600 });
		expect(error).toBeUndefined();
		const [execution] = emulator.executions.all;
		expect(json(output)).toMatchObject([{ id: execution?.id, state: 'SUCCESS', recovered: true }]);
		expect(hintsOf(result)).toEqual([
			`Found after the response was lost: Set Output Power on Fuel cell 1 (execution ${execution?.id}). Each is the only new execution of its command with these arguments, but it is not certain that this run started it: somebody else may have started it.`,
		]);
		expect(writes()).toHaveLength(1);
	});

	test.each(breaks)('%s: also if it is not waited for', async (_what, broken) => {
		emulator.addFault(broken);
		const parameters = { options: { waitForCompletion: false } };
		const { output } = await execute(FUEL_CELL, 'set_output_power', { power: 600 }, { parameters });
		expect(json(output)).toMatchObject([{ id: emulator.executions.all[0]?.id, recovered: true }]);
		expect(writes()).toHaveLength(1);
	});

	test('the hint names the execution if there are several items', async () => {
		emulator.addFault(fault({ kind: 'reset-after', after: 1 }));
		const result = await execute(
			'={{ $json.device }}',
			'start',
			{},
			{
				items: [{ device: FUEL_CELL }, { device: FUEL_CELL }],
			},
		);
		expect(json(result.output).map(({ recovered }) => recovered)).toEqual([undefined, true]);
		expect(hintsOf(result)[0]).toMatch(
			/^Found after the response was lost: Start on Fuel cell 1 \(execution [\w-]+\)\. /,
		);
	});

	test('a device that fails after the connection broke fails the item with its reason', async () => {
		emulator.addFault(fault({ kind: 'reset-after' }));
		const { message } = await fails(ELECTROLYSER, 'write_config', { max_pressure: 20, restart_pressure: 30 });
		expect(message).toMatch(/reports that Write Configuration failed: The restart pressure/);
	});

	test('a command that is still running is waited for', async () => {
		const hold = emulator.executions.hold();
		emulator.addFault(fault({ kind: 'reset-during' }));
		time.onWait = () => {
			if (time.waits.length === 8) hold.release();
		};
		const { output } = await execute(FUEL_CELL, 'start');
		expect(json(output)).toMatchObject([{ state: 'SUCCESS' }]);
		expect(time.waits.slice(-3)).toEqual([2000, 4000, 5000]);
		expect(writes()).toHaveLength(1);
	});

	test('until the time is up', async () => {
		time.moves = true;
		emulator.executions.hold();
		emulator.addFault(fault({ kind: 'reset-during' }));
		const parameters = { options: { timeout: 5000 } };
		const { message, description } = await fails(FUEL_CELL, 'start', {}, { parameters });
		expect(message).toBe('Start is still running on Fuel cell 1 after 5 seconds.');
		expect(description).toMatch(/Check the result later .* Execution [\w-]{36}\. Start may still be running/);
	});

	test('a device that has not answered by then is not said to be running the command', async () => {
		time.moves = true;
		emulator.addFault(fault({ kind: 'body', body: { execution: { id: 'x', state: 'NEW' } } }));
		const path = 'command_executions/';
		const body = { execution: { id: 'x', state: 'new', response: null } };
		emulator.addFault({ kind: 'body', body, match: { method: 'GET', path } });
		const parameters = { options: { timeout: 5000 } };
		const { message, description } = await fails(FUEL_CELL, 'start', {}, { parameters });
		expect(message).toBe('Fuel cell 1 has not answered Start after 5 seconds.');
		expect(`${message} ${description}`).not.toContain('running');
	});

	test('no response in time: the running execution is found and said', async () => {
		time.restore();
		emulator.executions.hold();
		const parameters = { options: { timeout: 300 } };
		const { message } = await fails(FUEL_CELL, 'start', {}, { parameters });
		expect(message).toBe('Start is still running on Fuel cell 1 after 1 second.');
		expect(writes()).toHaveLength(1);
	});

	test.each<[Partial<Dialect>, boolean]>([
		[{ enumCase: 'lower' }, true],
		[{ argumentEcho: 'withDefaults' }, true],
		[{ argumentEcho: 'missing' }, true],
		[{ argumentEcho: 'null' }, true],
		[{ argumentOrder: 'reversed', argumentNumbers: 'decimals' }, true],
		[{ executionDeviceId: 'missing', manifestName: 'missing', emptyResponse: 'null' }, true],
		[{ nameFilter: 'sentName' }, true],
		[{ nameFilter: 'manifestName' }, true],
		[{ timestamps: 'seconds' }, true],
		[{ timestamps: 'trimmed', extraFields: 'some' }, true],
		[{ clock: 'ahead' }, true],
		[{ clock: 'behind' }, true],
		[{ dateHeader: 'missing' }, false],
	])('in the dialect %j its execution is found: %j', async (dialect, isFound) => {
		emulator.dialect = dialect;
		emulator.addFault(fault({ kind: 'reset-after' }));
		const { output, error } = await execute('gateway-1', 'ping', { hosts: ['a', 'b'], count: 2 });
		const [execution] = emulator.executions.all;
		if (isFound) expect(json(output)).toMatchObject([{ id: execution?.id, recovered: true }]);
		else
			expect(error?.description).toContain(
				`does not prove that this run started it: execution ${execution?.id}`,
			);
		expect(writes()).toHaveLength(1);
	});

	test('an execution that appears late is found', async () => {
		emulator.addFault(fault({ kind: 'reset-after' }));
		emulator.addFault({ kind: 'body', body: {}, match: LIST, times: 2 });
		const { output } = await execute(FUEL_CELL, 'start');
		expect(json(output)).toMatchObject([{ state: 'SUCCESS' }]);
		expect(methods().filter((request) => /executions$/.test(request))).toHaveLength(3);
	});

	test('if there is none, its outcome is unknown', async () => {
		emulator.addFault(fault({ kind: 'reset-before' }));
		const { message, description } = await fails(FUEL_CELL, 'start');
		expect(message).toMatch(/^It is unknown whether Start was run on Fuel cell 1: Lost the connection/);
		expect(description).toMatch(/^No execution of this command was found\. Check the device/);
		expect(methods().filter((request) => /executions$/.test(request))).toHaveLength(4);
		expect(writes()).toHaveLength(1);
	});

	/** Executions that the API lists after the response to the command was lost. */
	const listed = async (executions: object[], headers?: Record<string, string>) => {
		emulator.addFault(fault({ kind: 'reset-before' }));
		emulator.addFault({ kind: 'body', match: LIST, body: { executions }, ...(headers && { headers }) });
		const path = 'command_executions/';
		const read = { execution: { id: 'own', state: 'SUCCESS' } };
		emulator.addFault({ kind: 'body', match: { method: 'GET', path }, body: read });
		const { output, error } = await execute(FUEL_CELL, 'set_output_power', { power: 600 });
		return { output: json(output)[0], message: error?.message, description: error?.description };
	};
	const at = (milliseconds: number) => new Date(Date.now() + milliseconds).toISOString();
	const request = { name: 'set_output_power', arguments: { power: 600 } };

	test('the clock of the API counts, not that of n8n', async () => {
		const behind = -3_600_000;
		emulator.addFault({
			kind: 'status',
			status: 200,
			match: { method: 'GET', path: 'manifest' },
			body: await deviceWithManifest(FUEL_CELL),
			headers: { date: new Date(Date.now() + behind).toUTCString() },
		});
		const { output } = await listed(
			[
				{ id: 'own', created_at: at(behind + 100), request, state: 'SUCCESS' },
				{ id: 'before', created_at: at(behind - 3000), request, state: 'SUCCESS' },
			],
			{ date: new Date(Date.now() + behind).toUTCString() },
		);
		expect(output).toMatchObject({ id: 'own', recovered: true });
	});

	test('what was created before it was sent is not taken for it, but named', async () => {
		const { message, description } = await listed([
			{ id: 'before', created_at: at(-3000), request, state: 'SUCCESS' },
		]);
		expect(message).toContain('It is unknown whether');
		expect(description).toContain(
			'only older executions, or executions with other arguments: execution before',
		);
		expect(description).not.toContain('No execution of this command was found');
	});

	test('a time without a fraction may be up to a second later than it says', async () => {
		const created = new Date(Math.floor(Date.now() / 1000) * 1000).toISOString().replace('.000', '');
		const { output } = await listed([{ id: 'own', created_at: created, request, state: 'SUCCESS' }]);
		expect(output).toMatchObject({ id: 'own' });
	});

	test.each([
		['the API says no time', { date: 'soon' }, at(0)],
		['an execution has no time', undefined, undefined],
		['an execution has a time that cannot be read', undefined, 'just now'],
	])('an execution is named and not taken if %s', async (_what, headers, created) => {
		if (headers !== undefined) {
			const body = await deviceWithManifest(FUEL_CELL);
			emulator.addFault({ kind: 'body', match: { method: 'GET', path: 'manifest' }, body, headers });
		}
		const { message, description } = await listed(
			[{ id: 'likely', created_at: created, request, state: 'SUCCESS' }],
			headers,
		);
		expect(message).toContain('It is unknown whether');
		expect(description).toMatch(
			/An execution was found, but its time does not prove that this run started it: execution likely/,
		);
	});

	test.each([
		['not shown', undefined],
		['null', null],
		['in another order', { reason: 'x', power: 600 }],
	])('arguments that are shown %s are its own', async (_what, shown) => {
		emulator.addFault(fault({ kind: 'reset-before' }));
		const execution = { id: 'own', created_at: at(500), state: 'SUCCESS' };
		const body = { executions: [{ ...execution, request: { name: 'set_output_power', arguments: shown } }] };
		emulator.addFault({ kind: 'body', match: LIST, body });
		const { output } = await execute(FUEL_CELL, 'set_output_power', { power: 600, reason: 'x' });
		expect(json(output)).toMatchObject([{ id: 'own', recovered: true }]);
	});

	test('arguments with declared defaults added are its own', async () => {
		const args = { network: 'x' };
		emulator.addFault(fault({ kind: 'reset-before' }));
		const shown = { hosts: ['a'], count: 4 };
		const executions = [
			{ id: 'own', created_at: at(500), state: 'SUCCESS', request: { name: 'ping', arguments: shown } },
		];
		emulator.addFault({ kind: 'body', match: LIST, body: { executions } });
		const { output } = await execute('gateway-1', 'ping', { hosts: ['a'] });
		expect(json(output)).toMatchObject([{ id: 'own', recovered: true }]);
		expect(args).toEqual({ network: 'x' });
	});

	test.each([
		['another value', { power: 700 }],
		['another form', { power: '600' }],
		['another argument', { power: 600, reason: 'x' }],
		['none', {}],
	])('an execution that is shown with %s is named and not taken', async (_what, shown) => {
		const { message, description } = await listed([
			{
				id: 'near',
				created_at: at(500),
				state: 'SUCCESS',
				request: { name: 'set_output_power', arguments: shown },
			},
		]);
		expect(message).toContain('It is unknown whether');
		expect(description).toContain('executions with other arguments: execution near created at');
	});

	test('if the executions cannot be read, that is said', async () => {
		emulator.addFault(fault({ kind: 'reset-after' }));
		const denied = { errors: [{ message: 'Access denied.' }] };
		emulator.addFault({ kind: 'status', status: 403, body: denied, match: { path: 'command_executions' } });
		const { description } = await fails(FUEL_CELL, 'start');
		expect(description).toContain('The executions of this command could not be read: Access denied.');
		expect(description).not.toContain('No execution of this command was found');
	});

	test('an ephemeral execution is not listed, which is said at once', async () => {
		emulator.addFault(fault({ kind: 'reset-after' }));
		const parameters = { options: { ephemeral: true } };
		const { description } = await fails(FUEL_CELL, 'start', {}, { parameters });
		expect(description).toContain('Ephemeral executions are not listed');
		expect(methods().some((request) => request.includes('command_executions'))).toBe(false);
	});

	test('if two executions match, none is taken and both are named', async () => {
		emulator.addFault(fault({ kind: 'reset-after' }));
		let isDone = false;
		time.onWait = () => {
			const [started] = emulator.executions.all;
			if (isDone || started === undefined) return;
			isDone = true;
			const body = { name: 'start', arguments: {}, ephemeral: false };
			emulator.executions.begin(emulator.fleet.get(FUEL_CELL), body, 'OWNER');
		};
		const { message, description } = await fails(FUEL_CELL, 'start');
		expect(message).toContain('It is unknown whether');
		expect(description).toContain('2 executions were found that this run may have started');
		for (const { id } of emulator.executions.all)
			expect(description).toContain(`execution ${id} created at `);
		expect(emulator.executions.all).toHaveLength(2);
	});

	test('an execution of another item of the run is not taken for it', async () => {
		emulator.addFault(fault({ kind: 'reset-before', after: 1 }));
		const { message } = await fails(FUEL_CELL, 'start', {}, { items: [{}, {}] });
		expect(message).toMatch(/is unknown.* \[item 1\]$/);
		expect(writes()).toHaveLength(2);
	});

	test.each([
		['429', { kind: 'status', status: 429 }],
		['503 of the API', { kind: 'status', status: 503, body: { errors: [{ message: 'Try again later.' }] } }],
	] as const)('%s: nothing was started, so it is retried', async (_what, refused) => {
		emulator.addFault(fault(refused));
		const { output } = await execute(FUEL_CELL, 'start');
		expect(json(output)).toMatchObject([{ state: 'SUCCESS' }]);
		expect(json(output)[0]).not.toHaveProperty('recovered');
		expect(writes()).toHaveLength(2);
		expect(emulator.executions.all).toHaveLength(1);
	});

	test.each([
		['of another device', { device_id: 'another' }],
		['of another command', { request: { name: 'stop', manifest_name: 'stop' } }],
	])('an execution %s is no response: its own is found', async (_what, more) => {
		const execution = { id: 'x', state: 'SUCCESS', device_id: idOf(FUEL_CELL), request: { name: 'start' } };
		emulator.addFault(fault({ kind: 'body', body: { execution: { ...execution, ...more } } }));
		const { output } = await execute(FUEL_CELL, 'start');
		expect(json(output)).toMatchObject([{ id: emulator.executions.all[0]?.id, state: 'SUCCESS' }]);
		expect(writes()).toHaveLength(1);
	});

	test('an execution that is read and belongs to another device is refused', async () => {
		emulator.addFault(fault({ kind: 'body', body: { execution: { id: 'x', state: 'NEW' } } }));
		const other = { id: 'x', state: 'SUCCESS', device_id: 'another' };
		const match = { method: 'GET', path: 'command_executions/' };
		emulator.addFault({ kind: 'body', body: { execution: other }, match });
		expect((await fails(FUEL_CELL, 'start')).message).toMatch(
			/^Start was started on Fuel cell 1, but its result could not be read: /,
		);
	});

	test('a refusal is not retried, and says what to do', async () => {
		emulator.addFault(
			fault({ kind: 'status', status: 403, body: { errors: [{ message: 'Access denied.' }] } }),
		);
		const { message, description } = await fails(FUEL_CELL, 'start');
		expect(message).toBe('Start was not run on Fuel cell 1: Access denied.');
		expect(description).toContain('its role on this device is USER or higher');
	});
});

describe('the order of commands', () => {
	test('those of one device follow each other in item order, by whatever name', async () => {
		const id = idOf(BATTERY);
		const items = ['charge', 'discharge', 'idle', 'auto'].map((mode, index) => ({
			device: index % 2 === 0 ? BATTERY : id.toUpperCase(),
			mode,
		}));
		const { output } = await execute('={{ $json.device }}', 'set_mode', '={{ { "mode": $json.mode } }}', {
			items,
		});
		expect(json(output).map(({ request }) => request)).toMatchObject(
			items.map(({ mode }) => ({ arguments: { mode } })),
		);
		expect(emulator.executions.all.map(({ request }) => request.arguments['mode'])).toEqual(
			items.map(({ mode }) => mode),
		);
	});

	test('those of different devices run side by side', async () => {
		const hold = emulator.executions.hold();
		const run = execute(
			'={{ $json.device }}',
			'start',
			{},
			{
				items: [{ device: FUEL_CELL }, { device: ELECTROLYSER }],
			},
		);
		await untilHeld(hold, 2);
		hold.release();
		expect(json((await run).output)).toMatchObject([{ state: 'SUCCESS' }, { state: 'SUCCESS' }]);
	});

	test('after a failure in Stop Workflow nothing more is sent', async () => {
		emulator.fleet.simulate(ELECTROLYSER, { alerts: ['water_inlet_pressure_low'] });
		const { message, description } = await fails(
			'={{ $json.device }}',
			'start',
			{},
			{
				items: [{ device: ELECTROLYSER }, { device: ELECTROLYSER }],
			},
		);
		expect(message).toMatch(/The pressure at the water inlet is too low\. \[item 0\]$/);
		expect(description).toContain('Never sent: item 1.');
		expect(writes()).toHaveLength(1);
	});

	test('in Continue the next command of a device follows one that the device refused', async () => {
		emulator.fleet.simulate(ELECTROLYSER, { alerts: ['water_inlet_pressure_low'] });
		const { output } = await execute(
			ELECTROLYSER,
			'={{ $json.command }}',
			{},
			{
				items: [{ command: 'start' }, { command: 'read_config' }],
				onError: 'continueRegularOutput',
			},
		);
		expect(json(output)).toMatchObject([{ deviceId: ELECTROLYSER }, { state: 'SUCCESS' }]);
	});

	test.each([
		['is still running', fault({ kind: 'reset-during' })],
		['can no longer be read', fault({ kind: 'body', body: { execution: { id: 'x', state: 'NEW' } } })],
		['may have been started', fault({ kind: 'reset-before' })],
		['ended with TIMEOUT', fault({ kind: 'body', body: { execution: { id: 'x', state: 'timeout' } } })],
		['ended with UNSYNC', fault({ kind: 'body', body: { execution: { id: 'x', state: 'UNSYNC' } } })],
		['ended in an unknown state', fault({ kind: 'body', body: { execution: { id: 'x', state: 'LOST' } } })],
		['was redirected', fault({ kind: 'status', status: 307, headers: { location: '/elsewhere' } })],
	])('in Continue no command is sent to a device after one that %s', async (_what, broken) => {
		time.moves = true;
		emulator.executions.hold({ device: BATTERY });
		emulator.addFault(broken);
		const { output } = await execute('={{ $json.device }}', '={{ $json.command }}', '={{ $json.args }}', {
			items: [
				{ device: BATTERY, command: 'set_mode', args: { mode: 'charge' } },
				{ device: BATTERY, command: 'read_settings', args: {} },
				{ device: BATTERY, command: 'set_mode', args: { mode: 'idle' } },
				{ device: FUEL_CELL, command: 'start', args: {} },
			],
			parameters: { options: { timeout: 1000 } },
			onError: 'continueRegularOutput',
		});
		expect(json(output)).toMatchObject([
			{ error: expect.stringMatching(/Set Mode.*Battery storage 1|Battery storage 1.*Set Mode/) },
			...['Read Settings', 'Set Mode'].map((name) => ({
				error: expect.stringMatching(
					new RegExp(
						`^${name} was not sent to Battery storage 1 because of an earlier command\\. (Set Mode may still be running on|It is unknown whether Set Mode was run on) Battery storage 1\\. \\[item \\d\\]$`,
					),
				),
			})),
			{ state: 'SUCCESS' },
		]);
		expect(writes()).toHaveLength(2);
	});

	test('a list of executions that hangs does not delay commands to other devices', async () => {
		emulator.addFault(fault({ kind: 'reset-after' }));
		emulator.addFault({ kind: 'slow', delay: 60_000, match: LIST });
		const isList = ({ path }: { path: string }) => path.includes('/command_executions');
		let listsBefore = Infinity;
		emulator.onRequest(({ method, path }) => {
			if (method === 'POST' && path.includes(idOf(ELECTROLYSER))) {
				listsBefore = emulator.requests.filter(isList).length;
			}
		});
		await execute(
			'={{ $json.device }}',
			'start',
			{},
			{
				items: [{ device: FUEL_CELL }, { device: ELECTROLYSER }],
				parameters: { options: { maxConcurrency: 1, timeout: 300 } },
				onError: 'continueRegularOutput',
			},
		);
		// The list is read several times, each until its timeout.
		expect(listsBefore).toBeLessThanOrEqual(1);
		expect(emulator.requests.filter(isList).length).toBeGreaterThan(2);
	});

	test('an execution that is canceled before a lost command was looked for says so, and n8n shows canceled', async () => {
		const hold = emulator.executions.hold();
		emulator.addFault(fault({ kind: 'reset-after' }));
		let cancel: () => void = () => {};
		const run = execute(FUEL_CELL, 'start', {}, { cancelAfter: (stop) => (cancel = stop) });
		await untilHeld(hold);
		cancel();
		hold.release();
		const { error, run: stored } = await run;
		expect(stored.status).toBe('canceled');
		const shown = JSON.stringify([error?.message, error?.description, stored.data.resultData]);
		expect(shown).not.toMatch(/No execution of this command was found|could not be read/);
		expect(writes()).toHaveLength(1);
	});

	test('an execution that is canceled while a command is followed is shown as canceled', async () => {
		emulator.executions.hold();
		emulator.addFault(fault({ kind: 'reset-during' }));
		let cancel: () => void = () => {};
		time.onWait = () => {
			if (time.waits.length === 6) cancel();
		};
		const { output, run } = await execute(
			FUEL_CELL,
			'start',
			{},
			{
				cancelAfter: (stop) => (cancel = stop),
			},
		);
		expect(output).toEqual([]);
		expect(run.status).toBe('canceled');
		expect(writes()).toHaveLength(1);
	});
});

describe.each(['by the engine', 'by the agent'] as const)(
	'a language model whose call is run %s',
	(calls) => {
		const NONE = { none: '' };
		const fromModel = (key: string, type: string) => `={{ $fromAI('${key}', 'what it is', '${type}') }}`;
		const call = async (input: Record<string, unknown>, options: Record<string, unknown> = {}) =>
			(
				await runAsTool(calls, {
					emulator,
					input: { device: FUEL_CELL, ...input } as IDataObject,
					parameters: {
						resource: 'command',
						operation: 'execute',
						deviceId: byId(fromModel('device', 'string')),
						commandName: byId(fromModel('command', 'string')),
						argumentsMode: 'json',
						argumentsJson: fromModel('args', 'json'),
						options,
					},
				})
			).answer;

		test('executes a command, and what it leaves blank counts as missing', async () => {
			const answer = await call({ command: 'set_output_power', args: { power: '600', reason: '' } });
			expect(answer).toMatch(/state.{1,5}SUCCESS/);
			expect(emulator.executions.all[0]?.request.arguments).toEqual({ power: 600 });
		});

		test('is told which commands there are', async () => {
			expect(await call({ command: 'fly', args: NONE })).toContain(
				'Its commands: Start (start), Stop (stop)',
			);
		});

		test('is told that a person must confirm, and cannot confirm itself', async () => {
			const input = { command: 'stop', args: NONE, confirm: true };
			expect(await call(input)).toContain('a language model cannot confirm');
			expect(await call(input, { confirm: fromModel('confirm', 'boolean') })).toContain(
				'Confirm must be set in the panel',
			);
			expect(writes()).toEqual([]);
		});

		test('is told how to give no arguments, because an agent accepts no empty object', async () => {
			const answer = await call({ command: 'start', args: { arguments: 'none' } });
			expect(answer).toMatch(/Start has no arguments: give \{\\*"none\\*": \\*"\\*"\}/);
			expect(await call({ command: 'start', args: NONE })).toMatch(/state.{1,5}SUCCESS/);
		});

		test('reads the reason of a device', async () => {
			emulator.fleet.simulate(ELECTROLYSER, { alerts: ['water_inlet_pressure_low'] });
			const answer = await call({ device: ELECTROLYSER, command: 'start', args: NONE });
			expect(answer).toContain('The pressure at the water inlet is too low.');
		});
	},
);

test.each([
	[true, /Because Confirm is on/],
	[false, /except those that need confirmation/],
])('the panel of a tool says what is true with Confirm %j', (confirm, words) => {
	const { properties } = new EnapterDevice().description;
	const parameters = { resource: 'command', operation: 'execute', options: confirm ? { confirm } : {} };
	const node = { typeVersion: 1, type: 'n8n-nodes-enapter.enapterDeviceTool' } as INode;
	const description = { ...new EnapterDevice().description, name: 'enapterDeviceTool', outputs: ['ai_tool'] };
	const shown = properties.filter(
		(property) =>
			property.name === 'toolNotice' &&
			NodeHelpers.displayParameter(parameters, property, node, description as INodeTypeDescription),
	);
	expect(shown.map(({ displayName }) => displayName)).toEqual([expect.stringMatching(words)]);
	expect(shown[0]?.displayName).toContain('AI Agent → Tool + → Human review');
});

describe('a sensitive argument', () => {
	const PASSWORD = 'S3cr"et-häm';
	const wifi = async (password: unknown, more: Execution = {}) =>
		await execute(WEATHER, 'configure_wifi', "={{ { ssid: 'plant', password: $json.password } }}", {
			...more,
			items: [{ password }],
			...confirmed,
		});

	test.each<[string, unknown]>([
		['a message', { errors: [{ message: `Password ${PASSWORD} is bad` }] }],
		['details', { errors: [{ message: 'No', details: { [PASSWORD]: PASSWORD } }] }],
		['a web page', `<html>${JSON.stringify({ password: PASSWORD })}</html>`],
		['other fields', { password: PASSWORD }],
		[
			'the reason of the device',
			{
				execution: {
					id: 'x',
					state: 'ERROR',
					response: { payload: { reason: `bad ${PASSWORD}`, code: PASSWORD, given: [PASSWORD] } },
				},
			},
		],
		[
			'the execution',
			{
				execution: {
					id: 'x',
					state: 'SUCCESS',
					request: { name: 'configure_wifi', arguments: { ssid: 'plant', password: PASSWORD } },
					response: { payload: { joined: `plant with ${PASSWORD}` } },
					log: [{ payload: { password: PASSWORD } }],
				},
			},
		],
	])('that the API sends back in %s is shown nowhere', async (_what, body) => {
		for (const status of [200, 400, 422, 500]) {
			for (const onError of ['stopWorkflow', 'continueRegularOutput'] as const) {
				emulator.reset();
				emulator.addFault({ kind: 'body', status, body, match: { method: 'POST' } });
				const { run, hints } = await wifi(PASSWORD, { onError });
				const { runData, error } = run.data.resultData;
				const shown = JSON.stringify([runData['Enapter Device'], error, hints, error?.stack]);
				expect(shown.includes('S3cr')).toBe(false);
			}
		}
	});

	test('that the API repeats is redacted in the output, and nothing else is', async () => {
		const execution = {
			id: 'x',
			state: 'SUCCESS',
			request: { name: 'configure_wifi', arguments: { ssid: 'plant', password: '12' } },
			response: { state: 'SUCCEEDED', payload: { tries: 12 } },
		};
		emulator.addFault(fault({ kind: 'body', body: { execution } }));
		const { output } = await wifi('12');
		expect(json(output)).toMatchObject([
			{
				request: { arguments: { ssid: 'plant', password: '[REDACTED]' } },
				response: { payload: { tries: 12 } },
			},
		]);
	});

	test.each([['1234'], [1234]])('is hidden in messages also if it is short: %j', async (password) => {
		const message = 'PIN 1234 of 12345 is bad';
		emulator.addFault(
			fault({ kind: 'status', status: 400, body: { errors: [{ message, details: { pin: 1234 } }] } }),
		);
		const { error } = await wifi(password);
		expect(error?.message).toBe(
			'Configure Wi-Fi was not run on Weather station 1: PIN [REDACTED] of 12345 is bad.',
		);
		expect(error?.description).not.toContain('1234');
	});

	test('that cannot be used is not shown', async () => {
		const { error } = await wifi(['S3cret']);
		expect(error?.message).toBe('Configure Wi-Fi was not sent to Weather station 1: Password must be text.');
	});

	test('that makes the JSON unreadable is not shown', async () => {
		const { error } = await execute(WEATHER, 'configure_wifi', '{"password": S3cret}');
		expect(`${error?.message} ${error?.description}`).not.toContain('S3cret');
	});

	test('is hidden in the list, and the execution is still found', async () => {
		emulator.addFault(fault({ kind: 'reset-after' }));
		const { output } = await wifi(PASSWORD);
		expect(json(output)).toMatchObject([{ state: 'SUCCESS', recovered: true }]);
	});
});

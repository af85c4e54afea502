import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { type Emulator, type Fault, startEmulator } from '../../emulator/server.mts';
import { EnapterDevice } from '../../nodes/EnapterDevice/EnapterDevice.node.ts';
import { EnapterClient } from '../../nodes/EnapterDevice/transport/client.ts';
import { runAsTool, runNode, type RunOptions } from '../support/engine.mts';
import { byId } from '../support/locators.mts';

const waits: number[] = [];
let whileWaiting: () => void = () => {};

// The only place where the node lets time pass.
jest.mock('../../nodes/EnapterDevice/transport/wait.ts', () => ({
	wait: async (milliseconds: number) => {
		waits.push(milliseconds);
		whileWaiting();
		await new Promise((resolve) => setImmediate(resolve));
	},
	nextTurn: async () => await new Promise((resolve) => setImmediate(resolve)),
}));

const FUEL_CELL = 'fuel-cell-1';
const BATTERY = 'battery-storage-1';
const ELECTROLYSER = 'electrolyser-1';
const WEATHER = 'weather-station-1';

let emulator: Emulator;

beforeEach(async () => {
	emulator = await startEmulator();
	emulator.executions.duration = 0;
	emulator.executions.timeout = 0;
	waits.length = 0;
	whileWaiting = () => {};
});

afterEach(async () => await emulator.close());

type Execution = Partial<Omit<RunOptions, 'parameters'>> & { parameters?: Record<string, unknown> };

/** Executes a command, its arguments given as JSON. */
async function execute(deviceId: string, commandName: string, args: unknown = {}, more: Execution = {}) {
	const { parameters, ...rest } = more;
	return await runNode({
		emulator,
		...rest,
		parameters: {
			resource: 'command',
			operation: 'execute',
			deviceId: byId(deviceId),
			commandName: byId(commandName),
			argumentsMode: 'json',
			argumentsJson: typeof args === 'string' ? args : JSON.stringify(args),
			...parameters,
		},
	});
}

async function fails(deviceId: string, commandName: string, args: unknown = {}, more: Execution = {}) {
	const { error } = await execute(deviceId, commandName, args, more);
	if (error === undefined) throw new Error('The run did not fail');
	return { message: error.message, description: String(error.description) };
}

const json = (output: INodeExecutionData[]) => output.map((item) => item.json);
const methods = () => emulator.requests.map(({ method, path }) => `${method} ${path.split('?')[0]}`);
const writes = () => emulator.requests.filter(({ method }) => method === 'POST');
const fault = (more: Partial<Fault> & Pick<Fault, 'kind'>): Fault => ({
	match: { method: 'POST' },
	times: 1,
	...more,
});
const idOf = (slug: string) => emulator.fleet.get(slug).id;

describe('a command that is executed', () => {
	test('changes the device, and its execution is put out as the API sends it', async () => {
		const { output } = await execute(BATTERY, 'set_mode', { mode: 'charge' });
		expect(json(output)).toEqual([
			{
				id: emulator.executions.all[0]?.id,
				device_id: idOf(BATTERY),
				state: 'SUCCESS',
				created_at: expect.any(String),
				request: { name: 'set_mode', manifest_name: 'set_mode', arguments: { mode: 'charge' } },
				response: { state: 'SUCCEEDED', payload: { mode: 'charge' }, received_at: expect.any(String) },
			},
		]);
		expect(output[0]?.pairedItem).toEqual({ item: 0 });
		expect(emulator.fleet.settings(BATTERY)).toMatchObject({ mode: 'charge' });
	});

	test('takes three requests for one device: it with its manifest, what was executed before, and the command', async () => {
		await execute(BATTERY, 'set_mode', { mode: 'charge' });
		const device = idOf(BATTERY);
		expect(methods()).toEqual([
			`GET /v3/devices/${BATTERY}`,
			`GET /v3/devices/${device}/command_executions`,
			`POST /v3/devices/${device}/execute_command`,
		]);
	});

	test('goes by an alias, too', async () => {
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

	test('is waited for when the API answers before it has ended', async () => {
		const hold = emulator.executions.hold();
		emulator.addFault(fault({ kind: 'body', body: { execution: { id: 'x', state: 'IN_PROGRESS' } } }));
		const run = execute(FUEL_CELL, 'start');
		await new Promise((resolve) => setImmediate(resolve));
		hold.release();
		// The emulator does not know the execution of the fault.
		expect((await run).error?.message).toMatch(/"Start" .* was begun, but .* could not be read/);
	});

	test.each([['ERROR', ELECTROLYSER, 'write_config', { max_pressure: 20, restart_pressure: 30 }]])(
		'fails with the reason and the code of the device',
		async (_state, device, name, args) => {
			const { message, description } = await fails(device, name, args, {
				credential: { apiToken: emulator.tokens.installer, baseUrl: emulator.baseUrl },
			});
			expect(message).toBe(
				'Device "electrolyser-1" reports that "write config" failed: The restart pressure must be below the maximum pressure. [item 0]'.replace(
					'write config',
					'Write Configuration',
				),
			);
			expect(description).toMatch(/device's own word.* Code config_invalid\. Execution [\w-]+\./);
			expect(waits).toEqual([]);
		},
	);

	test('fails where the device never responds', async () => {
		const { message, description } = await fails(ELECTROLYSER, 'run_diagnostics');
		expect(message).toBe('Device "electrolyser-1" did not respond to "Run Diagnostics" in time. [item 0]');
		expect(description).toMatch(/offline.* Last heard from the device: STARTED at .* Execution [\w-]+\./);
	});

	test('fails where Enapter lost track of the device', async () => {
		const { message, description } = await fails('electrolyser-2', 'start');
		expect(message).toBe('Enapter lost track of "Start Production" on device "electrolyser-2". [item 0]');
		expect(description).toMatch(/unknown.* Nothing was heard from the device\. State UNSYNC\. Execution/);
	});

	test('fails where it ended in a state that this node does not know', async () => {
		emulator.addFault(fault({ kind: 'body', body: { execution: { id: 'x', state: 'REJECTED' } } }));
		const { message, description } = await fails(FUEL_CELL, 'start');
		expect(message).toBe('How "Start" ended on device "fuel-cell-1" is not clear. [item 0]');
		expect(description).toMatch(/State REJECTED\. Execution x\./);
	});

	test('is put out as it was begun when it is not waited for', async () => {
		const hold = emulator.executions.hold();
		const options = { waitForCompletion: false };
		const { output } = await execute(FUEL_CELL, 'start', {}, { parameters: { options } });
		expect(json(output)).toMatchObject([{ id: hold.executions[0]?.id, state: 'IN_PROGRESS' }]);
	});

	test('is put out by its ID when it was begun and cannot be read', async () => {
		emulator.addFault({ kind: 'status', status: 403, match: { method: 'GET', path: 'command_executions/' } });
		const options = { waitForCompletion: false };
		const { output } = await execute(FUEL_CELL, 'start', {}, { parameters: { options } });
		expect(json(output)).toEqual([{ id: emulator.executions.all[0]?.id, device_id: idOf(FUEL_CELL) }]);
	});

	test('has two minutes, unless the options say otherwise', () => {
		const { properties } = new EnapterDevice().description;
		const options = properties.find(
			({ name, displayOptions }) =>
				name === 'options' && displayOptions?.show?.['operation']?.[0] === 'execute',
		)?.options;
		expect(options?.find(({ name }) => name === 'timeout')).toMatchObject({ default: 120_000 });
	});
});

describe('before the first command is sent', () => {
	test('many items are checked with one read a blueprint, and the list of the devices', async () => {
		const devices = ['electrolyser-1', 'electrolyser-3', FUEL_CELL, 'electrolyser-1'];
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
		const reads = emulator.requests
			.slice(0, first)
			.filter(({ path }) => !path.includes('command_executions'));
		expect(reads.map(({ path }) => path.includes('expand=manifest'))).toEqual([false, true, true]);
	});

	test('an item that cannot be executed stops all', async () => {
		const { message, description } = await fails(BATTERY, 'set_mode', '={{ { "mode": $json.mode } }}', {
			items: [{ mode: 'charge' }, { mode: 'discharged' }, { mode: 'idle' }, { mode: 1 }],
		});
		expect(message).toBe(
			'"Set Mode" cannot be executed with these arguments: "mode" (Mode) has to be one of auto, charge, discharge, idle, not "discharged". [item 1]',
		);
		expect(description).toMatch(/Nothing was changed\. .*: item 3\./);
		expect(writes()).toEqual([]);
	});

	test('only those that cannot be executed fail in Continue', async () => {
		const { output, errorOutput } = await execute(BATTERY, 'set_mode', '={{ { "mode": $json.mode } }}', {
			items: [{ mode: 'charge' }, { mode: 'no' }],
			onError: 'continueErrorOutput',
		});
		expect(output).toHaveLength(1);
		expect(errorOutput[0]?.json).toMatchObject({ mode: 'no', error: expect.stringContaining('"Set Mode"') });
	});

	test('a command that the device does not have is refused with those that it has', async () => {
		const { message, description } = await fails(FUEL_CELL, 'strat');
		expect(message).toBe('Device "fuel-cell-1" has no command "strat". [item 0]');
		expect(description).toContain('It has: start, stop, set_output_power, clear_faults.');
	});

	test('a blueprint without commands says so', async () => {
		const { description } = await fails('ucm-2', 'start');
		expect(description).toContain('declares no commands at all');
	});

	test('a device without a manifest says so', async () => {
		emulator.addFault({ kind: 'body', body: { device: { id: 'x', manifest: {} } } });
		const { message } = await fails('x', 'start');
		expect(message).toBe('Device "x" has no manifest, so that nothing is known of its commands. [item 0]');
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
				items: [{ device: FUEL_CELL }, { device: ELECTROLYSER }],
			},
		);
		expect(message).toMatch(/^The commands of device "fuel-cell-1" could not be read: .*Access denied/);
		expect(writes()).toEqual([]);
	});

	test('a device that is not there says so', async () => {
		expect(await fails('no-such-device', 'start')).toMatchObject({
			message: 'Device "no-such-device" was not found. [item 0]',
		});
	});

	test('a command that needs a higher role is refused with both roles', async () => {
		const { message } = await fails(ELECTROLYSER, 'unlock_service', { code: '1234' });
		expect(message).toContain('"Unlock Service Mode"');
		expect(message).toContain('needs the role VENDOR; the API Token has OWNER');
		expect(writes()).toEqual([]);
	});

	test('a command that asks for confirmation is refused with what it asks', async () => {
		const { message, description } = await fails(FUEL_CELL, 'stop');
		expect(message).toBe(
			'"Stop" on device "fuel-cell-1" asks for confirmation: Stop the fuel cell? What it supplies has to be supplied by something else. [item 0]',
		);
		expect(description).toMatch(/^To execute it, turn on Confirm in the options\./);
		expect(writes()).toEqual([]);
	});

	test('and is executed with Confirm', async () => {
		const { output } = await execute(FUEL_CELL, 'stop', {}, { parameters: { options: { confirm: true } } });
		expect(json(output)).toMatchObject([{ state: 'SUCCESS' }]);
	});

	test.each([['={{ true }}'], ["={{ $fromAI('confirm', '', 'boolean') }}"]])(
		'Confirm is not left to an expression: %s',
		async (confirm) => {
			const { message } = await fails(FUEL_CELL, 'stop', {}, { parameters: { options: { confirm } } });
			// n8n itself takes the first for the text that it is.
			expect(message).toMatch(/^Confirm has to be (true or false|chosen in the node's panel)/);
		},
	);
});

describe('arguments', () => {
	const argumentsOf = async (device: string, name: string, args: unknown, more: Execution = {}) => {
		await execute(device, name, args, more);
		return (writes()[0]?.body as { arguments: unknown }).arguments;
	};

	test.each([
		['a whole number written as a text', FUEL_CELL, 'set_output_power', { power: '600' }, { power: 600 }],
		['a number written as a text', ELECTROLYSER, 'set_production_rate', { rate: '62.5' }, { rate: 62.5 }],
		['a toggle written as a text', 'gateway-1', 'set_led', { on: 'False' }, { on: false }],
		[
			'a choice of numbers written as a text',
			'hydrogen-detector-1',
			'set_alarm_level',
			{ level: '20' },
			{ level: 20 },
		],
		['a list written as JSON', 'gateway-1', 'ping', { hosts: '["a"]' }, { hosts: ['a'] }],
		[
			'a number where a text is meant',
			FUEL_CELL,
			'set_output_power',
			{ power: 600, reason: 7 },
			{ power: 600, reason: '7' },
		],
	])('%s', async (_what, device, name, args, sent) => {
		expect(await argumentsOf(device, name, args)).toEqual(sent);
	});

	test.each([
		['a text', { power: 'full' }, '"power" (Power) has to be a whole number, not "full"'],
		['half a number', { power: 600.5 }, 'has to be a whole number, not 600.5'],
		['a number in another notation', { power: '0x258' }, 'has to be a whole number, not "0x258"'],
		['too little', { power: 499 }, 'has to be from 500 to 4000, not 499'],
		['too much', { power: 4001 }, 'has to be from 500 to 4000, not 4001'],
		['nothing', { power: null }, '"power" (Power) is empty'],
		['blank', { power: ' ' }, '"power" (Power) is empty'],
		['none', {}, '"power" (Power) is required'],
		['a name that it does not know', { power: 600, pwer: 1 }, '"pwer" is no argument of it'],
		['a name from JavaScript', { power: 600, constructor: 1 }, '"constructor" is no argument of it'],
	])('%s is refused', async (_what, args, reason) => {
		const { message } = await fails(FUEL_CELL, 'set_output_power', args);
		expect(message).toContain(reason);
		expect(writes()).toEqual([]);
	});

	test('all that is wrong is said at once', async () => {
		const { message, description } = await fails(FUEL_CELL, 'set_output_power', { power: 1, a: 1 });
		expect(message).toMatch(/"a" is no argument of it; "power" \(Power\) has to be from 500 to 4000/);
		expect(description).toContain('It takes: power, reason.');
	});

	test.each([['{"power": 600'], ['[600]'], ['"600"'], ['']])('%s is no JSON object', async (text) => {
		expect((await fails(FUEL_CELL, 'set_output_power', text)).message).toBe(
			'Arguments (JSON) is no JSON object. [item 0]',
		);
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

	test('that were left blank in the form are not sent, nor those that were removed', async () => {
		const schema = [{ id: 'reason', removed: true }];
		const value = { power: 700, reason: 'x' };
		expect(await argumentsOf(FUEL_CELL, 'set_output_power', '', form(value, schema))).toEqual({ power: 700 });
		emulator.reset();
		expect(await argumentsOf(FUEL_CELL, 'set_output_power', '', form({ power: 700, reason: null }))).toEqual({
			power: 700,
		});
	});

	test.each([['={{ $json.nothing }}'], ["={{ '' }}"], ['={{ null }}']])(
		'whose expression gives nothing are refused, not read as 0: %s',
		async (power) => {
			const { message } = await fails(FUEL_CELL, 'set_output_power', '', form({ power }));
			expect(message).toContain('"power" (Power) is empty');
		},
	);

	describe('that could all be left out', () => {
		beforeEach(() => {
			const { manifest } = emulator.fleet.blueprints.get(emulator.fleet.get(FUEL_CELL).blueprint_id) ?? {};
			Object.assign(manifest?.commands?.['set_output_power']?.arguments?.['power'] ?? {}, {
				required: false,
			});
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
		])('are refused where one expression for %s gives nothing', async (_what, parameters) => {
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

	test('are mapped automatically from the fields of the item that the command knows', async () => {
		const more = {
			items: [{ device: FUEL_CELL, power: '900', colour: 'red' }],
			parameters: {
				argumentsMode: 'fields',
				arguments: { mappingMode: 'autoMapInputData', value: null, schema: [] },
			},
		};
		expect(await argumentsOf(FUEL_CELL, 'set_output_power', '', more)).toEqual({ power: 900 });
	});

	test('may be left out when the command takes none', async () => {
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
	const breaks: Array<[string, Fault, string]> = [
		['the connection breaks after it', fault({ kind: 'reset-after' }), 'SUCCESS'],
		['the connection breaks while it goes on', fault({ kind: 'reset-during' }), 'SUCCESS'],
		['the response is cut off', fault({ kind: 'cut' }), 'SUCCESS'],
		[
			'a proxy gives up',
			fault({ kind: 'body', status: 504, body: '<html>Gateway Timeout</html>' }),
			'SUCCESS',
		],
		['a proxy is overloaded', fault({ kind: 'body', status: 503, body: '<html>Busy</html>' }), 'SUCCESS'],
		['the response is no execution', fault({ kind: 'body', body: { ok: true } }), 'SUCCESS'],
	];

	test.each(breaks)('%s: its execution is found', async (_what, broken, state) => {
		emulator.addFault(broken);
		const { output, error } = await execute(FUEL_CELL, 'set_output_power', { power: 600 });
		expect(error).toBeUndefined();
		expect(json(output)).toMatchObject([{ id: emulator.executions.all[0]?.id, state }]);
		expect(writes()).toHaveLength(1);
	});

	test.each(breaks)('%s: also when it is not waited for', async (_what, broken) => {
		emulator.addFault(broken);
		const parameters = { options: { waitForCompletion: false } };
		const { output } = await execute(FUEL_CELL, 'set_output_power', { power: 600 }, { parameters });
		expect(json(output)).toMatchObject([{ id: emulator.executions.all[0]?.id }]);
		expect(writes()).toHaveLength(1);
	});

	test('a device that fails after the connection broke fails the item with its reason', async () => {
		emulator.addFault(fault({ kind: 'reset-after' }));
		const { message } = await fails(ELECTROLYSER, 'write_config', { max_pressure: 20, restart_pressure: 30 });
		expect(message).toMatch(/reports that "Write Configuration" failed: The restart pressure/);
	});

	test('a command that goes on is waited for', async () => {
		const hold = emulator.executions.hold();
		emulator.addFault(fault({ kind: 'reset-during' }));
		whileWaiting = () => {
			if (waits.length === 4) hold.release();
		};
		const { output } = await execute(FUEL_CELL, 'start');
		expect(json(output)).toMatchObject([{ state: 'SUCCESS' }]);
		expect(waits).toEqual([0, 500, 1000, 2000]);
		expect(writes()).toHaveLength(1);
	});

	test('until the time is up, and then its execution is said', async () => {
		emulator.executions.hold();
		emulator.addFault(fault({ kind: 'reset-during' }));
		const parameters = { options: { timeout: 3000 } };
		const { message, description } = await fails(FUEL_CELL, 'start', {}, { parameters });
		expect(message).toBe('"Start" on device "fuel-cell-1" had not ended after 3 seconds. [item 0]');
		expect(description).toMatch(/It goes on\..* Execution [\w-]{36}\./);
	});

	test('no response in time: the execution goes on, and is said', async () => {
		emulator.executions.hold();
		const parameters = { options: { timeout: 100 } };
		const { message } = await fails(FUEL_CELL, 'start', {}, { parameters });
		expect(message).toContain('"Start" on device "fuel-cell-1" had not ended after 1 second.');
		expect(writes()).toHaveLength(1);
	});

	test('an execution that appears late is found', async () => {
		emulator.addFault(fault({ kind: 'reset-after' }));
		const list = { method: 'GET', path: 'command_executions?' };
		emulator.addFault({ kind: 'body', body: {}, match: list, times: 3 });
		const { output } = await execute(FUEL_CELL, 'start');
		expect(json(output)).toMatchObject([{ state: 'SUCCESS' }]);
		expect(waits).toEqual([0, 1000, 2000]);
	});

	test('if there is none, its outcome is unknown', async () => {
		emulator.addFault(fault({ kind: 'reset-before' }));
		const { message, description } = await fails(FUEL_CELL, 'start');
		expect(message).toMatch(
			/^Whether "Start" on device "fuel-cell-1" was begun is unknown: Lost the connection/,
		);
		expect(description).toMatch(/^No execution of it was found\. Look at the device/);
		expect(waits).toEqual([0, 1000, 2000, 4000]);
		expect(writes()).toHaveLength(1);
	});

	test('the clock of the API counts, not that of n8n', async () => {
		emulator.addFault(fault({ kind: 'reset-before' }));
		const hourAgo = Date.now() - 3_600_000;
		const execution = (id: string, time: number) => ({
			id,
			created_at: new Date(time).toISOString(),
			request: { name: 'start', arguments: null },
		});
		emulator.addFault({
			kind: 'body',
			match: { method: 'GET', path: 'command_executions?' },
			after: 1,
			headers: { date: new Date(hourAgo).toUTCString() },
			body: {
				executions: [execution('this', hourAgo), execution('before', hourAgo - 9000)],
			},
		});
		// The emulator has none of them, but this one is asked for.
		await fails(FUEL_CELL, 'start');
		expect(methods().at(-1)).toMatch(/command_executions\/this$/);
	});

	test('if the executions cannot be read, that is said', async () => {
		emulator.addFault(fault({ kind: 'reset-after' }));
		const denied = { errors: [{ message: 'Access denied.' }] };
		emulator.addFault({ kind: 'status', status: 403, body: denied, match: { path: 'command_executions' } });
		const { description } = await fails(FUEL_CELL, 'start');
		expect(description).toContain('Its executions could not be read: Device "fuel-cell-1": Access denied.');
		expect(description).not.toContain('No execution of it was found');
	});

	test('an ephemeral one is not listed, which is said at once', async () => {
		emulator.addFault(fault({ kind: 'reset-after' }));
		const parameters = { options: { ephemeral: true } };
		const { description } = await fails(FUEL_CELL, 'start', {}, { parameters });
		expect(description).toContain('An ephemeral execution is not listed');
		expect(waits).toEqual([]);
	});

	test('what somebody else did moments before, or with other arguments, is not taken for it', async () => {
		await execute(FUEL_CELL, 'set_output_power', { power: 600 });
		await execute(FUEL_CELL, 'set_output_power', { power: 700 });
		emulator.addFault(fault({ kind: 'reset-before' }));
		const { message } = await fails(FUEL_CELL, 'set_output_power', { power: 600 });
		expect(message).toContain('is unknown');
	});

	test('what failed moments before is not taken for one that succeeds', async () => {
		const hold = emulator.executions.hold();
		const first = execute(FUEL_CELL, 'start');
		while (hold.executions.length === 0) await new Promise((resolve) => setImmediate(resolve));
		hold.release({ error: { code: 'busy', reason: 'Busy' } });
		expect((await first).error?.message).toContain('Busy');
		emulator.addFault(fault({ kind: 'reset-after' }));
		const { output } = await execute(FUEL_CELL, 'start');
		expect(json(output)).toMatchObject([{ id: emulator.executions.all[1]?.id, state: 'SUCCESS' }]);
	});

	test('of two that may be it none is taken, and both are said', async () => {
		emulator.addFault(fault({ kind: 'reset-after' }));
		let isDone = false;
		whileWaiting = () => {
			const [begun] = emulator.executions.all;
			if (isDone || begun === undefined) return;
			isDone = true;
			const { request } = begun;
			const body = { name: request.name, arguments: request.arguments, ephemeral: false };
			emulator.executions.begin(emulator.fleet.get(FUEL_CELL), body, 'OWNER');
		};
		const { message, description } = await fails(FUEL_CELL, 'start');
		expect(message).toContain('is unknown');
		for (const { id } of emulator.executions.all)
			expect(description).toContain(`Execution ${id}, created at `);
		expect(emulator.executions.all).toHaveLength(2);
	});

	test('where those before could not be read, one that may be it is said and not taken', async () => {
		const match = { method: 'GET', path: 'command_executions?' };
		const denied = { errors: [{ message: 'Access denied.' }] };
		emulator.addFault({ kind: 'status', status: 403, body: denied, match, times: 1 });
		emulator.addFault(fault({ kind: 'reset-after' }));
		const { message, description } = await fails(FUEL_CELL, 'start');
		expect(message).toContain('is unknown');
		expect(description).toContain(`Execution ${emulator.executions.all[0]?.id}, created at `);
	});

	test('nor is what another item of the run did', async () => {
		emulator.addFault(fault({ kind: 'reset-before', after: 1 }));
		const { message } = await fails(FUEL_CELL, 'start', {}, { items: [{}, {}] });
		expect(message).toMatch(/is unknown.* \[item 1\]$/);
		expect(writes()).toHaveLength(2);
	});

	test.each([
		['429', { kind: 'status', status: 429 }],
		['503 of the API', { kind: 'status', status: 503, body: { errors: [{ message: 'Try again later.' }] } }],
	] as const)('%s: nothing was begun, so that it is retried', async (_what, refused) => {
		emulator.addFault(fault(refused));
		const { output } = await execute(FUEL_CELL, 'start');
		expect(json(output)).toMatchObject([{ state: 'SUCCESS' }]);
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

	test('an execution that is read and is of another device is not taken for its own', async () => {
		emulator.addFault(fault({ kind: 'body', body: { execution: { id: 'x', state: 'NEW' } } }));
		const other = { id: 'x', state: 'SUCCESS', device_id: 'another' };
		const match = { method: 'GET', path: 'command_executions/' };
		emulator.addFault({ kind: 'body', body: { execution: other }, match });
		expect((await fails(FUEL_CELL, 'start')).message).toContain('what became of it could not be read');
	});

	test('executions are read within half a minute, or the timeout where that is shorter', async () => {
		const call = jest.spyOn(EnapterClient.prototype, 'call');
		await execute(FUEL_CELL, 'start');
		await execute(FUEL_CELL, 'start', {}, { parameters: { options: { timeout: 5000 } } });
		const reads = call.mock.calls.filter(([{ path }]) => path.at(-1) === 'command_executions');
		call.mockRestore();
		expect(reads.map(([{ timeout }]) => timeout)).toEqual([30_000, 5000]);
	});

	test('a refusal is not retried, and says what to do', async () => {
		emulator.addFault(
			fault({ kind: 'status', status: 403, body: { errors: [{ message: 'Access denied.' }] } }),
		);
		const { message, description } = await fails(FUEL_CELL, 'start');
		expect(message).toBe('Device "fuel-cell-1": Access denied. [item 0]');
		expect(description).toContain('its role on this device is USER or higher');
	});
});

describe('the order of commands', () => {
	test('those of one device follow each other in item order, by whatever name', async () => {
		const id = idOf(BATTERY);
		const items = ['charge', 'discharge', 'idle', 'auto'].map((mode, index) => ({
			device: index % 2 === 0 ? BATTERY : id,
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
		while (hold.executions.length < 2) await new Promise((resolve) => setImmediate(resolve));
		hold.release();
		expect(json((await run).output)).toMatchObject([{ state: 'SUCCESS' }, { state: 'SUCCESS' }]);
	});

	test.each([[1], [30]])(
		'Stop is stop: after a device failed nothing is sent to it, nor to others that wait (%i at once)',
		async (maxConcurrency) => {
			emulator.fleet.simulate(ELECTROLYSER, { alerts: ['water_inlet_pressure_low'] });
			const { message, description } = await fails(
				'={{ $json.device }}',
				'start',
				{},
				{
					items: [
						{ device: ELECTROLYSER },
						{ device: ELECTROLYSER },
						...(maxConcurrency === 1 ? [{ device: FUEL_CELL }] : []),
					],
					parameters: { options: { maxConcurrency } },
				},
			);
			expect(message).toMatch(/The pressure at the water inlet is too low\. \[item 0\]$/);
			expect(description).toContain(`Never sent: ${maxConcurrency === 1 ? 'items 1–2' : 'item 1'}.`);
			expect(writes()).toHaveLength(1);
		},
	);

	test('in Continue the next command of a device follows one that failed', async () => {
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
		['has not ended', fault({ kind: 'reset-during' })],
		['can no longer be read', fault({ kind: 'body', body: { execution: { id: 'x', state: 'NEW' } } })],
		['may have been begun', fault({ kind: 'reset-before' })],
	])('in Continue no command is sent to a device while one before %s', async (_what, broken) => {
		emulator.executions.hold({ device: BATTERY });
		emulator.addFault(broken);
		const { output } = await execute('={{ $json.device }}', '={{ $json.command }}', '={{ $json.args }}', {
			items: [
				{ device: BATTERY, command: 'set_mode', args: { mode: 'charge' } },
				{ device: BATTERY, command: 'set_mode', args: { mode: 'discharge' } },
				{ device: FUEL_CELL, command: 'start', args: {} },
			],
			parameters: { options: { timeout: 1000 } },
			onError: 'continueRegularOutput',
		});
		expect(json(output)).toMatchObject([
			{ error: expect.stringContaining('"Set Mode" on device "battery-storage-1"') },
			{
				error:
					'"Set Mode" on device "battery-storage-1" was not sent, as "Set Mode" before it may not have ended. [item 1]',
			},
			{ state: 'SUCCESS' },
		]);
		expect(writes()).toHaveLength(2);
	});

	test('a run that is cancelled while the command is on its way says that it was not looked for', async () => {
		const hold = emulator.executions.hold();
		emulator.addFault(fault({ kind: 'reset-after' }));
		let cancel: () => void = () => {};
		const run = execute(FUEL_CELL, 'start', {}, { cancelAfter: (stop) => (cancel = stop) });
		while (hold.executions.length === 0) await new Promise((resolve) => setImmediate(resolve));
		cancel();
		hold.release();
		const { error, run: stored } = await run;
		const shown = JSON.stringify([error?.description, stored.data.resultData]);
		expect(shown).toContain('The run was stopped before its execution could be looked for.');
		expect(shown).not.toMatch(/No execution of it was found|could not be read/);
		expect(writes()).toHaveLength(1);
	});

	test('a run that is cancelled while it waits says that the command goes on', async () => {
		emulator.executions.hold();
		emulator.addFault(fault({ kind: 'reset-during' }));
		let cancel: () => void = () => {};
		whileWaiting = () => {
			if (waits.length === 2) cancel();
		};
		const result = await execute(
			FUEL_CELL,
			'start',
			{},
			{
				cancelAfter: (stop) => (cancel = stop),
			},
		);
		expect(result.output).toEqual([]);
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

		test('executes a command, and what it leaves blank counts as not there', async () => {
			const answer = await call({ command: 'set_output_power', args: { power: '600', reason: '' } });
			expect(answer).toMatch(/state.{1,5}SUCCESS/);
			expect(emulator.executions.all[0]?.request.arguments).toEqual({ power: 600 });
		});

		test('is told which commands there are', async () => {
			expect(await call({ command: 'fly', args: NONE })).toContain('It has: start, stop, set_output_power');
		});

		test('is told that a person has to confirm, and cannot confirm itself', async () => {
			const input = { command: 'stop', args: NONE, confirm: true };
			expect(await call(input)).toContain('a model cannot confirm');
			expect(await call(input, { confirm: fromModel('confirm', 'boolean') })).toContain(
				'Confirm has to be chosen',
			);
			expect(writes()).toEqual([]);
		});

		test('is told how to give no arguments, as an agent takes no empty object', async () => {
			const answer = await call({ command: 'start', args: { arguments: 'none' } });
			expect(answer).toMatch(/It takes no arguments: give \{\\*"none\\*": \\*"\\*"\}/);
			expect(await call({ command: 'start', args: NONE })).toMatch(/state.{1,5}SUCCESS/);
		});

		test('reads the reason of a device', async () => {
			emulator.fleet.simulate(ELECTROLYSER, { alerts: ['water_inlet_pressure_low'] });
			const answer = await call({ device: ELECTROLYSER, command: 'start', args: NONE });
			expect(answer).toContain('The pressure at the water inlet is too low.');
		});
	},
);

describe('a sensitive argument', () => {
	const PASSWORD = 'S3cr"et-häm';
	const options = { confirm: true };
	const wifi = async (password: unknown, more: Execution = {}) =>
		await execute(WEATHER, 'configure_wifi', "={{ { ssid: 'plant', password: $json.password } }}", {
			...more,
			items: [{ password }],
			parameters: { options },
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

	test.each([['1234'], [1234]])('is hidden also when it is short: %j', async (password) => {
		const message = 'PIN 1234 of 12345 is bad';
		emulator.addFault(
			fault({ kind: 'status', status: 400, body: { errors: [{ message, details: { pin: 1234 } }] } }),
		);
		const { error } = await wifi(password);
		expect(error?.message).toBe('Device "weather-station-1": PIN [REDACTED] of 12345 is bad. [item 0]');
		expect(error?.description).not.toContain('1234');
	});

	test('that cannot be used is not shown', async () => {
		const { error } = await wifi(['S3cret']);
		expect(error?.message).toBe(
			'"Configure Wi-Fi" cannot be executed with these arguments: "password" (Password) has to be a text. [item 0]',
		);
	});

	test('that makes the JSON unreadable is not shown', async () => {
		const { error } = await execute(WEATHER, 'configure_wifi', '{"password": S3cret}');
		expect(JSON.stringify(error)).not.toContain('S3cret"}');
		expect(`${error?.message} ${error?.description}`).not.toContain('S3cret');
	});

	test('is hidden in the list, and the execution is found all the same', async () => {
		emulator.addFault(fault({ kind: 'reset-after' }));
		const { output } = await wifi(PASSWORD);
		expect(json(output)).toMatchObject([{ state: 'SUCCESS' }]);
	});
});

describe('executions that were', () => {
	const get = async (parameters: Record<string, unknown>, more: Execution = {}) =>
		await runNode({
			emulator,
			...more,
			parameters: { resource: 'command', operation: 'get', ...parameters },
		});
	const getAll = async (parameters: Record<string, unknown> = {}, more: Execution = {}) =>
		await runNode({
			emulator,
			...more,
			parameters: {
				resource: 'command',
				operation: 'getAll',
				deviceId: byId(FUEL_CELL),
				returnAll: true,
				...parameters,
			},
		});

	test('one is got by its ID, with its log on request', async () => {
		await execute(FUEL_CELL, 'start');
		const [begun] = emulator.executions.all;
		const parameters = { deviceId: byId(FUEL_CELL), executionId: begun?.id };
		const { output } = await get({ ...parameters, options: { log: true } });
		expect(json(output)).toMatchObject([{ id: begun?.id, state: 'SUCCESS', log: [{}, {}, {}, {}] }]);
		expect(json((await get(parameters)).output)[0]).not.toHaveProperty('log');
	});

	test('one that is not there says so', async () => {
		const { error } = await get({ deviceId: byId(FUEL_CELL), executionId: 'x' });
		expect(error?.message).toBe(
			'Device "fuel-cell-1" has no execution "x", or there is no such device. [item 0]',
		);
	});

	test('are listed newest first, to the end', async () => {
		await execute(FUEL_CELL, 'start', {}, { items: Array.from({ length: 120 }, () => ({})) });
		const { output } = await getAll();
		expect(json(output).map(({ id }) => id)).toEqual(
			emulator.executions.all.map(({ id }) => id).toReversed(),
		);
	});

	test('as many as the limit says', async () => {
		await execute(FUEL_CELL, 'start', {}, { items: [{}, {}, {}] });
		expect((await getAll({ returnAll: false, limit: 2 })).output).toHaveLength(2);
	});

	test('of a site', async () => {
		await execute(
			'={{ $json.device }}',
			'start',
			{},
			{
				items: [{ device: FUEL_CELL }, { device: ELECTROLYSER }],
			},
		);
		const siteId = byId(emulator.fleet.get(FUEL_CELL).site_id);
		const { output } = await getAll({ scope: 'site', siteId });
		expect(json(output)).toMatchObject([{ device_id: idOf(FUEL_CELL) }]);
	});

	test('are filtered by the API by state, command and time', async () => {
		const filters = {
			states: ['ERROR', 'TIMEOUT'],
			commandNames: 'start, stop',
			createdAfter: '2025-08-04T09:00:00+02:00',
			createdBefore: '2025-08-05T00:00:00Z',
		};
		await getAll({ filters });
		const query = new URL(emulator.requests[0]?.path ?? '', emulator.origin).searchParams;
		expect(Object.fromEntries(query)).toMatchObject({
			order: 'CREATED_AT_DESC',
			'state.in': 'ERROR,TIMEOUT',
			'name.in': 'start,stop',
			'created_at.gte': '2025-08-04T07:00:00.000Z',
			'created_at.lt': '2025-08-05T00:00:00.000Z',
		});
	});

	test('a time may be a DateTime of an expression, and a list of names a list', async () => {
		const filters = {
			createdAfter: "={{ DateTime.fromISO('2025-08-04T07:00:00Z') }}",
			commandNames: "={{ ['start', 'stop'] }}",
		};
		expect((await getAll({ filters })).error).toBeUndefined();
		const query = new URL(emulator.requests[0]?.path ?? '', emulator.origin).searchParams;
		expect(new Date(query.get('created_at.gte') ?? '').toISOString()).toBe('2025-08-04T07:00:00.000Z');
		expect(query.get('name.in')).toBe('start,stop');
	});

	test.each([
		['states', []],
		['states', '={{ $json.nothing }}'],
		['commandNames', ' , '],
		['commandNames', ''],
		['createdAfter', ''],
		['createdBefore', '={{ $json.nothing }}'],
	])('a filter %s that says nothing is refused: %j', async (name, value) => {
		const { error } = await getAll({ filters: { [name]: value } });
		expect(error?.message).toMatch(/is empty|names nothing/);
		expect(emulator.requests).toEqual([]);
	});

	test('a time span that nothing can be in is refused', async () => {
		const filters = { createdAfter: '2025-08-05T00:00:00Z', createdBefore: '2025-08-04T00:00:00Z' };
		expect((await getAll({ filters })).error?.message).toMatch(/^Created After is not before/);
	});

	test('a list without its key is empty', async () => {
		emulator.addFault({ kind: 'body', body: {} });
		expect((await getAll()).output).toEqual([]);
	});

	test('a device and a site that are not there say so', async () => {
		expect((await getAll({ deviceId: byId('nobody') })).error?.message).toMatch(/"nobody" was not found/);
		const { error } = await getAll({ scope: 'site', siteId: byId('nowhere') });
		expect(error?.message).toMatch(/^Site "nowhere" was not found/);
	});
});

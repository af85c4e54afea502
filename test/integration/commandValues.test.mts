import { type Emulator, type Fault, startEmulator } from '../../emulator/server.mts';
import {
	declare,
	execute as executeOn,
	type Execution,
	fails as failsOn,
	json,
	writesOf,
} from '../support/commands.mts';
import { runNode } from '../support/engine.mts';
import { byId } from '../support/locators.mts';

const BATTERY = 'battery-storage-1';
const ELECTROLYSER = 'electrolyser-1';
const FUEL_CELL = 'fuel-cell-1';

const SETTINGS = {
	min_soc: 10,
	max_soc: 90,
	charge_cutoff: 3500,
	modbus_address: 17,
	can_id: '0x1A4',
	label: 'Hall 2',
	balancing: true,
};

let emulator: Emulator;

beforeEach(async () => {
	emulator = await startEmulator();
	emulator.executions.duration = 0;
	emulator.executions.timeout = 0;
	emulator.fleet.simulate(BATTERY, { settings: SETTINGS });
});

afterEach(async () => await emulator.close());

const FILL_IN = { fillInCurrentValues: true };
const withOptions = (options: object): Execution => ({ parameters: { options } });
const execute = async (args: unknown, options: object, more: Execution = {}) =>
	await executeOn(emulator, BATTERY, 'write_settings', args, { ...withOptions(options), ...more });
const fails = async (args: unknown, options: object, more: Execution = {}) =>
	await failsOn(emulator, BATTERY, 'write_settings', args, { ...withOptions(options), ...more });
const sent = () => writesOf(emulator).map(({ body }) => body as { name: string; arguments: object });
const onRead = (fault: Omit<Fault, 'match' | 'times'>): void =>
	emulator.addFault({ ...fault, match: { method: 'POST' }, times: 1 });

const readBody = (payload: object) => ({ execution: { id: 'x', state: 'SUCCESS', response: { payload } } });

describe('Fill In Current Values', () => {
	test('reads the current values with the command of the blueprint, and changes only what is given', async () => {
		const { output, error } = await execute({ max_soc: 80 }, FILL_IN);
		expect(error).toBeUndefined();
		expect(sent()).toMatchObject([
			{ name: 'read_settings', arguments: {} },
			{ name: 'write_settings', arguments: { ...SETTINGS, max_soc: 80 } },
		]);
		expect(json(output)).toMatchObject([{ state: 'SUCCESS', request: { name: 'write_settings' } }]);
		expect(json(output)[0]).not.toHaveProperty('changed');
		expect(emulator.fleet.settings(BATTERY)).toMatchObject({ ...SETTINGS, max_soc: 80 });
	});

	test('drops keys that are not arguments, and null', async () => {
		await execute({ max_soc: 80 }, FILL_IN);
		const names = Object.keys(sent()[1]?.arguments ?? {});
		expect(names).not.toContain('bms_version');
		expect(names).not.toContain('last_error');
		expect(names).toHaveLength(Object.keys(SETTINGS).length);
	});

	test('of an empty text keeps it, and clears a text', async () => {
		emulator.fleet.simulate(BATTERY, { settings: { ...SETTINGS, label: '' } });
		await execute({ max_soc: 80 }, FILL_IN);
		expect(sent()[1]?.arguments).toMatchObject({ label: '' });
	});

	test.each<[string, string, unknown]>([
		['an empty list', 'array_of_strings', []],
		['a text that looks like a number, of a type that is not known', 'address', '17'],
		['a text that is not JSON, of a type that is not known', 'address', 'bus 1'],
		['an empty text of a type that is not known', 'address', ''],
	])('sends %s as it was read', async (_what, type, value) => {
		const declared = { target: { type }, max_soc: { type: 'integer' } };
		declare(emulator, BATTERY, 'write_settings', { arguments: declared });
		onRead({ kind: 'body', body: readBody({ target: value }) });
		await execute({ max_soc: 80 }, FILL_IN);
		expect(sent()[1]?.arguments).toEqual({ target: value, max_soc: 80 });
	});

	test.each([
		['json', '{"serial":[9007199254740993]}'],
		['address', '9007199254740993'],
	])(
		'refuses a whole number of the type %s that JavaScript cannot hold, unless a value is given',
		async (type, value) => {
			const declared = { target: { type }, max_soc: { type: 'integer' } };
			declare(emulator, BATTERY, 'write_settings', { arguments: declared });
			const body = JSON.stringify(readBody({ target: 'VALUE' })).replace('"VALUE"', value);
			onRead({ kind: 'body', body });
			const { message, description } = await fails({ max_soc: 80 }, FILL_IN);
			expect(message).toBe(
				'Write Settings was not sent to Battery storage 1: the current value of target may contain a whole number with too many digits to be sent back exactly.',
			);
			expect(description).toBe('Give a value for this argument.');
			expect(sent()).toHaveLength(1);
			onRead({ kind: 'body', body });
			const target = { serial: '12345678901234567890' };
			expect((await execute({ max_soc: 80, target }, FILL_IN)).error).toBeUndefined();
			expect(sent()[2]?.arguments).toEqual({ max_soc: 80, target });
		},
	);

	test('sends what is given as it was checked before reading', async () => {
		declare(emulator, BATTERY, 'write_settings', { arguments: { target: { type: 'address' } } });
		onRead({ kind: 'body', body: readBody({ target: 'bus 1' }) });
		await execute({ target: '"17"' }, FILL_IN);
		expect(sent()[1]?.arguments).toEqual({ target: '17' });
	});

	test('checks the whole before it is sent', async () => {
		emulator.fleet.simulate(BATTERY, { settings: { ...SETTINGS, modbus_address: 250 } });
		const { message } = await fails({ max_soc: 80 }, FILL_IN);
		expect(message).toBe(
			'Write Settings was not sent to Battery storage 1 with the current values of the device: Modbus Address must be 1 to 247, not 250.',
		);
		expect(sent().map(({ name }) => name)).toEqual(['read_settings']);
	});

	test('checks what is given before anything is sent', async () => {
		const { message } = await fails({ max_soc: 101 }, FILL_IN);
		expect(message).toContain('Highest State of Charge (max_soc) must be 0 to 100 %, not 101');
		expect(sent()).toEqual([]);
	});

	test('a current value that is wrong and replaced does no harm', async () => {
		emulator.fleet.simulate(BATTERY, { settings: { ...SETTINGS, modbus_address: 250 } });
		const { error } = await execute({ modbus_address: 5 }, FILL_IN);
		expect(error).toBeUndefined();
	});

	test('an argument that has no current value and is required is named', async () => {
		onRead({ kind: 'body', body: { execution: { id: 'x', state: 'SUCCESS', response: { payload: {} } } } });
		const { message } = await fails({ max_soc: 80 }, FILL_IN);
		expect(message).toContain('Modbus Address is required');
		expect(sent()).toHaveLength(1);
	});

	test.each<[string, Omit<Fault, 'match' | 'times'>, RegExp]>([
		[
			'fails',
			{
				kind: 'body',
				body: { execution: { id: 'x', state: 'ERROR', response: { payload: { reason: 'Busy' } } } },
			},
			/could not be read: Battery storage 1 reports that Read Settings failed: Busy\.$/,
		],
		[
			'is refused',
			{ kind: 'status', status: 403, body: { errors: [{ message: 'Access denied.' }] } },
			/could not be read: Read Settings was not run on Battery storage 1: Access denied\.$/,
		],
		[
			'is not answered',
			{ kind: 'body', body: { execution: { id: 'x', state: 'TIMEOUT' } } },
			/could not be read: Battery storage 1 did not answer Read Settings in time\.$/,
		],
		[
			'returns no values',
			{ kind: 'body', body: { execution: { id: 'x', state: 'SUCCESS' } } },
			/could not be read: Read Settings returned no values\.$/,
		],
	])('writes nothing if the read command %s', async (_what, fault, message) => {
		onRead(fault);
		const failure = await fails({ max_soc: 80 }, FILL_IN);
		expect(failure.message).toMatch(/^Write Settings was not sent to Battery storage 1: its current values /);
		expect(failure.message).toMatch(message);
		expect(sent()).toHaveLength(1);
	});

	test('no other command of the run comes between reading and writing', async () => {
		const items = [{ max_soc: 80 }, { max_soc: 70 }, { min_soc: 20 }];
		const { error } = await execute('={{ $json }}', FILL_IN, { items });
		expect(error).toBeUndefined();
		expect(sent().map(({ name }) => name)).toEqual(items.flatMap(() => ['read_settings', 'write_settings']));
		expect(emulator.fleet.settings(BATTERY)).toMatchObject({ max_soc: 70, min_soc: 20 });
	});

	test('asks for the confirmation that the read command needs', async () => {
		const run = (options: object) =>
			executeOn(emulator, ELECTROLYSER, 'write_settings', { max_pressure: 30 }, withOptions(options));
		const { error } = await run(FILL_IN);
		expect(error?.message).toMatch(
			/^Write Settings was not sent to Electrolyser 1: its current values cannot be read with Read Settings: it needs confirmation \("Read the settings\?"\)\.$/,
		);
		expect(sent()).toEqual([]);
		expect((await run({ ...FILL_IN, confirm: true })).error).toBeUndefined();
	});

	test('obeys the role that the read command needs', async () => {
		declare(emulator, BATTERY, 'read_settings', { access_level: 'vendor' });
		const { message } = await fails({ max_soc: 80 }, FILL_IN);
		expect(message).toContain('it needs the role VENDOR, which is higher than OWNER');
		expect(sent()).toEqual([]);
	});

	test.each([
		['that names no command for it', FUEL_CELL, 'start', /the blueprint names no command for that\.$/],
		[
			'whose command for it does not exist',
			BATTERY,
			'write_settings',
			/the blueprint does not declare the command "gone" that it names for that\.$/,
		],
	])('is refused for a command %s', async (_what, device, command, message) => {
		declare(emulator, BATTERY, 'write_settings', { populate_values_command: 'gone' });
		for (const options of [FILL_IN, { skipIfUnchanged: true }]) {
			const args = command === 'start' ? {} : SETTINGS;
			const failure = await failsOn(emulator, device, command, args, withOptions(options));
			expect(failure.message).toMatch(message);
		}
		expect(sent()).toEqual([]);
	});

	test('a dry run does not run the read command, and says so', async () => {
		const { output } = await execute({ max_soc: 80 }, { ...FILL_IN, dryRun: true });
		expect(json(output)).toMatchObject([
			{
				dry_run: true,
				command_name: 'write_settings',
				arguments: { max_soc: 80 },
				reads_current_values_with: 'read_settings',
				note: expect.stringContaining('The real run reads them from the device with Read Settings.'),
			},
		]);
		expect(sent()).toEqual([]);
	});

	test('works with the typed form, where what is left blank keeps its value', async () => {
		const { error } = await runNode({
			emulator,
			parameters: {
				resource: 'command',
				operation: 'execute',
				deviceId: byId(BATTERY),
				commandName: byId('write_settings'),
				arguments: {
					mappingMode: 'defineBelow',
					value: { max_soc: 80, balancing: 'false' },
					schema: [],
				},
				options: FILL_IN,
			},
		});
		expect(error).toBeUndefined();
		expect(sent()[1]?.arguments).toEqual({ ...SETTINGS, max_soc: 80, balancing: false });
	});

	test('a read command whose result is unknown stops later commands to the device', async () => {
		onRead({ kind: 'body', body: { execution: { id: 'x', state: 'TIMEOUT' } } });
		const { output } = await execute('={{ $json }}', FILL_IN, {
			items: [{ max_soc: 80 }, { max_soc: 70 }],
			onError: 'continueRegularOutput',
		});
		expect(json(output)[1]?.['error']).toBe(
			'Write Settings was not sent to Battery storage 1 because of an earlier command. It is unknown whether Read Settings was run on Battery storage 1. [item 1]',
		);
		expect(sent()).toHaveLength(1);
	});
});

describe('Skip If Unchanged', () => {
	const BOTH = { ...FILL_IN, skipIfUnchanged: true };

	test('does not send a command whose arguments equal the current values', async () => {
		const { output } = await execute({ max_soc: '90', label: 'Hall 2' }, BOTH);
		expect(json(output)).toEqual([
			{
				device_id: emulator.fleet.get(BATTERY).id,
				device_name: 'Battery storage 1',
				command_display_name: 'Write Settings',
				changed: false,
				arguments: SETTINGS,
			},
		]);
		expect(sent().map(({ name }) => name)).toEqual(['read_settings']);
	});

	test('compares a text as it was read, even if it looks like a number', async () => {
		declare(emulator, BATTERY, 'write_settings', { arguments: { target: { type: 'address' } } });
		onRead({ kind: 'body', body: readBody({ target: '17' }) });
		const { output } = await execute({ target: '"17"' }, { skipIfUnchanged: true });
		expect(json(output)).toMatchObject([{ changed: false }]);
	});

	test('sends it if one differs', async () => {
		const { output } = await execute({ max_soc: 80 }, BOTH);
		expect(json(output)).toMatchObject([{ changed: true, state: 'SUCCESS' }]);
		expect(sent()).toHaveLength(2);
	});

	test('works without Fill In Current Values, with all arguments given', async () => {
		const { output } = await execute(SETTINGS, { skipIfUnchanged: true });
		expect(json(output)).toMatchObject([{ changed: false, arguments: SETTINGS }]);
		const { message } = await fails({ max_soc: 80 }, { skipIfUnchanged: true });
		expect(message).toContain('is required');
	});

	test.each<[string, Record<string, unknown>, unknown, object]>([
		['no argument', {}, {}, { skipIfUnchanged: true }],
		['a command without arguments', { arguments: {} }, {}, BOTH],
	])('is refused for %s before anything is sent', async (_what, change, args, options) => {
		const argument = { max_soc: { type: 'integer' } };
		declare(emulator, BATTERY, 'write_settings', { arguments: argument, ...change });
		const { message, description } = await fails(args, options);
		expect(message).toBe(
			'Write Settings was not sent to Battery storage 1: it has no arguments to compare with the current values.',
		);
		expect(description).toMatch(/^Give arguments, or turn off Skip If Unchanged in the options\./);
		expect(sent()).toEqual([]);
	});

	test('sends a command if neither the item nor the device has a value to compare', async () => {
		declare(emulator, BATTERY, 'write_settings', { arguments: { max_soc: { type: 'integer' } } });
		onRead({ kind: 'body', body: readBody({ max_soc: null }) });
		const { output } = await execute({}, BOTH);
		expect(json(output)).toMatchObject([{ changed: true }]);
		expect(sent()).toHaveLength(2);
	});

	test('works without waiting', async () => {
		const { output } = await execute({ max_soc: 80 }, { ...BOTH, waitForCompletion: false });
		expect(json(output)).toMatchObject([{ changed: true, id: expect.any(String) }]);
		expect(writesOf(emulator).map(({ path }) => path.split('/').at(-1))).toEqual([
			'execute_command',
			'command_executions',
		]);
	});
});

describe('a current value that is sensitive', () => {
	const declareSecret = () =>
		declare(emulator, BATTERY, 'write_settings', {
			arguments: { pin: { type: 'string', sensitive: true }, max_soc: { type: 'integer' } },
		});
	const PAYLOAD = { pin: 'S3cret-pin', max_soc: 90 };

	beforeEach(declareSecret);

	test('is hidden in the output of the command that reads it', async () => {
		onRead({ kind: 'body', body: readBody(PAYLOAD) });
		const { output } = await executeOn(emulator, BATTERY, 'read_settings');
		expect(json(output)).toMatchObject([
			{ state: 'SUCCESS', response: { payload: { pin: '[REDACTED]', max_soc: 90 } } },
		]);
	});

	test('is hidden in the message if that command fails', async () => {
		const payload = { ...PAYLOAD, reason: 'Locked' };
		onRead({ kind: 'body', body: { execution: { id: 'x', state: 'ERROR', response: { payload } } } });
		const { message, description } = await fails({ max_soc: 80, pin: '4711' }, FILL_IN);
		expect(message).toContain('Read Settings failed: Locked');
		expect(description).toContain('It also reports: {"pin":"[REDACTED]","max_soc":90}');
	});

	test.each([{}, { dryRun: true }])(
		'is not sent back, as it may be a mask: it must be given (%j)',
		async (more) => {
			const { message, description } = await fails({ max_soc: 80 }, { ...FILL_IN, ...more });
			expect(message).toBe(
				'Write Settings was not sent to Battery storage 1: pin is sensitive, so its current value cannot be read back.',
			);
			expect(description).toContain(
				'Give a value for it, or turn off Fill In Current Values in the options and give all arguments.',
			);
			expect(sent()).toEqual([]);
		},
	);

	test('is replaced by the one that is given', async () => {
		onRead({ kind: 'body', body: readBody({ pin: '********', max_soc: 90, label: 'Hall 2' }) });
		expect((await execute({ pin: '4711' }, FILL_IN)).error).toBeUndefined();
		expect(sent()[1]?.arguments).toEqual({ pin: '4711', max_soc: 90 });
	});
});

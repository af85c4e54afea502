import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { EnapterDevice } from '../../nodes/EnapterDevice/EnapterDevice.node.ts';
import { listSearch } from '../support/engine.mts';
import { byId } from '../support/locators.mts';
import { resourceMapping } from '../support/panelMethods.mts';

let emulator: Emulator;

beforeEach(async () => {
	emulator = await startEmulator();
});

afterEach(async () => await emulator.close());

const as = (apiToken: string) => ({ apiToken, baseUrl: emulator.baseUrl });

describe('the list of commands', () => {
	const commands = async (
		device: unknown,
		more: { filter?: string; credential?: ReturnType<typeof as> } = {},
	) =>
		(
			await listSearch('searchCommands', {
				emulator,
				...more,
				parameters: { resource: 'command', operation: 'execute', deviceId: device },
			})
		).results;

	test('shows the name, group and description of each, in one request', async () => {
		expect(await commands(byId('fuel-cell-1'))).toEqual([
			{ name: 'Set Output Power · Control', value: 'set_output_power' },
			{ name: 'Start · Control · Full output after a minute.', value: 'start' },
			{ name: 'Stop · needs confirmation · Control', value: 'stop' },
			{ name: 'Clear Faults · needs the role INSTALLER · Service', value: 'clear_faults' },
		]);
		expect(emulator.requests).toHaveLength(1);
	});

	test('names the role that a command needs where the token has a lower one, and never that of the token', async () => {
		const reader = await commands(byId('fuel-cell-1'), { credential: as(emulator.tokens.readonly) });
		expect(reader.map(({ name }) => /needs the role (\w+)/.exec(name)?.[1])).toEqual([
			'USER',
			'USER',
			'USER',
			'INSTALLER',
		]);
		expect(JSON.stringify(reader)).not.toContain('READONLY');
	});

	test.each([
		['a part of its name', 'output pow', ['set_output_power']],
		['its name in the manifest', 'clear_f', ['clear_faults']],
		['what it is for', 'after a minute', ['start']],
		['its group', 'service', ['clear_faults']],
		['nothing that fits', 'xyz', []],
	])('is searched by %s', async (_what, filter, found) => {
		expect((await commands(byId('fuel-cell-1'), { filter })).map(({ value }) => value)).toEqual(found);
	});

	test('finds a command by an alias', async () => {
		const found = await commands(byId('battery-storage-1'), { filter: 'switch_mode' });
		expect(found.map(({ value }) => value)).toEqual(['set_mode']);
	});

	test('takes a device by the address of its page, and by a plain text', async () => {
		const url = 'http://enapter-gateway.local/ems/devices/fuel-cell-1';
		expect(await commands({ __rl: true, mode: 'url', value: url })).toHaveLength(4);
		expect(await commands('fuel-cell-1')).toHaveLength(4);
	});

	test.each([[''], ['={{ $json.device }}'], [undefined]])('asks for a device first: %j', async (value) => {
		await expect(commands(byId(value))).rejects.toMatchObject({ message: 'Choose a device first' });
		expect(emulator.requests).toEqual([]);
	});

	test('says that there are none', async () => {
		await expect(commands(byId('ucm-2'))).rejects.toMatchObject({ message: 'No commands to choose from' });
	});

	test('of a huge manifest is read in one request', async () => {
		const huge = Object.fromEntries(
			Array.from({ length: 5000 }, (_, index) => [`command_${index}`, { display_name: `Do ${index}` }]),
		);
		emulator.addFault({ kind: 'body', body: { device: { id: 'x', manifest: { commands: huge } } } });
		const found = await commands(byId('x'));
		expect(found).toHaveLength(5000);
		expect(found[10]).toEqual({ name: 'Do 10', value: 'command_10' });
	});

	test.each([
		['no section', {}],
		['null', { commands: null }],
		['a list', { commands: [{ display_name: 'x' }] }],
		['a text', { commands: 'x' }],
		['commands that are none', { commands: { a: null, b: 'x', c: [] } }],
	])('of a manifest with %s is empty', async (_what, manifest) => {
		emulator.addFault({ kind: 'body', body: { device: { id: 'x', manifest } } });
		await expect(commands(byId('x'))).rejects.toMatchObject({ message: 'No commands to choose from' });
	});

	test('shows a manifest that breaks every rule', async () => {
		const manifest = {
			commands: {
				a: {
					display_name: 7,
					group: 'none',
					aliases: null,
					confirmation: null,
					arguments: [],
					access_level: 3,
				},
				b: { display_name: '={{ $env.HOME }}', group: 8, description: '<img src=x>', confirmation: {} },
			},
			command_groups: 'x',
		};
		emulator.addFault({ kind: 'body', body: { device: { id: 'x', manifest, authorized_role: 5 } } });
		expect(await commands(byId('x'))).toEqual([
			{ name: '{{ $env.HOME }} · needs confirmation', value: 'b' },
			{ name: 'a · none', value: 'a' },
		]);
	});
});

describe('the form for arguments', () => {
	const form = async (device: unknown, command: unknown, options: object = {}) =>
		await resourceMapping('getCommandArguments', {
			emulator,
			parameters: {
				resource: 'command',
				operation: 'execute',
				deviceId: byId(device),
				commandName: byId(command),
				options,
			},
		});
	const declare = (args: unknown, more: object = {}) => {
		const manifest = { commands: { c: { arguments: args, ...more } } };
		emulator.addFault({ kind: 'body', body: { device: { id: 'x', manifest } } });
	};

	test('has a number with its limits and unit, its default, and marks what is required', async () => {
		expect(await form('fuel-cell-1', 'set_output_power')).toEqual({
			fields: [
				{
					id: 'power',
					displayName: 'Power · 500–4000 W',
					required: true,
					defaultMatch: false,
					display: true,
					type: 'number',
					defaultValue: 4000,
				},
				{
					id: 'reason',
					displayName: 'Reason · For the log.',
					required: false,
					defaultMatch: false,
					display: true,
					type: 'string',
				},
			],
		});
		expect(emulator.requests).toHaveLength(1);
	});

	test.each([
		['a map', { enum: { auto: { display_name: 'Automatic' }, off: null } }],
		[
			'the compiled form',
			{ enum: ['auto', 'off'], enum_with_metainfo: [{ value: 'auto', display_name: 'Automatic' }] },
		],
	])('has a drop-down for an enum as %s', async (_what, values) => {
		declare({ mode: { type: 'string', default: 'off', ...values } });
		expect((await form('x', 'c')).fields).toMatchObject([
			{
				type: 'options',
				options: [
					{ name: 'Automatic', value: 'auto' },
					{ name: 'off', value: 'off' },
				],
				defaultValue: 'off',
			},
		]);
	});

	test('has numbers in the drop-down of an enum of numbers', async () => {
		const { fields } = await form('hydrogen-detector-1', 'set_alarm_level');
		expect(fields[0]?.options?.map(({ value }) => value)).toEqual([10, 20, 40]);
	});

	test('has a list and no drop-down where several of an enum can be given', async () => {
		declare({ modes: { type: 'array_of_strings', enum: ['a', 'b'] } });
		const { fields } = await form('x', 'c');
		expect(fields).toMatchObject([{ type: 'array' }]);
		expect(fields[0]).not.toHaveProperty('options');
	});

	test('goes by an alias of the command', async () => {
		expect((await form('battery-storage-1', 'switch_mode')).fields).toHaveLength(1);
	});

	test('has a toggle only where it is required or has a default: a toggle cannot be left blank', async () => {
		declare({
			a: { type: 'boolean', required: true },
			b: { type: 'boolean', default: 'false' },
			c: { type: 'boolean' },
		});
		const { fields } = await form('x', 'c');
		expect(fields).toMatchObject([
			{ type: 'boolean', required: true },
			{ type: 'boolean', defaultValue: false },
			{
				type: 'options',
				options: [
					{ name: 'Yes', value: 'true' },
					{ name: 'No', value: 'false' },
				],
			},
		]);
		expect(fields[2]).not.toHaveProperty('defaultValue');
	});

	test.each([
		[{ type: 'boolean', default: 'true' }, true],
		[{ type: 'integer', default: '5' }, 5],
		[{ type: 'float', default: '0.5' }, 0.5],
		[{ type: 'integer', enum: [1, 2], default: '2' }, 2],
		[{ type: 'string', default: 7 }, '7'],
		[{ type: 'integer', default: 'x' }, undefined],
	])('has the default of %j', async (declared, value) => {
		declare({ a: declared });
		expect((await form('x', 'c')).fields[0]?.defaultValue).toEqual(value);
	});

	test('with Fill In Current Values everything can be left blank', async () => {
		declare({
			a: { type: 'integer', required: true, default: 5 },
			b: { type: 'boolean', required: true },
			c: { type: 'boolean', default: true },
		});
		const { fields } = await form('x', 'c', { fillInCurrentValues: true });
		expect(fields.map(({ type, required, defaultValue }) => [type, required, defaultValue])).toEqual([
			['number', false, undefined],
			['options', false, undefined],
			['options', false, undefined],
		]);
	});

	test('with Fill In Current Values a sensitive argument must be filled in', async () => {
		declare({ a: { type: 'string', sensitive: true }, b: { type: 'string', required: true } });
		const { fields } = await form('x', 'c', { fillInCurrentValues: true });
		expect(fields.map(({ required }) => required)).toEqual([true, false]);
		expect((await form('x', 'c')).fields.map(({ required }) => required)).toEqual([false, true]);
	});

	test('has the description of an argument at the end of its label, in short', async () => {
		declare({
			a: { display_name: 'Cut-off', type: 'integer', min: 1, max: 9, unit: 'mV', description: 'per cell' },
			b: { display_name: 'Label', type: 'string', description: 'Label' },
			c: { type: 'string', description: 'x'.repeat(100) },
		});
		expect((await form('x', 'c')).fields.map(({ displayName }) => displayName)).toEqual([
			'Cut-off · 1–9 mV · per cell',
			'Label',
			`c · ${'x'.repeat(60)}…`,
		]);
	});

	test('has a list for lists of texts, and a text for what is not known, as JSON', async () => {
		declare({ a: { type: 'array_of_strings' }, b: { type: 'json' }, c: { type: 'time_range' }, d: {} });
		const { fields } = await form('x', 'c');
		expect(fields.map(({ type, displayName }) => [type, displayName])).toEqual([
			['array', 'a'],
			['string', 'b · as JSON'],
			['string', 'c · as JSON'],
			['string', 'd · as JSON'],
		]);
	});

	test('marks what is sensitive, and prefills nothing there', async () => {
		declare({ a: { type: 'string', sensitive: true, default: 'x' } });
		const { fields } = await form('x', 'c');
		expect(fields).toMatchObject([{ displayName: 'a · sensitive' }]);
		expect(fields[0]).not.toHaveProperty('defaultValue');
	});

	test('says the symbol of a unit', async () => {
		const manifest = {
			commands: { c: { arguments: { a: { type: 'float', unit: 'Cel', max: 5 } } } },
			units: { Cel: { symbol: '°C' } },
		};
		emulator.addFault({ kind: 'body', body: { device: { id: 'x', manifest } } });
		expect((await form('x', 'c')).fields[0]?.displayName).toBe('a · at most 5 °C');
	});

	test('stores nothing that n8n would take for an expression', async () => {
		declare({
			a: { type: 'string', display_name: '={{ 1 }}', default: '={{ 1 }}', unit: '=x' },
			b: {
				type: 'string',
				enum: ['={{ 1 }}', 'x'],
				enum_with_metainfo: [{ value: 'x', display_name: '=y' }],
			},
		});
		const holdsExpression = (value: unknown): boolean =>
			typeof value === 'string'
				? value.startsWith('=')
				: typeof value === 'object' && value !== null && Object.values(value).some(holdsExpression);
		const { fields } = await form('x', 'c');
		expect(fields).toHaveLength(2);
		expect(holdsExpression(fields)).toBe(false);
	});

	test.each([
		['nothing is chosen', '', '', /^Choose a device and a command\./],
		['the device comes from an expression', '={{ $json.device }}', 'start', /Using JSON/],
		['the device does not have the command', 'fuel-cell-1', 'fly', /does not have this command/],
		['the command has none', 'fuel-cell-1', 'start', /^Start has no arguments\.$/],
	])('says why it is empty if %s', async (_what, device, command, notice) => {
		const { fields, emptyFieldsNotice } = await form(device, command);
		expect(fields).toEqual([]);
		expect(emptyFieldsNotice).toMatch(notice);
	});

	test('does not warn of a command without arguments, and is made again for another command', () => {
		const { properties } = new EnapterDevice().description;
		const { typeOptions } = properties.find(({ name }) => name === 'arguments') ?? {};
		expect(typeOptions?.resourceMapper).toMatchObject({ hideNoDataError: true });
		expect(typeOptions?.loadOptionsDependsOn).toEqual(['commandName.value', 'options.fillInCurrentValues']);
	});
});

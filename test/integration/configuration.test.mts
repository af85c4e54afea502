import { createFleet } from '../../emulator/fleet.mts';
import { type Dialect, type Emulator, startEmulator } from '../../emulator/server.mts';
import { clock } from '../../nodes/EnapterDevice/transport/clock.ts';
import { listSearch, runAsTool, runNode, type RunOptions } from '../support/engine.mts';
import { byId } from '../support/locators.mts';
import { loadOptions, resourceMapping } from '../support/panelMethods.mts';
import { answerTogether } from '../support/together.mts';

const BATTERY = 'example-battery';
const STATION = 'example-weather-station';
const LIMITS = { min_soc: 10, max_soc: 95, charge_limit: 5, island_mode: false };

let emulator: Emulator;

beforeEach(async () => {
	jest.spyOn(clock, 'sleep').mockResolvedValue();
	emulator = await startEmulator({ fleet: createFleet({ devices: 60, examples: true }) });
});

afterEach(async () => {
	jest.restoreAllMocks();
	await emulator.close();
});

const idOf = (slug: string) => emulator.fleet.get(slug).id;

const run = async (
	operation: string,
	parameters: Record<string, unknown> = {},
	more: Partial<RunOptions> = {},
) =>
	await runNode({
		emulator,
		parameters: {
			resource: 'configuration',
			operation,
			deviceId: byId(BATTERY),
			group: byId('limits'),
			...parameters,
		},
		...more,
	});

/** Updates with JSON. */
const update = async (
	values: object,
	{ options = {}, ...parameters }: Record<string, unknown> = {},
	more: Partial<RunOptions> = {},
) =>
	await run(
		'update',
		{ parametersMode: 'json', parametersJson: JSON.stringify(values), options, ...parameters },
		more,
	);

const speak = (dialect: Partial<Dialect>) => Object.assign(emulator.dialect, dialect);

const writes = () => emulator.requests.filter(({ method }) => method !== 'GET');

const reads = () =>
	emulator.requests.filter(({ method, path }) => method === 'GET' && path.includes('/configuration/'));

const hintsOf = ({ hints }: { hints: Array<{ message: string }> }) => hints.map(({ message }) => message);

/** The values as the emulator holds them. */
async function held(group: string, slug = BATTERY): Promise<unknown> {
	const path = `${emulator.baseUrl}/v3/devices/${slug}/configuration/${group}`;
	const response = await fetch(path, { headers: { 'X-Enapter-Auth-Token': emulator.tokens.installer } });
	return ((await response.json()) as { configuration: unknown }).configuration;
}

describe('Get', () => {
	test('outputs the values of a group', async () => {
		const { output, error } = await run('get');
		expect(error).toBeUndefined();
		expect(output).toEqual([
			{
				json: { device_id: idOf(BATTERY), group: 'limits', configuration: LIMITS },
				pairedItem: { item: 0 },
			},
		]);
	});

	test('reads a group once, however many items want it', async () => {
		const { output } = await run(
			'get',
			{ deviceId: '={{ $json.id }}' },
			{ items: [{ id: BATTERY }, { id: idOf(BATTERY) }, { id: BATTERY }] },
		);
		expect(output.map(({ json }) => json['configuration'])).toEqual([LIMITS, LIMITS, LIMITS]);
		expect(reads()).toHaveLength(1);
	});

	test.each(['stars', 'null', 'empty', 'missing'] as const)(
		'outputs no sensitive value (%s)',
		async (sensitiveValues) => {
			speak({ sensitiveValues });
			await update({ password: 'hunter2-secret' }, { deviceId: STATION, group: 'network' });
			const { output } = await run('get', { deviceId: STATION, group: 'network' });
			const { password } = output[0]?.json['configuration'] as { password?: string };
			expect(password).toBe(sensitiveValues === 'missing' ? undefined : '[REDACTED]');
		},
	);

	test.each([
		{ configuration: [{ name: 'password', value: 'hunter2-secret' }] },
		{ password: 'hunter2-secret' },
	])('quotes no response that may contain a sensitive value: %j', async (body) => {
		emulator.addFault({ kind: 'body', match: { path: '/configuration/' }, body });
		for (const operation of ['get', 'reset']) {
			const { error } = await run(operation, { deviceId: STATION, group: 'network' });
			expect(error?.message).toContain('instead of a configuration');
			expect(JSON.stringify(error)).not.toContain('hunter2');
		}
	});

	test('outputs no values of a group that has none: "configuration" may be null', async () => {
		emulator.addFault({ kind: 'body', match: { path: '/configuration/' }, body: { configuration: null } });
		const { output, error } = await run('get');
		expect(error).toBeUndefined();
		expect(output[0]?.json['configuration']).toEqual({});
	});

	test('outputs no sensitive value that the API shows in the clear', async () => {
		const body = { configuration: { ssid: 'plant', password: 'hunter2-secret' } };
		emulator.addFault({ kind: 'body', match: { path: '/configuration/' }, body });
		const { output } = await run('get', { deviceId: STATION, group: 'network' });
		expect(output[0]?.json['configuration']).toEqual({ ssid: 'plant', password: '[REDACTED]' });
	});

	test.each([
		[
			{ group: 'limitz' },
			'Example battery has no configuration group "limitz".',
			'Its blueprint declares: limits, mode and service.',
		],
		[
			{ deviceId: 'example-ucm' },
			'Example UCM has no configuration group "limits".',
			'Its blueprint declares no configuration.',
		],
		[{ deviceId: 'no-such' }, 'Device "no-such" was not found.', ''],
		[
			{ group: 'service' },
			'The configuration Service of Example battery was not read:',
			'with the role INSTALLER on this device',
		],
	])('explains what it cannot read: %j', async (parameters, message, description) => {
		const { error } = await run('get', parameters);
		expect(error?.message).toContain(message);
		expect(error?.description).toContain(description);
	});
});

describe('Update', () => {
	test('sends the changed values and the names to reset in one request', async () => {
		const { output, error } = await update(
			{ min_soc: '20' },
			{ options: { resetParameters: 'max_soc, island_mode' } },
		);
		expect(error).toBeUndefined();
		expect(writes().map(({ method, path, body }) => [method, path, body])).toEqual([
			[
				'PATCH',
				`/v3/devices/${idOf(BATTERY)}/configuration/limits`,
				{ set: { min_soc: 20 }, reset: ['max_soc', 'island_mode'] },
			],
		]);
		expect(output[0]?.json).toEqual({
			device_id: idOf(BATTERY),
			group: 'limits',
			configuration: { ...LIMITS, min_soc: 20 },
		});
	});

	test('sends only reset parameters, if no value is given', async () => {
		await update({ min_soc: 20 });
		const { output } = await update({}, { options: { resetParameters: ['min_soc'] } });
		expect(writes()[1]?.body).toEqual({ reset: ['min_soc'] });
		expect(output[0]?.json['configuration']).toEqual(LIMITS);
	});

	test('takes values from the typed form; blank fields keep their values', async () => {
		const parameters = {
			mappingMode: 'defineBelow',
			value: { min_soc: 15, max_soc: null, charge_limit: '' },
		};
		const { error } = await run('update', { parameters });
		expect(error).toBeUndefined();
		expect(writes()[0]?.body).toEqual({ set: { min_soc: 15 } });
	});

	test('maps the fields of the input item and ignores all others', async () => {
		const parameters = { mappingMode: 'autoMapInputData', value: null };
		await run('update', { parameters }, { items: [{ id: 1, name: 'x', max_soc: 90 }] });
		expect(writes()[0]?.body).toEqual({ set: { max_soc: 90 } });
		const { error } = await run('update', { parameters }, { items: [{ id: 1 }] });
		expect(error?.message).toContain('no field of the input item has the name of a parameter');
	});

	test.each(['group', 'changed', 'empty'] as const)(
		'outputs the whole group if the API responds with %s',
		async (configurationAnswer) => {
			speak({ configurationAnswer });
			const whole = { ...LIMITS, min_soc: 20 };
			expect((await update({ min_soc: 20 })).output[0]?.json['configuration']).toEqual(whole);
			const skipping = await update({ min_soc: 30 }, { options: { skipIfUnchanged: true } });
			expect(skipping.output[0]?.json).toMatchObject({
				configuration: { ...whole, min_soc: 30 },
				changed: true,
			});
		},
	);

	test('that succeeded is not a failure if the group cannot be read afterwards', async () => {
		speak({ configurationAnswer: 'changed' });
		emulator.addFault({ kind: 'status', status: 500, match: { method: 'GET', path: '/configuration/' } });
		const result = await update({ min_soc: 20 });
		expect(result.output[0]?.json['configuration']).toEqual({ min_soc: 20 });
		expect(hintsOf(result)[0]).toMatch(
			/^Configuration Limits of Example battery: updated, but not all values could be read: \S/,
		);
	});
});

describe('what does not fit is refused for all items before the first write', () => {
	test.each([
		[{ min_soc: 101 }, {}, 'Lowest State of Charge (min_soc) must be 0 to 100 %, not 101'],
		[{ min_soc: 'low' }, {}, 'Lowest State of Charge (min_soc) must be a whole number, not "low"'],
		[{ speed: 1 }, {}, 'there is no parameter "speed"'],
		[{ min_soc: 20 }, { resetParameters: ['min_soc'] }, 'min_soc cannot be set and reset at once'],
		[{}, { resetParameters: ['speed'] }, 'there is no parameter speed to reset'],
	])('%j %j', async (values, options, message) => {
		const items = [{ values: { min_soc: 20 } }, { values }];
		const parameters = {
			parametersMode: 'json',
			parametersJson: '={{ $json.values }}',
			options: { ...options, skipIfUnchanged: true },
		};
		const { error } = await run('update', parameters, { items });
		expect(error?.message).toContain('The configuration Limits of Example battery was not updated: ');
		expect(error?.message).toContain(message);
		expect(error?.description).toContain('Nothing was changed');
		expect(writes()).toEqual([]);
		expect(reads()).toEqual([]);
	});

	test.each([
		[{ parametersMode: 'json', parametersJson: '{}' }, 'There is nothing to update.'],
		[{ parametersMode: 'json', parametersJson: 'min_soc=1' }, 'Parameters (JSON) is not a JSON object.'],
		[{ options: { resetParameters: '={{ $json.none }}' } }, 'is empty.'],
		[{ group: '={{ $json.none }}' }, 'Group is empty.'],
	])('%j before anything is sent', async (parameters, message) => {
		const { error } = await run('update', parameters);
		expect(error?.message).toContain(message);
		expect(emulator.requests).toEqual([]);
	});
});

describe('Skip If Unchanged', () => {
	const skip = { options: { skipIfUnchanged: true } };

	test.each(['plain', 'decimals'] as const)(
		'writes nothing if nothing differs (%s)',
		async (configurationNumbers) => {
			speak({ configurationNumbers });
			const { output } = await update({ ...LIMITS, charge_limit: '5.0' }, skip);
			expect(output[0]?.json).toEqual({
				device_id: idOf(BATTERY),
				group: 'limits',
				configuration: LIMITS,
				changed: false,
			});
			expect(writes()).toEqual([]);
			expect(reads()).toHaveLength(1);
		},
	);

	test('sends only what differs', async () => {
		const { output } = await update(
			{ min_soc: 10, max_soc: 90 },
			{ options: { skipIfUnchanged: true, resetParameters: ['charge_limit'] } },
		);
		expect(writes().map(({ body }) => body)).toEqual([{ set: { max_soc: 90 } }]);
		expect(output[0]?.json).toMatchObject({
			changed: true,
			configuration: { ...LIMITS, max_soc: 90 },
			previous: { max_soc: LIMITS.max_soc },
		});
	});

	test.each(['missing', 'null'] as const)(
		'resets nothing that has no value (%s)',
		async (unsetParameters) => {
			speak({ unsetParameters });
			const { output } = await update(
				{},
				{
					deviceId: STATION,
					group: 'reporting',
					options: { skipIfUnchanged: true, resetParameters: ['quiet_hours', 'heater'] },
				},
			);
			expect(output[0]?.json['changed']).toBe(false);
			expect(writes()).toEqual([]);
		},
	);

	test('resets nothing whose default is empty and that is empty', async () => {
		const declared = { display_name: 'Text', type: 'string', default: '' };
		const parameters = { note: declared, tags: { ...declared, type: 'array_of_strings', default: [] } };
		const station = { ...emulator.fleet.get(STATION) };
		const manifest = { configuration: { notes: { display_name: 'Notes', parameters } } };
		emulator.addFault({
			kind: 'body',
			match: { path: /\/devices\/[^/]+\?/ },
			body: { device: { ...station, manifest } },
		});
		emulator.addFault({
			kind: 'body',
			match: { path: '/configuration/notes' },
			body: { configuration: { note: '', tags: [] } },
		});
		const { output, error } = await update(
			{},
			{
				deviceId: STATION,
				group: 'notes',
				options: { skipIfUnchanged: true, resetParameters: ['note', 'tags'] },
			},
		);
		expect(error).toBeUndefined();
		expect(output[0]?.json['changed']).toBe(false);
		expect(writes()).toEqual([]);
	});

	test('sends sensitive values always, because they are hidden', async () => {
		const { output } = await update(
			{ password: 'hunter2-secret', ssid: 'plant' },
			{ deviceId: STATION, group: 'network', ...skip },
		);
		expect(writes().map(({ body }) => body)).toEqual([{ set: { password: 'hunter2-secret' } }]);
		expect(output[0]?.json['changed']).toBe(true);
	});

	test('reads many devices by pages, and each configuration once', async () => {
		const stations = emulator.fleet
			.list()
			.filter(({ blueprint_id }) => blueprint_id === emulator.fleet.get(STATION).blueprint_id);
		const online = stations.filter(({ connectivity }) => connectivity.status === 'ONLINE');
		expect(online.length).toBeGreaterThan(3);
		const { output, error } = await update(
			{ interval: 10 },
			{ deviceId: '={{ $json.id }}', group: 'reporting', ...skip },
			{ items: online.map(({ id }) => ({ id })) },
		);
		expect(error).toBeUndefined();
		expect(output).toHaveLength(online.length);
		expect(reads()).toHaveLength(online.length);
		expect(writes()).toEqual([]);
		const pages = Math.ceil(emulator.fleet.devices.size / 49) + 1;
		expect(emulator.requests.length).toBeLessThanOrEqual(online.length + pages + 1);
	});
});

test('items of one device follow each other in item order, whatever names it has', async () => {
	emulator.latency = 5;
	const items = [20, 30, 40].map((min_soc, index) => ({
		id: index === 1 ? idOf(BATTERY) : BATTERY,
		values: { min_soc },
	}));
	const { output } = await run(
		'update',
		{ deviceId: '={{ $json.id }}', parametersMode: 'json', parametersJson: '={{ $json.values }}' },
		{ items },
	);
	expect(output.map(({ json }) => (json['configuration'] as { min_soc: number }).min_soc)).toEqual([
		20, 30, 40,
	]);
	expect(await held('limits')).toMatchObject({ min_soc: 40 });
	writes()
		.slice(1)
		.forEach(({ startedAt }, index) =>
			expect(startedAt).toBeGreaterThanOrEqual(writes()[index]?.endedAt ?? Infinity),
		);
});

describe('Reset', () => {
	test.each(['group', 'changed', 'empty'] as const)(
		'sets all parameters back (%s)',
		async (configurationAnswer) => {
			speak({ configurationAnswer });
			await update({ min_soc: 20, charge_limit: 1.5 });
			emulator.requests.length = 0;
			const { output } = await run('reset');
			expect(writes().map(({ method, path, body }) => [method, path, body])).toEqual([
				['POST', `/v3/devices/${idOf(BATTERY)}/configuration/limits/reset_all`, undefined],
			]);
			expect(output[0]?.json).toEqual({ device_id: idOf(BATTERY), group: 'limits', configuration: LIMITS });
		},
	);
});

describe('Dry Run', () => {
	test('shows what Update would change; later items see the changes of earlier ones', async () => {
		const items = [
			{ values: { min_soc: 20, max_soc: 95 } },
			{ values: { min_soc: 30 } },
			{ values: { min_soc: 30 } },
		];
		const result = await run(
			'update',
			{ parametersMode: 'json', parametersJson: '={{ $json.values }}', options: { dryRun: true } },
			{ items },
		);
		expect(result.output.map(({ json }) => json['changes'])).toEqual([
			{ min_soc: { from: 10, to: 20 } },
			{ min_soc: { from: 20, to: 30 } },
			{},
		]);
		expect(result.output[0]?.json).toMatchObject({
			dry_run: true,
			device_id: idOf(BATTERY),
			name: 'Example battery',
			slug: BATTERY,
			group: 'limits',
		});
		expect(hintsOf(result)).toEqual([
			'Dry run: 2 of 3 configurations would be updated. Nothing was changed.',
		]);
		expect(writes()).toEqual([]);
	});

	test.each(['update', 'reset'])('of %s reads the values of all items together', async (operation) => {
		const { blueprint_id } = emulator.fleet.get(BATTERY);
		const devices = emulator.fleet.list().slice(0, 2);
		for (const { id } of devices) emulator.fleet.assignBlueprint(id, blueprint_id);
		answerTogether(emulator, 'GET', 2, '/configuration/');
		const { error, output } = await run(
			operation,
			{
				deviceId: '={{ $json.id }}',
				parametersMode: 'json',
				parametersJson: '{ "min_soc": 30 }',
				options: { dryRun: true },
			},
			{ items: devices },
		);
		expect(error).toBeUndefined();
		expect(output.map(({ json }) => json['device_id'])).toEqual(devices.map(({ id }) => id));
	});

	test('shows what Reset would change, and no sensitive value', async () => {
		await update({ password: 'hunter2-secret', ssid: 'office' }, { deviceId: STATION, group: 'network' });
		emulator.requests.length = 0;
		const { output } = await run('reset', { deviceId: STATION, group: 'network', options: { dryRun: true } });
		expect(output[0]?.json['changes']).toEqual({
			ssid: { from: 'office', to: 'plant' },
			password: { from: '[REDACTED]', to: '[REDACTED]' },
		});
		expect(writes()).toEqual([]);
	});
});

describe('a device that is offline', () => {
	beforeEach(() => emulator.fleet.simulate(BATTERY, { connectivity: 'OFFLINE' }));

	test.each([
		['422', 'The configuration Limits of Example battery was not updated: Device is offline.'],
		[
			'504',
			'It is unknown whether the configuration Limits of Example battery was updated: Device did not respond in time.',
		],
		[
			'hang',
			'It is unknown whether the configuration Limits of Example battery was updated: No complete response in time from',
		],
	] as const)('is named with the reason, and not asked again (%s)', async (configurationOffline, message) => {
		speak({ configurationOffline });
		const { error } = await update({ min_soc: 20 }, { options: { timeout: 300 } });
		expect(error?.message).toContain(message);
		expect(error?.description).toContain('Example battery is offline. Try again when it is online.');
		expect(writes()).toHaveLength(1);
	});

	test('may accept the change', async () => {
		speak({ configurationOffline: 'accepted' });
		const { output, error } = await update({ min_soc: 20 });
		expect(error).toBeUndefined();
		expect(output[0]?.json['configuration']).toMatchObject({ min_soc: 20 });
	});

	test('does not keep others waiting', async () => {
		speak({ configurationOffline: 'hang' });
		const { output } = await update(
			{ min_soc: 20 },
			{
				deviceId: '={{ $json.id }}',
				group: '={{ $json.group }}',
				parametersJson: '={{ $json.values }}',
				options: { timeout: 500, maxConcurrency: 1 },
			},
			{
				items: [
					{ id: BATTERY, group: 'limits', values: { min_soc: 20 } },
					{ id: STATION, group: 'reporting', values: { interval: 20 } },
				],
				onError: 'continueRegularOutput',
			},
		);
		expect(output.map(({ json }) => 'error' in json)).toEqual([true, false]);
		// Reached at once if the first request leaves its slot, and after its timeout if not.
		expect(clock.sleep).toHaveBeenCalledWith(1000);
	});
});

describe('outcomes', () => {
	test.each([
		{ kind: 'reset-after' },
		{ kind: 'status', status: 502, body: '<html>' },
		{ kind: 'cut' },
	] as const)('an update whose response is lost is sent again: %j', async (fault) => {
		emulator.addFault({ ...fault, match: { method: 'PATCH' }, times: 1 });
		const { output, error } = await update({ min_soc: 20 });
		expect(error).toBeUndefined();
		expect(output[0]?.json['configuration']).toMatchObject({ min_soc: 20 });
		expect(writes()).toHaveLength(2);
	});

	test.each([
		['400', 400],
		['422', 422],
	] as const)('a refusal of the API is shown (%s)', async (configurationRefusal, status) => {
		speak({ configurationRefusal });
		emulator.addFault({
			kind: 'status',
			status,
			body: { errors: [{ message: 'max_soc is too low' }] },
			match: { method: 'PATCH' },
		});
		const { error } = await update({ min_soc: 20 });
		expect(error?.message).toContain(
			'The configuration Limits of Example battery was not updated: max_soc is too low',
		);
		expect(writes()).toHaveLength(1);
	});

	test('after a failure in Stop Workflow nothing more is sent; in Continue the others are updated', async () => {
		emulator.addFault({
			kind: 'status',
			status: 422,
			body: { errors: [{ message: 'No' }] },
			match: { method: 'PATCH' },
			times: 1,
		});
		const items = [20, 30].map((min_soc) => ({ values: { min_soc } }));
		const parameters = { parametersMode: 'json', parametersJson: '={{ $json.values }}' };
		const { error } = await run('update', parameters, { items });
		expect(error?.description).toContain('Failed: item 0. Never sent: item 1.');
		emulator.addFault({
			kind: 'status',
			status: 422,
			body: { errors: [{ message: 'No' }] },
			match: { method: 'PATCH' },
			times: 1,
		});
		const { output } = await run('update', parameters, { items, onError: 'continueRegularOutput' });
		expect(output.map(({ json }) => 'error' in json)).toEqual([true, false]);
	});

	test('Retry On Fail may be on', async () => {
		const { error } = await update({ min_soc: 20 }, {}, { nodeSettings: { retryOnFail: true } });
		expect(error).toBeUndefined();
	});
});

test('a sensitive value is in no output, message or hint, also if the API repeats it', async () => {
	const password = 'hunter2-secret';
	emulator.addFault({
		kind: 'status',
		status: 422,
		body: { errors: [{ message: `bad password ${password}` }] },
		match: { method: 'PATCH' },
	});
	const parameters = {
		deviceId: STATION,
		group: 'network',
		parametersMode: 'json',
		parametersJson: '={{ { password: $json.pw } }}',
	};
	const { run: execution, error } = await run('update', parameters, { items: [{ pw: password }] });
	expect(error?.message).toContain('bad password [REDACTED]');
	const { 'Enapter Device': own } = execution.data.resultData.runData;
	expect(JSON.stringify([own, error])).not.toContain(password);
});

test('a language model can update and read', async () => {
	const call = async (parameters: Record<string, unknown>) =>
		(
			await runAsTool('by the engine', {
				emulator,
				parameters: { resource: 'configuration', deviceId: BATTERY, group: 'limits', ...parameters },
				input: { values: '{"min_soc": 25, "max_soc": ""}' },
			})
		).answer;
	const values = "={{ $fromAI('values', 'the values', 'json') }}";
	expect(await call({ operation: 'update', parametersMode: 'json', parametersJson: values })).toContain(
		'"min_soc":25',
	);
	expect(writes()[0]?.body).toEqual({ set: { min_soc: 25 } });
	expect(await call({ operation: 'get' })).toContain('"min_soc":25');
	expect(await call({ operation: 'get', group: 'none' })).toContain(
		'Its blueprint declares: limits, mode and service.',
	);
});

describe('the panel', () => {
	const chosen = { deviceId: byId(BATTERY), group: byId('limits') };

	test('lists the groups of the device, with the role that the token lacks', async () => {
		const { results } = await listSearch('searchGroups', { emulator, parameters: chosen });
		expect(results).toEqual([
			{ name: 'Limits · Kept by the battery.', value: 'limits' },
			{ name: 'Operation', value: 'mode' },
			{ name: 'Service · needs the role INSTALLER', value: 'service' },
		]);
		const found = await listSearch('searchGroups', { emulator, parameters: chosen, filter: 'operat' });
		expect(found.results.map(({ value }) => value)).toEqual(['mode']);
		await expect(listSearch('searchGroups', { emulator, parameters: {} })).rejects.toThrow(
			'Choose a device first',
		);
	});

	test('makes a form in which nothing is required or filled in', async () => {
		const { fields } = await resourceMapping('getConfigurationParameters', { emulator, parameters: chosen });
		expect(fields.map(({ id, type, required, defaultValue }) => [id, type, required, defaultValue])).toEqual([
			['min_soc', 'number', false, undefined],
			['max_soc', 'number', false, undefined],
			['charge_limit', 'number', false, undefined],
			['island_mode', 'options', false, undefined],
		]);
		const none = await resourceMapping('getConfigurationParameters', { emulator, parameters: {} });
		expect(none.emptyFieldsNotice).toContain('Choose a device and a group.');
	});

	test('lists the parameters to reset', async () => {
		const options = await loadOptions('getParameterNames', { emulator, parameters: chosen });
		expect(options.map(({ value }) => value)).toEqual(
			['charge_limit', 'max_soc', 'island_mode', 'min_soc'].sort((one, other) =>
				names(one).localeCompare(names(other)),
			),
		);
	});

	const names = (value: string) =>
		({ charge_limit: 'Charge Limit', max_soc: 'Highest', island_mode: 'Island Mode', min_soc: 'Lowest' })[
			value
		] ?? '';
});

import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { declare, execute as executeOn, type Execution, json, requestsOf } from '../support/commands.mts';
import { runNode } from '../support/engine.mts';
import { byId } from '../support/locators.mts';

const FUEL_CELL = 'fuel-cell-1';
const ELECTROLYSER = 'electrolyser-1';
const WEATHER = 'weather-station-1';

let emulator: Emulator;

beforeEach(async () => {
	emulator = await startEmulator();
	emulator.executions.duration = 0;
	emulator.executions.timeout = 0;
});

afterEach(async () => await emulator.close());

const execute = async (device: string, command: string, args: unknown = {}, more: Execution = {}) =>
	await executeOn(emulator, device, command, args, more);
const idOf = (slug: string) => emulator.fleet.get(slug).id;

describe('executions', () => {
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

	test('one is returned by its ID, with its log on request', async () => {
		await execute(FUEL_CELL, 'start');
		const [started] = emulator.executions.all;
		const parameters = { deviceId: byId(FUEL_CELL), executionId: started?.id };
		const { output } = await get({ ...parameters, options: { log: true } });
		expect(json(output)).toMatchObject([{ id: started?.id, state: 'SUCCESS', log: [{}, {}, {}, {}] }]);
		expect(json((await get(parameters)).output)[0]).not.toHaveProperty('log');
	});

	test('of a device given by its ID in any case are read once', async () => {
		await execute(FUEL_CELL, 'start');
		const executionId = emulator.executions.all[0]?.id;
		const { id } = emulator.fleet.get(FUEL_CELL);
		const items = [{ id }, { id: id.toUpperCase() }];
		for (const read of [get, getAll]) {
			emulator.requests.length = 0;
			const parameters = { deviceId: '={{ $json.id }}', executionId, returnAll: false, limit: 1 };
			const { output } = await read(parameters, { items });
			expect(json(output)).toMatchObject([{ id: executionId }, { id: executionId }]);
			const paths = requestsOf(emulator).filter((request) => request.includes('command_executions'));
			expect(paths).toHaveLength(1);
		}
		expect(requestsOf(emulator).join()).not.toContain(id.toUpperCase());
	});

	test.each(['.', '..', 'a\nb', 'x'.repeat(300)])('%j is no ID of one', async (executionId) => {
		const { error } = await get({ deviceId: byId(FUEL_CELL), executionId });
		expect(error?.message).toContain('Execution ID');
		expect(emulator.requests).toEqual([]);
	});

	test('one that does not exist says so', async () => {
		const { error } = await get({ deviceId: byId(FUEL_CELL), executionId: 'x' });
		expect(error?.message).toBe('Device "fuel-cell-1" has no execution "x", or the device does not exist.');
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
			'created_at.gte': '2025-08-04T07:00:00Z',
			'created_at.lt': '2025-08-05T00:00:00Z',
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
	])('a filter %s without a value is refused: %j', async (name, value) => {
		const { error } = await getAll({ filters: { [name]: value } });
		expect(error?.message).toMatch(/ is empty\./);
		expect(emulator.requests).toEqual([]);
	});

	test('a time span that contains nothing is refused', async () => {
		const filters = { createdAfter: '2025-08-05T00:00:00Z', createdBefore: '2025-08-04T00:00:00Z' };
		expect((await getAll({ filters })).error?.message).toMatch(/^Created After is not before/);
	});

	test('a list without its key is empty', async () => {
		emulator.addFault({ kind: 'body', body: {} });
		expect((await getAll()).output).toEqual([]);
	});

	test('a device and a site that do not exist say so', async () => {
		expect((await getAll({ deviceId: byId('nobody') })).error?.message).toMatch(/"nobody" was not found/);
		const { error } = await getAll({ scope: 'site', siteId: byId('nowhere') });
		expect(error?.message).toMatch(/^Site "nowhere" was not found/);
	});

	test('a time keeps its microseconds, so that no execution is skipped', async () => {
		const filters = {
			createdAfter: '2025-08-04T07:22:07.988115Z',
			createdBefore: '2025-08-04T07:22:07.9882Z',
		};
		expect((await getAll({ filters })).error).toBeUndefined();
		const query = new URL(emulator.requests[0]?.path ?? '', emulator.origin).searchParams;
		expect(query.get('created_at.gte')).toBe('2025-08-04T07:22:07.988115Z');
	});

	test('items that want the same list share it', async () => {
		const items = Array.from({ length: 20 }, () => ({}));
		expect((await getAll({}, { items })).output).toEqual([]);
		expect(emulator.requests).toHaveLength(1);
	});

	test('items that name the same execution share it', async () => {
		await execute(FUEL_CELL, 'start');
		const executionId = emulator.executions.all[0]?.id;
		emulator.requests.length = 0;
		const items = [{}, {}, {}];
		const { output } = await get({ deviceId: byId(FUEL_CELL), executionId }, { items });
		expect(output.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
		expect(emulator.requests.filter(({ path }) => path.includes('executions'))).toHaveLength(1);
	});

	describe('whose sensitive arguments the API or the device repeats', () => {
		const PASSWORD = 'S3cr"et-häm';
		const execution = () => ({
			id: 'x',
			device_id: idOf(WEATHER),
			state: 'SUCCESS',
			request: { name: 'configure_wifi', arguments: { ssid: 'plant', password: PASSWORD } },
			response: { state: 'SUCCEEDED', payload: { joined: `plant with ${PASSWORD}` } },
		});
		const hidden = { request: { arguments: { ssid: 'plant', password: '[REDACTED]' } } };
		const respondWith = (body: object) =>
			emulator.addFault({ kind: 'body', body, match: { method: 'GET', path: 'executions' } });

		test('are output by Get without them, after one read of the manifest', async () => {
			respondWith({ execution: execution() });
			const items = [{ id: 'x' }, { id: 'y' }];
			const { output, run } = await get(
				{ deviceId: byId(WEATHER), executionId: '={{ $json.id }}' },
				{ items },
			);
			expect(json(output)).toMatchObject([hidden, hidden]);
			expect(JSON.stringify(run.data.resultData.runData['Enapter Device'])).not.toContain('S3cr');
			expect(emulator.requests.filter(({ path }) => !path.includes('executions'))).toHaveLength(1);
		});

		test('are output by Get Many of a site without them', async () => {
			respondWith({ executions: [execution(), { ...execution(), id: 'y', request: { name: 'start' } }] });
			const siteId = byId(emulator.fleet.get(WEATHER).site_id);
			const { output } = await getAll({ scope: 'site', siteId });
			expect(json(output)).toMatchObject([hidden, { id: 'y', request: { name: 'start' } }]);
		});

		test.each([
			{ response: { payload: { ssid: 'plant', password: PASSWORD } } },
			{ log: [{ payload: { ssid: 'plant', password: PASSWORD } }] },
		])('are hidden in what the device sends if the API does not show the arguments: %j', async (contents) => {
			const silent = { ...execution(), request: { name: 'configure_wifi' }, response: null, ...contents };
			const ids = Array.from({ length: 5 }, (_, index) => `x${index}`);
			respondWith({ executions: ids.map((id) => ({ ...silent, id })) });
			const { output } = await getAll({ deviceId: byId(WEATHER) });
			expect(output).toHaveLength(5);
			expect(JSON.stringify(output)).not.toContain('häm');
			expect(JSON.stringify(output[0]?.json)).toContain('{"ssid":"plant","password":"[REDACTED]"}');
			expect(emulator.requests.filter(({ path }) => !path.includes('executions'))).toHaveLength(1);
		});

		test('are hidden also if devices may not be listed', async () => {
			emulator.addFault({ kind: 'status', status: 403, match: { path: /devices(\?|\/[^/]*\?)/ } });
			respondWith({ executions: [execution()] });
			const siteId = byId(emulator.fleet.get(WEATHER).site_id);
			const { output, error } = await getAll({ scope: 'site', siteId });
			expect(error).toBeUndefined();
			expect(JSON.stringify(output)).not.toContain('häm');
		});

		test('are hidden together with all arguments if the manifest cannot be read, which a hint says', async () => {
			respondWith({ execution: execution() });
			emulator.addFault({ kind: 'status', status: 404, match: { path: 'manifest' } });
			const { output, hints } = await get({ deviceId: byId(WEATHER), executionId: 'x' });
			expect(json(output)).toMatchObject([
				{
					request: { arguments: { ssid: '[REDACTED]', password: '[REDACTED]' } },
					response: { state: 'SUCCEEDED', payload: { joined: '[REDACTED]' } },
				},
			]);
			expect(hints[0]?.message).toBe(
				'The arguments and responses of configure_wifi are hidden, because the blueprint of the device does not declare the command or could not be read: any of them may be sensitive.',
			);
		});

		test('are hidden also if the blueprint no longer declares them, which a hint says', async () => {
			declare(emulator, WEATHER, 'configure_wifi', { arguments: { ssid: { type: 'string' } } });
			respondWith({ executions: [{ ...execution(), log: [{ payload: { password: 'Other' } }] }] });
			const { output, hints: found } = await getAll({ deviceId: byId(WEATHER) });
			expect(json(output)).toMatchObject([
				{
					...hidden,
					response: { state: 'SUCCEEDED', payload: { joined: 'plant with [REDACTED]' } },
					log: [{ payload: { password: '[REDACTED]' } }],
				},
			]);
			expect(found.map(({ message }) => message)).toEqual([
				'Hidden because the blueprint of the device no longer declares it, so it may be sensitive: password of configure_wifi.',
			]);
		});

		test('cost no request if neither arguments nor responses are shown', async () => {
			const nothing = { request: { name: 'start', arguments: {} }, response: { payload: {} }, log: [{}] };
			respondWith({ execution: { ...execution(), ...nothing } });
			await get({ deviceId: byId(WEATHER), executionId: 'x' });
			expect(emulator.requests).toHaveLength(1);
		});
	});
});

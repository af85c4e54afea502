import { createFleet } from '../../emulator/fleet.mts';
import { startEmulator, type Emulator } from '../../emulator/server.mts';
import { readBinary, runNode, type RunOptions } from '../support/engine.mts';
import { byId } from '../support/locators.mts';

const DETECTOR = '93fb32c7-b7b7-4987-a754-23597d9c02c7';
const CONFIGURABLE = 'fecbbba0-79f2-4e9e-a6f0-69a310ab110b';
const BLUEPRINT = 'bluepri2-60n4-4t9d-e6v0-69i310cb110e';

describe.each(['cloud', 'gateway'] as const)('on a %s', (kind) => {
	let emulator: Emulator;

	beforeEach(async () => {
		emulator = await startEmulator({ kind, fleet: createFleet() });
	});

	afterEach(async () => await emulator.close());

	const run = async (parameters: Record<string, unknown>, more: Partial<RunOptions> = {}) =>
		await runNode({ emulator, parameters, ...more });

	test('update sends only the fields that were added, and puts out the device', async () => {
		const { output, error } = await run({
			operation: 'update',
			deviceId: byId(DETECTOR),
			updateFields: { name: 'Hydrogen detector' },
		});
		expect(error).toBeUndefined();
		expect(emulator.requests.map(({ method, body }) => ({ method, body }))).toEqual([
			{ method: 'PATCH', body: { name: 'Hydrogen detector' } },
		]);
		expect(output).toEqual([
			{
				json: expect.objectContaining({
					id: DETECTOR,
					name: 'Hydrogen detector',
					slug: 'gas-detector-in-living-room',
				}),
				pairedItem: { item: 0 },
			},
		]);
		expect(emulator.fleet.find(DETECTOR)?.name).toBe('Hydrogen detector');
	});

	test('a device goes by its slug as well, also from an expression that gives a plain text', async () => {
		const { output } = await run(
			{ operation: 'get', deviceId: '={{ $json.slug }}' },
			{ items: [{ slug: 'gas-detector-in-living-room' }] },
		);
		expect(output.map(({ json }) => json.id)).toEqual([DETECTOR]);
	});

	test('expand brings what was asked for, as the API sends it', async () => {
		const { output } = await run({
			operation: 'get',
			deviceId: byId(DETECTOR),
			options: { expand: ['site', 'communication'] },
		});
		expect(output[0]?.json).toMatchObject({
			site: { id: 'a2f2c5e7-054a-43db-8402-3fe6006936b2' },
			communication: { type: 'UCM_LUA' },
		});
		expect(output[0]?.json).not.toHaveProperty('connectivity');
	});

	test('delete puts out the ID and that it is deleted', async () => {
		const { output } = await run({ operation: 'delete', deviceId: byId(DETECTOR) });
		expect(output).toEqual([{ json: { id: DETECTOR, deleted: true }, pairedItem: { item: 0 } }]);
		expect(emulator.fleet.find(DETECTOR)).toBeUndefined();
	});

	test('delete of a device that others run on is refused with the reason and the way out', async () => {
		const upstream = upstreamOf(emulator, DETECTOR);
		const { error } = await run({ operation: 'delete', deviceId: byId(upstream) });
		expect(error?.message).toContain('Device has running devices');
		expect(error?.message).toContain('Delete Devices Running on It First');
		expect(error?.message).toContain('[item 0]');
		expect(emulator.fleet.find(upstream)).toBeDefined();
	});

	test('delete takes the devices running on it along when told to, the last in the chain first', async () => {
		const upstream = upstreamOf(emulator, DETECTOR);
		const { output } = await run({
			operation: 'delete',
			deviceId: byId(upstream),
			options: { deleteDependents: true },
		});
		const deleted = output[0]?.json.deleted_devices as string[];
		expect(deleted).toContain(DETECTOR);
		expect(deleted.at(-1)).toBe(upstream);
		expect(output[0]?.json).toEqual({ id: upstream, deleted: true, deleted_devices: deleted });
		expect(emulator.requests.filter(({ method }) => method === 'GET')).toHaveLength(1);
		expect(deleted.filter((id) => emulator.fleet.find(id) !== undefined)).toEqual([]);
	});

	test('two items that lead to the same device delete it once', async () => {
		const upstream = upstreamOf(emulator, DETECTOR);
		const { output, error } = await run(
			{ operation: 'delete', deviceId: '={{ $json.id }}', options: { deleteDependents: true } },
			{ items: [{ id: upstream }, { id: DETECTOR }] },
		);
		expect(error).toBeUndefined();
		expect(output).toHaveLength(2);
		expect(emulator.requests.filter(({ path }) => path.includes(DETECTOR))).toHaveLength(1);
	});

	test('generate config puts the configuration out flat', async () => {
		const { output } = await run({
			operation: 'generateConfig',
			deviceId: byId(CONFIGURABLE),
			protocol: 'MQTT',
		});
		expect(Object.keys(output[0]?.json ?? {}).sort()).toEqual([
			'channel_id',
			'hardware_id',
			'mqtt_host',
			'mqtt_port',
			'mqtt_protocol',
			'password',
			'time_sync_host',
			'time_sync_port',
			'time_sync_protocol',
			'username',
		]);
		expect(emulator.requests[0]?.body).toEqual({ protocol: 'MQTT' });
	});

	test('generate config puts MQTTS credentials into PEM files, and out of the fields', async () => {
		const { output } = await run({
			operation: 'generateConfig',
			deviceId: byId(CONFIGURABLE),
			options: { credentialFiles: 'pem' },
		});
		const [item] = output;
		if (item === undefined) throw new Error('no output');
		expect(Object.keys(item.binary ?? {})).toEqual(['private_key', 'certificate', 'ca_chain']);
		expect(item.binary?.private_key).toMatchObject({
			fileName: `${CONFIGURABLE}-private-key.pem`,
			mimeType: 'application/x-pem-file',
		});
		const credentials = emulator.fleet.configs.get(CONFIGURABLE)?.mqtt_credentials;
		expect({ certificate: String(await readBinary(item, 'certificate')) }).toEqual({
			certificate: credentials !== undefined && 'certificate' in credentials && credentials.certificate,
		});
		expect(JSON.stringify(item.json)).not.toContain('BEGIN');
	});

	test('generate config puts the whole configuration into one JSON file', async () => {
		const { output } = await run({
			operation: 'generateConfig',
			deviceId: byId(CONFIGURABLE),
			protocol: 'MQTT',
			options: { credentialFiles: 'json' },
		});
		const [item] = output;
		if (item === undefined) throw new Error('no output');
		expect(JSON.parse(String(await readBinary(item, 'config')))).toEqual(
			emulator.fleet.configs.get(CONFIGURABLE),
		);
		expect(item.binary?.config).toMatchObject({
			mimeType: 'application/json',
			fileName: `${CONFIGURABLE}-config.json`,
		});
		expect(item.json).not.toHaveProperty('password');
		expect(item.json).toMatchObject({ mqtt_host: 'mqtt.enapter.com', hardware_id: expect.any(String) });
	});

	test('generate config leaves what is no text among the fields, and names files after any slug', async () => {
		const credentials = { private_key: 'a key', certificate: null, ca_chain: ['a'] };
		emulator.addFault({ kind: 'body', body: { config: { mqtt_port: 8883, mqtt_credentials: credentials } } });
		const { output } = await run({
			operation: 'generateConfig',
			deviceId: byId('rack 7/b'),
			options: { credentialFiles: 'pem' },
		});
		expect(output[0]?.json).toEqual({ mqtt_port: 8883, certificate: null, ca_chain: ['a'] });
		expect(Object.values(output[0]?.binary ?? {}).map(({ fileName }) => fileName)).toEqual([
			'rack_7_b-private-key.pem',
		]);
	});

	test('generate config for a device on a UCM says which device to ask for instead', async () => {
		const { error } = await run({ operation: 'generateConfig', deviceId: byId(DETECTOR) });
		expect(error?.message).toContain('UCM_LUA');
		expect(error?.message).toContain('connected through its UCM');
		expect(error?.httpCode).toBe('422');
	});

	test('assign blueprint changes the blueprint', async () => {
		const { output } = await run({
			operation: 'assignBlueprint',
			deviceId: byId(CONFIGURABLE),
			blueprintId: byId(BLUEPRINT),
		});
		expect(output[0]?.json).toMatchObject({ id: CONFIGURABLE, blueprint_id: BLUEPRINT });
		expect(output[0]?.json).not.toHaveProperty('changed');
	});

	test('assign blueprint leaves a device alone that has it already, when told to', async () => {
		const parameters = {
			operation: 'assignBlueprint',
			deviceId: byId(CONFIGURABLE),
			blueprintId: byId(BLUEPRINT),
			options: { skipIfAssigned: true },
		};
		expect((await run(parameters)).output[0]?.json.changed).toBe(true);
		emulator.requests.length = 0;
		expect((await run(parameters)).output[0]?.json).toMatchObject({ id: CONFIGURABLE, changed: false });
		expect(emulator.requests.map(({ method }) => method)).toEqual(['GET']);
	});

	test('get many returns up to the limit, or all', async () => {
		const some = await run({ operation: 'getAll', limit: 3 });
		expect(some.output.map(({ json }) => json.id)).toEqual([...emulator.fleet.devices.keys()].slice(0, 3));
		const all = await run({ operation: 'getAll', returnAll: true });
		expect(all.output.map(({ json }) => json.id)).toEqual([...emulator.fleet.devices.keys()]);
	});

	test('get many returns what matches all filters, and filters left empty match all', async () => {
		const filters = { name: ' UCM ', type: ['HARDWARE_UCM'] };
		const { output } = await run({ operation: 'getAll', returnAll: true, filters });
		const wanted = emulator.fleet
			.list()
			.filter(({ name, type }) => /ucm/i.test(name) && type === 'HARDWARE_UCM');
		expect(wanted.length).toBeGreaterThan(0);
		expect(output.map(({ json }) => json.id)).toEqual(wanted.map(({ id }) => id));
		const nothing = { siteId: byId(''), blueprintId: byId(''), name: '', type: [], connectivity: '' };
		const all = await run({ operation: 'getAll', returnAll: true, filters: nothing });
		expect(all.output).toHaveLength(emulator.fleet.devices.size);
	});

	test('get many without a limit returns fifty at the most', async () => {
		await run({ operation: 'getAll' });
		expect(emulator.requests[0]?.path).toContain('limit=50');
		expect(emulator.requests).toHaveLength(1);
	});

	test('get many takes devices without connectivity for none of its states', async () => {
		emulator.addFault({ kind: 'body', body: { devices: [{ id: 'a' }], total_count: 1 } });
		const { output, error } = await run({ operation: 'getAll', filters: { connectivity: 'ONLINE' } });
		expect(error).toBeUndefined();
		expect(output).toEqual([]);
	});

	test.each([
		['type', { type: ['LUA'] }, (device: EmulatedDevice) => device.type === 'LUA'],
		['name', { name: 'DETECTOR' }, (device: EmulatedDevice) => /detector/i.test(device.name)],
		[
			'connectivity',
			{ connectivity: 'OFFLINE' },
			(device: EmulatedDevice) => device.connectivity.status === 'OFFLINE',
		],
		[
			'blueprint',
			{ blueprintId: byId('88a2035f-170f-402c-8a84-6d4aed5ae353') },
			(device: EmulatedDevice) => device.blueprint_id === '88a2035f-170f-402c-8a84-6d4aed5ae353',
		],
		[
			'site',
			{ siteId: byId('a2f2c5e7-054a-43db-8402-3fe6006936b2') },
			(device: EmulatedDevice) => device.site_id === 'a2f2c5e7-054a-43db-8402-3fe6006936b2',
		],
	])('get many filters by %s', async (_name, filters, isWanted) => {
		const { output } = await run({ operation: 'getAll', returnAll: true, filters });
		const wanted = [...emulator.fleet.devices.values()].filter(isWanted).map(({ id }) => id);
		expect(wanted.length).toBeGreaterThan(0);
		expect(output.map(({ json }) => json.id)).toEqual(wanted);
	});
});

type EmulatedDevice = Readonly<NonNullable<ReturnType<Emulator['fleet']['find']>>>;

function upstreamOf(emulator: Emulator, id: string): string {
	return emulator.fleet.find(id)?.communication.upstream_id ?? '';
}

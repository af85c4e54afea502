import { BinaryDataService } from 'n8n-core';

import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { readBinary, type RunOptions, runNode } from '../support/engine.mts';
import { byId } from '../support/locators.mts';

// The only place where the node lets time pass.
jest.mock('../../nodes/EnapterDevice/transport/wait.ts', () => ({
	...jest.requireActual<object>('../../nodes/EnapterDevice/transport/wait.ts'),
	wait: async () => await Promise.resolve(),
}));

const UCM = 'fecbbba0-79f2-4e9e-a6f0-69a310ab110b';
const SLUG = 'living-room-ucm';
/** It runs on the UCM. */
const DETECTOR = '93fb32c7-b7b7-4987-a754-23597d9c02c7';

let emulator: Emulator;

beforeEach(async () => {
	emulator = await startEmulator();
});

afterEach(async () => {
	jest.restoreAllMocks();
	await emulator.close();
});

const run = async (parameters: Record<string, unknown>, more: Partial<RunOptions> = {}) =>
	await runNode({ emulator, parameters: { operation: 'generateConfig', ...parameters }, ...more });

const runAll = async (items: object[], more: Partial<RunOptions> = {}, options = {}) =>
	await run(
		{ deviceId: '={{ $json.id }}', protocol: '={{ $json.protocol ?? "MQTT" }}', options },
		{ items, ...more },
	);

const writes = () => emulator.requests.filter(({ method }) => method === 'POST');

/** Devices that can have a configuration. */
const configurable = (count: number) =>
	emulator.fleet
		.list()
		.filter(({ communication }) => communication.hardware_id !== undefined)
		.slice(0, count);

describe('the output', () => {
	test("is the device's ID and the API's config, as it is sent", async () => {
		const { output } = await run({ deviceId: byId(SLUG), protocol: 'MQTT' });
		expect(output).toEqual([
			{ json: { device_id: UCM, config: emulator.fleet.configs.get(UCM) }, pairedItem: { item: 0 } },
		]);
		expect(output[0]?.json['config']).toMatchObject({
			mqtt_host: 'mqtt.enapter.com',
			mqtt_credentials: { username: expect.any(String), password: expect.any(String) },
		});
		expect(writes()[0]?.body).toEqual({ protocol: 'MQTT' });
	});

	test('has the three PEM texts as files named by slug, and out of the fields', async () => {
		const { output } = await run({ deviceId: byId(UCM), options: { credentialFiles: 'pem' } });
		const [item] = output;
		if (item === undefined) throw new Error('no output');
		const made = { ...emulator.fleet.configs.get(UCM)?.mqtt_credentials } as Record<string, string>;
		expect(Object.keys(item.binary ?? {})).toEqual(['private_key', 'certificate', 'ca_chain']);
		for (const key of Object.keys(made)) {
			expect(String(await readBinary(item, key))).toBe(made[key]);
			expect(item.binary?.[key]).toMatchObject({
				fileName: `${SLUG}-${key.replace('_', '-')}.pem`,
				mimeType: 'application/x-pem-file',
			});
		}
		expect(JSON.stringify(item.json)).not.toContain('BEGIN');
		expect(item.json).toMatchObject({ device_id: UCM, config: { mqtt_port: 8883, mqtt_credentials: {} } });
	});

	test('has the whole config as one JSON file, and nothing of it in the fields', async () => {
		const { output } = await run({
			deviceId: byId(UCM),
			protocol: 'MQTT',
			options: { credentialFiles: 'json' },
		});
		const [item] = output;
		if (item === undefined) throw new Error('no output');
		expect(JSON.parse(String(await readBinary(item, 'config')))).toEqual(emulator.fleet.configs.get(UCM));
		expect(item.binary?.['config']).toMatchObject({
			mimeType: 'application/json',
			fileName: `${SLUG}-config.json`,
		});
		expect(item.json).toEqual({ device_id: UCM });
	});

	test('keeps credentials of a kind that is not known yet, and names files after any slug', async () => {
		const credentials = { private_key: 'a key', certificate: null, ca_chain: ['a'], one_time_code: 'x' };
		const config = { mqtt_port: 8883, mqtt_credentials: credentials };
		emulator.addFault({
			kind: 'body',
			match: { method: 'GET' },
			body: { device: { id: UCM, slug: 'rack 7/b' } },
		});
		emulator.addFault({ kind: 'body', match: { method: 'POST' }, body: { config } });
		const { output } = await run({ deviceId: byId('rack 7/b'), options: { credentialFiles: 'pem' } });
		const { private_key: _moved, ...rest } = credentials;
		expect(output[0]?.json).toEqual({ device_id: UCM, config: { mqtt_port: 8883, mqtt_credentials: rest } });
		expect(Object.values(output[0]?.binary ?? {}).map(({ fileName }) => fileName)).toEqual([
			'rack_7_b-private-key.pem',
		]);
	});

	test.each(['json', 'pem'])(
		'keeps the credentials in the fields when a file cannot be written (%s)',
		async (kind) => {
			jest.spyOn(BinaryDataService.prototype, 'store').mockRejectedValue(new Error('No space left'));
			const { output, hints, error } = await run({ deviceId: UCM, options: { credentialFiles: kind } });
			expect(error).toBeUndefined();
			expect(output[0]?.json).toEqual({ device_id: UCM, config: emulator.fleet.configs.get(UCM) });
			expect(output[0]?.binary).toBeUndefined();
			expect(hints.map(({ message }) => message)).toEqual([
				expect.stringMatching(
					/^The files of Living room UCM could not be written \(.*No space left.*\): its credentials/,
				),
			]);
		},
	);
});

describe('nothing made is lost', () => {
	test.each([
		['is not there', 'no-such-device', 'Device "no-such-device" was not found.'],
		['is connected through another', DETECTOR, 'its communication type is UCM_LUA'],
	])('nothing is made in Stop Workflow when a device %s', async (_why, id, message) => {
		const ids = [...configurable(4).map((device) => device.id), id];
		const { error } = await runAll(ids.map((device) => ({ id: device })));
		expect(error?.message).toContain(message);
		expect(error?.message).toMatch(/\[item 4\]$/);
		expect(error?.description).toContain('Nothing was changed.');
		expect(writes()).toEqual([]);
		expect(emulator.fleet.configs.size).toBe(0);
	});

	test('in Continue the others get theirs', async () => {
		const [device] = configurable(1);
		const { output } = await runAll([{ id: DETECTOR }, { id: device?.id }], {
			onError: 'continueRegularOutput',
		});
		expect(output.map(({ json }) => 'config' in json)).toEqual([false, true]);
		expect(writes()).toHaveLength(1);
	});

	test('configurations are generated one after the other', async () => {
		emulator.latency = 10;
		const devices = configurable(4);
		await runAll(devices.map(({ id }) => ({ id })));
		const made = writes();
		expect(made.map(({ path }) => path.split('/')[3])).toEqual(devices.map(({ id }) => id));
		made.slice(1).forEach(({ startedAt }, index) => {
			expect(startedAt).toBeGreaterThanOrEqual(made[index]?.endedAt ?? Infinity);
		});
	});

	test('what fails all the same names the devices whose new credentials are not in the output', async () => {
		const devices = configurable(5);
		const last = devices[4]?.id ?? '';
		emulator.addFault({ kind: 'status', status: 500, match: { method: 'POST', path: last } });
		const { error, output } = await runAll(devices.map(({ id }) => ({ id })));
		expect(output).toEqual([]);
		const [one, two, three, four] = devices.map(({ name }) => name);
		expect(error?.description).toContain(
			`New credentials were made for ${one}, ${two}, ${three} and ${four} and are not in the output: run these again.`,
		);
		expect(error?.description).toContain(
			`${devices[4]?.name} may have new credentials that nobody has: run it again.`,
		);
		expect(emulator.fleet.configs.size).toBe(4);
	});
});

describe('one device in several items', () => {
	test.each([
		['by ID and by slug', [{ id: UCM }, { id: SLUG }, { id: UCM }]],
		[
			'with MQTTS and MQTT',
			[
				{ id: UCM, protocol: 'MQTTS' },
				{ id: UCM, protocol: 'MQTT' },
			],
		],
	])('%s gets one configuration, and each item the one that works', async (_how, items) => {
		const { output } = await runAll(items);
		expect(writes()).toHaveLength(1);
		const config = emulator.fleet.configs.get(UCM);
		expect(config?.mqtt_protocol).toBe('MQTT');
		expect(output.map(({ json }) => json['config'])).toEqual(items.map(() => config));
	});
});

test.each([
	['a proxy that lost the connection', { kind: 'status', status: 503, body: '<html>Unavailable</html>' }],
	['a connection that broke', { kind: 'reset-after' }],
	['a gateway that gave up', { kind: 'status', status: 504 }],
] as const)('is not asked for again after %s, which says nothing of the outcome', async (_what, fault) => {
	emulator.addFault({ ...fault, match: { method: 'POST' } });
	const { error } = await run({ deviceId: UCM, protocol: 'MQTT' });
	expect(writes()).toHaveLength(1);
	expect(error?.description).toContain('The API may have carried the request out all the same');
	expect(error?.description).toContain('Living room UCM may have new credentials that nobody has');
});

test('is asked for again after the API itself turned it away', async () => {
	emulator.addFault({
		kind: 'status',
		status: 503,
		body: { errors: [{ message: 'Busy' }] },
		match: { method: 'POST' },
		times: 1,
	});
	const { error } = await run({ deviceId: UCM, protocol: 'MQTT' });
	expect(error).toBeUndefined();
	expect(writes()).toHaveLength(2);
});

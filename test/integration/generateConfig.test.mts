import { BinaryDataService } from 'n8n-core';

import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { withoutWaiting } from '../support/clock.mts';
import { readBinary, runAsTool, type RunOptions, runNode } from '../support/engine.mts';
import { byId } from '../support/locators.mts';
import { answerTogether } from '../support/together.mts';

withoutWaiting();

const UCM = 'fecbbba0-79f2-4e9e-a6f0-69a310ab110b';
const SLUG = 'living-room-ucm';
/** Connected through the UCM. */
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

	test('has the three PEM texts as files named after the slug, and not in the fields', async () => {
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

	test('has the whole config as one JSON file, and not in the fields', async () => {
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

	test('keeps credentials of unknown kinds, and names files after any slug', async () => {
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
			`rack_7_b-${UCM}-private-key.pem`,
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
					/^The files of Living room UCM could not be written \(.*No space left.*\)\. The credentials are in the fields/,
				),
			]);
		},
	);
});

describe('no credentials are lost', () => {
	test.each([
		['does not exist', 'no-such-device', 'Device "no-such-device" was not found.'],
		['is connected through another', DETECTOR, 'its communication type is UCM_LUA'],
	])('nothing is generated in Stop Workflow if a device %s', async (_why, id, message) => {
		const ids = [...configurable(4).map((device) => device.id), id];
		const { error } = await runAll(ids.map((device) => ({ id: device })));
		expect(error?.message).toContain(message);
		expect(error?.message).toMatch(/\[item 4\]$/);
		expect(error?.description).toContain('Nothing was changed.');
		expect(writes()).toEqual([]);
		expect(emulator.fleet.configs.size).toBe(0);
	});

	test('in Continue the other devices get their credentials', async () => {
		const [device] = configurable(1);
		const { output } = await runAll([{ id: DETECTOR }, { id: device?.id }], {
			onError: 'continueRegularOutput',
		});
		expect(output.map(({ json }) => 'config' in json)).toEqual([false, true]);
		expect(writes()).toHaveLength(1);
	});

	test('in Stop Workflow configurations are generated one after the other', async () => {
		emulator.latency = 10;
		const devices = configurable(4);
		await runAll(devices.map(({ id }) => ({ id })));
		const made = writes();
		expect(made.map(({ path }) => path.split('/')[3])).toEqual(devices.map(({ id }) => id));
		made.slice(1).forEach(({ startedAt }, index) => {
			expect(startedAt).toBeGreaterThanOrEqual(made[index]?.endedAt ?? Infinity);
		});
	});

	test('a failure names the devices whose new credentials are not in the output', async () => {
		const devices = configurable(5);
		const last = devices[4]?.id ?? '';
		emulator.addFault({ kind: 'status', status: 500, match: { method: 'POST', path: last } });
		const { error, output } = await runAll(devices.map(({ id }) => ({ id })));
		expect(output).toEqual([]);
		const [one, two, three, four] = devices.map(({ name }) => name);
		expect(error?.description).toContain(
			`New credentials were made for ${one}, ${two}, ${three} and ${four} and are not in the output: run Generate Config for each of them.`,
		);
		expect(error?.description).toContain(
			`${devices[4]?.name} may have been given new credentials that were not received: run Generate Config for it again.`,
		);
		expect(emulator.fleet.configs.size).toBe(4);
	});
});

describe('one device in several items', () => {
	test('gets one configuration, whether given by ID or by slug', async () => {
		const items = [{ id: UCM }, { id: SLUG }, { id: UCM.toUpperCase() }];
		const { output, error } = await runAll(items, {}, { credentialFiles: 'json' });
		expect(error).toBeUndefined();
		expect(writes()).toHaveLength(1);
		for (const item of output) {
			expect(JSON.parse(String(await readBinary(item, 'config')))).toEqual(emulator.fleet.configs.get(UCM));
		}
		expect(output.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
	});

	test.each([
		['Protocol', [{ protocol: 'MQTTS' }, { protocol: 'MQTT' }]],
		['Output Credentials As', [{ files: 'json' }, { files: 'none' }]],
	])('is refused before anything is generated if the items differ in %s', async (field, items) => {
		const [other] = configurable(3).filter(({ id }) => id !== UCM);
		const all = [
			...items.map((item, index) => ({ id: index === 0 ? UCM : SLUG, ...item })),
			{ id: other?.id },
		];
		const options = { credentialFiles: '={{ $json.files ?? "none" }}' };
		const { error } = await runAll(all, {}, options);
		expect(error?.message).toBe(`Several items are for Living room UCM and differ in ${field}. [item 0]`);
		expect(writes()).toEqual([]);
		const { output } = await runAll(all, { onError: 'continueRegularOutput' }, options);
		expect(output.map(({ json }) => 'error' in json)).toEqual([true, true, false]);
		expect(emulator.fleet.configs.has(UCM)).toBe(false);
	});
});

test('in Continue devices do not wait for each other', async () => {
	const devices = configurable(4);
	answerTogether(emulator, 'POST', devices.length);
	const { output } = await runAll(
		devices.map(({ id }) => ({ id })),
		{ onError: 'continueRegularOutput' },
	);
	expect(output).toHaveLength(devices.length);
	expect(emulator.stats.peakInFlight).toBe(devices.length);
});

test("n8n's Retry On Fail is refused before anything is sent", async () => {
	const { error } = await run(
		{ deviceId: UCM },
		{ nodeSettings: { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 } },
	);
	expect(error?.message).toContain('does not work with Retry On Fail. Nothing was sent');
	expect(emulator.requests).toEqual([]);
});

test('communication types are compared in any case', async () => {
	emulator.dialect = { enumCase: 'lower', configPorts: 'text' };
	const { error } = await run({ deviceId: DETECTOR });
	expect(error?.message).toContain('its communication type is UCM_LUA');
	const { output } = await run({ deviceId: UCM });
	expect(output[0]?.json['config']).toMatchObject({ mqtt_port: '8883' });
});

test('files of different devices have different names', async () => {
	const slugs = ['pump.1', 'pump_1', 'Pump_1', '泵一', '泵二', null];
	const devices = slugs.map((slug, index) => ({ id: UCM.replace(/.$/, String(index)), slug }));
	emulator.addFault({
		kind: 'body',
		body: { devices, total_count: devices.length },
		match: { method: 'GET' },
	});
	const config = { mqtt_port: 1, mqtt_credentials: { username: 'a', password: 'b' } };
	emulator.addFault({ kind: 'body', body: { config }, match: { method: 'POST' } });
	const { output } = await runAll(devices, {}, { credentialFiles: 'json' });
	const names = output.map(({ binary }) => String(binary?.['config']?.fileName));
	expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(devices.length);
	expect(names).toEqual(
		expect.arrayContaining(['pump_1-config.json', '泵一-config.json', '泵二-config.json']),
	);
});

describe('a dry run', () => {
	test('shows the protocol and which devices would lose their connection, and generates nothing', async () => {
		const { output, hints, error } = await run({
			deviceId: SLUG,
			protocol: 'MQTT',
			options: { dryRun: true },
		});
		expect(error).toBeUndefined();
		const [ucm, detector] = [UCM, DETECTOR].map((ref) => {
			const { id, name, slug } = emulator.fleet.get(ref);
			return { id, name, slug };
		});
		expect(output.map(({ json }) => json)).toEqual([
			{ dry_run: true, ...ucm, protocol: 'MQTT', would_disconnect: [ucm, detector] },
		]);
		expect(hints.map(({ message }) => message)).toEqual([
			'Dry run: 1 device would get new credentials, and 2 devices would lose the connection. Nothing was changed.',
		]);
		expect(writes()).toEqual([]);
	});

	test('needs no permission for a language model, and says that the real run does', async () => {
		const parameters = { operation: 'generateConfig', deviceId: UCM, protocol: 'MQTT' };
		const { answer } = await runAsTool('by the engine', {
			emulator,
			parameters: { ...parameters, options: { dryRun: true } },
		});
		expect(answer).toContain('needs_confirmation');
		expect(answer).toContain('Living room UCM');
		expect(writes()).toEqual([]);
	});
});

test.each([
	['a page of a proxy', { kind: 'status', status: 503, body: '<html>Unavailable</html>' }],
	['a broken connection', { kind: 'reset-after' }],
	['status 504', { kind: 'status', status: 504 }],
	['a redirect', { kind: 'status', status: 307, headers: { location: 'https://elsewhere.example/' } }],
] as const)('is not retried after %s, because the outcome is unknown', async (_what, fault) => {
	emulator.addFault({ ...fault, match: { method: 'POST' } });
	const { error } = await run({ deviceId: UCM, protocol: 'MQTT' });
	expect(writes()).toHaveLength(1);
	expect(error?.description).toContain('The API may still have processed the request');
	expect(error?.description).toContain(
		'Living room UCM may have been given new credentials that were not received',
	);
});

test('is retried after the API itself refused it', async () => {
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

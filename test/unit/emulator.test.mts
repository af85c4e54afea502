import { Agent, request } from 'undici';
import { createFleet } from '../../emulator/fleet.mts';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../emulator/server.mts';

const DETECTOR = '93fb32c7-b7b7-4987-a754-23597d9c02c7';

let emulator: Emulator;

async function start(options: EmulatorOptions = {}): Promise<void> {
	emulator = await startEmulator(options);
}

afterEach(async () => await emulator.close());

interface Answer {
	status: number;
	headers: Record<string, string | string[] | undefined>;
	body: Record<string, unknown>;
}

type Method = 'GET' | 'PATCH' | 'POST' | 'DELETE';

async function send(
	method: Method,
	path: string,
	body?: unknown,
	headers: Record<string, string> = {},
): Promise<Answer> {
	const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
	const answer = await request(emulator.baseUrl + path, {
		method,
		dispatcher,
		headers: { 'x-enapter-auth-token': emulator.tokens.owner, 'x-enapter-allow-http': 'true', ...headers },
		body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
	}).finally(() => void dispatcher.close());
	const text = await answer.body.text();
	return {
		status: answer.statusCode,
		headers: answer.headers,
		body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
	};
}

const firstError = ({ body }: Answer) => (body.errors as Array<{ code: string; message: string }>)[0];

describe('what the specification shows', () => {
	beforeEach(async () => await start());

	test('update device', async () => {
		const { status, body } = await send('PATCH', `/v3/devices/${DETECTOR}`, { name: 'Hydrogen detector' });
		expect(status).toBe(200);
		expect(body.device).toEqual({
			id: DETECTOR,
			blueprint_id: '88a2035f-170f-402c-8a84-6d4aed5ae353',
			name: 'Hydrogen detector',
			site_id: 'a2f2c5e7-054a-43db-8402-3fe6006936b2',
			updated_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
			slug: 'gas-detector-in-living-room',
			type: 'LUA',
			authorized_role: 'OWNER',
		});
	});

	test('null leaves a field as it is', async () => {
		await send('PATCH', `/v3/devices/${DETECTOR}`, { name: null, slug: 'detector' });
		expect(emulator.fleet.find('detector')).toMatchObject({
			id: DETECTOR,
			name: 'Gas detector in living room',
		});
	});

	test.each([
		['MQTTS', 8883, ['ca_chain', 'certificate', 'private_key']],
		['MQTT', 1883, ['password', 'username']],
	])('generate config for %s', async (protocol, port, credentials) => {
		const { body } = await send('POST', '/v3/devices/living-room-ucm/generate_config', { protocol });
		const config = body.config as Record<string, unknown>;
		expect(config).toMatchObject({
			mqtt_host: 'mqtt.enapter.com',
			mqtt_port: port,
			mqtt_protocol: protocol,
			hardware_id: 'C8795CBA5375484E829105E959663C8B',
			channel_id: 'ucm',
		});
		expect(Object.keys(config.mqtt_credentials as object).sort()).toEqual(credentials);
	});

	test('assign blueprint', async () => {
		const blueprint_id = 'bluepri2-60n4-4t9d-e6v0-69i310cb110e';
		const { body } = await send('POST', `/v3/devices/${DETECTOR}/assign_blueprint`, { blueprint_id });
		expect(body.device).toMatchObject({ id: DETECTOR, blueprint_id });
	});

	test('delete device, which is gone afterwards', async () => {
		expect((await send('DELETE', `/v3/devices/${DETECTOR}`)).status).toBe(200);
		expect((await send('GET', `/v3/devices/${DETECTOR}`)).status).toBe(404);
	});

	test('expanded fields come only when asked for', async () => {
		const { body } = await send('GET', `/v3/devices/${DETECTOR}?expand=communication,manifest`);
		expect(body.device).toMatchObject({
			communication: { type: 'UCM_LUA' },
			manifest: { display_name: expect.any(String) },
		});
		expect(body.device).not.toHaveProperty('site');
	});

	test('devices come in pages, by ID, with the total', async () => {
		const first = await send('GET', '/v3/devices?limit=20');
		const second = await send('GET', '/v3/devices?limit=20&offset=20');
		const past = await send('GET', '/v3/devices?limit=20&offset=40');
		const ids = [first, second].flatMap(({ body }) =>
			(body.devices as Array<{ id: string }>).map(({ id }) => id),
		);
		expect(ids).toEqual([...emulator.fleet.devices.keys()]);
		expect(past.body).toEqual({ devices: [], total_count: 30 });
	});
});

describe('what it refuses', () => {
	beforeEach(async () => await start());

	test.each([
		['no token', 401, 'GET', '/v3/devices', undefined, ''],
		['an unknown token', 403, 'GET', '/v3/devices', undefined, 'unknown'],
		['an expired token', 403, 'GET', '/v3/devices', undefined, 'expired'],
		['a role that is too low', 403, 'DELETE', `/v3/devices/${DETECTOR}`, undefined, 'readonly'],
		['an unknown device', 404, 'GET', '/v3/devices/none', undefined, 'owner'],
		['an unknown endpoint', 404, 'GET', '/v3/none', undefined, 'owner'],
		['a slug in use', 409, 'PATCH', `/v3/devices/${DETECTOR}`, { slug: 'living-room-ucm' }, 'owner'],
		['an empty name', 400, 'PATCH', `/v3/devices/${DETECTOR}`, { name: ' ' }, 'owner'],
		['a body that is no JSON', 400, 'PATCH', `/v3/devices/${DETECTOR}`, 'name=x', 'owner'],
		[
			'a config for a device on a UCM',
			422,
			'POST',
			`/v3/devices/${DETECTOR}/generate_config`,
			{ protocol: 'MQTT' },
			'owner',
		],
		[
			'deleting a device that others run on',
			422,
			'DELETE',
			'/v3/devices/living-room-ucm',
			undefined,
			'owner',
		],
	] as const)('%s: %i', async (_name, status, method, path, body, who) => {
		const token =
			who === '' ? '' : who in emulator.tokens ? emulator.tokens[who as keyof typeof emulator.tokens] : who;
		const answer = await send(method, path, body, { 'x-enapter-auth-token': token });
		expect(answer.status).toBe(status);
		expect(firstError(answer)).toEqual(
			expect.objectContaining({ code: expect.any(String), message: expect.any(String) }),
		);
	});
});

describe('where it is', () => {
	test('Cloud answers with and without /api', async () => {
		await start();
		expect((await send('GET', '/api/v3/devices')).status).toBe(200);
		expect((await send('GET', '/v3/devices')).status).toBe(200);
	});

	test('a Gateway has one site, and its API under /api', async () => {
		await start({ kind: 'gateway' });
		expect(emulator.baseUrl).toMatch(/\/api$/);
		expect((await send('GET', '/v3/site')).body.site).toMatchObject({ id: expect.any(String) });
		expect((await send('GET', '/v3/sites')).status).toBe(404);
	});

	test('a Gateway sends plain http elsewhere unless it is asked for', async () => {
		await start({ kind: 'gateway' });
		const { status, headers } = await send('GET', '/v3/devices', undefined, {
			'x-enapter-allow-http': 'false',
		});
		expect(status).toBe(308);
		expect(headers.location).toMatch(/^https:/);
	});

	test('https has a self-signed certificate', async () => {
		await start({ https: true });
		expect(emulator.baseUrl).toMatch(/^https:/);
		expect((await send('GET', '/v3/devices')).status).toBe(200);
		await expect(request(`${emulator.baseUrl}/v3/devices`)).rejects.toThrow(/self-signed/);
	});
});

describe('faults', () => {
	beforeEach(async () => await start());

	const rename = async () => await send('PATCH', `/v3/devices/${DETECTOR}`, { name: 'Renamed' });
	const isRenamed = () => emulator.fleet.find(DETECTOR)?.name === 'Renamed';

	test('status answers without carrying the request out', async () => {
		emulator.addFault({ kind: 'status', status: 502, body: '{"bad":"gateway"}', times: 1 });
		expect(await rename()).toMatchObject({ status: 502, body: { bad: 'gateway' } });
		expect(isRenamed()).toBe(false);
		expect((await rename()).status).toBe(200);
	});

	test.each([
		['reset-before', false],
		['reset-after', true],
		['cut', true],
	] as const)('%s breaks the connection; carried out: %s', async (kind, carriedOut) => {
		emulator.addFault({ kind, match: { method: 'PATCH' } });
		await expect(rename()).rejects.toThrow();
		expect(isRenamed()).toBe(carriedOut);
	});

	test('body carries the request out and answers something else', async () => {
		emulator.addFault({ kind: 'body', body: { hello: 'world' } });
		expect(await rename()).toMatchObject({ status: 200, body: { hello: 'world' } });
		expect(isRenamed()).toBe(true);
	});

	test('a rate limit answers 429 with Retry-After', async () => {
		emulator.rateLimit = { requests: 1, perMs: 60_000 };
		expect((await rename()).status).toBe(200);
		const { status, headers } = await rename();
		expect(status).toBe(429);
		expect(Number(headers['retry-after'])).toBeGreaterThan(0);
	});
});

test('a large fleet has as many devices as asked for, with slugs of their own', async () => {
	await start({ fleet: createFleet({ devices: 5000 }) });
	expect(emulator.fleet.devices.size).toBe(5000);
	expect(new Set(emulator.fleet.list().map(({ slug }) => slug)).size).toBe(5000);
});

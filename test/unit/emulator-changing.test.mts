import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createStage, DETECTOR, errorOf, SITE, type Stage, UCM } from './emulator-client.mts';

let stage: Stage;

beforeEach(async () => {
	stage = await createStage();
});

afterEach(() => stage.close());

const device = (id: string) => stage.emulator.fleet.find(id);

describe('PATCH /v3/devices/{id}', () => {
	const patch = (body: unknown, id = DETECTOR) => stage.send('PATCH', `/v3/devices/${id}`, { body });

	test('responds like the example of the reference and saves the change', async () => {
		const before = device(DETECTOR);
		const response = await stage.send('PATCH', `/v3/devices/${DETECTOR}`, {
			token: stage.emulator.tokens.installer,
			body: { name: 'Hydrogen detector' },
		});
		expect(response.status).toBe(200);
		expect(response.json).toEqual({
			device: {
				id: DETECTOR,
				blueprint_id: '88a2035f-170f-402c-8a84-6d4aed5ae353',
				name: 'Hydrogen detector',
				site_id: SITE,
				updated_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
				slug: 'gas-detector-in-living-room',
				type: 'LUA',
				authorized_role: 'INSTALLER',
			},
		});
		expect(before?.name).toBe('Gas detector in living room');
		expect(device(DETECTOR)?.name).toBe('Hydrogen detector');
		expect(Date.parse(device(DETECTOR)?.updated_at ?? '')).toBeGreaterThan(
			Date.parse(before?.updated_at ?? ''),
		);
		expect((await stage.send('GET', `/v3/devices/${DETECTOR}`)).json).toMatchObject({
			device: { name: 'Hydrogen detector' },
		});
	});

	test('changes the slug: only the new one finds the device', async () => {
		expect((await patch({ slug: 'h2-detector' })).json).toMatchObject({ device: { slug: 'h2-detector' } });
		expect((await stage.send('GET', '/v3/devices/h2-detector')).status).toBe(200);
		expect((await stage.send('GET', '/v3/devices/gas-detector-in-living-room')).status).toBe(404);
	});

	test('does not change a field that is null', async () => {
		await patch({ name: 'Hydrogen detector', slug: null });
		expect(device(DETECTOR)).toMatchObject({
			name: 'Hydrogen detector',
			slug: 'gas-detector-in-living-room',
		});
		await patch({ name: null, slug: 'h2-detector' });
		expect(device(DETECTOR)).toMatchObject({ name: 'Hydrogen detector', slug: 'h2-detector' });
	});

	test.each([{}, { name: null, slug: null }, { title: 'unknown field' }])(
		'%j changes nothing, not even updated_at',
		async (body) => {
			const before = device(DETECTOR);
			expect((await patch(body)).status).toBe(200);
			expect(device(DETECTOR)).toEqual(before);
		},
	);

	test('rejects a slug that another device has', async () => {
		const response = await patch({ name: 'New name', slug: 'living-room-ucm' });
		expect(response.status).toBe(409);
		expect(errorOf(response)).toEqual({ code: 'already_exists', message: 'slug already in use' });
		expect(device(DETECTOR)?.name).toBe('Gas detector in living room');
	});

	test('rejects a slug that is the ID of another device', async () => {
		expect((await patch({ slug: UCM })).status).toBe(409);
	});

	test("accepts the device's own slug, and a slug that is free again", async () => {
		expect((await patch({ slug: 'gas-detector-in-living-room' })).status).toBe(200);
		await patch({ slug: 'h2-detector' });
		expect((await patch({ slug: 'gas-detector-in-living-room' }, UCM)).status).toBe(200);
	});

	test.each([
		['name', { name: '' }],
		['name', { name: '  ' }],
		['name', { name: 5 }],
		['name', { name: ['x'] }],
		['slug', { slug: '' }],
		['slug', { slug: true }],
	])('rejects an invalid %s: %j', async (field, body) => {
		const before = device(DETECTOR);
		const response = await patch(body);
		expect(response.status).toBe(400);
		expect(errorOf(response)).toMatchObject({ code: 'invalid_argument', details: { field } });
		expect(device(DETECTOR)).toEqual(before);
	});

	test.each(['{"name":', 'name=x', '"text"', '[]', 'null', undefined])(
		'rejects the body %s',
		async (body) => {
			const response = await patch(body);
			expect(response.status).toBe(400);
			expect(errorOf(response).code).toBe('invalid_json');
		},
	);

	test('accepts JSON with the content type of curl -d', async () => {
		const response = await stage.send('PATCH', `/v3/devices/${DETECTOR}`, {
			headers: { 'content-type': 'application/x-www-form-urlencoded' },
			body: { name: 'Hydrogen detector' },
		});
		expect(response.status).toBe(200);
		expect(device(DETECTOR)?.name).toBe('Hydrogen detector');
	});

	test('expands the device in the response', async () => {
		const response = await stage.send(
			'PATCH',
			'/v3/devices/gas-detector-in-living-room?expand=connectivity',
			{
				body: { name: 'Hydrogen detector' },
			},
		);
		expect(response.json).toMatchObject({ device: { connectivity: { status: 'ONLINE' } } });
	});

	test('responds with 404 for an unknown device', async () => {
		expect((await patch({ name: 'x' }, 'unknown')).status).toBe(404);
	});
});

describe('DELETE', () => {
	test('removes the device', async () => {
		const response = await stage.send('DELETE', `/v3/devices/${DETECTOR}`);
		expect([response.status, response.text]).toEqual([200, '{}']);
		expect(device(DETECTOR)).toBeUndefined();
		expect((await stage.send('GET', `/v3/devices/${DETECTOR}`)).status).toBe(404);
		expect((await stage.send('DELETE', `/v3/devices/${DETECTOR}`)).status).toBe(404);
		expect((await stage.send('GET', '/v3/devices')).json).toMatchObject({ total_count: 29 });
	});

	test('rejects a device until its dependents are deleted', async () => {
		const rejected = await stage.send('DELETE', '/v3/devices/living-room-ucm');
		expect(rejected.status).toBe(422);
		expect(errorOf(rejected).message).toContain('Delete the running devices first');
		expect(device(UCM)).toBeDefined();
		await stage.send('DELETE', `/v3/devices/${DETECTOR}`);
		expect((await stage.send('DELETE', `/v3/devices/${UCM}`)).status).toBe(200);
		expect(device(UCM)).toBeUndefined();
	});

	test('accepts the path with the site of the device, and no other site', async () => {
		const elsewhere = [...stage.emulator.fleet.sites.keys()].at(-1);
		for (const site of ['nowhere', elsewhere]) {
			expect((await stage.send('DELETE', `/v3/sites/${site}/devices/${DETECTOR}`)).status).toBe(404);
		}
		expect(device(DETECTOR)).toBeDefined();
		expect((await stage.send('DELETE', `/v3/sites/${SITE}/devices/${DETECTOR}`)).status).toBe(200);
		expect(device(DETECTOR)).toBeUndefined();
	});

	test('frees the slug', async () => {
		await stage.send('DELETE', `/v3/devices/${DETECTOR}`);
		const body = { slug: 'gas-detector-in-living-room' };
		expect((await stage.send('PATCH', `/v3/devices/${UCM}`, { body })).status).toBe(200);
	});
});

describe('POST /v3/devices/{id}/generate_config', () => {
	type Config = { config: Record<string, unknown> & { mqtt_credentials: Record<string, string> } };
	const generate = (body: unknown, id = UCM) =>
		stage.send('POST', `/v3/devices/${id}/generate_config`, { body });

	const common = {
		mqtt_host: 'mqtt.enapter.com',
		time_sync_protocol: 'HTTP',
		time_sync_host: '127.0.0.1',
		time_sync_port: 80,
		hardware_id: 'C8795CBA5375484E829105E959663C8B',
		channel_id: 'ucm',
	};

	test('responds like the MQTTS example of the reference', async () => {
		const response = await generate({ protocol: 'MQTTS' });
		expect(response.status).toBe(200);
		expect(response.json).toEqual({
			config: {
				...common,
				mqtt_port: 8883,
				mqtt_protocol: 'MQTTS',
				mqtt_credentials: {
					private_key: expect.stringMatching(/^-----BEGIN PRIVATE KEY-----\n/),
					certificate: expect.stringMatching(/^-----BEGIN CERTIFICATE-----\n/),
					ca_chain: expect.stringMatching(/^-----BEGIN CERTIFICATE-----\n/),
				},
			},
		});
	});

	test('responds like the MQTT example of the reference', async () => {
		expect((await generate({ protocol: 'MQTT' })).json).toEqual({
			config: {
				...common,
				mqtt_port: 1883,
				mqtt_protocol: 'MQTT',
				mqtt_credentials: {
					username: expect.stringMatching(/.{8}/),
					password: expect.stringMatching(/.{32}/),
				},
			},
		});
	});

	test('creates valid MQTTS credentials: the key matches the certificate, which the chain signed', async () => {
		const { config } = (await generate({ protocol: 'MQTTS' })).json as Config;
		const { private_key = '', certificate = '', ca_chain = '' } = config.mqtt_credentials;
		const made = new X509Certificate(certificate);
		expect(made.checkPrivateKey(createPrivateKey(private_key))).toBe(true);
		expect(made.verify(new X509Certificate(ca_chain).publicKey)).toBe(true);
		expect(made.subject).toBe('CN=C8795CBA5375484E829105E959663C8B');
	});

	test.each(['MQTT', 'MQTTS'])(
		'creates new %s credentials each time and saves the latest',
		async (protocol) => {
			const first = ((await generate({ protocol })).json as Config).config;
			const second = ((await generate({ protocol })).json as Config).config;
			const [, secretOfFirst] = Object.values(first.mqtt_credentials);
			expect(Object.values(second.mqtt_credentials)).not.toContain(secretOfFirst);
			expect(stage.emulator.fleet.configs.get(UCM)).toEqual(second);
		},
	);

	test.each([
		['UCM_LUA', 'gas-detector-in-living-room'],
		['UCM_EMBEDDED', 'electrolyser-1'],
		['LINK', 'link-ucm-1'],
	])('rejects communication type %s', async (type, id) => {
		const response = await generate({ protocol: 'MQTTS' }, id);
		expect(response.status).toBe(422);
		expect(errorOf(response).message).toContain(type);
		expect(stage.emulator.fleet.configs.size).toBe(0);
	});

	test.each([
		{},
		{ protocol: 'mqtts' },
		{ protocol: 'HTTP' },
		{ protocol: '' },
		{ protocol: null },
		{ protocol: 1 },
	])('rejects %j', async (body) => {
		const response = await generate(body);
		expect(response.status).toBe(400);
		expect(errorOf(response).details).toEqual({ field: 'protocol' });
	});
});

describe('POST /v3/devices/{id}/assign_blueprint', () => {
	const blueprint_id = 'bluepri2-60n4-4t9d-e6v0-69i310cb110e';
	const assign = (body: unknown, id = DETECTOR, query = '') =>
		stage.send('POST', `/v3/devices/${id}/assign_blueprint${query}`, { body });

	test('responds like the example of the reference and saves the change', async () => {
		const response = await assign({ blueprint_id });
		expect(response.status).toBe(200);
		expect(response.json).toEqual({
			device: {
				id: DETECTOR,
				blueprint_id,
				name: 'Gas detector in living room',
				site_id: SITE,
				updated_at: expect.stringMatching(/Z$/),
				slug: 'gas-detector-in-living-room',
				type: 'LUA',
				authorized_role: 'OWNER',
			},
		});
		expect(device(DETECTOR)?.blueprint_id).toBe(blueprint_id);
		expect(device(DETECTOR)?.updated_at).not.toBe('2025-08-04T07:22:07.988115Z');
	});

	test('also changes the manifest and the profiles', async () => {
		const { blueprint_id: electrolyser = '' } = device('electrolyser-1') ?? {};
		expect((await assign({ blueprint_id: electrolyser }, UCM, '?expand=manifest')).json).toMatchObject({
			device: {
				implemented_profiles: ['energy.electrolyser'],
				manifest: { display_name: 'Electrolyser EL 4.1' },
			},
		});
	});

	test.each([
		{},
		{ blueprint_id: '' },
		{ blueprint_id: null },
		{ blueprint_id: 7 },
		{ blueprint_id: 'unknown' },
	])('rejects %j', async (body) => {
		const response = await assign(body);
		expect(response.status).toBe(400);
		expect(errorOf(response).details).toEqual({ field: 'blueprint_id' });
		expect(device(DETECTOR)?.blueprint_id).toBe('88a2035f-170f-402c-8a84-6d4aed5ae353');
	});

	test('responds with 404 for an unknown device', async () => {
		expect((await assign({ blueprint_id }, 'unknown')).status).toBe(404);
	});
});

import { createFleet } from '../../emulator/fleet.mts';
import type { EmulatorOptions } from '../../emulator/server.mts';
import { createStage, DETECTOR, errorOf, type Sent, SITE, type Stage, UCM } from './emulator-client.mts';

const HARDWARE = 'A1B2C3D4E5F60718293A4B5C6D7E8F90';
const UCM_HARDWARE = 'C8795CBA5375484E829105E959663C8B';
const GAS_DETECTOR = '88a2035f-170f-402c-8a84-6d4aed5ae353';

let stage: Stage;

const start = async (options: EmulatorOptions = {}) => {
	stage = await createStage({ fleet: createFleet({ devices: 30 }), ...options });
};

beforeEach(() => start());
afterEach(() => stage.close());

const headers = { 'X-Enapter-Allow-HTTP': 'true' };
const post = (kind: string, body: unknown, sent?: Sent) =>
	stage.send('POST', `/api/v3/provisioning/${kind}`, { body, headers, ...sent });

interface Answer {
	device_id: string;
	slug?: string;
	config?: { mqtt_credentials: Record<string, string>; hardware_id: string; mqtt_protocol: string };
}

async function created(kind: string, body: unknown): Promise<Answer> {
	const response = await post(kind, body);
	expect(response.status).toBe(200);
	return response.json as Answer;
}

const shown = async (id: string, expand = 'communication,connectivity') =>
	(await stage.send('GET', `/api/v3/devices/${id}?expand=${expand}`, { headers })).json;

const count = () => stage.emulator.fleet.devices.size;

describe('POST provisioning/standalone', () => {
	test('creates a device that can be read, updated, configured and deleted like any other', async () => {
		const response = await post('standalone', { name: 'Wind turbine', site_id: SITE, slug: 'turbine' });
		expect([response.status, response.json]).toEqual([
			200,
			{ device_id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
		]);
		const { device_id } = response.json as Answer;
		expect(await shown('turbine')).toMatchObject({
			device: {
				id: device_id,
				name: 'Wind turbine',
				slug: 'turbine',
				site_id: SITE,
				type: 'STANDALONE',
				connectivity: { status: 'UNKNOWN' },
			},
		});
		const path = `/v3/devices/${device_id}`;
		expect((await stage.send('PATCH', path, { body: { slug: 'turbine-1' } })).status).toBe(200);
		const config = await stage.send('POST', `${path}/generate_config`, { body: { protocol: 'MQTTS' } });
		expect(config.status).toBe(200);
		const assigned = await stage.send('POST', `${path}/assign_blueprint`, {
			body: { blueprint_id: GAS_DETECTOR },
		});
		expect(assigned.status).toBe(200);
		expect((await stage.send('GET', `${path}/logs`)).json).toEqual({ logs: [] });
		expect((await stage.send('DELETE', path)).status).toBe(200);
		expect((await stage.send('GET', '/v3/devices/turbine-1')).status).toBe(404);
	});

	test('keeps devices ordered by ID', async () => {
		for (let index = 0; index < 5; index += 1) await created('standalone', { name: 'A', site_id: SITE });
		const { json } = await stage.send('GET', '/v3/devices');
		const ids = (json as { devices: Array<{ id: string }> }).devices.map(({ id }) => id);
		expect(ids).toHaveLength(35);
		expect(ids).toEqual(ids.toSorted());
	});

	test('makes a slug from the name if none is given', async () => {
		const slugs: unknown[] = [];
		for (const slug of [undefined, null, null]) {
			const { device_id } = await created('standalone', { name: 'Wind turbine №', site_id: SITE, slug });
			slugs.push(stage.emulator.fleet.get(device_id).slug);
		}
		expect(slugs).toEqual(['wind-turbine', 'wind-turbine-2', 'wind-turbine-3']);
	});

	test('shows the given slug even if the dialect hides other slugs', async () => {
		stage.emulator.dialect = { slug: 'null' };
		for (let index = 0; index < 10; index += 1) {
			await created('standalone', { name: 'A', site_id: SITE, slug: `given-${index}` });
			expect(await shown(`given-${index}`)).toMatchObject({ device: { slug: `given-${index}` } });
		}
	});

	test('creates a device without earlier telemetry', async () => {
		const { device_id } = await created('standalone', { name: 'A', site_id: SITE });
		expect(stage.emulator.fleet.moments(device_id)[0]).toMatchObject({ since: -Infinity, online: false });
	});

	test.each<[string, object]>([
		['name', { name: undefined }],
		['name', { name: ' ' }],
		['name', { name: 5 }],
		['slug', { slug: '' }],
		['slug', { slug: 5 }],
		['site_id', { site_id: undefined }],
		['site_id', { site_id: null }],
		['site_id', { site_id: 'nowhere' }],
	])('rejects an invalid %s: %j', async (field, change) => {
		const response = await post('standalone', { name: 'A', site_id: SITE, ...change });
		expect([response.status, errorOf(response).details]).toEqual([400, { field }]);
		expect(count()).toBe(30);
	});

	test('rejects a slug in use', async () => {
		const response = await post('standalone', { name: 'A', site_id: SITE, slug: 'living-room-ucm' });
		expect(response.status).toBe(409);
		expect(errorOf(response)).toEqual({ code: 'already_exists', message: 'slug already in use' });
		expect((await post('standalone', { name: 'A', site_id: SITE, slug: UCM })).status).toBe(409);
		expect(count()).toBe(30);
	});
});

describe('POST provisioning/lua_device', () => {
	const body = { name: 'Detector 2', runtime_id: UCM, blueprint_id: GAS_DETECTOR, slug: 'detector-2' };

	test('creates a device on a UCM, which accepts commands immediately', async () => {
		const { device_id } = await created('lua_device', body);
		expect(await shown(device_id)).toMatchObject({
			device: {
				blueprint_id: GAS_DETECTOR,
				site_id: SITE,
				type: 'LUA',
				communication: { type: 'UCM_LUA', upstream_id: UCM },
				connectivity: { status: 'ONLINE' },
			},
		});
		stage.emulator.executions.duration = 0;
		const executed = await stage.send('POST', '/v3/devices/detector-2/execute_command', {
			body: { name: 'set_relay', arguments: { enabled: false } },
		});
		expect(executed.json).toMatchObject({ execution: { state: 'SUCCESS' } });
		expect((await stage.send('DELETE', `/v3/devices/${UCM}`)).status).toBe(422);
	});

	test('has the connectivity of its UCM', async () => {
		stage.emulator.fleet.simulate(UCM, { connectivity: 'OFFLINE' });
		const { device_id } = await created('lua_device', body);
		expect(await shown(device_id)).toMatchObject({ device: { connectivity: { status: 'OFFLINE' } } });
	});

	test.each<[string, object]>([
		['runtime_id', { runtime_id: undefined }],
		['runtime_id', { runtime_id: 'nothing' }],
		['runtime_id', { runtime_id: 'living-room-ucm' }],
		['blueprint_id', { blueprint_id: null }],
		['blueprint_id', { blueprint_id: 'nothing' }],
	])('rejects an invalid %s: %j', async (field, change) => {
		const response = await post('lua_device', { ...body, ...change });
		expect([response.status, errorOf(response).details]).toEqual([400, { field }]);
		expect(count()).toBe(30);
	});

	test('rejects a runtime that is not a UCM, and a slug in use', async () => {
		expect((await post('lua_device', { ...body, runtime_id: DETECTOR })).status).toBe(422);
		await created('lua_device', body);
		expect((await post('lua_device', body)).status).toBe(409);
	});
});

describe('POST provisioning/ucm', () => {
	const body = { name: 'Cellar UCM', site_id: SITE, hardware_id: HARDWARE, protocol: 'MQTTS' };

	test('creates a UCM and responds with its configuration', async () => {
		const answer = await created('ucm', body);
		expect(answer).toEqual({
			device_id: expect.any(String),
			slug: 'cellar-ucm',
			config: expect.objectContaining({
				hardware_id: HARDWARE,
				channel_id: 'ucm',
				mqtt_protocol: 'MQTTS',
				mqtt_credentials: {
					protocol: 'MQTTS',
					private_key: expect.stringContaining('PRIVATE KEY'),
					certificate: expect.any(String),
					ca_chain: expect.any(String),
				},
			}),
		});
		expect(await shown(answer.device_id)).toMatchObject({
			device: { type: 'HARDWARE_UCM', communication: { type: 'MQTT_V1_TLS', hardware_id: HARDWARE } },
		});
	});

	test('gives the same device new credentials when it is provisioned again', async () => {
		const first = await created('ucm', { ...body, protocol: 'MQTT' });
		const second = await created('ucm', { ...body, protocol: 'MQTT', name: 'Other name' });
		expect([second.device_id, count()]).toEqual([first.device_id, 31]);
		expect(second.config?.mqtt_credentials['password']).not.toBe(first.config?.mqtt_credentials['password']);
		expect(stage.emulator.fleet.get(first.device_id).name).toBe('Cellar UCM');
		const existing = await created('ucm', { ...body, hardware_id: UCM_HARDWARE });
		expect([existing.device_id, existing.slug, count()]).toEqual([UCM, 'living-room-ucm', 31]);
	});

	test('returns slug and configuration in the form of the dialect', async () => {
		stage.emulator.dialect = { slug: 'null', enumCase: 'lower', configPorts: 'text' };
		let slugs = new Set<unknown>();
		for (let index = 0; slugs.size < 2 && index < 100; index += 1) {
			const { slug, config, device_id } = await created('ucm', { ...body, hardware_id: `H${index}` });
			expect(slug === null).toBe(/[13579bdf]$/.test(device_id));
			expect(config).toMatchObject({ mqtt_port: '8883', mqtt_credentials: { protocol: 'mqtts' } });
			slugs = slugs.add(slug === null);
		}
		expect(slugs.size).toBe(2);
	});

	test('rejects hardware of another site or type', async () => {
		const [, elsewhere] = stage.emulator.fleet.sites.keys();
		const gateway = stage.emulator.fleet.get('gateway-1').communication.hardware_id;
		for (const change of [{ hardware_id: UCM_HARDWARE, site_id: elsewhere }, { hardware_id: gateway }]) {
			const response = await post('ucm', { ...body, ...change });
			expect([response.status, errorOf(response).message]).toEqual([409, 'hardware_id already in use']);
		}
		expect(stage.emulator.fleet.configs.size).toBe(0);
	});

	test.each<[string, object]>([
		['hardware_id', { hardware_id: '' }],
		['protocol', { protocol: undefined }],
		['protocol', { protocol: 'HTTP' }],
		['site_id', { site_id: undefined }],
	])('rejects an invalid %s: %j', async (field, change) => {
		const response = await post('ucm', { ...body, ...change });
		expect([response.status, errorOf(response).details]).toEqual([400, { field }]);
		expect(count()).toBe(30);
	});
});

describe('on a Gateway', () => {
	beforeEach(async () => {
		await stage.close();
		await start({ kind: 'gateway' });
	});

	test('creates devices with or without a site', async () => {
		const hardware = { hardware_id: HARDWARE, protocol: 'MQTT' };
		for (const [kind, body] of [
			['standalone', { name: 'A', site_id: null }],
			['standalone', { name: 'A', site_id: SITE }],
			['ucm', { name: 'A', ...hardware }],
		] as const) {
			const { device_id } = await created(kind, body);
			expect(stage.emulator.fleet.get(device_id).site_id).toBe(SITE);
		}
		expect((await post('standalone', { name: 'A', site_id: 'nowhere' })).status).toBe(400);
	});

	test('creates a virtual UCM once, which is online and can run Lua devices', async () => {
		const body = { name: 'Virtual UCM', hardware_id: `V${HARDWARE}`, site_id: null };
		const { device_id } = await created('vucm', body);
		expect(await shown(device_id)).toMatchObject({
			device: {
				type: 'VIRTUAL_UCM',
				connectivity: { status: 'ONLINE' },
				communication: { type: 'MQTT_V1_LOCALHOST', hardware_id: `V${HARDWARE}` },
			},
		});
		expect((await created('vucm', body)).device_id).toBe(device_id);
		const lua = { name: 'Meter', runtime_id: device_id, blueprint_id: GAS_DETECTOR };
		expect((await post('lua_device', lua)).status).toBe(200);
		expect((await post('vucm', { ...body, hardware_id: null })).status).toBe(400);
	});
});

test('the Cloud has no virtual UCMs', async () => {
	expect((await post('vucm', { name: 'A', hardware_id: HARDWARE, site_id: SITE })).status).toBe(404);
});

test.each(['standalone', 'lua_device', 'ucm'])('provisioning/%s requires OWNER', async (kind) => {
	const { user, installer } = stage.emulator.tokens;
	expect((await post(kind, {}, { token: user })).status).toBe(403);
	expect((await post(kind, {}, { token: installer })).status).toBe(400);
	expect((await stage.send('GET', `/v3/provisioning/${kind}`)).status).toBe(405);
});

test('creates the device even if the response is lost', async () => {
	stage.emulator.addFault({ kind: 'reset-after', times: 1 });
	await expect(post('standalone', { name: 'A', site_id: SITE, slug: 'lost' })).rejects.toThrow();
	expect(stage.emulator.fleet.find('lost')).toBeDefined();
});

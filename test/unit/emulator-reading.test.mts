import { createFleet } from '../../emulator/fleet.mts';
import { createStage, DETECTOR, errorOf, SITE, type Stage, UCM } from './emulator-client.mts';

type DeviceList = { devices: Array<Record<string, unknown> & { id: string }>; total_count: number };
type SiteList = { sites: Array<{ id: string; name: string }>; total_count: number };

let stage: Stage;

beforeAll(async () => {
	stage = await createStage({ fleet: createFleet({ devices: 120 }) });
});

afterAll(() => stage.close());

const get = (path: string) => stage.send('GET', path);
const getDevice = async (path: string) => (await get(path)).json as { device: Record<string, unknown> };

describe('GET /v3/devices/{id}', () => {
	const sample = {
		id: DETECTOR,
		blueprint_id: '88a2035f-170f-402c-8a84-6d4aed5ae353',
		name: 'Gas detector in living room',
		site_id: SITE,
		updated_at: '2025-08-04T07:22:07.988115Z',
		slug: 'gas-detector-in-living-room',
		type: 'LUA',
		authorized_role: 'OWNER',
	};

	test('responds with exactly the sample device of the reference', async () => {
		const response = await get(`/v3/devices/${DETECTOR}`);
		expect(response.status).toBe(200);
		expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
		expect(response.text).toBe(JSON.stringify({ device: sample }));
	});

	test('accepts a slug instead of the ID', async () => {
		expect(await getDevice('/v3/devices/gas-detector-in-living-room')).toEqual({ device: sample });
	});

	test('accepts an empty expand, as python-sdk sends it', async () => {
		expect(await getDevice(`/v3/devices/${DETECTOR}?expand=`)).toEqual({ device: sample });
	});

	test('adds exactly the fields in expand', async () => {
		const { device } = await getDevice(`/v3/devices/${DETECTOR}?expand=connectivity,communication`);
		expect(device).toEqual({
			...sample,
			connectivity: { status: 'ONLINE' },
			communication: { type: 'UCM_LUA', upstream_id: UCM },
		});
	});

	test('accepts a repeated expand', async () => {
		const { device } = await getDevice(`/v3/devices/${DETECTOR}?expand=connectivity&expand=properties`);
		expect(device).toMatchObject({
			connectivity: { status: 'ONLINE' },
			properties: { vendor: 'crowcon', model: 'Xgard Bright' },
		});
	});

	test('expands site, manifest and alerts', async () => {
		const { device } = await getDevice(`/v3/devices/${DETECTOR}?expand=site,manifest,raised_alert_names`);
		expect(device['site']).toEqual({
			id: SITE,
			name: 'Hydrogen House Pilot Plant',
			timezone: 'Europe/Rome',
			location: { name: 'Pisa, Italy', latitude: 43.7228, longitude: 10.4017 },
			authorized_role: 'OWNER',
			version: 'V3',
		});
		expect(device['manifest']).toMatchObject({
			blueprint_spec: 'device/3.0',
			display_name: 'Gas Detector',
			vendor: 'crowcon',
		});
		expect(device['raised_alert_names']).toEqual([]);
	});

	test('shows the hardware and channel of a device that is connected to the broker directly', async () => {
		const { device } = await getDevice(`/v3/devices/${UCM}?expand=communication`);
		expect(device['communication']).toEqual({
			type: 'MQTT_V1_TLS',
			hardware_id: 'C8795CBA5375484E829105E959663C8B',
			channel_id: 'ucm',
		});
	});

	test('shows implemented profiles', async () => {
		const { device } = await getDevice('/v3/devices/electrolyser-1');
		expect(device['implemented_profiles']).toEqual(['energy.electrolyser']);
	});

	test.each(['telemetry', 'Site', 'constructor', 'site%20'])(
		'rejects the unknown expand %s',
		async (value) => {
			const response = await get(`/v3/devices/${DETECTOR}?expand=site,${value}`);
			expect(response.status).toBe(400);
			expect(errorOf(response)).toMatchObject({ code: 'invalid_argument', details: { field: 'expand' } });
		},
	);

	test.each([
		'no-such-device',
		'%20',
		'..',
		'%2e%2e',
		'%2F',
		`${DETECTOR}%2Fgenerate_config`,
		'x'.repeat(3000),
	])('responds with 404 for the device %s', async (id) => {
		const response = await get(`/v3/devices/${id}`);
		expect(response.status).toBe(404);
		expect(errorOf(response)).toEqual({ code: 'not_found', message: 'Device not found.' });
	});

	test('decodes the path only once', async () => {
		const oneCharacterEncoded = DETECTOR.replace('9', '%39');
		expect((await get(`/v3/devices/${oneCharacterEncoded}`)).status).toBe(200);
		expect((await get(`/v3/devices/${oneCharacterEncoded.replace('%', '%25')}`)).status).toBe(404);
	});

	test('finds a slug with characters that must be encoded', async () => {
		const slug = 'Détecteur 1/2?#%';
		const own = await createStage();
		own.emulator.fleet.update(UCM, { slug });
		const response = await own.send('GET', `/v3/devices/${encodeURIComponent(slug)}`);
		await own.close();
		expect(response.json).toMatchObject({ device: { id: UCM, slug } });
	});
});

test('GET /v3/devices/{id}/manifest responds with the same as expand=manifest', async () => {
	const { device } = await getDevice(`/v3/devices/${DETECTOR}?expand=manifest`);
	const response = await get('/v3/devices/gas-detector-in-living-room/manifest');
	expect(response.json).toEqual({ manifest: device['manifest'] });
	expect((await get('/v3/devices/unknown/manifest')).status).toBe(404);
});

test('GET /v3/sites/{id}/devices/{id} responds only with devices of that site', async () => {
	const [, second] = stage.emulator.fleet.sites.keys();
	const { device } = await getDevice(`/v3/sites/${SITE}/devices/${DETECTOR}`);
	expect(device).toMatchObject({ id: DETECTOR, site_id: SITE });
	for (const site of [second, 'nowhere']) {
		expect((await get(`/v3/sites/${site}/devices/${DETECTOR}`)).status).toBe(404);
	}
});

describe('GET /v3/devices', () => {
	const list = async (query: string) => (await get(`/v3/devices${query}`)).json as DeviceList;
	const ids = ({ devices }: DeviceList) => devices.map(({ id }) => id);

	test('responds with the first 50 devices by ID and the total count', async () => {
		const page = await list('');
		expect(page.total_count).toBe(120);
		expect(ids(page)).toEqual([...stage.emulator.fleet.devices.keys()].sort().slice(0, 50));
	});

	test('has pages without gap or overlap, and an empty page past the end', async () => {
		const pages = await Promise.all(['', '?offset=50', '?offset=100', '?offset=150'].map(list));
		expect(pages.map(({ devices }) => devices.length)).toEqual([50, 50, 20, 0]);
		expect(pages.map(({ total_count }) => total_count)).toEqual([120, 120, 120, 120]);
		expect(new Set(pages.flatMap(ids)).size).toBe(120);
	});

	test('uses a limit of at most 50', async () => {
		expect((await list('?limit=7&offset=3')).devices).toHaveLength(7);
		expect((await list('?limit=500')).devices).toHaveLength(50);
	});

	test.each(['offset=-1', 'offset=x', 'offset=1.5', 'limit=0', 'limit=-5', 'limit=ten'])(
		'rejects %s',
		async (query) => {
			const response = await get(`/v3/devices?${query}`);
			expect(response.status).toBe(400);
			expect(errorOf(response).details).toEqual({ field: query.split('=')[0] });
		},
	);

	test('expands every device of the page', async () => {
		const { devices } = await list('?expand=connectivity,site&limit=20');
		expect(devices).toHaveLength(20);
		for (const device of devices) {
			expect(device).toMatchObject({
				connectivity: { status: expect.stringMatching(/^(ONLINE|OFFLINE|UNKNOWN)$/) },
				site: { id: device['site_id'], version: 'V3' },
			});
		}
	});
});

describe('sites', () => {
	test('GET /v3/sites lists sites with the role of the token', async () => {
		const response = await stage.send('GET', '/v3/sites', { token: stage.emulator.tokens.user });
		expect(response.json).toMatchObject({
			total_count: 3,
			sites: [
				{ id: SITE, name: 'Hydrogen House Pilot Plant', authorized_role: 'USER' },
				{ name: 'Research Campus', timezone: 'Europe/Berlin' },
				{ name: 'Island Microgrid', location: { latitude: -21.0817 } },
			],
		});
	});

	test('GET /v3/sites filters by name and has pages', async () => {
		const named = (await get('/v3/sites?name=campus')).json as SiteList;
		expect(named).toMatchObject({ total_count: 1, sites: [{ name: 'Research Campus' }] });
		const second = (await get('/v3/sites?offset=1&limit=1')).json as SiteList;
		expect(second.sites.map(({ name }) => name)).toEqual(['Research Campus']);
		expect(second.total_count).toBe(3);
	});

	test('GET /v3/sites/{id} responds with one site or 404', async () => {
		expect((await get(`/v3/sites/${SITE}`)).json).toMatchObject({ site: { id: SITE, version: 'V3' } });
		expect((await get('/v3/sites/nowhere')).status).toBe(404);
	});

	test('GET /v3/sites/{id}/devices lists only the devices of that site', async () => {
		const { devices, total_count } = (await get(`/v3/sites/${SITE}/devices?limit=50`)).json as DeviceList;
		expect(total_count).toBe(40);
		expect(devices).toHaveLength(40);
		expect(new Set(devices.map((device) => device['site_id']))).toEqual(new Set([SITE]));
	});

	test('GET /v3/sites/{id}/devices responds with 404 for an unknown site', async () => {
		expect(errorOf(await get('/v3/sites/nowhere/devices')).message).toBe('Site not found.');
	});
});

describe('GET /v3/blueprints/{id}', () => {
	test('responds with ID and creation time', async () => {
		const id = 'bluepri2-60n4-4t9d-e6v0-69i310cb110e';
		expect((await get(`/v3/blueprints/${id}`)).json).toEqual({
			blueprint: { id, created_at: '2025-06-30T14:05:02.733018Z' },
		});
	});

	test('responds with 404 for an unknown blueprint', async () => {
		const response = await get('/v3/blueprints/unknown');
		expect(response.status).toBe(404);
		expect(errorOf(response).message).toBe('Blueprint not found.');
	});
});

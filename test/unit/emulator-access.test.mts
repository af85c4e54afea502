import { request } from 'undici';
import { createStage, DETECTOR, errorOf, type Sent, SITE, type Stage } from './emulator-client.mts';

const path = `/v3/devices/${DETECTOR}`;
const stages: Stage[] = [];

async function start(...options: Parameters<typeof createStage>): Promise<Stage> {
	const stage = await createStage(...options);
	stages.push(stage);
	return stage;
}

afterEach(async () => {
	await Promise.all(stages.splice(0).map((stage) => stage.close()));
});

describe('tokens and roles', () => {
	const header = 'X-Enapter-Auth-Token';

	test.each([null, ''])('responds with 401 without a token (%j)', async (token) => {
		const response = await (await start()).send('GET', path, { token });
		expect(response.status).toBe(401);
		expect(errorOf(response).details).toEqual({ header });
	});

	test('responds with the same 403 to an unknown and an expired token', async () => {
		const { emulator, send } = await start();
		for (const token of ['unknown', emulator.tokens.expired]) {
			const response = await send('GET', path, { token });
			expect(response.status).toBe(403);
			expect(errorOf(response)).toEqual({
				code: 'invalid_header',
				message: 'Authentication token is invalid.',
				details: { header },
			});
		}
	});

	const changes: Array<[string, string, Sent]> = [
		['PATCH', path, { body: { name: 'x' } }],
		['DELETE', path, {}],
		['DELETE', `/v3/sites/${SITE}/devices/${DETECTOR}`, {}],
		['POST', '/v3/devices/living-room-ucm/generate_config', { body: { protocol: 'MQTT' } }],
		['POST', `${path}/assign_blueprint`, { body: { blueprint_id: 'bluepri2-60n4-4t9d-e6v0-69i310cb110e' } }],
	];

	test.each(changes)('%s %s needs OWNER', async (method, url, sent) => {
		const { emulator, send } = await start();
		const before = [...emulator.fleet.devices.values()];
		for (const token of [emulator.tokens.readonly, emulator.tokens.user]) {
			const response = await send(method, url, { ...sent, token });
			expect(response.status).toBe(403);
			expect(errorOf(response)).toEqual({ code: 'forbidden', message: 'Access denied.' });
		}
		expect([...emulator.fleet.devices.values()]).toEqual(before);
		expect(emulator.fleet.configs.size).toBe(0);
		expect((await send(method, url, { ...sent, token: emulator.tokens.owner })).status).toBe(200);
	});

	test.each(changes)('%s %s accepts INSTALLER, a role above OWNER', async (method, url, sent) => {
		const { emulator, send } = await start();
		expect((await send(method, url, { ...sent, token: emulator.tokens.installer })).status).toBe(200);
	});

	test('shows the role of the token on devices and sites', async () => {
		const { emulator, send } = await start();
		const { owner, installer, readonly, user } = emulator.tokens;
		const roles = await Promise.all(
			[owner, installer, readonly, user].map(async (token) => {
				const { json } = await send('GET', `${path}?expand=site`, { token });
				const { device } = json as { device: { authorized_role: string; site: { authorized_role: string } } };
				expect(device.site.authorized_role).toBe(device.authorized_role);
				return device.authorized_role;
			}),
		);
		expect(roles).toEqual(['OWNER', 'INSTALLER', 'READONLY', 'USER']);
	});
});

describe('paths', () => {
	test.each([
		'/',
		'/v3',
		'/v3/device',
		'/v3/devices/a/b',
		'/v3/devices/a/reboot',
		'//v3/devices',
		'/v4/devices',
	])('responds to %s with a 404 in the form of the API', async (unknown) => {
		const response = await (await start()).send('GET', unknown);
		expect(response.status).toBe(404);
		expect(errorOf(response).code).toBe('not_found');
	});

	test.each([
		['POST', '/v3/devices', 'GET'],
		['PUT', path, 'GET, PATCH, DELETE'],
		['GET', `${path}/generate_config`, 'POST'],
	])('responds to %s %s with 405 and allows %s', async (method, url, allowed) => {
		const response = await (await start()).send(method, url);
		expect(response.status).toBe(405);
		expect(response.headers['allow']).toBe(allowed);
		expect(errorOf(response).code).toBe('method_not_allowed');
	});

	test('responds to an invalid percent-encoding with a 400 in the form of the API, and records the request', async () => {
		const { emulator, send } = await start();
		const response = await send('GET', '/v3/devices/%zz');
		expect(response.status).toBe(400);
		expect(errorOf(response).code).toBe('bad_request');
		expect(emulator.requests).toMatchObject([{ path: '/v3/devices/%zz', status: 400 }]);
		expect(emulator.stats.inFlight).toBe(0);
	});

	test('the Cloud also serves paths below /api', async () => {
		const { emulator, send } = await start();
		expect(emulator.baseUrl).toBe(emulator.origin);
		const [plain, prefixed] = await Promise.all([send('GET', path), send('GET', `/api${path}`)]);
		expect(prefixed).toMatchObject({ status: 200, json: plain.json });
		expect((await send('GET', '/v3/site')).status).toBe(404);
	});
});

describe('https', () => {
	test('has a self-signed certificate for its address', async () => {
		const { emulator, send } = await start({ https: true });
		expect(emulator.baseUrl).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
		expect((await send('GET', path)).status).toBe(200);
		await expect(request(`${emulator.baseUrl}${path}`)).rejects.toMatchObject({
			code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
		});
	});
});

describe('a Gateway', () => {
	const headers = { 'X-Enapter-Allow-HTTP': 'true' };

	test('has its API only below /api, and one site', async () => {
		const { emulator, send } = await start({ kind: 'gateway' });
		expect(emulator.baseUrl).toBe(`${emulator.origin}/api`);
		expect((await send('GET', '/api/v3/site', { headers })).json).toMatchObject({
			site: { id: SITE, name: 'Hydrogen House Pilot Plant', authorized_role: 'OWNER', version: 'V3' },
		});
		expect((await send('GET', '/api/v3/devices', { headers })).json).toMatchObject({ total_count: 10 });
		expect((await send('GET', `/api/v3/sites/${SITE}`, { headers })).json).toMatchObject({
			site: { id: SITE },
		});
		expect((await send('GET', `/api/v3/sites/${SITE}${path.slice(3)}`, { headers })).json).toMatchObject({
			device: { id: DETECTOR },
		});
		for (const elsewhere of ['/api/v3/sites/nowhere', `/api/v3/sites/nowhere${path.slice(3)}`]) {
			expect((await send('GET', elsewhere, { headers })).status).toBe(404);
		}
		expect((await send('GET', '/v3/site', { headers })).status).toBe(404);
	});

	test('lists its one site', async () => {
		const { send } = await start({ kind: 'gateway' });
		const listed = await send('GET', '/api/v3/sites', { headers });
		expect(listed.json).toMatchObject({ sites: [{ id: SITE }], total_count: 1 });
	});

	test('serves the device operations', async () => {
		const { emulator, send } = await start({ kind: 'gateway' });
		const response = await send('PATCH', `/api${path}`, { headers, body: { name: 'Hydrogen detector' } });
		expect(response.status).toBe(200);
		expect(emulator.fleet.find(DETECTOR)?.name).toBe('Hydrogen detector');
	});

	test('redirects http without the header to https, and does not process the request', async () => {
		const { emulator, send } = await start({ kind: 'gateway' });
		const response = await send('PATCH', `/api${path}?expand=site`, { body: { name: 'Hydrogen detector' } });
		expect(response.status).toBe(308);
		expect(response.headers['location']).toBe(
			`${emulator.origin.replace('http:', 'https:')}/api${path}?expand=site`,
		);
		expect(emulator.fleet.find(DETECTOR)?.name).toBe('Gas detector in living room');
	});

	test('does not require the header with https', async () => {
		const { send } = await start({ kind: 'gateway', https: true });
		expect((await send('GET', `/api${path}`)).status).toBe(200);
	});
});

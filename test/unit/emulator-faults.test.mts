import { gunzipSync } from 'node:zlib';
import { request } from 'undici';
import type { Fault } from '../../emulator/server.mts';
import { createStage, DETECTOR, errorOf, type Stage } from './emulator-client.mts';

const path = `/v3/devices/${DETECTOR}`;
let stage: Stage;

beforeEach(async () => {
	stage = await createStage();
});

afterEach(() => stage.close());

const rename = (name = 'Hydrogen detector') => stage.send('PATCH', path, { body: { name } });
const nameNow = () => stage.emulator.fleet.find(DETECTOR)?.name;
const statuses = () => stage.emulator.requests.map(({ status }) => status);

/** Waits until `holds` returns true. */
async function until(holds: () => boolean): Promise<void> {
	while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

describe('faults', () => {
	test('status: responds without processing the request', async () => {
		stage.emulator.addFault({
			kind: 'status',
			status: 502,
			headers: { 'content-type': 'text/html' },
			body: '<h1>Bad Gateway</h1>',
		});
		expect(await rename()).toMatchObject({
			status: 502,
			headers: { 'content-type': 'text/html' },
			text: '<h1>Bad Gateway</h1>',
		});
		expect(nameNow()).toBe('Gas detector in living room');
	});

	test('status: 500 and an empty body by default', async () => {
		stage.emulator.addFault({ kind: 'status' });
		expect(await rename()).toMatchObject({ status: 500, text: '' });
	});

	test('status: an object is sent as JSON', async () => {
		const body = { errors: [{ message: 'slug already in use' }] };
		stage.emulator.addFault({ kind: 'status', status: 409, body });
		const response = await rename();
		expect(response).toMatchObject({ status: 409, json: body });
		expect(response.headers['content-type']).toContain('application/json');
	});

	test('status: a redirect, and 204 without a body', async () => {
		const location = 'https://elsewhere.example/';
		stage.emulator.addFault({ kind: 'status', status: 308, headers: { location }, times: 1 });
		stage.emulator.addFault({ kind: 'status', status: 204, times: 1 });
		expect(await rename()).toMatchObject({ status: 308, headers: { location } });
		expect(await rename()).toMatchObject({ status: 204, text: '' });
	});

	test.each([
		['reset-before', 'Gas detector in living room'],
		['reset-after', 'Hydrogen detector'],
	] as const)('%s: closes the connection; the name is then %s', async (kind, name) => {
		stage.emulator.addFault({ kind });
		await expect(rename()).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
		expect(nameNow()).toBe(name);
		expect(statuses()).toEqual([undefined]);
		expect(stage.emulator.stats.inFlight).toBe(0);
	});

	test('cut: processes the request and sends half of the response', async () => {
		stage.emulator.addFault({ kind: 'cut' });
		await expect(rename()).rejects.toMatchObject({ message: 'other side closed' });
		expect(nameNow()).toBe('Hydrogen detector');
		expect(statuses()).toEqual([200]);
	});

	test('slow: processes the request at once and responds after the delay', async () => {
		stage.emulator.addFault({ kind: 'slow', delay: 30 });
		const response = rename();
		await until(() => nameNow() === 'Hydrogen detector');
		expect(stage.emulator.stats.inFlight).toBe(1);
		expect((await response).status).toBe(200);
		const [recorded] = stage.emulator.requests;
		expect((recorded?.endedAt ?? 0) - (recorded?.startedAt ?? 0)).toBeGreaterThanOrEqual(29);
	});

	test('slow: an aborted request is no longer in flight and has no status', async () => {
		stage.emulator.addFault({ kind: 'slow' });
		const patience = new AbortController();
		const response = stage.send('PATCH', path, { body: { name: 'x' }, signal: patience.signal });
		const failed = expect(response).rejects.toMatchObject({ name: 'AbortError' });
		await until(() => nameNow() === 'x');
		patience.abort();
		await failed;
		await until(() => stage.emulator.stats.inFlight === 0);
		expect(statuses()).toEqual([undefined]);
	});

	test.each<[string, Partial<Fault>, string]>([
		['nothing', {}, ''],
		['an unchanged text', { body: '{"device": tru' }, '{"device": tru'],
		['another shape', { body: { ok: true } }, '{"ok":true}'],
	])('body: processes the request but responds with %s', async (_what, fault, text) => {
		stage.emulator.addFault({ kind: 'body', ...fault });
		expect(await rename()).toMatchObject({ status: 200, text });
		expect(nameNow()).toBe('Hydrogen detector');
	});

	test('body: a redirect or an error of a proxy after processing', async () => {
		stage.emulator.addFault({ kind: 'body', status: 302, headers: { location: '/login' } });
		expect(await rename()).toMatchObject({ status: 302, headers: { location: '/login' } });
		expect(nameNow()).toBe('Hydrogen detector');
	});

	test.each([
		['hang-before', 'Gas detector in living room'],
		['hang', 'Hydrogen detector'],
	] as const)('%s: never responds; the name is then %s', async (kind, name) => {
		const { emulator } = stage;
		emulator.addFault({ kind, times: 1 });
		const patience = new AbortController();
		const body = { name: 'Hydrogen detector' };
		const failed = expect(stage.send('PATCH', path, { body, signal: patience.signal })).rejects.toMatchObject(
			{
				name: 'AbortError',
			},
		);
		await until(() => emulator.stats.inFlight === 1);
		for (let turn = 0; turn < 3; turn += 1) await stage.send('GET', '/v3/sites');
		expect(statuses()).toEqual([undefined, 200, 200, 200]);
		expect(nameNow()).toBe(name);
		expect(emulator.stats.inFlight).toBe(1);
		patience.abort();
		await failed;
		await until(() => emulator.stats.inFlight === 0);
	});

	test('drip: sends the response byte by byte', async () => {
		stage.emulator.addFault({ kind: 'drip', interval: 1, times: 1 });
		const started = performance.now();
		const response = await rename();
		expect(response).toMatchObject({ status: 200, json: { device: { name: 'Hydrogen detector' } } });
		expect(performance.now() - started).toBeGreaterThan(response.text.length / 2);
	});

	test('drip: does not end if it is endless', async () => {
		stage.emulator.addFault({ kind: 'drip', interval: 1, endless: true });
		const { emulator } = stage;
		const patience = new AbortController();
		const response = await request(`${emulator.baseUrl}/v3/sites/nowhere`, {
			headers: { 'X-Enapter-Auth-Token': emulator.tokens.owner },
			signal: patience.signal,
		});
		let text = '';
		const reading = (async () => {
			for await (const part of response.body) text += String(part);
		})();
		const failed = expect(reading).rejects.toMatchObject({ name: 'AbortError' });
		await until(() => text.endsWith('   '));
		patience.abort();
		await failed;
		expect(response.statusCode).toBe(404);
		expect(text.trimEnd()).toBe('{"errors":[{"code":"not_found","message":"Site not found."}]');
	});

	test.each([{}, { bytes: 12 }])(
		'cut-gzip: a complete response with an incomplete gzip (%j)',
		async (fault) => {
			stage.emulator.addFault({ kind: 'cut-gzip', ...fault });
			const response = await request(`${stage.emulator.baseUrl}${path}`, {
				headers: { 'X-Enapter-Auth-Token': stage.emulator.tokens.owner },
			});
			const body = Buffer.from(await response.body.arrayBuffer());
			expect(response).toMatchObject({ statusCode: 200, headers: { 'content-encoding': 'gzip' } });
			expect(response.headers['content-length']).toBe(String(body.length));
			if (fault.bytes !== undefined) expect(body).toHaveLength(fault.bytes);
			expect(body.length).toBeGreaterThan(0);
			expect(() => gunzipSync(body)).toThrow('unexpected end of file');
		},
	);

	test('cut: sends the first `bytes`', async () => {
		stage.emulator.addFault({ kind: 'cut', bytes: 7 });
		const response = await request(`${stage.emulator.baseUrl}${path}`, {
			headers: { 'X-Enapter-Auth-Token': stage.emulator.tokens.owner },
		});
		let text = '';
		const reading = (async () => {
			for await (const part of response.body) text += String(part);
		})();
		await expect(reading).rejects.toMatchObject({ message: 'other side closed' });
		expect(text).toBe('{"devic');
	});

	test('applies to `times` requests after the first `after`', async () => {
		stage.emulator.addFault({ kind: 'status', status: 503, after: 1, times: 2 });
		for (let turn = 0; turn < 5; turn += 1) await stage.send('GET', path);
		expect(statuses()).toEqual([200, 503, 503, 200, 200]);
	});

	test('applies to the requests that match by method and path', async () => {
		stage.emulator.addFault({ match: { method: 'PATCH' }, kind: 'status', status: 500 });
		stage.emulator.addFault({ match: { path: /\/devices\?.*offset=50/g }, kind: 'status', status: 502 });
		stage.emulator.addFault({ match: { method: 'GET', path: DETECTOR }, kind: 'status', status: 503 });
		await rename();
		await stage.send('GET', '/v3/devices?limit=5&offset=50');
		await stage.send('GET', '/v3/devices?limit=5&offset=50');
		await stage.send('GET', '/v3/devices?limit=5');
		await stage.send('GET', path);
		expect(statuses()).toEqual([500, 502, 502, 200, 503]);
	});

	test('uses the first fault that applies', async () => {
		stage.emulator.faults.push(
			{ kind: 'status', status: 500, times: 1 },
			{ kind: 'status', status: 503, times: 1 },
		);
		for (let turn = 0; turn < 3; turn += 1) await stage.send('GET', path);
		expect(statuses()).toEqual([500, 503, 200]);
	});

	test('counts from zero when a fault is added again after a reset', async () => {
		const fault: Fault = { kind: 'status', status: 503, times: 1 };
		for (let turn = 0; turn < 2; turn += 1) {
			stage.emulator.reset();
			stage.emulator.addFault(fault);
			expect((await stage.send('GET', path)).status).toBe(503);
		}
	});

	test('applies also to unknown paths', async () => {
		stage.emulator.addFault({ kind: 'status', status: 503 });
		expect((await stage.send('GET', '/nowhere')).status).toBe(503);
	});
});

describe('rate limit', () => {
	const get = () => stage.send('GET', path);

	test('responds with 429 and Retry-After in whole seconds beyond the limit, and does not process the request', async () => {
		stage.emulator.rateLimit = { requests: 2, perMs: 60_000 };
		expect([(await get()).status, (await get()).status]).toEqual([200, 200]);
		const response = await rename();
		expect(response.status).toBe(429);
		expect(errorOf(response).code).toBe('too_many_requests');
		expect(response.headers['retry-after']).toMatch(/^(59|60)$/);
		expect(nameNow()).toBe('Gas detector in living room');
	});

	test('sends Retry-After as a date, or not at all', async () => {
		stage.emulator.rateLimit = { requests: 0, perMs: 60_000, retryAfter: 'date' };
		const until = Date.parse(String((await get()).headers['retry-after']));
		expect(until - Date.now()).toBeGreaterThan(55_000);
		expect(until - Date.now()).toBeLessThan(62_000);
		stage.emulator.rateLimit = { requests: 0, perMs: 60_000, retryAfter: 'none' };
		expect((await get()).headers['retry-after']).toBeUndefined();
	});

	test('accepts requests again in the next window', async () => {
		const clock = jest.spyOn(performance, 'now').mockReturnValue(1_000_000);
		stage.emulator.rateLimit = { requests: 1, perMs: 500 };
		const seen = [(await get()).status];
		for (const time of [1_000_499, 1_000_501, 1_000_502]) {
			clock.mockReturnValue(time);
			seen.push((await get()).status);
		}
		clock.mockRestore();
		expect(seen).toEqual([200, 429, 200, 429]);
	});
});

describe('records and counts', () => {
	test('method, raw path, headers, body, status and times of a request', async () => {
		await stage.send('PATCH', `/v3/devices/a%2Fb?expand=`, { body: { name: 'x' } });
		await stage.send('POST', `${path}/generate_config`, { body: 'protocol=MQTT' });
		await stage.send('DELETE', '/v3/devices/unknown');
		await stage.send('PATCH', '/v3/devices/unknown', { body: '{"serial": 7615917337495251231}' });
		const { requests } = stage.emulator;
		expect(requests).toMatchObject([
			{ method: 'PATCH', path: '/v3/devices/a%2Fb?expand=', body: { name: 'x' }, status: 404 },
			{ method: 'POST', path: `${path}/generate_config`, body: 'protocol=MQTT', status: 400 },
			{ method: 'DELETE', path: '/v3/devices/unknown', body: undefined, status: 404 },
			{ method: 'PATCH', text: '{"serial": 7615917337495251231}', status: 404 },
		]);
		for (const { headers, startedAt, endedAt } of requests) {
			expect(headers['x-enapter-auth-token']).toBe(stage.emulator.tokens.owner);
			expect(endedAt).toBeGreaterThanOrEqual(startedAt);
		}
	});

	test('requests in flight at the same time, and their connections', async () => {
		const { emulator } = stage;
		emulator.latency = 60_000;
		const patience = new AbortController();
		const waiting = Array.from({ length: 7 }, () => stage.send('GET', path, { signal: patience.signal }));
		const abandoned = Promise.allSettled(waiting);
		await until(() => emulator.stats.inFlight === 7);
		expect(emulator.stats).toEqual({
			requests: 7,
			inFlight: 7,
			peakInFlight: 7,
			connections: 7,
			openConnections: 7,
			peakConnections: 7,
		});
		patience.abort();
		await abandoned;
		await until(() => emulator.stats.inFlight === 0);
		expect(emulator.stats).toMatchObject({ requests: 7, peakInFlight: 7 });
	});

	test('sequential requests are never in flight at the same time', async () => {
		for (let turn = 0; turn < 50; turn += 1) await stage.send('GET', path);
		expect(stage.emulator.stats).toMatchObject({ requests: 50, inFlight: 0, peakInFlight: 1 });
	});

	test('without recordRequests, requests are only counted', async () => {
		stage.emulator.recordRequests = false;
		await stage.send('GET', path);
		expect(stage.emulator.requests).toEqual([]);
		expect(stage.emulator.stats.requests).toBe(1);
	});

	test('latency delays every response, including errors and faults', async () => {
		stage.emulator.latency = 25;
		stage.emulator.addFault({ kind: 'status', status: 500, after: 2 });
		for (const url of [path, '/v3/devices/unknown', path]) await stage.send('GET', url);
		expect(statuses()).toEqual([200, 404, 500]);
		for (const { startedAt, endedAt = 0 } of stage.emulator.requests) {
			expect(endedAt - startedAt).toBeGreaterThanOrEqual(24);
		}
	});

	test('reset clears settings and counts but not the fleet', async () => {
		const { emulator } = stage;
		await rename();
		emulator.addFault({ kind: 'status' });
		emulator.latency = 60_000;
		emulator.rateLimit = { requests: 0, perMs: 60_000 };
		emulator.reset();
		expect(emulator).toMatchObject({ latency: 0, rateLimit: undefined, faults: [], requests: [] });
		expect(emulator.stats).toMatchObject({ requests: 0, inFlight: 0, peakInFlight: 0, connections: 0 });
		expect((await stage.send('GET', path)).json).toMatchObject({ device: { name: 'Hydrogen detector' } });
	});
});

test('close ends idle connections and requests in flight at once', async () => {
	await stage.send('GET', path);
	stage.emulator.addFault({ kind: 'slow' });
	const unfinished = expect(rename()).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
	await until(() => nameNow() === 'Hydrogen detector');
	await stage.emulator.close();
	await unfinished;
	await expect(stage.send('GET', path)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

import type { IExecuteFunctions } from 'n8n-workflow';

import {
	type ApiCall,
	EnapterClient,
	type RequestLimits,
} from '../../../nodes/EnapterDevice/transport/client.ts';
import { EnapterApiError, NotSentError } from '../../../nodes/EnapterDevice/transport/errors.ts';
import { isObject } from '../../../nodes/EnapterDevice/transport/json.ts';
import { Stop } from '../../../nodes/EnapterDevice/transport/stop.ts';
import { settle, TestClock } from '../../support/clock.mts';
import { FakeApi, type FakeResponse, json, NODE, refusal } from '../../support/fakeApi.mts';

const time = TestClock.install();

beforeEach(() => jest.spyOn(Math, 'random').mockReturnValue(1));

afterEach(() => jest.restoreAllMocks());

const ANYTHING = {
	expected: 'an object',
	read: (body: unknown) => (isObject(body) ? body : undefined),
};

const READ: ApiCall<unknown> = { method: 'GET', path: ['things'], response: ANYTHING, isIdempotent: true };
const WRITE: ApiCall<unknown> = { ...READ, method: 'PATCH', body: { name: 'new' } };
const COMMAND: ApiCall<unknown> = { ...READ, method: 'POST', isIdempotent: false };

const PROXY: FakeResponse = { statusCode: 502, body: '<html>Bad gateway</html>' };
const CHECK_FIRST = 'The API may still have processed the request. Check before sending it again.';

const lost = () => Object.assign(new Error('reset'), { code: 'ECONNRESET' });

/** Answers in order; the last answer is repeated. */
const inOrder =
	(...responses: Array<FakeResponse | Error>) =>
	(_request: unknown, attempt: number): FakeResponse => {
		const response = responses[Math.min(attempt, responses.length - 1)];
		if (response === undefined || response instanceof Error) throw response ?? new Error('no response');
		return response;
	};

/** The value of a promise; waits between retries end at once. */
async function valueOf(promise: Promise<unknown>): Promise<unknown> {
	let hasEnded = false;
	void promise.catch(() => {}).then(() => (hasEnded = true));
	for (let waits = 0; waits < 12 && !hasEnded; waits++) await time.advance(60_000);
	return await promise;
}

/** The error of a promise that must be rejected. */
async function errorOf(promise: Promise<unknown>): Promise<EnapterApiError> {
	const error: unknown = await valueOf(promise).then(
		(value) => new Error(`Expected an error, got ${JSON.stringify(value)}`),
		(caught: unknown) => caught,
	);
	if (error instanceof EnapterApiError) return error;
	throw error;
}

describe('opening', () => {
	test('reads the credential once, and gives n8n the decrypted data with every request', async () => {
		const credential = { apiToken: 'the-token', baseUrl: 'http://10.0.0.1', allowUnauthorizedCerts: true };
		const api = new FakeApi(() => json({}), credential);
		const client = await api.open();
		expect(client.root).toBe('http://10.0.0.1/api');
		await client.call(READ);
		expect(api.credentials).toEqual([
			{
				type: 'enapterApi',
				credentialsDecrypted: { id: '', name: '', type: 'enapterApi', data: credential },
			},
		]);
		expect(api.sent[0]?.skipSslCertificateValidation).toBe(true);
	});

	test('reads the credential of the type enapterApi, also if the node does not name it', async () => {
		const { context } = new FakeApi(() => json({}));
		for (const node of [NODE, { ...NODE, credentials: {} }]) {
			const types: string[] = [];
			const getCredentials = async (type: string) => {
				types.push(type);
				return await context.getCredentials(type);
			};
			const limits = { maxConcurrency: 1, maxRetries: 0, timeout: 1000, longestWait: 1000 };
			const given = { ...context, getNode: () => node, getCredentials } as IExecuteFunctions;
			await EnapterClient.open(given, limits);
			expect(types).toEqual(['enapterApi']);
		}
	});

	test('fails with the name of a credential that cannot be used', async () => {
		const api = new FakeApi(() => json({}), { apiToken: '', baseUrl: 'https://api.enapter.com' });
		await expect(api.open()).rejects.toThrow('The API Token of the credential "Plant" is empty.');
	});
});

describe('a request', () => {
	test('is sent as the call says', async () => {
		const api = new FakeApi(() => json({ a: 1 }));
		const client = await api.open();
		const call = { ...WRITE, path: ['devices', 'a/b ?', 'x'], query: { expand: 'site' } };
		await expect(client.call(call)).resolves.toEqual({ a: 1 });
		expect(api.sent).toEqual([
			{
				method: 'PATCH',
				url: 'https://api.enapter.com/v3/devices/a%2Fb%20%3F/x',
				headers: { Accept: 'application/json' },
				qs: { expand: 'site' },
				body: { name: 'new' },
				encoding: 'text',
				timeout: 30_000,
				abortSignal: expect.any(AbortSignal),
				skipSslCertificateValidation: false,
				disableFollowRedirect: true,
				ignoreHttpStatusErrors: true,
				returnFullResponse: true,
			},
		]);
	});

	test('asks for another media type if the shape does, and has no empty query or body', async () => {
		const api = new FakeApi(() => ({ statusCode: 200, body: 'a,b' }));
		const client = await api.open();
		const response = { expected: 'a table', accept: 'text/csv', read: (body: unknown) => body };
		await expect(client.call({ ...READ, response })).resolves.toBe('a,b');
		expect(api.sent[0]?.headers).toEqual({ Accept: 'text/csv', 'Accept-Encoding': 'identity' });
		expect(api.sent[0]).not.toHaveProperty('qs');
		expect(api.sent[0]).not.toHaveProperty('body');
	});

	test.each<[string, Partial<ApiCall<unknown>>, Partial<RequestLimits>, number]>([
		['a read', {}, { readTimeout: 700 }, 700],
		['a read without a timeout of its own', {}, {}, 5000],
		['a write', { method: 'PATCH' }, { readTimeout: 700 }, 5000],
		['a read sent by POST', { method: 'POST', isRead: true }, { readTimeout: 700 }, 700],
		['a write sent by GET', { isRead: false }, { readTimeout: 700 }, 5000],
		['a call with a timeout of its own', { timeout: 300 }, { readTimeout: 700 }, 300],
	])('%s has a deadline for the whole response', async (_name, change, limits, deadline) => {
		const timer = jest.spyOn(AbortSignal, 'timeout');
		const api = new FakeApi(() => json({}));
		const client = await api.open({ timeout: 5000, ...limits });
		await client.call({ ...READ, ...change });
		expect(timer).toHaveBeenCalledWith(deadline);
		expect(api.sent[0]).toMatchObject({ abortSignal: timer.mock.results[0]?.value, timeout: deadline });
		expect(client.timeout).toBe(5000);
	});

	/** An API that never answers, and n8n's helper, which throws when the request is aborted. */
	const silent = () =>
		new FakeApi(
			async ({ abortSignal }) =>
				await new Promise((_, reject) =>
					abortSignal.addEventListener('abort', () =>
						reject(Object.assign(new Error('canceled'), { code: 'ERR_CANCELED' })),
					),
				),
		);

	test('is aborted when the execution is cancelled', async () => {
		const cancelling = new AbortController();
		const api = silent();
		api.cancelSignal = cancelling.signal;
		const client = await api.open();
		const failed = client.call(COMMAND).catch((caught: unknown) => caught as EnapterApiError);
		await settle();
		cancelling.abort();
		expect(await failed).toMatchObject({
			message: 'The execution was canceled while a request was in flight.',
			outcome: 'unknown',
		});
	});

	test('that is aborted at its deadline is a timeout with an unknown outcome', async () => {
		const api = silent();
		api.cancelSignal = new AbortController().signal;
		const client = await api.open({ maxRetries: 0, timeout: 1 });
		const error = await client.call(COMMAND).catch((caught: unknown) => caught as EnapterApiError);
		expect(error).toMatchObject({ message: 'No complete response in time from https://api.enapter.com.' });
		expect(error).toMatchObject({ outcome: 'unknown', description: expect.stringContaining(CHECK_FIRST) });
	});

	test('whose response ended early is not a success', async () => {
		const cut = { statusCode: 200, body: '', headers: { 'content-encoding': 'gzip' } };
		const client = await new FakeApi(() => cut).open({ maxRetries: 0 });
		const response = { expected: 'a table', accept: 'text/csv', read: () => 'empty' };
		expect(await errorOf(client.call({ ...READ, response }))).toMatchObject({
			outcome: 'unknown',
			message: 'Lost the connection to https://api.enapter.com.',
		});
	});

	test('contains the time when it was last sent', async () => {
		const client = await new FakeApi(inOrder(refusal(503))).open({ maxRetries: 1 });
		const start = time.time;
		const promise = client.call(READ).catch((caught: unknown) => caught as EnapterApiError);
		await time.advance(499);
		await time.advance(1);
		expect(await promise).toMatchObject({ requestFailure: { sentAt: start + 500 } });
	});

	test.each([
		['the token', {}, 'the-token'],
		['a secret of the call', { secrets: ['pass word'] }, 'pass word'],
	])(
		'whose failure contains %s: it is redacted in what is shown, also after rewording',
		async (_name, more, secret) => {
			const client = await new FakeApi(() => refusal(400, `Not ${secret}!`)).open();
			const explain = ({ reason }: { reason: string }) => ({
				reason: `Device ${secret}: ${reason}`,
				advice: `Do not use ${secret}`,
			});
			const error = await errorOf(client.call({ ...COMMAND, ...more, explain }));
			expect(error.message).toBe('Device [REDACTED]: Not [REDACTED]!');
			expect(error.description).toBe('Do not use [REDACTED]. HTTP status 400.');
		},
	);

	test('without a response is explained by the caller, too, and its secrets are redacted', async () => {
		const client = await new FakeApi(() => {
			throw new Error('wrong header the-token');
		}).open();
		const explain = ({ isFromApi }: { isFromApi: boolean }) => (isFromApi ? {} : { advice: 'Wait.' });
		const error = await errorOf(client.call({ ...READ, explain }));
		expect(error.message).toBe(
			'The request to https://api.enapter.com ended without a response: wrong header [REDACTED].',
		);
		expect(error.description).toBe('Wait.');
	});
});

describe("the API's clock", () => {
	test('is known after a response with a date, and stays known', async () => {
		const api = new FakeApi((_, attempt) =>
			json({}, attempt === 0 ? { date: new Date(time.time + 7000).toUTCString() } : {}),
		);
		const client = await api.open();
		await client.call(READ);
		expect(client.clockOffset).toBe(7000);
		await client.call(READ);
		expect(client.clockOffset).toBe(7000);
	});

	test.each([undefined, 'soon'])('is not known from the Date %j', async (date) => {
		const client = await new FakeApi(() => json({}, { date })).open();
		await client.call(READ);
		expect(client.clockOffset).toBeUndefined();
	});
});

describe('retrying', () => {
	test('repeats a request until it succeeds, and counts by reason', async () => {
		const api = new FakeApi(inOrder(refusal(503), lost(), PROXY, json({ done: true })));
		const client = await api.open();
		expect(await valueOf(client.call({ ...WRITE, path: ['things', 'a'] }))).toEqual({ done: true });
		expect(api.sent).toHaveLength(4);
		expect([...client.retries]).toEqual([
			['status 503', 1],
			['ECONNRESET', 1],
			['status 502', 1],
		]);
		expect(client.retriedRequests).toBe(1);
		expect(api.logged[0]).toEqual({
			message: 'Retrying a request to the Enapter API',
			details: { request: 'PATCH /v3/things/a', reason: 'status 503', milliseconds: 500 },
		});
	});

	test('counts requests and retries of the same reason', async () => {
		const api = new FakeApi(inOrder(PROXY, PROXY, json({}), PROXY, json({})));
		const client = await api.open();
		await valueOf(client.call(READ));
		await valueOf(client.call(READ));
		expect([client.retriedRequests, client.retries.get('status 502')]).toEqual([2, 3]);
	});

	test('waits as long as the backoff says before each retry', async () => {
		const api = new FakeApi(() => PROXY);
		const client = await api.open({ maxRetries: 2 });
		const promise = client.call(READ).catch(() => {});
		await settle();
		for (const milliseconds of [500, 1000]) {
			const { length } = api.sent;
			await time.advance(milliseconds - 1);
			expect(api.sent).toHaveLength(length);
			await time.advance(1);
			expect(api.sent).toHaveLength(length + 1);
		}
		await promise;
		expect(api.sent).toHaveLength(3);
	});

	test('goes before requests that wait', async () => {
		let endSecond = () => {};
		const api = new FakeApi(async (_, attempt) => {
			if (attempt === 0) return refusal(503);
			if (attempt === 1) await new Promise<void>((resolve) => (endSecond = resolve));
			return json({});
		});
		const client = await api.open({ maxConcurrency: 1 });
		const calls = ['first', 'second', 'third'].map((path) => client.call({ ...READ, path: [path] }));
		await time.advance(500);
		endSecond();
		await Promise.all(calls);
		const order = api.sent.map(({ url }) => url.split('/').at(-1));
		expect(order).toEqual(['first', 'second', 'first', 'third']);
	});

	test.each<[string, ApiCall<unknown>, FakeResponse | Error, number]>([
		['a write that is not idempotent, turned away by the API', COMMAND, refusal(503), 2],
		['a write that is not idempotent, of unknown outcome', COMMAND, PROXY, 1],
		['a write that is not idempotent, connection lost', COMMAND, lost(), 1],
		['an idempotent write of unknown outcome', WRITE, PROXY, 2],
		['a refused request', WRITE, refusal(422), 1],
	])('%s', async (_name, call, response, sent) => {
		const api = new FakeApi(inOrder(response));
		const client = await api.open({ maxRetries: 1 });
		await errorOf(client.call(call));
		expect(api.sent).toHaveLength(sent);
	});

	test('says how often it tried', async () => {
		const client = await new FakeApi(() => refusal(503, 'Busy')).open({ maxRetries: 2 });
		const { description, message } = await errorOf(client.call(READ));
		expect(message).toBe('Busy.');
		expect(description).toBe(
			'This is a problem on the API side. Try again later. HTTP status 503. Tried 3 times.',
		);
	});

	test('does not say so of a single try', async () => {
		const client = await new FakeApi(() => refusal(400)).open();
		expect((await errorOf(client.call(READ))).description).not.toContain('Tried');
	});

	test('does not wait longer than the longest wait, and says how long the API asks to wait', async () => {
		const api = new FakeApi(() => refusal(503, 'Busy', { 'retry-after': '61' }));
		const client = await api.open();
		const { description } = await errorOf(client.call(READ));
		expect(api.sent).toHaveLength(1);
		expect(description).toContain('The API asks to wait 61 seconds: run the workflow again after that.');
		expect(
			(await errorOf((await new FakeApi(() => refusal(503)).open({ maxRetries: 0 })).call(READ))).description,
		).not.toContain('asks to wait');
	});

	test('waits as long as the longest wait', async () => {
		const api = new FakeApi(inOrder(refusal(503, 'Busy', { 'retry-after': '60' }), json({})));
		const client = await api.open();
		await valueOf(client.call(READ));
		expect(api.sent).toHaveLength(2);
	});
});

describe('the outcome of a failure', () => {
	test.each<[string, ApiCall<unknown>, Array<FakeResponse | Error>, string, boolean]>([
		['refused', WRITE, [refusal(422)], 'notDone', false],
		['lost', COMMAND, [lost()], 'unknown', true],
		['lost, then refused', WRITE, [lost(), refusal(403)], 'unknown', true],
		['turned away, then refused', WRITE, [refusal(503), refusal(403)], 'notDone', false],
		['lost, turned away, then refused', WRITE, [PROXY, refusal(503), refusal(409)], 'unknown', true],
		['a read that was lost', READ, [lost()], 'unknown', false],
		['a read sent by POST that was lost', { ...COMMAND, isRead: true }, [lost()], 'unknown', false],
	])('%s', async (_name, call, responses, outcome, isTold) => {
		const client = await new FakeApi(inOrder(...responses)).open();
		const error = await errorOf(client.call(call));
		expect(error.outcome).toBe(outcome);
		expect(error.description?.includes(CHECK_FIRST)).toBe(isTold);
	});
});

describe('"not found" on a retry', () => {
	const REMOVE: ApiCall<unknown> = { ...WRITE, method: 'DELETE', ifNotFoundOnRetry: { gone: true } };

	test('after an unknown outcome means that the earlier attempt succeeded', async () => {
		const client = await new FakeApi(inOrder(lost(), refusal(404))).open();
		expect(await valueOf(client.call(REMOVE))).toEqual({ gone: true });
	});

	test('also if the attempt in between was turned away', async () => {
		const client = await new FakeApi(inOrder(lost(), refusal(503), refusal(404))).open();
		expect(await valueOf(client.call(REMOVE))).toEqual({ gone: true });
	});

	test.each<[string, ApiCall<unknown>, Array<FakeResponse | Error>]>([
		['at once', REMOVE, [refusal(404)]],
		['after the API had turned it away', REMOVE, [refusal(503), refusal(404)]],
		['from a proxy', REMOVE, [lost(), { statusCode: 404, body: '<html>' }]],
		['for a call that has no such result', WRITE, [lost(), refusal(404)]],
	])('%s is a failure', async (_name, call, responses) => {
		const client = await new FakeApi(inOrder(...responses)).open();
		expect((await errorOf(client.call(call))).status).toBe(404);
	});
});

describe('a rate limit', () => {
	test('holds all requests back, also if its own request is not retried', async () => {
		const api = new FakeApi(inOrder(refusal(429, 'Slow', { 'retry-after': '30' }), json({})));
		const client = await api.open({ maxRetries: 0, maxConcurrency: 1 });
		const first = client.call(READ).catch((error: unknown) => error);
		const second = client.call(READ);
		await time.advance(29_999);
		expect(api.sent).toHaveLength(1);
		await time.advance(1);
		await expect(second).resolves.toEqual({});
		expect(await first).toBeInstanceOf(EnapterApiError);
	});

	test('is waited out once, not twice, by the request that met it', async () => {
		const api = new FakeApi(inOrder(refusal(429, 'Slow', { 'retry-after': '30' }), json({})));
		const client = await api.open();
		const first = client.call(READ);
		await time.advance(30_000);
		await expect(first).resolves.toEqual({});
	});

	test('without Retry-After is a backoff that grows', async () => {
		const api = new FakeApi(inOrder(refusal(429), refusal(429), json({})));
		const client = await api.open();
		const first = client.call(READ);
		await time.advance(500);
		expect(api.sent).toHaveLength(2);
		await time.advance(999);
		expect(api.sent).toHaveLength(2);
		await time.advance(1);
		await first;
		expect(api.sent).toHaveLength(3);
	});

	test('that is too long closes the API: nothing is sent until it is over', async () => {
		const api = new FakeApi(inOrder(refusal(429, 'Slow', { 'retry-after': '90' }), json({ again: true })));
		const client = await api.open();
		const error = await client.call(READ).catch((caught: unknown) => caught as EnapterApiError);
		expect(error).toMatchObject({ description: expect.stringContaining('asks to wait 90 seconds') });
		await time.advance(60_000);
		expect(await errorOf(client.call(WRITE))).toMatchObject({
			message: 'The API asks to wait 30 seconds before the next request.',
			description: 'Run the workflow again after that. The request was not sent.',
			outcome: 'notDone',
			status: 429,
			requestFailure: { isFromApi: false, label: 'status 429', isTransient: false },
		});
		expect(api.sent).toHaveLength(1);
		await time.advance(30_000);
		expect(await valueOf(client.call(READ))).toEqual({ again: true });
	});

	test('as long as the longest wait holds requests back', async () => {
		const api = new FakeApi(inOrder(refusal(429, 'Slow', { 'retry-after': '60' }), json({ again: true })));
		const client = await api.open();
		expect(await valueOf(client.call(READ))).toEqual({ again: true });
	});

	test('that closes the API ends the retries of others', async () => {
		const api = new FakeApi(inOrder(refusal(429, 'Slow', { 'retry-after': '90' }), PROXY));
		const client = await api.open();
		const errors = await Promise.all([client.call(READ), client.call(READ)].map((one) => one.catch(String)));
		expect(errors[1]).toContain('status 502');
		expect(api.sent).toHaveLength(2);
	});
});

describe('a stop', () => {
	test('before the request: it is not sent', async () => {
		const stop = new Stop();
		const api = new FakeApi(() => json({}));
		const client = await api.open({}, stop);
		stop.stop();
		await expect(client.call(READ)).rejects.toBeInstanceOf(NotSentError);
		expect(api.sent).toEqual([]);
	});

	test('before a retry: the error of the last attempt stays', async () => {
		const stop = new Stop();
		const api = new FakeApi(() => PROXY);
		const client = await api.open({}, stop);
		const failed = client.call(WRITE).catch((error: unknown) => error);
		await settle();
		stop.stop();
		const error = await failed;
		expect(error).toBeInstanceOf(EnapterApiError);
		expect(error).toMatchObject({ status: 502, outcome: 'unknown' });
		expect((error as EnapterApiError).description).not.toContain('Tried');
		expect(api.sent).toHaveLength(1);
	});
});

test('a slot time lets the next request start before a slow one has ended', async () => {
	let end = (_response: FakeResponse) => {};
	const api = new FakeApi(async (_, attempt) =>
		attempt === 0 ? await new Promise<FakeResponse>((resolve) => (end = resolve)) : json({}),
	);
	const client = await api.open({ maxConcurrency: 1 });
	const slow = client.call({ ...COMMAND, slotTime: 2000 });
	const next = client.call(READ);
	await time.advance(1999);
	expect(api.sent).toHaveLength(1);
	await time.advance(1);
	await expect(next).resolves.toEqual({});
	end(json({ slow: true }));
	await expect(slow).resolves.toEqual({ slow: true });
});

test('an error that is no failed request is passed on', async () => {
	const api = new FakeApi(() => json({}));
	const client = await api.open();
	const explain = () => {
		throw new Error('a defect');
	};
	jest.spyOn(AbortSignal, 'timeout').mockImplementation(() => {
		throw new TypeError('no timer');
	});
	await expect(client.call({ ...READ, explain })).rejects.toThrow('no timer');
});

import { deviceShape } from '../../../nodes/EnapterDevice/resources/device/device.ts';
import { clock } from '../../../nodes/EnapterDevice/transport/clock.ts';
import type { RequestFailure } from '../../../nodes/EnapterDevice/transport/errors.ts';
import {
	acceptOf,
	type Expectation,
	isCutOff,
	rawResponse,
	readResponse,
} from '../../../nodes/EnapterDevice/transport/response.ts';

const { now } = clock;

afterEach(() => void Object.assign(clock, { now }));

const DEVICE = deviceShape('a-device');

const CONNECTION = { root: 'https://gateway/api', token: 'the-token', allowUnauthorizedCerts: false };

const NO_API = /^Check that the Base URL in the credential is the address of an Enapter API/;

const apiError = (message = 'No', code?: string) => ({
	errors: [{ message, ...(code === undefined ? {} : { code }) }],
});

function failureOf(
	status: number,
	body: unknown,
	more: Partial<Expectation<unknown>> & { headers?: Record<string, unknown> } = {},
): RequestFailure {
	const { headers = {}, ...expectation } = more;
	const result = readResponse({ status, headers, body }, { response: DEVICE, ...expectation }, CONNECTION);
	if ('value' in result) throw new Error('The response was read as a value');
	return result.failure;
}

test.each([200, 201, 299])('status %d with the requested thing is a value', (status) => {
	const body = { device: { id: 'a', other: 1 } };
	expect(readResponse({ status, headers: {}, body }, { response: DEVICE }, CONNECTION)).toEqual({
		value: { id: 'a', other: 1 },
	});
});

test('the shape also sees the headers', () => {
	const read = jest.fn(() => 'value');
	const response = { expected: 'a table', read };
	readResponse({ status: 200, headers: { next: '2' }, body: 'text' }, { response }, CONNECTION);
	expect(read).toHaveBeenCalledWith('text', { next: '2' });
});

test.each([100, 199, 300, 400, 500])('status %d is a failure, whatever the body', (status) => {
	expect(failureOf(status, { device: { id: 'a' } }).status).toBe(status);
});

test('JSON is requested and parsed, unless the shape asks for another type; an error is always JSON', () => {
	const read = () => true as const;
	const csv = { response: { expected: 'a table', accept: 'text/csv', read } };
	expect([acceptOf({ response: DEVICE }), acceptOf(csv)]).toEqual(['application/json', 'text/csv']);
	const body = '{"a":1}';
	expect(rawResponse({ statusCode: 200, body }, 'application/json')).toEqual({
		status: 200,
		headers: {},
		body: { a: 1 },
	});
	expect(rawResponse({ statusCode: 200, headers: { a: 1 }, body }, 'text/csv')).toEqual({
		status: 200,
		headers: { a: 1 },
		body,
	});
	expect(rawResponse({ statusCode: 299, body }, 'text/csv').body).toBe(body);
	expect(rawResponse({ statusCode: 300, body }, 'text/csv').body).toEqual({ a: 1 });
	expect(rawResponse({ statusCode: 200, body: { a: 2 } }, 'application/json').body).toEqual({ a: 2 });
});

test.each([
	['', undefined],
	['  \n', undefined],
	['text', 'text'],
	['{"a":9007199254740993}', { a: '9007199254740993' }],
	['null', 'null'],
])('the text %j as a JSON response is %j', (body, value) => {
	expect(rawResponse({ statusCode: 200, body }, 'application/json').body).toEqual(value);
});

test.each([
	['', { 'content-length': '7' }, true],
	[undefined, { 'content-length': 7 }, true],
	['', { 'content-encoding': 'gzip' }, true],
	[undefined, {}, false],
	['', { 'content-length': '0' }, false],
	['text', { 'content-length': '700', 'content-encoding': 'gzip' }, false],
])('a body %j with the headers %j is cut off: %j', (body, headers, is) => {
	expect(isCutOff({ status: 200, headers, body })).toBe(is);
});

test.each([
	[undefined, 'nothing'],
	['', 'nothing'],
	['<!doctype html>', 'a web page'],
	['hello', 'text that is not JSON'],
	[[{ device: 1 }], 'a list'],
	[{ ok: true }, 'other fields'],
	[null, 'null'],
	[7, '7'],
])('%j instead of a device is called %s', (body, called) => {
	expect(failureOf(200, body)).toMatchObject({
		reason: `The server responded with ${called} instead of the requested device`,
		advice: expect.stringMatching(NO_API),
		isFromApi: false,
		outcome: 'unknown',
		isTransient: false,
		label: 'unexpected response',
	});
});

test('an unexpected response is quoted in one line, without tags, and cut', () => {
	const { details } = failureOf(200, `<h1>Log\n\n in</h1> ${'x'.repeat(300)}`);
	expect(details).toEqual([`The response starts with: Log in ${'x'.repeat(193)}…`, 'HTTP status 200']);
	for (const nothing of [undefined, '']) {
		expect(failureOf(200, nothing).details).toEqual(['HTTP status 200']);
	}
	expect(failureOf(200, { ok: true }).details[0]).toBe('The response starts with: {"ok":true}');
});

describe("the API's own error", () => {
	test.each([
		[401, /^Create a new API Token/],
		[403, /^Create a new API Token .* OWNER/],
		[404, /^Check the ID, and that the API Token can see it/],
		[405, /^Check the Base URL/],
		[409, /^Choose another value/],
		[418, /^Check the values/],
		[422, /must be in another state for this/],
		[429, /^Lower Max Concurrency/],
		[500, /^This is a problem on the API side/],
		[503, /^This is a problem on the API side/],
	])('with status %d says what to do', (status, advice) => {
		expect(failureOf(status, apiError())).toMatchObject({
			reason: 'No',
			advice: expect.stringMatching(advice),
			details: [`HTTP status ${status}`],
			status,
			label: `status ${status}`,
			isFromApi: true,
		});
	});

	test('may lack a reason', () => {
		expect(failureOf(400, { errors: [] })).toMatchObject({
			reason: 'The API responded with status 400',
			isFromApi: true,
		});
	});

	test('keeps the first code and all details', () => {
		const errors = [{ message: 'a' }, { message: 'b', code: 'x' }, { message: 'c', code: 'y' }];
		expect(failureOf(400, { errors })).toMatchObject({
			reason: 'a; b; c',
			code: 'x',
			details: ['Code x', 'Code y', 'HTTP status 400'],
		});
		expect(failureOf(400, apiError())).not.toHaveProperty('code');
	});

	test.each([
		['Token expired', undefined, 'token'],
		['Missing header', undefined, 'token'],
		['No', 'token_invalid', 'token'],
		['Forbidden', undefined, 'role'],
		['No', 'access_denied', 'role'],
		['Your role is too low', undefined, 'role'],
		['No permission', undefined, 'role'],
		['No access', undefined, 'role'],
		['No', undefined, 'token and role'],
	])('403 %j, code %j, is about the %s', (message, code, about) => {
		const { advice } = failureOf(403, apiError(message, code));
		expect([/new API Token/.test(advice), /OWNER/.test(advice)]).toEqual([
			about.includes('token'),
			about.includes('role'),
		]);
	});
});

test('a caller that knows what the request was about can word the failure better', () => {
	const explain = ({ status }: RequestFailure) => ({ advice: `Look again at ${status}.` });
	expect(failureOf(404, apiError(), { explain }).advice).toBe('Look again at 404.');
	expect(failureOf(404, apiError(), { explain }).reason).toBe('No');
	const named = failureOf(404, apiError(), { explain: ({ reason }) => ({ reason: `Pump: ${reason}` }) });
	expect(named).toMatchObject({ reason: 'Pump: No', cause: 'No' });
});

describe("a response that is not the API's own", () => {
	test.each(['Not found', '<html>', undefined, { message: 'Not found' }])(
		'404 with the body %j: there is no API',
		(body) => {
			expect(failureOf(404, body)).toMatchObject({
				isFromApi: false,
				reason: 'The server responded with status 404',
				advice: expect.stringMatching(NO_API),
			});
		},
	);

	test.each([
		[401, /^Create a new API Token/],
		[407, /proxy .* requires a login: check the proxy settings/],
		[408, /came from a proxy .* did not receive the request in time/],
		[413, /came from a proxy .* requests of this size/],
		[414, /came from a proxy .* addresses of this length/],
		[429, /^Lower Max Concurrency/],
		[418, NO_API],
		[500, /^This is a problem on the API side/],
		[502, /^This is a problem on the API side/],
		[304, NO_API],
	])('status %d says what to do', (status, advice) => {
		expect(failureOf(status, '<html>').advice).toMatch(advice);
	});
});

test.each<[number, unknown, string, boolean]>([
	[408, '<html>', 'unknown', true],
	[429, undefined, 'notDone', true],
	[502, undefined, 'unknown', true],
	[502, apiError(), 'unknown', true],
	// A proxy that lost the connection after it had sent the request on.
	[503, undefined, 'unknown', true],
	[503, '<html>', 'unknown', true],
	[503, apiError(), 'notDone', true],
	[504, undefined, 'unknown', true],
	[500, undefined, 'unknown', false],
	[501, undefined, 'unknown', false],
	[499, undefined, 'unknown', false],
	[400, undefined, 'unknown', false],
	[400, apiError(), 'notDone', false],
])('status %d with %j: %s, transient %j', (status, body, outcome, isTransient) => {
	expect(failureOf(status, body)).toMatchObject({ outcome, isTransient });
});

describe('a response that may contain credentials', () => {
	test('is not quoted if it is an error or unexpected', () => {
		for (const status of [200, 500]) {
			expect(failureOf(status, { password: 'x' }, { isSecret: true }).details).toEqual([
				`HTTP status ${status}`,
			]);
		}
	});

	test('is quoted if it is a web page with an error status, which no API sends', () => {
		expect(failureOf(502, '<h1>Bad gateway</h1>', { isSecret: true }).details[0]).toBe(
			'The response starts with: Bad gateway',
		);
		expect(failureOf(502, 'secret text', { isSecret: true }).details).toHaveLength(1);
	});
});

test('an error with reasons is not quoted in addition', () => {
	expect(failureOf(400, { errors: [{ message: 'a' }, { message: 'b' }], more: 1 })).toMatchObject({
		reason: 'a; b',
		details: ['HTTP status 400'],
	});
});

test.each([
	['5', 5000],
	[' 5 ', 5000],
	['1.25', 1250],
	['3600', 3_600_000],
	// The ordinary backoff applies.
	['0', undefined],
	['soon', undefined],
	['-5', undefined],
	['5x', undefined],
	[5, undefined],
	[undefined, undefined],
])('Retry-After %j is %j milliseconds', (value, milliseconds) => {
	const { retryAfter } = failureOf(429, undefined, { headers: { 'retry-after': value } });
	expect(retryAfter).toBe(milliseconds);
});

test('Retry-After as a date is the time until then, and ignored if it is in the past', () => {
	clock.now = () => Date.parse('2026-01-01T00:00:00Z');
	const after = (value: string, date?: string) =>
		failureOf(503, undefined, { headers: { 'retry-after': value, date } }).retryAfter;
	expect(after('Thu, 01 Jan 2026 00:00:07 GMT')).toBe(7000);
	expect(after('Wed, 31 Dec 2025 23:00:00 GMT')).toBeUndefined();
	expect(after('Thu, 01 Jan 2026 00:00:07 GMT', 'not a date')).toBe(7000);
});

test('Retry-After as a date is read by the clock of the server, which may differ from this one', () => {
	clock.now = () => Date.parse('2026-01-01T00:00:00Z');
	const headers = { 'retry-after': 'Thu, 01 Jan 2026 01:00:07 GMT', date: 'Thu, 01 Jan 2026 01:00:00 GMT' };
	expect(failureOf(503, undefined, { headers }).retryAfter).toBe(7000);
});

test('Retry-After of a status that is not transient is ignored', () => {
	expect(failureOf(400, undefined, { headers: { 'retry-after': '5' } })).not.toHaveProperty('retryAfter');
});

test.each([
	['https://new.example/api/v3/devices/a', 'to https://new.example/api'],
	['https://new.example/v3/devices/a?b', 'to https://new.example'],
	['https://new.example/login', 'to https://new.example'],
	['/other/v3/devices', 'to https://gateway/other'],
	['mailto:somebody@example.com', 'elsewhere'],
	['http://', 'elsewhere'],
	[['https://a.example'], 'elsewhere'],
])('a redirect to %j: the message says that it leads %s', (location, where) => {
	const failure = failureOf(308, undefined, { headers: { location } });
	expect(failure).toMatchObject({
		reason: `The API at https://gateway/api redirects ${where}`,
		details: ['HTTP status 308'],
		status: 308,
		isFromApi: false,
		outcome: 'unknown',
		isTransient: false,
		label: 'status 308',
	});
	expect(failure.advice).toMatch(
		where === 'elsewhere' ? /^Check the Base URL/ : /^If you trust that address/,
	);
});

test.each([
	[304, undefined],
	[302, undefined],
	[400, 'https://elsewhere.example'],
	[200, 'https://elsewhere.example'],
])('status %d with the Location %j is not a redirect', (status, location) => {
	const headers = location === undefined ? {} : { location };
	expect(failureOf(status, { ok: true }, { headers }).reason).not.toContain('redirects');
});

test('the token and secrets of the call are redacted before anything is cut', () => {
	const { details } = failureOf(200, { long: `${'x'.repeat(175)} the-token` });
	expect(details[0]).not.toContain('the-t');
	expect(failureOf(400, apiError('PIN 1234 is wrong'), { secrets: ['1234'] }).reason).toBe(
		'PIN [REDACTED] is wrong',
	);
	expect(failureOf(302, '', { headers: { location: 'https://a.example/the-token/v3/x' } }).reason).toBe(
		'The API at https://gateway/api redirects to https://a.example/[REDACTED]',
	);
});

import { deviceShape } from '../../../nodes/EnapterDevice/resources/device/device.ts';
import type { RequestFailure } from '../../../nodes/EnapterDevice/transport/errors.ts';
import {
	acceptOf,
	type Expectation,
	rawResponse,
	readResponse,
} from '../../../nodes/EnapterDevice/transport/response.ts';

const DEVICE = deviceShape('a-device');

const CONNECTION = { root: 'https://gateway/api', token: 'the-token', allowUnauthorizedCerts: false };

const NO_API = /^Check that the Base URL in the credential is the address of an Enapter API/;

const API_SAYS = (message = 'No', code?: string) => ({
	errors: [{ message, ...(code === undefined ? {} : { code }) }],
});

function failureOf(
	status: number,
	body: unknown,
	more: Partial<Expectation<unknown>> & { headers?: Record<string, unknown> } = {},
): RequestFailure {
	const { headers = {}, ...expectation } = more;
	const result = readResponse({ status, headers, body }, { response: DEVICE, ...expectation }, CONNECTION);
	if ('value' in result) throw new Error('it was read as a value');
	return result.failure;
}

test.each([200, 201, 299])('status %d with what was asked for is a value', (status) => {
	const body = { device: { id: 'a', other: 1 } };
	expect(readResponse({ status, headers: {}, body }, { response: DEVICE }, CONNECTION)).toEqual({
		value: { id: 'a', other: 1 },
	});
});

test.each([100, 199, 300, 400, 500])('status %d is a failure, whatever the body', (status) => {
	expect(failureOf(status, { device: { id: 'a' } }).status).toBe(status);
});

test('JSON is asked for and parsed, unless another media type is; an error is JSON all the same', () => {
	const read = () => true as const;
	const csv = { response: { expected: 'a table', accept: 'text/csv', read } };
	expect([acceptOf({ response: DEVICE }), acceptOf(csv)]).toEqual(['application/json', 'text/csv']);
	const body = '{"a":1}';
	expect(rawResponse({ statusCode: 200, body }, 'application/json')).toEqual({
		status: 200,
		headers: {},
		body: { a: 1 },
	});
	expect(rawResponse({ statusCode: 200, body }, 'text/csv').body).toBe(body);
	expect(rawResponse({ statusCode: 400, body }, 'text/csv').body).toEqual({ a: 1 });
});

test.each([
	[undefined, 'nothing'],
	['', 'nothing'],
	['<!doctype html>', 'a web page'],
	['hello', 'a text that is no JSON'],
	[[{ device: 1 }], 'a list'],
	[{ ok: true }, 'other fields'],
	[null, 'null'],
	[7, '7'],
])('%j instead of a device is called %s', (body, called) => {
	expect(failureOf(200, body)).toMatchObject({
		reason: `The API responded with ${called} instead of a device`,
		advice: expect.stringMatching(NO_API),
		isFromApi: false,
		isOutcomeKnown: false,
		isTransient: false,
		label: 'unexpected response',
	});
});

test('an unexpected response is quoted, in one line, without tags, and not at length', () => {
	const { details } = failureOf(200, `<h1>Log\n\n in</h1> ${'x'.repeat(300)}`);
	expect(details).toEqual([`The response starts with: Log in ${'x'.repeat(193)}…`, 'HTTP status 200']);
	expect(failureOf(200, undefined).details).toEqual(['HTTP status 200']);
	expect(failureOf(200, { ok: true }).details[0]).toBe('The response starts with: {"ok":true}');
});

test.each([
	[401, /^Create a new API Token/],
	[403, /^Create a new API Token .* OWNER/],
	[404, /^Check the ID, and that the API Token can see it/],
	[405, /^Check the Base URL/],
	[409, /^Choose another value/],
	[418, /^Check the values/],
	[422, /refuses it in the present state/],
	[429, /^Lower Max Concurrency/],
	[500, /^This is at the API's end/],
	[503, /^This is at the API's end/],
])('of status %d it says what to do', (status, advice) => {
	expect(failureOf(status, API_SAYS())).toMatchObject({
		reason: 'No',
		advice: expect.stringMatching(advice),
		details: [`HTTP status ${status}`],
		label: `status ${status}`,
		isFromApi: true,
	});
});

test.each([
	[401, 'Token expired.', undefined, 'token'],
	[403, 'Token expired.', undefined, 'token'],
	[403, 'Authentication token is invalid', 'invalid_header', 'token'],
	[403, 'No', 'invalid_header', 'token'],
	[403, 'Access denied.', undefined, 'role'],
	[403, 'No', 'forbidden', 'role'],
	[403, 'No', undefined, 'token or role'],
])('%d "%s" (%s) is about the %s', (status, message, code, about) => {
	const { advice } = failureOf(status, API_SAYS(message, code));
	expect([/new API Token/.test(advice), /OWNER/.test(advice)]).toEqual([
		about.includes('token'),
		about.includes('role'),
	]);
});

test('whoever knows what the request was about says it better', () => {
	const explain = ({ status }: RequestFailure) => ({ advice: `Look again at ${status}.` });
	expect(failureOf(404, API_SAYS(), { explain }).advice).toBe('Look again at 404.');
});

test.each(['Not found', '<html>', undefined, { message: 'Not found' }])(
	'a 404 with the body %j comes from something that is no API',
	(body) => {
		expect(failureOf(404, body)).toMatchObject({ isFromApi: false, advice: expect.stringMatching(NO_API) });
	},
);

test.each([
	[429, undefined, true, true],
	[502, undefined, false, true],
	[502, API_SAYS(), false, true],
	// A proxy that lost the connection after it had sent the request on.
	[503, undefined, false, true],
	[503, '<html>', false, true],
	[503, API_SAYS(), true, true],
	[504, undefined, false, true],
	[500, undefined, false, false],
	[501, undefined, false, false],
	[499, undefined, false, false],
	[400, undefined, false, false],
	[400, API_SAYS(), true, false],
])('status %d with %j: outcome known %j, transient %j', (status, body, isOutcomeKnown, isTransient) => {
	expect(failureOf(status, body)).toMatchObject({ isOutcomeKnown, isTransient });
});

test('a rate limit was not carried out, whoever says it; anything else only where the API itself says it', () => {
	expect(failureOf(429, '<html>').isOutcomeKnown).toBe(true);
	for (const status of [403, 404, 408, 502, 503]) {
		expect(failureOf(status, '<html>', { headers: { 'retry-after': '5' } }).isOutcomeKnown).toBe(false);
	}
});

describe('a response that may hold credentials', () => {
	test('is not quoted when it is an error or unexpected', () => {
		for (const status of [200, 500]) {
			expect(failureOf(status, { password: 'x' }, { isSecret: true }).details).toEqual([
				`HTTP status ${status}`,
			]);
		}
	});

	test('is quoted when it is a web page with an error status, which no API sends', () => {
		expect(failureOf(502, '<h1>Bad gateway</h1>', { isSecret: true }).details[0]).toBe(
			'The response starts with: Bad gateway',
		);
		expect(failureOf(502, 'secret text', { isSecret: true }).details).toHaveLength(1);
	});
});

test('an error with reasons is not quoted besides', () => {
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
	// Nothing is asked for, so that the ordinary backoff holds.
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

test('Retry-After as a date is the time until then, and none when it is over', () => {
	jest.spyOn(Date, 'now').mockReturnValue(Date.parse('2026-01-01T00:00:00Z'));
	const after = (value: string) =>
		failureOf(503, undefined, { headers: { 'retry-after': value } }).retryAfter;
	expect(after('Thu, 01 Jan 2026 00:00:07 GMT')).toBe(7000);
	expect(after('Wed, 31 Dec 2025 23:00:00 GMT')).toBeUndefined();
	jest.restoreAllMocks();
});

test('Retry-After of a status that is not transient means nothing', () => {
	expect(failureOf(400, undefined, { headers: { 'retry-after': '5' } })).not.toHaveProperty('retryAfter');
});

test.each([
	['https://new.example/api/v3/devices/a', 'to https://new.example/api'],
	['https://new.example/v3/devices/a?b', 'to https://new.example'],
	['https://new.example/login', 'to https://new.example'],
	['/other/v3/devices', 'to https://gateway/other'],
	['mailto:somebody@example.com', 'elsewhere'],
	['http://', 'elsewhere'],
	[undefined, 'elsewhere'],
	[['https://a.example'], 'elsewhere'],
])('a redirect to %j is said to lead %s', (location, where) => {
	const failure = failureOf(308, undefined, { headers: { location } });
	expect(failure).toMatchObject({
		reason: `The API at https://gateway/api redirects ${where}`,
		details: ['HTTP status 308'],
		isOutcomeKnown: true,
		isTransient: false,
		label: 'status 308',
	});
	expect(failure.advice).toMatch(
		where === 'elsewhere' ? /^Check the Base URL/ : /^If you trust that address/,
	);
});

test('the token is redacted in bodies and redirects before anything is cut', () => {
	const { details } = failureOf(200, { long: `${'x'.repeat(175)} the-token` });
	expect(details[0]).not.toContain('the-t');
	expect(
		failureOf(302, '', { headers: { location: 'https://a.example/the-token/v3/x' } }).reason,
	).not.toContain('the-token');
});

import { DEVICE } from '../../../nodes/EnapterDevice/api.ts';
import { type Expectation, readAnswer } from '../../../nodes/EnapterDevice/transport/answer.ts';
import type { Failure } from '../../../nodes/EnapterDevice/transport/failure.ts';

const CONNECTION = { root: 'https://gateway/api', token: 'the-token', allowUnauthorizedCerts: false };

const NO_API = /^Check that the Base URL in the credential is the address of an Enapter API/;

function failureOf(
	status: number,
	body: unknown,
	more: Partial<Expectation<unknown>> & { headers?: Record<string, unknown> } = {},
): Failure {
	const { headers = {}, ...expectation } = more;
	const outcome = readAnswer({ status, headers, body }, { answer: DEVICE, ...expectation }, CONNECTION);
	if ('value' in outcome) throw new Error('it was read as a value');
	return outcome.failure;
}

test.each([200, 201, 299])('status %d with what was asked for is a value', (status) => {
	const body = { device: { id: 'a', other: 1 } };
	expect(readAnswer({ status, headers: {}, body }, { answer: DEVICE }, CONNECTION)).toEqual({
		value: { id: 'a', other: 1 },
	});
});

test.each([100, 199, 300, 400, 500])('status %d is a failure, whatever the body', (status) => {
	expect(failureOf(status, { device: { id: 'a' } }).status).toBe(status);
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
		reason: `The API answered with ${called} instead of a device`,
		advice: expect.stringMatching(NO_API),
		carriedOut: 'maybe',
		passing: false,
		label: 'unexpected answer',
	});
});

test('an unexpected answer is quoted, in one line, without tags, and not at length', () => {
	const { details } = failureOf(200, `<h1>Log\n\n in</h1> ${'x'.repeat(300)}`);
	expect(details[0]).toBe('HTTP status 200');
	expect(details[1]).toBe(`The answer starts with: Log in ${'x'.repeat(193)}…`);
	expect(failureOf(200, undefined).details).toEqual(['HTTP status 200']);
	expect(failureOf(200, { ok: true }).details[1]).toBe('The answer starts with: {"ok":true}');
});

test.each([
	[401, /^The API got no token/],
	[403, /OWNER/],
	[405, /^Check the Base URL/],
	[409, /^Choose another value/],
	[418, /^Check the values/],
	[422, /refuses it in the present state/],
	[429, /^Lower Max Concurrency/],
	[500, /^This is at the API's end/],
	[503, /^This is at the API's end/],
])('of status %d it says what to do', (status, advice) => {
	expect(failureOf(status, { errors: [{ message: 'No' }] })).toMatchObject({
		reason: 'No',
		advice: expect.stringMatching(advice),
		details: [`HTTP status ${status}`],
		label: `status ${status}`,
	});
});

test('advice of the call goes before advice in general', () => {
	const errors = [{ message: 'No' }];
	expect(failureOf(404, { errors }, { advice: { 404: 'Look again.' } }).advice).toBe('Look again.');
	expect(failureOf(404, { errors }).advice).toBe('Check the ID, and that the API Token can see it.');
});

test('a 404 without a reason comes from something that is no API', () => {
	expect(failureOf(404, 'Not found', { advice: { 404: 'Look again.' } }).advice).toMatch(NO_API);
});

test.each([
	[429, 'no', true],
	[502, 'maybe', true],
	[503, 'no', true],
	[504, 'maybe', true],
	[500, 'maybe', false],
	[501, 'maybe', false],
	[499, 'no', false],
	[400, 'no', false],
])('status %d: carried out %s, passing %s', (status, carriedOut, passing) => {
	expect(failureOf(status, undefined)).toMatchObject({ carriedOut, passing });
});

describe('an answer that may hold credentials', () => {
	test('is not quoted when it is refused or unexpected', () => {
		for (const status of [200, 500]) {
			expect(failureOf(status, { password: 'x' }, { isSecret: true }).details).toEqual([
				`HTTP status ${status}`,
			]);
		}
	});

	test('is quoted when it is refused with a web page, which no API sends', () => {
		expect(failureOf(502, '<h1>Bad gateway</h1>', { isSecret: true }).details[1]).toBe(
			'The answer starts with: Bad gateway',
		);
		expect(failureOf(502, 'secret text', { isSecret: true }).details).toHaveLength(1);
	});
});

test('a refusal with reasons is not quoted besides', () => {
	expect(failureOf(400, { errors: [{ message: 'a' }, { message: 'b' }], more: 1 })).toMatchObject({
		reason: 'a; b',
		details: ['HTTP status 400'],
	});
});

test.each([
	['5', 5000],
	[' 5 ', 5000],
	['0', 0],
	['1.25', 1250],
	['soon', undefined],
	// V8 reads it as a date long past.
	['-5', 0],
	['5x', undefined],
	[5, undefined],
	[undefined, undefined],
])('Retry-After %j is %j milliseconds', (value, milliseconds) => {
	const { retryAfter } = failureOf(429, undefined, { headers: { 'retry-after': value } });
	expect(retryAfter).toBe(milliseconds);
});

test('Retry-After as a date is the time until then, and never less than none', () => {
	jest.spyOn(Date, 'now').mockReturnValue(Date.parse('2026-01-01T00:00:00Z'));
	const after = (value: string) =>
		failureOf(503, undefined, { headers: { 'retry-after': value } }).retryAfter;
	expect(after('Thu, 01 Jan 2026 00:00:07 GMT')).toBe(7000);
	expect(after('Wed, 31 Dec 2025 23:00:00 GMT')).toBe(0);
	jest.restoreAllMocks();
});

test('Retry-After of a status that does not pass means nothing', () => {
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
		carriedOut: 'no',
		passing: false,
		label: 'status 308',
	});
	expect(failure.advice).toMatch(
		where === 'elsewhere' ? /^Check the Base URL/ : /^If you trust that address/,
	);
});

test('the token is blotted out of bodies and redirects before anything is cut', () => {
	const { details } = failureOf(200, { long: `${'x'.repeat(175)} the-token` });
	expect(details[1]).not.toContain('the-t');
	expect(
		failureOf(302, '', { headers: { location: 'https://a.example/the-token/v3/x' } }).reason,
	).not.toContain('the-token');
});

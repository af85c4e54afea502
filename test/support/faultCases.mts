import type { Fault } from '../../emulator/server.mts';

/** The settings of On Error. */
export const MODES = ['stopWorkflow', 'continueRegularOutput', 'continueErrorOutput'] as const;
export type Mode = (typeof MODES)[number];

/** When a request is retried: always, unless it could then be executed twice, or never. */
type Retried = 'always' | 'if idempotent' | 'never';

/** Something that goes wrong with the request of one item, and what the node must do. */
export interface FaultCase {
	name: string;
	fault: Fault;
	retried: Retried;
	/** What the user reads: message and description. */
	message: RegExp;
	/** Operations for which this is an ordinary response. */
	fine?: string[];
	options?: Record<string, unknown>;
	/** The operations to test; default: all. */
	operations?: string[];
	/** The modes of On Error to test; default: all. */
	modes?: Mode[];
	/** How long each wait must be, in milliseconds. */
	wait?: { least: number; most: number };
}

const API_SAYS = (message: string) => ({ errors: [{ message }] });
const PROXY_PAGE = '<html>A page of the proxy</html>';

const status = (code: number, retried: Retried, message: RegExp, more: Partial<Fault> = {}): FaultCase => ({
	name: String(code),
	fault: { kind: 'status', status: code, ...more },
	retried,
	message,
});
const refusal = (code: number, reason: string, advice: string) =>
	status(code, 'never', new RegExp(`${reason}\\. (?:${advice}|.* (?:${advice}))`), {
		body: API_SAYS(reason),
	});
const retryAfter = (value: string) => ({ headers: { 'retry-after': value } });
const exactly = (milliseconds: number) => ({ least: milliseconds, most: milliseconds });
const BACKOFF = { least: 250, most: 1000 };

/** Tested end to end for two operations only, because each row takes its time. */
const tooSlow = (fault: Fault): Omit<FaultCase, 'name'> => ({
	fault,
	retried: 'if idempotent',
	message: /No complete response in time/,
	// Long enough for all other requests, also on a busy machine.
	options: { timeout: 500, maxRetries: 1 },
	operations: ['device.update', 'device.generateConfig'],
	modes: ['continueErrorOutput'],
	wait: BACKOFF,
});

/** Operations that an empty body confirms. A time series without values is empty only with Content-Length: 0. */
const EMPTY_IS_FINE = [
	'configuration.reset',
	'configuration.update',
	'device.delete',
	'telemetry.getTimeSeries',
];

/** The rows of the fault matrix. */
export const CASES: FaultCase[] = [
	{ ...status(429, 'always', /status 429\. Lower Max Concurrency/), wait: BACKOFF },
	{
		...status(429, 'always', /status 429/, retryAfter('7')),
		name: '429, Retry-After 7',
		wait: exactly(7000),
	},
	{ ...status(429, 'always', /status 429/, retryAfter('0')), name: '429, Retry-After 0', wait: BACKOFF },
	{
		...status(429, 'always', /status 429/, retryAfter('Wed, 31 Dec 2025 23:00:00 GMT')),
		name: '429, Retry-After in the past',
		wait: BACKOFF,
	},
	{
		...status(503, 'always', /Busy\. .*Try again later/, { body: API_SAYS('Busy') }),
		name: '503 of the API',
		wait: BACKOFF,
	},
	{
		...status(503, 'always', /Busy/, { ...retryAfter('7'), body: API_SAYS('Busy') }),
		name: '503, Retry-After 7',
		wait: exactly(7000),
	},
	{
		...status(503, 'never', /Busy\. .*The API asks to wait 60 minutes: run/, {
			...retryAfter('3600'),
			body: API_SAYS('Busy'),
		}),
		name: '503, Retry-After 3600',
	},
	{
		...status(503, 'if idempotent', /status 503/, { body: PROXY_PAGE }),
		name: '503 of a proxy',
		wait: BACKOFF,
	},
	status(500, 'never', /status 500\. .*Try again later|is unknown/),
	{
		...status(502, 'if idempotent', /status 502/, { body: PROXY_PAGE }),
		name: '502 of a proxy',
		wait: BACKOFF,
	},
	{ ...status(504, 'if idempotent', /status 504/), wait: BACKOFF },
	{
		name: 'reset before',
		fault: { kind: 'reset-before' },
		retried: 'if idempotent',
		message: /Lost the connection/,
		wait: BACKOFF,
	},
	{
		name: 'reset after',
		fault: { kind: 'reset-after' },
		retried: 'if idempotent',
		message: /Lost the connection/,
		wait: BACKOFF,
	},
	{
		name: 'cut off',
		fault: { kind: 'cut' },
		retried: 'if idempotent',
		message: /Lost the connection/,
		wait: BACKOFF,
	},
	{
		name: 'cut gzip',
		fault: { kind: 'cut-gzip', bytes: 5 },
		retried: 'if idempotent',
		message: /Lost the connection/,
		wait: BACKOFF,
	},
	{ ...tooSlow({ kind: 'slow' }), name: 'too slow' },
	{ ...tooSlow({ kind: 'drip', endless: true }), name: 'dripping body' },
	...[407, 413, 414].map((code) => ({
		...status(code, 'never', new RegExp(`status ${code}\\. .*proxy`), { body: PROXY_PAGE }),
		name: `${code} of a proxy`,
	})),
	{
		...status(408, 'if idempotent', /status 408/, { body: PROXY_PAGE }),
		name: '408 of a proxy',
		wait: BACKOFF,
	},
	{
		name: 'other JSON',
		fault: { kind: 'body', body: { ok: true } },
		retried: 'never',
		message: /responded with (other fields|text that is not JSON) instead of/,
		fine: ['device.delete'],
	},
	{
		name: 'web page',
		fault: { kind: 'body', body: '<html>Log in</html>' },
		retried: 'never',
		message: /responded with a web page instead of/,
		fine: ['device.delete'],
	},
	{
		name: 'empty body',
		fault: { kind: 'body' },
		retried: 'never',
		message: /responded with nothing instead of/,
		fine: EMPTY_IS_FINE,
	},
	{
		...status(204, 'never', /responded with nothing instead of/),
		fine: EMPTY_IS_FINE.filter((name) => name !== 'telemetry.getTimeSeries'),
	},
	status(308, 'never', /redirects to https:\/\/elsewhere\.example\/api\. .*Base URL/, {
		headers: { location: 'https://elsewhere.example/api/v3/devices/x' },
	}),
	refusal(401, 'Token expired', 'Create a new API Token'),
	refusal(403, 'Denied', 'OWNER|role .*on this device'),
	{
		...status(404, 'never', /Not there|was not found|has no execution/, { body: API_SAYS('Not there') }),
		name: '404 of the API',
	},
	{
		...status(
			404,
			'never',
			/status 404\. (?:Check that the Base URL .* no proxy|No execution of this command was found)/,
			{
				body: PROXY_PAGE,
			},
		),
		name: '404 of a proxy',
	},
	refusal(409, 'In use', 'Choose another'),
	status(422, 'never', /Not now|was not deleted because/, { body: API_SAYS('Not now') }),
];

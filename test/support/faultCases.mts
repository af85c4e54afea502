import type { Fault } from '../../emulator/server.mts';

/** When a request is repeated: whatever it does, unless it could then happen twice, or never. */
type Repeated = 'always' | 'if safe' | 'never';

/** Something that goes wrong with the requests for one item, and what the node has to make of it. */
export interface FaultCase {
	name: string;
	fault: Fault;
	repeated: Repeated;
	/** What the user reads. */
	message: RegExp;
	/** Operations for which this is an answer like any other. */
	fine?: string[];
	options?: Record<string, unknown>;
	/** What each pause has to be, in milliseconds. */
	pause?: number;
}

const status = (code: number, repeated: Repeated, message: RegExp, more: Partial<Fault> = {}): FaultCase => ({
	name: String(code),
	fault: { kind: 'status', status: code, ...more },
	repeated,
	message,
});
const refusal = (code: number, reason: string, advice: string) =>
	status(code, 'never', new RegExp(`^${reason}\\. .*${advice}`), {
		body: { errors: [{ message: reason }] },
	});
const retryAfter = { headers: { 'retry-after': '7' } };

/** The rows of the fault matrix. */
export const CASES: FaultCase[] = [
	status(429, 'always', /status 429\. Lower Max Concurrency/),
	{ ...status(429, 'always', /status 429/, retryAfter), name: '429, Retry-After', pause: 7000 },
	status(503, 'always', /status 503\. .*try again later/),
	{ ...status(503, 'always', /status 503/, retryAfter), name: '503, Retry-After', pause: 7000 },
	status(500, 'never', /status 500\. .*try again later/),
	{ ...status(502, 'if safe', /status 502/, { body: '<html>Bad gateway</html>' }), name: '502, HTML' },
	status(504, 'if safe', /status 504/),
	{
		name: 'reset before',
		fault: { kind: 'reset-before' },
		repeated: 'if safe',
		message: /^Lost the connection/,
	},
	{
		name: 'reset after',
		fault: { kind: 'reset-after' },
		repeated: 'if safe',
		message: /^Lost the connection/,
	},
	{ name: 'cut off', fault: { kind: 'cut' }, repeated: 'if safe', message: /^Lost the connection/ },
	{
		name: 'too slow',
		fault: { kind: 'slow' },
		repeated: 'if safe',
		message: /No answer in time/,
		options: { timeout: 200, maxRetries: 1 },
	},
	{
		name: 'other JSON',
		fault: { kind: 'body', body: { ok: true } },
		repeated: 'never',
		message: /answered with other fields instead of/,
		fine: ['delete'],
	},
	{
		name: 'web page',
		fault: { kind: 'body', body: '<html>Log in</html>' },
		repeated: 'never',
		message: /answered with a web page instead of/,
	},
	{
		name: 'empty body',
		fault: { kind: 'body' },
		repeated: 'never',
		message: /answered with nothing instead of/,
		fine: ['delete'],
	},
	{ ...status(204, 'never', /answered with nothing instead of/), fine: ['delete'] },
	status(308, 'never', /redirects to https:\/\/elsewhere\.example\/api\. .*Base URL/, {
		headers: { location: 'https://elsewhere.example/api/v3/devices/x' },
	}),
	refusal(401, 'No token', 'set the API Token'),
	refusal(403, 'Denied', 'OWNER'),
	refusal(404, 'Not there', '(ID|IDs) of|Check the ID'),
	refusal(409, 'In use', 'Choose another'),
	refusal(422, 'Not now', '.'),
];

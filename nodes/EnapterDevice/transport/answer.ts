import type { Shape } from '../api';
import { isObject, isWebPage } from '../api';
import { apiErrors } from './apiErrors';
import type { Connection } from './connection';
import type { Failure } from './failure';
import type { RawAnswer } from './rawAnswer';
import { blotted } from './secrets';
import { shorten, withoutTags } from './text';

const CHECK_VALUES = 'Check the values that were sent.';
const AT_THE_API = "This is at the API's end: try again later.";
const NO_API =
	'Check that the Base URL in the credential is the address of an Enapter API and that no proxy or login page is in between.';

/** What to do by status; an operation can say it better (see `Expectation`). Statuses: Enapter's list of API errors. */
const ADVICE: Record<number, string> = {
	400: CHECK_VALUES,
	401: 'The API got no token: set the API Token in the credential.',
	403: 'Check that the API Token in the credential is whole and not expired, and that its role is the one needed (OWNER for changes).',
	404: 'Check the ID, and that the API Token can see it.',
	405: 'Check the Base URL in the credential.',
	409: 'Choose another value.',
	422: 'The API understood the request but refuses it in the present state.',
	429: 'Lower Max Concurrency in the options, or run the workflow less often.',
};

/** Passing by themselves; 429 and 503 mean that the request was turned away, 502 and 504 leave that open. */
const PASSING_STATUSES = new Set([429, 502, 503, 504]);
const TURNED_AWAY = new Set([429, 503]);

/** What an answer is read as. */
export interface Expectation<T> {
	answer: Shape<T>;
	/** Whether the answer may hold credentials, of which no error may show anything. */
	isSecret?: boolean;
	/** What to do by status of a refusal, where it can be said better than in general. */
	advice?: Partial<Record<number, string>>;
}

/** What was asked for, or why it did not come. The token is blotted out before anything of an answer is quoted. */
export function readAnswer<T>(
	answer: RawAnswer,
	{ answer: shape, isSecret = false, advice = {} }: Expectation<T>,
	{ root, token }: Connection,
): { value: T } | { failure: Failure } {
	const isSuccess = answer.status >= 200 && answer.status <= 299;
	const value = isSuccess ? shape.read(answer.body) : undefined;
	if (value !== undefined) return { value };
	const shown = {
		...answer,
		headers: { ...answer.headers, location: blotted(answer.headers.location, token) },
		body: blotted(answer.body, token),
	};
	if (isSuccess) return { failure: unexpectedAnswer(shown, shape.expected, isSecret) };
	return { failure: refusedByStatus(shown, root, advice, isSecret) };
}

/** A failure made from an answer whose status is not 2xx. */
function refusedByStatus(
	answer: RawAnswer,
	root: string,
	advice: Partial<Record<number, string>>,
	isSecret: boolean,
): Failure {
	const { status, headers } = answer;
	if (status >= 300 && status < 400) return redirected(answer, root);
	const errors = apiErrors(answer.body);
	const retryAfter = PASSING_STATUSES.has(status) ? parseRetryAfter(headers['retry-after']) : undefined;
	return {
		reason: errors.map(({ message }) => message).join('; ') || `The API answered with status ${status}`,
		advice: adviceFor(status, errors.length > 0, advice),
		details: [
			`HTTP status ${status}`,
			...errors.flatMap(({ details }) => details),
			...(errors.length > 0 || (isSecret && !isWebPage(answer.body)) ? [] : quote(answer.body)),
		],
		status,
		label: `status ${status}`,
		carriedOut: status < 500 || TURNED_AWAY.has(status) ? 'no' : 'maybe',
		passing: PASSING_STATUSES.has(status),
		...(retryAfter === undefined ? {} : { retryAfter }),
	};
}

function adviceFor(status: number, hasReason: boolean, special: Partial<Record<number, string>>): string {
	if (status === 404 && !hasReason) return NO_API;
	return special[status] ?? ADVICE[status] ?? (status >= 500 ? AT_THE_API : CHECK_VALUES);
}

/** A failure made from a 2xx answer that does not hold what the specification says. */
function unexpectedAnswer(answer: RawAnswer, expected: string, isSecret: boolean): Failure {
	return {
		reason: `The API answered with ${describe(answer.body)} instead of ${expected}`,
		advice: NO_API,
		details: [`HTTP status ${answer.status}`, ...(isSecret ? [] : quote(answer.body))],
		status: answer.status,
		label: 'unexpected answer',
		carriedOut: 'maybe',
		passing: false,
	};
}

function redirected(answer: RawAnswer, root: string): Failure {
	const target = redirectTarget(answer.headers.location, root);
	return {
		reason: `The API at ${root} redirects ${target === undefined ? 'elsewhere' : `to ${target}`}`,
		advice:
			target === undefined
				? 'Check the Base URL in the credential.'
				: 'If you trust that address, set it as Base URL in the credential. Redirects are not followed, so that the API Token stays with the host you named.',
		details: [`HTTP status ${answer.status}`],
		status: answer.status,
		label: `status ${answer.status}`,
		carriedOut: 'no',
		passing: false,
	};
}

/** The base URL that a `Location` stands for: what is before `/v3`. */
function redirectTarget(location: unknown, root: string): string | undefined {
	if (typeof location !== 'string' || !URL.canParse(location, root)) return undefined;
	const { origin, pathname } = new URL(location, root);
	if (origin === 'null') return undefined;
	const beforeApi = pathname.split('/v3/')[0];
	return pathname.includes('/v3/') && beforeApi !== undefined ? origin + beforeApi : origin;
}

function quote(body: unknown): string[] {
	if (body === undefined) return [];
	const text = typeof body === 'string' ? body : JSON.stringify(body);
	return [`The answer starts with: ${shorten(withoutTags(text).replace(/\s+/g, ' ').trim(), 200)}`];
}

function describe(body: unknown): string {
	if (body === undefined || body === '') return 'nothing';
	if (typeof body === 'string') return isWebPage(body) ? 'a web page' : 'a text that is no JSON';
	if (Array.isArray(body)) return 'a list';
	return isObject(body) ? 'other fields' : JSON.stringify(body);
}

/** `Retry-After` is a number of seconds (Enapter) or a date (RFC 9110, which proxies follow). */
function parseRetryAfter(value: unknown): number | undefined {
	if (typeof value !== 'string') return undefined;
	const text = value.trim();
	const milliseconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
	return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : undefined;
}

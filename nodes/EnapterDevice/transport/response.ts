import type { Connection } from '../../../credentials/connection/connection';
import { isErrorBody, reportedErrors } from './errorBody';
import type { RequestFailure } from './errors';
import { isObject, isWebPage, parseJson } from './json';
import { redact } from './redaction';
import { shorten, withoutTags } from './text';

/** A response as it came: nothing in it is trusted. */
export interface RawResponse {
	status: number;
	headers: Record<string, unknown>;
	/** Parsed JSON; the text itself when it is no JSON or was not asked for as JSON; undefined when there is none. */
	body: unknown;
}

/** What a response has to look like to be one. */
export interface ResponseShape<T> {
	/** Completes the sentence "instead of …". */
	expected: string;
	/** The media type to ask for; JSON, unless said. */
	accept?: string;
	/** The part of the response that matters, or nothing when it is not there. */
	read(body: unknown, headers: RawResponse['headers']): T | undefined;
}

/** What is changed about a failure to say it better, by whoever knows what the request was about. */
export type Explain = (failure: RequestFailure) => Partial<RequestFailure>;

/** What a response is read as. */
export interface Expectation<T> {
	response: ResponseShape<T>;
	/** Whether the response may hold credentials, of which no error may show anything. */
	isSecret?: boolean;
	/** What was sent and no error may show. */
	secrets?: string[];
	/** What went wrong although the response is as expected, as when a device reports a failure of its own. */
	failureIn?(value: T): ReportedFailure | undefined;
	explain?: Explain;
}

/** A failure that a response of status 200 tells of. */
export type ReportedFailure = Pick<RequestFailure, 'reason' | 'advice' | 'details' | 'label'>;

const JSON_TYPE = 'application/json';
const CHECK_VALUES = 'Check the values that were sent.';
const AT_THE_API = "This is at the API's end: try again later.";
const NO_API =
	'Check that the Base URL in the credential is the address of an Enapter API and that no proxy or login page is in between.';
const NEW_TOKEN = 'Create a new API Token in Enapter and paste it whole into the credential.';
const HIGHER_ROLE =
	'Use the API Token of someone with a higher role on this device: changes need the OWNER role.';

/** What to do by status. Statuses: Enapter's list of API errors. */
const ADVICE: Record<number, string> = {
	400: CHECK_VALUES,
	401: NEW_TOKEN,
	403: `${NEW_TOKEN} If the token is good, its role is too low: changes need the OWNER role.`,
	404: 'Check the ID, and that the API Token can see it.',
	405: 'Check the Base URL in the credential.',
	409: 'Choose another value.',
	422: 'The API understood the request but refuses it in the present state.',
	429: 'Lower Max Concurrency in the options, or run the workflow less often.',
};

/** Statuses that go away by themselves. */
const TRANSIENT_STATUSES = new Set([429, 502, 503, 504]);

/** The media type that a request asks for. */
export function acceptOf({ response }: Expectation<unknown>): string {
	return response.accept ?? JSON_TYPE;
}

/** What n8n's HTTP helpers return when asked for the full response. */
export function rawResponse(response: unknown, accept: string): RawResponse {
	const { statusCode, headers, body } = response as {
		statusCode: number;
		headers?: RawResponse['headers'];
		body: unknown;
	};
	// An error is JSON, whatever was asked for.
	const isText = typeof body === 'string' && (accept === JSON_TYPE || statusCode >= 300);
	return { status: statusCode, headers: headers ?? {}, body: isText ? parseJson(body) : body };
}

/** What was asked for, or why it did not come. Secrets are redacted before anything of a response is quoted. */
export function readResponse<T>(
	response: RawResponse,
	expectation: Expectation<T>,
	{ root, token }: Connection,
): { value: T } | { failure: RequestFailure } {
	const { response: shape, isSecret = false, secrets = [], failureIn, explain } = expectation;
	const { status, headers } = response;
	const isSuccess = status >= 200 && status <= 299;
	const value = isSuccess ? shape.read(response.body, headers) : undefined;
	if (value !== undefined && failureIn?.(value) === undefined) return { value };
	const shown = {
		...response,
		headers: { ...headers, location: redact(headers.location, token) },
		body: [token, ...secrets].reduce(redact, response.body),
	};
	const shownValue = isSuccess ? shape.read(shown.body, headers) : undefined;
	const reported = shownValue === undefined ? undefined : failureIn?.(shownValue);
	if (reported !== undefined) {
		return { failure: { ...reported, isFromApi: true, isOutcomeKnown: true, isTransient: false } };
	}
	const failure = isSuccess
		? unexpectedResponse(shown, shape.expected, isSecret)
		: failureByStatus(shown, root, isSecret);
	return { failure: { ...failure, ...explain?.(failure) } };
}

/** A failure made from a response whose status is not 2xx. */
function failureByStatus(response: RawResponse, root: string, isSecret: boolean): RequestFailure {
	const { status, headers, body } = response;
	if (status >= 300 && status < 400) return redirected(response, root);
	const errors = reportedErrors(body);
	const isFromApi = isErrorBody(body);
	const code = errors.find((error) => error.code !== undefined)?.code;
	const isTransient = TRANSIENT_STATUSES.has(status);
	const retryAfter = isTransient ? parseRetryAfter(headers['retry-after']) : undefined;
	const reason = errors.map(({ message }) => message).join('; ');
	return {
		reason: reason || `The API responded with status ${status}`,
		advice: adviceFor(status, isFromApi, `${code ?? ''} ${reason}`),
		details: [
			...errors.flatMap(({ details }) => details),
			...(errors.length > 0 || (isSecret && !isWebPage(body)) ? [] : quote(body)),
			`HTTP status ${status}`,
		],
		status,
		...(code === undefined ? {} : { code }),
		isFromApi,
		label: `status ${status}`,
		isOutcomeKnown: isOutcomeKnown(status, isFromApi),
		isTransient,
		...(retryAfter === undefined ? {} : { retryAfter }),
	};
}

/**
 * Whether a status proves that the request was not carried out. It does when the API itself refuses; any other may come from
 * a proxy that has sent the request on. A 429 is a rate limit, which turns requests away before anybody sees them.
 */
function isOutcomeKnown(status: number, isFromApi: boolean): boolean {
	return status === 429 || (isFromApi && (status < 500 || status === 503));
}

function adviceFor(status: number, isFromApi: boolean, apiWords: string): string {
	if (status === 404 && !isFromApi) return NO_API;
	if (status === 403 && /token|header|expired/i.test(apiWords)) return NEW_TOKEN;
	if (status === 403 && /forbidden|denied|role|permission|access/i.test(apiWords)) return HIGHER_ROLE;
	return ADVICE[status] ?? (status >= 500 ? AT_THE_API : CHECK_VALUES);
}

/** A failure made from a 2xx response that does not hold what the specification says. */
function unexpectedResponse(response: RawResponse, expected: string, isSecret: boolean): RequestFailure {
	return {
		reason: `The API responded with ${describe(response.body)} instead of ${expected}`,
		advice: NO_API,
		details: [...(isSecret ? [] : quote(response.body)), `HTTP status ${response.status}`],
		status: response.status,
		isFromApi: false,
		label: 'unexpected response',
		isOutcomeKnown: false,
		isTransient: false,
	};
}

function redirected(response: RawResponse, root: string): RequestFailure {
	const target = redirectTarget(response.headers.location, root);
	return {
		reason: `The API at ${root} redirects ${target === undefined ? 'elsewhere' : `to ${target}`}`,
		advice:
			target === undefined
				? 'Check the Base URL in the credential.'
				: 'If you trust that address, set it as Base URL in the credential. Redirects are not followed, so that the API Token stays with the host you named.',
		details: [`HTTP status ${response.status}`],
		status: response.status,
		isFromApi: false,
		label: `status ${response.status}`,
		isOutcomeKnown: true,
		isTransient: false,
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
	return [`The response starts with: ${shorten(withoutTags(text).replace(/\s+/g, ' ').trim(), 200)}`];
}

function describe(body: unknown): string {
	if (body === undefined || body === '') return 'nothing';
	if (typeof body === 'string') return isWebPage(body) ? 'a web page' : 'a text that is no JSON';
	if (Array.isArray(body)) return 'a list';
	return isObject(body) ? 'other fields' : JSON.stringify(body);
}

/**
 * `Retry-After` is a number of seconds (Enapter) or a date (RFC 9110, which proxies follow). None at all, and a time that
 * is over, ask for nothing.
 */
function parseRetryAfter(value: unknown): number | undefined {
	if (typeof value !== 'string') return undefined;
	const text = value.trim();
	const milliseconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
	return Number.isFinite(milliseconds) && milliseconds > 0 ? milliseconds : undefined;
}

import type { Connection } from '../../../credentials/connection/connection';
import { clock } from './clock';
import { isErrorBody, reportedErrors } from './errorBody';
import type { RequestFailure } from './errors';
import { isObject, isWebPage, parseJson } from './json';
import { outcomeOf } from './outcome';
import { redact } from './redaction';
import { shorten, withoutTags } from './text';

/** A response as received. Nothing in it is trusted. */
export interface RawResponse {
	status: number;
	headers: Record<string, unknown>;
	/** Parsed JSON; the text itself if it is not JSON or another type was requested; undefined if there is none. */
	body: unknown;
}

/** What a response must look like. */
export interface ResponseShape<T> {
	/** Completes the sentence "instead of …". */
	expected: string;
	/** The media type to request. Default: JSON. */
	accept?: string;
	/** Returns the needed part of the response, or undefined if the response has another shape. */
	read(body: unknown, headers: RawResponse['headers']): T | undefined;
}

/** Replaces parts of a failure, for callers that know what the request was about. */
export type Explain = (failure: RequestFailure) => Partial<RequestFailure>;

/** How to read a response. */
export interface Expectation<T> {
	response: ResponseShape<T>;
	/** Whether the response may contain credentials, so that no error may quote it. */
	isSecret?: boolean;
	/** Values that were sent and that no error may show. */
	secrets?: string[];
	explain?: Explain;
}

export const JSON_TYPE = 'application/json';
const CHECK_VALUES = 'Check the values that were sent.';
const TRY_LATER = 'This is a problem on the API side. Try again later.';
/** What to do if something else than the API responded. */
export const NO_API =
	'Check that the Base URL in the credential is the address of an Enapter API and that no proxy or login page is in between.';
const NEW_TOKEN = 'Create a new API Token in Enapter and paste all of it into the credential.';
const HIGHER_ROLE =
	'Use the API Token of someone with a higher role on this device: changes need the OWNER role.';
const PROXY =
	'The response came from a proxy between n8n and the API, not from the API: ask the administrator of the proxy.';

/** What to do, by the status of the API's own response. Statuses: Enapter's list of API errors. */
const ADVICE: Record<number, string> = {
	400: CHECK_VALUES,
	401: NEW_TOKEN,
	403: `${NEW_TOKEN} If the token is good, its role is too low: changes need the OWNER role.`,
	404: 'Check the ID, and that the API Token can see it.',
	405: 'Check the Base URL in the credential.',
	409: 'Choose another value.',
	422: 'The device or the site must be in another state for this, such as online. Check it, then run this again.',
	429: 'Lower Max Concurrency in the options, or run the workflow less often.',
};

/** What to do, by the status of a response that is not the API's own. */
const PROXY_ADVICE: Record<number, string> = {
	404: NO_API,
	407: 'A proxy between n8n and the API requires a login: check the proxy settings of this n8n.',
	408: `${PROXY} It did not receive the request in time.`,
	413: `${PROXY} It does not accept requests of this size.`,
	414: `${PROXY} It does not accept addresses of this length.`,
	429: 'Lower Max Concurrency in the options, or run the workflow less often.',
};

/** Statuses of failures that can pass. */
const TRANSIENT_STATUSES = new Set([408, 429, 502, 503, 504]);

/** The media type that a request asks for. */
export function acceptOf({ response }: Expectation<unknown>): string {
	return response.accept ?? JSON_TYPE;
}

/** Reads what n8n's HTTP helpers return if asked for the full response. */
export function rawResponse(response: unknown, accept: string): RawResponse {
	const { statusCode, headers, body } = response as {
		statusCode: number;
		headers?: RawResponse['headers'];
		body: unknown;
	};
	// Errors are JSON, whatever was requested.
	const isJson = typeof body === 'string' && (accept === JSON_TYPE || statusCode >= 300);
	return { status: statusCode, headers: headers ?? {}, body: isJson ? jsonOrText(body) : body };
}

function jsonOrText(text: string): unknown {
	return text.trim() === '' ? undefined : (parseJson(text) ?? text);
}

/**
 * Whether a response ended before its body arrived. n8n's HTTP helper returns the part of a compressed body that arrived,
 * without an error.
 */
export function isCutOff({ headers, body }: RawResponse): boolean {
	const isEmpty = body === undefined || body === '';
	return isEmpty && (Number(headers['content-length']) > 0 || headers['content-encoding'] === 'gzip');
}

/** Reads a response as expected, or describes why it cannot be. Secrets are redacted before anything is quoted. */
export function readResponse<T>(
	response: RawResponse,
	{ response: shape, isSecret = false, secrets = [], explain }: Expectation<T>,
	{ root, token }: Connection,
): { value: T } | { failure: RequestFailure } {
	const { status, headers } = response;
	const isSuccess = status >= 200 && status <= 299;
	const value = isSuccess ? shape.read(response.body, headers) : undefined;
	if (value !== undefined) return { value };
	const shown = {
		...response,
		headers: { ...headers, location: redact(headers.location, token) },
		body: [token, ...secrets].reduce(redact, response.body),
	};
	const failure = isSuccess
		? unexpectedResponse(shown, shape.expected, isSecret)
		: failureByStatus(shown, root, isSecret);
	return { failure: explained(failure, explain) };
}

/** A failure with what the caller knows about it. */
export function explained(failure: RequestFailure, explain: Explain | undefined): RequestFailure {
	return explain === undefined ? failure : { ...failure, cause: failure.reason, ...explain(failure) };
}

/** Describes a response whose status is not 2xx. */
function failureByStatus(response: RawResponse, root: string, isSecret: boolean): RequestFailure {
	const { status, headers, body } = response;
	if (status >= 300 && status < 400 && headers.location !== undefined) return redirected(response, root);
	const errors = reportedErrors(body);
	const isFromApi = isErrorBody(body);
	const code = errors.find((error) => error.code !== undefined)?.code;
	const isTransient = TRANSIENT_STATUSES.has(status);
	const retryAfter = isTransient ? parseRetryAfter(headers) : undefined;
	const reason = errors.map(({ message }) => message).join('; ');
	return {
		reason: reason || `The ${isFromApi ? 'API' : 'server'} responded with status ${status}`,
		advice: isFromApi ? adviceFor(status, `${code ?? ''} ${reason}`) : proxyAdviceFor(status),
		details: [
			...errors.flatMap(({ details }) => details),
			...(errors.length > 0 || (isSecret && !isWebPage(body)) ? [] : quote(body)),
			`HTTP status ${status}`,
		],
		status,
		...(code === undefined ? {} : { code }),
		isFromApi,
		label: `status ${status}`,
		outcome: outcomeOf({ status, isFromApi }),
		isTransient,
		...(retryAfter === undefined ? {} : { retryAfter }),
	};
}

function adviceFor(status: number, apiWords: string): string {
	if (status === 403 && /token|header|expired/i.test(apiWords)) return NEW_TOKEN;
	if (status === 403 && /forbidden|denied|role|permission|access/i.test(apiWords)) return HIGHER_ROLE;
	return ADVICE[status] ?? (status >= 500 ? TRY_LATER : CHECK_VALUES);
}

function proxyAdviceFor(status: number): string {
	return PROXY_ADVICE[status] ?? (status >= 500 ? TRY_LATER : (ADVICE[status] ?? NO_API));
}

/** Describes a 2xx response of another shape than the specification's. */
function unexpectedResponse(response: RawResponse, expected: string, isSecret: boolean): RequestFailure {
	const { status, body } = response;
	return {
		reason: `The server responded with ${describe(body)} instead of ${expected}`,
		advice: NO_API,
		details: [...(isSecret ? [] : quote(body)), `HTTP status ${status}`],
		status,
		isFromApi: false,
		label: 'unexpected response',
		outcome: outcomeOf({ status, isFromApi: false }),
		isTransient: false,
	};
}

function redirected({ status, headers }: RawResponse, root: string): RequestFailure {
	const target = redirectTarget(headers.location, root);
	return {
		reason: `The API at ${root} redirects ${target === undefined ? 'elsewhere' : `to ${target}`}`,
		advice:
			target === undefined
				? 'Check the Base URL in the credential.'
				: 'If you trust that address, set it as Base URL in the credential. Redirects are not followed, so that the API Token stays with the host you entered.',
		details: [`HTTP status ${status}`],
		status,
		isFromApi: false,
		label: `status ${status}`,
		outcome: outcomeOf({ status, isFromApi: false }),
		isTransient: false,
	};
}

/** The base URL that a `Location` points to: the part before `/v3`. */
function redirectTarget(location: unknown, root: string): string | undefined {
	if (typeof location !== 'string' || !URL.canParse(location, root)) return undefined;
	const { origin, pathname } = new URL(location, root);
	if (origin === 'null') return undefined;
	const beforeApi = pathname.split('/v3/')[0];
	return pathname.includes('/v3/') && beforeApi !== undefined ? origin + beforeApi : origin;
}

function quote(body: unknown): string[] {
	if (body === undefined || body === '') return [];
	const text = typeof body === 'string' ? body : JSON.stringify(body);
	return [`The response starts with: ${shorten(withoutTags(text).replace(/\s+/g, ' ').trim(), 200)}`];
}

function describe(body: unknown): string {
	if (body === undefined || body === '') return 'nothing';
	if (typeof body === 'string') return isWebPage(body) ? 'a web page' : 'text that is not JSON';
	if (Array.isArray(body)) return 'a list';
	return isObject(body) ? 'other fields' : JSON.stringify(body);
}

/**
 * Reads `Retry-After`: a number of seconds (Enapter) or a date (RFC 9110, which proxies follow) of the clock that `Date` shows.
 *
 * @returns milliseconds; undefined if it is missing, unreadable or in the past
 */
function parseRetryAfter({ 'retry-after': value, date }: RawResponse['headers']): number | undefined {
	if (typeof value !== 'string') return undefined;
	const text = value.trim();
	const now = Date.parse(String(date)) || clock.now();
	const milliseconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
	return Number.isFinite(milliseconds) && milliseconds > 0 ? milliseconds : undefined;
}

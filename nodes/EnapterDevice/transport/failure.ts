import type { INode } from 'n8n-workflow';
import { NodeApiError } from 'n8n-workflow';

import { isObject, isWebPage } from '../api';
import type { RawAnswer } from './rawAnswer';
import { blottedText } from './rawAnswer';

/** Why a request did not end in a usable answer, in the words the user will read. */
export interface Failure {
	/** What happened: the API's own words where it gave any. */
	reason: string;
	/** What to do about it. */
	advice: string;
	/** Code, details and what else helps, one thing a line. */
	details: string[];
	/** Status of the answer; none when there was no answer. */
	status?: number;
	/** Short name for the hint that counts repeats, e.g. `429` or `ECONNRESET`. */
	label: string;
	/** What became of the request: the API certainly did not carry it out, or it may have. */
	carriedOut: 'no' | 'maybe';
	/** Whether it can be expected to go away by itself. */
	passing: boolean;
	/** What the API asked to wait before the next request, in milliseconds. */
	retryAfter?: number;
}

/** What to do by status; an operation can say it better (see `ApiCall.advice`). Statuses: Enapter's list of API errors. */
const ADVICE: Record<number, string> = {
	400: 'Check the values that were sent.',
	401: 'The API got no token: set the API Token in the credential.',
	403: 'The API Token is invalid or expired, or its role is below the one needed (OWNER for changes). Check the token in the credential.',
	404: 'Check the ID, and that the API Token can see it.',
	405: 'Check the Base URL in the credential.',
	409: 'Choose another value.',
	422: 'The API understood the request but refuses it in the present state.',
	429: 'Lower Max Concurrency in the options, or run the workflow less often.',
};

/** Passing by themselves; 429 and 503 mean that the request was turned away, 502 and 504 leave that open. */
const PASSING_STATUSES = new Set([429, 502, 503, 504]);
const TURNED_AWAY = new Set([429, 503]);

/**
 * A failure made from an answer whose status is not 2xx.
 *
 * @param isSecret whether the answer may hold credentials, so that only the API's errors and web pages may be shown
 */
export function refusedByStatus(
	answer: RawAnswer,
	root: string,
	advice: Partial<Record<number, string>> = {},
	isSecret = false,
): Failure {
	const { status, headers } = answer;
	if (status >= 300 && status < 400) return redirected(answer, root);
	const errors = apiErrors(answer.body);
	const retryAfter = PASSING_STATUSES.has(status) ? parseRetryAfter(headers['retry-after']) : undefined;
	return {
		reason: errors.map(({ message }) => message).join('; ') || `The API answered with status ${status}`,
		advice:
			advice[status] ??
			ADVICE[status] ??
			(status >= 500 ? "This is at the API's end: try again later." : (ADVICE[400] ?? '')),
		details: [
			`HTTP status ${status}`,
			...errors.flatMap(({ details }) => details),
			...(errors.length > 0 || (isSecret && !isWebPage(answer.body)) ? [] : quote(answer.body)),
		],
		status,
		label: String(status),
		carriedOut: status < 500 || TURNED_AWAY.has(status) ? 'no' : 'maybe',
		passing: PASSING_STATUSES.has(status),
		...(retryAfter === undefined ? {} : { retryAfter }),
	};
}

/**
 * A failure made from a 2xx answer that does not hold what the specification says.
 *
 * @param isSecret whether the answer may hold credentials, so that none of it may be shown
 */
export function unexpectedAnswer(answer: RawAnswer, expected: string, isSecret: boolean): Failure {
	return {
		reason: `The API answered with ${describe(answer.body)} instead of ${expected}`,
		advice:
			'Check that the Base URL in the credential is the address of an Enapter API and that no proxy or login page is in between.',
		details: [`HTTP status ${answer.status}`, ...(isSecret ? [] : quote(answer.body))],
		status: answer.status,
		label: 'unexpected answer',
		carriedOut: 'maybe',
		passing: false,
	};
}

/** What one looks for when there was no answer at all, by the error code of Node.js. */
const CONNECTION: Record<string, Pick<Failure, 'reason' | 'advice' | 'carriedOut' | 'passing'>> = {
	ECONNREFUSED: nothingSent(
		'Nothing accepts connections at',
		'Check host and port of the Base URL in the credential, and that the Gateway is on.',
		true,
	),
	EHOSTUNREACH: nothingSent('There is no way to', 'Check the network, and that the Gateway is on.', true),
	ENETUNREACH: nothingSent('There is no way to', 'Check the network of this n8n.', true),
	EAI_AGAIN: nothingSent('The name server gives no answer about', 'Check the network of this n8n.', true),
	ENOTFOUND: nothingSent(
		'There is no host named as in',
		"Check the Base URL in the credential; a .local name works only inside the Gateway's own network.",
		false,
	),
	CERTIFICATE: nothingSent(
		'The SSL certificate cannot be verified of',
		'A Gateway has a self-signed one: turn on "Ignore SSL Issues (Insecure)" in the credential if you trust this network.',
		false,
	),
	EPROTO: nothingSent(
		'No SSL connection can be made to',
		'Check whether the Base URL in the credential should start with http:// instead of https://.',
		false,
	),
	TIMEOUT: onTheWay('No answer in time from', 'Raise Timeout in the options, or try again later.'),
	BROKEN: onTheWay('The connection was cut by', 'Try again later.'),
};

const CERTIFICATE_CODES = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/;
const TIMEOUT_CODES = new Set(['ETIMEDOUT', 'ECONNABORTED', 'ESOCKETTIMEDOUT']);
const BROKEN_CODES = new Set([
	'ECONNRESET',
	'EPIPE',
	'ERR_BAD_RESPONSE',
	'ERR_STREAM_PREMATURE_CLOSE',
	'ERR_NETWORK',
]);

/** A failure made from whatever n8n's HTTP helper threw: there was no answer, or only part of one. */
export function notAnswered(error: unknown, root: string): Failure {
	const code = codeOf(error) ?? '';
	const kind = CONNECTION[kindOf(code)];
	if (kind === undefined) {
		return {
			reason: `The request could not be sent to ${root}: ${messageOf(error)}`,
			advice: 'Check the Base URL and the API Token in the credential.',
			details: code === '' ? [] : [code],
			label: code || 'not sent',
			carriedOut: 'maybe',
			passing: false,
		};
	}
	return { ...kind, reason: `${kind.reason} ${root}`, details: [code], label: code };
}

/**
 * The error n8n shows. Built from plain words: wrapping n8n's own error would keep that one's generic message, and its
 * cause holds the request with the token.
 */
export function toNodeApiError(node: INode, failure: Failure): NodeApiError {
	const message = sentences(failure.reason, failure.advice);
	const error = new NodeApiError(
		node,
		{},
		{
			message,
			description: failure.details.join('. '),
			...(failure.status === undefined ? {} : { httpCode: String(failure.status) }),
		},
	);
	// n8n replaces messages that hold EPERM, ENOENT and the like, which a device's slug may well do.
	error.message = message;
	error.messages = [];
	return error;
}

/** Blots every occurrence of a secret out of the texts of a failure. */
export function withoutSecret(failure: Failure, secret: string): Failure {
	const blot = (text: string) => blottedText(text, secret);
	return {
		...failure,
		reason: blot(failure.reason),
		advice: blot(failure.advice),
		details: failure.details.map(blot),
	};
}

function nothingSent(reason: string, advice: string, passing: boolean) {
	return { reason, advice, passing, carriedOut: 'no' as const };
}

function onTheWay(reason: string, advice: string) {
	return { reason, advice, passing: true, carriedOut: 'maybe' as const };
}

function kindOf(code: string): string {
	if (CERTIFICATE_CODES.test(code)) return 'CERTIFICATE';
	if (TIMEOUT_CODES.has(code)) return 'TIMEOUT';
	if (BROKEN_CODES.has(code)) return 'BROKEN';
	return code;
}

/** n8n wraps what axios threw, and axios what Node.js threw; the code is on one of them, in n8n 1 as `httpCode`. */
function codeOf(error: unknown): string | undefined {
	let current = error;
	for (let depth = 0; depth < 5 && current instanceof Error; depth++) {
		if ('code' in current && typeof current.code === 'string') return current.code;
		if ('httpCode' in current && typeof current.httpCode === 'string') {
			// A status, where no status is an error: the answer began and broke off.
			return /^\d+$/.test(current.httpCode) ? 'ERR_BAD_RESPONSE' : current.httpCode;
		}
		current = current.cause;
	}
	return undefined;
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

function redirected(answer: RawAnswer, root: string): Failure {
	const target = redirectTarget(answer.headers.location, root);
	return {
		reason: `The API at ${root} redirects ${target === undefined ? 'elsewhere' : `to ${target}`}`,
		advice:
			target === undefined
				? 'Check the Base URL in the credential.'
				: `If you trust that address, set it as Base URL in the credential. Redirects are not followed, so that the API Token stays with the host you named.`,
		details: [`HTTP status ${answer.status}`],
		status: answer.status,
		label: String(answer.status),
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

interface ApiErrorTexts {
	message: string;
	details: string[];
}

/** Enapter's error body: `{"errors": [{"code", "message", "details"?}]}`, one or more; `code` may be missing. */
function apiErrors(body: unknown): ApiErrorTexts[] {
	if (!isObject(body) || !Array.isArray(body.errors)) return [];
	return body.errors.filter(isObject).flatMap(({ message, code, details }) => {
		const text = firstText(message, code);
		if (text === undefined) return [];
		return [
			{
				message: shorten(text, 500),
				details: [
					...(typeof code === 'string' && code !== '' ? [`Code ${shorten(code, 100)}`] : []),
					...(details === undefined || details === null
						? []
						: [`Details ${shorten(JSON.stringify(details), 500)}`]),
				],
			},
		];
	});
}

function firstText(...values: unknown[]): string | undefined {
	return values.find((value): value is string => typeof value === 'string' && value.trim() !== '')?.trim();
}

function quote(body: unknown): string[] {
	if (body === undefined) return [];
	const text = typeof body === 'string' ? body : JSON.stringify(body);
	return [`The answer starts with: ${shorten(text.replace(/\s+/g, ' ').trim(), 200)}`];
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

/** Joins sentences, each ending in one full stop. */
export function sentences(...texts: string[]): string {
	return texts.map((text) => (/[.!?…]$/.test(text) ? text : `${text}.`)).join(' ');
}

function shorten(text: string, length: number): string {
	return text.length > length ? `${text.slice(0, length)}…` : text;
}

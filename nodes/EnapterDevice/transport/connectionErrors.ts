import type { RequestFailure } from './errors';

type ConnectionFailure = Pick<RequestFailure, 'reason' | 'advice' | 'isOutcomeKnown' | 'isTransient'>;

/** Why there was no response at all, by the error code of Node.js. */
const CONNECTION: Record<string, ConnectionFailure> = {
	ECONNREFUSED: notSent(
		'Nothing accepts connections at',
		'Check host and port of the Base URL in the credential, and that the Gateway is on.',
		true,
	),
	EHOSTUNREACH: notSent('No network route leads to', 'Check the network, and that the Gateway is on.', true),
	ENETUNREACH: notSent('No network route leads to', 'Check the network of this n8n.', true),
	EAI_AGAIN: notSent('The name server does not respond about', 'Check the network of this n8n.', true),
	ENOTFOUND: notSent(
		'Cannot find the host of',
		"Check the Base URL in the credential; a .local name works only inside the Gateway's own network.",
		false,
	),
	CERTIFICATE: notSent(
		'Cannot verify the SSL certificate of',
		'A Gateway has a self-signed one: turn on "Ignore SSL Issues (Insecure)" in the credential if you trust this network.',
		false,
	),
	EPROTO: notSent(
		'Cannot make an SSL connection to',
		'Check whether the Base URL in the credential should start with http:// instead of https://.',
		false,
	),
	TIMEOUT: interrupted('No response in time from', 'Raise Timeout in the options, or try again later.'),
	BROKEN: interrupted('Lost the connection to', 'Try again later.'),
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

/** n8n 2 breaks off the requests of an execution that is cancelled. */
const CANCELED: RequestFailure = {
	// Spelt as n8n looks for it, to show the run as canceled and not as failed.
	reason: 'The execution was canceled while a request was in flight',
	advice: 'Run the workflow again for the items that are not done.',
	details: [],
	label: 'canceled',
	isFromApi: false,
	isOutcomeKnown: false,
	isTransient: false,
};

/** A failure made from whatever n8n's HTTP helper threw: there was no response, or only part of one. */
export function connectionFailure(error: unknown, root: string): RequestFailure {
	const code = codeOf(error) ?? '';
	if (code === 'ERR_CANCELED') return CANCELED;
	const kind = CONNECTION[kindOf(code)];
	if (kind === undefined) {
		return {
			reason: `The request to ${root} ended without a response: ${messageOf(error)}`,
			advice: 'Check the Base URL and the API Token in the credential.',
			details: code === '' ? [] : [code],
			label: code || 'no response',
			isFromApi: false,
			isOutcomeKnown: false,
			isTransient: false,
		};
	}
	return { ...kind, reason: `${kind.reason} ${root}`, details: [code], label: code, isFromApi: false };
}

function notSent(reason: string, advice: string, isTransient: boolean): ConnectionFailure {
	return { reason, advice, isTransient, isOutcomeKnown: true };
}

function interrupted(reason: string, advice: string): ConnectionFailure {
	return { reason, advice, isTransient: true, isOutcomeKnown: false };
}

function kindOf(code: string): string {
	if (CERTIFICATE_CODES.test(code)) return 'CERTIFICATE';
	if (TIMEOUT_CODES.has(code)) return 'TIMEOUT';
	if (BROKEN_CODES.has(code)) return 'BROKEN';
	return code;
}

/** n8n wraps what axios threw, and axios what Node.js threw; the code is on one of them, in n8n 1 as `httpCode`. */
function codeOf(error: unknown): string | undefined {
	// What n8n 1 throws in a credential's test in place of the error it caught.
	if (error instanceof Error && error.message.startsWith('SSL Issue')) return 'SSL_CERTIFICATE';
	let current = error;
	for (let depth = 0; depth < 5 && current instanceof Error; depth++) {
		if ('code' in current && typeof current.code === 'string') return current.code;
		if ('httpCode' in current && typeof current.httpCode === 'string') {
			// A status, where no status is an error: the response began and broke off.
			return /^\d+$/.test(current.httpCode) ? 'ERR_BAD_RESPONSE' : current.httpCode;
		}
		current = current.cause;
	}
	return undefined;
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

import type { IDataObject } from 'n8n-workflow';

import { isGatewayUrl } from '../../../credentials/connection/baseUrl';
import type { RequestFailure } from './errors';
import { isObject } from './json';
import type { Reply } from './outcome';
import { outcomeOf } from './outcome';

interface ConnectionProblem {
	/** Completed by the API's address. */
	reason: string;
	/** What to do; `gateway` replaces it if the address is that of a Gateway. */
	advice: string;
	gateway?: string;
	reply: Reply & string;
	isTransient: boolean;
}

/** Why there was no response, by kind. */
const PROBLEMS = {
	REFUSED: {
		reason: 'Nothing accepts connections at',
		advice:
			'Check host and port of the Base URL in the credential, and the network and proxy settings of this n8n.',
		gateway: 'Check host and port of the Base URL in the credential, and that the Gateway is on.',
		reply: 'neverSent',
		isTransient: true,
	},
	PROXY: {
		reason: 'The proxy that this n8n uses cannot be reached, so nothing was sent to',
		advice: 'Check the proxy settings of this n8n (HTTP_PROXY, HTTPS_PROXY, NO_PROXY).',
		reply: 'neverSent',
		isTransient: true,
	},
	UNREACHABLE: {
		reason: 'There is no network route to',
		advice: 'Check the network of this n8n.',
		gateway: 'Check the network of this n8n, and that the Gateway is on.',
		reply: 'neverSent',
		isTransient: true,
	},
	NAME_SERVER: {
		reason: 'The name server did not answer when looking up',
		advice: 'Check the network of this n8n.',
		reply: 'neverSent',
		isTransient: true,
	},
	UNKNOWN_HOST: {
		reason: 'Cannot find the host of',
		advice: 'Check the Base URL in the credential, and the proxy settings of this n8n.',
		gateway:
			"Check the Base URL in the credential. A .local name works only inside the Gateway's own network: use the IP address.",
		reply: 'neverSent',
		isTransient: false,
	},
	CERTIFICATE: {
		reason: 'Cannot verify the SSL certificate of',
		advice:
			"If a company proxy or your own server uses its own certificate authority, give n8n that authority's certificate with NODE_EXTRA_CA_CERTS. Otherwise somebody may be intercepting the connection.",
		gateway:
			'A Gateway has a self-signed certificate: turn on "Ignore SSL Issues (Insecure)" in the credential if you trust this network.',
		reply: 'neverSent',
		isTransient: false,
	},
	PROTOCOL: {
		reason: 'Cannot make an SSL connection to',
		advice: 'Check whether the Base URL in the credential should start with http:// instead of https://.',
		reply: 'noResponse',
		isTransient: false,
	},
	TIMEOUT: {
		reason: 'No complete response in time from',
		advice: 'Increase Timeout in the options, or try again later.',
		reply: 'noResponse',
		isTransient: true,
	},
	BROKEN: {
		reason: 'Lost the connection to',
		advice: 'Try again later.',
		reply: 'noResponse',
		isTransient: true,
	},
} satisfies Record<string, ConnectionProblem>;

/** Kinds of problems by Node.js error code. */
const CODES: Record<string, keyof typeof PROBLEMS> = {
	ECONNREFUSED: 'REFUSED',
	EHOSTUNREACH: 'UNREACHABLE',
	ENETUNREACH: 'UNREACHABLE',
	EAI_AGAIN: 'NAME_SERVER',
	ENOTFOUND: 'UNKNOWN_HOST',
	EPROTO: 'PROTOCOL',
	ETIMEDOUT: 'TIMEOUT',
	ECONNABORTED: 'TIMEOUT',
	ESOCKETTIMEDOUT: 'TIMEOUT',
	ECONNRESET: 'BROKEN',
	EPIPE: 'BROKEN',
	ERR_BAD_RESPONSE: 'BROKEN',
	ERR_STREAM_PREMATURE_CLOSE: 'BROKEN',
	ERR_NETWORK: 'BROKEN',
};

const CERTIFICATE_CODES = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/;

/** n8n 2 aborts the requests of a cancelled execution. */
const CANCELED: RequestFailure = {
	// n8n shows an execution as canceled if its error contains this word.
	reason: 'The execution was canceled while a request was in flight',
	advice: 'Run the workflow again for the items that are not done.',
	details: [],
	label: 'canceled',
	isFromApi: false,
	outcome: 'unknown',
	isTransient: false,
};

/**
 * Describes a failure without a complete response.
 *
 * @param error what n8n's HTTP helper threw
 * @param root the address of the API
 * @param isTimedOut whether the request was aborted at its deadline
 */
export function connectionFailure(error: unknown, root: string, isTimedOut = false): RequestFailure {
	const blocked = blockedByN8n(error, root);
	if (blocked !== undefined) return blocked;
	const code = isTimedOut ? 'ETIMEDOUT' : (codeOf(error) ?? '');
	if (code === 'ERR_CANCELED') return CANCELED;
	const kind = CERTIFICATE_CODES.test(code) ? 'CERTIFICATE' : CODES[code];
	if (kind === undefined) {
		return {
			reason: `The request to ${root} ended without a response: ${messageOf(error)}`,
			advice: 'Check the Base URL and the API Token in the credential.',
			details: code === '' ? [] : [code],
			label: code || 'no response',
			isFromApi: false,
			outcome: 'unknown',
			isTransient: false,
		};
	}
	const problem: ConnectionProblem =
		PROBLEMS[PROBLEMS[kind].reply === 'neverSent' && isAboutProxy(error, root) ? 'PROXY' : kind];
	return {
		reason: `${problem.reason} ${root}`,
		advice: (isGatewayUrl(root) ? problem.gateway : undefined) ?? problem.advice,
		details: [code],
		label: code,
		isFromApi: false,
		outcome: outcomeOf(problem.reply),
		isTransient: problem.isTransient,
	};
}

/** n8n's SSRF protection refuses addresses before anything is sent; its own message and advice are used. */
function blockedByN8n(error: unknown, root: string): RequestFailure | undefined {
	const block = causesOf(error).find(
		({ name }) => typeof name === 'string' && name.startsWith('SsrfBlocked'),
	);
	if (block === undefined) return undefined;
	const description = typeof block.description === 'string' ? block.description : '';
	return {
		reason: `n8n does not allow requests to ${root}: ${messageOf(block)}`,
		advice:
			description ||
			'Ask the administrator of this n8n to allow the address in its SSRF protection settings.',
		details: [],
		label: 'blocked by n8n',
		isFromApi: false,
		outcome: outcomeOf('neverSent'),
		isTransient: false,
	};
}

/** Whether a connection was to a proxy: to another host or port than the API's. */
function isAboutProxy(error: unknown, root: string): boolean {
	const { hostname, port, protocol } = new URL(root);
	const expected = Number(port) || (protocol === 'https:' ? 443 : 80);
	return causesOf(error).some((cause) => {
		const isOtherPort = Number(cause.port) > 0 && Number(cause.port) !== expected;
		const isOtherHost = typeof cause.hostname === 'string' && cause.hostname !== hostname;
		return isOtherPort || isOtherHost;
	});
}

/** n8n wraps what axios threw, and axios what Node.js threw. */
function causesOf(error: unknown): IDataObject[] {
	const causes: IDataObject[] = [];
	for (let current = error; isObject(current) && causes.length < 5; current = current.cause)
		causes.push(current);
	return causes;
}

/** The Node.js error code, which n8n 1 calls `httpCode`. */
function codeOf(error: unknown): string | undefined {
	// n8n 1 throws this in a credential's test instead of the error it caught.
	if (error instanceof Error && error.message.startsWith('SSL Issue')) return 'SSL_CERTIFICATE';
	for (const cause of causesOf(error)) {
		if (typeof cause.code === 'string') return cause.code;
		if (typeof cause.httpCode === 'string') {
			// Statuses are not errors here, so a status as code means that the response started and broke off.
			return /^\d+$/.test(cause.httpCode) ? 'ERR_BAD_RESPONSE' : cause.httpCode;
		}
	}
	return undefined;
}

function messageOf(error: unknown): string {
	return isObject(error) && typeof error.message === 'string' ? error.message : String(error);
}

import { UserError } from 'n8n-workflow';

const LONGEST_QUOTE = 80;
const EXAMPLE = 'https://api.enapter.com';
const WEB_INTERFACE = 'cloud.enapter.com';

/**
 * The address that every API path is appended to, made from a base URL as people paste it: spaces around it, a trailing
 * `/`, `/v3` and what follows it are dropped; a Gateway's bare address gets the `/api` its API lives under.
 *
 * @returns for example `https://api.enapter.com` or `http://enapter-gateway.local/api`, never with a trailing `/`
 * @throws UserError when the value is no http(s) URL, or one that cannot be an API address
 */
export function apiRoot(baseUrl: unknown): string {
	const text = typeof baseUrl === 'string' ? baseUrl.trim() : '';
	if (text === '') {
		throw invalidBaseUrl(
			'The Base URL of the Enapter credential is empty',
			`Use ${EXAMPLE}, or your Gateway's address.`,
		);
	}
	const url = parse(text);
	if (url.username !== '' || url.password !== '') {
		throw invalidBaseUrl(
			'The Base URL of the Enapter credential holds a user name or password',
			'Remove them: the API Token is all that is needed.',
		);
	}
	if (url.search !== '' || url.hash !== '') {
		throw invalidBaseUrl(
			`The Base URL "${quoted(text)}" holds a query or a fragment`,
			`Remove what follows the "?" or "#", as in ${EXAMPLE}.`,
		);
	}
	if (url.hostname === WEB_INTERFACE) {
		throw invalidBaseUrl(
			`${WEB_INTERFACE} is Enapter's web interface, not its API`,
			`Set Base URL to ${EXAMPLE}.`,
		);
	}
	const path = url.pathname.replace(/\/v3(\/.*)?$/, '').replace(/\/+$/, '');
	return url.origin + (path === '' && isGatewayHost(url.hostname) ? '/api' : path);
}

/** Whether requests to this API root travel unencrypted. */
export function isPlainHttp(root: string): boolean {
	return root.startsWith('http:');
}

function parse(text: string): URL {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	if (url === undefined || !/^https?:$/.test(url.protocol)) {
		throw invalidBaseUrl(
			`The Base URL "${quoted(text)}" is no http(s) URL`,
			`Use a full address such as ${EXAMPLE} or http://enapter-gateway.local/api.`,
		);
	}
	return url;
}

/**
 * A Gateway is reached by its `.local` name, a bare name or an IP address in the local network; its API is under `/api`
 * (Enapter's SDK and developer documentation). Loopback is left alone: tunnels and test servers live there.
 */
function isGatewayHost(hostname: string): boolean {
	if (hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')) return false;
	const isIpAddress = hostname.startsWith('[') || /^[\d.]+$/.test(hostname);
	return isIpAddress || hostname.endsWith('.local') || !hostname.includes('.');
}

function invalidBaseUrl(message: string, advice: string): UserError {
	return new UserError(`${message}. ${advice}`);
}

function quoted(text: string): string {
	return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
}

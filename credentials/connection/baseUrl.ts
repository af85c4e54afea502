import { UserError } from 'n8n-workflow';

const LONGEST_QUOTE = 80;
const CLOUD_HOST = 'api.enapter.com';
const EXAMPLE = `https://${CLOUD_HOST}`;
const WEB_INTERFACE = 'cloud.enapter.com';

/**
 * Makes the address that every API path is appended to from a base URL as people paste it: surrounding spaces, a trailing
 * `/`, and `/v3` with what follows it are dropped; `/api` is added to the bare address of a Gateway.
 *
 * @param subject names the credential in messages, e.g. `The Base URL of the credential "Plant"`
 * @returns for example `https://api.enapter.com` or `http://enapter-gateway.local/api`, never with a trailing `/`
 * @throws UserError if the value cannot be the address of an API, or is Enapter Cloud over plain http
 */
export function apiRoot(baseUrl: unknown, subject = 'The Base URL of the Enapter credential'): string {
	const text = typeof baseUrl === 'string' ? baseUrl.trim() : '';
	const invalid = (what: string, advice: string) => new UserError(`${subject} ${what}. ${advice}`);
	if (text === '') throw invalid('is empty', `Use ${EXAMPLE}, or your Gateway's address.`);
	const url = URL.canParse(text) ? new URL(text) : undefined;
	if (url === undefined || !/^https?:$/.test(url.protocol)) {
		const quoted = text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
		throw invalid(
			`must start with http:// or https://, not "${quoted}"`,
			`Use a full address such as ${EXAMPLE} or http://enapter-gateway.local/api.`,
		);
	}
	if (url.username !== '' || url.password !== '') {
		throw invalid('contains a user name or password', 'Remove them: only the API Token is needed.');
	}
	if (url.search !== '' || url.hash !== '') {
		throw invalid('contains a query or a fragment', `Remove what follows the "?" or "#", as in ${EXAMPLE}.`);
	}
	// A name may end in a dot, which means the root of all names.
	const host = url.hostname.replace(/\.$/, '');
	if (host === WEB_INTERFACE) {
		throw invalid(`is the address of Enapter's web interface, not of its API`, `Use ${EXAMPLE}.`);
	}
	if (host === CLOUD_HOST && url.protocol === 'http:') {
		throw invalid(`starts with http://, which would send the API Token unencrypted`, `Use ${EXAMPLE}.`);
	}
	const path = url.pathname.replace(/\/v3(\/.*)?$/, '').replace(/\/+$/, '');
	return url.origin + (path === '' && isGatewayHost(url.hostname) ? '/api' : path);
}

/** Whether requests to this API root are sent unencrypted. */
export function isPlainHttp(root: string): boolean {
	return root.startsWith('http:');
}

/** Whether requests to this API root are sent unencrypted over a shared network. */
export function isPlainHttpInPublic(root: string): boolean {
	const { hostname } = new URL(root);
	return isPlainHttp(root) && !isLoopback(hostname) && !isLocalHost(hostname);
}

/** Whether an API root can be that of a Gateway: it is in a local network, or on this machine. */
export function isGatewayUrl(root: string): boolean {
	const { hostname } = new URL(root);
	return isLoopback(hostname) || isGatewayHost(hostname);
}

/**
 * Whether this is the host of a Gateway: its `.local` name, a bare name or an IP address. Its API is under `/api` (Enapter's SDK
 * and developer documentation). Tunnels and test servers on loopback are not changed.
 */
function isGatewayHost(hostname: string): boolean {
	if (isLoopback(hostname)) return false;
	const isIpAddress = hostname.startsWith('[') || /^[\d.]+$/.test(hostname);
	return isIpAddress || hostname.endsWith('.local') || !hostname.includes('.');
}

/** Whether a host is in a local network: a `.local` or bare name, or an address that is not routed in the internet. */
function isLocalHost(hostname: string): boolean {
	if (hostname.startsWith('[')) return /^\[f([cd]|e[89ab])/.test(hostname);
	if (/^[\d.]+$/.test(hostname)) {
		return /^(10|169\.254|192\.168|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./.test(
			hostname,
		);
	}
	return hostname.endsWith('.local') || !hostname.includes('.');
}

function isLoopback(hostname: string): boolean {
	return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}

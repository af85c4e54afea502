import type { ICredentialDataDecryptedObject } from 'n8n-workflow';
import { UserError } from 'n8n-workflow';

import { apiRoot, isPlainHttp } from './baseUrl';

/** Where the API is and how far its certificate is trusted: what a credential says about the way there. */
export interface Connection {
	/** See {@link apiRoot}. */
	root: string;
	allowUnauthorizedCerts: boolean;
	/** Never shown; kept to redact it in whatever a server sends back. */
	token: string;
}

/**
 * The connection that a decrypted `enapterApi` credential describes.
 *
 * @throws UserError when the API Token or the Base URL cannot be used
 */
export function connectionOf(credential: ICredentialDataDecryptedObject): Connection {
	return {
		root: apiRoot(credential.baseUrl),
		allowUnauthorizedCerts: credential.allowUnauthorizedCerts === true,
		token: tokenOf(credential),
	};
}

/**
 * The headers that authenticate a request. Over http Enapter's own SDK also sends `X-Enapter-Allow-HTTP`, without which
 * a Gateway redirects to https.
 *
 * @throws UserError when the API Token or the Base URL cannot be used
 */
export function authenticationHeaders(credential: ICredentialDataDecryptedObject): Record<string, string> {
	const { root, token } = connectionOf(credential);
	return {
		'X-Enapter-Auth-Token': token,
		...(isPlainHttp(root) ? { 'X-Enapter-Allow-HTTP': 'true' } : {}),
	};
}

/**
 * Keeps the token from being sent to another host, whatever URL the user of an HTTP node typed.
 *
 * @throws UserError when it is not under the origin of the Base URL: the API Token goes nowhere else
 */
export function assertOwnOrigin(
	credential: ICredentialDataDecryptedObject,
	{ url, baseURL }: { url?: unknown; baseURL?: string | undefined },
): void {
	const { origin } = new URL(apiRoot(credential.baseUrl));
	const target =
		typeof url === 'string' && URL.canParse(url, baseURL) ? new URL(url, baseURL).origin : undefined;
	if (target === origin) return;
	throw new UserError(
		`The API Token of this Enapter credential goes to ${origin} alone, the origin of its Base URL. This request is for ${target ?? 'another address'}: use another credential for it, or change the Base URL.`,
	);
}

function tokenOf({ apiToken }: ICredentialDataDecryptedObject): string {
	const token = typeof apiToken === 'string' ? apiToken.trim() : '';
	if (token === '') {
		throw new UserError(
			'The API Token of the Enapter credential is empty. Create one in Enapter Cloud under Account Settings, API Tokens, or on your Gateway under Settings.',
		);
	}
	if (!/^[\x21-\x7e]+$/.test(token)) {
		throw new UserError(
			'The API Token of the Enapter credential holds a space or a character that no token has. Copy it again, whole.',
		);
	}
	return token;
}

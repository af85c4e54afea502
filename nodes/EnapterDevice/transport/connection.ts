import type { ICredentialDataDecryptedObject } from 'n8n-workflow';
import { UserError } from 'n8n-workflow';

import { apiRoot, isPlainHttp } from './baseUrl';

/** Where the API is and how far its certificate is trusted: what a credential says about the way there. */
export interface Connection {
	/** See {@link apiRoot}. */
	root: string;
	allowUnauthorizedCerts: boolean;
	/** Never shown; kept to blot it out of whatever a server sends back. */
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

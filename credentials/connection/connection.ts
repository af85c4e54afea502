import type { ICredentialDataDecryptedObject } from 'n8n-workflow';
import { UserError } from 'n8n-workflow';

import { apiRoot, isPlainHttp } from './baseUrl';

/** How to reach the API, from a credential. */
export interface Connection {
	/** See {@link apiRoot}. */
	root: string;
	allowUnauthorizedCerts: boolean;
	/** Never shown; kept to redact it in responses. */
	token: string;
}

/**
 * Reads a decrypted `enapterApi` credential.
 *
 * @param name the credential's name, for messages
 * @throws UserError when the API Token or the Base URL cannot be used
 */
export function connectionOf(credential: ICredentialDataDecryptedObject, name?: string): Connection {
	const of = name === undefined ? 'of the Enapter credential' : `of the credential "${name}"`;
	return {
		root: apiRoot(credential.baseUrl, `The Base URL ${of}`),
		allowUnauthorizedCerts: credential.allowUnauthorizedCerts === true,
		token: tokenOf(credential, `The API Token ${of}`),
	};
}

/**
 * The headers that authenticate a request. Over http, `X-Enapter-Allow-HTTP` keeps a Gateway from redirecting to https (Enapter's
 * SDK).
 */
export function authenticationHeaders({ root, token }: Connection): Record<string, string> {
	return {
		'X-Enapter-Auth-Token': token,
		...(isPlainHttp(root) ? { 'X-Enapter-Allow-HTTP': 'true' } : {}),
	};
}

/**
 * Keeps the token from being sent to another host, whatever URL the user of an HTTP node entered.
 *
 * @throws UserError if the URL is not under the origin of the Base URL
 */
export function assertOwnOrigin(
	{ root }: Connection,
	{ url, baseURL }: { url?: unknown; baseURL?: string | undefined },
): void {
	const { origin } = new URL(root);
	const target =
		typeof url === 'string' && URL.canParse(url, baseURL) ? new URL(url, baseURL).origin : undefined;
	if (target === origin) return;
	throw new UserError(
		`This Enapter credential can only be used for requests to ${origin} (its Base URL). This request is for ${target ?? 'another address'}: use another credential for it, or change the Base URL.`,
	);
}

function tokenOf({ apiToken }: ICredentialDataDecryptedObject, subject: string): string {
	const token = typeof apiToken === 'string' ? apiToken.trim() : '';
	if (token === '') {
		throw new UserError(
			`${subject} is empty. Create one in Enapter Cloud under Account Settings, API Tokens, or on your Gateway under Settings.`,
		);
	}
	if (!/^[\x21-\x7e]+$/.test(token)) {
		throw new UserError(
			`${subject} contains a space or a character that no token has. Copy all of it again.`,
		);
	}
	return token;
}

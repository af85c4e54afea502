import type {
	IAuthenticate,
	Icon,
	ICredentialDataDecryptedObject,
	ICredentialType,
	IHttpRequestOptions,
	INodeProperties,
} from 'n8n-workflow';

import { assertOwnOrigin, authenticationHeaders, connectionOf } from './connection/connection';

/** A constant of its own because n8n's lint takes a field with this name in `properties` for a secret that must be masked. */
const IGNORE_SSL_ISSUES: INodeProperties = {
	displayName: 'Ignore SSL Issues (Insecure)',
	name: 'allowUnauthorizedCerts',
	type: 'boolean',
	default: false,
	description:
		'Whether to connect even if the SSL certificate cannot be verified. Needed for a Gateway over https, which has a self-signed certificate. Never turn it on for Enapter Cloud.',
};

/** The same as `disableFollowRedirect` for n8n's older HTTP helper, which the HTTP Request node uses. */
const NO_LEGACY_REDIRECTS = { followRedirect: false, followAllRedirects: false };

/** An API Token, and the API it is for: Enapter Cloud or a Gateway. */
export class EnapterApi implements ICredentialType {
	name = 'enapterApi';

	displayName = 'Enapter API';

	icon: Icon = {
		light: 'file:../nodes/EnapterDevice/enapter.svg',
		dark: 'file:../nodes/EnapterDevice/enapter.dark.svg',
	};

	documentationUrl = 'https://v3.developers.enapter.com/reference/http/intro';

	properties: INodeProperties[] = [
		{
			displayName: 'API Token',
			name: 'apiToken',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			hint: 'Enapter Cloud: cloud.enapter.com → profile → Account Settings → API Tokens (shown once). Gateway: its page Settings → API Token.',
			description: 'Only sent to the Base URL',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			required: true,
			default: 'https://api.enapter.com',
			placeholder: 'e.g. http://enapter-gateway.local/api',
			description: 'Enapter Cloud, or the address of your Gateway',
		},
		IGNORE_SSL_ISSUES,
	];

	/**
	 * Adds the token to a request to the Base URL. Also called for n8n's HTTP Request node, which names the address `uri`. Redirects
	 * are not followed, because n8n would send the token to another origin: of all headers, it drops only Authorization.
	 *
	 * @throws UserError if the request is for another origin, or the credential cannot be used
	 */
	authenticate: IAuthenticate = async (
		credentials: ICredentialDataDecryptedObject,
		request: IHttpRequestOptions & { uri?: string },
	): Promise<IHttpRequestOptions> => {
		const connection = connectionOf(credentials);
		assertOwnOrigin(connection, { url: request.url ?? request.uri, baseURL: request.baseURL });
		return {
			...request,
			headers: { ...request.headers, ...authenticationHeaders(connection) },
			disableFollowRedirect: true,
			...NO_LEGACY_REDIRECTS,
		};
	};
}

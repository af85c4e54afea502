import type {
	IAuthenticate,
	Icon,
	ICredentialDataDecryptedObject,
	ICredentialType,
	IHttpRequestOptions,
	INodeProperties,
} from 'n8n-workflow';

import { assertOwnOrigin, authenticationHeaders } from './connection/connection';

/** On its own because n8n's lint, going by its name, takes it for a secret to be masked. */
const IGNORE_SSL_ISSUES: INodeProperties = {
	displayName: 'Ignore SSL Issues (Insecure)',
	name: 'allowUnauthorizedCerts',
	type: 'boolean',
	default: false,
	description:
		'Whether to connect even if the SSL certificate cannot be verified. A Gateway has a self-signed certificate and needs this on https.',
};

/** As `disableFollowRedirect`, for requests by n8n's older helper, which the HTTP Request node uses. */
const NO_LEGACY_REDIRECTS = { followRedirect: false, followAllRedirects: false };

/** The API Token and where it is good: Enapter Cloud or a Gateway. */
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
			hint: 'Enapter Cloud: cloud.enapter.com, profile, Account Settings, API Tokens (shown once). Gateway: its Settings page, API Token.',
			description: 'Sent to the Base URL alone',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			required: true,
			default: 'https://api.enapter.com',
			placeholder: 'e.g. http://enapter-gateway.local/api',
			description: 'Where the API is: Enapter Cloud, or the address of your Gateway',
		},
		IGNORE_SSL_ISSUES,
	];

	/**
	 * Also called by n8n's HTTP Request node, which names the address `uri` and follows redirects. n8n would send the token
	 * along to another origin, as it drops no header but Authorization: no redirect is followed.
	 */
	authenticate: IAuthenticate = async (
		credentials: ICredentialDataDecryptedObject,
		request: IHttpRequestOptions & { uri?: string },
	): Promise<IHttpRequestOptions> => {
		assertOwnOrigin(credentials, { url: request.url ?? request.uri, baseURL: request.baseURL });
		return {
			...request,
			headers: { ...request.headers, ...authenticationHeaders(credentials) },
			disableFollowRedirect: true,
			...NO_LEGACY_REDIRECTS,
		};
	};
}

import type {
	IAuthenticate,
	Icon,
	ICredentialDataDecryptedObject,
	ICredentialType,
	IHttpRequestOptions,
	INodeProperties,
} from 'n8n-workflow';

import { authenticationHeaders } from '../nodes/EnapterDevice/transport/connection';

/** On its own because n8n's lint, going by its name, takes it for a secret to be masked. */
const IGNORE_SSL_ISSUES: INodeProperties = {
	displayName: 'Ignore SSL Issues (Insecure)',
	name: 'allowUnauthorizedCerts',
	type: 'boolean',
	default: false,
	description:
		'Whether to connect even if the SSL certificate cannot be verified. A Gateway has a self-signed certificate and needs this on https.',
};

/** The API Token and where it is good: Enapter Cloud or a Gateway. */
export class EnapterApi implements ICredentialType {
	name = 'enapterApi';

	displayName = 'Enapter API';

	icon: Icon = {
		light: 'file:../nodes/EnapterDevice/enapter.svg',
		dark: 'file:../nodes/EnapterDevice/enapter.dark.svg',
	};

	documentationUrl = 'https://github.com/Enapter/n8n-nodes-enapter#credentials';

	properties: INodeProperties[] = [
		{
			displayName: 'API Token',
			name: 'apiToken',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			description:
				'Cloud: cloud.enapter.com, profile, Account Settings, API Tokens (shown once). Gateway: its Settings page, API Token.',
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

	authenticate: IAuthenticate = async (
		credentials: ICredentialDataDecryptedObject,
		request: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> => ({
		...request,
		headers: { ...request.headers, ...authenticationHeaders(credentials) },
	});
}

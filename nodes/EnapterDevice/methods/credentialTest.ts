import type {
	ICredentialDataDecryptedObject,
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';

import { testConnection } from '../transport/connectionTest';

/**
 * The credential's test. A function of the node and not a `test` request of the credential, because n8n answers a failed
 * request only with a bare code such as DEPTH_ZERO_SELF_SIGNED_CERT.
 */
export async function enapterApiTest(
	this: ICredentialTestFunctions,
	credential: ICredentialsDecrypted<ICredentialDataDecryptedObject>,
): Promise<INodeCredentialTestResult> {
	// The only way to send something that n8n gives a credential test.
	const { request } = this.helpers;
	const refusal = await testConnection(request, credential.data ?? {});
	return refusal === undefined
		? { status: 'OK', message: 'Connection successful' }
		: { status: 'Error', message: refusal };
}

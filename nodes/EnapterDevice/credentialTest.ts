import type {
	ICredentialDataDecryptedObject,
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';

import type { Connection } from '../../credentials/connection/connection';
import { authenticationHeaders, connectionOf } from '../../credentials/connection/connection';
import { DEVICES_PAGE } from './resources/device/device';
import { connectionFailure } from './transport/connectionErrors';
import type { RequestFailure } from './transport/errors';
import { redactFailure } from './transport/errors';
import type { Expectation } from './transport/response';
import { acceptOf, rawResponse, readResponse } from './transport/response';
import { sentences } from './transport/text';

/** In milliseconds. */
const TIMEOUT = 15_000;

type DevicesPage = ReturnType<typeof DEVICES_PAGE.read>;

/** There is no device and no value to check here: what is wrong is the credential. */
const ADVICE: Partial<Record<number, string>> = {
	403: 'Create a new API Token and paste it here, whole.',
	404: 'Check the Base URL: there is no Enapter API under it.',
};

const EXPECTATION: Expectation<NonNullable<DevicesPage>> = {
	response: DEVICES_PAGE,
	explain({ status = 0 }) {
		const advice = ADVICE[status];
		return advice === undefined ? {} : { advice };
	},
};

/**
 * The credential's test: lists one device, which every role may do on Cloud and on a Gateway. A function of the node and
 * not a `test` request of the credential, because n8n tells of a failed request only by a bare code such as
 * DEPTH_ZERO_SELF_SIGNED_CERT.
 */
export async function enapterApiTest(
	this: ICredentialTestFunctions,
	credential: ICredentialsDecrypted<ICredentialDataDecryptedObject>,
): Promise<INodeCredentialTestResult> {
	// The only way to send something that n8n gives a credential test.
	const { request } = this.helpers;
	const data = credential.data ?? {};
	let connection: Connection;
	try {
		connection = connectionOf(data);
	} catch (error) {
		return { status: 'Error', message: (error as Error).message };
	}
	const result = await attempt(request, data, connection);
	if ('value' in result) return { status: 'OK', message: successMessage(result.value) };
	const { reason, advice } = redactFailure(result.failure, connection.token);
	return { status: 'Error', message: sentences(reason, advice) };
}

function successMessage({ entries }: NonNullable<DevicesPage>): string {
	const role = entries[0]?.authorized_role;
	return sentences(
		'Connection successful',
		typeof role === 'string' ? `Its role on the first device is ${role}` : '',
		'A token that may read need not be one that may change: changes need the OWNER role',
	);
}

async function attempt(
	request: ICredentialTestFunctions['helpers']['request'],
	credential: ICredentialDataDecryptedObject,
	connection: Connection,
): Promise<{ value: NonNullable<DevicesPage> } | { failure: RequestFailure }> {
	const { root, allowUnauthorizedCerts } = connection;
	try {
		const response = await request({
			method: 'GET',
			uri: `${root}/v3/devices?limit=1`,
			headers: { Accept: acceptOf(EXPECTATION), ...authenticationHeaders(credential) },
			rejectUnauthorized: !allowUnauthorizedCerts,
			followRedirect: false,
			simple: false,
			resolveWithFullResponse: true,
			timeout: TIMEOUT,
		});
		return readResponse(rawResponse(response, acceptOf(EXPECTATION)), EXPECTATION, connection);
	} catch (error) {
		return { failure: connectionFailure(error, root) };
	}
}

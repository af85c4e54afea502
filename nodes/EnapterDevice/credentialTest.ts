import type {
	ICredentialDataDecryptedObject,
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';

import { isPlainHttpInPublic } from '../../credentials/connection/baseUrl';
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

const NEW_TOKEN = 'Create a new API Token and paste all of it here.';

/** What to do by status. The request contains no other values from the user, so only the credential can be wrong. */
const ADVICE: Partial<Record<number, string>> = {
	401: NEW_TOKEN,
	403: NEW_TOKEN,
	404: 'Check the Base URL: there is no Enapter API at this address.',
};

/** Replaces the usual advice to increase Timeout, an option that a credential does not have. */
const NO_RESPONSE = 'Check the Base URL, or try again later.';

const UNENCRYPTED =
	'Warning: the Base URL starts with http://, so the API Token is sent unencrypted over the internet. Use https:// if the server supports it';

const EXPECTATION: Expectation<NonNullable<DevicesPage>> = {
	response: DEVICES_PAGE,
	explain({ status = 0, isFromApi }) {
		const advice = isFromApi || status === 404 ? ADVICE[status] : undefined;
		return advice === undefined ? {} : { advice };
	},
};

/**
 * Tests a credential: lists one device, which every role may do on Cloud and on a Gateway. A function of the node instead of a
 * `test` request of the credential, because n8n describes a failed request only by a code such as DEPTH_ZERO_SELF_SIGNED_CERT.
 */
export async function enapterApiTest(
	this: ICredentialTestFunctions,
	credential: ICredentialsDecrypted<ICredentialDataDecryptedObject>,
): Promise<INodeCredentialTestResult> {
	// The only HTTP helper that n8n gives to credential tests.
	const { request } = this.helpers;
	const data = credential.data ?? {};
	let connection: Connection;
	try {
		connection = connectionOf(data);
	} catch (error) {
		return { status: 'Error', message: (error as Error).message };
	}
	const result = await attempt(request, connection);
	if ('value' in result) return { status: 'OK', message: successMessage(result.value, connection) };
	const { reason, advice } = redactFailure(result.failure, connection.token);
	return { status: 'Error', message: sentences(reason, advice) };
}

function successMessage({ entries }: NonNullable<DevicesPage>, { root }: Connection): string {
	const role = entries[0]?.authorized_role;
	return sentences(
		'Connection successful',
		isPlainHttpInPublic(root) ? UNENCRYPTED : '',
		typeof role === 'string' ? `The role of this API Token on the first device is ${role.toUpperCase()}` : '',
		'A token that can read may not be allowed to change anything: changes need the OWNER role',
	);
}

async function attempt(
	request: ICredentialTestFunctions['helpers']['request'],
	connection: Connection,
): Promise<{ value: NonNullable<DevicesPage> } | { failure: RequestFailure }> {
	const { root, allowUnauthorizedCerts } = connection;
	// The helper's own `timeout` bounds only silence, not a response that arrives byte by byte.
	const deadline = AbortSignal.timeout(TIMEOUT);
	const timedOut = new Promise<never>((_resolve, reject) => {
		deadline.addEventListener('abort', () => reject(new Error('Timeout')));
	});
	try {
		const sent = request({
			method: 'GET',
			uri: `${root}/v3/devices?limit=1`,
			headers: { Accept: acceptOf(EXPECTATION), ...authenticationHeaders(connection) },
			rejectUnauthorized: !allowUnauthorizedCerts,
			followRedirect: false,
			simple: false,
			resolveWithFullResponse: true,
			timeout: TIMEOUT,
		});
		const response: unknown = await Promise.race([sent, timedOut]);
		return readResponse(rawResponse(response, acceptOf(EXPECTATION)), EXPECTATION, connection);
	} catch (error) {
		const failure = connectionFailure(error, root, deadline.aborted);
		const advice = failure.advice.includes('Timeout') ? NO_RESPONSE : failure.advice;
		return { failure: { ...failure, advice } };
	}
}

import type { ICredentialDataDecryptedObject, ICredentialTestFunctions } from 'n8n-workflow';

import { DEVICES_PAGE } from '../api';
import { readAnswer } from './answer';
import type { Connection } from './connection';
import { authenticationHeaders, connectionOf } from './connection';
import { notAnswered } from './connectionFailure';
import type { Failure } from './failure';
import { withoutSecret } from './failure';
import { rawAnswer } from './rawAnswer';
import { sentences } from './text';

const TIMEOUT = 15_000;

/**
 * Lists one device, which every role may do on Cloud and on a Gateway.
 *
 * @returns what to change; nothing when the credential works
 */
export async function testConnection(
	request: ICredentialTestFunctions['helpers']['request'],
	credential: ICredentialDataDecryptedObject,
): Promise<string | undefined> {
	let connection: Connection;
	try {
		connection = connectionOf(credential);
	} catch (error) {
		return (error as Error).message;
	}
	const failure = await attempt(request, credential, connection);
	if (failure === undefined) return undefined;
	const { reason, advice } = withoutSecret(failure, connection.token);
	return sentences(reason, advice);
}

/** There is no device and no value to check here: what is wrong is the credential. */
const ADVICE = {
	403: 'Create a new API Token and paste it here, whole.',
	404: 'Check the Base URL: there is no Enapter API under it.',
};

async function attempt(
	request: ICredentialTestFunctions['helpers']['request'],
	credential: ICredentialDataDecryptedObject,
	connection: Connection,
): Promise<Failure | undefined> {
	const { root, allowUnauthorizedCerts } = connection;
	try {
		const answer = rawAnswer(
			await request({
				method: 'GET',
				uri: `${root}/v3/devices?limit=1`,
				headers: { Accept: 'application/json', ...authenticationHeaders(credential) },
				rejectUnauthorized: !allowUnauthorizedCerts,
				followRedirect: false,
				simple: false,
				resolveWithFullResponse: true,
				timeout: TIMEOUT,
			}),
		);
		const outcome = readAnswer(answer, { answer: DEVICES_PAGE, advice: ADVICE }, connection);
		return 'failure' in outcome ? outcome.failure : undefined;
	} catch (error) {
		return notAnswered(error, root);
	}
}

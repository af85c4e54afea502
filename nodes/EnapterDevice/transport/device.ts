import type { IDataObject } from 'n8n-workflow';
import { NodeApiError } from 'n8n-workflow';

import type { ExpandedDevice } from '../api';
import { DEVICE } from '../api';
import type { EnapterClient } from './client';

/**
 * One device.
 *
 * @param id its ID or slug
 * @param query what to expand
 * @throws NodeApiError when the API refuses
 */
export async function getDevice(
	client: EnapterClient,
	id: string,
	query: IDataObject,
): Promise<ExpandedDevice> {
	return await client.call({ method: 'GET', path: ['devices', id], query, answer: DEVICE, repeatable: true });
}

/**
 * One device, or nothing when the API has none of that ID.
 *
 * @throws NodeApiError when the API refuses for another reason
 */
export async function findDevice(
	client: EnapterClient,
	id: string,
	query: IDataObject,
): Promise<ExpandedDevice | undefined> {
	return await getDevice(client, id, query).catch((error: unknown) => {
		if (isNotFound(error)) return undefined;
		throw error;
	});
}

/** Whether the API has nothing of that ID, or of that kind. */
export function isNotFound(error: unknown): boolean {
	return error instanceof NodeApiError && error.httpCode === '404';
}

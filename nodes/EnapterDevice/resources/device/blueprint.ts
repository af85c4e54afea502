import type { EnapterClient } from '../../transport/client';
import { isNotFound } from '../../transport/errors';
import { isObject } from '../../transport/json';

/**
 * Checks in a dry run that a blueprint exists. Other failures prove nothing: the API may still accept the blueprint.
 *
 * @throws EnapterApiError if it does not exist
 */
export async function checkBlueprint(client: EnapterClient, id: string): Promise<void> {
	await client
		.call({
			method: 'GET',
			path: ['blueprints', id],
			response: { expected: 'a blueprint', read: (body) => (isObject(body) ? body : undefined) },
			isIdempotent: true,
			explain: () => ({
				reason: `Blueprint "${id}" was not found`,
				advice: 'Check the ID, and that the API Token can see the blueprint.',
			}),
		})
		.catch((error: unknown) => {
			if (isNotFound(error)) throw error;
		});
}

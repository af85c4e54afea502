import type { EnapterClient } from '../../transport/client';
import { isNotFound } from '../../transport/errors';
import { isObject } from '../../transport/json';
import { getOrCreate } from '../../transport/memo';

/** Checks in a dry run whether blueprints exist, each once. */
export class BlueprintChecks {
	private readonly checks = new Map<string, Promise<void>>();

	constructor(private readonly client: EnapterClient) {}

	/** @throws EnapterApiError if the blueprint does not exist */
	async check(id: string): Promise<void> {
		await getOrCreate(this.checks, id, async () => await this.read(id));
	}

	/** Other failures than "not found" prove nothing: the API may still accept the blueprint. */
	private async read(id: string): Promise<void> {
		await this.client
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
}

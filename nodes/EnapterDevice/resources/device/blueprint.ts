import type { EnapterClient } from '../../transport/client';
import { ignoreFailure, isNotFound } from '../../transport/errors';
import { isObject } from '../../transport/json';
import { getOrCreate } from '../../transport/memo';
import type { ExpandedDevice } from './device';
import { canonicalId } from './device';
import type { Fleet } from './fleet';
import { Manifests, plainText } from './manifest';

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

/** The blueprints that devices use, by which a dry run names them: no endpoint returns the name of a blueprint. */
export class BlueprintsInUse {
	private examples = new Map<string, ExpandedDevice>();
	private readonly manifests: Manifests;

	constructor(client: EnapterClient) {
		this.manifests = new Manifests(client);
	}

	/** Reads all devices. Blueprints stay without names if that fails. */
	async read(fleet: Fleet): Promise<void> {
		await fleet.readAll().catch(ignoreFailure);
		this.examples = new Map([...fleet.all].map((device) => [canonicalId(device.blueprint_id ?? ''), device]));
	}

	/** A device that has the blueprint, if there is one. */
	example(id: string | null | undefined): ExpandedDevice | undefined {
		return this.examples.get(canonicalId(id ?? ''));
	}

	/** The display name of a device's blueprint; null if it is unknown. */
	async name(device: ExpandedDevice | undefined): Promise<string | null> {
		const manifest = device === undefined ? {} : await this.manifests.of(device).catch(ignoreFailure);
		return plainText(manifest?.display_name) ?? null;
	}
}

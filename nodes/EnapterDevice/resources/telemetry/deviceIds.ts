import { UserError } from 'n8n-workflow';

import type { EnapterClient } from '../../transport/client';
import { UUID } from '../device/device';
import { Fleet } from '../device/fleet';

/**
 * The IDs of a run's devices. Only slugs have to be looked up, all together and when the first is needed. What telemetry
 * responses call a device, its ID or the slug that was asked for, no source says.
 */
export class DeviceIds {
	private readonly fleet: Fleet;
	private lookups: Promise<Map<string, string | { error: unknown }>> | undefined;
	private slugs: Promise<unknown> | undefined;

	/** @param names all devices of the run, by ID or slug */
	constructor(
		client: EnapterClient,
		private readonly names: string[],
	) {
		this.fleet = new Fleet(client);
	}

	/**
	 * The ID of a device.
	 *
	 * @throws EnapterApiError when it is a slug that the API does not know
	 */
	async of(name: string): Promise<string> {
		if (UUID.test(name)) return canonical(name);
		const id = (await (this.lookups ??= this.lookUp())).get(name);
		if (typeof id === 'string') return id;
		throw id?.error ?? new UserError(`Device "${name}" was not looked up.`);
	}

	/** The slug of a device that was given by its ID. */
	async slugOf(id: string): Promise<string | undefined> {
		const ids = this.names.filter((name) => UUID.test(name)).map(canonical);
		await (this.slugs ??= this.fleet.find([...new Set(ids)]).catch(() => undefined));
		return this.fleet.known(id)?.slug;
	}

	private async lookUp(): Promise<Map<string, string | { error: unknown }>> {
		const slugs = [...new Set(this.names.filter((name) => !UUID.test(name)))];
		const lookups = await this.fleet.find(slugs).catch((error: unknown) => slugs.map(() => ({ error })));
		return new Map(
			slugs.flatMap((slug, index) => {
				const lookup = lookups[index];
				if (lookup === undefined) return [];
				return [[slug, 'device' in lookup ? canonical(lookup.device.id) : lookup] as const];
			}),
		);
	}
}

/** An ID as the API writes it: the same device has to have one name. */
export function canonical(name: string): string {
	return UUID.test(name) ? name.toLowerCase() : name;
}

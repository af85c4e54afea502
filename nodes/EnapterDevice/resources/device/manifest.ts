import type { IDataObject } from 'n8n-workflow';

import type { EnapterClient } from '../../transport/client';
import { EnapterApiError } from '../../transport/errors';
import { isObject } from '../../transport/json';
import type { ExpandedDevice } from './device';
import { getDevice } from './fleet';

/** How many devices of a blueprint are tried when the API refuses them. */
const MOST_REFUSALS = 3;

/**
 * What a device's blueprint declares, in its source or its compiled form. Sections may be missing or null (Enapter's
 * manifest reference and MCP server).
 */
export type Manifest = IDataObject;

/** One entry of a section: its key and what is declared for it. */
export type Declaration = [name: string, declared: IDataObject];

/** The entries of a section, none when it is missing, null or no map. */
export function declarations(manifest: unknown, section: string): Declaration[] {
	const entries = isObject(manifest) ? manifest[section] : undefined;
	if (!isObject(entries)) return [];
	return Object.entries(entries).flatMap(([name, declared]): Declaration[] =>
		isObject(declared) ? [[name, declared]] : [],
	);
}

/** What people call an entry; Enapter's MCP server falls back to the key, too. */
export function displayNameOf([name, { display_name: displayName }]: Declaration): string {
	return typeof displayName === 'string' && displayName.trim() !== '' ? displayName.trim() : name;
}

/** A value that an entry may have. */
export interface Choice {
	value: string | number | boolean;
	name: string;
}

/**
 * The values that an entry may have, none when it may have any. All forms are read: `enum` as a list or as a map of values,
 * and `enum_with_metainfo` of the compiled form, which names them. The keys of a map are texts also where the type is a
 * number (Enapter's manifest reference).
 */
export function choicesOf({ type, enum: values, enum_with_metainfo: described }: IDataObject): Choice[] {
	const choices = new Map<string, Choice>();
	const add = (value: unknown, details: unknown) => {
		const typed = type === 'integer' || type === 'float' ? Number(value) : value;
		if (typeof typed !== 'string' && typeof typed !== 'number' && typeof typed !== 'boolean') return;
		if (choices.has(String(typed))) return;
		const displayName = isObject(details) ? details.display_name : undefined;
		choices.set(String(typed), {
			value: typed,
			name: typeof displayName === 'string' && displayName !== '' ? displayName : String(typed),
		});
	};
	if (Array.isArray(described)) for (const entry of described) if (isObject(entry)) add(entry.value, entry);
	if (Array.isArray(values)) for (const value of values) add(value, undefined);
	else if (isObject(values)) for (const [value, details] of Object.entries(values)) add(value, details);
	return [...choices.values()];
}

/** The manifests of a run's devices, read once a blueprint: devices of one blueprint have the same (Enapter's MCP server). */
export class Manifests {
	private readonly byBlueprint = new Map<string, Promise<Manifest>>();
	private readonly refusals = new Map<string, number>();

	constructor(private readonly client: EnapterClient) {}

	/**
	 * The manifest of a device; empty when the API sends none.
	 *
	 * @throws EnapterApiError when the API refuses
	 */
	async of({ id, blueprint_id: blueprint }: ExpandedDevice): Promise<Manifest> {
		// Without a blueprint there is nothing to share.
		if (!blueprint) return await readManifest(this.client, id);
		const begun = this.byBlueprint.get(blueprint);
		if (begun === undefined) return await this.read(blueprint, id);
		return await begun.catch(async (error: unknown) => {
			// That one device is refused says nothing of the next.
			if (this.byBlueprint.get(blueprint) === begun) {
				const refusals = (this.refusals.get(blueprint) ?? 0) + 1;
				this.refusals.set(blueprint, refusals);
				const mayBeAnother = error instanceof EnapterApiError && error.isRefusal;
				if (!mayBeAnother || refusals > MOST_REFUSALS) throw error;
				return await this.read(blueprint, id);
			}
			return await this.of({ id, blueprint_id: blueprint });
		});
	}

	private async read(blueprint: string, id: string): Promise<Manifest> {
		const reading = readManifest(this.client, id);
		this.byBlueprint.set(blueprint, reading);
		return await reading;
	}
}

/**
 * The manifest of one device; empty when the API sends none.
 *
 * @param name its ID or slug
 * @throws EnapterApiError when the API refuses
 */
export async function readManifest(client: EnapterClient, name: string): Promise<Manifest> {
	const { manifest } = await getDevice(client, name, { expand: 'manifest' });
	return isObject(manifest) ? manifest : {};
}

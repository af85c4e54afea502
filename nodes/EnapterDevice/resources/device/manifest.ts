import type { IDataObject } from 'n8n-workflow';

import type { Ref } from '../../fields/locators';
import type { EnapterClient } from '../../transport/client';
import { EnapterApiError } from '../../transport/errors';
import { isObject } from '../../transport/json';
import { shorten, withoutTags } from '../../transport/text';
import type { ExpandedDevice } from './device';
import { getDevice } from './fleet';

/** Maximum devices of one blueprint to try if the API refuses to show their manifest. */
const MOST_REFUSALS = 3;

/**
 * What a device's blueprint declares, in source or compiled form. Sections may be missing or null (Enapter's manifest reference and
 * MCP server).
 */
export type Manifest = IDataObject;

/** An entry of a section: its name and what is declared for it. */
export type Declaration = [name: string, declared: IDataObject];

/** The entries of a section; none if it is missing, null or not a map. */
export function declarations(manifest: unknown, section: string): Declaration[] {
	const entries = isObject(manifest) ? manifest[section] : undefined;
	if (!isObject(entries)) return [];
	return Object.entries(entries).flatMap(([name, declared]): Declaration[] =>
		isObject(declared) ? [[name, declared]] : [],
	);
}

/** The display name of an entry, else its name, as in Enapter's MCP server. */
export function displayNameOf([name, { display_name: displayName }]: Declaration): string {
	return plainText(displayName) ?? name;
}

/**
 * A text of a manifest that can be shown and stored: n8n reads a text that starts with `=` as an expression, and shows some texts
 * as HTML.
 *
 * @returns undefined if nothing is left
 */
export function plainText(text: unknown): string | undefined {
	if (typeof text !== 'string') return undefined;
	const shown = withoutTags(text)
		.replace(/\s+/g, ' ')
		.replace(/^[\s=]+/, '')
		.trim();
	return shown === '' ? undefined : shorten(shown, 200);
}

/** The symbol of a unit, e.g. `°C` for `Cel`, if the manifest declares it; else the unit's code. */
export function unitSymbol(unit: unknown, manifest: Manifest): string | undefined {
	const [, declared] = declarations(manifest, 'units').find(([code]) => code === unit) ?? [];
	return plainText(declared?.symbol) ?? plainText(unit);
}

/** The texts of a value that is one text or a list of texts, such as `aliases`. */
export function textsOf(value: unknown): string[] {
	return [value].flat().filter((text): text is string => typeof text === 'string');
}

/** An allowed value of an entry. */
export interface Choice {
	value: string | number | boolean;
	name: string;
}

/**
 * The allowed values of an entry; empty if any value is allowed. Reads all forms: `enum` as a list or as a map of values, and
 * `enum_with_metainfo` of the compiled form, which names them. The keys of a map are texts even if the type is a number (Enapter's
 * manifest reference).
 */
export function choicesOf({ type, enum: values, enum_with_metainfo: named }: IDataObject): Choice[] {
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
	if (Array.isArray(named)) for (const entry of named) if (isObject(entry)) add(entry.value, entry);
	if (Array.isArray(values)) for (const value of values) add(value, undefined);
	else if (isObject(values)) for (const [value, details] of Object.entries(values)) add(value, details);
	return [...choices.values()];
}

/** The manifests of a run's devices. Devices of one blueprint have the same (Enapter's MCP server), so it is read once. */
export class Manifests {
	private readonly byBlueprint = new Map<string, Promise<Manifest>>();
	private readonly refusals = new Map<string, number>();

	constructor(private readonly client: EnapterClient) {}

	/**
	 * The manifest of a device; empty if the API sends none.
	 *
	 * @throws EnapterApiError when the API refuses
	 */
	async of(device: ExpandedDevice): Promise<Manifest> {
		const { blueprint_id: blueprint } = device;
		if (isObject(device.manifest)) return device.manifest;
		if (!blueprint) return await readManifest(this.client, device);
		const present = this.byBlueprint.get(blueprint);
		if (present === undefined) {
			const reading = readManifest(this.client, device);
			this.byBlueprint.set(blueprint, reading);
			return await reading;
		}
		return await present.catch(async (error: unknown) => {
			// Another device of the same blueprint may still be readable.
			if (!(error instanceof EnapterApiError && error.isRefusal)) throw error;
			if (this.byBlueprint.get(blueprint) === present) this.countRefusal(blueprint, error);
			return await this.of(device);
		});
	}

	private countRefusal(blueprint: string, error: EnapterApiError): void {
		const refusals = (this.refusals.get(blueprint) ?? 0) + 1;
		this.refusals.set(blueprint, refusals);
		if (refusals > MOST_REFUSALS) throw error;
		this.byBlueprint.delete(blueprint);
	}
}

/**
 * Reads the manifest of one device; empty if the API sends none.
 *
 * @throws EnapterApiError when the API refuses
 */
export async function readManifest(client: EnapterClient, ref: Ref | ExpandedDevice): Promise<Manifest> {
	const { manifest } = await getDevice(client, { id: ref.id }, { expand: 'manifest' });
	return isObject(manifest) ? manifest : {};
}

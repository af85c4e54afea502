import type { ILoadOptionsFunctions, INodeListSearchItems, INodeListSearchResult } from 'n8n-workflow';

import { firstOf, matches, MOST_PAGES, nothingToList, openForListSearch } from '../../fields/listSearch';
import { LABEL_SEPARATOR } from '../../fields/locators';
import type { EnapterClient } from '../../transport/client';
import { getOrCreate } from '../../transport/memo';
import { paginate } from '../../transport/pagination';
import type { ExpandedDevice } from './device';
import { canonicalId, DEVICES_PAGE, nameOfDevice } from './device';
import { readManifest } from './manifest';

/** Maximum manifests to read: those of the most used blueprints. The others are named after a device. */
const MOST_MANIFESTS = 50;

interface BlueprintInUse {
	id: string;
	/** The devices that use it. */
	devices: ExpandedDevice[];
}

/**
 * The list of the Blueprint parameter: the blueprints that visible devices use, because no endpoint lists blueprints. The most used
 * come first. n8n's editor waits until the user stops typing and keeps results by filter, so nothing is kept here.
 */
export async function searchBlueprints(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	const client = await openForListSearch(this);
	const blueprints = await blueprintsInUse(client);
	if (blueprints.length === 0) {
		throw nothingToList(
			this,
			'No blueprints to choose from',
			'The list contains the blueprints that your devices use, and no device uses one. Choose By ID and enter the ID of the blueprint.',
		);
	}
	const results = await Promise.all(
		blueprints.map(async (blueprint, index) => await entryOf(client, blueprint, index < MOST_MANIFESTS)),
	);
	return { results: results.filter(({ name, value }) => matches(filter?.trim() ?? '', name, value)) };
}

async function blueprintsInUse(client: EnapterClient): Promise<BlueprintInUse[]> {
	const list = { path: ['devices'], response: DEVICES_PAGE };
	const { entries } = await paginate(client, list, { pages: MOST_PAGES });
	const byId = new Map<string, BlueprintInUse>();
	for (const device of entries) {
		const id = firstOf(device.blueprint_id);
		if (id === undefined) continue;
		getOrCreate(byId, canonicalId(id), () => ({ id, devices: [] })).devices.push(device);
	}
	return [...byId.values()].sort((one, other) => other.devices.length - one.devices.length);
}

/** The name is stored in the workflow with the choice, so it contains nothing that changes, such as the number of devices. */
async function entryOf(
	client: EnapterClient,
	{ id, devices: [example] }: BlueprintInUse,
	readsManifest: boolean,
): Promise<INodeListSearchItems> {
	const name = example !== undefined && readsManifest ? await displayName(client, example) : undefined;
	const label = name ?? `Blueprint of ${example === undefined ? 'a device' : nameOfDevice(example)}`;
	return { name: `${label}${LABEL_SEPARATOR}${id.slice(0, 8)}`, value: id };
}

/** The name of a device's blueprint. A manifest is large, so it is read once per blueprint and may also be missing. */
async function displayName(client: EnapterClient, device: ExpandedDevice): Promise<string | undefined> {
	const manifest = await readManifest(client, device).catch(() => undefined);
	return firstOf(manifest?.display_name);
}

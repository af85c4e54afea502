import type { ILoadOptionsFunctions, INodeListSearchItems, INodeListSearchResult } from 'n8n-workflow';

import type { ExpandedDevice } from './device';
import { DEVICES_PAGE } from './device';
import { getDevice } from './fleet';
import type { EnapterClient } from '../../transport/client';
import { paginate } from '../../transport/pagination';
import { firstOf, matches, MOST_PAGES, nothingToList, openForListSearch } from '../../fields/listSearch';

/** Blueprints whose manifest is asked for, the most used first; others are named by a device. */
const MOST_MANIFESTS = 50;

/** How long what was read serves the next letters that are typed, in milliseconds. */
const KEPT_FOR = 30_000;

interface BlueprintInUse {
	id: string;
	devices: number;
	example: ExpandedDevice;
	name?: string | undefined;
}

/** What was read last. One entry, so that nothing piles up. */
let kept: { credential: string; until: number; blueprints: BlueprintInUse[] } | undefined;

/**
 * The blueprints that visible devices use, since no endpoint lists blueprints; the list of the Blueprint parameter. Each
 * is called as its manifest calls it, and the most used come first.
 */
export async function searchBlueprints(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	const blueprints = await readBlueprints(this);
	if (blueprints.length === 0) {
		throw nothingToList(
			this,
			'No blueprints to choose from',
			'The list holds the blueprints that your devices use, and no device uses one. Give the blueprint by its ID.',
		);
	}
	const results = blueprints.map(entryOf);
	const text = filter?.trim() ?? '';
	return { results: results.filter(({ name, value }) => matches(text, name, value)) };
}

/** n8n asks again at every letter typed: what was read serves for a while, to the same credential. */
async function readBlueprints(context: ILoadOptionsFunctions): Promise<BlueprintInUse[]> {
	const credential = JSON.stringify(await context.getCredentials('enapterApi'));
	if (kept?.credential === credential && Date.now() < kept.until) return kept.blueprints;
	const client = await openForListSearch(context);
	const blueprints = await blueprintsInUse(client);
	await Promise.all(
		blueprints.slice(0, MOST_MANIFESTS).map(async (blueprint) => {
			blueprint.name = await displayName(client, blueprint);
		}),
	);
	kept = { credential, until: Date.now() + KEPT_FOR, blueprints };
	return blueprints;
}

async function blueprintsInUse(client: EnapterClient): Promise<BlueprintInUse[]> {
	const list = { path: ['devices'], response: DEVICES_PAGE };
	const { entries } = await paginate(client, list, { pages: MOST_PAGES });
	const byId = new Map<string, BlueprintInUse>();
	for (const device of entries) {
		const { blueprint_id: id } = device;
		if (id === undefined) continue;
		const present = byId.get(id);
		if (present === undefined) byId.set(id, { id, devices: 1, example: device });
		else present.devices++;
	}
	return [...byId.values()].sort((one, other) => other.devices - one.devices);
}

/**
 * What the manifest calls a blueprint. A manifest is large, so it is asked for once a blueprint and not with each device;
 * it only gives the entry a better name, so the list does without one that cannot be had.
 */
async function displayName(client: EnapterClient, { example }: BlueprintInUse): Promise<string | undefined> {
	const device = await getDevice(client, example.id, { expand: 'manifest' }).catch(() => undefined);
	return firstOf(device?.manifest?.display_name);
}

/** The name is stored in the workflow with the choice, so it holds what lasts: not the number of devices. */
function entryOf({ id, example, name }: BlueprintInUse): INodeListSearchItems {
	const label = name ?? `Blueprint of ${firstOf(example.name) ?? example.id}`;
	return { name: `${label} · ${id.slice(0, 8)}`, value: id };
}

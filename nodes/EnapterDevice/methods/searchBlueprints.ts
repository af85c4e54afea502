import type { ILoadOptionsFunctions, INodeListSearchItems, INodeListSearchResult } from 'n8n-workflow';

import type { ExpandedDevice } from '../api';
import { DEVICES_PAGE } from '../api';
import type { EnapterClient } from '../transport/client';
import { getDevice } from '../transport/device';
import { collect } from '../transport/list';
import { firstOf, matches, nothingToList, openForPicker } from './picker';

/** Devices looked through for blueprints: 100 requests at most, ten at once. */
const MOST_DEVICES = 5000;

/** Blueprints whose manifest is asked for, the most used first; others are named by a device. */
const MOST_MANIFESTS = 50;

interface BlueprintInUse {
	id: string;
	devices: number;
	example: ExpandedDevice;
}

/**
 * The blueprints that visible devices use, since no endpoint lists blueprints; the list of the Blueprint parameter. Each
 * is called as its manifest calls it, and the most used come first.
 */
export async function searchBlueprints(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	const client = await openForPicker(this);
	const inUse = await blueprintsInUse(client);
	if (inUse.length === 0) {
		throw nothingToList(
			this,
			'No blueprints to choose from',
			'The list holds the blueprints that your devices use, and no device uses one. Give the blueprint by its ID.',
		);
	}
	const results = await Promise.all(
		inUse.map(async (blueprint, rank) =>
			entry(blueprint, rank < MOST_MANIFESTS ? await displayName(client, blueprint) : undefined),
		),
	);
	const wanted = filter?.trim() ?? '';
	return { results: results.filter(({ name, value }) => matches(wanted, name, value)) };
}

async function blueprintsInUse(client: EnapterClient): Promise<BlueprintInUse[]> {
	const { entries } = await collect(
		client,
		{ path: ['devices'], answer: DEVICES_PAGE },
		{ most: MOST_DEVICES },
	);
	const byId = new Map<string, BlueprintInUse>();
	for (const device of entries) {
		if (device.blueprint_id === undefined) continue;
		const known = byId.get(device.blueprint_id);
		if (known === undefined)
			byId.set(device.blueprint_id, { id: device.blueprint_id, devices: 1, example: device });
		else known.devices++;
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

function entry(
	{ id, devices, example }: BlueprintInUse,
	label = `Blueprint of ${firstOf(example.name) ?? example.id}`,
): INodeListSearchItems {
	return {
		name: `${label} · ${devices === 1 ? 'one device' : `${devices} devices`} · ${id.slice(0, 8)}`,
		value: id,
	};
}

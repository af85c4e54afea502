import type { ILoadOptionsFunctions, INodeListSearchItems, INodeListSearchResult } from 'n8n-workflow';

import type { ExpandedDevice } from './device';
import { DEVICES_PAGE, UUID } from './device';
import { getDevice } from './fleet';
import type { EnapterClient } from '../../transport/client';
import { isNotFound } from '../../transport/errors';
import { paginate } from '../../transport/pagination';
import {
	firstOf,
	inOrderOfName,
	listPage,
	matches,
	MOST_PAGES,
	nothingToList,
	offsetOf,
	openForListSearch,
	readable,
	RESULTS,
	SORTED_PAGES,
} from '../../fields/listSearch';

const EXPAND = { expand: 'site' };

const LIST = { path: ['devices'], query: EXPAND, response: DEVICES_PAGE };

/** The devices that the API Token sees, by any words of their label, their slug or ID; the list of the Device parameter. */
export async function searchDevices(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	const client = await openForListSearch(this);
	const text = filter?.trim() ?? '';
	const entry = (device: ExpandedDevice) => entryOf(client, device);
	if (UUID.test(text)) return { results: (await findById(client, text)).map(entry) };
	if (text !== '') return { results: (await find(this, client, text)).map(entry) };
	const all = await paginate(client, LIST, {
		offset: offsetOf(paginationToken),
		// A further page is one of a fleet that is too large to sort.
		...(paginationToken === undefined ? { pages: SORTED_PAGES } : { limit: RESULTS }),
	});
	if (all.entries.length === 0 && paginationToken === undefined) {
		throw nothingToList(
			this,
			'No devices to choose from',
			'The API Token works, but no device is visible to it. Add devices in Enapter, or use the token of someone who can see them.',
		);
	}
	return listPage({ ...all, entries: inOrderOfName(all.entries, labelOf) }, entry);
}

async function findById(client: EnapterClient, id: string): Promise<ExpandedDevice[]> {
	const device = await getDevice(client, id, EXPAND).catch((error: unknown) => {
		if (isNotFound(error)) return undefined;
		throw error;
	});
	return device === undefined ? [] : [device];
}

async function find(
	context: ILoadOptionsFunctions,
	client: EnapterClient,
	text: string,
): Promise<ExpandedDevice[]> {
	const found = await paginate(client, LIST, {
		pages: MOST_PAGES,
		filter: (device) => matches(text, labelOf(device), device.slug, device.id),
	});
	if (found.entries.length > 0 || found.next === undefined) return inOrderOfName(found.entries, labelOf);
	throw nothingToList(
		context,
		`None of the first ${found.next} devices matches`,
		'There are more devices than this list looks through. Give the device By ID, or by its slug in the same place.',
	);
}

/** Stored in the workflow with the choice, so it holds what lasts: not whether the device is online. */
function labelOf({ id, name, slug, site, type }: ExpandedDevice): string {
	return [firstOf(name, slug, id), firstOf(site?.name), readable(type)]
		.filter((part) => part !== undefined)
		.join(' · ');
}

function entryOf({ root }: EnapterClient, device: ExpandedDevice): INodeListSearchItems {
	const url = device.slug === undefined ? undefined : devicePage(root, device.slug);
	return {
		name: labelOf(device),
		value: device.id,
		...(url === undefined ? {} : { url }),
	};
}

/** The page of a device in a Gateway's web interface (source: vscode-enapter); none is known for Enapter Cloud. */
function devicePage(root: string, slug: string): string | undefined {
	if (!root.endsWith('/api')) return undefined;
	return `${root.slice(0, -'/api'.length)}/ems/devices/${encodeURIComponent(slug)}`;
}

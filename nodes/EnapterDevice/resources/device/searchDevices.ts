import type { ILoadOptionsFunctions, INodeListSearchItems, INodeListSearchResult } from 'n8n-workflow';

import {
	firstOf,
	inOrderOfName,
	listPage,
	matches,
	MOST_PAGES,
	nothingToList,
	offsetFromToken,
	openForListSearch,
	RESULTS,
	SORTED_PAGES,
} from '../../fields/listSearch';
import { LABEL_SEPARATOR } from '../../fields/locators';
import type { EnapterClient } from '../../transport/client';
import { upperCase } from '../../transport/enums';
import { isNotFound } from '../../transport/errors';
import { paginate } from '../../transport/pagination';
import type { ExpandedDevice } from './device';
import { DEVICES_PAGE, UUID } from './device';
import { getDevice } from './fleet';
import { typeName } from './types';

const WITH_SITE = { expand: 'site' };

const LIST = { path: ['devices'], query: WITH_SITE, response: DEVICES_PAGE };

/** The list of the Device parameter: devices that the API Token can see, found by any words of their label, slug or ID. */
export async function searchDevices(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	return await search(this, { filter, paginationToken, noun: 'devices', isListed: () => true });
}

/** The list of the Runs On parameter: UCMs that the API Token can see. */
export async function searchRuntimes(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	return await search(this, {
		filter,
		paginationToken,
		noun: 'UCMs',
		isListed: ({ type }) => upperCase(type).endsWith('UCM'),
	});
}

interface Search {
	filter: string | undefined;
	paginationToken: string | undefined;
	/** What the entries are, in the plural. */
	noun: string;
	isListed(device: ExpandedDevice): boolean;
}

async function search(
	context: ILoadOptionsFunctions,
	{ filter, paginationToken, noun, isListed }: Search,
): Promise<INodeListSearchResult> {
	const client = await openForListSearch(context);
	const text = filter?.trim() ?? '';
	const entry = (device: ExpandedDevice) => entryOf(client, device);
	if (UUID.test(text)) return { results: (await findById(client, text)).filter(isListed).map(entry) };
	if (text !== '') {
		const isFound = (device: ExpandedDevice) =>
			isListed(device) && matches(text, labelOf(device), device.slug, device.id);
		return { results: (await find(context, client, isFound)).map(entry) };
	}
	const all = await paginate(client, LIST, {
		offset: offsetFromToken(paginationToken),
		filter: isListed,
		// Further pages exist only if the fleet is too large to sort.
		...(paginationToken === undefined ? { pages: SORTED_PAGES } : { limit: RESULTS }),
	});
	if (all.entries.length === 0 && paginationToken === undefined) {
		throw nothingToList(
			context,
			`No ${noun} to choose from`,
			`The API Token works, but it cannot see any ${noun}. Add ${noun} in Enapter, or use the token of someone who can see them.`,
		);
	}
	return listPage({ ...all, entries: inOrderOfName(all.entries, labelOf) }, entry);
}

async function findById(client: EnapterClient, id: string): Promise<ExpandedDevice[]> {
	const device = await getDevice(client, { id }, WITH_SITE).catch((error: unknown) => {
		if (isNotFound(error)) return undefined;
		throw error;
	});
	return device === undefined ? [] : [device];
}

async function find(
	context: ILoadOptionsFunctions,
	client: EnapterClient,
	isFound: (device: ExpandedDevice) => boolean,
): Promise<ExpandedDevice[]> {
	const found = await paginate(client, LIST, { pages: MOST_PAGES, filter: isFound });
	if (found.entries.length > 0 || found.next === undefined) return inOrderOfName(found.entries, labelOf);
	throw nothingToList(
		context,
		`None of the first ${found.next} devices matches`,
		'The list does not search further devices. Choose By ID and enter the ID or slug of the device.',
	);
}

/** The label is stored in the workflow with the choice, so it contains nothing that changes, such as the connectivity. */
function labelOf({ id, name, slug, site, type }: ExpandedDevice): string {
	return [firstOf(name, slug, id), firstOf(site?.name), typeName(type)]
		.filter((part) => part !== undefined)
		.join(LABEL_SEPARATOR);
}

function entryOf({ root }: EnapterClient, device: ExpandedDevice): INodeListSearchItems {
	const slug = firstOf(device.slug);
	const url = slug === undefined ? undefined : devicePage(root, slug);
	return { name: labelOf(device), value: device.id, ...(url === undefined ? {} : { url }) };
}

/** The page of a device in a Gateway's web interface (source: vscode-enapter). None is known for Enapter Cloud. */
function devicePage(root: string, slug: string): string | undefined {
	if (!root.endsWith('/api')) return undefined;
	return `${root.slice(0, -'/api'.length)}/ems/devices/${encodeURIComponent(slug)}`;
}

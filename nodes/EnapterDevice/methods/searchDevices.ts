import type { ILoadOptionsFunctions, INodeListSearchItems, INodeListSearchResult } from 'n8n-workflow';

import type { ExpandedDevice } from '../api';
import { DEVICES_PAGE } from '../api';
import type { EnapterClient } from '../transport/client';
import { getDevice, isNotFound } from '../transport/device';
import { collect } from '../transport/list';
import { matches, nothingToList, offsetOf, openForPicker, pickerPage, RESULTS, UUID } from './picker';

/** Pages looked through for a name, 50 devices each: the API has no filter by name. */
const MOST_PAGES = 100;

const EXPAND = 'site,connectivity';

/** The devices that the API Token sees, by name, slug or ID; the list of the Device parameter. */
export async function searchDevices(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	const client = await openForPicker(this);
	const wanted = filter?.trim() ?? '';
	if (UUID.test(wanted)) {
		const device = await byId(client, wanted);
		if (device !== undefined) return { results: [entry(client, device)] };
	}
	const list = { path: ['devices'], query: { expand: EXPAND }, answer: DEVICES_PAGE };
	const found = await collect(client, list, {
		offset: offsetOf(paginationToken),
		most: RESULTS,
		...(wanted === ''
			? {}
			: {
					pages: MOST_PAGES,
					keep: ({ id, name, slug }: ExpandedDevice) => matches(wanted, id, name, slug),
				}),
	});
	if (found.entries.length === 0 && wanted === '' && paginationToken === undefined) {
		throw nothingToList(
			this,
			'No devices to choose from',
			'The API Token works, but no device is visible to it. Add devices in Enapter, or use the token of someone who can see them.',
		);
	}
	if (found.entries.length === 0 && found.next !== undefined) {
		throw nothingToList(
			this,
			`None of the first ${found.next} devices matches`,
			'There are more devices than this list looks through. Give the device By ID or Slug.',
		);
	}
	return pickerPage(found, (device) => entry(client, device));
}

async function byId(client: EnapterClient, id: string): Promise<ExpandedDevice | undefined> {
	return await getDevice(client, id, { expand: EXPAND }).catch((error: unknown) => {
		if (isNotFound(error)) return undefined;
		throw error;
	});
}

/** n8n shows nothing but the name, so everything that tells devices apart is in it. */
function entry(
	client: EnapterClient,
	{ id, name, slug, site, connectivity }: ExpandedDevice,
): INodeListSearchItems {
	const url = slug === undefined ? undefined : client.devicePage(slug);
	const parts = [name ?? id, site?.name ?? slug, connectivity?.status?.toLowerCase()];
	return {
		name: parts.filter((part) => part !== undefined && part !== '').join(' · '),
		value: id,
		...(url === undefined ? {} : { url }),
	};
}

import type { ILoadOptionsFunctions, INodeListSearchItems, INodeListSearchResult } from 'n8n-workflow';

import type { ExpandedDevice } from '../api';
import { DEVICES_PAGE } from '../api';
import type { EnapterClient } from '../transport/client';
import { findDevice } from '../transport/device';
import { collect } from '../transport/list';
import {
	firstOf,
	matches,
	MOST_PAGES,
	nothingToList,
	offsetOf,
	openForPicker,
	pickerPage,
	RESULTS,
	UUID,
} from './picker';

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
		const device = await findDevice(client, wanted, { expand: EXPAND });
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
			'There are more devices than this list looks through. Give the device By ID, or by its slug in the same place.',
		);
	}
	return pickerPage(found, (device) => entry(client, device));
}

/** n8n shows nothing but the name, and of that only the beginning: everything that tells devices apart is in it. */
function entry(
	client: EnapterClient,
	{ id, name, slug, site, connectivity }: ExpandedDevice,
): INodeListSearchItems {
	const url = slug === undefined ? undefined : client.devicePage(slug);
	const parts = [firstOf(name, id), firstOf(connectivity?.status)?.toLowerCase(), firstOf(site?.name, slug)];
	return {
		name: parts.filter((part) => part !== undefined).join(' · '),
		value: id,
		...(url === undefined ? {} : { url }),
	};
}

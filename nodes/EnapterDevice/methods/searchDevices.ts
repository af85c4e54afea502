import type { ILoadOptionsFunctions, INodeListSearchItems, INodeListSearchResult } from 'n8n-workflow';

import type { ExpandedDevice } from '../api';
import { DEVICES_PAGE } from '../api';
import type { EnapterClient } from '../transport/client';
import { getDevice, isNotFound } from '../transport/device';
import { collect } from '../transport/list';
import { matches, nothingToList, offsetOf, openForPicker, pickerPage } from './picker';

/** As many as one sees at once and a little more; with a filter n8n does not load a further page by itself. */
const RESULTS = 50;

const EXPAND = 'site,connectivity';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

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
			: { keep: ({ id, name, slug }: ExpandedDevice) => matches(wanted, id, name, slug) }),
	});
	if (found.entries.length === 0 && wanted === '' && paginationToken === undefined) {
		throw nothingToList(
			this,
			'No devices to choose from',
			'The API Token works, but no device is visible to it. Add devices in Enapter, or use the token of someone who can see them.',
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

import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import type { Site } from '../api';
import { SITE, SITES_PAGE } from '../api';
import type { EnapterClient } from '../transport/client';
import { isNotFound } from '../transport/device';
import type { Found } from '../transport/list';
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

/** The sites that the API Token sees, by name or ID; the list of the Site filter. */
export async function searchSites(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	const client = await openForPicker(this);
	const wanted = filter?.trim() ?? '';
	const found = await sites(client, wanted, offsetOf(paginationToken));
	if (found.entries.length === 0 && wanted === '' && paginationToken === undefined) {
		throw nothingToList(
			this,
			'No sites to choose from',
			'The API Token works, but no site is visible to it.',
		);
	}
	return pickerPage(found, ({ id, name }) => ({ name: firstOf(name) ?? id, value: id }));
}

/**
 * The API itself looks for a name (source: vscode-enapter); what it sends is looked through all the same, for an API that
 * does not. A Gateway has one site and no list of sites: there the list is not found, and the one site is.
 */
async function sites(client: EnapterClient, wanted: string, offset: number): Promise<Found<Site>> {
	const query = wanted === '' || UUID.test(wanted) ? {} : { name: wanted };
	const keep = ({ id, name }: Site) => matches(wanted, id, name);
	return await collect(
		client,
		{ path: ['sites'], query, answer: SITES_PAGE },
		{ offset, most: RESULTS, pages: MOST_PAGES, keep },
	).catch(async (error: unknown) => {
		if (!isNotFound(error)) throw error;
		const site = await client.call({ method: 'GET', path: ['site'], answer: SITE, repeatable: true });
		return { entries: [site].filter(keep) };
	});
}

import type { IDataObject, ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { UUID } from './device';
import type { EnapterClient } from '../../transport/client';
import { isNotFound } from '../../transport/errors';
import { isObject } from '../../transport/json';
import type { PageResult } from '../../transport/pagination';
import { pageShape, paginate } from '../../transport/pagination';
import type { ResponseShape } from '../../transport/response';
import {
	firstOf,
	inOrderOfName,
	listPage,
	matches,
	MOST_PAGES,
	nothingToList,
	offsetOf,
	openForListSearch,
	RESULTS,
} from '../../fields/listSearch';

/** A site, as far as the list needs it. */
interface Site extends IDataObject {
	id: string;
	name?: string;
}

/** `{ sites, total_count }`. */
const SITES_PAGE = pageShape('a list of sites', 'sites', isSite);

/** A Gateway has exactly one site, under an endpoint of its own. */
const SITE: ResponseShape<Site> = {
	expected: 'a site',
	read: (body) => (isObject(body) && isSite(body.site) ? body.site : undefined),
};

function isSite(value: unknown): value is Site {
	return isObject(value) && typeof value.id === 'string' && value.id !== '';
}

/** The sites that the API Token sees, by name or ID; the list of the Site parameter. */
export async function searchSites(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	const client = await openForListSearch(this);
	const text = filter?.trim() ?? '';
	const found = await readSites(client, text, offsetOf(paginationToken));
	if (found.entries.length === 0 && text === '' && paginationToken === undefined) {
		throw nothingToList(
			this,
			'No sites to choose from',
			'The API Token works, but no site is visible to it.',
		);
	}
	const nameOf = ({ id, name }: Site) => firstOf(name) ?? id;
	const entries = inOrderOfName(found.entries, nameOf);
	return listPage({ ...found, entries }, (site) => ({ name: nameOf(site), value: site.id }));
}

/**
 * The API itself looks for a name (source: vscode-enapter); what it sends is looked through all the same, for an API that
 * does not. A Gateway has one site and no list of sites: there the list is not found, and the one site is.
 */
async function readSites(client: EnapterClient, text: string, offset: number): Promise<PageResult<Site>> {
	const query = text === '' || UUID.test(text) ? {} : { name: text };
	const filter = ({ id, name }: Site) => matches(text, id, name);
	return await paginate(
		client,
		{ path: ['sites'], query, response: SITES_PAGE },
		{ offset, limit: RESULTS, pages: MOST_PAGES, filter },
	).catch(async (error: unknown) => {
		if (!isNotFound(error)) throw error;
		const site = await client.call({ method: 'GET', path: ['site'], response: SITE, isIdempotent: true });
		return { entries: [site].filter(filter) };
	});
}

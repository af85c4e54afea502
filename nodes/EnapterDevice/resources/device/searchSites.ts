import type { IDataObject, ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

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
} from '../../fields/listSearch';
import type { EnapterClient } from '../../transport/client';
import { isNotFound } from '../../transport/errors';
import { isObject } from '../../transport/json';
import type { PageResult } from '../../transport/pagination';
import { pageShape, paginate } from '../../transport/pagination';
import type { ResponseShape } from '../../transport/response';
import { UUID } from './device';

/** A site, as far as the list needs it. */
interface Site extends IDataObject {
	id: string;
	name?: string | null;
}

/** `{ sites, total_count }`. */
const SITES_PAGE = pageShape('sites', 'sites', isSite);

/** A Gateway has exactly one site, under an endpoint of its own. */
const SITE: ResponseShape<Site> = {
	expected: 'a site',
	read: (body) => (isObject(body) && isSite(body.site) ? body.site : undefined),
};

function isSite(value: unknown): value is Site {
	return isObject(value) && typeof value.id === 'string' && value.id !== '';
}

/** The list of the Site parameter: sites that the API Token can see, found by name or ID. */
export async function searchSites(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	const client = await openForListSearch(this);
	const text = filter?.trim() ?? '';
	const found = await readSites(client, text, offsetFromToken(paginationToken));
	if (found.entries.length === 0 && text === '' && paginationToken === undefined) {
		throw nothingToList(this, 'No sites to choose from', 'The API Token works, but it cannot see any site.');
	}
	const nameOf = ({ id, name }: Site) => firstOf(name) ?? id;
	const entries = inOrderOfName(found.entries, nameOf);
	return listPage({ ...found, entries }, (site) => ({ name: nameOf(site), value: site.id }));
}

/** The API may compare names character by character, where an accent is one character or two. */
const hasOnlyAscii = (text: string) => /^[ -~]*$/.test(text);

/**
 * The API searches by name (source: vscode-enapter). Its result is filtered again, in case it does not. A Gateway has one site and
 * no list of sites: there the list is not found, but the site is.
 */
async function readSites(client: EnapterClient, text: string, offset: number): Promise<PageResult<Site>> {
	const query = text !== '' && !UUID.test(text) && hasOnlyAscii(text) ? { name: text } : {};
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

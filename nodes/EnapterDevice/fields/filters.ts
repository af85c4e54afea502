import type { INodeProperties } from 'n8n-workflow';
import { UserError } from 'n8n-workflow';

import type { ItemParameters } from './itemParameters';
import { isBlank, parseCollection } from './parse';

/**
 * The filters that an item has. One that is there has to say something: an expression that gives nothing must not stand
 * for "all". Of a language model, which fills in what it can, a blank one counts as not there.
 *
 * @param collection the collection as the panel shows it
 * @throws UserError when a filter is blank
 */
export function parseFilters(
	parameters: ItemParameters,
	collection: INodeProperties,
): Record<string, unknown> {
	const { name, displayName, options = [] } = collection;
	const filters = parseCollection(parameters.get(name, {}), displayName);
	const set: Record<string, unknown> = {};
	for (const filter of options) {
		if (!parameters.holds(`${name}.${filter.name}`) && !(filter.name in filters)) continue;
		const value = filters[filter.name];
		if (!isBlank(value)) set[filter.name] = value;
		else if (!parameters.isTool) {
			const label = 'displayName' in filter ? filter.displayName : filter.name;
			throw new UserError(
				`${label} is empty. Give it a value, or remove it from ${displayName}. If it comes from an expression, the expression gives nothing for this item.`,
			);
		}
	}
	return set;
}

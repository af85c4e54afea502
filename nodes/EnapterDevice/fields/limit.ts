import type { INodeProperties } from 'n8n-workflow';

import type { ItemParameters } from './itemParameters';
import { parseBoolean, parseInteger } from './parse';

export const RETURN_ALL: INodeProperties = {
	displayName: 'Return All',
	name: 'returnAll',
	type: 'boolean',
	default: false,
	description: 'Whether to return all results or only up to a given limit',
};

export const LIMIT: INodeProperties = {
	displayName: 'Limit',
	name: 'limit',
	type: 'number',
	default: 50,
	typeOptions: { minValue: 1 },
	description: 'Max number of results to return',
	displayOptions: { show: { returnAll: [false] } },
};

/**
 * How many results an item asks for.
 *
 * @throws UserError when Limit is no whole number of at least 1
 */
export function parseLimit(parameters: ItemParameters): number {
	if (parseBoolean(parameters.get('returnAll', false), 'Return All')) return Infinity;
	return parseInteger(parameters.get('limit', 50), 'Limit', 1, 1_000_000);
}

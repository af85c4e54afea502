import { shownIf, withDefault } from './field';
import { integer, toggle } from './kinds';

export const RETURN_ALL = toggle({
	displayName: 'Return All',
	name: 'returnAll',
	type: 'boolean',
	default: false,
	description: 'Whether to return all results or only up to a given limit',
});

export const LIMIT = withDefault(
	shownIf(
		integer({
			displayName: 'Limit',
			name: 'limit',
			type: 'number',
			default: 50,
			typeOptions: { minValue: 1 },
			description: 'Max number of results to return',
		}),
		{ returnAll: [false] },
	),
	50,
);

/** The maximum number of results; Infinity with Return All. */
export function limitOf({
	returnAll,
	limit = 50,
}: {
	returnAll: boolean;
	limit: number | undefined;
}): number {
	return returnAll ? Infinity : limit;
}

import type { INodeProperties } from 'n8n-workflow';

import { parseFilters } from '../../../nodes/EnapterDevice/fields/filters.ts';
import { itemParameters } from '../../support/itemParameters.mts';

const FILTERS: INodeProperties = {
	displayName: 'Filters',
	name: 'filters',
	type: 'collection',
	default: {},
	options: [
		{ displayName: 'Name Contains', name: 'name', type: 'string', default: '' },
		{ displayName: 'Types', name: 'type', type: 'multiOptions', default: [] },
	],
};

const parse = (filters: Record<string, unknown>, isTool = false) =>
	parseFilters(itemParameters({ filters }, { isTool }), FILTERS);

test('filters that say something are there, and no others', () => {
	expect(parse({})).toEqual({});
	expect(parse({ name: 'a', other: 'b' })).toEqual({ name: 'a' });
	expect(parse({ name: 0, type: ['LUA'] })).toEqual({ name: 0, type: ['LUA'] });
});

test.each([
	[{ name: ' ' }, 'Name Contains is empty. Give it a value, or remove it from Filters.'],
	[{ name: null }, 'Name Contains is empty.'],
	[{ name: 'a', type: [] }, 'Types is empty.'],
])('%j is refused: one that is there has to say something', (filters, message) => {
	expect(() => parse(filters)).toThrow(message);
});

test('a blank one of a language model counts as not there', () => {
	expect(parse({ name: '', type: ['LUA'] }, true)).toEqual({ type: ['LUA'] });
});

import { DEVICE_ID } from '../../fields/locators';
import { EXPAND, optionsField, parseExpand } from '../../fields/options';
import { parseCollection, parseId } from '../../fields/parse';
import type { Operation } from '../../execution/operation';
import { Fleet } from './fleet';

interface Item {
	named: string;
	query: { expand?: string };
}

/** Gets devices: a few one by one, many by the pages of the list. */
export const get: Operation<Item> = {
	option: {
		name: 'Get',
		value: 'get',
		action: 'Get a device',
		description: 'Retrieve one device by its ID or slug',
	},
	fields: [DEVICE_ID, optionsField(EXPAND)],

	prepare: (parameters) => ({
		named: parseId(parameters.get('deviceId', ''), 'Device'),
		query: parseExpand(parseCollection(parameters.get('options', {}), 'Options')),
	}),

	plan(items, { client }) {
		const fleet = new Fleet(client, ...items.map(({ query }) => query));
		const lookups = fleet.find(items.map(({ named }) => named));
		return items.map(({ query }, index) => async () => {
			const lookup = (await lookups)[index];
			if (lookup === undefined) return [];
			if ('error' in lookup) throw lookup.error;
			return [{ json: fleet.output(lookup.device, query) }];
		});
	},
};

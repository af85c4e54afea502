import { defineOperation } from '../../execution/operation';
import { DEVICE } from '../../fields/locators';
import { options } from '../../fields/options';
import { Alerts } from './alerts';
import { EXPAND_READ, requestedExpand } from './expand';
import { Fleet, planForDevices } from './fleet';

/** Gets devices: a few one by one, many from the pages of the list. */
export const get = defineOperation({
	option: {
		name: 'Get',
		value: 'get',
		action: 'Get a device',
		description: 'Retrieve one device by its ID or slug',
	},
	fields: [DEVICE, options(EXPAND_READ)],
	isIdempotent: true,

	prepare: ({ deviceId, options: { expand } }) => ({ ref: deviceId, expand }),

	async plan(items, { client }) {
		const fleet = new Fleet(
			client,
			items.flatMap(({ expand }) => requestedExpand(expand)),
		);
		const alerts = new Alerts(client);
		const lookups = await fleet.find(items.map(({ ref }) => ref));
		return {
			items: await planForDevices(items, lookups, ({ expand }, device) => ({
				run: async () => [{ json: await alerts.addTo(fleet.output(device, expand), device, expand) }],
			})),
			hints: () => alerts.hints(),
		};
	},
});

import { defineOperation } from '../../execution/operation';
import { DEVICE } from '../../fields/locators';
import { options } from '../../fields/options';
import { getOrCreate } from '../../transport/memo';
import { GROUP } from './fields';
import type { Values } from './groups';
import { outputOf, planForGroups, readValues } from './groups';

/** Gets the values of configuration groups. Each group is read once. */
export const get = defineOperation({
	option: {
		name: 'Get',
		value: 'get',
		action: 'Get the configuration of a device',
		description: 'Retrieve the values of a configuration group. The device must be online.',
	},
	fields: [DEVICE, GROUP, options()],
	isIdempotent: true,

	prepare: ({ deviceId: ref, group: groupRef }) => ({ ref, groupRef }),

	async plan(items, run) {
		const reads = new Map<string, Promise<Values>>();
		return {
			items: await planForGroups(items, run, (_item, target) => ({
				run: async () => {
					const key = `${target.device.id} ${target.group.name}`;
					const values = await getOrCreate(reads, key, async () => await readValues(run, target));
					return [{ json: outputOf(target, values) }];
				},
			})),
		};
	},
});

import { defineOperation } from '../../execution/operation';
import { DRY_RUN_TOOL_NOTICE, HUMAN_REVIEW, notice, toolNotice } from '../../fields/kinds';
import { DEVICE } from '../../fields/locators';
import { DRY_RUN, options } from '../../fields/options';
import { counted } from '../../transport/text';
import { countChanged } from '../device/changes';
import { Previews } from './changes';
import { GROUP } from './fields';
import { changeValues, outputOf, planForGroups } from './groups';

const NOTICE = notice(
	'resetNotice',
	'All parameters of the group get their defaults; those without a default lose their values. The output does not contain the old values: to be able to go back, run Get first. Turn on Dry Run in the options to see what would happen.',
);

const TOOL_NOTICE = toolNotice(
	`The AI can reset the settings of any device that the API Token may configure. ${HUMAN_REVIEW}`,
);

/** Sets all parameters of configuration groups back to their defaults. */
export const reset = defineOperation({
	option: {
		name: 'Reset',
		value: 'reset',
		action: 'Reset the configuration of a device',
		description: 'Set all parameters of a configuration group back to their defaults',
	},
	fields: [DEVICE, GROUP, NOTICE, TOOL_NOTICE, DRY_RUN_TOOL_NOTICE, options(DRY_RUN)],
	isIdempotent: true,

	dryRunSummary: (outputs) =>
		`${countChanged(outputs)} of ${counted(outputs.length, 'configuration')} would be reset`,

	prepare: ({ deviceId: ref, group: groupRef }) => ({ ref, groupRef }),

	async plan(items, run) {
		const previews = new Previews(run);
		return {
			items: await planForGroups(items, run, (_item, target) => {
				const names = target.group.parameters.map(({ name }) => name);
				return {
					keys: [target.device.id],
					run: async () => [{ json: outputOf(target, await changeValues(run, target, { action: 'reset' })) }],
					preview: previews.plan(target, { set: {}, reset: names }),
				};
			}),
		};
	},
});

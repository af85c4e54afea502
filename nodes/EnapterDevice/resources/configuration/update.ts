import type { IDataObject } from 'n8n-workflow';
import { UserError } from 'n8n-workflow';

import { defineOperation } from '../../execution/operation';
import type { Run } from '../../execution/run';
import { DRY_RUN_TOOL_NOTICE, HUMAN_REVIEW, notice, toggle, toolNotice } from '../../fields/kinds';
import type { Ref } from '../../fields/locators';
import { DEVICE } from '../../fields/locators';
import { DRY_RUN, options } from '../../fields/options';
import { ItemFailure } from '../../transport/errors';
import { counted, listedNames } from '../../transport/text';
import { countChanged } from '../device/changes';
import type { GivenValues } from '../device/parameters';
import { checkParameters, declaredNames, NO_VALUES, secretsOf } from '../device/parameters';
import type { Change } from './changes';
import { differences, isNothing, Previews } from './changes';
import { GROUP, PARAMETERS, PARAMETERS_JSON, PARAMETERS_MODE, RESET_PARAMETERS } from './fields';
import type { Target } from './groups';
import { changeValues, notDone, outputOf, planForGroups, readValues } from './groups';

const NOTICE = notice(
	'updateConfigurationNotice',
	'The device uses the new values at once. It must be online. With Skip If Unchanged in the options, the output contains the previous values. Turn on Dry Run in the options to see what would happen.',
);

const TOOL_NOTICE = toolNotice(
	`The AI can change the settings of any device that the API Token may configure. ${HUMAN_REVIEW}`,
);

const SKIP_IF_UNCHANGED = toggle({
	displayName: 'Skip If Unchanged',
	name: 'skipIfUnchanged',
	type: 'boolean',
	default: true,
	description:
		'Whether to read the group first and send only values that differ. If none differ, nothing is sent. Sensitive values cannot be compared and are always sent. Adds a "changed" field to the output.',
});

interface Item {
	ref: Ref;
	groupRef: Ref;
	given: GivenValues;
	reset: string[];
	skipsIfUnchanged: boolean;
}

/** Changes values of configuration groups, each group with one request. */
export const update = defineOperation({
	option: {
		name: 'Update',
		value: 'update',
		action: 'Update the configuration of a device',
		description: 'Change parameters of a configuration group, or set them back to their defaults',
	},
	fields: [
		DEVICE,
		GROUP,
		PARAMETERS_MODE,
		PARAMETERS,
		PARAMETERS_JSON,
		NOTICE,
		TOOL_NOTICE,
		DRY_RUN_TOOL_NOTICE,
		options(DRY_RUN, RESET_PARAMETERS, SKIP_IF_UNCHANGED),
	],
	isIdempotent: true,

	dryRunSummary: (outputs) =>
		`${countChanged(outputs)} of ${counted(outputs.length, 'configuration')} would be updated`,

	prepare({ deviceId: ref, group: groupRef, parameters, parametersJson, options: chosen }): Item {
		const given = parameters ?? parametersJson ?? NO_VALUES;
		const { resetParameters: reset, skipIfUnchanged: skipsIfUnchanged } = chosen;
		if (given.values.size === 0 && reset.length === 0) {
			throw new UserError('There is nothing to update. Enter a value for at least one parameter.');
		}
		return { ref, groupRef, given, reset, skipsIfUnchanged };
	},

	async plan(items, run) {
		const previews = new Previews(run);
		return {
			items: await planForGroups(items, run, (item, target) => {
				const change = changeOf(item, target);
				return {
					keys: [target.device.id],
					run: async () => [{ json: await carryOut(run, item, target, change) }],
					preview: previews.plan(target, change),
				};
			}),
		};
	},
});

/** @throws ItemFailure if the group has no such parameters, or a value does not fit */
function changeOf({ given, reset }: Item, target: Target): Change {
	const { parameters, displayName } = target.group;
	const refusal = notDone(target, 'updated');
	const words = { refusal, owner: displayName, noun: 'parameter' };
	const set = checkParameters(parameters, given, words, true);
	const unknown = reset.filter((name) => !parameters.some((each) => each.name === name));
	if (unknown.length > 0) {
		throw new ItemFailure(
			`${refusal}: there is no parameter ${listedNames(unknown)} to reset`,
			declaredNames(parameters, words),
		);
	}
	const both = reset.filter((name) => name in set);
	if (both.length > 0) {
		throw new ItemFailure(
			`${refusal}: ${listedNames(both)} cannot be set and reset at once`,
			'Remove the value, or remove the parameter from the ones to reset.',
		);
	}
	if (!isNothing({ set, reset })) return { set, reset };
	throw new ItemFailure(
		`${refusal}: no field of the input item has the name of a parameter`,
		declaredNames(parameters, words),
	);
}

async function carryOut(
	run: Run,
	{ skipsIfUnchanged }: Item,
	target: Target,
	change: Change,
): Promise<IDataObject> {
	const { parameters } = target.group;
	const before = skipsIfUnchanged ? await readValues(run, target) : undefined;
	const different = before === undefined ? change : differences(parameters, change, before);
	if (before !== undefined && isNothing(different)) return { ...outputOf(target, before), changed: false };
	const secrets = secretsOf(parameters, different.set);
	const after = await changeValues(run, target, { action: 'updated', ...different, secrets }, before);
	if (before === undefined) return outputOf(target, after);
	const changed = [...Object.keys(different.set), ...different.reset];
	return {
		...outputOf(target, after),
		changed: true,
		previous: selected(outputOf(target, before).configuration, changed),
	};
}

/** The values with the given names. */
function selected(values: IDataObject, names: string[]): IDataObject {
	return Object.fromEntries(names.filter((name) => name in values).map((name) => [name, values[name]]));
}

import type { INodeProperties } from 'n8n-workflow';

import { BLUEPRINT_ID, DEVICE_ID } from '../../fields/locators';
import { notice, toolNotice } from '../../fields/notice';
import { EXPAND, optionsField, parseExpand } from '../../fields/options';
import { parseBoolean, parseCollection, parseId } from '../../fields/parse';
import type { Operation } from '../../execution/operation';
import type { Change } from './changes';
import { planChanges } from './changes';
import { aboutDevice, deviceShape, isSameId } from './device';

const NOTICE = notice(
	'assignBlueprintNotice',
	'The device runs the new blueprint at once: what it measures, its commands and its alerts change with it. Meant for Lua and standalone devices. To be able to go back, keep the old blueprint ID: Skip If Already Assigned puts it out.',
);

const TOOL_NOTICE = toolNotice(
	'The model can put any blueprint on any device that it names. Turn on human review for this tool.',
);

const SKIP_IF_ASSIGNED: INodeProperties = {
	displayName: 'Skip If Already Assigned',
	name: 'skipIfAssigned',
	type: 'boolean',
	default: true,
	description:
		'Whether to leave a device alone that has this blueprint already. The output then says in "changed" whether it was assigned, and in "previous_blueprint_id" what the device had before.',
};

/** Changes the blueprint of a device. */
export const assignBlueprint: Operation<Change> = {
	option: {
		name: 'Assign Blueprint',
		value: 'assignBlueprint',
		action: 'Assign a blueprint to a device',
		description: 'Change the blueprint of a device, and with it what the device can do',
	},
	fields: [DEVICE_ID, BLUEPRINT_ID, NOTICE, TOOL_NOTICE, optionsField(EXPAND, SKIP_IF_ASSIGNED)],

	prepare(parameters) {
		const named = parseId(parameters.get('deviceId', ''), 'Device');
		const blueprintId = parseId(parameters.get('blueprintId', ''), 'Blueprint');
		const options = parseCollection(parameters.get('options', {}), 'Options');
		return {
			named,
			query: parseExpand(options),
			skipsIfDone: parseBoolean(options.skipIfAssigned, 'Skip If Already Assigned'),
			isDone: ({ blueprint_id }) => isSameId(blueprint_id, blueprintId),
			apply: async ({ client }, id, query) =>
				await client.call({
					method: 'POST',
					path: ['devices', id, 'assign_blueprint'],
					query,
					body: { blueprint_id: blueprintId },
					response: deviceShape(id),
					isIdempotent: true,
					explain: aboutDevice(named, {
						404: 'Check the IDs of the device and of the blueprint, and that the API Token can see both.',
					}),
				}),
			more: (before) =>
				before?.blueprint_id === undefined ? {} : { previous_blueprint_id: before.blueprint_id },
		};
	},

	plan: planChanges,
};

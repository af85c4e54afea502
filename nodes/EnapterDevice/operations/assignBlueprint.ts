import type { INodeProperties } from 'n8n-workflow';

import { DEVICE } from '../api';
import { flag, identifier } from '../fields/checks';
import { BLUEPRINT_ID, DEVICE_ID } from '../fields/locators';
import { collection, EXPAND, expandQuery, optionsField } from '../fields/options';
import { getDevice } from '../transport/device';
import type { Operation } from './operation';

const SKIP_IF_ASSIGNED: INodeProperties = {
	displayName: 'Skip If Already Assigned',
	name: 'skipIfAssigned',
	type: 'boolean',
	default: false,
	description:
		'Whether to leave a device alone that has this blueprint already. The output then says in "changed" whether it was assigned.',
};

/** Changes the blueprint of a device. */
export const assignBlueprint: Operation = {
	option: {
		name: 'Assign Blueprint',
		value: 'assignBlueprint',
		action: 'Assign a blueprint to a device',
		description: 'Change the blueprint of a device, and with it what the device can do',
	},
	fields: [DEVICE_ID, BLUEPRINT_ID, optionsField(EXPAND, SKIP_IF_ASSIGNED)],

	prepare(read) {
		const id = identifier(read('deviceId', ''), 'Device');
		const blueprintId = identifier(read('blueprintId', ''), 'Blueprint');
		const options = collection(read('options', {}), 'Options');
		const query = expandQuery(options);
		const skips = flag(options.skipIfAssigned, 'Skip If Already Assigned');
		return async ({ client }) => {
			if (skips) {
				const present = await getDevice(client, id, query);
				if (present.blueprint_id === blueprintId) return [{ json: { ...present, changed: false } }];
			}
			const device = await client.call({
				method: 'POST',
				path: ['devices', id, 'assign_blueprint'],
				query,
				body: { blueprint_id: blueprintId },
				answer: DEVICE,
				repeatable: true,
				advice: {
					404: 'Check the IDs of the device and of the blueprint, and that the API Token can see both.',
				},
			});
			return [{ json: skips ? { ...device, changed: true } : device }];
		};
	},
};

import { identifier } from '../fields/checks';
import { DEVICE_ID } from '../fields/locators';
import { collection, EXPAND, expandQuery, optionsField } from '../fields/options';
import { getDevice } from '../transport/device';
import type { Operation } from './operation';

/** Gets one device. */
export const get: Operation = {
	option: {
		name: 'Get',
		value: 'get',
		action: 'Get a device',
		description: 'Retrieve one device by its ID or slug',
	},
	fields: [DEVICE_ID, optionsField(EXPAND)],

	prepare(read) {
		const id = identifier(read('deviceId', ''), 'Device');
		const query = expandQuery(collection(read('options', {}), 'Options'));
		return async ({ client }) => [{ json: await getDevice(client, id, query) }];
	},
};

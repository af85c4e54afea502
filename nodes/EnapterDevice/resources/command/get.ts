import { DEVICE_ID } from '../../fields/locators';
import { optionsField } from '../../fields/options';
import { parseBoolean, parseCollection, parseId } from '../../fields/parse';
import type { Operation } from '../../execution/operation';
import { eachItem } from '../../execution/operation';
import { aboutDevice } from '../device/device';
import { EXECUTION } from './execution';
import { EXECUTION_ID, LOG } from './fields';

interface Item {
	named: string;
	executionId: string;
	withLog: boolean;
}

/** Gets what became of a command. */
export const get: Operation<Item> = {
	option: {
		name: 'Get',
		value: 'get',
		action: 'Get a command execution',
		description: 'Retrieve what became of a command, by the ID of its execution',
	},
	fields: [DEVICE_ID, EXECUTION_ID, optionsField(LOG)],

	prepare(parameters) {
		const options = parseCollection(parameters.get('options', {}), 'Options');
		return {
			named: parseId(parameters.get('deviceId', ''), 'Device'),
			executionId: parseId(parameters.get('executionId', ''), 'Execution ID'),
			withLog: parseBoolean(options.log, 'Include Log'),
		};
	},

	plan: eachItem(async ({ named, executionId, withLog }, { client }) => {
		const about = aboutDevice(named);
		const execution = await client.call({
			method: 'GET',
			path: ['devices', named, 'command_executions', executionId],
			query: withLog ? { expand: 'log' } : {},
			response: EXECUTION,
			isIdempotent: true,
			explain: (failure) =>
				failure.isFromApi && failure.status === 404
					? {
							reason: `Device "${named}" has no execution "${executionId}", or there is no such device`,
							advice: 'Check both IDs. An ephemeral execution is deleted after 24 hours.',
						}
					: about(failure),
		});
		return [{ json: execution }];
	}),
};

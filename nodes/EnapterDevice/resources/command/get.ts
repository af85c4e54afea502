import type { Task } from '../../execution/operation';
import { defineOperation } from '../../execution/operation';
import { DEVICE, nameOfRef } from '../../fields/locators';
import { options } from '../../fields/options';
import { getOrCreate } from '../../transport/memo';
import { aboutDevice, canonicalId } from '../device/device';
import { EXECUTION } from './execution';
import { EXECUTION_ID, LOG } from './fields';
import { ExecutionRedaction } from './executionRedaction';

/** Gets command executions, each once however many items name it. */
export const get = defineOperation({
	option: {
		name: 'Get',
		value: 'get',
		action: 'Get a command execution',
		description: 'Get a command execution by its ID',
	},
	fields: [DEVICE, EXECUTION_ID, options(LOG)],
	isIdempotent: true,

	prepare: ({ deviceId, executionId, options: { log } }) => ({
		ref: deviceId,
		executionId,
		withLog: log,
	}),

	plan(items, run) {
		const { client } = run;
		const redaction = new ExecutionRedaction(
			run,
			items.map(({ ref }) => ref),
		);
		const tasks = new Map<string, Task>();
		return {
			items: items.map(({ ref, executionId, withLog }) =>
				getOrCreate(tasks, JSON.stringify([canonicalId(ref.id), executionId, withLog]), () => ({
					run: async () => {
						const execution = await client.call({
							method: 'GET',
							path: ['devices', canonicalId(ref.id), 'command_executions', executionId],
							query: withLog ? { expand: 'log' } : {},
							response: EXECUTION,
							isIdempotent: true,
							explain: (failure) =>
								failure.isFromApi && failure.status === 404
									? {
											reason: `Device ${nameOfRef(ref)} has no execution "${executionId}", or the device does not exist`,
											advice: 'Check both IDs. An ephemeral execution is deleted after 24 hours.',
										}
									: aboutDevice({ ref })(failure),
						});
						const redacted = await redaction.redact([execution], ref);
						return redacted.map((json) => ({ json }));
					},
				})),
			),
		};
	},
});

import type { INodeExecutionData } from 'n8n-workflow';

import type { Emulator } from '../../emulator/server.mts';
import { runNode, type RunOptions } from './engine.mts';
import { byId } from './locators.mts';

export type Execution = Partial<Omit<RunOptions, 'parameters'>> & { parameters?: Record<string, unknown> };

/** Executes a command with its arguments as JSON. */
export async function execute(
	emulator: Emulator,
	deviceId: string,
	commandName: string,
	args: unknown = {},
	{ parameters, ...rest }: Execution = {},
) {
	return await runNode({
		emulator,
		...rest,
		parameters: {
			resource: 'command',
			operation: 'execute',
			deviceId: byId(deviceId),
			commandName: byId(commandName),
			argumentsMode: 'json',
			argumentsJson: typeof args === 'string' ? args : JSON.stringify(args),
			...parameters,
		},
	});
}

/** The same, for a run that fails. */
export async function fails(...run: Parameters<typeof execute>) {
	const { error } = await execute(...run);
	if (error === undefined) throw new Error('The run did not fail');
	return { message: error.message, description: String(error.description) };
}

export const json = (output: INodeExecutionData[]) => output.map((item) => item.json);

export const requestsOf = ({ requests }: Emulator) =>
	requests.map(({ method, path }) => `${method} ${path.split('?')[0]}`);

export const writesOf = ({ requests }: Emulator) => requests.filter(({ method }) => method === 'POST');

/** Changes how the blueprint of a device declares a command, in this emulator only. */
export function declare({ fleet }: Emulator, device: string, command: string, change: object): void {
	const { blueprint_id: id } = fleet.get(device);
	const blueprint = fleet.blueprints.get(id);
	const declared = blueprint?.manifest.commands?.[command];
	if (blueprint === undefined || declared === undefined) throw new Error(`${device} has no ${command}`);
	const commands = { ...blueprint.manifest.commands, [command]: { ...declared, ...change } };
	const manifest = { ...blueprint.manifest, commands };
	(fleet.blueprints as Map<string, typeof blueprint>).set(id, { ...blueprint, manifest });
}

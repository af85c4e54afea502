import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { UserError } from 'n8n-workflow';

import { DEVICE_ID } from '../../fields/locators';
import { toolNotice } from '../../fields/notice';
import { chosenToggle, optionsFieldWithTimeout } from '../../fields/options';
import { parseBoolean, parseCollection, parseId } from '../../fields/parse';
import { EnapterApiError, NotSentError } from '../../transport/errors';
import { isObject } from '../../transport/json';
import { shorten } from '../../transport/text';
import type { ExpandedDevice } from '../device/device';
import { Fleet } from '../device/fleet';
import type { Lookup } from '../device/fleet';
import type { Manifest } from '../device/manifest';
import { Manifests } from '../device/manifest';
import type { Operation, PlannedItem } from '../../execution/operation';
import type { GivenArguments } from './arguments';
import { checkArguments, parseArguments } from './arguments';
import type { Command } from './commands';
import { commandsOf, findCommand, isBelow } from './commands';
import type { Order } from './executions';
import { Executions } from './executions';
import { ARGUMENTS, ARGUMENTS_JSON, ARGUMENTS_MODE, COMMAND_NAME, LOG } from './fields';

const TIMEOUT = 120_000;

const TIMEOUT_DESCRIPTION =
	'How long to wait for the end of a command, and for any other response, in milliseconds: 2 minutes, unless you change it. A command that takes longer goes on. Taken from the first item.';

const CONFIRM: INodeProperties = {
	displayName: 'Confirm',
	name: 'confirm',
	type: 'boolean',
	noDataExpression: true,
	default: false,
	description:
		'Whether to execute a command that asks for confirmation, without asking. It stays on when you choose another command or device.',
};

const EPHEMERAL: INodeProperties = {
	displayName: 'Ephemeral',
	name: 'ephemeral',
	type: 'boolean',
	default: false,
	description: 'Whether Enapter is to keep the execution out of its lists, and delete it after 24 hours',
};

const WAIT: INodeProperties = {
	displayName: 'Wait for Completion',
	name: 'waitForCompletion',
	type: 'boolean',
	default: true,
	description:
		'Whether to wait until the command has ended, and fail where the device fails. Otherwise the output is the execution as it was begun, to be read later with Get.',
};

const TOOL_NOTICE = toolNotice(
	'The model can execute any command that the API Token may, on any device that it names. Turn on human review for this tool. Confirm cannot be left to the model: while it is off, commands that ask for confirmation are refused; turned on, the model can execute those, too.',
);

interface Item {
	named: string;
	commandName: string;
	given: GivenArguments;
	isConfirmed: boolean;
	isTool: boolean;
	isAwaited: boolean;
	isEphemeral: boolean;
	withLog: boolean;
}

/** Executes commands on devices, each once, checked against the manifests of the devices before the first is sent. */
export const execute: Operation<Item> = {
	option: {
		name: 'Execute',
		value: 'execute',
		action: 'Execute a command on a device',
		description: 'Tell a device what to do, and wait for what becomes of it',
	},
	fields: [
		DEVICE_ID,
		COMMAND_NAME,
		ARGUMENTS_MODE,
		ARGUMENTS,
		ARGUMENTS_JSON,
		TOOL_NOTICE,
		optionsFieldWithTimeout(TIMEOUT, TIMEOUT_DESCRIPTION, CONFIRM, EPHEMERAL, LOG, WAIT),
	],

	prepare(parameters) {
		const options = parseCollection(parameters.get('options', {}), 'Options');
		return {
			named: parseId(parameters.get('deviceId', ''), 'Device'),
			commandName: parseId(parameters.get('commandName', ''), 'Command'),
			given: parseArguments(parameters),
			isConfirmed: chosenToggle(parameters, CONFIRM),
			isTool: parameters.isTool,
			isAwaited: parseBoolean(options.waitForCompletion ?? true, 'Wait for Completion'),
			isEphemeral: parseBoolean(options.ephemeral, 'Ephemeral'),
			withLog: parseBoolean(options.log, 'Include Log'),
		};
	},

	async plan(items, run) {
		const names = new Set(items.map(({ named }) => named));
		// The manifest of a single device comes with it.
		const fleet = new Fleet(run.client, names.size === 1 ? { expand: 'manifest' } : {});
		const lookups = await fleet.find(items.map(({ named }) => named));
		const manifests = new Manifests(run.client);
		const executions = new Executions(run);
		return await Promise.all(
			items.map(async (item, index): Promise<PlannedItem> => {
				const order = await check(item, lookups[index], manifests).catch((error: unknown) => {
					if (error instanceof NotSentError) throw error;
					return { error };
				});
				if ('error' in order) return order;
				return async () => [
					{ json: await (item.isAwaited ? executions.execute(order) : executions.begin(order)) },
				];
			}),
		);
	},
};

/**
 * Checks an item against what the API says of its device.
 *
 * @throws UserError when the command cannot be executed, EnapterApiError when the API refuses
 */
async function check(item: Item, lookup: Lookup | undefined, manifests: Manifests): Promise<Order> {
	const { named, commandName, isEphemeral, withLog } = item;
	if (lookup === undefined) throw new UserError(`Device "${named}" was not looked up.`);
	if ('error' in lookup) throw lookup.error;
	const { device } = lookup;
	const commands = commandsOf(await manifestOf(named, device, manifests));
	const command = findCommand(commands, commandName);
	if (command === undefined) throw notFound(named, commandName, commands);
	const args: IDataObject = checkArguments(command, item.given);
	if (isBelow(device.authorized_role, command.accessLevel)) {
		throw new UserError(
			`"${command.displayName}" on device "${named}" needs the role ${command.accessLevel}; the API Token has ${device.authorized_role ?? 'another'}.`,
			{ description: 'Use the API Token of someone with a higher role on this device.' },
		);
	}
	if (command.confirmation !== undefined && !item.isConfirmed) throw unconfirmed(item, command);
	return { named, device, command, arguments: args, isEphemeral, withLog };
}

async function manifestOf(named: string, device: ExpandedDevice, manifests: Manifests): Promise<Manifest> {
	const manifest = isObject(device.manifest)
		? device.manifest
		: await manifests.of(device).catch((error: unknown) => {
				throw error instanceof EnapterApiError
					? error.with({
							reason: `The commands of device "${named}" could not be read: ${error.message}`,
							advice: 'A command is not executed unless it can be checked before. Try again later.',
						})
					: error;
			});
	if (Object.keys(manifest).length > 0) return manifest;
	throw new UserError(`Device "${named}" has no manifest, so that nothing is known of its commands.`, {
		description:
			'A command is not executed unless it can be checked before. Assign a blueprint to the device, or try again later.',
	});
}

function notFound(named: string, name: string, commands: Map<string, Command>): UserError {
	const names = [...commands.keys()];
	return new UserError(`Device "${named}" has no command "${shorten(name, 64)}".`, {
		description:
			names.length === 0
				? 'Its blueprint declares no commands at all.'
				: `It has: ${shorten(names.join(', '), 1000)}. Choose one of them.`,
	});
}

function unconfirmed({ named, isTool }: Item, { displayName, confirmation }: Command): UserError {
	return new UserError(
		`"${displayName}" on device "${named}" asks for confirmation${confirmation === '' ? '' : `: ${confirmation}`}`,
		{
			description: isTool
				? 'A person has to turn on Confirm in the options of this tool; a model cannot confirm.'
				: 'To execute it, turn on Confirm in the options.',
		},
	);
}

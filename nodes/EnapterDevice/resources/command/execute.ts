import type { IDataObject } from 'n8n-workflow';

import type { Output, Task } from '../../execution/operation';
import { defineOperation } from '../../execution/operation';
import { shownIf, withDefault } from '../../fields/field';
import {
	DRY_RUN_TOOL_NOTICE,
	HUMAN_REVIEW,
	notice,
	personToggle,
	toggle,
	toolNotice,
} from '../../fields/kinds';
import type { Ref } from '../../fields/locators';
import { DEVICE, nameOfRef } from '../../fields/locators';
import { DRY_RUN, optionsWithTimeout } from '../../fields/options';
import { upperCase } from '../../transport/enums';
import { consequencesOf, EnapterApiError, ItemFailure } from '../../transport/errors';
import { counted, listedNames, sentences } from '../../transport/text';
import type { ExpandedDevice } from '../device/device';
import { canonicalId, identityOf, isBelow, nameOfDevice, namesIn } from '../device/device';
import { FEW, Fleet, planForDevices } from '../device/fleet';
import type { Manifest } from '../device/manifest';
import { Manifests } from '../device/manifest';
import type { GivenValues } from '../device/parameters';
import { checkParameters, NO_VALUES, redactSensitive } from '../device/parameters';
import type { Command } from './commands';
import { commandsOf, findCommand } from './commands';
import { filledIn, isUnchanged, readCurrent } from './currentValues';
import { unclearResult } from './execution';
import type { Order } from './executions';
import { Executions, namesOf, refusalOf } from './executions';
import { ARGUMENTS, ARGUMENTS_JSON, ARGUMENTS_MODE, COMMAND, LOG } from './fields';
import { redactExecution } from './redaction';

/** Default Timeout, in milliseconds: commands take longer than reads. */
const TIMEOUT = 120_000;

const TIMEOUT_DESCRIPTION =
	"Maximum time to wait for a command to finish, in milliseconds. A command that takes longer is not stopped. Reads have their own limits. Uses the first item's value.";

const CONFIRM = personToggle({
	displayName: 'Confirm',
	name: 'confirm',
	type: 'boolean',
	default: true,
	description:
		'Whether to run commands that need confirmation. Stays on if you change the command or device.',
});

const EPHEMERAL = toggle({
	displayName: 'Ephemeral',
	name: 'ephemeral',
	type: 'boolean',
	default: true,
	description: 'Whether Enapter should hide the execution from lists and delete it after 24 hours',
});

const FILL_IN = toggle({
	displayName: 'Fill In Current Values',
	name: 'fillInCurrentValues',
	type: 'boolean',
	noDataExpression: true,
	default: true,
	description:
		'Whether to keep the current value of every argument that you leave blank, except sensitive ones, which you must give. To read the values, a command that the blueprint names for this is run on the device first. Changing this clears the form.',
});

const SKIP_IF_UNCHANGED = toggle({
	displayName: 'Skip If Unchanged',
	name: 'skipIfUnchanged',
	type: 'boolean',
	default: true,
	description:
		'Whether to skip the command if its arguments equal the current values. To read the values, a command that the blueprint names for this is run on the device first. Adds a "changed" field to the output.',
});

const WAIT = withDefault(
	toggle({
		displayName: 'Wait for Completion',
		name: 'waitForCompletion',
		type: 'boolean',
		default: true,
		description:
			'Whether to wait for the command to finish and fail the item if it fails. If off, the item contains the started execution; check it later with Get.',
	}),
	true,
);

const TOOL_NOTICE = toolNotice(
	`The AI can run any command that the API Token allows, except those that need confirmation, on any device that you let it choose. ${HUMAN_REVIEW}`,
	{ option: 'confirm', isOn: false },
);

const CONFIRMED_TOOL_NOTICE = toolNotice(
	`The AI can run any command that the API Token allows, on any device that you let it choose. Because Confirm is on, this includes commands that need confirmation. ${HUMAN_REVIEW}`,
	{ option: 'confirm', isOn: true },
);

/** Only for people: an AI tool has its own notice. */
const CONFIRM_NOTICE = shownIf(
	notice(
		'confirmNotice',
		'Confirm is on, and stays on if you change the command or the device. Check both before you run this.',
	),
	{ '@tool': [false], '/options.confirm': [true] },
);

interface Item {
	ref: Ref;
	command: Ref;
	given: GivenValues;
	isConfirmed: boolean;
	/** A dry run needs no confirmation. */
	isDryRun: boolean;
	isTool: boolean;
	isAwaited: boolean;
	isEphemeral: boolean;
	withLog: boolean;
	fillsIn: boolean;
	skipsIfUnchanged: boolean;
}

/** Runs commands on devices, each once, checked against the devices' manifests before the first is sent. */
export const execute = defineOperation({
	option: {
		name: 'Execute',
		value: 'execute',
		action: 'Execute a command on a device',
		description: 'Send a command to a device and wait for the result',
	},
	fields: [
		DEVICE,
		COMMAND,
		ARGUMENTS_MODE,
		ARGUMENTS,
		ARGUMENTS_JSON,
		CONFIRM_NOTICE,
		TOOL_NOTICE,
		CONFIRMED_TOOL_NOTICE,
		DRY_RUN_TOOL_NOTICE,
		optionsWithTimeout(
			TIMEOUT,
			TIMEOUT_DESCRIPTION,
			CONFIRM,
			DRY_RUN,
			EPHEMERAL,
			FILL_IN,
			LOG,
			SKIP_IF_UNCHANGED,
			WAIT,
		),
	],
	isIdempotent: false,

	dryRunSummary(outputs) {
		const unconfirmed = outputs.filter(({ needs_confirmation: needed }) => needed === true).length;
		const withStatus = (status: string) =>
			namesIn(outputs.filter(({ connectivity }) => upperCase(connectivity) === status));
		const offline = withStatus('OFFLINE');
		const unknown = withStatus('UNKNOWN');
		return sentences(
			`${counted(outputs.length, 'command')} would be sent to ${namesIn(outputs)}`,
			unconfirmed === 0
				? ''
				: `${unconfirmed} of them ${unconfirmed === 1 ? 'needs' : 'need'} Options → Confirm`,
			offline === '' ? '' : `Offline: ${offline}`,
			unknown === '' ? '' : `May be offline: ${unknown}`,
		);
	},

	prepare: ({ deviceId, commandName, arguments: form, argumentsJson, options }, { isTool }): Item => ({
		ref: deviceId,
		command: commandName,
		given: form ?? argumentsJson ?? NO_VALUES,
		isConfirmed: options.confirm,
		isDryRun: options.dryRun,
		isTool,
		isAwaited: options.waitForCompletion,
		isEphemeral: options.ephemeral,
		withLog: options.log,
		fillsIn: options.fillInCurrentValues,
		skipsIfUnchanged: options.skipIfUnchanged,
	}),

	async plan(items, run) {
		const ids = new Set(items.map(({ ref }) => canonicalId(ref.id)));
		// The manifests of a few devices come with them.
		const fleet = new Fleet(run.client, ['connectivity', ...(ids.size <= FEW ? ['manifest'] : [])]);
		const lookups = await fleet.find(items.map(({ ref }) => ref));
		const manifests = new Manifests(run.client);
		const executions = new Executions(run);
		return {
			items: await planForDevices(items, lookups, async (item, device) => {
				const commands = commandsOf(await manifestOf(device, item, manifests));
				return taskOf(plannedOf(item, device, commands), executions);
			}),
		};
	},
});

/** An item that was checked. */
interface Planned {
	/** The command. Its arguments are complete unless current values are filled in. */
	order: Order;
	item: Item;
	/** The command that reads the current values, if they are needed. */
	read?: Order;
}

/** @throws ItemFailure if the command cannot be sent */
function plannedOf(item: Item, device: ExpandedDevice, commands: Map<string, Command>): Planned {
	const command = findCommand(commands, item.command.id);
	if (command === undefined) throw commandNotFound(item.command, device, commands);
	const refusal = refusalOf({ command, device });
	const { given, isAwaited, isEphemeral, withLog, fillsIn, skipsIfUnchanged } = item;
	const words = { refusal, owner: command.displayName, noun: 'argument' };
	const args = checkParameters(command.arguments, given, words, fillsIn);
	const order = { device, command, arguments: args, isAwaited, isEphemeral, withLog };
	checkMayRun(command, device, item, refusal);
	if (fillsIn) checkSecretsAreGiven(order, refusal);
	if (!fillsIn && !skipsIfUnchanged) return { order, item };
	const read = readOrderOf(order, item, commands, refusal);
	const compared = fillsIn ? command.arguments : Object.keys(args);
	if (skipsIfUnchanged && compared.length === 0) {
		throw new ItemFailure(
			`${refusal}: it has no arguments to compare with the current values`,
			'Give arguments, or turn off Skip If Unchanged in the options.',
		);
	}
	return { order, item, read };
}

/**
 * The current value of a sensitive argument may be read as a mask, such as `********`, and must not be sent back. Not sending the
 * argument may clear it.
 *
 * @throws ItemFailure if a sensitive argument is not given
 */
function checkSecretsAreGiven({ command, arguments: args }: Order, refusal: string): void {
	const missing = command.arguments.filter(
		({ name, isSensitive }) => isSensitive && !Object.hasOwn(args, name),
	);
	if (missing.length === 0) return;
	const names = listedNames(missing.map(({ displayName }) => displayName));
	throw new ItemFailure(
		missing.length === 1
			? `${refusal}: ${names} is sensitive, so its current value cannot be read back`
			: `${refusal}: ${names} are sensitive, so their current values cannot be read back`,
		`Give ${missing.length === 1 ? 'a value for it' : 'values for them'}, or turn off Fill In Current Values in the options and give all arguments.`,
	);
}

/** The command that reads the current values of the arguments of an order. */
function readOrderOf(order: Order, item: Item, commands: Map<string, Command>, refusal: string): Order {
	const { device, command } = order;
	const read = command.readCommand === undefined ? undefined : findCommand(commands, command.readCommand);
	if (read === undefined) {
		throw new ItemFailure(
			`${refusal}: its current values cannot be read, because the blueprint ${command.readCommand === undefined ? 'names no command for that' : `does not declare the command "${command.readCommand}" that it names for that`}`,
			'Turn off Fill In Current Values and Skip If Unchanged in the options, and give all arguments.',
		);
	}
	const reading = `${refusal}: its current values cannot be read`;
	checkMayRun(read, device, item, `${reading} with ${read.displayName}`);
	checkParameters(read.arguments, NO_VALUES, { refusal: reading, owner: read.displayName, noun: 'argument' });
	return { ...order, command: read, arguments: {}, isAwaited: true, withLog: false };
}

/** @throws ItemFailure if the role of the API Token is too low, or a confirmation is missing */
function checkMayRun(
	{ accessLevel, confirmation }: Command,
	{ authorized_role: role }: ExpandedDevice,
	{ isConfirmed, isDryRun, isTool }: Item,
	refusal: string,
): void {
	if (isBelow(role, accessLevel)) {
		throw new ItemFailure(
			`${refusal}: it needs the role ${accessLevel}, which is higher than ${String(role).toUpperCase()}, the role of the API Token`,
			'Use the API Token of someone with a higher role on this device.',
		);
	}
	if (confirmation === undefined || isConfirmed || isDryRun) return;
	throw new ItemFailure(
		`${refusal}: it needs confirmation${confirmation === '' ? '' : ` ("${confirmation}")`}`,
		isTool
			? 'A person must turn on Confirm in the options of this tool; a language model cannot confirm.'
			: 'To send it, turn on Options → Confirm.',
	);
}

/** @throws EnapterApiError or ItemFailure if the manifest cannot be read: then nothing about the command can be checked */
async function manifestOf(device: ExpandedDevice, item: Item, manifests: Manifests): Promise<Manifest> {
	const name = nameOfDevice(device);
	const refusal = `${nameOfRef(item.command)} was not sent to ${name}`;
	const manifest = await manifests.of(device).catch((error: unknown) => {
		if (!(error instanceof EnapterApiError)) throw error;
		throw error.with({
			reason: `${refusal}: the commands of the device could not be read: ${error.requestFailure.reason}`,
			advice: 'Commands are only sent after they have been checked. Try again later.',
		});
	});
	if (Object.keys(manifest).length > 0) return manifest;
	throw new ItemFailure(
		`${refusal}: the device has no manifest, so its commands are unknown`,
		'Commands are only sent after they have been checked. Assign a blueprint to the device, or try again later.',
	);
}

function commandNotFound(ref: Ref, device: ExpandedDevice, commands: Map<string, Command>): ItemFailure {
	const names = [...commands.values()].map(({ name, displayName }) =>
		name === displayName ? name : `${displayName} (${name})`,
	);
	return new ItemFailure(
		`${nameOfDevice(device)} has no command ${nameOfRef(ref)}`,
		names.length === 0
			? 'Its blueprint declares no commands.'
			: `Its commands: ${listedNames(names, 30)}. Choose one of them.`,
	);
}

function taskOf(planned: Planned, executions: Executions): Task {
	const { order } = planned;
	return {
		keys: [canonicalId(order.device.id)],
		needsKnownOutcome: true,
		blockedBy: (error) =>
			new ItemFailure(
				sentences(`${refusalOf(order)} because of an earlier command`, ...consequencesOf(error)),
				'Check the item of the earlier command. Run this command when the earlier one has ended.',
			),
		run: async () => await carryOut(planned, executions),
		// Without `id` nothing was sent, because nothing would change.
		unclear: ([output]) =>
			output !== undefined && 'id' in output.json ? unclearResult(output.json, namesOf(order)) : undefined,
		preview: () => preview(planned),
	};
}

/** Reads the current values if they are needed, and sends the command unless nothing would change. */
async function carryOut({ order, item, read }: Planned, executions: Executions): Promise<Output[]> {
	const current = read === undefined ? undefined : await readCurrent(order, read, executions);
	const complete =
		current === undefined || !item.fillsIn ? order : { ...order, arguments: filledIn(order, current) };
	const { device, command, arguments: args } = complete;
	const names = { device_name: device.name ?? null, command_display_name: command.displayName };
	if (current !== undefined && item.skipsIfUnchanged && isUnchanged(complete, current)) {
		const redacted = redactSensitive(command.arguments, args);
		return [{ json: { device_id: device.id, ...names, changed: false, arguments: redacted } }];
	}
	const { execution, isRecovered } = await executions.execute(complete);
	return [
		{
			json: {
				...redactExecution(execution, command, args),
				...names,
				...(isRecovered ? { recovered: true } : {}),
				...(item.skipsIfUnchanged ? { changed: true } : {}),
			},
		},
	];
}

/** What would be sent. The command that reads current values is a command like any other, so it is not run. */
function preview({ order: { device, command, arguments: args }, item, read }: Planned): IDataObject {
	const status = device.connectivity?.status;
	const needsConfirmation =
		!item.isConfirmed && [command, read?.command].some((each) => each?.confirmation !== undefined);
	return {
		...identityOf(device),
		...(typeof status === 'string' ? { connectivity: status } : {}),
		command_name: command.name,
		command_display_name: command.displayName,
		arguments: redactSensitive(command.arguments, args),
		...(needsConfirmation ? { needs_confirmation: true } : {}),
		...(read === undefined
			? {}
			: {
					reads_current_values_with: read.command.name,
					note: `The current values are not part of a dry run. The real run reads them from the device with ${read.command.displayName}.`,
				}),
	};
}

import type { IDataObject } from 'n8n-workflow';

import type { Run } from '../../execution/run';
import { clock, wait } from '../../transport/clock';
import { upperCase } from '../../transport/enums';
import { EnapterApiError, ItemFailure, NotSentError, outcomeOfError } from '../../transport/errors';
import type { ResponseShape } from '../../transport/response';
import { duration, quotedIfNeeded, sentences } from '../../transport/text';
import type { ExpandedDevice } from '../device/device';
import { GONE_ADVICE, isSameId, nameOfDevice } from '../device/device';
import { secretsOf } from '../device/parameters';
import type { Command } from './commands';
import type { Execution, Names } from './execution';
import { EXECUTION, failureOf, isRunning, isUnknown, runningFailure, STARTED } from './execution';
import { EXPLAINING_SLOT_TIME, findLost, isOfCommand } from './lookup';
import { redactExecution } from './redaction';

/** A command that was checked and can be sent. */
export interface Order {
	device: ExpandedDevice;
	command: Command;
	arguments: IDataObject;
	/** Whether to wait until it has ended. */
	isAwaited: boolean;
	isEphemeral: boolean;
	withLog: boolean;
}

/** The execution of an order, and whether it was found in the list because the response was lost. */
export interface Result {
	execution: Execution;
	isRecovered: boolean;
}

/** A command that was sent. */
interface Sent extends Result {
	/** When to stop waiting for it, in milliseconds since 1970. */
	deadline: number;
}

/** Maximum time that a command occupies a slot, in milliseconds: the API only responds when the command has ended. */
const SLOT_TIME = 1_000;

/** Waits between two reads of a running execution, in milliseconds. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 5_000;

/** Longest time for reading an execution that was started without waiting, in milliseconds. */
const STARTED_TIMEOUT = 5_000;

/** Sends the commands of a run, each once, and follows their executions. */
export class Executions {
	/** IDs of executions that this run started. */
	private readonly own = new Set<string>();

	constructor(private readonly run: Run) {}

	/**
	 * Sends a command and, if wanted, waits until it has ended.
	 *
	 * @throws EnapterApiError if it was refused, ItemFailure if the device failed; either of them if the outcome is unknown
	 */
	async execute(order: Order): Promise<Result> {
		const { device } = order;
		if (!isOffline(device)) return await this.carryOut(order);
		const result = await this.carryOut(order).catch((error: unknown) => {
			if (outcomeOfError(error) === 'done') throw error;
			throw withMessage(error, (message) => sentences(message, `${nameOfDevice(device)} is offline`));
		});
		this.run.hints.add(nameOfDevice(device), offlineHint);
		return result;
	}

	private async carryOut(order: Order): Promise<Result> {
		const sent = await this.send(order).catch(async (error: unknown) => await this.recover(order, error));
		const { execution, isRecovered, deadline } = sent;
		this.own.add(execution.id);
		if (!order.isAwaited) {
			return { execution: await this.started(order, execution), isRecovered };
		}
		const ended = await this.follow(order, execution, deadline);
		const shown = redactExecution(ended, order.command, order.arguments);
		const failure = failureOf(shown, namesOf(order), secretsIn(order));
		if (failure !== undefined) throw failure;
		return { execution: ended, isRecovered };
	}

	private async send(order: Order): Promise<Sent> {
		const { device, command, arguments: args, isAwaited, isEphemeral } = order;
		const execution = await this.run.client.call({
			method: 'POST',
			path: ['devices', device.id, isAwaited ? 'execute_command' : 'command_executions'],
			...(isAwaited ? logQuery(order) : {}),
			body: { name: command.name, arguments: args, ...(isEphemeral ? { ephemeral: true } : {}) },
			response: isAwaited ? executionOf(order) : STARTED,
			isIdempotent: false,
			slotTime: SLOT_TIME,
			secrets: secretsIn(order),
			explain: ({ isFromApi, status = 0 }) => (isFromApi ? adviceFor(status, command) : {}),
		});
		return { execution, isRecovered: false, deadline: clock.now() + this.run.client.timeout };
	}

	/** Finds the execution of a command that may have been started although its response was lost. */
	private async recover(order: Order, error: unknown): Promise<Sent> {
		if (!(error instanceof EnapterApiError)) throw error;
		const names = namesOf(order);
		const { reason, sentAt = clock.now() } = error.requestFailure;
		if (error.outcome !== 'unknown') {
			throw error.with({ reason: `${names.command} was not run on ${names.device}: ${reason}` });
		}
		const unknown = (problem: string, prefix = '') =>
			error.with({
				reason: sentences(`${prefix}${isUnknown(names)}: ${reason}`),
				advice: sentences(problem, 'Check the device before you run the command again'),
				consequences: [isUnknown(names)],
			});
		if (order.isEphemeral)
			throw unknown(
				'Ephemeral executions are not listed, so the execution of this command cannot be looked up',
			);
		const { device, command } = order;
		const finding = await findLost(this.run, {
			deviceId: device.id,
			command,
			arguments: order.arguments,
			sentAt,
			others: this.own,
			secrets: secretsIn(order),
		}).catch((stopped: unknown) => {
			if (!(stopped instanceof NotSentError)) throw stopped;
			throw unknown('The execution of this command was not looked up', `${stopped.message}. `);
		});
		if ('problem' in finding) throw unknown(finding.problem);
		const { execution } = finding;
		this.run.hints.add(`${names.command} on ${names.device} (execution ${execution.id})`, recoveredHint);
		const isComplete = !isRunning(execution) && !order.withLog;
		return {
			execution: isComplete || !order.isAwaited ? execution : await this.read(order, execution.id),
			isRecovered: true,
			deadline: sentAt + this.run.client.timeout,
		};
	}

	/** An execution that was started, as it is now. It was started, whether or not it can be read. */
	private async started(order: Order, execution: Execution): Promise<Execution> {
		const { id } = execution;
		return await this.requestExecution(order, id, {
			timeout: Math.min(STARTED_TIMEOUT, this.run.client.timeout),
			slotTime: EXPLAINING_SLOT_TIME,
			isIdempotent: false,
		}).catch(() => ({ device_id: order.device.id, ...execution }));
	}

	private async follow(order: Order, started: Execution, deadline: number): Promise<Execution> {
		const { stop, client } = this.run;
		let current = started;
		for (let pause = FIRST_PAUSE; isRunning(current); pause = Math.min(pause * 2, LONGEST_PAUSE)) {
			const rest = deadline - clock.now();
			if (rest <= 0) throw runningFailure(current, namesOf(order), duration(client.timeout));
			await wait(Math.min(pause, rest), stop);
			current = await this.read(order, started.id);
		}
		return current;
	}

	/** @throws EnapterApiError if it cannot be read, ItemFailure if the run was stopped; the outcome of the command is unknown */
	private async read(order: Order, id: string): Promise<Execution> {
		const names = namesOf(order);
		const { command, device } = names;
		return await this.requestExecution(order, id).catch((error: unknown) => {
			if (error instanceof NotSentError) {
				throw new ItemFailure(
					sentences(error.message, `${command} was started on ${device}, but its result was not waited for`),
					`Check the result with Command → Get: execution ${id}.`,
					{ outcome: 'unknown', consequences: [isUnknown(names)] },
				);
			}
			if (!(error instanceof EnapterApiError)) throw error;
			throw error.with({
				reason: `${command} was started on ${device}, but its result could not be read: ${error.requestFailure.reason}`,
				advice: `Check the result with Command → Get before you run the command again: execution ${id}.`,
				outcome: 'unknown',
				consequences: [isUnknown(names)],
			});
		});
	}

	private async requestExecution(
		order: Order,
		id: string,
		limits: { timeout?: number; slotTime?: number; isIdempotent: boolean } = { isIdempotent: true },
	): Promise<Execution> {
		return await this.run.client.call({
			method: 'GET',
			path: ['devices', order.device.id, 'command_executions', id],
			...logQuery(order),
			response: executionOf(order),
			secrets: secretsIn(order),
			...limits,
		});
	}
}

/** The names of an order's command and device in messages. */
export function namesOf({ command, device }: Pick<Order, 'command' | 'device'>): Names {
	return { command: quotedIfNeeded(command.displayName), device: nameOfDevice(device) };
}

/** Says that a command was not sent. */
export function refusalOf(order: Pick<Order, 'command' | 'device'>): string {
	const { command, device } = namesOf(order);
	return `${command} was not sent to ${device}`;
}

/** The same error with another message. */
export function withMessage(error: unknown, change: (message: string) => string): unknown {
	if (error instanceof EnapterApiError) return error.with({ reason: change(error.requestFailure.reason) });
	return error instanceof ItemFailure ? error.withMessage(change(error.message)) : error;
}

function isOffline({ connectivity }: ExpandedDevice): boolean {
	return upperCase(connectivity?.status) === 'OFFLINE';
}

function secretsIn({ command, arguments: args }: Order): string[] {
	return secretsOf(command.arguments, args);
}

function logQuery({ withLog }: Order): { query?: IDataObject } {
	return withLog ? { query: { expand: 'log' } } : {};
}

/** An execution of an order. A response that names another device or command is rejected. */
function executionOf({ device, command }: Order): ResponseShape<Execution> {
	return {
		expected: 'an execution of this command',
		read(body, headers) {
			const execution = EXECUTION.read(body, headers);
			if (execution === undefined || !isOfCommand(execution, command)) return undefined;
			const { device_id: id } = execution;
			const isOfDevice = !id || isSameId(id, device.id) || id === device.slug;
			return isOfDevice ? execution : undefined;
		},
	};
}

function adviceFor(status: number, { accessLevel }: Command): { advice?: string } {
	switch (status) {
		case 403:
			return {
				advice: `Check that the API Token is valid, and that its role on this device is ${accessLevel} or higher: the command needs it.`,
			};
		case 404:
			return { advice: GONE_ADVICE };
		case 422:
			return {
				advice: 'Check the command in the blueprint of the device. The blueprint may have changed.',
			};
		default:
			return {};
	}
}

function recoveredHint(names: string): string {
	return `Found after the response was lost: ${names}. Each is the only new execution of its command with these arguments, but it is not certain that this run started it: somebody else may have started it.`;
}

function offlineHint(names: string): string {
	return `Offline when a command was sent: ${names}. Check that it was received.`;
}

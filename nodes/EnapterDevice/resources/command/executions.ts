import type { IDataObject } from 'n8n-workflow';
import { UserError } from 'n8n-workflow';

import { isBlank } from '../../fields/parse';
import { Sequence } from '../../execution/sequence';
import type { Run } from '../../execution/run';
import type { ApiCall } from '../../transport/client';
import { EnapterApiError, NotSentError } from '../../transport/errors';
import type { Page } from '../../transport/pagination';
import { PAGE_SIZE } from '../../transport/pagination';
import type { ResponseShape } from '../../transport/response';
import { duration, sentences } from '../../transport/text';
import { wait } from '../../transport/wait';
import { aboutDevice } from '../device/device';
import type { ExpandedDevice } from '../device/device';
import { isSame, secretsOf } from './arguments';
import type { Command } from './commands';
import type { Execution, Subject } from './execution';
import { EXECUTION, EXECUTION_ID, EXECUTIONS_PAGE, failureOf, isUnderWay } from './execution';

/** A command that is ready to be executed. */
export interface Order {
	/** The device as the user named it. */
	named: string;
	device: ExpandedDevice;
	command: Command;
	arguments: IDataObject;
	isEphemeral: boolean;
	withLog: boolean;
}

/** When to look for an execution whose begin was not confirmed, in milliseconds after each other: it may come late. */
const LOOKS = [0, 1_000, 2_000, 4_000];

/** Between two looks at an execution that goes on, in milliseconds. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 5_000;

/** How long reading an execution may take, in milliseconds; the timeout of the options is for the command. */
const READ_TIMEOUT = 30_000;

/** How much earlier than it was sent an execution may seem to be created, in milliseconds. */
const TOLERANCE = 2_000;

/** The same where the API does not say what time it is. */
const TOLERANCE_WITHOUT_CLOCK = 30_000;

/**
 * The executions of a run: none is begun twice, and those of one device follow each other in item order. Before each, those
 * that are there are noted: nothing else tells its own from one that was begun moments before, once its response is lost.
 */
export class Executions {
	private readonly sequence = new Sequence();

	/** Those that belong to an item of this run. */
	private readonly claimed = new Set<string>();

	/** By the ID of its device the command of this run that was waited for and may not have ended. */
	private readonly open = new Map<string, Command>();

	constructor(private readonly run: Run) {}

	/**
	 * Executes a command and waits until it has ended.
	 *
	 * @throws EnapterApiError when it was refused, the device failed, or what became of it cannot be known; UserError when
	 * it goes on and is not waited for any longer, or was not sent as the one before it goes on
	 */
	async execute(order: Order): Promise<Execution> {
		return await this.inTurn(order, async () => {
			const before = await this.before(order);
			const sent = new Moment();
			const begun = await this.send(order, 'execute_command', sent, {
				response: this.claiming(executionOf(order), ({ id }) => id),
				failureIn: (execution) => failureOf(execution, subjectOf(order)),
				...logQuery(order),
			}).catch(async (error: unknown) => {
				const { id } = await this.find(order, before, sent, error);
				return await this.look(order, id);
			});
			return await this.follow(order, begun, this.run.client.timeout - (Date.now() - sent.time));
		}).catch((error: unknown) => {
			const { device, command } = order;
			if (mayGoOn(error)) this.open.set(device.id, this.open.get(device.id) ?? command);
			throw error;
		});
	}

	/**
	 * Begins to execute a command.
	 *
	 * @returns the execution as it is right after
	 * @throws EnapterApiError when it was refused, or whether it was begun cannot be known; UserError when it was not sent as
	 * the one before it goes on
	 */
	async begin(order: Order): Promise<Execution> {
		return await this.inTurn(order, async () => {
			const before = await this.before(order);
			const sent = new Moment();
			const begun = await this.send(order, 'command_executions', sent, {
				response: this.claiming(EXECUTION_ID, (id) => id),
			})
				.then((id): Execution => ({ id, device_id: order.device.id }))
				.catch(async (error: unknown) => await this.find(order, before, sent, error));
			// It is begun, whether or not it can be read.
			return await this.read(order, begun.id, {}).catch(() => begun);
		});
	}

	/** Does what is to be done for a command after all commands before it to the same device have ended. */
	private async inTurn<T>(order: Order, task: () => Promise<T>): Promise<T> {
		const { named, device, command } = order;
		return await this.sequence.follow([device.id], async () => {
			const earlier = this.open.get(device.id);
			if (earlier === undefined) return await task();
			throw new UserError(
				`"${command.displayName}" on device "${named}" was not sent, as "${earlier.displayName}" before it may not have ended.`,
				{ description: 'The item of the earlier command says more. Execute this one after that has ended.' },
			);
		});
	}

	private async send<T>(
		{ named, device, command, arguments: args, isEphemeral }: Order,
		endpoint: string,
		sent: Moment,
		expectation: Pick<ApiCall<T>, 'response' | 'failureIn' | 'query'>,
	): Promise<T> {
		return await this.run.client.call({
			...expectation,
			method: 'POST',
			path: ['devices', device.id, endpoint],
			body: { name: command.name, arguments: args, ...(isEphemeral ? { ephemeral: true } : {}) },
			isIdempotent: false,
			onSend: () => sent.isNow(),
			secrets: secretsOf(command, args),
			explain: aboutDevice(named, {
				403: `Check that the API Token is still good, and that its role on this device is ${command.accessLevel} or higher: the command needs that.`,
				422: 'Check what the blueprint of the device says of the command; it may have changed.',
			}),
		});
	}

	/** What tells of an execution: it belongs to the item that sent the request. */
	private claiming<T>(shape: ResponseShape<T>, idOf: (value: T) => string): ResponseShape<T> {
		return {
			...shape,
			read: (body, headers) => {
				const value = shape.read(body, headers);
				if (value !== undefined) this.claimed.add(idOf(value));
				return value;
			},
		};
	}

	/**
	 * The executions that are there before a command is sent: none of them is its own. Nothing when they cannot be read,
	 * which keeps no command from being sent.
	 *
	 * @throws NotSentError when the run was stopped
	 */
	private async before(order: Order): Promise<Set<string> | undefined> {
		if (order.isEphemeral) return undefined;
		return await this.list(order).then(
			({ entries }) => new Set(entries.map(({ id }) => id)),
			(error: unknown) => {
				if (error instanceof NotSentError) throw error;
				return undefined;
			},
		);
	}

	/**
	 * Finds the execution of a command that may have been begun without a word, instead of sending it again.
	 *
	 * @param before the executions that were there before it was sent, where they could be read
	 * @throws what it was given, when it was not begun; EnapterApiError when it cannot be known which execution it is
	 */
	private async find(
		order: Order,
		before: Set<string> | undefined,
		sent: Moment,
		error: unknown,
	): Promise<Execution> {
		if (!(error instanceof EnapterApiError) || !error.isOutcomeUnknown) throw error;
		const { named, command, isEphemeral } = order;
		const unknown = (advice: string, ...details: string[]) =>
			error
				.with({
					reason: `Whether "${command.displayName}" on device "${named}" was begun is unknown: ${error.message}`,
					advice,
				})
				.withDetails(...details);
		if (isEphemeral) {
			throw unknown(
				'An ephemeral execution is not listed, so it could not be looked for. Look at the device before you execute the command again.',
			);
		}
		let result = '';
		for (const pause of LOOKS) {
			await wait(pause, this.run.signal);
			result = 'No execution of it was found';
			const candidates = await this.candidates(order, sent).catch((reason: unknown) => {
				result =
					reason instanceof NotSentError
						? 'The run was stopped before its execution could be looked for'
						: `Its executions could not be read: ${(reason as Error).message}`;
				return [];
			});
			const [found, ...others] = candidates.filter(({ id }) => before?.has(id) !== true);
			if (found === undefined) continue;
			if (before === undefined || others.length > 0) {
				throw unknown(
					'An execution like it was found, which may be an earlier one or that of somebody else. Look at it with Get, and at the device, before you execute the command again.',
					...[found, ...others].map(({ id, created_at: time }) => `Execution ${id}, created at ${time}`),
				);
			}
			this.claimed.add(found.id);
			return found;
		}
		throw unknown(
			sentences(
				result,
				'Look at the device, and at its executions with Get Many, before you execute the command again',
			),
		);
	}

	/** The executions, newest first, that a command just sent may have begun. */
	private async candidates(order: Order, sent: Moment): Promise<Execution[]> {
		const { command } = order;
		const { entries, ahead } = await this.list(order);
		const since = sent.time + (ahead ?? -TOLERANCE_WITHOUT_CLOCK) - TOLERANCE;
		return entries.filter(
			(execution) =>
				!this.claimed.has(execution.id) &&
				createdAt(execution) >= since &&
				isRequestOf(command, execution) &&
				isSame(command, order.arguments, execution.request?.arguments),
		);
	}

	/** The newest executions of a command on its device. */
	private async list(order: Order) {
		const { device, command } = order;
		return await this.run.client.call({
			...this.reading(order),
			path: ['devices', device.id, 'command_executions'],
			query: { order: 'CREATED_AT_DESC', 'name.in': command.name, offset: 0, limit: PAGE_SIZE },
			response: EXECUTIONS_NOW,
		});
	}

	/**
	 * Looks at an execution until it has ended.
	 *
	 * @param left how long it may still take, in milliseconds
	 */
	private async follow(order: Order, begun: Execution, left: number): Promise<Execution> {
		let current = begun;
		let rest = left;
		for (let pause = FIRST_PAUSE; isUnderWay(current); pause = Math.min(pause * 2, LONGEST_PAUSE)) {
			if (rest <= 0) {
				throw ongoing(
					order,
					begun,
					`had not ended after ${duration(this.run.client.timeout)}`,
					'It goes on. Read later with Get what became of it, or raise Timeout in the options. Do not execute it again before',
				);
			}
			const before = Date.now();
			const turn = Math.min(pause, rest);
			await wait(turn, this.run.signal);
			current = await this.look(order, begun.id);
			rest -= Math.max(turn, Date.now() - before);
		}
		return current;
	}

	/**
	 * An execution that is waited for, as it is now.
	 *
	 * @throws EnapterApiError when it has failed, or cannot be read
	 */
	private async look(order: Order, id: string): Promise<Execution> {
		return await this.read(order, id, {
			failureIn: (execution) => failureOf(execution, subjectOf(order)),
		}).catch((error: unknown) => {
			if (error instanceof NotSentError) {
				throw ongoing(
					order,
					{ id },
					'was begun, and the run was stopped while it was waited for',
					'Read with Get what became of it',
				);
			}
			if (!(error instanceof EnapterApiError) || error.isReported) throw error;
			throw error.with({
				reason: `"${order.command.displayName}" on device "${order.named}" was begun, but what became of it could not be read: ${error.message}`,
				advice: `Read it with Get before you execute the command again: execution ${id}.`,
				isOutcomeKnown: false,
			});
		});
	}

	private async read(
		order: Order,
		id: string,
		expectation: Pick<ApiCall<Execution>, 'failureIn'>,
	): Promise<Execution> {
		return await this.run.client.call({
			...expectation,
			...this.reading(order),
			...logQuery(order),
			path: ['devices', order.device.id, 'command_executions', id],
			response: executionOf(order),
		});
	}

	private reading({ named, command, arguments: args }: Order) {
		return {
			method: 'GET' as const,
			isIdempotent: true,
			timeout: Math.min(READ_TIMEOUT, this.run.client.timeout),
			secrets: secretsOf(command, args),
			explain: aboutDevice(named),
		};
	}
}

/** When a command was last sent: it may wait for its turn, and be refused before. */
class Moment {
	time = Date.now();

	isNow(): void {
		this.time = Date.now();
	}
}

/** Whether a command may still be under way although it is not waited for any longer. */
function mayGoOn(error: unknown): boolean {
	return error instanceof EnapterApiError ? error.isOutcomeUnknown : !(error instanceof NotSentError);
}

/** An execution of a command: a response that names another device or command is not about it. */
function executionOf({ device, command }: Order): ResponseShape<Execution> {
	return {
		expected: 'an execution of this command',
		read(body, headers) {
			const execution = EXECUTION.read(body, headers);
			if (execution === undefined) return undefined;
			const isOfDevice = (execution.device_id ?? device.id) === device.id;
			const isOfCommand = isBlank(execution.request?.name) || isRequestOf(command, execution);
			return isOfDevice && isOfCommand ? execution : undefined;
		},
	};
}

/** The API repeats the name that was sent, and gives the manifest's own. */
function isRequestOf({ name }: Command, { request }: Execution): boolean {
	return [request?.name, request?.manifest_name].includes(name);
}

function logQuery({ withLog }: Order): { query?: IDataObject } {
	return withLog ? { query: { expand: 'log' } } : {};
}

function subjectOf({ named, command }: Order): Subject {
	return { named, displayName: command.displayName };
}

/** That nobody waits any longer for a command that was begun. */
function ongoing(order: Order, { id }: { id: string }, what: string, advice: string): UserError {
	return new UserError(`"${order.command.displayName}" on device "${order.named}" ${what}.`, {
		description: sentences(advice, `Execution ${id}`),
	});
}

function createdAt({ created_at: time }: Execution): number {
	return Date.parse(String(time));
}

/** Executions, and how far the API's clock is ahead of this one, in milliseconds, where it says what time it is. */
const EXECUTIONS_NOW: ResponseShape<Page<Execution> & { ahead?: number }> = {
	...EXECUTIONS_PAGE,
	read(body, headers) {
		const page = EXECUTIONS_PAGE.read(body, headers);
		const ahead = Date.parse(String(headers.date)) - Date.now();
		return page === undefined || Number.isNaN(ahead) ? page : { ...page, ahead };
	},
};

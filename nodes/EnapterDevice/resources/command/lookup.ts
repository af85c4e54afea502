import type { IDataObject } from 'n8n-workflow';

import type { Run } from '../../execution/run';
import { isBlank } from '../../fields/field';
import { clock, wait } from '../../transport/clock';
import { NotSentError } from '../../transport/errors';
import { isObject } from '../../transport/json';
import { PAGE_SIZE } from '../../transport/pagination';
import { sentences } from '../../transport/text';
import { convertValue, isSameValue } from '../device/parameters';
import type { Command } from './commands';
import type { Execution } from './execution';
import { EXECUTIONS_PAGE } from './execution';

/** Waits before each look for an execution, in milliseconds: it may appear late. */
const LOOKUP_DELAYS = [0, 1_000, 2_000, 4_000];

/** Longest time for reading the list once, and for the whole look-up, in milliseconds. */
const LIST_TIMEOUT = 5_000;
const LONGEST_LOOKUP = 15_000;

/** Maximum time that a read for an explanation only occupies a slot of Max Concurrency, in milliseconds. */
export const EXPLAINING_SLOT_TIME = 500;

/** Maximum executions to name in a message. */
const MOST_NAMED = 5;

/** A command whose response was lost. */
export interface LostCommand {
	deviceId: string;
	command: Command;
	arguments: IDataObject;
	/** When it was sent, in milliseconds since 1970 by this clock. */
	sentAt: number;
	/** IDs of executions that other commands of this run started. */
	others: Set<string>;
	secrets: string[];
}

/** The execution of a lost command, or what was found instead, in a sentence. */
export type Finding = { execution: Execution } | { problem: string };

/**
 * Looks for the execution of a command whose response was lost, instead of sending the command again. An execution
 * matches only if it is the only candidate: of the same command, created at or after the time of sending (by the API's clock),
 * and with the same arguments as far as the API shows them ({@link hasSameArguments}). Other executions are only mentioned.
 *
 * @throws NotSentError if the run was stopped meanwhile
 */
export async function findLost(run: Run, lost: LostCommand): Promise<Finding> {
	const startedAt = clock.now();
	let finding: Finding = { problem: '' };
	for (const delay of LOOKUP_DELAYS) {
		await wait(delay, run.stop);
		const listed = await list(run, lost).catch((error: unknown) => {
			if (error instanceof NotSentError) throw error;
			return sentences(`The executions of this command could not be read: ${(error as Error).message}`);
		});
		if (typeof listed === 'string') {
			finding = { problem: listed };
		} else {
			finding = judge(listed, lost, run.client.clockOffset);
			if ('execution' in finding || 'isFinal' in finding) return finding;
		}
		if (clock.now() - startedAt > LONGEST_LOOKUP) break;
	}
	return finding;
}

/** The newest executions of the command on its device, except those that other commands of this run started. */
async function list(run: Run, { deviceId, command, others, secrets }: LostCommand): Promise<Execution[]> {
	const { entries } = await run.client.call({
		method: 'GET',
		path: ['devices', deviceId, 'command_executions'],
		query: {
			order: 'CREATED_AT_DESC',
			'name.in': [command.name, ...command.aliases].join(','),
			offset: 0,
			limit: PAGE_SIZE,
		},
		response: EXECUTIONS_PAGE,
		// Not retried here: `findLost` repeats the request.
		isIdempotent: false,
		timeout: Math.min(LIST_TIMEOUT, run.client.timeout),
		slotTime: EXPLAINING_SLOT_TIME,
		secrets,
	});
	return entries.filter((execution) => !others.has(execution.id) && isOfCommand(execution, command));
}

function judge(
	listed: Execution[],
	{ command, arguments: sent, sentAt }: LostCommand,
	clockOffset: number | undefined,
): Finding | { problem: string; isFinal: true } {
	if (listed.length === 0) return { problem: 'No execution of this command was found' };
	const alike = listed.filter((execution) => hasSameArguments(command, sent, execution.request?.arguments));
	const times = alike.map((execution) =>
		clockOffset === undefined ? undefined : isSince(execution, sentAt + clockOffset),
	);
	const candidates = alike.filter((_execution, index) => times[index] !== false);
	const [candidate, ...more] = candidates;
	if (candidate === undefined) {
		return {
			problem: `The execution of this command was not found. There are only older executions, or executions with other arguments: ${named(listed)}`,
		};
	}
	if (more.length === 0 && !times.includes(undefined)) return { execution: candidate };
	return {
		problem:
			more.length === 0
				? `An execution was found, but its time does not prove that this run started it: ${named(candidates)}`
				: `${candidates.length} executions were found that this run may have started: ${named(candidates)}`,
		isFinal: true,
	};
}

function named(executions: Execution[]): string {
	const shown = executions
		.slice(0, MOST_NAMED)
		.map(({ id, created_at: time }) => `execution ${id}${time === undefined ? '' : ` created at ${time}`}`);
	return [...shown, ...(executions.length > MOST_NAMED ? ['…'] : [])].join(', ');
}

/** @returns undefined if the time cannot be read */
function isSince({ created_at: time }: Execution, since: number): boolean | undefined {
	const created = Date.parse(String(time));
	if (Number.isNaN(created)) return undefined;
	// A time without a fraction is rounded down, by up to a second.
	const resolution = /\.\d/.test(String(time)) ? 0 : 1_000;
	return created >= since - resolution;
}

/** The API returns the name that was sent, which may be an alias, and the name in the manifest. */
export function isOfCommand({ request }: Execution, { name, aliases }: Command): boolean {
	const names = [request?.name, request?.manifest_name].filter((each) => !isBlank(each));
	return names.length === 0 || names.some((each) => [name, ...aliases].includes(String(each)));
}

/**
 * Whether an execution shows the arguments that were sent. Sensitive arguments do not count, because the API hides them. Shown
 * arguments that were not sent must have their declared defaults, which the API may add. If no arguments are shown at all, the
 * result is true. A value in another form, such as "5" instead of 5, counts as different.
 */
export function hasSameArguments(command: Command, sent: IDataObject, shown: unknown): boolean {
	if (!isObject(shown)) return true;
	const parameters = new Map(command.arguments.map((parameter) => [parameter.name, parameter]));
	return [...new Set([...Object.keys(sent), ...Object.keys(shown)])].every((name) => {
		const parameter = parameters.get(name);
		if (parameter?.isSensitive === true || isSameValue(sent[name], shown[name])) return true;
		if (name in sent || parameter === undefined) return false;
		const isDefault = isSameValue(convertValue(parameter, shown[name]), parameter.default);
		return shown[name] === null || (parameter.default !== undefined && isDefault);
	});
}

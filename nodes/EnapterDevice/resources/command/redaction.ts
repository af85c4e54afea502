import type { IDataObject } from 'n8n-workflow';

import { isObject } from '../../transport/json';
import { redact } from '../../transport/redaction';
import { secretsOf } from '../device/parameters';
import type { Command } from './commands';
import type { Execution } from './execution';

const REDACTED = '[REDACTED]';

/** Shorter values of sensitive arguments are redacted only under their own keys, because they may occur elsewhere by chance. */
const SHORTEST_SECRET = 4;

/** Names of the arguments of an execution that the command does not declare: it declared them when it was run, perhaps as sensitive. */
export function undeclaredArguments({ request }: Execution, command: Command): string[] {
	const declared = new Set(command.arguments.map(({ name }) => name));
	return Object.keys(request?.arguments ?? {}).filter((name) => !declared.has(name));
}

/**
 * An execution without the values of sensitive and undeclared arguments, which some APIs repeat. They are redacted under their
 * names and anywhere else in the request and the response.
 *
 * @param sent the arguments that were sent, if they are known
 */
export function redactExecution(execution: Execution, command: Command, sent: IDataObject = {}): Execution {
	const undeclared = undeclaredArguments(execution, command);
	const names = new Set([...command.sensitiveNames, ...undeclared]);
	if (names.size === 0) return execution;
	const shown = execution.request?.arguments ?? {};
	const hidden = [...command.arguments, ...undeclared.map((name) => ({ name, isSensitive: true }))];
	const secrets = [...secretsOf(command.arguments, sent), ...secretsOf(hidden, shown)].filter(
		({ length }) => length >= SHORTEST_SECRET,
	);
	return mapContents(execution, (content) => secrets.reduce(redact, redactKeys(content, names)));
}

/** Whether an execution shows arguments, or what the device sent. */
export function hasContents({ request, response, log }: Execution): boolean {
	const answers = [response, ...(Array.isArray(log) ? log : [])];
	const payloads = answers.map((answer) => (isObject(answer) ? answer.payload : undefined));
	return [request?.arguments, ...payloads].some(isFilled);
}

/** An execution of a command that is not known: the names of its contents are shown, their values are hidden. */
export function hideContents(execution: Execution): Execution {
	return mapContents(execution, (content) => {
		if (!isObject(content)) return isFilled(content) ? REDACTED : content;
		return Object.fromEntries(Object.keys(content).map((name) => [name, REDACTED]));
	});
}

function isFilled(content: unknown): boolean {
	return isObject(content) ? Object.keys(content).length > 0 : Boolean(content);
}

/** Changes the arguments and the responses of an execution; names, states and times stay unchanged. */
function mapContents(execution: Execution, change: (content: unknown) => unknown): Execution {
	const changed = (part: unknown, key: string) =>
		isObject(part) && key in part ? { ...part, [key]: change(part[key]) } : part;
	const { request, response, log } = execution;
	return {
		...execution,
		...(request === undefined ? {} : { request: changed(request, 'arguments') }),
		...(response === undefined ? {} : { response: changed(response, 'payload') }),
		...(Array.isArray(log) ? { log: log.map((entry) => changed(entry, 'payload')) } : {}),
	} as Execution;
}

function redactKeys(value: unknown, names: Set<string>): unknown {
	if (Array.isArray(value)) return value.map((entry) => redactKeys(entry, names));
	if (!isObject(value)) return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, entry]) => [
			key,
			names.has(key) && entry !== null && entry !== undefined ? REDACTED : redactKeys(entry, names),
		]),
	);
}

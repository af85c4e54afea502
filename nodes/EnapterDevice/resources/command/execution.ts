import type { IDataObject } from 'n8n-workflow';

import { upperCase } from '../../transport/enums';
import { ItemFailure } from '../../transport/errors';
import { isObject } from '../../transport/json';
import type { Page } from '../../transport/pagination';
import { pageShape } from '../../transport/pagination';
import { redactText } from '../../transport/redaction';
import type { ResponseShape } from '../../transport/response';
import { sentences, shorten } from '../../transport/text';

/** An execution as the API sends it, as far as this node relies on it. Other fields pass through unchanged. */
export interface Execution extends IDataObject {
	id: string;
	device_id?: string | null;
	state?: string;
	created_at?: string;
	request?: { name?: string; manifest_name?: string; arguments?: IDataObject | null } | null;
	response?: { state?: string; payload?: IDataObject | null; received_at?: string } | null;
}

/** `{ execution }`. */
export const EXECUTION: ResponseShape<Execution> = {
	expected: 'a command execution',
	read: (body) => (isObject(body) && isExecution(body.execution) ? body.execution : undefined),
};

/** `{ execution_id }`, the response to a command that is started without waiting. */
export const STARTED: ResponseShape<Execution> = {
	expected: 'the ID of a command execution',
	read: (body) => {
		const id = isObject(body) ? body.execution_id : undefined;
		return typeof id === 'string' && id !== '' ? { id } : undefined;
	},
};

/** `{ executions }`. */
export const EXECUTIONS_PAGE: ResponseShape<Page<Execution>> = pageShape(
	'command executions',
	'executions',
	isExecution,
);

function isExecution(value: unknown): value is Execution {
	return isObject(value) && typeof value.id === 'string' && value.id !== '';
}

/** Whether an execution has not ended. */
export function isRunning({ state }: Execution): boolean {
	return ['NEW', 'IN_PROGRESS'].includes(upperCase(state));
}

/** Whether the device has answered at all. */
export function hasAnswer({ response }: Execution): boolean {
	return isObject(response) && Object.keys(response).length > 0;
}

/** How a command and its device are named in messages. */
export interface Names {
	command: string;
	device: string;
}

/**
 * Judges an execution that has ended. An error of the device proves that it received the command; after any other state but
 * SUCCESS the outcome is unknown. States: Enapter's documentation; UNSYNC: Enapter's SDK.
 *
 * @param secrets values that no message may contain
 * @returns undefined if it succeeded
 */
export function failureOf(execution: Execution, names: Names, secrets: string[]): ItemFailure | undefined {
	const { command, device } = names;
	const state = upperCase(execution.state);
	if (state === 'SUCCESS') return undefined;
	if (state === 'ERROR') return deviceFailure(execution, names, secrets);
	const messages: Record<string, string> = {
		TIMEOUT: `${device} did not answer ${command} in time`,
		UNSYNC: `Enapter lost track of ${command} on ${device}`,
	};
	return new ItemFailure(
		messages[state] ?? `The result of ${command} on ${device} is unclear`,
		sentences(
			'Check the device before you run the command again',
			lastAnswer(execution),
			`State ${shorten(state || 'missing', 64)}`,
			`Execution ${execution.id}`,
		),
		{ outcome: 'unknown', consequences: [isUnknown(names)] },
	);
}

/**
 * Describes a command that has not ended at the end of Timeout.
 *
 * @param time what Timeout is, in words
 */
export function runningFailure(execution: Execution, names: Names, time: string): ItemFailure {
	const { command, device } = names;
	const answered = hasAnswer(execution);
	return new ItemFailure(
		answered
			? `${command} is still running on ${device} after ${time}`
			: `${device} has not answered ${command} after ${time}`,
		sentences(
			'Check the result later with Command → Get, or increase Timeout in the options. Do not run the command again until then',
			`Execution ${execution.id}`,
		),
		{
			outcome: 'unknown',
			consequences: [answered ? `${command} may still be running on ${device}` : isUnknown(names)],
		},
	);
}

/**
 * Why a command that was started without waiting stops later commands to the device.
 *
 * @returns undefined if its result is known
 */
export function unclearResult({ state }: IDataObject, { command, device }: Names): ItemFailure | undefined {
	if (['SUCCESS', 'ERROR'].includes(upperCase(state))) return undefined;
	return new ItemFailure(`${command} was started on ${device}`, '', {
		outcome: 'unknown',
		consequences: [`${command} may still be running on ${device}`],
	});
}

/** Says that the outcome of a command is unknown. */
export function isUnknown({ command, device }: Names): string {
	return `It is unknown whether ${command} was run on ${device}`;
}

/** Devices give `reason` and `code` by convention (Enapter's Grafana panel); what else they send is shown as it is. */
function deviceFailure(execution: Execution, { command, device }: Names, secrets: string[]): ItemFailure {
	const hide = (text: string) => secrets.reduce(redactText, text);
	const payload: unknown = execution.response?.payload;
	const { reason, code, ...rest }: IDataObject = isObject(payload) ? payload : { reason: payload as string };
	const why = isText(reason) ? `: ${shorten(hide(String(reason)), 500)}` : '';
	return new ItemFailure(
		`${device} reports that ${command} failed${why}`,
		sentences(
			'The device itself reported this. Fix the problem on the device or change the arguments, then run the command again.',
			...(Object.keys(rest).length === 0
				? []
				: [`It also reports: ${shorten(hide(JSON.stringify(rest)), 300)}`]),
			...(isText(code) ? [`Code ${shorten(hide(String(code)), 100)}`] : []),
			`Execution ${execution.id}`,
		),
		{ outcome: 'done' },
	);
}

function isText(value: unknown): boolean {
	return (typeof value === 'string' && value.trim() !== '') || typeof value === 'number';
}

function lastAnswer(execution: Execution): string {
	if (!hasAnswer(execution)) return 'The device has not answered at all';
	const { state, received_at: time } = execution.response ?? {};
	return `Last answer of the device: ${shorten([state, time].filter(isText).join(' at '), 100)}`;
}

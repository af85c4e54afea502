import type { IDataObject } from 'n8n-workflow';

import { isObject } from '../../transport/json';
import type { Page } from '../../transport/pagination';
import { pageShape } from '../../transport/pagination';
import type { ReportedFailure, ResponseShape } from '../../transport/response';
import { shorten } from '../../transport/text';

/** An execution as the API sends it, as far as this node relies on it. More passes through untouched. */
export interface Execution extends IDataObject {
	id: string;
	device_id?: string;
	state?: string;
	created_at?: string;
	request?: { name?: string; manifest_name?: string; arguments?: IDataObject };
	response?: { state?: string; payload?: IDataObject; received_at?: string };
}

/** States: Enapter's documentation; UNSYNC: Enapter's SDK. */
export const STATES = ['NEW', 'IN_PROGRESS', 'SUCCESS', 'ERROR', 'TIMEOUT', 'UNSYNC'];

/** `{ execution }`. */
export const EXECUTION: ResponseShape<Execution> = {
	expected: 'a command execution',
	read: (body) => (isObject(body) && isExecution(body.execution) ? body.execution : undefined),
};

/** `{ execution_id }`, what an execution is begun with that is not waited for. */
export const EXECUTION_ID: ResponseShape<string> = {
	expected: 'the ID of a command execution',
	read: (body) =>
		isObject(body) && typeof body.execution_id === 'string' && body.execution_id !== ''
			? body.execution_id
			: undefined,
};

const PAGE = pageShape('a list of command executions', 'executions', isExecution);

/** `{ executions }`. There is no total, and an empty list may lack its key (Enapter's SDK). */
export const EXECUTIONS_PAGE: ResponseShape<Page<Execution>> = {
	...PAGE,
	read: (body, headers) =>
		isObject(body) && Object.keys(body).length === 0 ? { entries: [] } : PAGE.read(body, headers),
};

function isExecution(value: unknown): value is Execution {
	return isObject(value) && typeof value.id === 'string' && value.id !== '';
}

/** Enapter's clients compare without case. */
function stateOf({ state }: Execution): string {
	return String(state ?? '').toUpperCase();
}

export function isUnderWay(execution: Execution): boolean {
	return ['NEW', 'IN_PROGRESS'].includes(stateOf(execution));
}

/** What is said of an execution. */
export interface Subject {
	/** The device as the user named it. */
	named: string;
	/** What people call the command. */
	displayName: string;
}

/** What went wrong with an execution that has ended: a device's own failure comes with status 200. */
export function failureOf(
	execution: Execution,
	{ named, displayName }: Subject,
): ReportedFailure | undefined {
	const state = stateOf(execution);
	if (state === 'SUCCESS' || isUnderWay(execution)) return undefined;
	const device = `Device "${named}"`;
	const label = `state ${state}`;
	const details = [`Execution ${execution.id}`];
	if (state === 'ERROR') {
		const { reason, code, more } = reasonOf(execution);
		return {
			reason: `${device} reports that "${displayName}" failed${reason === undefined ? '' : `: ${reason}`}`,
			advice: "This is the device's own word: see to it there, then execute the command again.",
			details: [...more, ...(code === undefined ? [] : [`Code ${code}`]), ...details],
			label,
		};
	}
	if (state === 'TIMEOUT') {
		return {
			reason: `${device} did not respond to "${displayName}" in time`,
			advice:
				'Enapter stopped waiting for it. It may be offline, or carry the command out later: look at the device before you execute it again.',
			details: [lastHeard(execution), ...details],
			label,
		};
	}
	if (state === 'UNSYNC') {
		return {
			reason: `Enapter lost track of "${displayName}" on device "${named}"`,
			advice: 'Whether it was carried out is unknown: look at the device before you execute it again.',
			details: [lastHeard(execution), 'State UNSYNC', ...details],
			label,
		};
	}
	return {
		reason: `How "${displayName}" ended on device "${named}" is not clear`,
		advice: 'This node does not know the state it is in. Look at the device before you execute it again.',
		details: [`State ${shorten(state, 64) || 'not given'}`, ...details],
		label,
	};
}

/** Devices give `reason` and `code` by convention (Enapter's Grafana panel); what else they send is shown as it is. */
function reasonOf({ response }: Execution): { reason?: string; code?: string; more: string[] } {
	const payload: unknown = response?.payload;
	if (typeof payload === 'string') return { reason: shorten(payload, 500), more: [] };
	if (!isObject(payload)) return { more: [] };
	const { reason, code, ...rest } = payload;
	return {
		...(isText(reason) ? { reason: shorten(String(reason), 500) } : {}),
		...(isText(code) ? { code: shorten(String(code), 100) } : {}),
		more: Object.keys(rest).length === 0 ? [] : [`It also says: ${shorten(JSON.stringify(rest), 300)}`],
	};
}

function isText(value: unknown): boolean {
	return (typeof value === 'string' && value.trim() !== '') || typeof value === 'number';
}

function lastHeard({ response }: Execution): string {
	if (!isObject(response)) return 'Nothing was heard from the device';
	return `Last heard from the device: ${shorten([response.state, response.received_at].filter(isText).join(' at '), 100)}`;
}

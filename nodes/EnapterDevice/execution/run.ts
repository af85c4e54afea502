import type { IExecuteFunctions, NodeExecutionHint } from 'n8n-workflow';

import { EnapterClient } from '../transport/client';
import type { RequestLimits } from '../transport/client';

/** What all items of one execution of the node share. */
export interface Run {
	client: EnapterClient;
	/** Aborted when the run is stopped or cancelled. The client sends nothing from then on; whoever waits has to look. */
	signal: AbortSignal;
	/** Whether the first failed item ends the run (Stop Workflow), and what others put out is then lost. */
	stopsAtFailure: boolean;
	prepareBinaryData: IExecuteFunctions['helpers']['prepareBinaryData'];
	/** Shows a hint beside the output. */
	hint(message: string): void;
}

/** A run, and how it is told of failures. */
export interface OpenRun extends Run {
	/** The item that failed first; others may then have failed because the run was stopped. */
	firstFailed: number | undefined;
	/** In Stop Workflow nothing is sent from now on. */
	itemFailed(item: number): void;
}

/**
 * Opens the API for one execution of the node. One abort signal reaches from here down to every send.
 *
 * @param stopsAtFailure whether the first failed item ends the run (Stop Workflow)
 * @throws NodeOperationError when the credential cannot be used
 */
export async function openRun(
	context: IExecuteFunctions,
	limits: RequestLimits,
	stopsAtFailure: boolean,
): Promise<OpenRun> {
	const stop = new AbortController();
	const cancelled = context.getExecutionCancelSignal();
	cancelled?.addEventListener('abort', () => stop.abort());
	if (cancelled?.aborted) stop.abort();
	const run: OpenRun = {
		client: await EnapterClient.open(context, limits, stop.signal),
		signal: stop.signal,
		prepareBinaryData: context.helpers.prepareBinaryData,
		stopsAtFailure,
		firstFailed: undefined,
		itemFailed(item) {
			run.firstFailed ??= item;
			if (stopsAtFailure) stop.abort();
		},
		hint(message) {
			context.addExecutionHints(hintOf(message));
		},
	};
	return run;
}

function hintOf(message: string): NodeExecutionHint {
	return { message, location: 'outputPane' };
}

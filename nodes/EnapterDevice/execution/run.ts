import type { IExecuteFunctions } from 'n8n-workflow';

import type { RequestLimits } from '../transport/client';
import { EnapterClient } from '../transport/client';
import { Stop } from '../transport/stop';
import { Hints } from './hints';

/** What all items of one execution of the node share. */
export interface Run {
	client: EnapterClient;
	stop: Stop;
	/** Whether the execution was cancelled. */
	isCancelled(): boolean;
	/** Whether the first failed item ends the run (Stop Workflow). The output of the other items is then lost. */
	stopsAtFailure: boolean;
	/** Whether nothing may be written. */
	isDryRun: boolean;
	isTool: boolean;
	timezone: string;
	prepareBinaryData: IExecuteFunctions['helpers']['prepareBinaryData'];
	/** To be shown beside the output when all tasks have ended. */
	hints: Hints;
}

/**
 * Opens the API for one execution of the node.
 *
 * @throws NodeOperationError when the credential cannot be used
 */
export async function openRun(
	context: IExecuteFunctions,
	limits: RequestLimits,
	settings: Pick<Run, 'stopsAtFailure' | 'isDryRun' | 'isTool'>,
): Promise<Run> {
	const stop = new Stop();
	const cancelled = context.getExecutionCancelSignal();
	cancelled?.addEventListener('abort', () => stop.stop());
	if (cancelled?.aborted) stop.stop();
	return {
		...settings,
		client: await EnapterClient.open(context, limits, stop),
		stop,
		isCancelled: () => cancelled?.aborted === true,
		timezone: context.getTimezone(),
		prepareBinaryData: context.helpers.prepareBinaryData,
		hints: new Hints(),
	};
}

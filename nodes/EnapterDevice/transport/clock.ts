import { sleep } from 'n8n-workflow';

import type { Stop } from './stop';

/** The only place where this package reads the time or lets it pass. Tests replace its functions. */
export const clock = {
	/** Milliseconds since 1970. */
	now: (): number => Date.now(),
	sleep: async (milliseconds: number): Promise<void> => await sleep(milliseconds),
};

/**
 * Waits, or returns early when the run is stopped.
 *
 * @param milliseconds how long
 */
export async function wait(milliseconds: number, stop: Stop | undefined): Promise<void> {
	if (stop === undefined) return await clock.sleep(milliseconds);
	if (stop.isStopped) return;
	let unsubscribe = () => {};
	const stopped = new Promise<void>((resolve) => (unsubscribe = stop.onStop(resolve)));
	await Promise.race([clock.sleep(milliseconds), stopped]);
	unsubscribe();
}

/** Yields until all pending promise callbacks have run. */
export async function nextTurn(): Promise<void> {
	await sleep(0);
}

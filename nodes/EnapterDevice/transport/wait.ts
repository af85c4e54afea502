import { sleep } from 'n8n-workflow';

/**
 * The only place where this node lets time pass.
 *
 * @param milliseconds how long
 * @param signal ends the wait early when the execution is cancelled
 */
export async function wait(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
	if (signal === undefined) return await sleep(milliseconds);
	if (signal.aborted) return;
	let wake = () => {};
	const cancelled = new Promise<void>((resolve) => (wake = resolve));
	signal.addEventListener('abort', wake);
	await Promise.race([sleep(milliseconds), cancelled]);
	signal.removeEventListener('abort', wake);
}

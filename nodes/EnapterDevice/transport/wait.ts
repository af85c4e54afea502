import { sleep } from 'n8n-workflow';

/**
 * The only place where this node lets time pass.
 *
 * @param milliseconds how long
 * @param signal ends the wait early
 */
export async function wait(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
	if (signal === undefined) return await sleep(milliseconds);
	if (signal.aborted) return;
	let wake = () => {};
	const aborted = new Promise<void>((resolve) => (wake = resolve));
	signal.addEventListener('abort', wake);
	await Promise.race([sleep(milliseconds), aborted]);
	signal.removeEventListener('abort', wake);
}

/** Lets everything run that a settled promise leads to. */
export async function nextTurn(): Promise<void> {
	await sleep(0);
}

/** What became of one item; nothing for one that was never begun. */
export type Outcome<T> = { value: T } | { error: unknown } | undefined;

/** How a batch goes on. */
export interface BatchRules {
	/** Most tasks under way at once. */
	atOnce: number;
	/** Whether the first failing task keeps further ones from beginning. Those under way end in any case. */
	stopsAtFailure: boolean;
	/** Keeps further tasks from beginning when the execution is cancelled. */
	signal: AbortSignal | undefined;
}

/**
 * Runs tasks side by side.
 *
 * @returns one outcome a task, in the order of the tasks
 */
export async function runBatch<T>(
	tasks: Array<() => Promise<T>>,
	rules: BatchRules,
): Promise<Array<Outcome<T>>> {
	const outcomes: Array<Outcome<T>> = tasks.map(() => undefined);
	const queue = tasks.entries();
	let stopped = false;
	const worker = async () => {
		while (!stopped && rules.signal?.aborted !== true) {
			const { value: next, done } = queue.next();
			if (done === true) return;
			const [index, task] = next;
			const outcome = await settle(task);
			outcomes[index] = outcome;
			stopped ||= rules.stopsAtFailure && 'error' in outcome;
		}
	};
	await Promise.all(Array.from({ length: Math.min(rules.atOnce, tasks.length) }, worker));
	return outcomes;
}

async function settle<T>(task: () => Promise<T>): Promise<{ value: T } | { error: unknown }> {
	try {
		return { value: await task() };
	} catch (error) {
		return { error };
	}
}

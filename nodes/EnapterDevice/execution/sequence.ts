import { nextTurn } from '../transport/wait';

/**
 * Puts tasks that share a key one after the other, in the order in which they are given; others run side by side. A task
 * follows the one before also when that one failed.
 */
export class Sequence {
	private readonly last = new Map<string, Promise<unknown>>();

	/**
	 * Runs a task when those before it that share a key with it have ended.
	 *
	 * @param keys what the task touches
	 */
	async follow<T>(keys: string[], task: () => Promise<T>): Promise<T> {
		const before = keys.flatMap((key) => this.last.get(key) ?? []);
		const result = before.length === 0 ? task() : haveEnded(before).then(task);
		for (const key of keys) this.last.set(key, result);
		return await result;
	}
}

/** Waits for tasks to end, and where one failed, until the run knows, which may stop at it. */
export async function haveEnded(tasks: Array<Promise<unknown>>): Promise<void> {
	const ends = await Promise.allSettled(tasks);
	if (ends.some(({ status }) => status === 'rejected')) await nextTurn();
}

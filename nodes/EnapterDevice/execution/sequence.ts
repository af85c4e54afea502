import { nextTurn } from '../transport/wait';

/**
 * Puts tasks that share a key one after the other, in the order in which they are given; others run side by side. A task
 * follows the one before also when that one failed, but not before the run knows of it, which may stop there.
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
		const result = before.length === 0 ? task() : this.after(before, task);
		for (const key of keys) this.last.set(key, result);
		return await result;
	}

	private async after<T>(before: Array<Promise<unknown>>, task: () => Promise<T>): Promise<T> {
		const ends = await Promise.allSettled(before);
		if (ends.some(({ status }) => status === 'rejected')) await nextTurn();
		return await task();
	}
}

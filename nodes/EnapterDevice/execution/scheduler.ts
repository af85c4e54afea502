import { nextTurn } from '../transport/clock';
import { NotSentError, outcomeOfError } from '../transport/errors';
import { getOrCreate } from '../transport/memo';
import type { Stop } from '../transport/stop';
import type { Output, Task } from './operation';

/**
 * Runs the tasks of a plan in order: tasks that share a key one after the other, and a task after the tasks it needs. Each runs
 * at most once, and none starts after the run was stopped.
 */
export class Scheduler {
	private readonly started = new Map<Task, Promise<Output[]>>();
	/** The last task of each key. */
	private readonly last = new Map<string, Promise<unknown>>();
	/** Keys on which a task ended with an unknown outcome, with the reason. */
	private readonly unclear = new Map<string, unknown>();

	/** @param stopsAtFailure whether the first failed task ends the run */
	constructor(
		private readonly stop: Stop,
		private readonly stopsAtFailure = false,
	) {}

	/**
	 * Starts a task as soon as its turn comes.
	 *
	 * @throws NotSentError if the run was stopped before; else what the task throws
	 */
	async run(task: Task): Promise<Output[]> {
		return await getOrCreate(this.started, task, () => {
			const needed = (task.after ?? []).map(async (other) => await this.run(other));
			const before = (task.keys ?? []).flatMap((key) => this.last.get(key) ?? []);
			const result = this.runInTurn(task, needed, before);
			for (const key of task.keys ?? []) this.last.set(key, result);
			return result;
		});
	}

	private async runInTurn(
		task: Task,
		needed: Array<Promise<unknown>>,
		before: Array<Promise<unknown>>,
	): Promise<Output[]> {
		const failure = await firstFailure(needed);
		await firstFailure(before);
		// Before checking whether the run was stopped: the failed task may belong to no item, so this task must report its error.
		if (failure !== undefined) throw task.blockedBy?.(failure) ?? failure;
		// A task whose steps succeeded still runs, to report their results. The client blocks any request it makes.
		if (this.stop.isStopped && needed.length === 0) throw new NotSentError();
		const unclear = (task.keys ?? [])
			.map((key) => this.unclear.get(key))
			.find((error) => error !== undefined);
		if (unclear !== undefined && task.needsKnownOutcome === true) throw task.blockedBy?.(unclear) ?? unclear;
		const outputs = await task.run().catch((error: unknown) => {
			if (this.stopsAtFailure) this.stop.stop();
			if (outcomeOfError(error) === 'unknown') this.setUnclear(task, error);
			throw error;
		});
		this.setUnclear(task, task.unclear?.(outputs));
		return outputs;
	}

	private setUnclear({ keys = [] }: Task, error: unknown): void {
		if (error !== undefined) for (const key of keys) this.unclear.set(key, error);
	}
}

/** Waits until all tasks have ended; after a failure, also until the run has seen it, because it may stop. */
async function firstFailure(tasks: Array<Promise<unknown>>): Promise<unknown> {
	if (tasks.length === 0) return undefined;
	const ends = await Promise.allSettled(tasks);
	const errors = ends.flatMap((end): unknown[] => (end.status === 'rejected' ? [end.reason] : []));
	if (errors.length === 0) return undefined;
	await nextTurn();
	return errors.find((error) => !(error instanceof NotSentError)) ?? errors[0];
}

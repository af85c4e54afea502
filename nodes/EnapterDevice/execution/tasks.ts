import type { ItemTask, Output, PlannedItem } from './operation';
import { NotSentError } from '../transport/errors';

/** What became of one item; nothing for one of which nothing was sent. */
export type Outcome = { value: Output[] } | { error: unknown } | undefined;

/**
 * Begins all tasks in item order and waits for all of them.
 *
 * @param itemFailed called with the number of each item that fails, before anything else is sent
 * @returns one outcome an item, in the order of the items
 */
export async function performTasks(
	planned: PlannedItem[],
	itemFailed: (item: number) => void,
): Promise<Outcome[]> {
	return await Promise.all(
		planned.map(async (task, item) => {
			const outcome = typeof task === 'function' ? await settle(task) : task;
			if (outcome !== undefined && 'error' in outcome) itemFailed(item);
			return outcome;
		}),
	);
}

async function settle(task: ItemTask): Promise<Outcome> {
	try {
		return { value: await task() };
	} catch (error) {
		return error instanceof NotSentError ? undefined : { error };
	}
}

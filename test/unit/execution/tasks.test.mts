import { performTasks } from '../../../nodes/EnapterDevice/execution/tasks.ts';
import { NotSentError } from '../../../nodes/EnapterDevice/transport/errors.ts';

const output = (id: string) => [{ json: { id } }];

test('tasks begin in item order, all at once, and their outcomes are in item order', async () => {
	const begun: number[] = [];
	const ends: Array<() => void> = [];
	const tasks = [0, 1, 2].map((item) => async () => {
		begun.push(item);
		await new Promise<void>((resolve) => (ends[item] = resolve));
		return output(String(item));
	});
	const outcomes = performTasks(tasks, () => {});
	expect(begun).toEqual([0, 1, 2]);
	for (const end of ends.toReversed()) end();
	expect(await outcomes).toEqual(['0', '1', '2'].map((id) => ({ value: output(id) })));
});

test('an item that fails is told at once, with its number; one that was not sent has no outcome', async () => {
	const failed: number[] = [];
	const error = new Error('no');
	const outcomes = await performTasks(
		[
			async () => await Promise.resolve(output('a')),
			async () => await Promise.reject(error),
			async () => await Promise.reject(new NotSentError()),
			{ error },
		],
		(item) => failed.push(item),
	);
	expect(outcomes).toEqual([{ value: output('a') }, { error }, undefined, { error }]);
	expect(failed.sort()).toEqual([1, 3]);
});

test('no items, no outcomes', async () => {
	expect(await performTasks([], () => {})).toEqual([]);
});

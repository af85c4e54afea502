import { Sequence } from '../../../nodes/EnapterDevice/execution/sequence.ts';
import { nextTurn } from '../../../nodes/EnapterDevice/transport/wait.ts';

const settle = async () => await new Promise((resolve) => setImmediate(resolve));

/** Tasks that end when told to. */
class Tasks {
	readonly begun: string[] = [];
	private readonly ends = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();
	private readonly sequence = new Sequence();

	add(name: string, keys: string[]): Promise<string> {
		return this.sequence.follow(keys, async () => {
			this.begun.push(name);
			await new Promise<void>((resolve, reject) => this.ends.set(name, { resolve, reject }));
			return name;
		});
	}

	async end(name: string): Promise<void> {
		this.ends.get(name)?.resolve();
		await settle();
	}

	async fail(name: string): Promise<void> {
		this.ends.get(name)?.reject(new Error(name));
		await settle();
	}
}

test('tasks that share a key follow each other in their order, others run side by side', async () => {
	const tasks = new Tasks();
	void tasks.add('a1', ['a']);
	void tasks.add('a2', ['a']);
	void tasks.add('b1', ['b']);
	void tasks.add('a3', ['a']);
	expect(tasks.begun).toEqual(['a1', 'b1']);
	await tasks.end('a1');
	expect(tasks.begun).toEqual(['a1', 'b1', 'a2']);
	await tasks.end('a2');
	expect(tasks.begun).toEqual(['a1', 'b1', 'a2', 'a3']);
});

test('a task with several keys follows the last task of each, and is followed by those of all', async () => {
	const tasks = new Tasks();
	void tasks.add('a', ['a']);
	void tasks.add('b', ['b']);
	void tasks.add('ab', ['a', 'b']);
	void tasks.add('b2', ['b']);
	await tasks.end('a');
	expect(tasks.begun).toEqual(['a', 'b']);
	await tasks.end('b');
	expect(tasks.begun).toEqual(['a', 'b', 'ab']);
	await tasks.end('ab');
	expect(tasks.begun).toEqual(['a', 'b', 'ab', 'b2']);
});

test('a task that fails is told to its caller first, and the next one begins all the same', async () => {
	const tasks = new Tasks();
	const failing = tasks.add('a1', ['a']);
	const following = tasks.add('a2', ['a']);
	const told = expect(failing).rejects.toThrow('a1');
	await tasks.fail('a1');
	await told;
	expect(tasks.begun).toEqual(['a1']);
	await nextTurn();
	await settle();
	expect(tasks.begun).toEqual(['a1', 'a2']);
	await tasks.end('a2');
	expect(await following).toBe('a2');
});

import { UserError } from 'n8n-workflow';

import type { Output, Task } from '../../../nodes/EnapterDevice/execution/operation.ts';
import { Scheduler } from '../../../nodes/EnapterDevice/execution/scheduler.ts';
import { ItemFailure, NotSentError } from '../../../nodes/EnapterDevice/transport/errors.ts';
import { Stop } from '../../../nodes/EnapterDevice/transport/stop.ts';
import { settle } from '../../support/clock.mts';

/** Tasks that end when told to. */
class Tasks {
	readonly started: string[] = [];
	readonly stop = new Stop();
	private readonly scheduler: Scheduler;
	private readonly ends = new Map<string, { resolve(): void; reject(error: unknown): void }>();

	task(name: string, more: Omit<Task, 'run'> = {}): Task {
		return {
			...more,
			run: async () => {
				this.started.push(name);
				await new Promise<void>((resolve, reject) => this.ends.set(name, { resolve, reject }));
				return [{ json: { name } }];
			},
		};
	}

	constructor(stopsAtFailure = false) {
		this.scheduler = new Scheduler(this.stop, stopsAtFailure);
	}

	/** Runs a task. The caller handles its error. */
	run(task: Task): Promise<Output[]> {
		const result = this.scheduler.run(task);
		result.catch(() => {});
		return result;
	}

	add(name: string, ...keys: string[]): Promise<Output[]> {
		return this.run(this.task(name, { keys }));
	}

	async end(name: string): Promise<void> {
		await settle();
		this.ends.get(name)?.resolve();
		await settle();
	}

	async fail(name: string, error: unknown = new UserError(name)): Promise<void> {
		await settle();
		this.ends.get(name)?.reject(error);
		await settle();
	}
}

const unknown = (name: string) => new ItemFailure(name, '', { outcome: 'unknown' });

let tasks: Tasks;

beforeEach(() => (tasks = new Tasks()));

describe('tasks with keys', () => {
	test('that share one run one after the other, others at the same time', async () => {
		for (const [name, key] of ['a1 a', 'a2 a', 'b1 b', 'a3 a'].map((text) => text.split(' '))) {
			void tasks.add(String(name), String(key));
		}
		void tasks.run(tasks.task('no key'));
		await settle();
		expect(tasks.started).toEqual(['a1', 'b1', 'no key']);
		await tasks.end('a1');
		expect(tasks.started).toEqual(['a1', 'b1', 'no key', 'a2']);
		await tasks.end('a2');
		expect(tasks.started).toEqual(['a1', 'b1', 'no key', 'a2', 'a3']);
	});

	test('wait for the last task of each of their keys', async () => {
		void tasks.add('a', 'a');
		void tasks.add('b', 'b');
		void tasks.add('ab', 'a', 'b');
		void tasks.add('b2', 'b');
		await tasks.end('a');
		expect(tasks.started).toEqual(['a', 'b']);
		await tasks.end('b');
		expect(tasks.started).toEqual(['a', 'b', 'ab']);
		await tasks.end('ab');
		expect(tasks.started).toEqual(['a', 'b', 'ab', 'b2']);
	});

	test('run also after one that failed', async () => {
		const failing = tasks.add('a1', 'a');
		const next = tasks.add('a2', 'a');
		await settle();
		await tasks.fail('a1');
		await expect(failing).rejects.toThrow('a1');
		await tasks.end('a2');
		await expect(next).resolves.toEqual([{ json: { name: 'a2' } }]);
	});
});

describe('a task after others', () => {
	test('starts when all of them have succeeded', async () => {
		const [a, b] = [tasks.task('a'), tasks.task('b')];
		const last = tasks.run(tasks.task('last', { after: [a, b] }));
		await settle();
		expect(tasks.started).toEqual(['a', 'b']);
		await tasks.end('a');
		expect(tasks.started).toEqual(['a', 'b']);
		await tasks.end('b');
		await tasks.end('last');
		await expect(last).resolves.toEqual([{ json: { name: 'last' } }]);
	});

	test('does not start if one failed, and fails with its error', async () => {
		const [a, b] = [tasks.task('a'), tasks.task('b')];
		const last = tasks.run(tasks.task('last', { after: [a, b] }));
		await settle();
		await tasks.fail('b');
		expect(tasks.started).toEqual(['a', 'b']);
		await tasks.end('a');
		await expect(last).rejects.toThrow('b');
		expect(tasks.started).not.toContain('last');
	});

	test('can say why it did not start', async () => {
		const a = tasks.task('a');
		const blockedBy = (error: unknown) => new UserError(`not after ${(error as Error).message}`);
		const last = tasks.run(tasks.task('last', { after: [a], blockedBy }));
		await settle();
		await tasks.fail('a');
		await expect(last).rejects.toThrow('not after a');
	});

	test('waits for tasks with its key, too', async () => {
		const a = tasks.task('a');
		void tasks.add('b', 'key');
		void tasks.run(tasks.task('last', { after: [a], keys: ['key'] }));
		await settle();
		await tasks.end('a');
		expect(tasks.started).toEqual(['b', 'a']);
		await tasks.end('b');
		expect(tasks.started).toEqual(['b', 'a', 'last']);
	});

	test('can share a key with the task it needs', async () => {
		const a = tasks.task('a', { keys: ['key'] });
		void tasks.run(tasks.task('last', { after: [a], keys: ['key'] }));
		await settle();
		await tasks.end('a');
		expect(tasks.started).toEqual(['a', 'last']);
	});
});

test('a task that several need runs once, and all get its output', async () => {
	const shared = tasks.task('shared');
	const results = [tasks.run(shared), tasks.run(shared), tasks.run(tasks.task('last', { after: [shared] }))];
	await settle();
	await tasks.end('shared');
	await tasks.end('last');
	expect(tasks.started).toEqual(['shared', 'last']);
	expect(await Promise.all(results)).toEqual(
		['shared', 'shared', 'last'].map((name) => [{ json: { name } }]),
	);
});

describe('after a task of unknown outcome', () => {
	test('with the same key, one that needs a known outcome does not start', async () => {
		void tasks.add('a', 'a', 'b');
		const needs = tasks.run(tasks.task('needs', { keys: ['c', 'b'], needsKnownOutcome: true }));
		const blockedBy = (error: unknown) => new UserError(`not after ${(error as Error).message}`);
		const later = tasks.run(tasks.task('later', { keys: ['a'], needsKnownOutcome: true, blockedBy }));
		void tasks.add('other', 'a');
		await settle();
		await tasks.fail('a', unknown('lost'));
		await expect(needs).rejects.toThrow('lost');
		await expect(later).rejects.toThrow('not after lost');
		await tasks.end('other');
		expect(tasks.started).toEqual(['a', 'other']);
	});

	test('also if it succeeded', async () => {
		const a = tasks.task('a', {
			keys: ['a'],
			unclear: ([output]) => new Error(String(output?.json['name'])),
		});
		void tasks.run(a);
		const next = tasks.run(tasks.task('next', { keys: ['a'], needsKnownOutcome: true }));
		await settle();
		await tasks.end('a');
		await expect(next).rejects.toThrow('a');
		expect(tasks.started).toEqual(['a']);
	});

	test('with another key, everything starts', async () => {
		void tasks.add('a', 'a');
		await settle();
		await tasks.fail('a', unknown('lost'));
		void tasks.run(tasks.task('b', { keys: ['b'], needsKnownOutcome: true }));
		void tasks.run(tasks.task('none', { needsKnownOutcome: true }));
		await settle();
		expect(tasks.started).toEqual(['a', 'b', 'none']);
	});

	test.each<[string, unknown]>([
		['was not done', new ItemFailure('refused', '')],
		['was done', new ItemFailure('ended badly', '', { outcome: 'done' })],
		['failed before it was sent', new Error('wrong')],
	])('does not include one that %s', async (_name, error) => {
		void tasks.add('a', 'a');
		void tasks.run(tasks.task('next', { keys: ['a'], needsKnownOutcome: true }));
		await settle();
		await tasks.fail('a', error);
		expect(tasks.started).toEqual(['a', 'next']);
	});
});

describe('after a stop', () => {
	test('nothing starts that was waiting for its turn or is added, and what runs ends', async () => {
		const running = tasks.add('a', 'a');
		const waiting = tasks.add('b', 'a');
		await settle();
		tasks.stop.stop();
		const added = tasks.add('c', 'c');
		await tasks.end('a');
		await expect(running).resolves.toHaveLength(1);
		await expect(waiting).rejects.toBeInstanceOf(NotSentError);
		await expect(added).rejects.toBeInstanceOf(NotSentError);
		expect(tasks.started).toEqual(['a']);
	});

	test('at a failure that the run reacts to, the next task with the same key does not start', async () => {
		// The run reacts through a few promises.
		const failing = tasks.add('first', 'key').catch(async () => {
			for (let hop = 0; hop < 20; hop++) await Promise.resolve();
			tasks.stop.stop();
		});
		const next = tasks.add('next', 'key');
		await tasks.fail('first');
		await failing;
		await expect(next).rejects.toBeInstanceOf(NotSentError);
		expect(tasks.started).toEqual(['first']);
	});
});

describe('if the first failure ends the run', () => {
	beforeEach(() => (tasks = new Tasks(true)));

	test('nothing starts after it, also not in another place', async () => {
		void tasks.add('a', 'a');
		const waiting = tasks.add('b', 'a');
		const other = tasks.task('other');
		await tasks.fail('a');
		await expect(waiting).rejects.toBeInstanceOf(NotSentError);
		await expect(tasks.run(other)).rejects.toBeInstanceOf(NotSentError);
		expect([tasks.started, tasks.stop.isStopped]).toEqual([['a'], true]);
	});

	test('a task that needs the failed one reports its error, because that may belong to no item', async () => {
		const step = tasks.task('step');
		const item = tasks.run(tasks.task('item', { after: [step] }));
		await tasks.fail('step');
		await expect(item).rejects.toThrow('step');
	});

	test('a task that needs several reports the failure, not that the others were not sent', async () => {
		const [first, second] = [tasks.task('first', { keys: ['a'] }), tasks.task('second', { keys: ['a'] })];
		const item = tasks.run(tasks.task('item', { after: [second, first] }));
		await settle();
		await tasks.fail('second');
		await expect(item).rejects.toThrow('second');
		tasks = new Tasks(true);
		const [one, two] = [tasks.task('one', { keys: ['a'] }), tasks.task('two', { keys: ['a'] })];
		void tasks.run(one);
		const last = tasks.run(tasks.task('last', { after: [two, one] }));
		await tasks.fail('one');
		await expect(last).rejects.toThrow('one');
		const blockedBy = (error: unknown) => new UserError(`not after ${(error as Error).name}`);
		await expect(tasks.run(tasks.task('next', { after: [two], blockedBy }))).rejects.toThrow(
			'not after Error',
		);
	});

	test('a success ends nothing', async () => {
		void tasks.add('a', 'a');
		void tasks.add('b', 'a');
		await tasks.end('a');
		expect([tasks.started, tasks.stop.isStopped]).toEqual([['a', 'b'], false]);
	});
});

test('a task whose steps succeeded still runs after a stop, to report what they did', async () => {
	const tasks = new Tasks();
	const step = tasks.task('step');
	const result = tasks.run(tasks.task('report', { after: [step] }));
	await settle();
	tasks.stop.stop();
	await tasks.end('step');
	await tasks.end('report');
	await expect(result).resolves.toEqual([{ json: { name: 'report' } }]);
});

import { arch, cpus, loadavg, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { bars, verdict } from './bars.mts';
import { type Runner, startEmulator, startN8n, startUndici } from './child.mts';
import { installBuiltPackage } from './installation.mts';
import {
	type Row,
	type Sample,
	type SubjectName,
	SUBJECTS,
	table,
	type TaskName,
	TASKS,
} from './results.mts';

type Emulator = Awaited<ReturnType<typeof startEmulator>>;

/** In milliseconds, over https. */
const LATENCY = 50;

/** The devices that exist before others are commissioned. */
const OTHER_DEVICES = 10;

const names = Object.keys(SUBJECTS) as SubjectName[];

/** Subjects that must not fail. A failure of any other is a result. */
const OWN = new Set<SubjectName>(['enapter', 'computed']);

/** The error code if there is one, otherwise the last line of the message, without the stack. */
function reasonOf(error: unknown): string {
	const message = (error as Error).message.split('\n    at ', 1)[0] ?? '';
	return /\bE[A-Z]{3,}\b/.exec(message)?.[0] ?? message.split('\n').at(-1) ?? '';
}

/** `npm run bench -- --items 100,1000 --rounds 5 --scenarios http,https --tasks update,unchanged,latest --quick --concurrency 30` */
function settings() {
	const { values } = parseArgs({
		options: {
			items: { type: 'string' },
			rounds: { type: 'string' },
			scenarios: { type: 'string', default: 'http,https' },
			tasks: { type: 'string', default: Object.keys(TASKS).join() },
			subjects: { type: 'string', default: names.join() },
			concurrency: { type: 'string' },
			quick: { type: 'boolean', default: false },
		},
	});
	const items = values.items ?? (values.quick ? '100,1000' : '100,1000,10000');
	const wanted = values.subjects.split(',');
	const tasks = values.tasks.split(',');
	return {
		items: items.split(',').map(Number),
		rounds: Number(values.rounds ?? (values.quick ? 1 : 5)),
		secure: values.scenarios.split(',').map((name) => name === 'https'),
		tasks: (Object.keys(TASKS) as TaskName[]).filter((name) => tasks.includes(name)),
		subjects: names.filter((name) => wanted.includes(name)),
		/** For this package's node and undici, instead of their defaults. */
		concurrency: values.concurrency === undefined ? {} : { maxConcurrency: Number(values.concurrency) },
		memoryRounds: values.quick ? 1 : 3,
	};
}

type Settings = ReturnType<typeof settings>;

let runs = 0;

/** Measures one run. @throws Error if the number of update requests differs from the number of items */
async function sample(
	runner: Runner,
	emulator: Emulator,
	{ task, subject, https, items }: Row,
	concurrency: Settings['concurrency'],
): Promise<Sample & { peakMemory: number }> {
	const latency = https ? LATENCY : 0;
	const { target, ids, names: present } = await emulator.ask({ task, https, latency, count: false });
	const mark = `run ${++runs}`;
	const order = {
		task,
		subject,
		target,
		ids: Array.from({ length: items }, (_, index) => ids[index] ?? ''),
		names: present.slice(0, items),
		mark,
		...concurrency,
	};
	const report = await runner.ask(order);
	const { stats } = await emulator.ask({ task, https, latency, count: true });
	if (task === 'update' && stats.requests !== items) {
		throw new Error(`${subject}: ${stats.requests} requests for ${items} items`);
	}
	return { ...report, ...stats };
}

/** Runs all subjects in turn, round by round. The first round is a warm-up and does not count. */
async function measureTimes(
	rows: Row[],
	emulator: Emulator,
	folder: string,
	{ rounds, concurrency }: Settings,
) {
	let n8n = await startN8n(folder);
	const undici = await startUndici();
	for (let round = 0; round <= rounds; round++) {
		for (const row of rows) {
			const runner = row.subject === 'undici' ? undici : n8n;
			try {
				const measured = await sample(runner, emulator, row, concurrency);
				if (round > 0) row.samples.push(measured);
			} catch (error) {
				if (OWN.has(row.subject)) throw error;
				row.failures.push(reasonOf(error));
				// Connections that it left open would slow down the next subject.
				await n8n.stop();
				n8n = await startN8n(folder);
			}
		}
	}
	await n8n.stop();
	await undici.stop();
}

/** Each run has its own process, because the peak memory of a process never falls. */
async function measureMemory(
	rows: Row[],
	emulator: Emulator,
	folder: string,
	{ memoryRounds, concurrency }: Settings,
) {
	for (let round = 0; round < memoryRounds; round++) {
		for (const row of rows.filter(({ subject, failures }) => subject !== 'undici' && failures.length === 0)) {
			const n8n = await startN8n(folder);
			row.peakMemory.push((await sample(n8n, emulator, row, concurrency)).peakMemory);
			await n8n.stop();
		}
	}
}

/** Reads are measured only with latency, and only up to 1,000 items, with which HTTP Request works. */
function scenarios({ tasks, secure, items }: Settings) {
	return tasks.flatMap((task) =>
		secure.flatMap((https) =>
			items
				.filter((count) => task === 'update' || (count <= 1000 && (https || task === 'unchanged')))
				.map((count) => ({ task, https, items: count })),
		),
	);
}

async function main(): Promise<void> {
	const chosen = settings();
	const folder = installBuiltPackage();
	const all: Row[] = [];
	for (const { task, https, items } of scenarios(chosen)) {
		// The task "commission" creates the devices of all items in its warm-up.
		const emulator = await startEmulator(task === 'commission' ? OTHER_DEVICES : items);
		const rows = TASKS[task].subjects
			.filter((subject) => chosen.subjects.includes(subject))
			.map((subject): Row => ({ task, subject, https, items, samples: [], peakMemory: [], failures: [] }));
		console.error(`${https ? 'https' : 'http'}, ${items} items${TASKS[task].label}`);
		await measureTimes(rows, emulator, folder, chosen);
		await measureMemory(rows, emulator, folder, chosen);
		all.push(...rows);
		console.error(table(rows));
		await emulator.stop();
	}
	const [cpu] = cpus();
	const memory = Math.round(totalmem() / 2 ** 30);
	console.log(
		`${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpu?.model ?? arch()}, ${memory} GiB`,
	);
	console.log(`Medians of ${chosen.rounds}; load ${loadavg()[0]?.toFixed(1) ?? '?'} at the end\n`);
	console.log(`${table(all)}\n`);
	const results = bars(all);
	console.log(verdict(results));
	if (results.some(({ met, value }) => !met && !Number.isNaN(value))) process.exitCode = 1;
}

void main();

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { arch, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SchemaColumn } from 'udsv';
import { inferSchema, initParser } from 'udsv';
import { localTimeWriter } from '../../nodes/EnapterDevice/fields/time.ts';
import { csvOf, outputsOf, TIME_SERIES } from '../../nodes/EnapterDevice/resources/telemetry/timeSeries.ts';
import { type Bar, verdict } from './bars.mts';
import { median } from './results.mts';

/** `npx tsx test/benchmark/timeSeries.mts` compares a time series as items and as a CSV file with the fastest CSV library. */

const STEPS = 100_000;

/** More, so that the memory of the process itself does not count. */
const MEMORY_STEPS = 500_000;

const ROUNDS = 21;
const MEMORY_ROUNDS = 3;
const DEVICE = '93fb32c7-b7b7-4987-a754-23597d9c02c7';

/** The attributes, their types and their values at a step. */
const COLUMNS: Array<[name: string, type: string, cell: (step: number) => string]> = [
	['active_power', 'float', (step) => (step % 97 === 0 ? '' : (Math.sin(step / 500) * 4800).toFixed(3))],
	['battery_soc', 'float', (step) => (50 + Math.sin(step / 9000) * 40).toFixed(2)],
	['total_energy', 'integer', (step) => String(120_000 + step)],
	['grid_connected', 'boolean', (step) => String(step % 3 === 0)],
	['status', 'string', (step) => ['idle', 'charging', 'discharging'][Math.floor(step / 700) % 3] ?? ''],
];

const NAMES = COLUMNS.map(([name]) => name);
const WANTED = NAMES.map((name) => ({ key: name, attribute: name, aggregation: undefined }));
const HEADERS = { 'x-enapter-timeseries-data-types': COLUMNS.map(([, type]) => type).join(', ') };

function createText(steps: number): string {
	const label = (name: string) => `telemetry=${name} device=${DEVICE} aggregation=auto granularity=1s`;
	const lines = [['ts', ...NAMES.map(label)].join()];
	for (let step = 0; step < steps; step++) {
		lines.push([String(1_754_292_120 + step), ...COLUMNS.map(([, , cell]) => cell(step))].join());
	}
	return `${lines.join('\n')}\n`;
}

function readSeries(text: string) {
	const series = TIME_SERIES.read(text, HEADERS);
	if (series === undefined) throw new Error('The text is not a time series');
	return series;
}

/** What each subject makes of the text: items, or a file. */
const SUBJECTS = {
	node: (text: string) => outputsOf(readSeries(text), DEVICE, WANTED, localTimeWriter('Europe/Berlin')),
	udsv(text: string) {
		const schema = inferSchema(text);
		schema.cols.forEach((column: SchemaColumn, index: number) => {
			column.name = ['timestamp', ...NAMES][index] ?? column.name;
		});
		return initParser(schema).typedObjs(text);
	},
	file: (text: string) =>
		csvOf(
			readSeries(text),
			WANTED,
			(column) => column?.key ?? 'timestamp',
			',',
			localTimeWriter('Europe/Berlin'),
		),
};

type SubjectName = keyof typeof SUBJECTS;

const WORDS: Record<SubjectName, string> = {
	node: 'Enapter Device, items',
	udsv: 'uDSV, typed objects',
	file: 'Enapter Device, CSV file',
};

/** In MiB, of a process that did nothing else. */
interface Memory {
	/** Held by the result alone. */
	items: number;
	/** Highest use besides the text. */
	peak: number;
}

const MIB = 2 ** 20;

function measureMemory(subject: SubjectName, text: string): Memory {
	globalThis.gc?.();
	const heap = process.memoryUsage().heapUsed;
	const { rss } = process.memoryUsage();
	const made: unknown = SUBJECTS[subject](text);
	const peak = process.resourceUsage().maxRSS * 1024 - rss;
	globalThis.gc?.();
	const items = process.memoryUsage().heapUsed - heap;
	if (made === undefined) throw new Error('There is no result');
	return { items: items / MIB, peak: peak / MIB };
}

type Times = Record<SubjectName, number[]>;

/** Measures all subjects in turn, each on a clean heap. The first third of the rounds is a warm-up. */
function measureTimes(text: string): Times {
	const times: Times = { node: [], udsv: [], file: [] };
	for (let round = 0; round < ROUNDS * 1.5; round++) {
		for (const subject of Object.keys(SUBJECTS) as SubjectName[]) {
			globalThis.gc?.();
			const start = performance.now();
			SUBJECTS[subject](text);
			if (round >= ROUNDS / 2) times[subject].push(performance.now() - start);
		}
	}
	return times;
}

/** Takes one measurement in a process that has held nothing but the text. */
async function inOwnProcess<T>(what: SubjectName | 'times', file: string): Promise<T> {
	const child = fork(fileURLToPath(import.meta.url), [what, file], {
		execArgv: ['--expose-gc', '--import', 'tsx'],
	});
	const [report] = (await once(child, 'message')) as [T];
	return report;
}

async function main(): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), 'n8n-nodes-enapter-'));
	process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
	const [file, large] = [join(folder, 'series.csv'), join(folder, 'large.csv')];
	writeFileSync(file, createText(STEPS));
	writeFileSync(large, createText(MEMORY_STEPS));
	const times = await inOwnProcess<Times>('times', file);
	const measured: Record<SubjectName, Memory[]> = { node: [], udsv: [], file: [] };
	for (const subject of Object.keys(SUBJECTS) as SubjectName[]) {
		for (let round = 0; round < MEMORY_ROUNDS; round++) {
			measured[subject].push(await inOwnProcess<Memory>(subject, large));
		}
	}
	const time = (subject: SubjectName) => median(times[subject]);
	const size = (subject: SubjectName, key: keyof Memory) => median(measured[subject].map((one) => one[key]));
	const [cpu] = cpus();
	console.log(
		`${new Date().toISOString().slice(0, 10)}, ${cpu?.model ?? arch()}, Node.js ${process.version}`,
	);
	console.log(
		`${STEPS} steps × ${NAMES.length} attributes, medians of ${ROUNDS}; memory of ${MEMORY_STEPS} steps; load ${loadavg()[0]?.toFixed(1)}\n`,
	);
	console.log(
		'| | ms | × uDSV | Result MiB | Peak MiB | Peak by result |\n| --- | --- | --- | --- | --- | --- |',
	);
	for (const subject of Object.keys(SUBJECTS) as SubjectName[]) {
		const [items, peak] = [size(subject, 'items'), size(subject, 'peak')];
		// There are no items to compare with.
		const memory =
			subject === 'file' ? ['–', '–', '–'] : [items.toFixed(1), peak.toFixed(1), (peak / items).toFixed(2)];
		const cells = [time(subject).toFixed(1), (time(subject) / time('udsv')).toFixed(2), ...memory];
		console.log(`| ${[WORDS[subject], ...cells].join(' | ')} |`);
	}
	const ratio = time('node') / time('udsv');
	const growth = size('node', 'peak') / size('node', 'items');
	const results: Bar[] = [
		{ name: 'time relative to uDSV, at most 3', limit: 3, value: ratio, met: ratio <= 3 },
		{ name: 'peak memory relative to the items, at most 3', limit: 3, value: growth, met: growth <= 3 },
	];
	console.log(`\n${verdict(results)}`);
	if (results.some(({ met }) => !met)) process.exitCode = 1;
}

const [, , what, file] = process.argv;
if (what === undefined || file === undefined) await main();
else {
	const text = readFileSync(file, 'latin1');
	process.send?.(what === 'times' ? measureTimes(text) : measureMemory(what as SubjectName, text));
	process.disconnect();
}

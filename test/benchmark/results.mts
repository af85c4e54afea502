/** The subjects, in the order of the table; undici runs outside n8n. */
export const SUBJECTS = {
	enapter: 'Enapter Device',
	computed: 'Enapter Device, computed expressions',
	httpRequest: 'HTTP Request',
	declarative: 'Declarative node',
	minimal: 'Minimal node',
	undici: 'undici, no n8n',
} as const;

export type SubjectName = keyof typeof SUBJECTS;

/** The tasks, and which subjects are measured. */
export const TASKS = {
	update: { label: '', subjects: Object.keys(SUBJECTS) as SubjectName[] },
	unchanged: {
		label: ', scheduled run, nothing to do',
		subjects: ['enapter', 'httpRequest'] as SubjectName[],
	},
	latest: { label: ', latest telemetry', subjects: ['enapter', 'httpRequest'] as SubjectName[] },
	missing: {
		label: ', latest telemetry, values of offline devices missing',
		subjects: ['enapter', 'httpRequest'] as SubjectName[],
	},
	commission: {
		label: ', devices commissioned again, nothing to do',
		subjects: ['enapter', 'httpRequest'] as SubjectName[],
	},
	configuration: {
		label: ', configuration already applied',
		subjects: ['enapter', 'httpRequest'] as SubjectName[],
	},
} as const;

export type TaskName = keyof typeof TASKS;

export interface Sample {
	milliseconds: number;
	requests: number;
	cpuSeconds: number;
	peakInFlight: number;
	connections: number;
}

/** One line of the table. */
export interface Row {
	task: TaskName;
	subject: SubjectName;
	https: boolean;
	items: number;
	samples: Sample[];
	/** In MiB, each from a fresh process; empty for undici. */
	peakMemory: number[];
	/** Reasons of failed runs, including the warm-up. */
	failures: string[];
}

export function median(values: number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length / 2;
	const high = sorted[Math.floor(middle)] ?? Number.NaN;
	const low = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
	return (high + low) / 2;
}

/** Median time of the runs in milliseconds; NaN if it was not measured. */
export function timeOf(row: Row | undefined): number {
	return median(row?.samples.map(({ milliseconds }) => milliseconds) ?? []);
}

export function find(
	rows: Row[],
	subject: SubjectName,
	https: boolean,
	items: number,
	task: TaskName = 'update',
): Row | undefined {
	return rows.find(
		(row) => row.subject === subject && row.https === https && row.items === items && row.task === task,
	);
}

/** Writes the rows as a Markdown table. */
export function table(rows: Row[]): string {
	const head = [
		'Scenario',
		'Items',
		'Node',
		'Items/s',
		'Slowest–fastest',
		'× HTTP Request',
		'× declarative',
		'CPU s',
		'Peak memory MiB',
		'Requests',
		'Peak in flight',
		'Connections',
	];
	return [head, head.map(() => '---'), ...rows.map((row) => cells(row, rows))]
		.map((line) => `| ${line.join(' | ')} |`)
		.join('\n');
}

function cells(row: Row, rows: Row[]): string[] {
	const { task, subject, https, items, samples } = row;
	const rates = samples.map(({ milliseconds }) => (items / milliseconds) * 1000);
	const against = (other: SubjectName) => timeOf(find(rows, other, https, items, task)) / timeOf(row);
	const middle = (key: keyof Sample) => median(samples.map((sample) => sample[key]));
	return [
		(https ? 'https, 50 ms' : 'http') + TASKS[task].label,
		String(items),
		SUBJECTS[subject],
		[number(median(rates), 0), ...failed(row)].join(', '),
		rates.length === 0 ? '–' : `${number(Math.min(...rates), 0)}–${number(Math.max(...rates), 0)}`,
		number(against('httpRequest'), 2),
		number(against('declarative'), 2),
		number(middle('cpuSeconds'), 2),
		number(median(row.peakMemory), 0),
		number(middle('requests'), 0),
		number(middle('peakInFlight'), 0),
		number(middle('connections'), 0),
	];
}

function failed({ failures }: Row): string[] {
	return failures.length === 0 ? [] : [`${failures.length} × ${[...new Set(failures)].join(' or ')}`];
}

function number(value: number, digits: number): string {
	return Number.isFinite(value) ? value.toFixed(digits) : '–';
}

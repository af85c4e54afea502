import { find, median, type Row, timeOf } from './results.mts';

export interface Bar {
	name: string;
	limit: number;
	/** NaN if it was not measured. */
	value: number;
	met: boolean;
}

/** What the node must reach with default options. */
export function bars(rows: Row[]): Bar[] {
	const time = (...args: [Row['subject'], boolean, number]) => timeOf(find(rows, ...args));
	const memory = (...args: [Row['subject'], boolean, number]) =>
		median(find(rows, ...args)?.peakMemory ?? []);
	const unchanged = (subject: Row['subject']) => find(rows, subject, true, 1000, 'unchanged');
	const latest = (subject: Row['subject']) => find(rows, subject, true, 1000, 'latest');
	const commissioned = (subject: Row['subject']) => find(rows, subject, true, 1000, 'commission');
	const configured = find(rows, 'enapter', true, 1000, 'configuration');
	const latestMemory = (subject: Row['subject']) => median(latest(subject)?.peakMemory ?? []);
	return [
		atLeast('1,000 items, http: × HTTP Request', 2, ratio(time, 'httpRequest', false)),
		atLeast('1,000 items, http: × declarative node', 2.5, ratio(time, 'declarative', false)),
		atLeast('1,000 items, https 50 ms: × HTTP Request', 1.3, ratio(time, 'httpRequest', true)),
		atMost(
			'10,000 items, http: time / time of 1,000',
			11,
			time('enapter', false, 10_000) / time('enapter', false, 1000),
		),
		atMost(
			'1,000 items, http: memory / memory of HTTP Request',
			1,
			memory('enapter', false, 1000) / memory('httpRequest', false, 1000),
		),
		atMost('1,000 items, http: time / time of the minimal node', 1.2, 1 / ratio(time, 'minimal', false)),
		atLeast(
			'scheduled run with nothing to do, 1,000 devices, https 50 ms: × HTTP Request',
			10,
			timeOf(unchanged('httpRequest')) / timeOf(unchanged('enapter')),
		),
		atMost(
			'scheduled run with nothing to do, 1,000 devices: requests',
			25,
			median(unchanged('enapter')?.samples.map(({ requests }) => requests) ?? []),
		),
		atLeast(
			'latest telemetry of 1,000 devices, https 50 ms: × HTTP Request',
			15,
			timeOf(latest('httpRequest')) / timeOf(latest('enapter')),
		),
		atMost(
			'latest telemetry of 1,000 devices: memory / memory of HTTP Request',
			1,
			latestMemory('enapter') / latestMemory('httpRequest'),
		),
		atMost(
			'latest telemetry of 1,000 devices: requests',
			30,
			median(latest('enapter')?.samples.map(({ requests }) => requests) ?? []),
		),
		atLeast(
			'1,000 devices commissioned again, https 50 ms: × HTTP Request with one look-up per row',
			10,
			timeOf(commissioned('httpRequest')) / timeOf(commissioned('enapter')),
		),
		atMost(
			'configuration already applied to 1,000 devices: requests (one per device, and shared reads)',
			1050,
			median(configured?.samples.map(({ requests }) => requests) ?? []),
		),
	];
}

function ratio(
	time: (subject: Row['subject'], https: boolean, items: number) => number,
	other: Row['subject'],
	https: boolean,
): number {
	return time(other, https, 1000) / time('enapter', https, 1000);
}

function atLeast(name: string, limit: number, value: number): Bar {
	return { name: `${name}, at least ${limit}`, limit, value, met: value >= limit };
}

function atMost(name: string, limit: number, value: number): Bar {
	return { name: `${name}, at most ${limit}`, limit, value, met: value <= limit };
}

/** Writes the bars as a Markdown list. */
export function verdict(all: Bar[]): string {
	return all
		.map(({ name, value, met }) => {
			if (Number.isNaN(value)) return `- not measured: ${name}`;
			return `- ${met ? 'met' : 'NOT MET'}: ${name} (${value.toFixed(2)})`;
		})
		.join('\n');
}

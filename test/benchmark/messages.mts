import type { TaskName } from './results.mts';

/** What the processes of the benchmark say to each other. */

export interface Target {
	baseUrl: string;
	token: string;
}

export interface RunOrder {
	task: TaskName;
	subject: string;
	target: Target;
	ids: string[];
	/** What each device is called now. */
	names: string[];
	/** The new name of each device ends in this, so that every run changes every device. */
	mark: string;
	/** Of this package's node and of undici. */
	maxConcurrency?: number;
}

export interface RunReport {
	milliseconds: number;
	/** User and system time of the process. */
	cpuSeconds: number;
	/** The most memory the process has ever held, in MiB. */
	peakMemory: number;
}

export interface EmulatorOrder {
	https: boolean;
	latency: number;
	/** Ends a run: answers with the counts since the order before. */
	count: boolean;
}

export interface EmulatorReport {
	target: Target;
	ids: string[];
	names: string[];
	stats: { requests: number; peakInFlight: number; connections: number };
}

/** Answers each order from the parent process, one after the other. */
export function answerOrders<Order, Report>(work: (order: Order) => Promise<Report>): void {
	process.on('message', (order: Order) => {
		work(order).then(
			(report) => process.send?.({ report }),
			(error: unknown) => process.send?.({ error: error instanceof Error ? error.stack : String(error) }),
		);
	});
	process.once('disconnect', () => process.exit());
	process.send?.({ report: 'ready' });
}

/** Measures one run. */
export async function measure(run: () => Promise<void>): Promise<RunReport> {
	globalThis.gc?.();
	const cpu = process.cpuUsage();
	const start = performance.now();
	await run();
	const milliseconds = performance.now() - start;
	const { user, system } = process.cpuUsage(cpu);
	return {
		milliseconds,
		cpuSeconds: (user + system) / 1e6,
		peakMemory: process.resourceUsage().maxRSS / 1024,
	};
}

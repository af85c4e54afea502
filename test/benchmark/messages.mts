import type { TaskName } from './results.mts';

// Messages between the processes of the benchmark.

export interface Target {
	baseUrl: string;
	token: string;
}

export interface RunOrder {
	task: TaskName;
	subject: string;
	target: Target;
	ids: string[];
	/** The current name of each device. */
	names: string[];
	/** End of the new names, so that every run changes every device. */
	mark: string;
	/** For this package's node and undici. */
	maxConcurrency?: number;
}

export interface RunReport {
	milliseconds: number;
	/** User and system time of the process. */
	cpuSeconds: number;
	/** Peak memory of the process, in MiB. */
	peakMemory: number;
}

export interface EmulatorOrder {
	task: TaskName;
	https: boolean;
	latency: number;
	/** Whether to report the counts since the previous order; otherwise they are reset. */
	count: boolean;
}

export interface EmulatorReport {
	target: Target;
	ids: string[];
	names: string[];
	stats: { requests: number; peakInFlight: number; connections: number };
}

/** Handles orders from the parent process and sends their reports. */
export function handleOrders<Order, Report>(work: (order: Order) => Promise<Report>): void {
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

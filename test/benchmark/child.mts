import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { EmulatorOrder, EmulatorReport, RunOrder, RunReport } from './messages.mts';

/** A process of the benchmark that does one thing after the other. */
export class Child<Order extends object, Report> {
	readonly #process: ChildProcess;

	private constructor(process: ChildProcess) {
		this.#process = process;
	}

	static async start<Order extends object, Report>(
		file: string,
		args: string[],
		options: { execPath?: string; execArgv: string[] },
	): Promise<Child<Order, Report>> {
		const path = fileURLToPath(new URL(file, import.meta.url));
		const child = new Child<Order, Report>(fork(path, args, options));
		await child.#answer();
		return child;
	}

	/** @throws Error when the process could not do it */
	async ask(order: Order): Promise<Report> {
		this.#process.send(order);
		return (await this.#answer()) as Report;
	}

	async stop(): Promise<void> {
		const exit = once(this.#process, 'exit');
		this.#process.disconnect();
		await exit;
	}

	async #answer(): Promise<unknown> {
		const ended = new AbortController();
		const { signal } = ended;
		try {
			const [answer] = (await Promise.race([
				once(this.#process, 'message', { signal }),
				once(this.#process, 'exit', { signal }).then(() => [{ error: 'A process ended early' }]),
			])) as [{ report?: unknown; error?: string }];
			if (answer.error !== undefined) throw new Error(answer.error);
			return answer.report;
		} finally {
			ended.abort();
		}
	}
}

export type Runner = Child<RunOrder, RunReport>;

const N8N_NODE = fileURLToPath(new URL('../../n8n/node_modules/.bin/node', import.meta.url));

/**
 * Starts n8n in a process that reads TypeScript by itself: nothing but n8n runs in it.
 *
 * @param folder where the built package is
 */
export async function startN8n(folder: string): Promise<Runner> {
	return await Child.start('n8nProcess.mts', [folder], { execPath: N8N_NODE, execArgv: ['--expose-gc'] });
}

export async function startUndici(): Promise<Runner> {
	return await Child.start('undiciProcess.mts', [], { execPath: N8N_NODE, execArgv: ['--expose-gc'] });
}

export async function startEmulator(devices: number): Promise<Child<EmulatorOrder, EmulatorReport>> {
	return await Child.start('emulatorProcess.mts', [String(devices)], { execArgv: ['--import', 'tsx'] });
}

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { EmulatorOrder, EmulatorReport, RunOrder, RunReport } from './messages.mts';

/** A process of the benchmark that handles one order after the other. */
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
		await child.#response();
		return child;
	}

	/** Sends an order and waits for its report. @throws Error if the process failed */
	async ask(order: Order): Promise<Report> {
		this.#process.send(order);
		return (await this.#response()) as Report;
	}

	async stop(): Promise<void> {
		const exit = once(this.#process, 'exit');
		this.#process.disconnect();
		await exit;
	}

	async #response(): Promise<unknown> {
		const ended = new AbortController();
		const { signal } = ended;
		try {
			const [response] = (await Promise.race([
				once(this.#process, 'message', { signal }),
				once(this.#process, 'exit', { signal }).then(() => [{ error: 'A process exited early' }]),
			])) as [{ report?: unknown; error?: string }];
			if (response.error !== undefined) throw new Error(response.error);
			return response.report;
		} finally {
			ended.abort();
		}
	}
}

export type Runner = Child<RunOrder, RunReport>;

const N8N_NODE = fileURLToPath(new URL('../../n8n/node_modules/.bin/node', import.meta.url));

/**
 * Starts n8n in a process of its own. Its Node.js runs TypeScript without a loader.
 *
 * @param folder contains the built package
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

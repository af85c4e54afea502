import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import getPort from 'get-port';
import { request } from 'undici';
import { N8N_BINARY, NODE_BINARY } from './install.mts';

export interface InstanceOptions {
	/** Everything n8n writes goes here. */
	userFolder: string;
	/** A free one when it is taken. */
	port?: number;
	/** `worker` takes jobs from a queue and has no editor. */
	role?: 'main' | 'worker';
	env?: Record<string, string>;
}

/** A running n8n. */
export interface Instance {
	url: string;
	/** What it printed, for the case that something goes wrong. */
	log: string[];
	/** Ends it and everything it started. */
	stop(): Promise<void>;
}

const READY_WITHIN = 120_000;
const STOP_WITHIN = 15_000;

/**
 * Starts n8n under its own Node.js and waits until it answers.
 *
 * @throws Error with what n8n printed, when it does not come up
 */
export async function startN8n(options: InstanceOptions): Promise<Instance> {
	const { userFolder, role = 'main' } = options;
	const port = await getPort({
		host: '127.0.0.1',
		...(options.port === undefined ? {} : { port: options.port }),
	});
	mkdirSync(userFolder, { recursive: true });
	const log: string[] = [];
	const child = spawn(NODE_BINARY, [N8N_BINARY, role === 'main' ? 'start' : 'worker'], {
		cwd: userFolder,
		env: await environment(userFolder, port, options.env),
		stdio: ['ignore', 'pipe', 'pipe'],
		// A process group of its own, so that the task runners n8n starts end with it.
		detached: true,
	});
	const listen = (chunk: Buffer) => {
		log.push(String(chunk));
		if (log.length > 500) log.shift();
	};
	child.stdout.on('data', listen);
	child.stderr.on('data', listen);
	const url = `http://127.0.0.1:${port}`;
	const instance = { url, log, stop: async () => await stop(child) };
	try {
		await ready(child, async () =>
			role === 'main' ? await answers(url) : log.join('').includes('is now ready'),
		);
	} catch (error) {
		await instance.stop();
		throw new Error(`${(error as Error).message}\n${log.join('').slice(-3000)}`);
	}
	return instance;
}

async function environment(userFolder: string, port: number, more: Record<string, string> = {}) {
	const { PATH = '', LANG = 'C.UTF-8' } = process.env;
	return {
		PATH,
		LANG,
		HOME: userFolder,
		TMPDIR: userFolder,
		N8N_USER_FOLDER: userFolder,
		N8N_PORT: String(port),
		N8N_LISTEN_ADDRESS: '127.0.0.1',
		N8N_HOST: '127.0.0.1',
		N8N_RUNNERS_BROKER_PORT: String(await getPort({ host: '127.0.0.1' })),
		QUEUE_HEALTH_CHECK_PORT: String(await getPort({ host: '127.0.0.1' })),
		N8N_SECURE_COOKIE: 'false',
		N8N_DIAGNOSTICS_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
		N8N_TEMPLATES_ENABLED: 'false',
		N8N_PERSONALIZATION_ENABLED: 'false',
		N8N_HIRING_BANNER_ENABLED: 'false',
		N8N_COMMUNITY_PACKAGES_ALLOW_TOOL_USAGE: 'true',
		N8N_LOG_LEVEL: 'warn',
		NODE_COMPILE_CACHE: join(userFolder, '.compile-cache'),
		...more,
	};
}

async function ready(child: ChildProcess, isReady: () => Promise<boolean>): Promise<void> {
	const end = Date.now() + READY_WITHIN;
	while (!(await isReady())) {
		if (child.exitCode !== null) throw new Error(`n8n ended with ${child.exitCode} before it was ready`);
		if (Date.now() > end) throw new Error(`n8n was not ready after ${READY_WITHIN / 1000} seconds`);
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
}

/** /healthz answers before the REST API does. */
async function answers(url: string): Promise<boolean> {
	try {
		const { statusCode, headers, body } = await request(`${url}/rest/settings`);
		await body.dump();
		return statusCode === 200 && String(headers['content-type']).includes('json');
	} catch {
		return false;
	}
}

async function stop(child: ChildProcess): Promise<void> {
	const { pid } = child;
	if (pid === undefined) return;
	const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
	if (child.exitCode === null && child.signalCode === null) {
		signal(pid, 'SIGTERM');
		const timer = setTimeout(() => signal(-pid, 'SIGKILL'), STOP_WITHIN);
		await ended;
		clearTimeout(timer);
	}
	signal(-pid, 'SIGKILL');
}

function signal(pid: number, name: NodeJS.Signals): void {
	try {
		process.kill(pid, name);
	} catch {
		// It is gone already.
	}
}

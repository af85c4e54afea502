import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
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
	/** Gives up the start. */
	signal?: AbortSignal;
}

/** A running n8n. */
export interface Instance {
	url: string;
	/** What it printed, for the case that something goes wrong. */
	log: string[];
	/** Ends it and everything it started. */
	stop(): Promise<void>;
}

const READY_WITHIN = 300_000;
const STOP_WITHIN = 15_000;

/** What n8n may know of the shell it was started from: anything else could change how it runs, or where it writes. */
const INHERITED = [
	'LANG',
	'HTTP_PROXY',
	'HTTPS_PROXY',
	'NO_PROXY',
	'http_proxy',
	'https_proxy',
	'no_proxy',
	'NODE_EXTRA_CA_CERTS',
];

/**
 * Starts n8n under its own Node.js and waits until it answers.
 *
 * @throws Error with what n8n printed, when it does not come up
 */
export async function startN8n(options: InstanceOptions): Promise<Instance> {
	const { userFolder, role = 'main', signal } = options;
	const port = await freePort(options.port);
	// The second is where n8n lets nodes write files.
	for (const folder of ['tmp', '.n8n-files']) mkdirSync(join(userFolder, folder), { recursive: true });
	const log: string[] = [];
	const child = spawn(NODE_BINARY, [N8N_BINARY, role === 'main' ? 'start' : 'worker'], {
		cwd: userFolder,
		env: await environment(userFolder, port, options.env),
		stdio: ['ignore', 'pipe', 'pipe'],
		// A process group of its own: the task runners n8n starts end with it, and Ctrl-C reaches it through `stop` alone.
		detached: true,
	});
	const listen = (chunk: Buffer) => {
		log.push(String(chunk));
		if (log.length > 500) log.shift();
	};
	child.stdout.on('data', listen);
	child.stderr.on('data', listen);
	child.on('error', (error) => log.push(error.message));
	const killGroup = () => kill(-(child.pid ?? Number.NaN), 'SIGKILL');
	process.once('exit', killGroup);
	const url = `http://127.0.0.1:${port}`;
	const instance = {
		url,
		log,
		async stop() {
			await end(child);
			killGroup();
			process.off('exit', killGroup);
		},
	};
	try {
		// A worker serves nothing but its health.
		await ready(child, url + (role === 'main' ? '/rest/settings' : '/healthz/readiness'), signal);
	} catch (error) {
		await instance.stop();
		throw new Error(`${(error as Error).message}\n${log.join('').slice(-3000)}`);
	}
	return instance;
}

/** The port itself or, when it is taken, another one. */
async function freePort(port?: number): Promise<number> {
	return await getPort({ host: '127.0.0.1', ...(port === undefined ? {} : { port }) });
}

async function environment(userFolder: string, port: number, more: Record<string, string> = {}) {
	const inherited = INHERITED.flatMap((name) => {
		const value = process.env[name];
		return value === undefined ? [] : [[name, value] as const];
	});
	return {
		...Object.fromEntries(inherited),
		// n8n starts its task runners with the `node` it finds first.
		PATH: `${dirname(NODE_BINARY)}:${process.env.PATH ?? ''}`,
		HOME: userFolder,
		TMPDIR: join(userFolder, 'tmp'),
		NODE_COMPILE_CACHE: join(userFolder, '.compile-cache'),
		N8N_USER_FOLDER: userFolder,
		N8N_PORT: String(port),
		N8N_LISTEN_ADDRESS: '127.0.0.1',
		N8N_HOST: '127.0.0.1',
		N8N_RUNNERS_BROKER_PORT: String(await freePort()),
		QUEUE_HEALTH_CHECK_ACTIVE: 'true',
		QUEUE_HEALTH_CHECK_PORT: String(port),
		// Schedules go by this; n8n's default is New York.
		GENERIC_TIMEZONE: Intl.DateTimeFormat().resolvedOptions().timeZone,
		N8N_SECURE_COOKIE: 'false',
		N8N_DIAGNOSTICS_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
		N8N_TEMPLATES_ENABLED: 'false',
		N8N_PERSONALIZATION_ENABLED: 'false',
		N8N_HIRING_BANNER_ENABLED: 'false',
		N8N_COMMUNITY_PACKAGES_ALLOW_TOOL_USAGE: 'true',
		N8N_LOG_LEVEL: 'warn',
		...more,
	};
}

/** Waits for the first JSON: n8n answers in text while it starts. */
async function ready(child: ChildProcess, url: string, signal?: AbortSignal): Promise<void> {
	const end = Date.now() + READY_WITHIN;
	while (!(await answersJson(url))) {
		signal?.throwIfAborted();
		if (hasEnded(child))
			throw new Error(`n8n ended with ${child.exitCode ?? child.signalCode} before it was ready`);
		if (Date.now() > end) throw new Error(`n8n was not ready after ${READY_WITHIN / 1000} seconds`);
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
}

async function answersJson(url: string): Promise<boolean> {
	try {
		const { statusCode, headers, body } = await request(url);
		await body.dump();
		return statusCode === 200 && String(headers['content-type']).includes('json');
	} catch {
		return false;
	}
}

/** No process at all counts as ended. */
function hasEnded({ pid, exitCode, signalCode }: ChildProcess): boolean {
	return pid === undefined || exitCode !== null || signalCode !== null;
}

/** Ends n8n as it wants to be ended, which ends its task runners too; harder when it does not go. */
async function end(child: ChildProcess): Promise<void> {
	if (hasEnded(child)) return;
	const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
	child.kill('SIGTERM');
	const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN);
	await ended;
	clearTimeout(timer);
}

function kill(pid: number, name: NodeJS.Signals): void {
	try {
		process.kill(pid, name);
	} catch {
		// It is gone already.
	}
}

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import getPort from 'get-port';
import { request } from 'undici';
import { N8N_BINARY, NODE_BINARY } from './install.mts';

export interface InstanceOptions {
	/** All files that n8n writes are in this folder. */
	userFolder: string;
	/** Another free port is used if it is taken. */
	port?: number;
	/** A `worker` takes jobs from a queue and has no editor. */
	role?: 'main' | 'worker';
	env?: Record<string, string>;
	/** Cancels the start. */
	signal?: AbortSignal;
}

/** A running n8n. */
export interface Instance {
	url: string;
	/** The last lines of its output, to explain failures. */
	log: string[];
	/** Stops it and all processes that it started. */
	stop(): Promise<void>;
}

/** In milliseconds. */
const READY_WITHIN = 300_000;
const STOP_WITHIN = 15_000;

/** Environment variables passed on to n8n. Any other could change how it runs or where it writes. */
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
 * Starts n8n with its own Node.js and waits until it responds.
 *
 * @throws Error with the output of n8n if it does not start
 */
export async function startN8n(options: InstanceOptions): Promise<Instance> {
	const { userFolder, role = 'main', signal } = options;
	const port = await freePort(options.port);
	// n8n lets nodes write files to `.n8n-files`.
	for (const folder of ['tmp', '.n8n-files']) mkdirSync(join(userFolder, folder), { recursive: true });
	const log: string[] = [];
	const child = spawn(NODE_BINARY, [N8N_BINARY, role === 'main' ? 'start' : 'worker'], {
		cwd: userFolder,
		env: await environment(userFolder, port, options.env),
		stdio: ['ignore', 'pipe', 'pipe'],
		// Its own process group, so that its task runners can be killed with it and Ctrl-C does not reach it directly.
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
			await terminate(child);
			killGroup();
			process.off('exit', killGroup);
		},
	};
	try {
		// A worker only has a health endpoint.
		await ready(child, url + (role === 'main' ? '/rest/settings' : '/healthz/readiness'), signal);
	} catch (error) {
		await instance.stop();
		throw new Error(`${(error as Error).message}\n${log.join('').slice(-3000)}`);
	}
	return instance;
}

/** Returns the port if it is free, otherwise another one. */
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
		// n8n starts its task runners with the first `node` in the path.
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
		// The time zone of schedules; n8n's default is New York.
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

/** Waits for the first JSON response: n8n responds with text while it starts. */
async function ready(child: ChildProcess, url: string, signal?: AbortSignal): Promise<void> {
	const end = Date.now() + READY_WITHIN;
	while (!(await respondsWithJson(url))) {
		signal?.throwIfAborted();
		if (hasExited(child))
			throw new Error(`n8n exited with ${child.exitCode ?? child.signalCode} before it was ready`);
		if (Date.now() > end) throw new Error(`n8n was not ready after ${READY_WITHIN / 1000} seconds`);
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
}

async function respondsWithJson(url: string): Promise<boolean> {
	try {
		const { statusCode, headers, body } = await request(url);
		await body.dump();
		return statusCode === 200 && String(headers['content-type']).includes('json');
	} catch {
		return false;
	}
}

/** Whether a process has exited, or could not be started. */
function hasExited({ pid, exitCode, signalCode }: ChildProcess): boolean {
	return pid === undefined || exitCode !== null || signalCode !== null;
}

/** Stops n8n and its task runners with SIGTERM, then with SIGKILL if it does not exit in time. */
async function terminate(child: ChildProcess): Promise<void> {
	if (hasExited(child)) return;
	const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
	child.kill('SIGTERM');
	const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN);
	await exited;
	clearTimeout(timer);
}

function kill(pid: number, name: NodeJS.Signals): void {
	try {
		process.kill(pid, name);
	} catch {
		// It has already exited.
	}
}

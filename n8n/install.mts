import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the pinned n8n lives: `n8n/` of the repository, which every npm script starts in. */
export const N8N_FOLDER = join(process.cwd(), 'n8n');

const MODULES = join(N8N_FOLDER, 'node_modules');

/** Measured: 2.9 GB installed, and up to 1 GB that npm keeps of its downloads. */
const GIGABYTES_NEEDED = 4;

/** The n8n program and the Node.js it runs under. */
export const N8N_BINARY = join(MODULES, 'n8n', 'bin', 'n8n');
export const NODE_BINARY = join(MODULES, 'node', 'bin', 'node');

/**
 * Brings the pinned n8n and its Node.js, unless they are there.
 *
 * @throws Error when npm cannot bring them, the disk is too full, or `signal` says to give up
 */
export async function installN8n(say: (line: string) => void, signal?: AbortSignal): Promise<void> {
	if (isInstalled()) return;
	const { bavail, bsize } = await statfs(N8N_FOLDER);
	const free = (bavail * bsize) / 1e9;
	if (free < GIGABYTES_NEEDED) {
		throw new Error(`n8n needs ${GIGABYTES_NEEDED} GB of disk; ${free.toFixed(1)} GB are free.`);
	}
	say('Installing n8n and the Node.js it needs (3 GB, about five minutes, only this once) …');
	const started = Date.now();
	const heartbeat = setInterval(() => say(`  still installing, ${minutes(started)} min`), 30_000);
	try {
		// Scripts are refused in n8n/.npmrc: most would build native code for the wrong Node.js. These two are needed.
		await npm(['ci'], signal);
		await npm(['rebuild', '--ignore-scripts=false', 'node', 'sqlite3'], signal);
	} finally {
		clearInterval(heartbeat);
	}
	if (!isInstalled()) {
		throw new Error('npm ended well, yet n8n is not there: delete n8n/node_modules and try again.');
	}
	say(`n8n is installed (${minutes(started)} min).`);
}

/** Whether the pinned versions are there and what `npm rebuild` makes, which is what comes last. */
function isInstalled(): boolean {
	const { dependencies } = readManifest(N8N_FOLDER);
	const isThere = ([name, version]: [string, string]) => {
		const folder = join(MODULES, name);
		return existsSync(join(folder, 'package.json')) && readManifest(folder).version === version;
	};
	const built = [NODE_BINARY, join(MODULES, 'sqlite3', 'build', 'Release', 'node_sqlite3.node')];
	return Object.entries(dependencies ?? {}).every(isThere) && built.every((file) => existsSync(file));
}

function readManifest(folder: string) {
	return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
		version?: string;
		dependencies?: Record<string, string>;
	};
}

function minutes(since: number): string {
	return ((Date.now() - since) / 60_000).toFixed(1);
}

/** Runs npm in `n8n/`, keeping what it says for the case that it ends badly. */
async function npm(parameters: string[], signal?: AbortSignal): Promise<void> {
	const child = spawn('npm', parameters, {
		cwd: N8N_FOLDER,
		stdio: ['ignore', 'pipe', 'pipe'],
		...(signal === undefined ? {} : { signal }),
	});
	let said = '';
	const listen = (chunk: Buffer) => (said = (said + String(chunk)).slice(-4000));
	child.stdout.on('data', listen);
	child.stderr.on('data', listen);
	const code = await new Promise<number | null>((resolve, reject) => {
		child.on('error', reject);
		child.on('close', resolve);
	});
	if (code !== 0) throw new Error(`npm ${parameters[0]} ended with ${code}:\n${said}`);
}

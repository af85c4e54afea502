import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** The folder of the pinned n8n. npm scripts start in the root of the repository. */
export const N8N_FOLDER = join(process.cwd(), 'n8n');

const MODULES = join(N8N_FOLDER, 'node_modules');

/** Measured: 2.9 GB installed, and up to 1 GB in npm's cache. */
const GIGABYTES_NEEDED = 4;

/** The n8n program and the Node.js that runs it. */
export const N8N_BINARY = join(MODULES, 'n8n', 'bin', 'n8n');
export const NODE_BINARY = join(MODULES, 'node', 'bin', 'node');

/**
 * Installs the pinned n8n and its Node.js, unless they are installed.
 *
 * @throws Error if npm fails, there is too little disk space, or `signal` is aborted
 */
export async function installN8n(say: (line: string) => void, signal?: AbortSignal): Promise<void> {
	if (isInstalled()) return;
	const { bavail, bsize } = await statfs(N8N_FOLDER);
	const free = (bavail * bsize) / 1e9;
	if (free < GIGABYTES_NEEDED) {
		throw new Error(
			`n8n needs ${GIGABYTES_NEEDED} GB of disk space, but only ${free.toFixed(1)} GB are free.`,
		);
	}
	say('Installing n8n and the Node.js it needs (3 GB, about five minutes, only the first time) …');
	const started = Date.now();
	const heartbeat = setInterval(() => say(`  still installing, ${minutes(started)} min`), 30_000);
	try {
		// n8n/.npmrc turns off install scripts, because most would build native code for the wrong Node.js. These two are needed.
		await npm(['ci'], signal);
		await npm(['rebuild', '--ignore-scripts=false', 'node', 'sqlite3'], signal);
	} finally {
		clearInterval(heartbeat);
	}
	if (!isInstalled()) {
		throw new Error('npm succeeded, but n8n is not complete. Delete n8n/node_modules and try again.');
	}
	say(`n8n is installed (${minutes(started)} min).`);
}

/** Whether the pinned versions are installed, and what `npm rebuild` creates as the last step. */
function isInstalled(): boolean {
	const { dependencies } = readManifest(N8N_FOLDER);
	const hasVersion = ([name, version]: [string, string]) => {
		const folder = join(MODULES, name);
		return existsSync(join(folder, 'package.json')) && readManifest(folder).version === version;
	};
	const built = [NODE_BINARY, join(MODULES, 'sqlite3', 'build', 'Release', 'node_sqlite3.node')];
	return Object.entries(dependencies ?? {}).every(hasVersion) && built.every((file) => existsSync(file));
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

/** Runs npm in `n8n/`. @throws Error with the end of its output if it fails */
async function npm(parameters: string[], signal?: AbortSignal): Promise<void> {
	const child = spawn('npm', parameters, {
		cwd: N8N_FOLDER,
		stdio: ['ignore', 'pipe', 'pipe'],
		...(signal === undefined ? {} : { signal }),
	});
	let output = '';
	const listen = (chunk: Buffer) => (output = (output + String(chunk)).slice(-4000));
	child.stdout.on('data', listen);
	child.stderr.on('data', listen);
	const code = await new Promise<number | null>((resolve, reject) => {
		child.on('error', reject);
		child.on('close', resolve);
	});
	if (code !== 0) throw new Error(`npm ${parameters[0]} failed with exit code ${code}:\n${output}`);
}

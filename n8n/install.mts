import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the pinned n8n lives: `n8n/` of the repository, which every npm script starts in. */
export const N8N_FOLDER = join(process.cwd(), 'n8n');

const MODULES = join(N8N_FOLDER, 'node_modules');

/** Measured: the installed folder, and as much again while npm unpacks and builds. */
const GIGABYTES_NEEDED = 4;

/** The n8n program and the Node.js it runs under. */
export const N8N_BINARY = join(MODULES, 'n8n', 'bin', 'n8n');
export const NODE_BINARY = join(MODULES, 'node', 'bin', 'node');

/**
 * Brings the pinned n8n and its Node.js, unless they are there.
 *
 * @throws Error when npm cannot bring them, or the disk is too full
 */
export async function installN8n(say: (line: string) => void): Promise<void> {
	if (isInstalled()) return;
	const { bavail, bsize } = await statfs(N8N_FOLDER);
	const free = (bavail * bsize) / 1e9;
	if (free < GIGABYTES_NEEDED) {
		throw new Error(`n8n needs ${GIGABYTES_NEEDED} GB of disk; ${free.toFixed(1)} GB are free.`);
	}
	say('Installing n8n 2.41.1 and the Node.js it needs (about 3 GB, four to eight minutes, once) …');
	const started = Date.now();
	const heartbeat = setInterval(() => say(`  still installing, ${minutes(started)} min`), 30_000);
	try {
		// Scripts are refused in n8n/.npmrc: most would build native code for the wrong Node.js. These two are needed.
		await npm(['ci', '--no-audit', '--no-fund']);
		await npm(['rebuild', '--ignore-scripts=false', 'node', 'sqlite3']);
	} finally {
		clearInterval(heartbeat);
	}
	if (!isInstalled())
		throw new Error('npm ended well, yet n8n is not there: delete n8n/node_modules and try again.');
	say(`n8n is installed (${minutes(started)} min).`);
}

function isInstalled(): boolean {
	const wanted = JSON.parse(readFileSync(join(N8N_FOLDER, 'package.json'), 'utf8')) as {
		dependencies: Record<string, string>;
	};
	const manifest = join(MODULES, 'n8n', 'package.json');
	if (!existsSync(manifest) || !existsSync(NODE_BINARY)) return false;
	if (!existsSync(join(MODULES, 'sqlite3', 'build', 'Release', 'node_sqlite3.node'))) return false;
	const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
	return version === wanted.dependencies.n8n;
}

function minutes(since: number): string {
	return ((Date.now() - since) / 60_000).toFixed(1);
}

/** Runs npm in `n8n/`, keeping what it says for the case that it ends badly. */
async function npm(parameters: string[]): Promise<void> {
	const child = spawn('npm', parameters, {
		cwd: N8N_FOLDER,
		stdio: ['ignore', 'pipe', 'pipe'],
		shell: process.platform === 'win32',
	});
	let said = '';
	const listen = (chunk: Buffer) => (said = (said + String(chunk)).slice(-4000));
	child.stdout.on('data', listen);
	child.stderr.on('data', listen);
	const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
	if (code !== 0) throw new Error(`npm ${parameters[0]} ended with ${code}:\n${said}`);
}

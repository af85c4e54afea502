import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import getPort from 'get-port';

/** A Redis server without persistence. */
export interface Redis {
	host: string;
	port: number;
	stop(): Promise<void>;
}

/**
 * Starts `redis-server` on a free port of this machine and waits until it accepts connections.
 *
 * @throws Error if it is not installed (Debian: package `redis-server`) or does not start
 */
export async function startRedis(): Promise<Redis> {
	const host = '127.0.0.1';
	const port = await getPort({ host });
	const folder = await mkdtemp(join(tmpdir(), 'enapter-redis-'));
	const settings = [
		'--bind',
		host,
		'--port',
		String(port),
		'--dir',
		folder,
		'--save',
		'',
		'--appendonly',
		'no',
	];
	const child = spawn('redis-server', settings, { stdio: ['ignore', 'pipe', 'inherit'] });
	const kill = () => void child.kill('SIGKILL');
	process.once('exit', kill);
	const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
	const stop = async () => {
		kill();
		await ended;
		process.off('exit', kill);
		await rm(folder, { recursive: true, force: true });
	};
	let output = '';
	const ready = new Promise<void>((resolve, reject) => {
		child.stdout.on('data', (chunk: Buffer) => {
			output += String(chunk);
			if (output.includes('Ready to accept connections')) resolve();
		});
		child.once('error', reject);
		child.once('close', () => reject(new Error(`redis-server did not start:\n${output}`)));
	});
	try {
		await ready;
	} catch (error) {
		await stop();
		throw error;
	}
	return { host, port, stop };
}

import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import getPort from 'get-port';
import { createFleet } from '../emulator/fleet.mts';
import { startEmulator } from '../emulator/server.mts';
import { installN8n, N8N_FOLDER } from './install.mts';
import { type Instance, startN8n } from './instance.mts';
import { installPackage } from './packageInstall.mts';
import { type Credential, N8nRest } from './rest.mts';
import { LOGIN, setUp } from './setUp.mts';

const DATA = join(N8N_FOLDER, 'data');
const USUAL_PORT = 5678;
const EMULATOR_PORT_FILE = join(DATA, 'emulator-port');

const say = (line: string) => console.log(line);

/** Something that has to be ended. */
interface Running {
	stop(): Promise<void>;
}

async function main(): Promise<void> {
	const running: Running[] = [];
	let stopping = false;
	const stop = async (code: number) => {
		if (stopping) return;
		stopping = true;
		say('\nStopping …');
		for (const one of running.reverse()) await one.stop();
		process.exit(code);
	};
	process.on('SIGINT', () => void stop(0));
	process.on('SIGTERM', () => void stop(0));
	try {
		await installN8n(say);
		say('Building the package …');
		await promisify(execFile)('npm', ['run', 'build'], { shell: process.platform === 'win32' });
		await installPackage(DATA);
		const credential = realCredential() ?? (await emulatorCredential(running));
		say('Starting n8n …');
		const n8n = await startN8n({ userFolder: DATA, port: Number(process.env.N8N_PORT ?? USUAL_PORT) });
		running.push(n8n);
		await setUp(new N8nRest(n8n.url), credential);
		greet(n8n, credential);
	} catch (error) {
		console.error((error as Error).message);
		await stop(1);
	}
}

function realCredential(): Credential | undefined {
	const { ENAPTER_API_TOKEN: apiToken, ENAPTER_API_URL: baseUrl = 'https://api.enapter.com' } = process.env;
	if (apiToken === undefined || apiToken === '') return undefined;
	const allowUnauthorizedCerts = process.env.ENAPTER_ALLOW_UNAUTHORIZED_CERTS === 'true';
	return { name: 'Enapter account', type: 'enapterApi', data: { apiToken, baseUrl, allowUnauthorizedCerts } };
}

/** On the port of the last start where it is free, so that open browser tabs go on working. */
async function emulatorCredential(running: Running[]): Promise<Credential> {
	const earlier = Number(await readFile(EMULATOR_PORT_FILE, 'utf8').catch(() => '0'));
	const port = await getPort({ host: '127.0.0.1', ...(earlier > 0 ? { port: earlier } : {}) });
	const emulator = await startEmulator({ fleet: createFleet(), port });
	emulator.recordRequests = false;
	running.push({ stop: async () => await emulator.close() });
	await writeFile(EMULATOR_PORT_FILE, String(port));
	say(`The emulator of the Enapter API is at ${emulator.baseUrl}`);
	return {
		name: 'Enapter (emulator)',
		type: 'enapterApi',
		data: { apiToken: emulator.tokens.owner, baseUrl: emulator.baseUrl, allowUnauthorizedCerts: false },
	};
}

function greet(n8n: Instance, credential: Credential): void {
	say(`
n8n is at        ${n8n.url}
  e-mail         ${LOGIN.email}
  password       ${LOGIN.password}
  credential     ${credential.name} (${String(credential.data.baseUrl)})

Try first: open the workflow "Rename one device" and press Execute workflow.
Ctrl-C ends it; n8n/data keeps what you did for the next start.
`);
}

void main();

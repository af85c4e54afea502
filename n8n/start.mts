import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import getPort from 'get-port';
import { createFleet } from '../emulator/fleet.mts';
import { startEmulator } from '../emulator/server.mts';
import { installN8n, N8N_FOLDER } from './install.mts';
import { startN8n } from './instance.mts';
import { installPackage } from './packageInstall.mts';
import { type Credential, N8nRest, type Workflow } from './rest.mts';
import { emulatorCredential, examples, importOrder, LOGIN, setUp } from './setUp.mts';

const DATA = join(N8N_FOLDER, 'data');
const EMULATOR_PORT_FILE = join(DATA, 'emulator-port');

const say = (line: string) => console.log(line);

/** Stops something that was started. */
type StopAction = () => Promise<void>;

/** Runs until Ctrl-C. Everything that was started is stopped, also after a failure. */
async function main(): Promise<void> {
	const stopping = new AbortController();
	// `on`, not `once`: npm and tsx forward Ctrl-C, so the signal can arrive twice.
	for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stopping.abort());
	const stopActions: StopAction[] = [];
	try {
		await start(stopActions, stopping.signal);
		if (!stopping.signal.aborted) await once(stopping.signal, 'abort');
	} catch (error) {
		if (!stopping.signal.aborted) {
			console.error((error as Error).message);
			process.exitCode = 1;
		}
	}
	say('\nStopping …');
	for (const stop of stopActions.reverse()) await stop();
}

async function start(stopActions: StopAction[], signal: AbortSignal): Promise<void> {
	await installN8n(say, signal);
	say('Building the package …');
	await promisify(execFile)('npm', ['run', 'build'], { signal });
	await installPackage(DATA);
	const real = realCredential();
	const credential = real ?? (await startOnEmulator(stopActions));
	const workflows = importOrder(await examples(), real !== undefined);
	say('Starting n8n …');
	const n8n = await startN8n({ userFolder: DATA, port: portFrom('N8N_PORT', 5678), signal });
	stopActions.push(n8n.stop);
	const rest = new N8nRest(n8n.url);
	let first: { id: string } | undefined;
	try {
		first = await setUp(rest, credential, workflows, DATA);
	} catch (error) {
		if (!(error as Error).message.includes('/rest/login with 401')) throw error;
		say('The owner in n8n/data has another password than the demo login, so the credential was not updated.');
	}
	greet(n8n.url, credential, first);
	if (real) warn(String(real.data.baseUrl), workflows);
}

function realCredential(): Credential | undefined {
	const { ENAPTER_API_TOKEN: apiToken, ENAPTER_API_URL: baseUrl = 'https://api.enapter.com' } = process.env;
	if (apiToken === undefined || apiToken === '') return undefined;
	const allowUnauthorizedCerts = process.env.ENAPTER_ALLOW_UNAUTHORIZED_CERTS === 'true';
	return { name: 'Enapter account', type: 'enapterApi', data: { apiToken, baseUrl, allowUnauthorizedCerts } };
}

/** Uses the port of the last start if it is free, so that saved addresses keep working. */
async function startOnEmulator(stopActions: StopAction[]): Promise<Credential> {
	const earlier = Number(await readFile(EMULATOR_PORT_FILE, 'utf8').catch(() => '8080'));
	const port = await getPort({ host: '127.0.0.1', port: portFrom('EMULATOR_PORT', earlier) });
	const emulator = await startEmulator({ fleet: createFleet({ examples: true }), port });
	emulator.recordRequests = false;
	stopActions.push(async () => await emulator.close());
	await writeFile(EMULATOR_PORT_FILE, String(port));
	say(`The emulated Enapter API runs at ${emulator.baseUrl}`);
	return emulatorCredential(emulator);
}

/** Reads a port from an environment variable. Another free port is used if it is taken. */
function portFrom(variable: string, usual: number): number {
	const given = process.env[variable];
	if (given === undefined || given === '') return usual;
	const port = Number(given);
	if (Number.isInteger(port) && port >= 1024 && port <= 65_535) return port;
	throw new Error(`${variable} is "${given}", but must be a number from 1024 to 65535.`);
}

function greet(url: string, { name, data }: Credential, first: { id: string } | undefined): void {
	say(`
n8n                ${url}
  e-mail           ${LOGIN.email}
  password         ${LOGIN.password}
  credential       ${name} (${String(data.baseUrl)})
${first ? `\nOpen this first:   ${url}/workflow/${first.id}` : ''}
All examples:      ${url}/home/workflows

The examples use the credential above, unless an earlier start imported them with another. To use another credential,
choose it in each Enapter Device node.
Ctrl-C stops everything. Your changes are kept in n8n/data for the next start.
`);
}

function warn(baseUrl: string, workflows: Workflow[]): void {
	say(`THIS IS A REAL TOKEN: WORKFLOWS THAT USE IT ACT ON THE REAL DEVICES AT ${baseUrl}
Only the examples that read were imported with it: ${workflows.map(({ name }) => name).join(', ')}.
`);
}

void main();

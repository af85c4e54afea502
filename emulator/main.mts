import { parseArgs } from 'node:util';
import { type Dialect, parseDialect } from './dialect.mts';
import { createFleet } from './fleet.mts';
import { startEmulator } from './server.mts';

const usage = `Usage: npm run emulator -- [options]
  --port <number>        port to listen on; 0, the default, selects a free port
  --host <address>       address to listen on (127.0.0.1)
  --https                serve https with a self-signed certificate
  --gateway              behave like an Enapter Gateway instead of the Cloud
  --devices <number>     size of the fleet (30)
  --examples             add the devices of the example workflows (example-…)
  --latency <ms>         delay before every response (0)
  --dialect <key=value>  how the API behaves where its reference leaves that open; can be repeated (see the README)
Each option can also be set in the environment, e.g. ENAPTER_EMULATOR_PORT=8080, ENAPTER_EMULATOR_HTTPS=true or
ENAPTER_EMULATOR_DIALECT=emptyList=null,enumCase=lower.`;

function setting(name: string): string | undefined {
	return process.env[`ENAPTER_EMULATOR_${name.toUpperCase()}`];
}

/** Reads a whole number from the command line, the environment or the default. Throws for anything else. */
function count(name: string, given: string | undefined, otherwise: number): number {
	const text = given ?? setting(name) ?? String(otherwise);
	if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} must be a whole number\n${usage}`);
	return Number(text);
}

function dialectOf(given: string[] | undefined): Partial<Dialect> {
	const texts = given ?? setting('dialect')?.split(',') ?? [];
	return Object.assign({}, ...texts.map(parseDialect)) as Partial<Dialect>;
}

function readOptions() {
	const { values } = parseArgs({
		options: {
			port: { type: 'string' },
			host: { type: 'string' },
			https: { type: 'boolean' },
			gateway: { type: 'boolean' },
			devices: { type: 'string' },
			examples: { type: 'boolean' },
			latency: { type: 'string' },
			dialect: { type: 'string', multiple: true },
			help: { type: 'boolean', short: 'h' },
		},
	});
	return {
		help: values.help ?? false,
		host: values.host ?? setting('host') ?? '127.0.0.1',
		port: count('port', values.port, 0),
		https: values.https ?? setting('https') === 'true',
		gateway: values.gateway ?? setting('gateway') === 'true',
		devices: count('devices', values.devices, 30),
		examples: values.examples ?? setting('examples') === 'true',
		latency: count('latency', values.latency, 0),
		dialect: dialectOf(values.dialect),
	};
}

async function main(): Promise<void> {
	const { help, host, port, https, gateway, devices, examples, latency, dialect } = readOptions();
	if (help) {
		console.log(usage);
		return;
	}
	const kind = gateway ? 'gateway' : 'cloud';
	const fleet = createFleet({ devices, examples });
	const emulator = await startEmulator({ host, port, https, kind, fleet, dialect });
	emulator.latency = latency;
	// Nothing reads the recorded requests here, and they would use more and more memory.
	emulator.recordRequests = false;
	console.log(`Enapter API emulator (${kind}, ${emulator.fleet.devices.size} devices): ${emulator.baseUrl}`);
	console.log('Tokens, sent as X-Enapter-Auth-Token (demo only):');
	for (const [name, token] of Object.entries(emulator.tokens)) console.log(`  ${name.padEnd(9)} ${token}`);
	const stop = () => void emulator.close();
	process.once('SIGINT', stop);
	process.once('SIGTERM', stop);
}

main().catch((error: unknown) => {
	console.error(error instanceof Error ? error.message : error);
	process.exitCode = 1;
});

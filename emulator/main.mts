import { parseArgs } from 'node:util';
import { createFleet } from './fleet.mts';
import { startEmulator } from './server.mts';

/** `npm run emulator -- --port 8080 --devices 500 --https --gateway --latency 50` */
async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			port: { type: 'string', default: '0' },
			host: { type: 'string', default: '127.0.0.1' },
			devices: { type: 'string', default: '30' },
			latency: { type: 'string', default: '0' },
			https: { type: 'boolean', default: false },
			gateway: { type: 'boolean', default: false },
		},
	});
	const emulator = await startEmulator({
		fleet: createFleet({ devices: Number(values.devices) }),
		host: values.host,
		port: Number(values.port),
		https: values.https,
		kind: values.gateway ? 'gateway' : 'cloud',
	});
	emulator.recordRequests = false;
	emulator.latency = Number(values.latency);
	console.log(`Enapter API emulator at ${emulator.baseUrl} with ${emulator.fleet.devices.size} devices`);
	for (const [role, token] of Object.entries(emulator.tokens)) console.log(`  ${role.padEnd(9)} ${token}`);
	for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void emulator.close());
}

void main();

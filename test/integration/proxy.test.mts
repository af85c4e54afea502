import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

import { version as coreVersion } from 'n8n-core/package.json';

import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { withoutWaiting } from '../support/clock.mts';
import { runNode, testCredential } from '../support/engine.mts';

withoutWaiting();

/** Nothing is sent to this host: all requests go through the proxies of the tests. */
const CLOUD = { apiToken: 'a-token-of-some-length', baseUrl: 'https://api.enapter.com' };
const VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'].flatMap((name) => [
	name,
	name.toLowerCase(),
]);

let emulator: Emulator;
let proxy: Server | undefined;
const sockets = new Set<Socket>();
const before = new Map(VARIABLES.map((name) => [name, process.env[name]]));

beforeAll(async () => {
	emulator = await startEmulator({ https: true });
	for (const name of VARIABLES) delete process.env[name];
});

afterEach(async () => {
	delete process.env['HTTPS_PROXY'];
	delete process.env['HTTP_PROXY'];
	for (const socket of sockets) socket.destroy();
	await new Promise((resolve) => (proxy === undefined ? resolve(undefined) : proxy.close(resolve)));
	proxy = undefined;
});

afterAll(async () => {
	for (const [name, value] of before) if (value !== undefined) process.env[name] = value;
	await emulator.close();
});

/** Starts a proxy that handles each tunnel in this way, and makes n8n use it. */
async function useProxy(onTunnel: (socket: Socket) => void): Promise<void> {
	const server = createServer().on('connect', (_request, socket: Socket) => {
		sockets.add(socket);
		socket.on('error', () => undefined);
		onTunnel(socket);
	});
	process.env['HTTPS_PROXY'] = await start(server);
}

async function start(server: Server): Promise<string> {
	proxy = server;
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** n8n 1 does not pass on which address refused the connection, so the advice names the proxy settings, too. */
const isN8n1 = String(coreVersion).startsWith('1.');

const getDevice = async () =>
	await runNode({ credential: CLOUD, parameters: { operation: 'get', deviceId: 'a-device' } });

test('a proxy that does not run is reported, not the API', async () => {
	await useProxy(() => undefined);
	await new Promise((resolve) => proxy?.close(resolve));
	const { error } = await getDevice();
	expect(error?.message).toBe(
		isN8n1
			? 'Nothing accepts connections at https://api.enapter.com.'
			: 'The proxy that this n8n uses cannot be reached, so nothing was sent to https://api.enapter.com.',
	);
	expect(error?.description).toContain(isN8n1 ? 'proxy settings' : 'HTTPS_PROXY');
	const { message } = await testCredential(CLOUD);
	expect(message).toContain(isN8n1 ? 'proxy settings' : 'The proxy that this n8n uses cannot be reached');
});

test('a proxy whose host does not exist is reported, not the API', async () => {
	process.env['HTTPS_PROXY'] = 'http://proxy.invalid:3128';
	const { error } = await getDevice();
	expect(`${error?.message} ${error?.description}`).toContain(
		isN8n1 ? 'proxy settings' : 'The proxy that this n8n uses cannot be reached',
	);
});

test("a company's certificate in front of the Cloud does not lead to Ignore SSL Issues", async () => {
	const { port } = new URL(emulator.origin);
	await useProxy((socket) => {
		const target = connect(Number(port), '127.0.0.1', () => {
			socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
			socket.pipe(target).pipe(socket);
		});
		sockets.add(target);
		target.on('error', () => undefined);
	});
	const { error } = await getDevice();
	expect(error?.message).toBe('Cannot verify the SSL certificate of https://api.enapter.com.');
	expect(error?.description).toContain('NODE_EXTRA_CA_CERTS');
	expect(error?.description).not.toContain('Ignore SSL');
	const { message } = await testCredential(CLOUD);
	expect(message).toContain('NODE_EXTRA_CA_CERTS');
	expect(message).not.toContain('Ignore SSL');
});

test('a proxy that wants a password is reported with its status', async () => {
	await useProxy((socket) => {
		socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
	});
	const { error } = await getDevice();
	expect(`${error?.message} ${error?.description}`).toMatch(/proxy/i);
	expect(`${error?.message} ${error?.description}`).not.toContain('Check the values that were sent');
});

test.each([
	['http://server.example/enapter', true],
	['http://203.0.113.7', true],
	['http://192.168.1.20', false],
	['http://enapter-gateway.local', false],
])('the test of a credential for %s warns of the unencrypted connection: %p', async (baseUrl, warns) => {
	const server = createServer((_request, response) => {
		response.setHeader('content-type', 'application/json').setHeader('connection', 'close');
		response.end('{"devices":[],"total_count":0}');
	});
	process.env['HTTP_PROXY'] = await start(server);
	const { status, message } = await testCredential({ ...CLOUD, baseUrl });
	expect(status).toBe('OK');
	expect(message.includes('the API Token is sent unencrypted over the internet')).toBe(warns);
});

test('a credential for Enapter Cloud over http is refused before anything is sent', async () => {
	const { status, message } = await testCredential({ ...CLOUD, baseUrl: 'http://api.enapter.com' });
	expect(status).toBe('Error');
	expect(message).toContain('which would send the API Token unencrypted. Use https://api.enapter.com.');
});

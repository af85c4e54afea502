import { type Emulator, type Fault, startEmulator } from '../../emulator/server.mts';
import { testCredential } from '../support/engine.mts';

let emulator: Emulator;

beforeAll(async () => {
	emulator = await startEmulator();
});

beforeEach(() => emulator.reset());

afterAll(async () => await emulator.close());

const check = async (data: Record<string, string | boolean> = {}) =>
	await testCredential({
		apiToken: emulator.tokens.readonly,
		baseUrl: emulator.baseUrl,
		allowUnauthorizedCerts: false,
		...data,
	});

test('any role may do what it does, and it is one request', async () => {
	expect(await check()).toEqual({
		status: 'OK',
		message:
			'Connection successful. Its role on the first device is READONLY. A token that may read need not be one that may change: changes need the OWNER role.',
	});
	expect(emulator.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
		'GET /v3/devices?limit=1',
	]);
});

test.each<[string, Fault, string]>([
	[
		'a path under which there is no API',
		{ kind: 'status', status: 404, body: { errors: [{ message: 'Path not found' }] } },
		'Path not found. Check the Base URL: there is no Enapter API under it.',
	],
	[
		'a web server that knows no such page',
		{ kind: 'status', status: 404, body: '<html>Not found</html>' },
		'The API responded with status 404. Check the Base URL: there is no Enapter API under it.',
	],
	[
		'a login page',
		{ kind: 'body', body: '<!doctype html><h1>Log in</h1>' },
		'The API responded with a web page instead of a list of devices. Check that the Base URL',
	],
	[
		'a redirect',
		{ kind: 'status', status: 302, headers: { location: 'https://login.example/' } },
		'redirects to https://login.example. If you trust that address, set it as Base URL',
	],
	[
		'a token whose time is over',
		{ kind: 'status', status: 403, body: { errors: [{ message: 'Access denied.' }] } },
		'Access denied. Create a new API Token and paste it here, whole.',
	],
	[
		'a fault of the API',
		{ kind: 'status', status: 500 },
		'The API responded with status 500. This is at the',
	],
	['a connection that breaks', { kind: 'reset-before' }, 'Lost the connection to http://127.0.0.1'],
])('%s is told, with what to do', async (_what, fault, message) => {
	emulator.addFault(fault);
	const result = await check();
	expect(result.status).toBe('Error');
	expect(result.message).toContain(message);
});

test('a host where nothing listens is told', async () => {
	const gone = await startEmulator();
	await gone.close();
	expect((await check({ baseUrl: gone.baseUrl })).message).toBe(
		`Nothing accepts connections at ${gone.baseUrl}. Check host and port of the Base URL in the credential, and that the Gateway is on.`,
	);
});

describe('a self-signed certificate', () => {
	let gateway: Emulator;

	beforeAll(async () => {
		gateway = await startEmulator({ kind: 'gateway', https: true });
	});

	afterAll(async () => await gateway.close());

	test('is told', async () => {
		expect((await check({ baseUrl: gateway.baseUrl })).message).toMatch(
			/^Cannot verify the SSL certificate of https:.* turn on "Ignore SSL Issues \(Insecure\)"/,
		);
	});

	test('is accepted when it shall be', async () => {
		expect(await check({ baseUrl: gateway.baseUrl, allowUnauthorizedCerts: true })).toMatchObject({
			status: 'OK',
		});
	});
});

test.each([
	['apiToken', '', 'The API Token of the Enapter credential is empty'],
	['apiToken', 'two words', 'holds a space'],
	['baseUrl', '', 'The Base URL of the Enapter credential is empty'],
	['baseUrl', 'ftp://a', 'is no http(s) URL'],
])('%s "%s" is refused before anything is sent', async (field, value, message) => {
	expect((await check({ [field]: value })).message).toContain(message);
	expect(emulator.requests).toEqual([]);
});

test('a token that a server sends back is not shown, in whole or in part', async () => {
	const apiToken = 'a-token-of-some-length';
	emulator.addFault({ kind: 'status', status: 400, body: { errors: [{ message: `Bad ${apiToken}` }] } });
	expect((await check({ apiToken })).message).toBe('Bad [REDACTED]. Check the values that were sent.');
});

import { type Emulator, type Fault, startEmulator } from '../../emulator/server.mts';
import { testCredential } from '../support/engine.mts';

let emulator: Emulator;

beforeAll(async () => {
	emulator = await startEmulator();
});

beforeEach(() => emulator.reset());

afterEach(() => jest.restoreAllMocks());

afterAll(async () => await emulator.close());

const check = async (data: Record<string, string | boolean> = {}) =>
	await testCredential({
		apiToken: emulator.tokens.readonly,
		baseUrl: emulator.baseUrl,
		allowUnauthorizedCerts: false,
		...data,
	});

test('every role passes it, in one request', async () => {
	expect(await check()).toEqual({
		status: 'OK',
		message:
			'Connection successful. The role of this API Token on the first device is READONLY. A token that can read may not be allowed to change anything: changes need the OWNER role.',
	});
	expect(emulator.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
		'GET /v3/devices?limit=1',
	]);
});

test.each<[string, Fault, string]>([
	[
		'a path without an API',
		{ kind: 'status', status: 404, body: { errors: [{ message: 'Path not found' }] } },
		'Path not found. Check the Base URL: there is no Enapter API at this address.',
	],
	[
		'a web server without such a page',
		{ kind: 'status', status: 404, body: '<html>Not found</html>' },
		'The server responded with status 404. Check the Base URL: there is no Enapter API at this address.',
	],
	[
		'a login page',
		{ kind: 'body', body: '<!doctype html><h1>Log in</h1>' },
		'The server responded with a web page instead of a list of devices. Check that the Base URL',
	],
	[
		'a redirect',
		{ kind: 'status', status: 302, headers: { location: 'https://login.example/' } },
		'redirects to https://login.example. If you trust that address, set it as Base URL',
	],
	[
		'an expired token',
		{ kind: 'status', status: 403, body: { errors: [{ message: 'Access denied.' }] } },
		'Access denied. Create a new API Token and paste all of it here.',
	],
	[
		'an error of the API',
		{ kind: 'status', status: 500 },
		'The server responded with status 500. This is a problem on the API side. Try again later.',
	],
	['a connection that breaks', { kind: 'reset-before' }, 'Lost the connection to http://127.0.0.1'],
])('%s is reported, with what to do', async (_what, fault, message) => {
	emulator.addFault(fault);
	const result = await check();
	expect(result.status).toBe('Error');
	expect(result.message).toContain(message);
});

test('a response that never ends is reported', async () => {
	const timeout = AbortSignal.timeout.bind(AbortSignal);
	jest.spyOn(AbortSignal, 'timeout').mockImplementation((milliseconds) => timeout(milliseconds / 50));
	emulator.addFault({ kind: 'drip', interval: 1, endless: true });
	const result = await check();
	expect(result).toEqual({
		status: 'Error',
		message: `No complete response in time from ${emulator.baseUrl}. Check the Base URL, or try again later.`,
	});
});

test('a host where nothing listens is reported', async () => {
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

	test('is reported', async () => {
		expect((await check({ baseUrl: gateway.baseUrl })).message).toMatch(
			/^Cannot verify the SSL certificate of https:.* turn on "Ignore SSL Issues \(Insecure\)"/,
		);
	});

	test('is accepted with Ignore SSL Issues', async () => {
		expect(await check({ baseUrl: gateway.baseUrl, allowUnauthorizedCerts: true })).toMatchObject({
			status: 'OK',
		});
	});
});

test.each([
	['apiToken', '', 'The API Token of the Enapter credential is empty'],
	['apiToken', 'two words', 'contains a space'],
	['baseUrl', '', 'The Base URL of the Enapter credential is empty'],
	['baseUrl', 'ftp://a', 'must start with http:// or https://'],
])('%s "%s" is refused before anything is sent', async (field, value, message) => {
	expect((await check({ [field]: value })).message).toContain(message);
	expect(emulator.requests).toEqual([]);
});

test('a token that a server sends back is redacted', async () => {
	const apiToken = 'a-token-of-some-length';
	emulator.addFault({ kind: 'status', status: 400, body: { errors: [{ message: `Bad ${apiToken}` }] } });
	expect((await check({ apiToken })).message).toBe('Bad [REDACTED]. Check the values that were sent.');
});

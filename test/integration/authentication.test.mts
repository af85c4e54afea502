import fastify from 'fastify';
import type { IExecuteFunctions, IHttpRequestMethods, INodeExecutionData } from 'n8n-workflow';

import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { runNode } from '../support/engine.mts';
import { ProbeNode } from '../support/probeNode.mts';

const DEVICE = 'weather-station-1';

/** The two ways in which n8n's own nodes use a credential. */
const SENDERS = {
	'the HTTP Request node': async (context: IExecuteFunctions, url: string, method: IHttpRequestMethods) =>
		(await context.helpers.requestWithAuthentication.call(context, 'enapterApi', {
			method,
			uri: url,
			json: true,
			followRedirect: true,
			followAllRedirects: true,
			maxRedirects: 21,
			simple: false,
			resolveWithFullResponse: true,
		})) as { statusCode: number },
	'a declarative node': async (context: IExecuteFunctions, url: string, method: IHttpRequestMethods) => {
		const { origin, pathname } = new URL(url);
		return (await context.helpers.httpRequestWithAuthentication.call(context, 'enapterApi', {
			method,
			baseURL: origin,
			url: pathname,
			ignoreHttpStatusErrors: true,
			returnFullResponse: true,
		})) as { statusCode: number };
	},
};

/** A node that sends one request with the credential. */
class SendingNode extends ProbeNode {
	constructor(send: (context: IExecuteFunctions) => Promise<{ statusCode: number }>) {
		super();
		this.execute = async function (this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
			const { statusCode } = await send(this);
			return [[{ json: { statusCode } }]];
		};
	}
}

let emulator: Emulator;
const elsewhere = fastify({ forceCloseConnections: true });
const seenElsewhere: unknown[] = [];
let otherOrigin: string;

beforeAll(async () => {
	emulator = await startEmulator();
	elsewhere.all('*', async ({ headers }) => {
		seenElsewhere.push(headers['x-enapter-auth-token']);
		return await Promise.resolve({});
	});
	otherOrigin = await elsewhere.listen({ host: '127.0.0.1', port: 0 });
});

beforeEach(() => {
	emulator.reset();
	seenElsewhere.length = 0;
});

afterAll(async () => {
	await emulator.close();
	await elsewhere.close();
});

describe.each(Object.entries(SENDERS))('the credential in %s', (_name, sender) => {
	const send = async (url: string, method: IHttpRequestMethods = 'GET') =>
		await runNode({
			emulator,
			nodeType: new SendingNode(async (context) => await sender(context, url, method)),
			parameters: { path: 'x' },
		});

	test('authenticates a request to the Base URL', async () => {
		const { output } = await send(`${emulator.baseUrl}/v3/devices/${DEVICE}`);
		expect(output[0]?.json).toEqual({ statusCode: 200 });
	});

	test('refuses a request to another origin, and says why', async () => {
		const { error } = await send(`${otherOrigin}/v3/devices/${DEVICE}`);
		expect(error?.message).toBe(
			`This Enapter credential can only be used for requests to ${emulator.origin} (its Base URL). This request is for ${otherOrigin}: use another credential for it, or change the Base URL.`,
		);
		expect([emulator.requests, seenElsewhere]).toEqual([[], []]);
	});

	test.each<[IHttpRequestMethods, number]>([
		['GET', 302],
		['GET', 307],
		['POST', 307],
		['POST', 308],
	])('does not follow a %s to another origin (%d)', async (method, status) => {
		const headers = { location: `${otherOrigin}/v3/devices/${DEVICE}` };
		emulator.addFault({ kind: 'status', status, headers });
		await send(`${emulator.baseUrl}/v3/devices/${DEVICE}`, method);
		expect(emulator.requests).toHaveLength(1);
		expect(seenElsewhere).toEqual([]);
	});
});

test('the node itself follows no redirect', async () => {
	emulator.addFault({ kind: 'status', status: 307, headers: { location: `${otherOrigin}/v3/devices/a` } });
	const { error } = await runNode({ emulator, parameters: { operation: 'get', deviceId: DEVICE } });
	expect(error?.message).toContain(`redirects to ${otherOrigin}.`);
	expect(seenElsewhere).toEqual([]);
});

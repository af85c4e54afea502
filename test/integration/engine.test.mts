import fastify from 'fastify';
import { existsSync } from 'node:fs';
import { once } from 'node:events';

import type { RunOptions } from '../support/engine.mts';
import { listSearch, readBinary, runNode, testCredential } from '../support/engine.mts';
import { USER_FOLDER } from '../support/instance.mts';
import { ProbeNode } from '../support/probeNode.mts';

const TOKEN = 'token-of-the-owner';

const server = fastify({ forceCloseConnections: true });
const emulator = { baseUrl: '', tokens: { owner: TOKEN } };

server.get('/ok', async ({ headers }) => ({
	user: headers['x-enapter-auth-token'] === TOKEN ? 'owner' : 'nobody',
}));
server.get('/refused', async (_request, reply) => await reply.code(404).send({ message: 'No such device' }));

beforeAll(async () => {
	emulator.baseUrl = await server.listen({ host: '127.0.0.1', port: 0 });
});

afterAll(async () => {
	await server.close();
});

const probe = async (path: string, options: Omit<RunOptions, 'parameters'> = {}) =>
	await runNode({ emulator, nodeType: new ProbeNode(), parameters: { path }, ...options });

describe('a run in the engine', () => {
	test('evaluates expressions for each item and sends real requests with the credential', async () => {
		const { run, output, errorOutput, error } = await probe('={{ $json.where.toLowerCase() }}', {
			items: [{ where: 'OK' }, { where: 'ok' }],
		});

		expect(error).toBeUndefined();
		expect(run.status).toBe('success');
		expect(output).toMatchObject([
			{ json: { user: 'owner' }, pairedItem: { item: 0 } },
			{ json: { user: 'owner' }, pairedItem: { item: 1 } },
		]);
		expect(errorOutput).toEqual([]);
	});

	test('uses the given credential', async () => {
		const credential = { apiToken: 'another', baseUrl: emulator.baseUrl };

		expect((await probe('ok', { credential })).output).toMatchObject([{ json: { user: 'nobody' } }]);
	});

	test('counts each reading of the credential', async () => {
		const perItem = 2;

		expect((await probe('ok', { items: [{}, {}, {}] })).credentialReads).toBe(3 * perItem);
	});

	test('shows what the node did to its input', async () => {
		const { input } = await probe('={{ $json.where }}', { items: [{ json: { where: 'ok' } }] });

		expect(input).toEqual([{ json: { where: 'ok', seen: true } }]);
	});

	test('keeps files in memory', async () => {
		const [item] = (await probe('ok')).output;

		expect(item?.binary?.['file']).toMatchObject({ fileName: 'answer.json', fileExtension: 'json' });
		expect(String(await readBinary(item ?? { json: {} }, 'file'))).toBe('{"user":"owner"}');
		await expect(readBinary({ json: {} }, 'file')).rejects.toThrow('no binary data "file"');
	});

	test('brings back the hints of the node', async () => {
		expect((await probe('ok')).hints).toEqual([{ message: 'Probed', location: 'outputPane' }]);
	});

	test('applies the settings of the node', async () => {
		const discarding = { nodeType: new ProbeNode(), emulator, parameters: { path: 'ok', discard: true } };

		expect((await runNode(discarding)).output).toEqual([]);
		expect((await runNode({ ...discarding, nodeSettings: { alwaysOutputData: true } })).output).toHaveLength(
			1,
		);
	});

	test('does not start without a required parameter, as in n8n', async () => {
		await expect(probe('')).rejects.toThrow('has issues');
	});

	test('writes nothing into the user folder of n8n', async () => {
		await probe('ok');

		expect(process.env['N8N_USER_FOLDER']).toBe(USER_FOLDER);
		expect(existsSync(USER_FOLDER)).toBe(false);
	});
});

describe('an item that fails', () => {
	const items = [{ where: 'ok' }, { where: 'refused' }];

	test('ends the execution with the error of the node', async () => {
		const { run, error, output } = await probe('={{ $json.where }}', { items });

		expect(run.status).toBe('error');
		expect(error).toMatchObject({ name: 'NodeApiError', httpCode: '404', description: 'No such device' });
		expect(output).toEqual([]);
	});

	test('goes to the main output', async () => {
		const { output, errorOutput } = await probe('={{ $json.where }}', {
			items,
			onError: 'continueRegularOutput',
		});

		expect(output.map(({ json }) => Object.keys(json))).toEqual([['user'], ['error']]);
		expect(errorOutput).toEqual([]);
	});

	test('goes to the error output together with its input', async () => {
		const { run, output, errorOutput } = await probe('={{ $json.where }}', {
			items,
			onError: 'continueErrorOutput',
		});

		expect(output).toMatchObject([{ json: { user: 'owner' } }]);
		expect(errorOutput).toMatchObject([{ json: { where: 'refused', error: expect.any(String) } }]);
		expect(Object.keys(run.data.resultData.runData)).toEqual(
			expect.arrayContaining(['Items', 'Enapter Device', 'Output', 'Error Output']),
		);
	});
});

test('cancelling breaks off the request in flight and ends the run as cancelled', async () => {
	const app = fastify({ forceCloseConnections: true });
	const brokenOff = new Promise((resolve) => {
		app.get('/endless', async ({ raw }) => {
			app.server.emit('arrived');
			await once(raw.socket, 'close');
			resolve('broken off');
		});
	});
	const baseUrl = await app.listen({ host: '127.0.0.1', port: 0 });
	const arrived = once(app.server, 'arrived');

	const { run, output } = await probe('endless', {
		emulator: { ...emulator, baseUrl },
		cancelAfter: (cancel) => void arrived.then(cancel),
	});

	expect(run.status).toBe('canceled');
	expect(output).toEqual([]);
	await expect(brokenOff).resolves.toBe('broken off');
	await app.close();
});

describe('list searches', () => {
	test('get the filter, the page, the parameters and the credential', async () => {
		const { results } = await listSearch('searchPaths', {
			emulator,
			nodeType: new ProbeNode(),
			parameters: { path: 'p' },
			filter: 'f',
			paginationToken: '2',
		});

		expect(results).toEqual([{ name: 'p,f,2,owner', value: 'ok' }]);
	});

	test('must exist', async () => {
		await expect(listSearch('searchMoons', { emulator })).rejects.toThrow('no list search "searchMoons"');
	});
});

test('the credential test runs with the requests n8n gives it', async () => {
	const asked: string[] = [];
	const app = fastify({ forceCloseConnections: true });
	app.get('*', async ({ url }, reply) => {
		asked.push(url);
		return await reply.code(401).send({ errors: [{ message: 'Invalid token' }] });
	});
	const baseUrl = await app.listen({ host: '127.0.0.1', port: 0 });

	const result = await testCredential({ apiToken: TOKEN, baseUrl, allowUnauthorizedCerts: false });

	expect(result.status).toBe('Error');
	expect(asked).toEqual([expect.stringMatching(/^\/v3\//)]);
	await app.close();
});

import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { type RunOptions, runNode } from '../support/engine.mts';
import { byId } from '../support/locators.mts';

const DETECTOR = '93fb32c7-b7b7-4987-a754-23597d9c02c7';

let emulator: Emulator;

beforeEach(async () => {
	emulator = await startEmulator();
});

afterEach(async () => await emulator.close());

const run = async (parameters: Record<string, unknown>, more: Partial<RunOptions> = {}) =>
	await runNode({ emulator, parameters, ...more });

describe('before any request', () => {
	test.each([
		['nothing', null, 'Device is empty'],
		['blanks', '   ', 'Device is empty'],
		['a dot', '.', 'Device is "."'],
		['two dots', '..', 'Device is ".."'],
		['a line break', 'a\nb', 'Device holds a character'],
		['half a character', 'a\ud800', 'Device holds a character'],
		['a list', ['a'], 'Device is a list'],
		['an object', { id: 'a' }, 'Device is an object'],
		['a whole text', 'x'.repeat(300), 'Device is 300 characters long'],
	])('%s as device ID is refused', async (_name, id, message) => {
		const { error } = await run({ operation: 'get', deviceId: byId('={{ $json.id }}') }, { items: [{ id }] });
		expect(error?.message).toContain(message);
		expect(error?.message).toMatch(/\[item 0\]$/);
		expect(emulator.requests).toEqual([]);
	});

	test.each([
		['an update of nothing', { operation: 'update', updateFields: {} }, 'There is nothing to update'],
		['an empty name', { operation: 'update', updateFields: { name: '' } }, 'Name is empty'],
		['an empty slug', { operation: 'update', updateFields: { slug: ' ' } }, 'Slug is empty'],
		[
			'PEM files of MQTT',
			{ operation: 'generateConfig', protocol: 'MQTT', options: { credentialFiles: 'pem' } },
			'no PEM files',
		],
		['no concurrency', { operation: 'get', options: { maxConcurrency: 0 } }, 'Max Concurrency has to be'],
		['a timeout that is no number', { operation: 'get', options: { timeout: 'soon' } }, 'Timeout has to be'],
		['a blueprint of blanks', { operation: 'assignBlueprint', blueprintId: byId(' ') }, 'Blueprint is empty'],
	])('%s is refused', async (_name, parameters, message) => {
		const { error } = await run({ deviceId: byId(DETECTOR), ...parameters });
		expect(error?.message).toContain(message);
		expect(emulator.requests).toEqual([]);
	});

	test('one bad item keeps all from being sent when the workflow is to stop', async () => {
		const items = [{ id: DETECTOR }, { id: '' }, { id: 'living-room-ucm' }, { id: '..' }];
		const { error } = await run({ operation: 'delete', deviceId: '={{ $json.id }}' }, { items });
		expect(error?.message).toContain('[item 1]');
		expect(error?.description).toContain('Nothing was sent');
		expect(error?.description).toContain('item 3');
		expect(emulator.requests).toEqual([]);
	});

	test.each([
		['a base URL that is none', { baseUrl: 'api.enapter.com' }, 'is no http(s) URL'],
		['the web interface', { baseUrl: 'https://cloud.enapter.com' }, 'web interface'],
		['an empty token', { apiToken: ' ' }, 'API Token of the Enapter credential is empty'],
		['a token with a line break', { apiToken: 'one\ntwo' }, 'API Token of the Enapter credential holds'],
	])('a credential with %s is refused', async (_name, data, message) => {
		const credential = { apiToken: emulator.tokens.owner, baseUrl: emulator.baseUrl, ...data };
		const { error } = await run({ operation: 'get', deviceId: byId(DETECTOR) }, { credential });
		expect(error?.message).toContain(message);
		expect(emulator.requests).toEqual([]);
	});

	test('an operation that there is none of is refused', async () => {
		const { error } = await run({ operation: 'explode', deviceId: byId(DETECTOR) });
		expect(error?.message).toContain('There is no operation "explode".');
		expect(emulator.requests).toEqual([]);
	});

	test('an empty input gives an empty output and sends nothing', async () => {
		const { output, error } = await run({ operation: 'getAll' }, { items: [] });
		expect(error).toBeUndefined();
		expect(output).toEqual([]);
		expect(emulator.requests).toEqual([]);
	});
});

test.each(['a/b', '../x', '%2F', 'a?b=c', 'a#b', 'Électrolyseur', '日本'])(
	'%j goes as one segment of the path',
	async (id) => {
		await run({ operation: 'get', deviceId: byId(id) });
		expect(emulator.requests.map(({ path }) => path)).toEqual([`/v3/devices/${encodeURIComponent(id)}`]);
	},
);

describe('what the API says reaches the user', () => {
	test('its reason, what to do, and the item', async () => {
		const { error } = await run({
			operation: 'update',
			deviceId: byId(DETECTOR),
			updateFields: { slug: 'living-room-ucm' },
		});
		expect(error?.message).toBe(
			'slug already in use. Choose another slug: no two devices can have the same. [item 0]',
		);
		expect(error?.description).toContain('HTTP status 409. Code already_exists');
		expect(error?.httpCode).toBe('409');
	});

	test('all of several errors', async () => {
		const errors = [{ message: 'one thing' }, { code: 'x', message: 'another' }];
		emulator.addFault({ kind: 'status', status: 400, body: { errors } });
		const { error } = await run({ operation: 'get', deviceId: byId(DETECTOR) });
		expect(error?.message).toContain('one thing; another');
	});

	test('what a server writes as HTML is shown as text', async () => {
		const link = '<a href="https://evil.example">Log in</a>';
		emulator.addFault({
			kind: 'status',
			status: 400,
			body: { errors: [{ message: 'Bad', code: '<h1>big</h1>', details: { link } }] },
		});
		const { error } = await run({ operation: 'get', deviceId: byId(DETECTOR) });
		expect(error?.description).toMatch(/Code +big/);
		expect(error?.description).toContain('Log in');
		expect(error?.description).not.toMatch(/[<>]/);
	});

	test('status and start of an answer that is no JSON', async () => {
		emulator.addFault({ kind: 'status', status: 500, body: '<html><h1>Oops</h1></html>' });
		const { error } = await run({ operation: 'get', deviceId: byId(DETECTOR) });
		expect(error?.message).toContain('status 500');
		expect(error?.description).toBe('HTTP status 500. The answer starts with: Oops');
	});

	test.each([
		[{}],
		[[]],
		['<html>login</html>'],
		['{'],
		[undefined],
		[{ device: null }],
		[{ device: { name: 'x' } }],
	])('a success that answers %j is reported', async (body) => {
		emulator.addFault({ kind: 'body', body });
		const { output, error } = await run({ operation: 'get', deviceId: byId(DETECTOR) });
		expect(output).toEqual([]);
		expect(error?.message).toContain('instead of a device');
	});

	test('a redirect is not followed; the message names the base URL to use', async () => {
		const location = `https://elsewhere.example/api/v3/devices/${DETECTOR}`;
		emulator.addFault({ kind: 'status', status: 308, headers: { location } });
		const { error } = await run({ operation: 'get', deviceId: byId(DETECTOR) });
		expect(error?.message).toContain('redirects to https://elsewhere.example/api.');
		expect(emulator.requests).toHaveLength(1);
	});

	test('a token that the server repeats is blotted out', async () => {
		emulator.addFault({
			kind: 'status',
			status: 400,
			body: { errors: [{ message: `bad ${emulator.tokens.owner}` }] },
		});
		const { run: execution, error } = await run({ operation: 'get', deviceId: byId(DETECTOR) });
		expect(error?.message).toContain('bad ***');
		expect(JSON.stringify(execution)).not.toContain(emulator.tokens.owner);
	});
});

describe('On Error', () => {
	const parameters = { operation: 'delete', deviceId: '={{ $json.id }}', options: { maxConcurrency: 1 } };
	const items = [{ id: 'weather-station-1' }, { id: 'none', row: 7 }, { id: 'weather-station-2' }];

	test('Stop Workflow says which items are done, failed and never sent', async () => {
		const { error, output, input } = await run(parameters, { items });
		expect(output).toEqual([]);
		expect(error?.message).toMatch(/^Device not found\..*\[item 1\]$/);
		expect(error?.description).toContain('Done: item 0. Failed: item 1. Never sent: item 2');
		expect(emulator.requests).toHaveLength(2);
		expect(input.map(({ json }) => json)).toEqual(items);
	});

	test('Continue gives every item its outcome, in order', async () => {
		const { output, error } = await run(parameters, { items, onError: 'continueRegularOutput' });
		expect(error).toBeUndefined();
		expect(output.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
		expect(output[1]?.json).toEqual({
			error: expect.stringContaining('[item 1]'),
			message: expect.stringContaining('404'),
		});
	});

	test('the error output gets the failed item with what it held before', async () => {
		const { output, errorOutput } = await run(parameters, { items, onError: 'continueErrorOutput' });
		expect(output.map(({ json }) => json.id)).toEqual(['weather-station-1', 'weather-station-2']);
		expect(errorOutput.map(({ json }) => json)).toEqual([
			{ id: 'none', row: 7, error: expect.stringContaining('Device not found'), message: expect.any(String) },
		]);
	});
});

import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { withoutWaiting } from '../support/clock.mts';
import { type RunOptions, runNode } from '../support/engine.mts';
import { byId } from '../support/locators.mts';
import { DEVICE } from '../support/operations.mts';

const DETECTOR = '93fb32c7-b7b7-4987-a754-23597d9c02c7';

withoutWaiting();

let emulator: Emulator;

beforeEach(async () => {
	emulator = await startEmulator();
});

afterEach(async () => await emulator.close());

const run = async (parameters: Record<string, unknown>, more: Partial<RunOptions> = {}) =>
	await runNode({ emulator, parameters, ...more });

const get = async () => await run({ operation: 'get', deviceId: byId(DEVICE) });

describe('what the API refuses, what to do, and which device it is about', () => {
	test.each([
		[
			'a device with dependents',
			{ operation: 'delete', deviceId: 'living-room-ucm' },
			'Living room UCM was not deleted because Gas detector in living room depends on it.',
			'Delete those devices first, or in the same run. To delete all of them with it, turn on Delete Dependent Devices in the options.',
		],
		[
			'a slug in use',
			{ operation: 'update', deviceId: DETECTOR, updateFields: { slug: 'living-room-ucm' } },
			`Device "${DETECTOR}": slug already in use.`,
			'Choose another slug: two devices cannot have the same one. Code already_exists.',
		],
		[
			'a device connected through a UCM',
			{ operation: 'generateConfig', deviceId: DETECTOR },
			'Gas detector in living room has no configuration of its own: its communication type is UCM_LUA.',
			'Nothing was changed.',
		],
		[
			'an unknown slug',
			{ operation: 'get', deviceId: 'no-such' },
			'Device "no-such" was not found.',
			'Check the ID or slug for typing mistakes. Device → Get Many lists all devices that this API Token can see.',
		],
		[
			'an unknown ID',
			{ operation: 'get', deviceId: DETECTOR.replace('9', '0') },
			'" was not found.',
			'Check the ID or slug for typing mistakes.',
		],
		[
			'a name',
			{ operation: 'get', deviceId: 'Gas detector in living room' },
			'Device "Gas detector in living room" was not found.',
			'Use the ID or slug of the device, not its name.',
		],
		[
			'a blueprint for an unknown device',
			{ operation: 'assignBlueprint', deviceId: 'none', blueprintId: 'any' },
			'Device "none" was not found.',
			'Check the ID or slug for typing mistakes.',
		],
	])('%s', async (_name, parameters, message, advice) => {
		const { error } = await run(parameters);
		expect(error?.message).toContain(message);
		expect(error?.description).toContain(advice);
	});

	test.each([
		['expired', /Create a new API Token/],
		[
			'readonly',
			/role on this device: changes need the OWNER role|If the token is good, its role is too low/,
		],
		['user', /role on this device: changes need the OWNER role|If the token is good, its role is too low/],
	] as const)('the %s token', async (role, advice) => {
		const credential = { apiToken: emulator.tokens[role], baseUrl: emulator.baseUrl };
		const { error } = await run({ operation: 'delete', deviceId: DEVICE }, { credential });
		expect(error?.description).toMatch(advice);
		expect(error?.httpCode).toBe('403');
		expect(emulator.fleet.find(DEVICE)).toBeDefined();
	});

	test('an expired token must be replaced', async () => {
		emulator.addFault({ kind: 'status', status: 401, body: { errors: [{ message: 'Token expired.' }] } });
		const { error } = await get();
		expect(error?.message).toBe(`Device "${DEVICE}": Token expired.`);
		expect(error?.description).toMatch(
			/^Create a new API Token in Enapter and paste all of it into the credential ".+"\./,
		);
		expect(`${error?.message} ${error?.description}`).not.toContain('no token');
	});

	test('too many requests', async () => {
		emulator.rateLimit = { requests: 0, perMs: 60_000 };
		const { error } = await run({ operation: 'get', deviceId: DEVICE, options: { maxRetries: 0 } });
		expect(error?.message).toContain('Too many requests.');
		expect(error?.description).toContain('Lower Max Concurrency');
	});

	test('all of several errors, with code and details in the description, the status last', async () => {
		const errors = [
			{ code: 'one', message: 'First', details: { field: 'name' } },
			{ code: 'two', message: 'Second.' },
			{ code: 'only_a_code' },
		];
		emulator.addFault({ kind: 'status', status: 400, body: { errors } });
		const { error } = await get();
		expect(error?.message).toContain('First; Second.; only_a_code');
		expect(error?.description).toMatch(
			/Code one\. Details \{"field":"name"\}\. Code two\. Code only_a_code\. HTTP status 400\.$/,
		);
	});
});

describe('what a server sends', () => {
	test('as HTML is shown as text', async () => {
		const link = '<a href="https://evil.example">Log in</a>';
		emulator.addFault({
			kind: 'status',
			status: 400,
			body: { errors: [{ message: 'Bad', code: '<h1>big</h1>', details: { link } }] },
		});
		const { error } = await get();
		expect(error?.description).toMatch(/Code +big/);
		expect(error?.description).toContain('Log in');
		expect(error?.description).not.toMatch(/[<>]/);
	});

	test('that breaks off is reported with the device', async () => {
		emulator.addFault({ kind: 'reset-before', times: 9 });
		const { error } = await get();
		expect(error?.message).toMatch(/^Device .+: Lost the connection to http/);
	});

	test('that is not JSON is described by its status and its start', async () => {
		emulator.addFault({ kind: 'status', status: 500, body: '<html><h1>Oops</h1></html>' });
		const { error } = await get();
		expect(error?.message).toContain('status 500');
		expect(error?.description).toBe(
			'This is a problem on the API side. Try again later. The response starts with: Oops. HTTP status 500.',
		);
	});

	test.each([
		[{}],
		[[]],
		['<html>login</html>'],
		['{'],
		[undefined],
		[{ device: null }],
		[{ device: { name: 'x' } }],
	])('as a success, %j, is reported', async (body) => {
		emulator.addFault({ kind: 'body', body });
		const { output, error } = await get();
		expect(output).toEqual([]);
		expect(error?.message).toContain('instead of the requested device');
	});

	test.each([
		['https://elsewhere.example/api/v3/devices/x', 'https://elsewhere.example/api'],
		['/gateway/v3/devices/x', 'ORIGIN/gateway'],
	])('as a redirect to %s names the base URL to use', async (location, root) => {
		emulator.addFault({ kind: 'status', status: 308, headers: { location } });
		const { error } = await get();
		expect(error?.message).toContain(`redirects to ${root.replace('ORIGIN', emulator.origin)}.`);
		expect(emulator.requests).toHaveLength(1);
	});

	test('and is not known yet passes through', async () => {
		const device = { id: 'x', brand_new: { deep: [1, null] }, name: null };
		emulator.addFault({ kind: 'body', body: { device, more: 1 } });
		const { output } = await get();
		expect(output).toEqual([{ json: device, pairedItem: { item: 0 } }]);
	});

	test('of the token is redacted', async () => {
		const { owner } = emulator.tokens;
		emulator.addFault({ kind: 'status', status: 400, body: { errors: [{ message: `bad ${owner}` }] } });
		const { run: execution, error } = await get();
		expect(error?.message).toContain('bad [REDACTED]');
		expect(JSON.stringify(execution)).not.toContain(owner);
	});

	test('of the token is redacted before the text is shortened: no part of it is left at the end', async () => {
		const { owner } = emulator.tokens;
		emulator.addFault({ kind: 'status', status: 500, body: `${'x'.repeat(195)}${owner}` });
		const { error } = await get();
		expect(error?.description).toContain('The response starts with: xxx');
		expect(error?.description).not.toContain(owner.slice(0, 3));
	});
});

describe('On Error', () => {
	const parameters = { operation: 'delete', deviceId: '={{ $json.id }}', options: { maxConcurrency: 1 } };
	const FORBIDDEN = { errors: [{ message: 'Forbidden' }] };

	/** Three items, of which the second is refused. */
	function items() {
		const [second] = emulator.fleet.list().filter(({ type }) => type === 'LUA');
		const { id = '' } = second ?? {};
		emulator.addFault({
			kind: 'status',
			status: 403,
			body: FORBIDDEN,
			match: { method: 'DELETE', path: id },
		});
		return [{ id: 'weather-station-1' }, { id, row: 7 }, { id: 'weather-station-2' }];
	}

	test('Stop Workflow says which items are done, failed and never sent', async () => {
		const three = items();
		const { error, output, input } = await run(parameters, { items: three });
		expect(output).toEqual([]);
		expect(error?.message).toMatch(/: Forbidden\. \[item 1\]$/);
		expect(error?.description).toContain('Done: item 0. Failed: item 1. Never sent: item 2');
		expect(emulator.requests.filter(({ method }) => method === 'DELETE')).toHaveLength(2);
		expect(input.map(({ json }) => json)).toEqual(three);
	});

	test('Continue gives every item its outcome, in order, the failed one with its device', async () => {
		const three = items();
		const { output, error } = await run(parameters, { items: three, onError: 'continueRegularOutput' });
		expect(error).toBeUndefined();
		expect(output.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
		expect(output[1]?.json).toEqual({
			error: expect.stringContaining('[item 1]'),
			message: expect.stringContaining('403'),
			deviceId: three[1]?.id,
		});
	});

	test('the error output gets the failed item with what it held before', async () => {
		const three = items();
		const { output, errorOutput } = await run(parameters, { items: three, onError: 'continueErrorOutput' });
		expect(output.map(({ json }) => json['name'])).toEqual(['Weather station 1', 'Weather station 2']);
		expect(errorOutput.map(({ json }) => json)).toEqual([
			expect.objectContaining({ ...three[1], error: expect.stringContaining('Forbidden') }),
		]);
	});

	test.each(['continueRegularOutput', 'continueErrorOutput'] as const)(
		'items that share one request each have its outcome under their own number (%s)',
		async (onError) => {
			const same = [{ id: 'none' }, { id: 'weather-station-2' }, { id: 'none' }];
			const { output, errorOutput } = await run(parameters, { items: same, onError });
			const messages = [...output, ...errorOutput].flatMap(({ json }) => json['error'] ?? []);
			expect(messages).toEqual([0, 2].map((item) => `Device "none" was not found. [item ${item}]`));
			expect(emulator.requests.filter(({ path }) => path.includes('none'))).toHaveLength(1);
		},
	);

	test.each(['continueRegularOutput', 'continueErrorOutput'] as const)(
		'the input stays as it was (%s)',
		async (onError) => {
			const given = [
				{
					json: { id: DEVICE, deep: { a: [1] } },
					binary: { file: { data: 'eA==', mimeType: 'text/plain' } },
				},
				{ json: { id: 'none', deep: { a: [2] } } },
			];
			const before = structuredClone(given);
			const { input } = await run(
				{ operation: 'get', deviceId: '={{ $json.id }}' },
				{ items: given, onError },
			);
			expect(input).toEqual(before);
		},
	);

	test('items that meet the same failing device each have their own message', async () => {
		const [ucm] = emulator.fleet.list().filter(({ id }) => childrenOf(id).length > 1);
		const { id = '' } = ucm ?? {};
		const [first, failing] = childrenOf(id);
		emulator.addFault({
			kind: 'status',
			status: 500,
			match: { method: 'DELETE', path: failing?.id ?? '' },
		});
		const { output } = await run(
			{ ...parameters, options: { deleteDependents: true } },
			{ items: [{ id }, { id: failing?.id }, { id }], onError: 'continueRegularOutput' },
		);
		const told = output.map(({ json }) => `${String(json['error'])} ${String(json['message'])}`);
		expect(told.map((text) => text.includes(`Already deleted in this run: ${first?.name}`))).toEqual([
			true,
			false,
			true,
		]);
		expect(told.map((text) => /\[item \d\]/.exec(text)?.[0])).toEqual(['[item 0]', '[item 1]', '[item 2]']);
		expect(emulator.fleet.find(id)).toBeDefined();
	});

	const childrenOf = (id: string) =>
		emulator.fleet.list().filter(({ communication }) => communication.upstream_id === id);
});

import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { type RunOptions, runNode } from '../support/engine.mts';

const DEVICE = 'weather-station-1';

let emulator: Emulator;

beforeEach(async () => {
	emulator = await startEmulator();
});

afterEach(async () => await emulator.close());

const run = async (parameters: Record<string, unknown>, more: Partial<RunOptions> = {}) =>
	await runNode({ emulator, parameters, ...more });

describe('what the API refuses, and what to do', () => {
	const ucm = { operation: 'delete', deviceId: 'living-room-ucm' };
	const lua = { operation: 'generateConfig', deviceId: 'hydrogen-detector-1', protocol: 'MQTTS' };

	test.each([
		[
			'a device with others running on it',
			ucm,
			'Device has running devices',
			'Delete the devices that run on it',
		],
		['a device connected through a UCM', lua, 'Configuration cannot be generated', 'through its UCM'],
		['an unknown device', { operation: 'get', deviceId: 'none' }, 'Device not found.', 'Check the ID'],
		[
			'a blueprint for an unknown device',
			{ operation: 'assignBlueprint', deviceId: 'none', blueprintId: 'any' },
			'not found.',
			'Check the IDs of the device and of the blueprint',
		],
	])('%s', async (_name, parameters, reason, advice) => {
		const { error } = await run(parameters);
		expect(error?.message).toContain(reason);
		expect(error?.message).toContain(advice);
		expect(error?.message).toMatch(/\[item 0\]$/);
		expect(emulator.requests).toHaveLength(1);
	});

	test.each(['expired', 'readonly', 'user'] as const)('the %s token', async (role) => {
		const credential = { apiToken: emulator.tokens[role], baseUrl: emulator.baseUrl };
		const { error } = await run({ operation: 'delete', deviceId: DEVICE }, { credential });
		expect(error?.message).toMatch(/whole and not expired, and that its role is the one needed \(OWNER/);
		expect(error?.httpCode).toBe('403');
		expect(emulator.fleet.find(DEVICE)).toBeDefined();
	});

	test('too many requests', async () => {
		emulator.rateLimit = { requests: 0, perMs: 60_000 };
		const { error } = await run({ operation: 'get', deviceId: DEVICE, options: { maxRetries: 0 } });
		expect(error?.message).toContain('Too many requests. Lower Max Concurrency');
	});
});

test('code and details of every error are in the description', async () => {
	const errors = [
		{ code: 'one', message: 'First', details: { field: 'name' } },
		{ code: 'two', message: 'Second.' },
		{ code: 'only_a_code' },
	];
	emulator.addFault({ kind: 'status', status: 400, body: { errors } });
	const { error } = await run({ operation: 'get', deviceId: DEVICE });
	expect(error?.message).toContain('First; Second.; only_a_code');
	expect(error?.description).toContain('HTTP status 400. Code one. Details {"field":"name"}. Code two');
});

test('a relative redirect names the base URL too', async () => {
	const headers = { location: `/gateway/v3/devices/${DEVICE}` };
	emulator.addFault({ kind: 'status', status: 308, headers });
	const { error } = await run({ operation: 'delete', deviceId: DEVICE });
	expect(error?.message).toContain(`redirects to ${emulator.origin}/gateway.`);
	expect(emulator.requests).toHaveLength(1);
});

test('fields of an answer that nobody knows yet pass through', async () => {
	const device = { id: 'x', brand_new: { deep: [1, null] }, name: null };
	emulator.addFault({ kind: 'body', body: { device, more: 1 } });
	const { output } = await run({ operation: 'get', deviceId: DEVICE });
	expect(output).toEqual([{ json: device, pairedItem: { item: 0 } }]);
});

test('a device whose name is no text is compared as if it were', async () => {
	emulator.addFault({
		kind: 'body',
		body: {
			devices: [
				{ id: 'a', name: 15 },
				{ id: 'b', name: null },
			],
		},
	});
	const { output, error } = await run({ operation: 'getAll', returnAll: true, filters: { name: '5' } });
	expect(error).toBeUndefined();
	expect(output.map(({ json }) => json['id'])).toEqual(['a']);
});

describe.each(['continueRegularOutput', 'continueErrorOutput'] as const)('%s', (onError) => {
	test('items that share one request each have its outcome under their own number', async () => {
		const items = [{ id: 'none' }, { id: 'weather-station-2' }, { id: 'none' }];
		const parameters = { operation: 'delete', deviceId: '={{ $json.id }}' };
		const { output, errorOutput } = await run(parameters, { items, onError });
		const messages = [...output, ...errorOutput].flatMap(({ json }) => json['error'] ?? []);
		expect(messages).toEqual([
			expect.stringMatching(/[^\]] \[item 0\]$/),
			expect.stringMatching(/[^\]] \[item 2\]$/),
		]);
		expect(emulator.requests).toHaveLength(2);
	});

	test('the input stays as it was', async () => {
		const items = [
			{ json: { id: DEVICE, deep: { a: [1] } }, binary: { file: { data: 'eA==', mimeType: 'text/plain' } } },
			{ json: { id: 'none', deep: { a: [2] } } },
		];
		const before = structuredClone(items);
		const { input } = await run({ operation: 'get', deviceId: '={{ $json.id }}' }, { items, onError });
		expect(input).toEqual(before);
	});
});

test('token, reason and shortened text: nothing of a token is left at the end', async () => {
	const { owner } = emulator.tokens;
	emulator.addFault({ kind: 'status', status: 500, body: `${'x'.repeat(195)}${owner}` });
	const { error } = await run({ operation: 'get', deviceId: DEVICE });
	expect(error?.description).toContain('The answer starts with: xxx');
	expect(error?.description).toContain('***');
	expect(error?.description).not.toContain(owner.slice(0, 3));
});

import fc from 'fast-check';
import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { runNode } from '../support/engine.mts';

jest.mock('../../nodes/EnapterDevice/transport/wait.ts', () => ({
	wait: async () => await Promise.resolve(),
}));

const DEVICE = 'fecbbba0-79f2-4e9e-a6f0-69a310ab110b';

/** The same inputs every time; a failure prints what to reproduce it with. */
const RUNS = { numRuns: 60, seed: 20261124 };

/** Unicode, control characters, half characters, dots and slashes, long ones. */
const hostileText = fc.oneof(
	fc.string({ unit: 'binary', maxLength: 40 }),
	fc.string({
		unit: fc.constantFrom('.', '/', '\\', '%', '2', 'e', '?', '#', ' ', '\n', '\0', '\ud800'),
		maxLength: 12,
	}),
	fc.string({ minLength: 250, maxLength: 300 }),
	fc.constantFrom('.', '..', '%2e%2e', '../../sites', 'EPERM', '=', '__proto__', '{{ 1 }}'),
);

/** One operation for each way in which a text gets into a request. */
const OPERATIONS: Array<[string, Record<string, unknown>, RegExp]> = [
	['get', {}, /^\/v3\/devices\/([^/?#]+)$/],
	['delete', {}, /^\/v3\/devices\/([^/?#]+)$/],
	['update', { updateFields: { name: 'A name' } }, /^\/v3\/devices\/([^/?#]+)$/],
	['generateConfig', { protocol: 'MQTT' }, /^\/v3\/devices\/([^/?#]+)\/generate_config$/],
	['assignBlueprint', { blueprintId: 'a' }, /^\/v3\/devices\/([^/?#]+)\/assign_blueprint$/],
];

let emulator: Emulator;

beforeAll(async () => {
	emulator = await startEmulator();
});

beforeEach(() => emulator.reset());

afterAll(async () => await emulator.close());

const settled = async (parameters: Record<string, unknown>, item: object = {}) => {
	emulator.reset();
	return await runNode({ emulator, parameters, items: [item], onError: 'continueRegularOutput' });
};

test.each(OPERATIONS)(
	'%s sends any device ID as one segment, or nothing at all',
	async (operation, more, path) => {
		await fc.assert(
			fc.asyncProperty(hostileText, async (id) => {
				const { output } = await settled({ operation, deviceId: '={{ $json.id }}', ...more }, { id });
				expect(output).toHaveLength(1);
				expect(emulator.requests.length).toBeLessThanOrEqual(1);
				for (const request of emulator.requests) {
					const segment = path.exec(request.path)?.[1];
					expect(decodeURIComponent(segment ?? '')).toBe(id.trim());
				}
				if (emulator.requests.length === 0) expect(output[0]?.json.error).toContain('Device');
			}),
			RUNS,
		);
	},
);

test('update sends any name as it is, or nothing at all', async () => {
	await fc.assert(
		fc.asyncProperty(hostileText, async (name) => {
			await settled(
				{ operation: 'update', deviceId: DEVICE, updateFields: { name: '={{ $json.name }}' } },
				{ name },
			);
			const bodies = emulator.requests.map(({ body }) => body);
			expect(bodies).toEqual(name.trim() === '' ? [] : [{ name }]);
		}),
		RUNS,
	);
});

test('any blueprint ID goes into the body as it is, or nowhere', async () => {
	await fc.assert(
		fc.asyncProperty(hostileText, async (id) => {
			await settled(
				{ operation: 'assignBlueprint', deviceId: DEVICE, blueprintId: '={{ $json.id }}' },
				{ id },
			);
			for (const { body, path } of emulator.requests) {
				expect(path).toBe(`/v3/devices/${DEVICE}/assign_blueprint`);
				expect(body).toEqual({ blueprint_id: id.trim() });
			}
		}),
		RUNS,
	);
});

test.each([...OPERATIONS.map(([operation, more]) => [operation, more] as const), ['getAll', {}] as const])(
	'%s has exactly one outcome an item, whatever JSON is answered',
	async (operation, more) => {
		await fc.assert(
			fc.asyncProperty(fc.jsonValue(), async (body) => {
				emulator.reset();
				emulator.addFault({ kind: 'status', status: 200, body: JSON.stringify(body) });
				const { output, error } = await runNode({
					emulator,
					parameters: { operation, deviceId: DEVICE, ...more },
					items: [{}, {}],
					onError: 'continueRegularOutput',
				});
				expect(error).toBeUndefined();
				expect(output.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
			}),
			RUNS,
		);
	},
);

test('any base URL is refused, or none of it leads elsewhere than to itself', async () => {
	await fc.assert(
		fc.asyncProperty(hostileText, async (text) => {
			const credential = { apiToken: emulator.tokens.owner, baseUrl: `http://127.0.0.1:9/${text}` };
			const { error } = await runNode({
				credential,
				parameters: { operation: 'get', deviceId: DEVICE, options: { maxRetries: 0, timeout: 2000 } },
			});
			expect(error?.message).toMatch(/Base URL|127\.0\.0\.1:9/);
			expect(JSON.stringify(error)).not.toContain(emulator.tokens.owner);
		}),
		RUNS,
	);
});

test.each([
	['cut', { kind: 'cut' }],
	[
		'a configuration of another shape',
		{ kind: 'body', body: { configuration: { password: 'S3cret-of-MQTT' } } },
	],
	['a configuration that is no JSON', { kind: 'body', body: '{"config":{"private_key":"S3cret-of-MQTT"' }],
	[
		'a refusal that repeats the token',
		{ kind: 'status', status: 403, body: 'no: enapter-emulator-owner-token' },
	],
] as const)('neither token nor credentials are in an execution that failed: %s', async (_name, fault) => {
	emulator.addFault(fault);
	const { run, error } = await runNode({
		emulator,
		parameters: { operation: 'generateConfig', deviceId: DEVICE, protocol: 'MQTT' },
	});
	expect(error).toBeDefined();
	const stored = JSON.stringify(run);
	const { mqtt_credentials } = emulator.fleet.configs.get(DEVICE) ?? {};
	const secrets = ['S3cret-of-MQTT', emulator.tokens.owner, ...Object.values(mqtt_credentials ?? {})];
	expect(secrets.filter((secret) => stored.includes(String(secret)))).toEqual([]);
});

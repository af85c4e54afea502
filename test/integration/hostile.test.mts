import fc from 'fast-check';
import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { withoutWaiting } from '../support/clock.mts';
import { runNode } from '../support/engine.mts';
import { runs } from '../support/extent.mts';
import { DEVICE, DEVICE_OPERATIONS } from '../support/operations.mts';

withoutWaiting();

/** The same inputs every time; a failure prints what to reproduce it with. */
const RUNS = { numRuns: runs(60, 20), seed: 20261124 };

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

test.each(DEVICE_OPERATIONS)('$name sends any device ID as one segment, or nothing', async (example) => {
	const { parametersFor } = example;
	const more = example.item?.(emulator, emulator.fleet.get(DEVICE).id);
	await fc.assert(
		fc.asyncProperty(hostileText, async (id) => {
			const { output } = await settled(parametersFor('={{ $json.id }}'), { ...more, id });
			expect(output).toHaveLength(1);
			// No device has such an ID or slug, so the first request is the last.
			expect(emulator.requests.length).toBeLessThanOrEqual(1);
			for (const request of emulator.requests) {
				const segment = /^\/v3\/devices\/([^/?#]+)/.exec(request.path)?.[1];
				if (segment !== undefined) expect(decodeURIComponent(segment)).toBe(id.trim());
				else expect(JSON.stringify(request.body)).toContain(JSON.stringify(id.trim()));
			}
			if (emulator.requests.length === 0) expect(output[0]?.json['error']).toContain('Device');
		}),
		RUNS,
	);
});

test('update sends any name unchanged, or nothing', async () => {
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

test('any blueprint ID is sent unchanged in the body, or not at all', async () => {
	await fc.assert(
		fc.asyncProperty(hostileText, async (id) => {
			await settled(
				{ operation: 'assignBlueprint', deviceId: DEVICE, blueprintId: '={{ $json.id }}' },
				{ id },
			);
			const isUsable = emulator.requests.length > 0;
			const sent = emulator.requests.map(({ method, path, body }) => [method, path, body]);
			const device = `/v3/devices/${DEVICE}`;
			const assigned = `/v3/devices/${emulator.fleet.get(DEVICE).id}/assign_blueprint`;
			// The device is read first, because the output contains its previous blueprint.
			const expected = [
				['GET', device, undefined],
				['POST', assigned, { blueprint_id: id.trim() }],
			];
			expect(sent).toEqual(isUsable ? expected : []);
		}),
		RUNS,
	);
});

test('any base URL is refused, or requests go only to it', async () => {
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

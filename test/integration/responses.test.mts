import fc from 'fast-check';

import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { runNode } from '../support/engine.mts';

// The only place where the node lets time pass.
jest.mock('../../nodes/EnapterDevice/transport/wait.ts', () => ({
	wait: async () => await Promise.resolve(),
}));

// Jest fails the test during which a rejection goes unhandled, so none of these has to look for one.
const SETTINGS = { seed: 20_261_124, numRuns: 40, endOnFailure: true };
const BLUEPRINT = 'bluepri2-60n4-4t9d-e6v0-69i310cb110e';

// Each test is hundreds of requests, which a busy machine does not do in Jest's five seconds.
jest.setTimeout(60_000);

const OPERATIONS: Record<string, Record<string, unknown>> = {
	update: { updateFields: { name: 'x' } },
	delete: {},
	generateConfig: { protocol: 'MQTT' },
	assignBlueprint: { blueprintId: BLUEPRINT },
	get: {},
	getAll: {
		returnAll: true,
		filters: { name: 'x', connectivity: 'ONLINE', type: ['LUA'], blueprintId: BLUEPRINT },
	},
};

let emulator: Emulator;

beforeAll(async () => {
	emulator = await startEmulator();
});

afterAll(async () => await emulator.close());

const leaf = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom('', 'x', null, 0, -1, 1e308, [], {}));
const anyAnswer = fc.oneof(
	leaf,
	fc.record({ device: fc.oneof(leaf, fc.record({ id: leaf, name: leaf, blueprint_id: leaf })) }),
	fc.record({ config: fc.oneof(leaf, fc.record({ mqtt_credentials: leaf })) }),
	fc.record({
		devices: fc.oneof(
			leaf,
			fc.array(fc.record({ id: fc.oneof(fc.string(), leaf), name: leaf, type: leaf, connectivity: leaf })),
		),
		total_count: leaf,
	}),
	fc.record({
		errors: fc.oneof(leaf, fc.array(fc.oneof(leaf, fc.record({ message: leaf, code: leaf, details: leaf })))),
	}),
);
const anyStatus = fc.constantFrom(200, 201, 204, 302, 400, 404, 418, 429, 500, 502, 503);

test.each(Object.entries(OPERATIONS))(
	'%s: an answer of nearly the right shape, with any status, gives each item one outcome',
	async (operation, parameters) => {
		const options = { maxRetries: 1 };
		await fc.assert(
			fc.asyncProperty(anyAnswer, anyStatus, async (answer, status) => {
				emulator.reset();
				emulator.addFault({ kind: 'status', status, body: JSON.stringify(answer) });
				const { output, errorOutput, error } = await runNode({
					emulator,
					items: [{ row: 0 }, { row: 1 }, { row: 2 }],
					onError: 'continueErrorOutput',
					parameters: { operation, deviceId: '={{ "d" + $json.row }}', ...parameters, options },
				});
				expect(error).toBeUndefined();
				const failed = errorOutput.map(({ json }) => json['row']);
				const done = output.map(({ pairedItem }) => pairedItem);
				// All items get the same answer; a list may well be empty.
				if (failed.length > 0) expect([failed, done]).toEqual([[0, 1, 2], []]);
				else if (operation !== 'getAll') expect(done).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
				for (const { json } of errorOutput) {
					expect(json['error']).not.toMatch(/is not a function|undefined|Cannot read|\[object/);
					expect(json['error']).toMatch(/ \[item \d\]$/);
				}
			}),
			SETTINGS,
		);
	},
);

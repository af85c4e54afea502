import fc from 'fast-check';

import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { withoutWaiting } from '../support/clock.mts';
import { runNode } from '../support/engine.mts';
import { runs } from '../support/extent.mts';
import { OPERATIONS } from '../support/operations.mts';

withoutWaiting();

// Jest fails a test with an unhandled rejection by itself.
const SETTINGS = { seed: 20_261_124, numRuns: runs(40, 12), endOnFailure: true };

let emulator: Emulator;

beforeAll(async () => {
	emulator = await startEmulator();
});

afterAll(async () => await emulator.close());

const leaf = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom('', 'x', null, 0, -1, 1e308, [], {}));
const anyBody = fc.oneof(
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

const DEVICES = ['living-room-ucm', 'weather-station-1', 'weather-station-2'];

test.each(OPERATIONS)(
	'$name: a response of nearly the right shape, with any status, gives each item one outcome',
	async (example) => {
		await fc.assert(
			// To every request, or only to the one that does the work.
			fc.asyncProperty(anyBody, anyStatus, fc.boolean(), async (body, status, isEvery) => {
				emulator.reset();
				const [method = ''] = example.request.split(' ');
				const match = isEvery ? {} : { method };
				emulator.addFault({ kind: 'status', status, body: JSON.stringify(body), match });
				const { output, errorOutput, error } = await runNode({
					emulator,
					items: DEVICES.map((id, row) => ({ row, id, executionId: 'e' })),
					onError: 'continueErrorOutput',
					parameters: { ...example.parametersFor('={{ $json.id }}'), options: { maxRetries: 1 } },
				});
				expect(error).toBeUndefined();
				const failed = errorOutput.map(({ json }) => json['row']);
				const done = output.map(({ pairedItem }) => (pairedItem as { item: number }).item);
				const outcomes = [...failed, ...(example.outputsSeveral === true ? new Set(done) : done)].sort();
				if (example.outputsSeveral === true && outcomes.length < DEVICES.length) {
					// Only a success can be an empty list. No item has two outcomes.
					expect(status).toBeLessThan(300);
					expect(new Set(outcomes).size).toBe(outcomes.length);
				} else expect(outcomes).toEqual([0, 1, 2]);
				for (const { json } of errorOutput) {
					expect(json['error']).not.toMatch(/is not a function|undefined|Cannot read|\[object/);
					expect(json['error']).toMatch(/ \[item \d\]$/);
				}
			}),
			SETTINGS,
		);
	},
);

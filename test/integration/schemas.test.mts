import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { OPERATIONS } from '../../nodes/EnapterDevice/operations/index.ts';
import { runNode } from '../support/engine.mts';

const SCHEMAS = join(process.cwd(), 'nodes', 'EnapterDevice', '__schema__', 'v1.0.0', 'device');

/** What an operation needs besides a device. */
const PARAMETERS: Record<string, Record<string, unknown>> = {
	assignBlueprint: { blueprintId: '2c6e8b57-9d1a-4e3f-b842-7a5d1c0f9b33' },
	update: { updateFields: { name: 'Renamed' } },
};

let emulator: Emulator;

beforeAll(async () => {
	emulator = await startEmulator();
});

afterAll(async () => await emulator.close());

function schemaOf(value: unknown): object {
	if (Array.isArray(value)) return { type: 'array', items: schemaOf(value[0]) };
	if (typeof value === 'object' && value !== null) {
		const properties = Object.entries(value).map(([key, field]) => [key, schemaOf(field)]);
		return { type: 'object', properties: Object.fromEntries(properties) as object };
	}
	return { type: Number.isInteger(value) ? 'integer' : typeof value };
}

test.each(OPERATIONS.map(({ option }) => String(option.value)))(
	'the editor promises of %s what comes out',
	async (operation) => {
		const [device] = emulator.fleet.list().filter(({ type }) => type === 'STANDALONE');
		const { output } = await runNode({
			emulator,
			parameters: { operation, deviceId: device?.id, ...PARAMETERS[operation] },
		});
		const { version, ...schema } = JSON.parse(readFileSync(join(SCHEMAS, `${operation}.json`), 'utf8')) as {
			version: number;
		};
		expect(version).toBe(1);
		expect(schemaOf(output[0]?.json)).toEqual(schema);
	},
);

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { runNode } from '../support/engine.mts';
import { DEVICE, OPERATIONS } from '../support/operations.mts';

const SCHEMAS = join(process.cwd(), 'nodes', 'EnapterDevice', '__schema__', 'v1.0.0');

/** Options that add to the output. The schema contains these fields, too. */
const OPTIONS: Record<string, Record<string, unknown>> = {
	'configuration.update': { skipIfUnchanged: true },
	'device.assignBlueprint': { skipIfAssigned: true },
	'device.create': { skipIfExists: true },
	'device.delete': { deleteDependents: true },
	'device.update': { skipIfUnchanged: true },
};

let emulator: Emulator;

beforeEach(async () => {
	emulator = await startEmulator();
	emulator.executions.duration = 0;
});

afterEach(async () => await emulator.close());

function schemaOf(value: unknown): Schema {
	if (Array.isArray(value)) return { type: 'array', items: schemaOf(value[0]) } as Schema;
	if (typeof value === 'object' && value !== null) {
		const properties = Object.entries(value).map(([key, field]) => [key, schemaOf(field)]);
		return { type: 'object', properties: Object.fromEntries(properties) as Record<string, Schema> };
	}
	return { type: Number.isInteger(value) ? 'integer' : typeof value };
}

interface Schema {
	type: string;
	properties?: Record<string, Schema>;
}

/** What was seen, without the fields of objects whose keys are not fixed, such as a command's arguments. */
function open(seen: Schema, promised: Schema | undefined): Schema {
	if (seen.properties === undefined || promised?.properties === undefined) return seen;
	const keys = Object.entries(promised.properties).length === 0 ? [] : Object.entries(seen.properties);
	const properties = keys.map(([key, field]) => [key, open(field, promised.properties?.[key])]);
	return { ...seen, properties: Object.fromEntries(properties) as Record<string, Schema> };
}

/** Operations whose credentials are complete only with another parameter. */
const PARAMETERS: Record<string, Record<string, unknown>> = {
	'device.generateConfig': { protocol: 'MQTTS' },
};

test.each(OPERATIONS)(
	'the output of $name is what its example expects, with the fields of its schema',
	async (example) => {
		const { id } = emulator.fleet.get(DEVICE);
		const item = { id, ...example.item?.(emulator, id) };
		const { output, error } = await runNode({
			emulator,
			items: [item],
			parameters: {
				...example.parametersFor(id),
				...PARAMETERS[example.name],
				options: OPTIONS[example.name] ?? {},
			},
		});
		expect(error).toBeUndefined();
		expect(output[0]?.json).toMatchObject(example.output(emulator, id, item));
		const file = join(SCHEMAS, example.resource, `${String(example.operation.option.value)}.json`);
		const { version, ...schema } = JSON.parse(readFileSync(file, 'utf8')) as Schema & { version: number };
		expect(version).toBe(1);
		// The schema cannot contain the user's attributes.
		const { attributes = [] } = example.parameters as { attributes?: string[] };
		const fields = Object.entries(output[0]?.json ?? {}).filter(([key]) => !attributes.includes(key));
		expect(open(schemaOf(Object.fromEntries(fields)), schema)).toEqual(schema);
	},
);

import { existsSync, readFileSync } from 'node:fs';

import { changeConfiguration } from '../../emulator/configuration.mts';
import { createFleet } from '../../emulator/fleet.mts';
import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { runNode } from '../support/engine.mts';
import { type OperationExample, OPERATIONS, schemaPath } from '../support/operations.mts';

let emulator: Emulator;

beforeEach(async () => {
	emulator = await startEmulator({ fleet: createFleet({ devices: 80 }) });
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

/** The fields of an item for each of up to `count` weather stations that are online, or for each site. No two have the same data. */
function itemsOf({ ofSites = false, item }: OperationExample, count: number) {
	if (ofSites) return [...emulator.fleet.sites.keys()].slice(0, count).map((id) => ({ id, site: id }));
	const stations = emulator.fleet
		.list()
		.filter(({ slug, connectivity }) => slug.startsWith('weather-') && connectivity.status === 'ONLINE');
	return stations.slice(0, count).map((station, index) => {
		const set = { interval: 20 + index, heater: index % 2 === 0 ? 'on' : 'off' };
		changeConfiguration(emulator.fleet, station, 'reporting', { set, reset: [] });
		return { id: station.id, ...item?.(emulator, station.id) };
	});
}

const run = async (example: OperationExample, items: Array<{ id: string }>, options: object = {}) =>
	await runNode({
		emulator,
		items,
		parameters: {
			...example.parametersFor('={{ $json.id }}'),
			...PARAMETERS[example.name],
			options,
		},
	});

test.each(OPERATIONS)(
	'the output of $name is what its example expects for each item, with the fields of its schema',
	async (example) => {
		const { name, parameters, added } = example;
		const items = itemsOf(example, 2);
		expect(items).toHaveLength(2);
		const { output, error } = await run(example, items, added?.options);
		expect(error).toBeUndefined();
		const outputs = items.map((_, index) =>
			output.find(({ pairedItem }) => (pairedItem as { item: number }).item === index),
		);
		const expected = items.map((item) => ({ ...example.output(emulator, item.id, item), ...added?.output }));
		expect(outputs.map((each) => each?.json)).toEqual(expected.map((each) => expect.objectContaining(each)));

		const path = schemaPath(name);
		if (!existsSync(path)) throw new Error(`Describe the output of ${name} in ${path}.`);
		const { version, ...schema } = JSON.parse(readFileSync(path, 'utf8')) as Schema & { version: number };
		expect(version).toBe(1);
		// The schema cannot contain the user's attributes.
		const { attributes = [] } = parameters as { attributes?: string[] };
		const fields = Object.entries(outputs[0]?.json ?? {}).filter(([key]) => !attributes.includes(key));
		expect(open(schemaOf(Object.fromEntries(fields)), schema)).toEqual(schema);

		const unnamed = Object.keys(schema.properties ?? {}).filter((key) => !(key in (expected[0] ?? {})));
		if (unnamed.length > 0) {
			throw new Error(
				`The example of ${name} must say in \`output\`, or in \`added\`, what these fields are: ${unnamed.join(', ')}.`,
			);
		}
	},
);

/** In a run of `count` items: how many requests start as the example says, for each item, and the requests. */
async function requestsOf(example: OperationExample, count: number) {
	const items = itemsOf(example, count);
	const { error } = await run(example, items);
	expect(error).toBeUndefined();
	const sent = emulator.requests.map(({ method, path }) => `${method} ${path}`);
	const starts = items.map(({ id }) => example.request.replace('ID', id));
	const matching = starts.map((start) => sent.filter((each) => each.startsWith(start)));
	const hasOwn = matching.every(({ length }) => length === 1) && new Set(matching.flat()).size === count;
	return { hasOwn, counts: matching.map(({ length }) => length), sent };
}

test.each(OPERATIONS)('the example of $name names the request of each item', async (example) => {
	const { name, request, fewItems = 3 } = example;
	const { hasOwn, counts, sent } = await requestsOf(example, fewItems);
	if (!hasOwn) {
		throw new Error(
			`In the example of ${name}, \`request\` must be how the one request of each item starts. In a run of ${fewItems} items, ${counts.join(', ')} requests start with "${request}". Correct \`request\`, or set \`fewItems\` if items share a request. Sent:\n${sent.join('\n')}`,
		);
	}
});

test.each(OPERATIONS.filter(({ fewItems }) => fewItems !== undefined))(
	'more items than `fewItems` of the example of $name share requests',
	async (example) => {
		const count = (example.fewItems ?? 0) + 1;
		const { hasOwn } = await requestsOf(example, count);
		if (hasOwn) {
			throw new Error(
				`In the example of ${example.name}, \`fewItems\` is too low: ${count} items have their own requests.`,
			);
		}
	},
);

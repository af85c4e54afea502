import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INodeProperties } from 'n8n-workflow';
import { EnapterDevice } from '../../nodes/EnapterDevice/EnapterDevice.node.ts';
import { OPERATIONS } from '../../nodes/EnapterDevice/operations/index.ts';

const FOLDER = join(process.cwd(), 'nodes', 'EnapterDevice');

/** Values that a prepared item needs, so that every operation reads all its parameters. */
const VALUES: Record<string, unknown> = {
	deviceId: 'a-device',
	blueprintId: 'a-blueprint',
	updateFields: { name: 'A name' },
	protocol: 'MQTTS',
	limit: 50,
	filters: {},
	options: {},
};

test.each(OPERATIONS)('$option.value has an action, a description and an output schema', ({ option }) => {
	expect(option.action).toMatch(/^[A-Z]/);
	expect(option.description).toMatch(/^[A-Z]/);
	const schema = join(FOLDER, '__schema__', 'v1.0.0', 'device', `${option.value}.json`);
	const { type, properties } = JSON.parse(readFileSync(schema, 'utf8')) as {
		type: string;
		properties: object;
	};
	expect(type).toBe('object');
	expect(Object.keys(properties).length).toBeGreaterThan(0);
});

test('there is no output schema without its operation', () => {
	const files = readdirSync(join(FOLDER, '__schema__', 'v1.0.0', 'device'));
	expect(files.sort()).toEqual(OPERATIONS.map(({ option }) => `${String(option.value)}.json`).sort());
});

test.each(OPERATIONS)(
	'$option.value reads only parameters that its panel has',
	({ option, fields, prepare }) => {
		const read = new Set<string>();
		prepare((name, fallback) => {
			read.add(name);
			return VALUES[name] ?? fallback;
		});
		const declared = fields.map(({ name }) => name);
		expect(read.size).toBeGreaterThan(0);
		expect([...read].filter((name) => !declared.includes(name))).toEqual([]);
		const shown = new EnapterDevice().description.properties.filter((property) =>
			property.displayOptions?.show?.operation?.includes(option.value),
		);
		expect(shown.map(({ name }) => name)).toEqual(declared);
	},
);

test('nothing that the panel shows is empty', () => {
	for (const property of allProperties(new EnapterDevice().description.properties)) {
		const { displayName, description = 'none', placeholder = 'none', hint = 'none' } = property;
		for (const words of [displayName, description, placeholder, hint]) expect(words.trim()).not.toBe('');
	}
});

test('every list of a Resource Locator has its search', () => {
	const node = new EnapterDevice();
	const methods = allProperties(node.description.properties).flatMap(({ modes = [] }) =>
		modes.flatMap(({ typeOptions }) => typeOptions?.searchListMethod ?? []),
	);
	expect(new Set(methods)).toEqual(new Set(['searchDevices', 'searchBlueprints', 'searchSites']));
	expect(Object.keys(node.methods.listSearch).sort()).toEqual([...new Set(methods)].sort());
});

test('every credential field of a configuration is marked sensitive', () => {
	expect(new EnapterDevice().description.sensitiveOutputFields).toEqual(
		expect.arrayContaining(['private_key', 'certificate', 'ca_chain', 'username', 'password']),
	);
});

test('the icons and the codex are beside the node', () => {
	for (const file of ['enapter.svg', 'enapter.dark.svg', 'EnapterDevice.node.json']) {
		expect(existsSync(join(FOLDER, file))).toBe(true);
	}
});

function allProperties(properties: INodeProperties[]): INodeProperties[] {
	return properties.flatMap((property) => [
		property,
		...allProperties(
			(property.options ?? []).filter(
				(option): option is INodeProperties => 'displayName' in option && 'type' in option,
			),
		),
	]);
}

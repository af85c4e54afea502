import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INodeProperties } from 'n8n-workflow';

import { EnapterDevice } from '../../nodes/EnapterDevice/EnapterDevice.node.ts';
import { RESOURCES } from '../../nodes/EnapterDevice/resources/index.ts';
import { itemParameters } from '../support/itemParameters.mts';
import { OPERATIONS } from '../support/operations.mts';

const FOLDER = join(process.cwd(), 'nodes', 'EnapterDevice');
const SCHEMAS = join(FOLDER, '__schema__', 'v1.0.0');

const node = new EnapterDevice();

test.each(OPERATIONS)('$name has an action and a description', ({ operation }) => {
	expect(operation.option.action).toMatch(/^[A-Z]/);
	expect(operation.option.description).toMatch(/^[A-Z]/);
	// As much as n8n shows in two lines.
	expect(operation.option.description?.length).toBeLessThanOrEqual(80);
});

test.each(OPERATIONS)('$name has an output schema', ({ resource, operation }) => {
	const file = join(SCHEMAS, resource, `${String(operation.option.value)}.json`);
	const schema = JSON.parse(readFileSync(file, 'utf8')) as { type: string; properties: object };
	expect(schema.type).toBe('object');
	expect(Object.keys(schema.properties).length).toBeGreaterThan(0);
});

test('there is no output schema without its operation', () => {
	const schemas = readdirSync(SCHEMAS).flatMap((resource) =>
		readdirSync(join(SCHEMAS, resource)).map((file) => `${resource}.${file.replace(/\.json$/, '')}`),
	);
	expect(schemas.sort()).toEqual(OPERATIONS.map(({ name }) => name).sort());
});

test.each(OPERATIONS)(
	'$name reads only parameters and options that its panel has',
	({ operation, resource, parametersFor }) => {
		const read = new Set<string>();
		operation.prepare(itemParameters(parametersFor('a-device'), { onRead: (name) => read.add(name) }));
		const declared = operation.fields.flatMap(({ name, options = [] }) => [
			name,
			...options.map((option) => `${name}.${option.name}`),
		]);
		expect(read.size).toBeGreaterThan(0);
		expect([...read].filter((name) => !declared.includes(name))).toEqual([]);
		const shown = node.description.properties.filter(
			({ displayOptions: { show } = {} }) =>
				show?.resource?.includes(resource) && show.operation?.includes(operation.option.value),
		);
		expect(shown.map(({ name }) => name)).toEqual(operation.fields.map(({ name }) => name));
	},
);

test.each(OPERATIONS)('$name has the options that every operation has', ({ operation }) => {
	const options = operation.fields.find(({ name }) => name === 'options')?.options ?? [];
	expect(options.map(({ name }) => name)).toEqual(
		expect.arrayContaining(['maxConcurrency', 'maxRetries', 'timeout']),
	);
});

test('nothing that the panel shows is empty', () => {
	for (const property of allProperties(node.description.properties)) {
		const { displayName, description = 'none', placeholder = 'none', hint = 'none' } = property;
		for (const words of [displayName, description, placeholder, hint]) expect(words.trim()).not.toBe('');
	}
});

test('every label of a field or option is short enough to be shown whole', () => {
	const labels = allProperties(node.description.properties).filter(({ type }) => type !== 'notice');
	expect(labels.map(({ displayName }) => displayName).filter(({ length }) => length > 28)).toEqual([]);
});

test('what a person has to choose cannot be left to a language model', () => {
	const chosen = allProperties(node.description.properties).filter(({ name }) =>
		['deleteDependents', 'allowAiTool', 'confirm'].includes(name),
	);
	expect(chosen.length).toBeGreaterThan(1);
	for (const { noDataExpression, default: value } of chosen) {
		expect([noDataExpression, value]).toEqual([true, false]);
	}
});

describe.each(['listSearch', 'loadOptions', 'resourceMapping'] as const)('methods of %s', (kind) => {
	const named = (properties: INodeProperties[]) =>
		allProperties(properties).flatMap((property) => methodsOf(property)[kind]);

	test.each(RESOURCES)('of $option.value are named by fields, its own or those of others', ({ methods }) => {
		const all = named(node.description.properties);
		expect(Object.keys(methods?.[kind] ?? {}).filter((name) => !all.includes(name))).toEqual([]);
	});

	test('that fields name are those of the node', () => {
		expect(Object.keys(node.methods[kind]).sort()).toEqual(
			[...new Set(named(node.description.properties))].sort(),
		);
	});
});

test('the object that holds the credentials of a configuration is sensitive as a whole', () => {
	expect(node.description.sensitiveOutputFields).toContain('config.mqtt_credentials');
});

test('the icons and the codex are beside the node', () => {
	for (const file of ['enapter.svg', 'enapter.dark.svg', 'EnapterDevice.node.json']) {
		expect(existsSync(join(FOLDER, file))).toBe(true);
	}
});

function methodsOf({ modes = [], typeOptions }: INodeProperties) {
	return {
		listSearch: modes.flatMap((mode) => mode.typeOptions?.searchListMethod ?? []),
		loadOptions: [typeOptions?.loadOptionsMethod ?? []].flat(),
		resourceMapping: [typeOptions?.resourceMapper?.resourceMapperMethod ?? []].flat(),
	};
}

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

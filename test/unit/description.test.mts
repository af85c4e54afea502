import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { INodeParameters, INodeProperties } from 'n8n-workflow';
import { NodeHelpers } from 'n8n-workflow';

import { EnapterDevice } from '../../nodes/EnapterDevice/EnapterDevice.node.ts';
import { RESOURCES } from '../../nodes/EnapterDevice/resources/index.ts';
import { type OperationExample, OPERATIONS } from '../support/operations.mts';

const FOLDER = join(process.cwd(), 'nodes', 'EnapterDevice');
const SCHEMAS = join(FOLDER, '__schema__', 'v1.0.0');

const node = new EnapterDevice();

test('there is no output schema without its operation and its example', () => {
	const schemas = readdirSync(SCHEMAS).flatMap((resource) =>
		readdirSync(join(SCHEMAS, resource)).map((file) => `${resource}.${file.replace(/\.json$/, '')}`),
	);
	const names = OPERATIONS.map(({ name }) => name);
	expect(schemas.filter((name) => !names.includes(name))).toEqual([]);
});

test.each(OPERATIONS)('$name has its fields in the panel, in order', ({ operation, resource }) => {
	const shown = node.description.properties.filter(
		({ displayOptions: { show } = {} }) =>
			show?.resource?.includes(resource) && show.operation?.includes(operation.option.value),
	);
	expect(shown.map(({ name }) => name)).toEqual(operation.fields.map(({ property }) => property.name));
});

/** The names of an operation's options. */
const optionsOf = ({ operation }: OperationExample) =>
	(operation.fields.find(({ property }) => property.name === 'options')?.property.options ?? []).map(
		({ name }) => name,
	);

test.each(OPERATIONS)('$name has the options that every operation has', (example) => {
	expect(optionsOf(example)).toEqual(expect.arrayContaining(['maxConcurrency', 'maxRetries', 'timeout']));
});

test.each(OPERATIONS)(
	'$name has Dry Run, and says what it would change, only if it changes something',
	(example) => {
		const { changesSomething = false, operation } = example;
		expect([optionsOf(example).includes('dryRun'), operation.dryRunSummary !== undefined]).toEqual([
			changesSomething,
			changesSomething,
		]);
	},
);

test('nothing that the panel shows is empty', () => {
	for (const property of allProperties(node.description.properties)) {
		const { displayName, description = 'none', placeholder = 'none', hint = 'none' } = property;
		for (const words of [displayName, description, placeholder, hint]) expect(words.trim()).not.toBe('');
	}
});

test('every label of a field or option is short enough to be shown in full', () => {
	const labels = allProperties(node.description.properties).filter(({ type }) => type !== 'notice');
	expect(labels.map(({ displayName }) => displayName).filter(({ length }) => length > 28)).toEqual([]);
});

test('options that only a person may set cannot be set by a language model', () => {
	const options = allProperties(node.description.properties).filter(({ name }) =>
		['deleteDependents', 'allowAiTool', 'confirm'].includes(name),
	);
	expect(new Set(options.map(({ name }) => name)).size).toBe(3);
	expect(options.filter(({ noDataExpression }) => noDataExpression !== true)).toEqual([]);
});

describe.each(['listSearch', 'loadOptions', 'resourceMapping'] as const)('methods of %s', (kind) => {
	const named = (properties: INodeProperties[]) =>
		allProperties(properties).flatMap((property) => methodsOf(property)[kind]);

	test.each(RESOURCES)('of $option.value are used by fields', ({ methods }) => {
		const all = named(node.description.properties);
		expect(Object.keys(methods?.[kind] ?? {}).filter((name) => !all.includes(name))).toEqual([]);
	});

	test('that fields use are those of the node', () => {
		expect(Object.keys(node.methods[kind]).sort()).toEqual(
			[...new Set(named(node.description.properties))].sort(),
		);
	});
});

test('the object with the credentials of a configuration is marked as sensitive', () => {
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

test.each(OPERATIONS)('$name shows only its own fields, also if expressions decide which', (entry) => {
	const { resource, operation } = entry;
	const unknown = '={{ $json.value }}';
	const values: INodeParameters = {
		resource,
		operation: operation.option.value as string,
		deviceType: unknown,
		returnAll: unknown,
		options: { dryRun: unknown, confirm: unknown, output: unknown },
	};
	const others = node.description.properties.filter((property) => {
		const { resource: resources, operation: operations } = property.displayOptions?.show ?? {};
		const isOwn = resources?.includes(resource) && (operations?.includes(operation.option.value) ?? true);
		return resources !== undefined && isOwn !== true;
	});
	const shown = others.filter((property) =>
		NodeHelpers.displayParameter(values, property, null, node.description),
	);
	expect(shown.map(({ name }) => name)).toEqual([]);
});

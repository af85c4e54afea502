import type { INodeProperties } from 'n8n-workflow';

import { EnapterApi } from '../../credentials/EnapterApi.credentials.ts';
import { EnapterDevice } from '../../nodes/EnapterDevice/EnapterDevice.node.ts';
import { OPERATIONS } from '../support/operations.mts';

type Entry = NonNullable<INodeProperties['options']>[number];

const isProperty = (entry: Entry): entry is INodeProperties => 'displayName' in entry && 'type' in entry;

/** A parameter and what is inside it, as a saved workflow names them: `name: type = default`, then its choices. */
function names(property: INodeProperties, path = property.name): string[] {
	const {
		type,
		default: value,
		required,
		noDataExpression,
		modes = [],
		options = [],
		typeOptions,
	} = property;
	const limits = typeOptions === undefined ? '' : ` ${JSON.stringify(typeOptions)}`;
	return [
		`${path}: ${type} = ${JSON.stringify(value)}${required === true ? ', required' : ''}${noDataExpression === true ? ', no expression' : ''}${limits}`,
		...modes.map(
			(mode) => `${path} mode ${mode.name}: ${mode.type} ${JSON.stringify(mode.typeOptions ?? {})}`,
		),
		...options.flatMap((entry) => {
			if (isProperty(entry)) return names(entry, `${path}.${entry.name}`);
			return 'value' in entry ? [`${path} choice ${String(entry.value)}`] : [];
		}),
	];
}

const { properties: parameters, ...description } = new EnapterDevice().description;

/** The parameters that the panel shows for an operation, or independently of operations. */
const shownFor = (resource?: string, operation?: string) =>
	parameters.filter(({ displayOptions: { show = {} } = {} }) =>
		operation === undefined
			? show.operation === undefined
			: show.resource?.includes(resource ?? '') && show.operation?.includes(operation),
	);

/** The names of a parameter, and when it is shown besides its operation. */
function lines(property: INodeProperties): string[] {
	const { operation, resource, ...others } = property.displayOptions?.show ?? {};
	const more = operation === undefined ? { resource, ...others } : others;
	const when = JSON.stringify(more) === '{}' ? '' : ` when ${JSON.stringify(more)}`;
	return names(property).map((line) => line + when);
}

test('what a saved workflow depends on stays as it is: the node', () => {
	const { name, version, group, inputs, outputs, credentials, usableAsTool } = description;
	expect({ name, version, group, inputs, outputs, credentials, usableAsTool }).toMatchSnapshot();
	expect(shownFor().flatMap(lines)).toMatchSnapshot();
});

test.each(OPERATIONS)('what a saved workflow depends on stays as it is: $name', ({ resource, operation }) => {
	expect(shownFor(resource, String(operation.option.value)).flatMap(lines)).toMatchSnapshot();
});

test('what a saved credential depends on stays as it is', () => {
	const { name, properties } = new EnapterApi();
	expect([name, ...properties.flatMap((property) => names(property))]).toMatchSnapshot();
});

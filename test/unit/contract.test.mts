import type { INodeProperties } from 'n8n-workflow';

import { EnapterApi } from '../../credentials/EnapterApi.credentials.ts';
import { EnapterDevice } from '../../nodes/EnapterDevice/EnapterDevice.node.ts';
import { OPERATIONS } from '../support/operations.mts';

type Entry = NonNullable<INodeProperties['options']>[number];

const isProperty = (entry: Entry): entry is INodeProperties => 'displayName' in entry && 'type' in entry;

/** A parameter and what is inside it, as a saved workflow names them: `name: type = default`, its choices below. */
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

/** Everything the editor shows of a parameter. */
function words(property: INodeProperties): object {
	const { displayName, description: text, placeholder, hint, modes = [], options = [] } = property;
	return {
		displayName,
		...(text === undefined ? {} : { text }),
		...(placeholder === undefined ? {} : { placeholder }),
		...(hint === undefined ? {} : { hint }),
		...(modes.length === 0 ? {} : { modes: modes.map((mode) => words(mode as unknown as INodeProperties)) }),
		...(options.length === 0
			? {}
			: {
					options: options.map((entry) => {
						if (isProperty(entry)) return words(entry);
						const {
							name,
							description: about,
							action,
						} = entry as {
							name: string;
							description?: string;
							action?: string;
						};
						return [name, ...(action === undefined ? [] : [action]), ...(about === undefined ? [] : [about])];
					}),
				}),
	};
}

const { properties: parameters, ...description } = new EnapterDevice().description;

/** The parameters that the panel shows for an operation, or for none in particular. */
const shownFor = (resource?: string, operation?: string) =>
	parameters.filter(({ displayOptions: { show = {} } = {} }) =>
		operation === undefined
			? show.operation === undefined
			: show.resource?.includes(resource ?? '') && show.operation?.includes(operation),
	);

/** The names of a parameter, and when it is shown besides for its operation. */
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

test('a change of the words in the panel is a decision: the node', () => {
	const { displayName, subtitle, icon, defaults, description: text, sensitiveOutputFields } = description;
	expect({ displayName, subtitle, icon, defaults, text, sensitiveOutputFields }).toMatchSnapshot();
	expect(shownFor().map(words)).toMatchSnapshot();
});

test.each(OPERATIONS)(
	'a change of the words in the panel is a decision: $name',
	({ resource, operation }) => {
		expect(shownFor(resource, String(operation.option.value)).map(words)).toMatchSnapshot();
	},
);

test('a change of the words in the panel is a decision: the credential', () => {
	const { displayName, icon, documentationUrl, properties } = new EnapterApi();
	expect({ displayName, icon, documentationUrl, properties: properties.map(words) }).toMatchSnapshot();
});

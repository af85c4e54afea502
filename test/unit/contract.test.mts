import type { INodeProperties } from 'n8n-workflow';

import { EnapterApi } from '../../credentials/EnapterApi.credentials.ts';
import { EnapterDevice } from '../../nodes/EnapterDevice/EnapterDevice.node.ts';

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

test('what a saved workflow depends on stays as it is', () => {
	const { properties, name, version, group, inputs, outputs, credentials, usableAsTool } = new EnapterDevice()
		.description;
	expect({ name, version, group, inputs, outputs, credentials, usableAsTool }).toMatchSnapshot();
	const shown = properties.flatMap((property) => {
		const { resource, operation } = property.displayOptions?.show ?? {};
		const others = Object.entries(property.displayOptions?.show ?? {}).filter(
			([key]) => !['resource', 'operation'].includes(key),
		);
		const when = others.length === 0 ? '' : ` when ${JSON.stringify(Object.fromEntries(others))}`;
		return names(property).map(
			(line) => `${[resource, operation].flat().filter(Boolean).join('.')} ${line}${when}`,
		);
	});
	expect(shown).toMatchSnapshot();
});

test('what a saved credential depends on stays as it is', () => {
	const { name, properties } = new EnapterApi();
	expect([name, ...properties.flatMap((property) => names(property))]).toMatchSnapshot();
});

test('a change of the words in the panels is a decision', () => {
	const { properties: parameters, ...shown } = new EnapterDevice().description;
	const { displayName, subtitle, icon, defaults, description: text, sensitiveOutputFields } = shown;
	expect({ displayName, subtitle, icon, defaults, text, sensitiveOutputFields }).toMatchSnapshot();
	expect(parameters.map(words)).toMatchSnapshot();
	const { displayName: title, icon: badge, documentationUrl, properties } = new EnapterApi();
	expect({ title, badge, documentationUrl, properties: properties.map(words) }).toMatchSnapshot();
});

import { required, shownIf, withDefault } from '../../fields/field';
import { choice, names } from '../../fields/kinds';
import { locator } from '../../fields/locators';
import { parameterForm, parameterJson } from '../device/parameterForm';

/** A configuration group of a device. */
export const GROUP = required(
	locator({
		displayName: 'Group',
		name: 'group',
		type: 'resourceLocator',
		default: { mode: 'list', value: '' },
		description: "The configuration group, as declared by the device's blueprint",
		// Does not depend on the device: n8n would clear the group when a run evaluates an expression for the device.
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				placeholder: 'Select a group...',
				typeOptions: { searchListMethod: 'searchGroups', searchable: true },
			},
			{
				displayName: 'By Name',
				name: 'id',
				type: 'string',
				placeholder: 'e.g. limits',
				hint: 'The name of the group in the manifest of the device',
			},
		],
	}),
);

export const PARAMETERS_MODE = withDefault(
	choice(
		{
			displayName: 'Specify Parameters',
			name: 'parametersMode',
			type: 'options',
			noDataExpression: true,
			default: 'fields',
			description: 'How to give the new values',
			options: [
				{
					name: 'Using Fields',
					value: 'fields',
					description: 'In a form with the parameters of the chosen group',
				},
				{
					name: 'Using JSON',
					value: 'json',
					description: 'As one object, if the device or group is only known when the workflow runs',
				},
			],
		},
		['fields', 'json'],
	),
	'fields' as const,
);

export const PARAMETERS = shownIf(
	parameterForm({
		displayName: 'Parameters',
		name: 'parameters',
		type: 'resourceMapper',
		noDataExpression: true,
		default: { mappingMode: 'defineBelow', value: null },
		description:
			'Parameters that are left blank keep their values. Map Automatically uses the fields of the input item that have the names of parameters, and ignores all others.',
		typeOptions: {
			// Does not depend on the device: n8n would clear the filled-in values.
			loadOptionsDependsOn: ['group.value'],
			resourceMapper: {
				resourceMapperMethod: 'getConfigurationParameters',
				mode: 'add',
				valuesLabel: 'Parameters',
				fieldWords: { singular: 'parameter', plural: 'parameters' },
				addAllFields: true,
				multiKeyMatch: false,
				supportAutoMap: true,
				hideNoDataError: true,
			},
		},
	}),
	{ parametersMode: ['fields'] },
);

export const PARAMETERS_JSON = shownIf(
	parameterJson({
		displayName: 'Parameters (JSON)',
		name: 'parametersJson',
		type: 'json',
		default: '{}',
		placeholder: 'e.g. {"min_soc": 20}',
		description: 'An object with the new values by the names of the parameters in the manifest',
	}),
	{ parametersMode: ['json'] },
);

/** Names of parameters to set back to their defaults. */
export const RESET_PARAMETERS = withDefault(
	names({
		displayName: 'Reset Parameter Names or IDs',
		name: 'resetParameters',
		type: 'multiOptions',
		default: [],
		typeOptions: { loadOptionsMethod: 'getParameterNames', loadOptionsDependsOn: ['group.value'] },
		description:
			'Parameters to set back to their defaults. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
	}),
	[],
);

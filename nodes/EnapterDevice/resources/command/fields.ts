import { field, required, shownIf, withDefault } from '../../fields/field';
import { choice, toggle } from '../../fields/kinds';
import { locator, parseRef } from '../../fields/locators';
import { parameterForm, parameterJson } from '../device/parameterForm';

/** The command that an operation is about. */
export const COMMAND = required(
	locator({
		displayName: 'Command',
		name: 'commandName',
		type: 'resourceLocator',
		default: { mode: 'list', value: '' },
		description: "The command to run, as declared by the device's blueprint",
		// Does not depend on the device: n8n would clear the command when a run evaluates an expression for the device.
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				placeholder: 'Select a command...',
				typeOptions: { searchListMethod: 'searchCommands', searchable: true },
			},
			{
				displayName: 'By Name',
				name: 'id',
				type: 'string',
				placeholder: 'e.g. set_mode',
				hint: 'The name of the command in the manifest of the device, or an alias',
			},
		],
	}),
);

export const ARGUMENTS_MODE = withDefault(
	choice(
		{
			displayName: 'Specify Arguments',
			name: 'argumentsMode',
			type: 'options',
			noDataExpression: true,
			default: 'fields',
			description: 'How to give the arguments of the command',
			options: [
				{
					name: 'Using Fields',
					value: 'fields',
					description: 'In a form with the arguments of the chosen command',
				},
				{
					name: 'Using JSON',
					value: 'json',
					description: 'As one object, if the device or command is only known when the workflow runs',
				},
			],
		},
		['fields', 'json'],
	),
	'fields' as const,
);

export const ARGUMENTS = shownIf(
	parameterForm({
		displayName: 'Arguments',
		name: 'arguments',
		type: 'resourceMapper',
		noDataExpression: true,
		default: { mappingMode: 'defineBelow', value: null },
		description:
			'Map Automatically uses the fields of the input item that have the names of arguments, and ignores all others',
		typeOptions: {
			// Does not depend on the device: n8n would replace the filled-in values with the defaults. It depends on Fill In Current
			// Values, whose form has no defaults.
			loadOptionsDependsOn: ['commandName.value', 'options.fillInCurrentValues'],
			resourceMapper: {
				resourceMapperMethod: 'getCommandArguments',
				mode: 'add',
				valuesLabel: 'Arguments',
				fieldWords: { singular: 'argument', plural: 'arguments' },
				addAllFields: true,
				multiKeyMatch: false,
				supportAutoMap: true,
				// n8n would show a warning for a command without arguments.
				hideNoDataError: true,
			},
		},
	}),
	{ argumentsMode: ['fields'] },
);

export const ARGUMENTS_JSON = shownIf(
	parameterJson({
		displayName: 'Arguments (JSON)',
		name: 'argumentsJson',
		type: 'json',
		default: '{}',
		placeholder: 'e.g. {"mode": "auto"}',
		description: 'An object with the arguments by their names in the manifest; {} for none',
	}),
	{ argumentsMode: ['json'] },
);

export const EXECUTION_ID = required(
	field(
		{
			displayName: 'Execution ID',
			name: 'executionId',
			type: 'string',
			default: '',
			placeholder: 'e.g. 5f0fbc31-8f0c-4d7a-9a2b-4e9b2a1b7a11',
			description: 'The ID of the execution, as Execute outputs it',
		},
		(value, label) => parseRef(value, label).id,
	),
);

export const LOG = toggle({
	displayName: 'Include Log',
	name: 'log',
	type: 'boolean',
	default: true,
	description: 'Whether to include the device\'s intermediate responses in "log", newest first',
});

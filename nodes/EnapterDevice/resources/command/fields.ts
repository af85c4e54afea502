import type { INodeProperties } from 'n8n-workflow';

/** The command that an operation is about. */
export const COMMAND_NAME: INodeProperties = {
	displayName: 'Command',
	name: 'commandName',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: '' },
	description: 'What the device is to do: one of the commands that its blueprint declares',
	// Depends on no device: n8n would erase the command when an expression for the device is resolved, as a run does.
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
			hint: 'The name of the command in the manifest of the device, or an alias of it',
		},
	],
};

export const ARGUMENTS_MODE: INodeProperties = {
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
			description: 'In a form with the arguments that the command has',
		},
		{
			name: 'Using JSON',
			value: 'json',
			description: 'As one object, for devices that are only known when the workflow runs',
		},
	],
};

export const ARGUMENTS: INodeProperties = {
	displayName: 'Arguments',
	name: 'arguments',
	type: 'resourceMapper',
	noDataExpression: true,
	default: { mappingMode: 'defineBelow', value: null },
	displayOptions: { show: { argumentsMode: ['fields'] } },
	typeOptions: {
		// Not on the device either: n8n would put the defaults in place of what was filled in.
		loadOptionsDependsOn: ['commandName.value'],
		resourceMapper: {
			resourceMapperMethod: 'getCommandArguments',
			mode: 'add',
			valuesLabel: 'Arguments',
			fieldWords: { singular: 'argument', plural: 'arguments' },
			addAllFields: true,
			multiKeyMatch: false,
			supportAutoMap: true,
			noFieldsError: 'There are no arguments to fill in.',
		},
	},
};

export const ARGUMENTS_JSON: INodeProperties = {
	displayName: 'Arguments (JSON)',
	name: 'argumentsJson',
	type: 'json',
	default: '{}',
	placeholder: 'e.g. {"mode": "auto"}',
	description: 'An object with the arguments by their names in the manifest; {} for none',
	displayOptions: { show: { argumentsMode: ['json'] } },
};

export const EXECUTION_ID: INodeProperties = {
	displayName: 'Execution ID',
	name: 'executionId',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. 5f0fbc31-8f0c-4d7a-9a2b-4e9b2a1b7a11',
	description: 'The ID that Execute puts out',
};

export const LOG: INodeProperties = {
	displayName: 'Include Log',
	name: 'log',
	type: 'boolean',
	default: false,
	description: 'Whether to add what the device responded on the way, newest first, in "log"',
};

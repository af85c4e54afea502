import { required, shownIf, withDefault } from '../../fields/field';
import {
	choice,
	collection,
	DRY_RUN_TOOL_NOTICE,
	HUMAN_REVIEW,
	identifier,
	notice,
	toggle,
	toolNotice,
} from '../../fields/kinds';
import { BLUEPRINT, described, locator, SITE } from '../../fields/locators';
import { DRY_RUN, options } from '../../fields/options';
import { ALLOW_AI, CREDENTIAL_FILES, NOT_FOR_AI, PROTOCOL } from './credentialFiles';
import { NAME, SLUG } from './nameFields';

const DEVICE_TYPES = ['standalone', 'lua', 'ucm', 'vucm'] as const;

export type DeviceType = (typeof DEVICE_TYPES)[number];

const DEVICE_TYPE = withDefault(
	choice(
		{
			displayName: 'Device Type',
			name: 'deviceType',
			type: 'options',
			default: 'standalone',
			description: 'What to create',
			options: [
				{ name: 'Lua Device', value: 'lua', description: 'A blueprint that runs on a UCM' },
				{
					name: 'Standalone Device',
					value: 'standalone',
					description: 'A device that connects by itself. Get its credentials with Generate Config.',
				},
				{
					name: 'UCM',
					value: 'ucm',
					description: 'Universal Communication Module. The output contains its credentials.',
				},
				{ name: 'Virtual UCM', value: 'vucm', description: 'A UCM that a Gateway runs. Only on Gateways.' },
			],
		},
		DEVICE_TYPES,
	),
	'standalone' as const,
);

const NAME_OF_DEVICE = required(described(NAME, 'The name of the new device'));

const SITE_OF_DEVICE = shownIf(required(described(SITE, 'The site of the new device')), {
	deviceType: ['standalone', 'ucm'],
});

const RUNTIME = shownIf(
	required(
		locator({
			displayName: 'Runs On',
			name: 'runtimeId',
			type: 'resourceLocator',
			default: { mode: 'list', value: '' },
			description: 'The UCM that runs the new device, by its ID or slug',
			modes: [
				{
					displayName: 'From List',
					name: 'list',
					type: 'list',
					placeholder: 'Select a UCM...',
					typeOptions: { searchListMethod: 'searchRuntimes', searchable: true },
				},
				{
					displayName: 'By ID',
					name: 'id',
					type: 'string',
					placeholder: 'e.g. fecbbba0-79f2-4e9e-a6f0-69a310ab110b',
					hint: 'The ID of the UCM, or its slug',
				},
			],
		}),
	),
	{ deviceType: ['lua'] },
);

const BLUEPRINT_OF_DEVICE = shownIf(
	required(
		described(
			BLUEPRINT,
			'The blueprint of the new device. The list contains the blueprints that your devices use. Enter the ID for any other.',
		),
	),
	{ deviceType: ['lua'] },
);

const HARDWARE_ID = shownIf(
	required(
		identifier({
			displayName: 'Hardware ID',
			name: 'hardwareId',
			type: 'string',
			default: '',
			placeholder: 'e.g. 7DD4E7A6AD2B4C1F9D6E8B0C5A3F2E1D',
			description: 'The hardware ID of the UCM. For a virtual UCM, any ID that no other one has.',
		}),
	),
	{ deviceType: ['ucm', 'vucm'] },
);

const ADDITIONAL_FIELDS = collection(
	{ displayName: 'Additional Fields', name: 'additionalFields', placeholder: 'Add field' },
	described(
		SLUG,
		'A short name for use instead of the ID, unique in the fleet. If a response is lost, the node uses it to find out whether the device was created.',
	),
);

const NOTICE = notice(
	'createNotice',
	'Enter a slug and turn on Skip If It Exists, so that the workflow can run again without creating devices twice. Turn on Dry Run in the options to see what would happen.',
);

const UCM = { deviceType: ['ucm'] };

const UCM_NOTICE = shownIf(
	notice(
		'createUcmNotice',
		"The output contains credentials that Enapter does not show again. n8n keeps them in this workflow's executions: limit who can see the executions, or turn off saving them in the workflow's settings. A UCM that exists already (same hardware ID and site) gets new credentials, not a second device: the old credentials stop working at once.",
	),
	UCM,
);

const TOOL_NOTICES = [
	toolNotice(`The AI can create devices wherever the API Token allows it. ${HUMAN_REVIEW}`, undefined, {
		deviceType: ['lua', 'standalone', 'vucm'],
	}),
	toolNotice(NOT_FOR_AI, { option: 'allowAiTool', isOn: false }, UCM),
	toolNotice(
		`The AI can create UCMs wherever the API Token allows it and disconnect existing ones, and sees their new private key or password. ${HUMAN_REVIEW}`,
		{ option: 'allowAiTool', isOn: true },
		UCM,
	),
] as const;

const SKIP_IF_EXISTS = toggle({
	displayName: 'Skip If It Exists',
	name: 'skipIfExists',
	type: 'boolean',
	default: true,
	description:
		'Whether to output the device that has this slug already instead of failing. A UCM is also found by its hardware ID. It must be of the same type and site. Adds a "created" field to the output.',
});

/** The same for a field in Options. */
const ONLY_UCM = { '/deviceType': ['ucm'] };

/** The fields of Create, in the order of the panel. */
export const CREATE_FIELDS = [
	DEVICE_TYPE,
	NAME_OF_DEVICE,
	SITE_OF_DEVICE,
	RUNTIME,
	BLUEPRINT_OF_DEVICE,
	HARDWARE_ID,
	shownIf(PROTOCOL, UCM),
	NOTICE,
	UCM_NOTICE,
	...TOOL_NOTICES,
	DRY_RUN_TOOL_NOTICE,
	ADDITIONAL_FIELDS,
	options(shownIf(ALLOW_AI, ONLY_UCM), DRY_RUN, shownIf(CREDENTIAL_FILES, ONLY_UCM), SKIP_IF_EXISTS),
] as const;

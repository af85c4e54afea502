import type { INodeProperties } from 'n8n-workflow';

import { DEVICE_PAGE } from './parse';

/** The device that an operation is about. */
export const DEVICE_ID: INodeProperties = {
	displayName: 'Device',
	name: 'deviceId',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: '' },
	description: 'ID or slug of the device; look it up with Get Many first',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Select a device...',
			typeOptions: { searchListMethod: 'searchDevices', searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. 93fb32c7-b7b7-4987-a754-23597d9c02c7',
			hint: 'The ID of the device, or its slug, e.g. gas-detector-in-living-room',
		},
		{
			displayName: 'By URL',
			name: 'url',
			type: 'string',
			placeholder: 'e.g. http://enapter-gateway.local/ems/devices/my-device',
			hint: "The address of the device's page on a Gateway",
			validation: [
				{
					type: 'regex',
					properties: {
						regex: DEVICE_PAGE,
						errorMessage: 'This is not the address of a device page on a Gateway',
					},
				},
			],
		},
	],
};

/** A blueprint; there is no endpoint that lists them, so the list holds those in use. */
export const BLUEPRINT_ID: INodeProperties = {
	displayName: 'Blueprint',
	name: 'blueprintId',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: '' },
	description:
		'The blueprint to assign. The list offers the blueprints that your devices use; any other goes by its ID.',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Select a blueprint...',
			typeOptions: { searchListMethod: 'searchBlueprints', searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. 88a2035f-170f-402c-8a84-6d4aed5ae353',
		},
	],
};

/** A site, by which devices can be filtered. */
export const SITE_ID: INodeProperties = {
	displayName: 'Site',
	name: 'siteId',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	description: 'Only devices of this site',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Select a site...',
			typeOptions: { searchListMethod: 'searchSites', searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. a2f2c5e7-054a-43db-8402-3fe6006936b2',
		},
	],
};

import type {
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { executeItems } from './execute';
import { enapterApiTest } from './methods/credentialTest';
import { searchBlueprints } from './methods/searchBlueprints';
import { searchDevices } from './methods/searchDevices';
import { searchSites } from './methods/searchSites';
import { OPERATIONS } from './operations';
import type { Operation } from './operations/operation';

/** Manages the devices of an Enapter system: what the panel shows is declared here, what it does is in `operations/`. */
export class EnapterDevice implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Enapter Device',
		name: 'enapterDevice',
		icon: { light: 'file:enapter.svg', dark: 'file:enapter.dark.svg' },
		group: ['transform'],
		version: 1,
		// "get many: device", where the parameters say getAll and device.
		subtitle:
			'={{ $parameter["operation"].replace("getAll", "getMany").replace(/([A-Z])/g, " $1").toLowerCase() + ": " + $parameter["resource"] }}',
		description: 'Manage the devices of Enapter energy systems: electrolysers, batteries, gateways and more',
		defaults: { name: 'Enapter Device' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'enapterApi', required: true, testedBy: 'enapterApiTest' }],
		sensitiveOutputFields: ['private_key', 'certificate', 'ca_chain', 'username', 'password'],
		properties: [
			{
				displayName: 'Resource',
				name: 'resource',
				type: 'options',
				noDataExpression: true,
				options: [{ name: 'Device', value: 'device' }],
				default: 'device',
			},
			{
				displayName: 'Operation',
				name: 'operation',
				type: 'options',
				noDataExpression: true,
				displayOptions: { show: { resource: ['device'] } },
				options: OPERATIONS.map(({ option }) => option),
				default: 'getAll',
			},
			...OPERATIONS.flatMap(shownFor),
		],
	};

	methods = {
		listSearch: { searchDevices, searchBlueprints, searchSites },
		credentialTest: { enapterApiTest },
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return [await executeItems(this)];
	}
}

/** The fields of an operation, shown for it alone. */
function shownFor({ option, fields }: Operation): INodeProperties[] {
	return fields.map((field) => ({
		...field,
		displayOptions: {
			...field.displayOptions,
			show: { ...field.displayOptions?.show, resource: ['device'], operation: [option.value] },
		},
	}));
}

import type {
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { enapterApiTest } from './credentialTest';
import { executeItems } from './execution/executeItems';
import { RESOURCES } from './resources';
import type { Operation } from './execution/operation';
import type { Resource } from './resources/resource';

/** The node Enapter Device. Its panel and its behaviour follow from `RESOURCES`. */
export class EnapterDevice implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Enapter Device',
		name: 'enapterDevice',
		icon: { light: 'file:enapter.svg', dark: 'file:enapter.dark.svg' },
		group: ['transform'],
		version: 1,
		// E.g. "get many: device".
		subtitle:
			'={{ $parameter["operation"].replace("getAll", "getMany").replace(/([A-Z])/g, " $1").toLowerCase() + ": " + $parameter["resource"] }}',
		description: 'Manage the devices of Enapter energy systems: electrolysers, batteries, gateways and more',
		defaults: { name: 'Enapter Device' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'enapterApi', required: true, testedBy: 'enapterApiTest' }],
		sensitiveOutputFields: ['config.mqtt_credentials'],
		properties: [
			{
				displayName: 'Resource',
				name: 'resource',
				type: 'options',
				noDataExpression: true,
				options: RESOURCES.map(({ option }) => option),
				default: 'device',
			},
			...RESOURCES.map(operationField),
			...RESOURCES.flatMap((resource) =>
				resource.operations.flatMap((operation) => fieldsOf(resource, operation)),
			),
		],
	};

	methods = {
		listSearch: Object.assign({}, ...RESOURCES.map(({ methods }) => methods?.listSearch)),
		loadOptions: Object.assign({}, ...RESOURCES.map(({ methods }) => methods?.loadOptions)),
		resourceMapping: Object.assign({}, ...RESOURCES.map(({ methods }) => methods?.resourceMapping)),
		credentialTest: { enapterApiTest },
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return [await executeItems(this, RESOURCES)];
	}
}

/** The Operation list of a resource, shown only for this resource. */
function operationField({ option, operations, defaultOperation }: Resource): INodeProperties {
	return {
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: [option.value] } },
		options: operations.map((operation) => operation.option),
		default: defaultOperation,
	};
}

/** The fields of an operation, shown only for this operation. */
function fieldsOf(resource: Resource, { option, fields }: Operation): INodeProperties[] {
	return fields.map(({ property }) => ({
		...property,
		displayOptions: {
			...property.displayOptions,
			show: {
				// These come first: at a field with an expression, n8n stops checking and shows the property.
				resource: [resource.option.value],
				operation: [option.value],
				...property.displayOptions?.show,
			},
		},
	}));
}

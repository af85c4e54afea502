import type {
	IDataObject,
	IExecuteFunctions,
	ILoadOptionsFunctions,
	INodeExecutionData,
	INodeListSearchResult,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

/** A minimal node that uses all features of the engine. It requests `<Base URL>/<path>` for each item. */
export class ProbeNode implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Probe',
		name: 'probe',
		group: ['input'],
		version: 1,
		description: '',
		defaults: { name: 'Probe' },
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'enapterApi', required: true }],
		properties: [
			{ displayName: 'Path', name: 'path', type: 'string', default: '', required: true },
			{ displayName: 'Discard', name: 'discard', type: 'boolean', default: false },
		],
	};

	methods = { listSearch: { searchPaths } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const output: INodeExecutionData[] = [];
		for (const [item, { json }] of this.getInputData().entries()) {
			json['seen'] = true;
			output.push(await visit(this, item));
		}
		this.addExecutionHints({ message: 'Probed', location: 'outputPane' });
		return [this.getNodeParameter('discard', 0) === true ? [] : output];
	}
}

async function visit(context: IExecuteFunctions, item: number): Promise<INodeExecutionData> {
	const pairedItem = { item };
	try {
		const json = await get(context, String(context.getNodeParameter('path', item)));
		const file = await context.helpers.prepareBinaryData(Buffer.from(JSON.stringify(json)), 'answer.json');
		return { json, binary: { file }, pairedItem };
	} catch (error) {
		if (!context.continueOnFail()) throw error;
		return { json: { error: error instanceof Error ? error.message : '' }, pairedItem };
	}
}

async function get(context: IExecuteFunctions | ILoadOptionsFunctions, path: string): Promise<IDataObject> {
	const { baseUrl } = await context.getCredentials('enapterApi');
	const request = { url: `${String(baseUrl)}/${path}`, json: true };
	return await context.helpers.httpRequestWithAuthentication.call(context, 'enapterApi', request);
}

async function searchPaths(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	const { user } = await get(this, 'ok');
	const path = this.getCurrentNodeParameter('path');
	return { results: [{ name: [path, filter, paginationToken, user].join(), value: 'ok' }] };
}

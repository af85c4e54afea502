import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeType } from 'n8n-workflow';

const AT_ONCE = 20;

/** The least that a node on n8n's HTTP helper can do: no checks, no repeats, no words for errors. */
export class BarestNode implements INodeType {
	description: INodeType['description'] = {
		displayName: 'Barest',
		name: 'barest',
		group: ['transform'],
		version: 1,
		description: '',
		defaults: { name: 'Barest' },
		inputs: ['main'],
		outputs: ['main'],
		credentials: [{ name: 'enapterApi', required: true }],
		properties: [
			{ displayName: 'Device', name: 'deviceId', type: 'string', default: '' },
			{ displayName: 'Name', name: 'name', type: 'string', default: '' },
		],
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const { baseUrl, apiToken, allowUnauthorizedCerts } = await this.getCredentials('enapterApi');
		const headers = { 'X-Enapter-Auth-Token': String(apiToken) };
		const output: INodeExecutionData[] = [];
		const queue = this.getInputData().keys();
		const worker = async () => {
			for (const item of queue) {
				const json = (await this.helpers.httpRequest({
					method: 'PATCH',
					url: `${String(baseUrl)}/v3/devices/${String(this.getNodeParameter('deviceId', item))}`,
					headers,
					body: { name: this.getNodeParameter('name', item) },
					json: true,
					skipSslCertificateValidation: allowUnauthorizedCerts === true,
				})) as IDataObject;
				output[item] = { json, pairedItem: { item } };
			}
		};
		await Promise.all(Array.from({ length: AT_ONCE }, worker));
		return [output];
	}
}

import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeType } from 'n8n-workflow';

const AT_ONCE = 20;

/** The least that a node on n8n's HTTP helper can do: no parameters, no checks, no repeats, no words for errors. */
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
		properties: [],
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const { baseUrl, apiToken, allowUnauthorizedCerts } = await this.getCredentials('enapterApi');
		const headers = { 'X-Enapter-Auth-Token': String(apiToken) };
		const output: INodeExecutionData[] = [];
		const queue = this.getInputData().entries();
		const worker = async () => {
			for (const [item, { json: input }] of queue) {
				const json = (await this.helpers.httpRequest({
					method: 'PATCH',
					url: `${String(baseUrl)}/v3/devices/${String(input.id)}`,
					headers,
					body: { name: input.name },
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

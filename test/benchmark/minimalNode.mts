import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeType } from 'n8n-workflow';

/** Maximum requests in flight. */
const CONCURRENCY = 20;

/** A minimal node with n8n's HTTP helper: no parameters, checks, retries or error messages. */
export class MinimalNode implements INodeType {
	description: INodeType['description'] = {
		displayName: 'Minimal',
		name: 'minimal',
		group: ['transform'],
		version: 1,
		description: '',
		defaults: { name: 'Minimal' },
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
		await Promise.all(Array.from({ length: CONCURRENCY }, worker));
		return [output];
	}
}

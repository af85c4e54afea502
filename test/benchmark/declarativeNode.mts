import type { INodeType } from 'n8n-workflow';

/** The update as a declarative node of n8n. */
export class DeclarativeNode implements INodeType {
	description: INodeType['description'] = {
		displayName: 'Declarative',
		name: 'declarative',
		group: ['transform'],
		version: 1,
		description: '',
		defaults: { name: 'Declarative' },
		inputs: ['main'],
		outputs: ['main'],
		credentials: [{ name: 'enapterApi', required: true }],
		requestDefaults: {
			baseURL: '={{ $credentials.baseUrl }}',
			headers: { Accept: 'application/json' },
			skipSslCertificateValidation: true,
		},
		properties: [
			{
				displayName: 'Operation',
				name: 'operation',
				type: 'options',
				noDataExpression: true,
				options: [
					{
						name: 'Update',
						value: 'update',
						routing: { request: { method: 'PATCH', url: '=/v3/devices/{{ $parameter.deviceId }}' } },
					},
				],
				default: 'update',
			},
			{ displayName: 'Device', name: 'deviceId', type: 'string', default: '' },
			{
				displayName: 'Name',
				name: 'name',
				type: 'string',
				default: '',
				routing: { send: { type: 'body', property: 'name' } },
			},
		],
	};
}

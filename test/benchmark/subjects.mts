import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ICredentialType, INodeParameters, INodeType, IVersionedNodeType } from 'n8n-workflow';
import { BarestNode } from './barestNode.mts';
import { DeclarativeNode } from './declarativeNode.mts';
import { load } from './n8n.mts';
import type { TaskName } from './results.mts';

/** A node and the parameters with which it does its task with the device each item names. */
export interface Subject {
	type: string;
	node: INodeType | IVersionedNodeType;
	parameters: INodeParameters;
}

const ID = '={{ $json.id }}';
const NAME = '={{ $json.name }}';

/** What is more than a field of the item goes through n8n's expression engine. */
const COMPUTED_ID = '={{ $json.id.trim() }}';
const COMPUTED_NAME = '={{ $json.name.trim() }}';

const ATTRIBUTES = 'status,alerts';

/** @param maxConcurrency of this package's node; its default when there is none */
export function subjectsFor(
	task: TaskName,
	baseUrl: string,
	maxConcurrency?: number,
): { credentialType: ICredentialType; subjects: Record<string, Subject> } {
	const { EnapterDevice, EnapterApi } = builtPackage();
	const { HttpRequest } = load('n8n-nodes-base/dist/nodes/HttpRequest/HttpRequest.node.js') as {
		HttpRequest: new () => IVersionedNodeType;
	};
	const enapter = (id: string, name: string): Subject => ({
		type: 'n8n-nodes-enapter.enapterDevice',
		node: new EnapterDevice(),
		parameters: {
			resource: 'device',
			operation: 'update',
			deviceId: { __rl: true, mode: 'id', value: id },
			updateFields: { name },
			options: maxConcurrency === undefined ? {} : { maxConcurrency },
		},
	});
	const latest: Record<string, Subject> = {
		enapter: {
			type: 'n8n-nodes-enapter.enapterDevice',
			node: new EnapterDevice(),
			parameters: {
				resource: 'telemetry',
				operation: 'getLatest',
				deviceId: { __rl: true, mode: 'id', value: ID },
				attributes: ATTRIBUTES,
				options: maxConcurrency === undefined ? {} : { maxConcurrency },
			},
		},
		httpRequest: {
			type: 'n8n-nodes-base.httpRequest',
			node: new HttpRequest(),
			parameters: {
				url: `=${baseUrl}/v3/telemetry/latest?devices[{{ $json.id }}]=${ATTRIBUTES}`,
				authentication: 'predefinedCredentialType',
				nodeCredentialType: 'enapterApi',
				options: { allowUnauthorizedCerts: true },
			},
		},
	};
	const update: Record<string, Subject> = {
		enapter: enapter(ID, NAME),
		computed: enapter(COMPUTED_ID, COMPUTED_NAME),
		httpRequest: {
			type: 'n8n-nodes-base.httpRequest',
			node: new HttpRequest(),
			parameters: {
				method: 'PATCH',
				url: `=${baseUrl}/v3/devices/{{ $json.id }}`,
				authentication: 'predefinedCredentialType',
				nodeCredentialType: 'enapterApi',
				sendBody: true,
				bodyParameters: { parameters: [{ name: 'name', value: NAME }] },
				options: { allowUnauthorizedCerts: true },
			},
		},
		declarative: {
			type: 'benchmark.declarative',
			node: new DeclarativeNode(),
			parameters: { operation: 'update', deviceId: ID, name: NAME },
		},
		barest: {
			type: 'benchmark.barest',
			node: new BarestNode(),
			parameters: {},
		},
	};
	const unchanged: Record<string, Subject> = {
		enapter: {
			...enapter(ID, NAME),
			parameters: {
				...enapter(ID, NAME).parameters,
				options: { skipIfUnchanged: true, ...(maxConcurrency === undefined ? {} : { maxConcurrency }) },
			},
		},
		httpRequest: {
			type: 'n8n-nodes-base.httpRequest',
			node: new HttpRequest(),
			parameters: {
				url: `=${baseUrl}/v3/devices/{{ $json.id }}`,
				authentication: 'predefinedCredentialType',
				nodeCredentialType: 'enapterApi',
				options: { allowUnauthorizedCerts: true },
			},
		},
	};
	return { credentialType: new EnapterApi(), subjects: { update, unchanged, latest }[task] };
}

/** The built package, from the folder that the process was started with. */
function builtPackage() {
	const require = createRequire(join(process.argv[2] ?? '.', 'dist', 'index.js'));
	const node = require('./nodes/EnapterDevice/EnapterDevice.node.js') as {
		EnapterDevice: new () => INodeType;
	};
	const credential = require('./credentials/EnapterApi.credentials.js') as {
		EnapterApi: new () => ICredentialType;
	};
	return { ...node, ...credential };
}

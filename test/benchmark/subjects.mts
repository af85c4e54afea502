import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ICredentialType, INodeParameters, INodeType, IVersionedNodeType } from 'n8n-workflow';
import { MinimalNode } from './minimalNode.mts';
import { DeclarativeNode } from './declarativeNode.mts';
import { load } from './n8n.mts';
import type { TaskName } from './results.mts';

/** A node, and its parameters for a task on the device of each item. */
export interface Subject {
	type: string;
	node: INodeType | IVersionedNodeType;
	parameters: INodeParameters;
}

const ID = '={{ $json.id }}';
const NAME = '={{ $json.name }}';

/** Computed expressions are evaluated by n8n's expression engine. */
const COMPUTED_ID = '={{ $json.id.trim() }}';
const COMPUTED_NAME = '={{ $json.name.trim() }}';

const ATTRIBUTES = 'status,alerts';

/** A site of the emulator. */
const SITE = 'a2f2c5e7-054a-43db-8402-3fe6006936b2';

/**
 * The subjects of a task.
 *
 * @param maxConcurrency for this package's node, instead of its default
 */
export function subjectsFor(
	task: TaskName,
	baseUrl: string,
	maxConcurrency?: number,
): { credentialType: ICredentialType; subjects: Record<string, Subject> } {
	const { EnapterDevice, EnapterApi } = builtPackage();
	const { HttpRequest } = load('n8n-nodes-base/dist/nodes/HttpRequest/HttpRequest.node.js') as {
		HttpRequest: new () => IVersionedNodeType;
	};
	const concurrency = maxConcurrency === undefined ? {} : { maxConcurrency };
	const enapter = (id: string, name: string): Subject => ({
		type: 'n8n-nodes-enapter.enapterDevice',
		node: new EnapterDevice(),
		parameters: {
			resource: 'device',
			operation: 'update',
			deviceId: { __rl: true, mode: 'id', value: id },
			updateFields: { name },
			options: concurrency,
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
				options: concurrency,
			},
		},
		httpRequest: httpGet(
			HttpRequest,
			`=${baseUrl}/v3/telemetry/latest?devices[{{ $json.id }}]=${ATTRIBUTES}`,
		),
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
		minimal: {
			type: 'benchmark.minimal',
			node: new MinimalNode(),
			parameters: {},
		},
	};
	const unchanged: Record<string, Subject> = {
		enapter: {
			...enapter(ID, NAME),
			parameters: {
				...enapter(ID, NAME).parameters,
				options: { skipIfUnchanged: true, ...concurrency },
			},
		},
		httpRequest: httpGet(HttpRequest, `=${baseUrl}/v3/devices/{{ $json.id }}`),
	};
	const commission: Record<string, Subject> = {
		enapter: {
			type: 'n8n-nodes-enapter.enapterDevice',
			node: new EnapterDevice(),
			parameters: {
				resource: 'device',
				operation: 'create',
				deviceType: 'standalone',
				name: NAME,
				siteId: { __rl: true, mode: 'id', value: SITE },
				additionalFields: { slug: ID },
				options: { skipIfExists: true, ...concurrency },
			},
		},
		httpRequest: httpGet(HttpRequest, `=${baseUrl}/v3/devices/{{ $json.id }}`),
	};
	const configuration: Record<string, Subject> = {
		enapter: {
			type: 'n8n-nodes-enapter.enapterDevice',
			node: new EnapterDevice(),
			parameters: {
				resource: 'configuration',
				operation: 'update',
				deviceId: { __rl: true, mode: 'id', value: ID },
				group: { __rl: true, mode: 'id', value: 'alarm' },
				parametersMode: 'json',
				parametersJson: '{"level": 12}',
				options: { skipIfUnchanged: true, ...concurrency },
			},
		},
		httpRequest: httpGet(HttpRequest, `=${baseUrl}/v3/devices/{{ $json.id }}/configuration/alarm`),
	};
	const tasks = { update, unchanged, latest, missing: latest, commission, configuration };
	return { credentialType: new EnapterApi(), subjects: tasks[task] };
}

/** HTTP Request, which reads one address per item. */
function httpGet(HttpRequest: new () => IVersionedNodeType, url: string): Subject {
	return {
		type: 'n8n-nodes-base.httpRequest',
		node: new HttpRequest(),
		parameters: {
			url,
			authentication: 'predefinedCredentialType',
			nodeCredentialType: 'enapterApi',
			options: { allowUnauthorizedCerts: true },
		},
	};
}

/** Loads the built package from the folder in the process arguments. */
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

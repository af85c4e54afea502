import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
	ICredentialsHelper,
	INode,
	INodeExecutionData,
	INodeType,
	INodeTypes,
	IVersionedNodeType,
	IWorkflowExecuteAdditionalData,
} from 'n8n-workflow';
import { instanceData, savedWorkflow } from '../support/instanceData.mts';
import { core, workflow as n8n } from './n8n.mts';
import type { Subject } from './subjects.mts';

const SOURCE = 'Items';
const NODE = 'Node';
const SOURCE_TYPE = 'benchmark.source';

/** Prepares n8n's engine as `n8n start` does, with n8n 2.41's default expression engine. */
export async function prepareEngine(): Promise<void> {
	process.env['N8N_USER_FOLDER'] = join(tmpdir(), 'n8n-nodes-enapter-never-created');
	process.env['N8N_DEFAULT_BINARY_DATA_MODE'] = 'default';
	Object.assign(core.InstanceSettings.prototype, { loadOrCreate: () => ({ encryptionKey: 'benchmark' }) });
	await n8n.Expression.initExpressionEngine({
		engine: 'vm',
		poolSize: 1,
		maxCodeCacheSize: 1024,
		bridgeTimeout: 5000,
		bridgeMemoryLimit: 128,
	});
}

/**
 * Runs a workflow of two nodes in n8n's engine: one that outputs the items, and the subject.
 *
 * @throws Error with the message of the execution's error
 */
export async function runWorkflow(
	subject: Subject,
	items: INodeExecutionData[],
	credentials: ICredentialsHelper,
): Promise<INodeExecutionData[]> {
	const source = node(SOURCE, SOURCE_TYPE);
	const workflow = new n8n.Workflow({
		id: 'benchmark',
		name: 'Benchmark',
		nodes: [source, nodeOf(subject)],
		connections: { [SOURCE]: { main: [[{ node: NODE, type: 'main', index: 0 }]] } },
		active: false,
		nodeTypes: nodeTypesOf(subject, items),
		settings: { executionOrder: 'v1' },
	});
	const start = n8n.createRunExecutionData({
		executionData: {
			nodeExecutionStack: [{ node: source, data: { main: [[{ json: {} }]] }, source: null }],
		},
	});
	const data = additionalData(credentials, workflow.id);
	const run = await new core.WorkflowExecute(data, 'trigger', start).processRunExecutionData(workflow);
	const { error } = run.data.resultData;
	if (error !== undefined) throw new Error(messageOf(error));
	return run.data.resultData.runData[NODE]?.at(-1)?.data?.['main']?.[0] ?? [];
}

/** n8n stores an execution's error as a plain object: its message, and the original messages if n8n replaced them. */
function messageOf({ message, messages = [] }: { message: string; messages?: string[] }): string {
	return [message, ...messages].join('\n');
}

function node(name: string, type: string): INode {
	return { id: name, name, type, typeVersion: 1, position: [0, 0], parameters: {} };
}

function nodeOf({ type, node: nodeType, parameters }: Subject): INode {
	const { version } = n8n.NodeHelpers.getVersionedNodeType(nodeType).description;
	return {
		...node(NODE, type),
		typeVersion: Array.isArray(version) ? Math.max(...version) : version,
		parameters,
		credentials: { enapterApi: { id: 'benchmark', name: 'Benchmark' } },
	};
}

function nodeTypesOf(subject: Subject, items: INodeExecutionData[]): INodeTypes {
	const source: INodeType = {
		description: {
			displayName: SOURCE,
			name: SOURCE_TYPE,
			group: ['transform'],
			version: 1,
			description: '',
			defaults: { name: SOURCE },
			inputs: ['main'],
			outputs: ['main'],
			properties: [],
		},
		async execute() {
			return [items];
		},
	};
	const getByName = (type: string): INodeType | IVersionedNodeType =>
		type === SOURCE_TYPE ? source : subject.node;
	return {
		getByName,
		getByNameAndVersion: (type, version) => n8n.NodeHelpers.getVersionedNodeType(getByName(type), version),
		getKnownTypes: () => ({}),
	};
}

function additionalData(credentialsHelper: ICredentialsHelper, id: string): IWorkflowExecuteAdditionalData {
	return {
		...instanceData(),
		credentialsHelper,
		hooks: new core.ExecutionLifecycleHooks('trigger', 'benchmark', savedWorkflow(id, 'Benchmark')),
		executionId: 'benchmark',
		externalSecretsProxy: new core.ExternalSecretsProxy(),
	};
}

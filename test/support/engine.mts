import {
	CredentialTestContext,
	ExecutionLifecycleHooks,
	ExternalSecretsProxy,
	LoadOptionsContext,
	WorkflowExecute,
} from 'n8n-core';
import type {
	ICredentialDataDecryptedObject,
	ICredentialType,
	IDataObject,
	IExecuteData,
	ILoadOptionsFunctions,
	INode,
	INodeCredentialTestResult,
	INodeExecutionData,
	INodeListSearchResult,
	INodeParameters,
	INodeType,
	IRun,
	ITaskData,
	IVersionedNodeType,
	IWorkflowExecuteAdditionalData,
	NodeExecutionHint,
	OnError,
} from 'n8n-workflow';
import { createRunExecutionData, NodeHelpers, Workflow } from 'n8n-workflow';

import { EnapterApi } from '../../credentials/EnapterApi.credentials.ts';
import { EnapterDevice } from '../../nodes/EnapterDevice/EnapterDevice.node.ts';
import { OneCredential } from './credentials.mts';
import { prepareInstance } from './instance.mts';
import { instanceData, savedWorkflow } from './instanceData.mts';
import { AGENT_TYPE, type CallsTool, SINK_TYPE, SOURCE_TYPE, TestNodeTypes } from './nodeTypes.mts';

prepareInstance();

const SOURCE = 'Items';
const NODE = 'Enapter Device';
const AGENT = 'Agent';

/** The fields of the credential `enapterApi`. */
export interface EnapterCredential {
	apiToken: string;
	baseUrl: string;
	allowUnauthorizedCerts?: boolean;
}

/** What the engine needs to know of an emulator. */
export interface EmulatorAccess {
	baseUrl: string;
	tokens: { owner: string };
}

/** What is run, and as whom. */
export interface Subject {
	/** Default: the emulator's address with its owner's token. */
	credential?: EnapterCredential;
	emulator?: EmulatorAccess;
	/** The node to run; default Enapter Device. */
	nodeType?: INodeType | IVersionedNodeType;
	/** The type of its credential; default Enapter API. `authenticate` must be a function. */
	credentialType?: ICredentialType;
}

export interface RunOptions extends Subject {
	/** Parameters of the node; `resource: 'device'` is filled in. */
	parameters: Record<string, unknown>;
	/** Output of the previous node; plain objects become `json`. Default: one empty item. */
	items?: INodeExecutionData[] | object[];
	onError?: OnError;
	/** The node's own settings: `retryOnFail`, `alwaysOutputData`, … */
	nodeSettings?: Partial<INode>;
	/** Gets a function that cancels the execution, as soon as it has started. */
	cancelAfter?: (cancel: () => void) => void;
}

/** An error as n8n stores it with the execution: the fields of the thrown error in a plain object. */
export type StoredError = Error & {
	description?: string | null;
	httpCode?: string | null;
	context?: Record<string, unknown>;
	messages?: string[];
};

export interface RunResult {
	/** The whole execution, as n8n would store it. */
	run: IRun;
	/** The main output of the node; empty when it failed or did not run. */
	output: INodeExecutionData[];
	/** The error output of the node. */
	errorOutput: INodeExecutionData[];
	/** Why the execution failed. */
	error?: StoredError;
	hints: NodeExecutionHint[];
	/** How often the credential was decrypted. */
	credentialReads: number;
	/** The items handed in, after the run: the node was given these very `json` and `binary` objects. */
	input: INodeExecutionData[];
}

/**
 * Runs a workflow of three kinds of nodes in n8n's engine: one that outputs the items, the node under test, and one
 * at each of its outputs.
 *
 * @throws WorkflowHasIssuesError when n8n would refuse to start the workflow, say for a missing required parameter
 */
export async function runNode(options: RunOptions): Promise<RunResult> {
	const { nodeType = new EnapterDevice(), items = [{ json: {} }] } = options;
	const input = items.map(toItem);
	const node = { ...nodeOf(nodeType, options), ...options.nodeSettings };
	if (options.onError !== undefined) node.onError = options.onError;
	const nodeTypes = new TestNodeTypes(node.type, nodeType, input);
	const nodes = [
		plainNode(SOURCE, SOURCE_TYPE),
		node,
		plainNode('Output', SINK_TYPE),
		plainNode('Error Output', SINK_TYPE),
	];
	const connections = {
		[SOURCE]: { main: [[to(NODE)]] },
		[NODE]: { main: [[to('Output')], [to('Error Output')]] },
	};
	const { run, reads } = await execute({ nodes, connections, nodeTypes }, options);
	return { ...resultOf(run), credentialReads: reads, input };
}

/**
 * Has an agent call the node as a tool.
 *
 * @param calls how: agents since n8n 2 leave it to the engine, older ones call the tool themselves
 * @returns what the language model reads, and the whole execution
 */
export async function runAsTool(
	calls: CallsTool,
	options: Subject & { parameters: Record<string, unknown>; input?: IDataObject },
): Promise<{ answer: string; run: IRun }> {
	const nodeType = new EnapterDevice();
	const node = nodeOf(nodeType, options);
	// What n8n makes of a node that is usable as a tool.
	node.type = `${node.type}Tool`;
	const { description } = nodeType;
	nodeType.description = {
		...description,
		name: `${description.name}Tool`,
		inputs: [],
		outputs: ['ai_tool'],
	};
	const nodes = [plainNode(SOURCE, SOURCE_TYPE), plainNode(AGENT, AGENT_TYPE), node];
	const connections = {
		[SOURCE]: { main: [[to(AGENT)]] },
		[NODE]: { ai_tool: [[{ node: AGENT, type: 'ai_tool' as const, index: 0 }]] },
	};
	const call = { calls, tool: NODE, input: options.input ?? {} };
	const nodeTypes = new TestNodeTypes(node.type, nodeType, [{ json: {} }], call);
	const { run } = await execute({ nodes, connections, nodeTypes }, options);
	const { error, runData } = run.data.resultData;
	const answer = runData[AGENT]?.at(-1)?.data?.main?.[0]?.[0]?.json['answer'] ?? error?.message;
	return { answer: String(answer), run };
}

type WorkflowParts = Pick<ConstructorParameters<typeof Workflow>[0], 'nodes' | 'connections' | 'nodeTypes'>;

async function execute(
	parts: WorkflowParts,
	{ cancelAfter, ...subject }: Subject & Pick<RunOptions, 'cancelAfter'>,
): Promise<{ run: IRun; reads: number }> {
	const credentials = credentialOf(subject);
	const workflow = new Workflow({
		...parts,
		id: 'test-workflow',
		name: 'Test',
		active: false,
		settings: { executionOrder: 'v1' },
	});
	const start = createRunExecutionData({ executionData: { nodeExecutionStack: [startAt(workflow)] } });
	const data = additionalData(credentials, workflow);
	const execution = new WorkflowExecute(data, 'trigger', start).processRunExecutionData(workflow);
	cancelAfter?.(() => execution.cancel());
	const run = await execution;
	return { run, reads: credentials.reads };
}

/**
 * Calls a list search of the node as n8n's editor does when somebody opens a picker.
 *
 * @throws Error when the node has no such list search
 */
export async function listSearch(
	method: string,
	options: Subject & { filter?: string; paginationToken?: string; parameters?: Record<string, unknown> },
): Promise<INodeListSearchResult> {
	const { context, methods } = panelContext(options);
	const search = methods?.listSearch?.[method];
	if (search === undefined) throw new Error(`The node has no list search "${method}"`);
	return await search.call(context, options.filter, options.paginationToken);
}

/** The node as its panel knows it while somebody edits it: its methods, and what they are called with. */
export function panelContext(options: Subject & { parameters?: Record<string, unknown> }): {
	context: ILoadOptionsFunctions;
	methods: INodeType['methods'];
} {
	const { nodeType = new EnapterDevice(), parameters = {} } = options;
	const node = nodeOf(nodeType, { ...options, parameters });
	const nodeTypes = new TestNodeTypes(node.type, nodeType);
	const currentNodeParameters = node.parameters;
	const workflow = new Workflow({ nodes: [node], connections: {}, active: false, nodeTypes });
	const data = { ...additionalData(credentialOf(options), workflow), currentNodeParameters };
	return {
		// The two types differ in whether a workflow without a name may leave it out.
		context: new LoadOptionsContext(workflow, node, data, '') as ILoadOptionsFunctions,
		methods: nodeTypes.getByNameAndVersion(node.type, node.typeVersion).methods,
	};
}

/** Tests a credential as n8n does when somebody saves it. */
export async function testCredential(
	data: ICredentialDataDecryptedObject,
): Promise<INodeCredentialTestResult> {
	const credentialType = new EnapterApi();
	const credentials = new OneCredential(credentialType, data);
	const test = new EnapterDevice().methods.credentialTest.enapterApiTest;
	const context = new CredentialTestContext(baseData(credentials));
	return await test.call(context, { id: 'test', name: 'Test', type: credentialType.name, data });
}

/**
 * The bytes of a file an item carries.
 *
 * @throws Error when the item carries no file under that name
 */
export async function readBinary(item: INodeExecutionData, key: string): Promise<Buffer> {
	const file = item.binary?.[key];
	if (file === undefined) throw new Error(`The item has no binary data "${key}"`);
	return Buffer.from(file.data, 'base64');
}

function toItem(item: object): INodeExecutionData {
	const isItem = 'json' in item && typeof item.json === 'object' && item.json !== null;
	return isItem ? (item as INodeExecutionData) : { json: item as IDataObject };
}

/** The start of an execution; `WorkflowExecute.run` would do, but takes other arguments in n8n 1. */
function startAt(workflow: Workflow): IExecuteData {
	const node = workflow.getNode(SOURCE);
	if (node === null) throw new Error('The test workflow has no source');
	return { node, data: { main: [[{ json: {} }]] }, source: null };
}

function to(node: string) {
	return { node, type: 'main' as const, index: 0 };
}

function plainNode(name: string, type: string): INode {
	return { id: name, name, type, typeVersion: 1, position: [0, 0], parameters: {} };
}

function nodeOf(
	nodeType: INodeType | IVersionedNodeType,
	{ credentialType = new EnapterApi(), parameters }: Subject & { parameters: Record<string, unknown> },
): INode {
	const { description } = nodeType;
	const { version } = NodeHelpers.getVersionedNodeType(nodeType).description;
	return {
		...plainNode(NODE, `n8n-nodes-enapter.${description.name}`),
		typeVersion: Array.isArray(version) ? Math.max(...version) : version,
		parameters: structuredClone({ resource: 'device', ...parameters }) as INodeParameters,
		credentials: { [credentialType.name]: { id: 'test', name: 'Test' } },
	};
}

function credentialOf({ credential, emulator, credentialType = new EnapterApi() }: Subject): OneCredential {
	if (credential !== undefined) return new OneCredential(credentialType, { ...credential });
	if (emulator === undefined) throw new Error('A credential or an emulator is needed');
	return new OneCredential(credentialType, { apiToken: emulator.tokens.owner, baseUrl: emulator.baseUrl });
}

function baseData(credentialsHelper: OneCredential): IWorkflowExecuteAdditionalData {
	return {
		...instanceData(),
		credentialsHelper,
		executionId: 'test-execution',
		externalSecretsProxy: new ExternalSecretsProxy(),
	};
}

function additionalData(
	credentials: OneCredential,
	{ id, name, settings }: Workflow,
): IWorkflowExecuteAdditionalData {
	const saved = { ...savedWorkflow(id, name ?? ''), settings };
	return { ...baseData(credentials), hooks: new ExecutionLifecycleHooks('trigger', 'test-execution', saved) };
}

function resultOf(run: IRun): Omit<RunResult, 'credentialReads' | 'input'> {
	const task: ITaskData | undefined = run.data.resultData.runData[NODE]?.at(-1);
	const [output, errorOutput] = task?.data?.main ?? [];
	const { error } = run.data.resultData;
	return {
		run,
		output: output ?? [],
		errorOutput: errorOutput ?? [],
		hints: task?.hints ?? [],
		...(error === undefined ? {} : { error: error as StoredError }),
	};
}

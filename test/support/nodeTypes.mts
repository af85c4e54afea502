import type {
	EngineRequest,
	EngineResponse,
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypes,
	IVersionedNodeType,
} from 'n8n-workflow';
import { NodeConnectionTypes, NodeHelpers } from 'n8n-workflow';

/** Types of the nodes around the one under test. */
export const SOURCE_TYPE = 'test.source';
export const SINK_TYPE = 'test.sink';
export const AGENT_TYPE = 'test.agent';

/** Who runs a tool: n8n's engine, as agents since n8n 2 ask it to, or the agent itself. */
export type CallsTool = 'by the engine' | 'by the agent';

/** One call of a tool. */
export interface ToolCall {
	calls: CallsTool;
	tool: string;
	input: IDataObject;
}

/** The node types a test workflow is made of: a source that outputs the given items, sinks, and the node under test. */
export class TestNodeTypes implements INodeTypes {
	private readonly types: Record<string, INodeType | IVersionedNodeType>;

	constructor(
		name: string,
		nodeUnderTest: INodeType | IVersionedNodeType,
		items: INodeExecutionData[] = [],
		call?: ToolCall,
	) {
		this.types = {
			...(call === undefined ? {} : { [AGENT_TYPE]: agent(call) }),
			[SOURCE_TYPE]: passThrough(SOURCE_TYPE, () => items.map((item) => ({ ...item }))),
			[SINK_TYPE]: passThrough(SINK_TYPE, (input) => input),
			[name]: nodeUnderTest,
		};
	}

	getByName(type: string): INodeType | IVersionedNodeType {
		const found = this.types[type];
		if (found === undefined) throw new Error(`Unrecognized node type: ${type}`);
		return found;
	}

	getByNameAndVersion(type: string, version?: number): INodeType {
		return NodeHelpers.getVersionedNodeType(this.getByName(type), version);
	}

	getKnownTypes(): IDataObject {
		return {};
	}
}

function passThrough(name: string, output: (input: INodeExecutionData[]) => INodeExecutionData[]): INodeType {
	return {
		description: {
			displayName: name,
			name,
			group: ['transform'],
			version: 1,
			description: '',
			defaults: { name },
			inputs: [NodeConnectionTypes.Main],
			outputs: [NodeConnectionTypes.Main],
			properties: [],
		},
		async execute(this: IExecuteFunctions) {
			return [output(this.getInputData())];
		},
	};
}

/** An agent that calls one tool once, and outputs its result. */
function agent({ calls, tool, input }: ToolCall): INodeType {
	const { description } = passThrough(AGENT_TYPE, (items) => items);
	const answers = (answer: unknown) => [[{ json: { answer: JSON.stringify(answer) } }]];
	return {
		description: {
			...description,
			inputs: [NodeConnectionTypes.Main, { type: NodeConnectionTypes.AiTool, displayName: 'Tool' }],
		},
		async execute(this: IExecuteFunctions, response?: EngineResponse) {
			if (calls === 'by the agent') {
				const tools = await this.getInputConnectionData(NodeConnectionTypes.AiTool, 0);
				const [found] = tools as Array<{ invoke(parameters: IDataObject): Promise<unknown> }>;
				const answer = await found?.invoke(input).catch((error: Error) => error.message);
				return answers(answer);
			}
			const [action] = response?.actionResponses ?? [];
			if (action !== undefined) return answers(action.data.data?.['ai_tool'] ?? action.data.error?.message);
			const request: EngineRequest = {
				actions: [
					{
						actionType: 'ExecutionNodeAction',
						nodeName: tool,
						input,
						type: NodeConnectionTypes.AiTool,
						id: 'call',
						metadata: {},
					},
				],
				metadata: {},
			};
			return request;
		},
	};
}

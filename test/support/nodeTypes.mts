import type {
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

/** The node types a test workflow is made of: a source that puts out the given items, sinks, and the node under test. */
export class TestNodeTypes implements INodeTypes {
	private readonly types: Record<string, INodeType | IVersionedNodeType>;

	constructor(name: string, nodeUnderTest: INodeType | IVersionedNodeType, items: INodeExecutionData[] = []) {
		this.types = {
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

import type { WorkflowNode } from '../../n8n/rest.mts';

/** A credential as nodes refer to it. */
export interface CredentialName {
	id: string;
	name: string;
}

/** A node as n8n's editor saves it. */
export function workflowNode(
	name: string,
	type: string,
	typeVersion: number,
	parameters: Record<string, unknown> = {},
): WorkflowNode {
	return { name, type, typeVersion, position: [0, 0], parameters };
}

/** The trigger of the button Execute workflow. */
export const manualTrigger = (name = 'When clicking Execute workflow'): WorkflowNode =>
	workflowNode(name, 'n8n-nodes-base.manualTrigger', 1);

/** The node under test. `enapterDeviceTool` is its type as a tool of an AI Agent. */
export function enapterDevice(
	name: string,
	enapterApi: CredentialName,
	parameters: Record<string, unknown>,
	type: 'enapterDevice' | 'enapterDeviceTool' = 'enapterDevice',
): WorkflowNode {
	return {
		...workflowNode(name, `n8n-nodes-enapter.${type}`, 1, { resource: 'device', ...parameters }),
		credentials: { enapterApi },
	};
}

/** Connections from a node's main output to other nodes. */
export const mainTo = (...nodes: string[]) => ({
	main: [nodes.map((node) => ({ node, type: 'main', index: 0 }))],
});

import type { WorkflowNode } from '../../n8n/rest.mts';

/** A credential as a node names it. */
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

/** The trigger that Execute workflow starts. */
export const manualTrigger = (name = 'When clicking Execute workflow'): WorkflowNode =>
	workflowNode(name, 'n8n-nodes-base.manualTrigger', 1);

/** The node under test; `type` is the name that n8n gives it as a tool of an AI Agent. */
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

/** What leads from a node's main output to others. */
export const mainTo = (...nodes: string[]) => ({
	main: [nodes.map((node) => ({ node, type: 'main', index: 0 }))],
});

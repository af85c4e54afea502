import type { IWorkflowBase, IWorkflowExecuteAdditionalData } from 'n8n-workflow';

/** What n8n-core expects of its n8n instance, except for objects of n8n's own classes. */
export type InstanceData = Omit<
	IWorkflowExecuteAdditionalData,
	'credentialsHelper' | 'externalSecretsProxy' | 'hooks' | 'executionId'
>;

/** n8n-core composes `$execution.resumeUrl` and the like from the URLs. */
export function instanceData(): InstanceData {
	const url = 'http://n8n.invalid';
	return {
		currentNodeExecutionIndex: 0,
		variables: {},
		restApiUrl: url,
		instanceBaseUrl: url,
		formBaseUrl: url,
		formWaitingBaseUrl: url,
		formTestBaseUrl: url,
		webhookBaseUrl: url,
		webhookWaitingBaseUrl: url,
		webhookTestBaseUrl: url,
		mcpBaseUrl: url,
		mcpTestBaseUrl: url,
		logAiEvent: () => undefined,
		executeWorkflow: notOffered,
		getRunExecutionData: notOffered,
		getRuntimeCredential: notOffered,
		startRunnerTask: notOffered,
	};
}

async function notOffered(): Promise<never> {
	throw new Error('Not available where only n8n-core runs');
}

/** A workflow as n8n would have saved it; its nodes and connections are passed to n8n-core separately. */
export function savedWorkflow(id: string, name: string): IWorkflowBase {
	const date = new Date(0);
	return {
		id,
		name,
		active: false,
		isArchived: false,
		createdAt: date,
		updatedAt: date,
		activeVersionId: null,
		nodes: [],
		connections: {},
	};
}

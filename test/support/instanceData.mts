import type { IWorkflowBase, IWorkflowExecuteAdditionalData } from 'n8n-workflow';

/** What n8n-core expects of the instance it runs in, but for the parts that are objects of n8n's own classes. */
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

/** A workflow as n8n would have saved it; what it consists of is handed to n8n-core apart. */
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

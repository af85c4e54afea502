import { parse } from 'flatted';
import { request } from 'undici';

export interface Login {
	email: string;
	password: string;
}

export interface Credential {
	id?: string;
	name: string;
	type: string;
	data: Record<string, unknown>;
}

export interface WorkflowNode {
	name: string;
	type: string;
	parameters: Record<string, unknown>;
	credentials?: Record<string, { id: string; name: string }>;
	[key: string]: unknown;
}

export interface Workflow {
	id?: string;
	name: string;
	versionId?: string;
	nodes: WorkflowNode[];
	connections: Record<string, unknown>;
	settings?: Record<string, unknown>;
	[key: string]: unknown;
}

/** A finished execution: the output of each node, or why it failed. */
export interface Execution {
	id: string;
	status: string;
	mode: string;
	data: {
		resultData: {
			error?: { message: string; description?: string };
			runData: Record<string, NodeRun[]>;
		};
	};
}

export interface NodeRun {
	hints?: Array<{ message: string }>;
	error?: { message: string; description?: string };
	data?: { main: Array<Array<{ json: Record<string, unknown>; binary?: Record<string, unknown> }> | null> };
}

const FINISHED = new Set(['success', 'error', 'canceled', 'crashed']);

/** n8n's internal REST API, which its editor uses. */
export class N8nRest {
	private cookie = '';

	constructor(private readonly url: string) {}

	/** Creates the owner account of a new n8n, or logs in to an existing one. */
	async enter(login: Login): Promise<void> {
		const { data } = await this.call<{ data: { userManagement: { showSetupOnFirstLoad: boolean } } }>(
			'GET',
			'/rest/settings',
		);
		if (data.userManagement.showSetupOnFirstLoad) {
			await this.call('POST', '/rest/owner/setup', { ...login, firstName: 'Enapter', lastName: 'Demo' });
		} else {
			await this.call('POST', '/rest/login', { emailOrLdapLoginId: login.email, password: login.password });
		}
	}

	async credentials(): Promise<Credential[]> {
		return (await this.call<{ data: Credential[] }>('GET', '/rest/credentials')).data;
	}

	/** Creates a credential, or updates the one with the same name and type. */
	async saveCredential(credential: Credential): Promise<{ id: string; name: string }> {
		const { name, type } = credential;
		const present = (await this.credentials()).find((other) => other.name === name && other.type === type);
		const saved =
			present?.id === undefined
				? await this.call<{ data: { id: string } }>('POST', '/rest/credentials', credential)
				: await this.call<{ data: { id: string } }>('PATCH', `/rest/credentials/${present.id}`, credential);
		return { id: saved.data.id, name };
	}

	/** Tests a credential, as the editor does. */
	async testCredential(
		credential: Credential & { id: string },
	): Promise<{ status: string; message: string }> {
		const body = { credentials: credential };
		return (
			await this.call<{ data: { status: string; message: string } }>('POST', '/rest/credentials/test', body)
		).data;
	}

	async workflows(): Promise<Array<{ id: string; name: string }>> {
		return (await this.call<{ data: Array<{ id: string; name: string }> }>('GET', '/rest/workflows')).data;
	}

	async workflow(id: string): Promise<Workflow & { id: string; versionId: string }> {
		return (
			await this.call<{ data: Workflow & { id: string; versionId: string } }>('GET', `/rest/workflows/${id}`)
		).data;
	}

	async createWorkflow(workflow: Workflow): Promise<Workflow & { id: string; versionId: string }> {
		return (
			await this.call<{ data: Workflow & { id: string; versionId: string } }>(
				'POST',
				'/rest/workflows',
				workflow,
			)
		).data;
	}

	/** Runs a workflow from one of its triggers, like the editor's Execute button, and waits until it has finished. */
	async run(workflowId: string, trigger: string, within = 120_000): Promise<Execution> {
		const end = Date.now() + within;
		const started = await this.call<{ data: { executionId: string } }>(
			'POST',
			`/rest/workflows/${workflowId}/run`,
			{
				triggerToStartFrom: { name: trigger },
			},
		);
		return await this.finished(started.data.executionId, end);
	}

	async activate(workflowId: string, versionId: string): Promise<void> {
		await this.call('POST', `/rest/workflows/${workflowId}/activate`, { versionId });
	}

	async deactivate(workflowId: string): Promise<void> {
		await this.call('POST', `/rest/workflows/${workflowId}/deactivate`, {});
	}

	/** Waits for an execution that was not started manually, and until it has finished. */
	async nextExecution(workflowId: string, within = 60_000): Promise<Execution> {
		const end = Date.now() + within;
		const filter = encodeURIComponent(JSON.stringify({ workflowId }));
		while (Date.now() < end) {
			const { data } = await this.call<{ data: { results: Array<{ id: string; mode: string }> } }>(
				'GET',
				`/rest/executions?filter=${filter}&limit=50`,
			);
			const found = data.results.find(({ mode }) => mode !== 'manual');
			if (found !== undefined) return await this.finished(found.id, end);
			await new Promise((resolve) => setTimeout(resolve, 250));
		}
		throw new Error(`workflow ${workflowId} was not executed within ${within / 1000} seconds`);
	}

	/** The entries of a Resource Locator's list. */
	async list(body: Record<string, unknown>): Promise<{ results: Array<{ name: string; value: string }> }> {
		const path = '/rest/dynamic-node-parameters/resource-locator-results';
		return (
			await this.call<{ data: { results: Array<{ name: string; value: string }> } }>('POST', path, body)
		).data;
	}

	/** Sends any request to n8n's REST API. @throws Error with the response if its status is 400 or higher */
	async call<T>(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<T> {
		const response = await request(this.url + path, {
			method,
			headers: {
				'content-type': 'application/json',
				// n8n binds a session to the browser that logged in.
				'browser-id': 'n8n-nodes-enapter',
				...(this.cookie === '' ? {} : { cookie: this.cookie }),
			},
			body: body === undefined ? null : JSON.stringify(body),
		});
		const cookies = response.headers['set-cookie'];
		if (cookies !== undefined)
			this.cookie = [cookies]
				.flat()
				.map((one) => one.split(';')[0])
				.join('; ');
		const text = await response.body.text();
		if (response.statusCode >= 400)
			throw new Error(
				`n8n responded to ${method} ${path} with ${response.statusCode}: ${text.slice(0, 500)}`,
			);
		return JSON.parse(text) as T;
	}

	private async finished(id: string, end: number): Promise<Execution> {
		while (Date.now() < end) {
			const { data } = await this.call<{ data: Omit<Execution, 'data'> & { data: string } }>(
				'GET',
				`/rest/executions/${id}`,
			);
			if (FINISHED.has(data.status)) return { ...data, data: parse(data.data) as Execution['data'] };
			await new Promise((resolve) => setTimeout(resolve, 100));
		}
		throw new Error(`execution ${id} did not finish in time`);
	}
}

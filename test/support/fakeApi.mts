import type { IExecuteFunctions, INode } from 'n8n-workflow';

import { EnapterClient, type RequestLimits } from '../../nodes/EnapterDevice/transport/client.ts';
import type { Stop } from '../../nodes/EnapterDevice/transport/stop.ts';

export const NODE: INode = {
	id: 'n',
	name: 'Node',
	type: 'test',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

const LIMITS: RequestLimits = { maxConcurrency: 30, maxRetries: 3, timeout: 30_000, longestWait: 60_000 };

/** A request as n8n's HTTP helper gets it. */
export interface SentRequest {
	method: string;
	url: string;
	headers: Record<string, string>;
	qs?: Record<string, unknown>;
	body?: unknown;
	abortSignal: AbortSignal;
	[option: string]: unknown;
}

/** A full response as n8n's HTTP helper returns it. */
export interface FakeResponse {
	statusCode: number;
	body?: unknown;
	headers?: Record<string, unknown>;
}

/** An API without a network: each request of the client is answered by a function. */
export class FakeApi {
	readonly sent: SentRequest[] = [];
	readonly credentials: unknown[] = [];
	readonly logged: Array<{ message: string; details: unknown }> = [];

	/** @param respond answers a request; `attempt` counts from 0. It may throw what n8n's HTTP helper throws. */
	constructor(
		private readonly respond: (request: SentRequest, attempt: number) => FakeResponse | Promise<FakeResponse>,
		private readonly credential: Record<string, unknown> = {
			apiToken: 'the-token',
			baseUrl: 'https://api.enapter.com',
		},
	) {}

	/** Aborted when the execution is cancelled. */
	cancelSignal: AbortSignal | undefined;

	/** The parts of n8n's context that the client uses. */
	get context(): IExecuteFunctions {
		const { sent, credentials, logged, respond } = this;
		const httpRequestWithAuthentication = async function (
			this: { getExecutionCancelSignal?(): AbortSignal },
			type: string,
			request: SentRequest,
			more: object,
		) {
			credentials.push({ type, ...more });
			// As n8n does.
			const abortSignal = this.getExecutionCancelSignal?.() ?? request.abortSignal;
			return await respond({ ...request, abortSignal }, sent.push(request) - 1);
		};
		return {
			getNode: () => ({ ...NODE, credentials: { enapterApi: { id: 'c', name: 'Plant' } } }),
			getCredentials: async () => await Promise.resolve(this.credential),
			helpers: { httpRequestWithAuthentication },
			getExecutionCancelSignal: () => this.cancelSignal,
			logger: { debug: (message: string, details: unknown) => logged.push({ message, details }) },
		} as unknown as IExecuteFunctions;
	}

	async open(limits: Partial<RequestLimits> = {}, stop?: Stop): Promise<EnapterClient> {
		return await EnapterClient.open(this.context, { ...LIMITS, ...limits }, stop);
	}
}

/** A response with a JSON body. */
export function json(body: unknown, headers: Record<string, unknown> = {}): FakeResponse {
	return { statusCode: 200, body: JSON.stringify(body), headers };
}

/** The API's own error. */
export function refusal(
	statusCode: number,
	message = 'No',
	headers: Record<string, unknown> = {},
): FakeResponse {
	return { statusCode, body: JSON.stringify({ errors: [{ message }] }), headers };
}

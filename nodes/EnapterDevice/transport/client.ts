import type {
	ICredentialDataDecryptedObject,
	IDataObject,
	IExecuteFunctions,
	IHttpRequestMethods,
	ILoadOptionsFunctions,
	INode,
} from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';

import type { Expectation } from './answer';
import { readAnswer } from './answer';
import type { Connection } from './connection';
import { connectionOf } from './connection';
import { notAnswered } from './connectionFailure';
import type { Failure } from './failure';
import { toNodeApiError, withoutSecret } from './failure';
import type { RawAnswer } from './rawAnswer';
import { rawAnswer } from './rawAnswer';
import { pauseBeforeRepeat } from './repeat';
import { Throttle } from './throttle';
import { wait } from './wait';

/** How requests are delivered; the same for all requests of a run. */
export interface Delivery {
	/** Most requests in flight at once. */
	maxConcurrency: number;
	/** How often one request is repeated at most; 0 is never. */
	maxRetries: number;
	/** How long one request may take, in milliseconds. */
	timeout: number;
	/** Longest wait before a repeat, whatever the API asks for, in milliseconds. */
	longestPause: number;
}

/** One call of the Enapter API. */
export interface ApiCall<T> extends Expectation<T> {
	method: IHttpRequestMethods;
	/** Path after `/v3`, each entry one segment, not encoded. */
	path: string[];
	query?: IDataObject;
	body?: IDataObject;
	/** Whether carrying it out twice is the same as once, so that it may be repeated when nobody knows whether it was. */
	repeatable: boolean;
	/** What "not found" on a repeat means: the earlier try did it. */
	goneOnRepeat?: T;
}

/** One try; `pause` is how long to wait before another, nothing when there shall be none. */
type Attempt<T> = { value: T } | { failure: Failure; pause: number | undefined };

const CANCELLED: Failure = {
	// Spelt as n8n looks for it, to show the run as canceled and not as failed.
	reason: 'The execution was canceled',
	advice: 'Run the workflow again for the items that were not sent.',
	details: [],
	label: 'cancelled',
	carriedOut: 'maybe',
	passing: false,
};

/** The Enapter API, as one run of the node talks to it. */
export class EnapterClient {
	/** How often requests were repeated, by reason. */
	readonly repeats = new Map<string, number>();

	private readonly throttle: Throttle;

	private constructor(
		private readonly context: IExecuteFunctions | ILoadOptionsFunctions,
		private readonly node: INode,
		private readonly connection: Connection,
		private readonly credentials: ICredentialDataDecryptedObject,
		private readonly delivery: Delivery,
		private readonly signal: AbortSignal | undefined,
	) {
		this.throttle = new Throttle(delivery.maxConcurrency, signal);
	}

	/**
	 * Reads the credential, once for all requests.
	 *
	 * @throws NodeOperationError when the credential cannot be used
	 */
	static async open(
		context: IExecuteFunctions | ILoadOptionsFunctions,
		delivery: Delivery,
	): Promise<EnapterClient> {
		const node = context.getNode();
		const signal = 'getExecutionCancelSignal' in context ? context.getExecutionCancelSignal() : undefined;
		try {
			const credentials = await context.getCredentials('enapterApi');
			const connection = connectionOf(credentials);
			return new EnapterClient(context, node, connection, credentials, delivery, signal);
		} catch (error) {
			throw new NodeOperationError(node, error as Error);
		}
	}

	/**
	 * Sends a call, repeating it as its rules allow.
	 *
	 * @throws NodeApiError with the API's reason when it was refused or not answered
	 */
	async call<T>(call: ApiCall<T>): Promise<T> {
		let mayBeDone = false;
		for (let repeats = 0; ; repeats++) {
			const outcome = await this.throttle.run(async () => await this.attempt(call, repeats), repeats > 0);
			if ('value' in outcome) return outcome.value;
			const { failure, pause } = outcome;
			if (failure.status === 404 && mayBeDone && call.goneOnRepeat !== undefined) return call.goneOnRepeat;
			mayBeDone ||= failure.carriedOut === 'maybe';
			if (pause === undefined || repeats >= this.delivery.maxRetries || this.signal?.aborted) {
				throw this.toError(call, failure, repeats, mayBeDone);
			}
			this.tellRepeat(call, failure, pause);
			// After a 429 the throttle holds this request back with all others.
			if (failure.status !== 429) await wait(pause, this.signal);
		}
	}

	/** The page of a device in a Gateway's web interface (source: vscode-enapter); none is known for Enapter Cloud. */
	devicePage(slug: string): string | undefined {
		const { root } = this.connection;
		if (!root.endsWith('/api')) return undefined;
		return `${root.slice(0, -'/api'.length)}/ems/devices/${encodeURIComponent(slug)}`;
	}

	private tellRepeat<T>({ method, path }: ApiCall<T>, { label }: Failure, pause: number): void {
		this.repeats.set(label, (this.repeats.get(label) ?? 0) + 1);
		this.context.logger.debug('Repeating a request to the Enapter API', {
			request: `${method} /v3/${path.join('/')}`,
			reason: label,
			milliseconds: Math.round(pause),
		});
	}

	private async attempt<T>(call: ApiCall<T>, repeats: number): Promise<Attempt<T>> {
		const answer = await this.answer(call);
		if ('value' in answer) return answer;
		const { failure } = answer;
		const pause = pauseBeforeRepeat(call, failure, repeats, this.delivery.longestPause);
		// Told before the next request takes this one's place, and also when this one is not repeated.
		if (failure.status === 429 && pause !== undefined) this.throttle.slowDown(pause);
		return { failure, pause };
	}

	private async answer<T>(call: ApiCall<T>): Promise<{ value: T } | { failure: Failure }> {
		if (this.signal?.aborted) return { failure: { ...CANCELLED, carriedOut: 'no' } };
		try {
			return readAnswer(await this.send(call), call, this.connection);
		} catch (error) {
			return { failure: this.signal?.aborted ? CANCELLED : notAnswered(error, this.connection.root) };
		}
	}

	private async send<T>({ method, path, query, body }: ApiCall<T>): Promise<RawAnswer> {
		const { root, allowUnauthorizedCerts } = this.connection;
		const answer: unknown = await this.context.helpers.httpRequestWithAuthentication.call(
			this.context,
			'enapterApi',
			{
				method,
				url: `${root}/v3/${path.map(encodeURIComponent).join('/')}`,
				headers: { Accept: 'application/json' },
				...(query === undefined ? {} : { qs: query }),
				...(body === undefined ? {} : { body }),
				encoding: 'text',
				timeout: this.delivery.timeout,
				skipSslCertificateValidation: allowUnauthorizedCerts,
				disableFollowRedirect: true,
				ignoreHttpStatusErrors: true,
				returnFullResponse: true,
			},
			// Without this n8n reads and decrypts the credential again for each request.
			{ credentialsDecrypted: { id: '', name: '', type: 'enapterApi', data: this.credentials } },
		);
		return rawAnswer(answer);
	}

	private toError<T>(call: ApiCall<T>, failure: Failure, repeats: number, mayBeDone: boolean): NodeApiError {
		const details = [...failure.details];
		if (repeats > 0) details.push(`Sent ${repeats + 1} times`);
		if (mayBeDone && call.method !== 'GET') {
			details.push(
				'The API may have carried the request out all the same: look at the device before you repeat it',
			);
		}
		return toNodeApiError(this.node, withoutSecret({ ...failure, details }, this.connection.token));
	}
}

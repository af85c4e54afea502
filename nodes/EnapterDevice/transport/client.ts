import type {
	ICredentialDataDecryptedObject,
	IDataObject,
	IExecuteFunctions,
	IHttpRequestMethods,
	ILoadOptionsFunctions,
	INode,
} from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';

import type { Shape } from '../api';
import { refusedByStatus, unexpectedAnswer } from './answerFailure';
import type { Connection } from './connection';
import { connectionOf } from './connection';
import { notAnswered } from './connectionFailure';
import type { Failure } from './failure';
import { toNodeApiError, withoutSecret } from './failure';
import type { RawAnswer } from './rawAnswer';
import { blotted, rawAnswer } from './rawAnswer';
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
}

/** One call of the Enapter API. */
export interface ApiCall<T> {
	method: IHttpRequestMethods;
	/** Path after `/v3`, each entry one segment, not encoded. */
	path: string[];
	query?: IDataObject;
	body?: IDataObject;
	answer: Shape<T>;
	/** Whether carrying it out twice is the same as once, so that it may be repeated when nobody knows whether it was. */
	repeatable: boolean;
	/** What "not found" on a repeat means: the earlier try did it. */
	goneOnRepeat?: T;
	/** Whether the answer holds credentials, of which no error may show anything. */
	isSecret?: boolean;
	/** What to do by status of a refusal, where this call can say it better than in general. */
	advice?: Partial<Record<number, string>>;
}

export type ApiContext = IExecuteFunctions | ILoadOptionsFunctions;

type Attempt<T> = { value: T } | { failure: Failure };

/** The Enapter API, as one run of the node talks to it. */
export class EnapterClient {
	/** How often requests were repeated, by reason. */
	readonly repeats = new Map<string, number>();

	private readonly throttle: Throttle;

	private constructor(
		private readonly context: ApiContext,
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
	static async open(context: ApiContext, delivery: Delivery): Promise<EnapterClient> {
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
		for (let attempt = 0; ; attempt++) {
			const outcome = await this.throttle.run(async () => await this.attempt(call), attempt > 0);
			if ('value' in outcome) return outcome.value;
			const { failure } = outcome;
			if (failure.status === 404 && mayBeDone && call.goneOnRepeat !== undefined) return call.goneOnRepeat;
			const pause =
				attempt < this.delivery.maxRetries ? pauseBeforeRepeat(call, failure, attempt) : undefined;
			if (pause === undefined || this.signal?.aborted) throw this.toError(call, failure, attempt);
			mayBeDone ||= failure.carriedOut === 'maybe';
			this.repeats.set(failure.label, (this.repeats.get(failure.label) ?? 0) + 1);
			if (failure.status === 429) this.throttle.slowDown(pause);
			else await wait(pause, this.signal);
		}
	}

	/** The page of a device in a Gateway's web interface (source: vscode-enapter); none is known for Enapter Cloud. */
	devicePage(slug: string): string | undefined {
		const gateway = this.connection.root.endsWith('/api')
			? this.connection.root.slice(0, -'/api'.length)
			: undefined;
		return gateway === undefined ? undefined : `${gateway}/ems/devices/${encodeURIComponent(slug)}`;
	}

	private async attempt<T>(call: ApiCall<T>): Promise<Attempt<T>> {
		if (this.signal?.aborted) return { failure: CANCELLED };
		let answer: RawAnswer;
		try {
			answer = await this.send(call);
		} catch (error) {
			return { failure: this.signal?.aborted ? CANCELLED : notAnswered(error, this.connection.root) };
		}
		const isSuccess = answer.status >= 200 && answer.status <= 299;
		const value = isSuccess ? call.answer.read(answer.body) : undefined;
		if (value !== undefined) return { value };
		const { root, token } = this.connection;
		const location = blotted(answer.headers.location, token);
		const shown = {
			...answer,
			headers: { ...answer.headers, location },
			body: blotted(answer.body, token),
		};
		const isSecret = call.isSecret === true;
		if (!isSuccess) return { failure: refusedByStatus(shown, root, call.advice, isSecret) };
		return { failure: unexpectedAnswer(shown, call.answer.expected, isSecret) };
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

	private toError<T>(call: ApiCall<T>, failure: Failure, attempts: number): NodeApiError {
		const details = [...failure.details];
		if (attempts > 0) details.push(`Sent ${attempts + 1} times`);
		if (failure.carriedOut === 'maybe' && call.method !== 'GET') {
			details.push(
				'The API may have carried the request out all the same: look at the device before you repeat it',
			);
		}
		return toNodeApiError(this.node, withoutSecret({ ...failure, details }, this.connection.token));
	}
}

const CANCELLED: Failure = {
	// Spelt as n8n looks for it, to show the run as canceled and not as failed.
	reason: 'The execution was canceled',
	advice: 'Run the workflow again for the items that were not sent.',
	details: [],
	label: 'cancelled',
	carriedOut: 'maybe',
	passing: false,
};

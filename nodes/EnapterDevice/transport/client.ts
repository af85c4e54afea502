import type {
	ICredentialDataDecryptedObject,
	IDataObject,
	IExecuteFunctions,
	IHttpRequestMethods,
	ILoadOptionsFunctions,
	INode,
} from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import type { Connection } from '../../../credentials/connection/connection';
import { connectionOf } from '../../../credentials/connection/connection';
import { connectionFailure } from './connectionErrors';
import type { RequestFailure } from './errors';
import { EnapterApiError, NotSentError, redactFailure } from './errors';
import type { Expectation } from './response';
import { acceptOf, rawResponse, readResponse } from './response';
import type { RetryLimits } from './retryPolicy';
import { backoff, isRetried } from './retryPolicy';
import { duration } from './text';
import { Throttle } from './throttle';
import { nextTurn, wait } from './wait';

/** How requests are sent; the same for all requests of a run. */
export interface RequestLimits extends RetryLimits {
	/** Most requests in flight at once. */
	maxConcurrency: number;
	/** How long one request may take, in milliseconds. */
	timeout: number;
}

/** One call of the Enapter API. */
export interface ApiCall<T> extends Expectation<T> {
	method: IHttpRequestMethods;
	/** Path after `/v3`, each entry one segment, not encoded. */
	path: string[];
	query?: IDataObject;
	body?: IDataObject;
	/** Whether carrying it out twice is the same as once, so that it may be retried when its outcome is unknown. */
	isIdempotent: boolean;
	/** Whether it changes nothing; as a rule, whether it is a GET. */
	isRead?: boolean;
	/** What "not found" means after a request whose outcome is unknown: that one did it. */
	ifNotFoundOnRetry?: T;
	/** How long this request may take, in milliseconds, where that is not the run's timeout. */
	timeout?: number;
	/** Called each time that it is sent. */
	onSend?(): void;
}

const MAY_BE_DONE = 'The API may have carried the request out all the same: check before you send it again';

type Attempt<T> = { value: T } | { failure: RequestFailure };

/** The Enapter API, as one run of the node talks to it. */
export class EnapterClient {
	/** How often requests were retried, by reason. */
	readonly retries = new Map<string, number>();

	/** How many requests were retried, once or more. */
	retriedRequests = 0;

	/** When the API wants to be asked again, where that is too long to wait for. */
	private closedUntil = 0;

	private readonly throttle: Throttle;

	private constructor(
		private readonly context: IExecuteFunctions | ILoadOptionsFunctions,
		private readonly node: INode,
		private readonly connection: Connection,
		private readonly credentials: ICredentialDataDecryptedObject,
		private readonly limits: RequestLimits,
		private readonly signal: AbortSignal | undefined,
	) {
		this.throttle = new Throttle(limits.maxConcurrency, signal);
	}

	/**
	 * Reads the credential, once for all requests.
	 *
	 * @param signal once aborted, nothing is sent any more
	 * @throws NodeOperationError when the credential cannot be used
	 */
	static async open(
		context: IExecuteFunctions | ILoadOptionsFunctions,
		limits: RequestLimits,
		signal?: AbortSignal,
	): Promise<EnapterClient> {
		const node = context.getNode();
		try {
			const credentials = await context.getCredentials('enapterApi');
			return new EnapterClient(context, node, connectionOf(credentials), credentials, limits, signal);
		} catch (error) {
			throw new NodeOperationError(node, error as Error);
		}
	}

	/** The address that every API path is appended to. */
	get root(): string {
		return this.connection.root;
	}

	/** How long one request may take, in milliseconds. */
	get timeout(): number {
		return this.limits.timeout;
	}

	/**
	 * Sends a call, and sends it again as the retry policy allows.
	 *
	 * @throws EnapterApiError with the API's reason when it was refused or there was no usable response
	 * @throws NotSentError when the run was stopped before it was sent
	 */
	async call<T>(call: ApiCall<T>): Promise<T> {
		let last: RequestFailure | undefined;
		let isOutcomeKnown = true;
		for (let retries = 0; ; retries++) {
			const release = await this.throttle.acquire(retries > 0).catch(() => undefined);
			if (release === undefined || this.signal?.aborted) {
				release?.();
				throw last === undefined ? new NotSentError() : this.toError(call, last, retries - 1, isOutcomeKnown);
			}
			if (this.isClosed()) {
				release();
				throw this.closedError(call, retries, isOutcomeKnown);
			}
			call.onSend?.();
			const attempt = await this.attempt(call);
			if ('value' in attempt) {
				release();
				return attempt.value;
			}
			const { failure } = attempt;
			if (!isOutcomeKnown && isNotFound(failure) && call.ifNotFoundOnRetry !== undefined) {
				release();
				return call.ifNotFoundOnRetry;
			}
			last = failure;
			isOutcomeKnown &&= failure.isOutcomeKnown;
			const pause = backoff(failure, retries, this.limits.longestWait);
			// Before the next request takes this one's place, and also when this one is not retried.
			if (failure.status === 429) this.slowDown(pause);
			if (!isRetried(call, failure, retries, this.limits)) {
				// Later than this failure reaches the run, which may stop at it: then nothing takes this one's place.
				void nextTurn().then(release);
				throw this.toError(call, failure, retries, isOutcomeKnown);
			}
			this.countRetry(call, failure, pause, retries);
			release();
			// After a 429 the throttle holds this request back with all others.
			if (failure.status !== 429) await wait(pause, this.signal);
		}
	}

	/** Holds all requests back; those that would have to wait too long are not sent at all. */
	private slowDown(pause: number): void {
		if (pause <= this.limits.longestWait) this.throttle.backOff(pause);
		else this.closedUntil = Math.max(this.closedUntil, Date.now() + pause);
	}

	private isClosed(): boolean {
		return Date.now() < this.closedUntil;
	}

	private closedError<T>(call: ApiCall<T>, retries: number, isOutcomeKnown: boolean): EnapterApiError {
		const wait = duration(this.closedUntil - Date.now());
		return new EnapterApiError(this.node, {
			reason: `The API asks to wait ${wait} before the next request`,
			advice: `Run the workflow again after that. ${retries === 0 ? 'For this item nothing was sent.' : 'The request was not sent again.'}`,
			details: [],
			aftermath: aftermathOf(call, isOutcomeKnown),
			status: 429,
			isFromApi: false,
			label: 'status 429',
			isOutcomeKnown,
			isTransient: true,
		});
	}

	private async attempt<T>(call: ApiCall<T>): Promise<Attempt<T>> {
		try {
			const response = rawResponse(await this.send(call), acceptOf(call));
			return readResponse(response, call, this.connection);
		} catch (error) {
			return { failure: connectionFailure(error, this.connection.root) };
		}
	}

	private async send<T>(call: ApiCall<T>): Promise<unknown> {
		const { method, path, query, body, timeout = this.limits.timeout } = call;
		const { root, allowUnauthorizedCerts } = this.connection;
		return await this.context.helpers.httpRequestWithAuthentication.call(
			this.context,
			'enapterApi',
			{
				method,
				url: `${root}/v3/${path.map(encodeURIComponent).join('/')}`,
				headers: { Accept: acceptOf(call) },
				...(query === undefined ? {} : { qs: query }),
				...(body === undefined ? {} : { body }),
				encoding: 'text',
				timeout,
				skipSslCertificateValidation: allowUnauthorizedCerts,
				disableFollowRedirect: true,
				ignoreHttpStatusErrors: true,
				returnFullResponse: true,
			},
			// Without this n8n reads and decrypts the credential again for each request.
			{ credentialsDecrypted: { id: '', name: '', type: 'enapterApi', data: this.credentials } },
		);
	}

	private countRetry<T>(
		{ method, path }: ApiCall<T>,
		{ label }: RequestFailure,
		pause: number,
		retries: number,
	): void {
		if (retries === 0) this.retriedRequests++;
		this.retries.set(label, (this.retries.get(label) ?? 0) + 1);
		this.context.logger.debug('Retrying a request to the Enapter API', {
			request: `${method} /v3/${path.join('/')}`,
			reason: label,
			milliseconds: Math.round(pause),
		});
	}

	private toError<T>(
		call: ApiCall<T>,
		failure: RequestFailure,
		retries: number,
		isOutcomeKnown: boolean,
	): EnapterApiError {
		const { retryAfter = 0 } = failure;
		const details = [
			...(retryAfter > this.limits.longestWait
				? [`The API asks to wait ${duration(retryAfter)}: run the workflow again after that`]
				: []),
			...failure.details,
			...(retries > 0 ? [`Tried ${retries + 1} times`] : []),
		];
		const secrets = [this.connection.token, ...(call.secrets ?? [])];
		return new EnapterApiError(
			this.node,
			secrets.reduce(redactFailure, {
				...failure,
				details,
				aftermath: aftermathOf(call, isOutcomeKnown),
				isOutcomeKnown,
			}),
		);
	}
}

/** Whether the API itself says that what was asked for is not there. */
function isNotFound({ status, isFromApi }: RequestFailure): boolean {
	return status === 404 && isFromApi;
}

/** What a request may have changed that failed. */
function aftermathOf(
	{ method, isRead = method === 'GET' }: { method: string; isRead?: boolean },
	isOutcomeKnown: boolean,
): string[] {
	return isOutcomeKnown || isRead ? [] : [MAY_BE_DONE];
}

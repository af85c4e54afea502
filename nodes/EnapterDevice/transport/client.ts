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
import { clock, wait } from './clock';
import { connectionFailure } from './connectionErrors';
import type { RequestFailure } from './errors';
import { EnapterApiError, NotSentError, redactFailure } from './errors';
import type { Expectation } from './response';
import { acceptOf, explained, isCutOff, JSON_TYPE, rawResponse, readResponse } from './response';
import type { RetryLimits } from './retryPolicy';
import { backoff, shouldRetry } from './retryPolicy';
import type { Stop } from './stop';
import { duration } from './text';
import { Throttle } from './throttle';

/** How the requests of a run are sent. */
export interface RequestLimits extends RetryLimits {
	/** Maximum requests in flight. */
	maxConcurrency: number;
	/** Maximum time for one complete response, in milliseconds. */
	timeout: number;
	/** The same for requests that only read. Default: `timeout`. */
	readTimeout?: number;
}

/** One call of the Enapter API. */
export interface ApiCall<T> extends Expectation<T> {
	method: IHttpRequestMethods;
	/** Path after `/v3`, one segment per entry, not encoded. */
	path: string[];
	query?: IDataObject;
	body?: IDataObject;
	/** Whether executing it twice has the same effect as once, so that it may be retried when its outcome is unknown. */
	isIdempotent: boolean;
	/** Whether it changes nothing. Default: whether it is a GET. */
	isRead?: boolean;
	/** Result to return for a 404 on retry, because the earlier attempt must have succeeded. */
	ifNotFoundOnRetry?: T;
	/** Maximum time for this response, in milliseconds. Default: the run's timeout. */
	timeout?: number;
	/** Maximum time that this request occupies a slot of Max Concurrency, in milliseconds. Default: until it ends. */
	slotTime?: number;
}

/** If a compressed body was cut off, n8n returns the part that arrived. JSON is then invalid, but other text may look complete. */
const UNCOMPRESSED = { 'Accept-Encoding': 'identity' };

const CHECK_FIRST = 'The API may still have processed the request. Check before sending it again';

/** The Enapter API, as one run of the node uses it. */
export class EnapterClient {
	/** How often requests were retried, by reason. */
	readonly retries = new Map<string, number>();

	/** How many requests were retried at least once. */
	retriedRequests = 0;

	/** What the user should know about responses, such as a list that may be incomplete. */
	readonly warnings = new Set<string>();

	/** How far the API's clock is ahead of this one, in milliseconds; undefined until a response had a `Date`. */
	clockOffset: number | undefined;

	/** No requests before this time: `Retry-After` exceeded the longest wait. */
	private closedUntil = 0;

	private readonly throttle: Throttle;

	private constructor(
		private readonly context: IExecuteFunctions | ILoadOptionsFunctions,
		private readonly node: INode,
		private readonly connection: Connection,
		private readonly credentials: ICredentialDataDecryptedObject,
		private readonly limits: RequestLimits,
		private readonly stop: Stop | undefined,
	) {
		this.throttle = new Throttle(limits.maxConcurrency, stop);
	}

	/**
	 * Reads the credential, once for all requests.
	 *
	 * @param stop stops sending
	 * @throws NodeOperationError when the credential cannot be used
	 */
	static async open(
		context: IExecuteFunctions | ILoadOptionsFunctions,
		limits: RequestLimits,
		stop?: Stop,
	): Promise<EnapterClient> {
		const node = context.getNode();
		const credentialName = node.credentials?.enapterApi?.name;
		try {
			const credentials = await context.getCredentials('enapterApi');
			return new EnapterClient(
				context,
				node,
				connectionOf(credentials, credentialName),
				credentials,
				limits,
				stop,
			);
		} catch (error) {
			throw new NodeOperationError(node, error as Error);
		}
	}

	/** The address that every API path is appended to. */
	get root(): string {
		return this.connection.root;
	}

	/** Maximum time for one complete response, in milliseconds. */
	get timeout(): number {
		return this.limits.timeout;
	}

	/**
	 * Sends a request, retrying it as the retry policy allows.
	 *
	 * @throws EnapterApiError with the API's reason if there was no usable response
	 * @throws NotSentError if the run was stopped before it was sent
	 */
	async call<T>(call: ApiCall<T>): Promise<T> {
		let earlier: EnapterApiError | undefined;
		for (let retries = 0; ; retries++) {
			const result = await this.tryOnce(call, retries, earlier);
			if ('value' in result) return result.value;
			const { error } = result;
			const { requestFailure: failure } = error;
			if (earlier?.outcome === 'unknown' && error.isNotFound && call.ifNotFoundOnRetry !== undefined) {
				return call.ifNotFoundOnRetry;
			}
			if (!shouldRetry(call, failure, retries, this.limits) || this.isClosed()) throw error;
			const delay = backoff(failure, retries, this.limits.longestWait);
			this.countRetry(call, failure, delay, retries);
			// After a 429 the throttle holds back all requests, this one included.
			if (failure.status !== 429) await wait(delay, this.stop);
			earlier = error;
		}
	}

	/** @throws NotSentError if the run was stopped before the first attempt; if it was stopped later, the error of that attempt */
	private async tryOnce<T>(
		call: ApiCall<T>,
		retries: number,
		earlier: EnapterApiError | undefined,
	): Promise<{ value: T } | { error: EnapterApiError }> {
		const slot = {
			isRetry: retries > 0,
			...(call.slotTime === undefined ? {} : { slotTime: call.slotTime }),
		};
		return await this.throttle
			.run(async () => ({ value: await this.attempt(call, retries) }), slot)
			.catch((error: unknown) => {
				if (error instanceof EnapterApiError) return { error: this.completed(call, error, retries, earlier) };
				throw error instanceof NotSentError ? (earlier ?? error) : error;
			});
	}

	/** @throws EnapterApiError if there was no usable response */
	private async attempt<T>(call: ApiCall<T>, retries: number): Promise<T> {
		if (this.isClosed()) throw new EnapterApiError(this.node, this.closedFailure());
		const sentAt = clock.now();
		const result = await this.exchange(call);
		if ('value' in result) return result.value;
		const secrets = [this.connection.token, ...(call.secrets ?? [])];
		const failure = secrets.reduce(redactFailure, { ...result.failure, sentAt });
		// Before the slot is free, even if this request is not retried.
		if (failure.status === 429) this.slowDown(backoff(failure, retries, this.limits.longestWait));
		throw new EnapterApiError(this.node, failure);
	}

	private async exchange<T>(call: ApiCall<T>): Promise<{ value: T } | { failure: RequestFailure }> {
		const timeout = this.timeoutOf(call);
		// n8n's own `timeout` bounds only silence, not a response that arrives byte by byte.
		const deadline = AbortSignal.timeout(timeout);
		try {
			const response = rawResponse(await this.send(call, timeout, deadline), acceptOf(call));
			this.readClock(response.headers.date);
			if (!isCutOff(response)) return readResponse(response, call, this.connection);
			throw Object.assign(new Error('The response ended early'), { code: 'ERR_STREAM_PREMATURE_CLOSE' });
		} catch (error) {
			const failure = connectionFailure(error, this.connection.root, deadline.aborted);
			return { failure: explained(failure, call.explain) };
		}
	}

	private timeoutOf<T>({ method, isRead = method === 'GET', timeout }: ApiCall<T>): number {
		return timeout ?? (isRead ? this.limits.readTimeout : undefined) ?? this.limits.timeout;
	}

	private async send<T>(call: ApiCall<T>, timeout: number, deadline: AbortSignal): Promise<unknown> {
		const { method, path, query, body } = call;
		const { root, allowUnauthorizedCerts } = this.connection;
		const signal = this.signalWith(deadline);
		// n8n replaces the abort signal of a request by the one that the context returns.
		const context = Object.create(this.context, {
			getExecutionCancelSignal: { value: () => signal },
		}) as IExecuteFunctions;
		return await this.context.helpers.httpRequestWithAuthentication.call(
			context,
			'enapterApi',
			{
				method,
				url: `${root}/v3/${path.map(encodeURIComponent).join('/')}`,
				headers: { Accept: acceptOf(call), ...(acceptOf(call) === JSON_TYPE ? {} : UNCOMPRESSED) },
				...(query === undefined ? {} : { qs: query }),
				...(body === undefined ? {} : { body }),
				encoding: 'text',
				timeout,
				abortSignal: signal,
				skipSslCertificateValidation: allowUnauthorizedCerts,
				disableFollowRedirect: true,
				ignoreHttpStatusErrors: true,
				returnFullResponse: true,
			},
			// Otherwise n8n reads and decrypts the credential again for each request.
			{ credentialsDecrypted: { id: '', name: '', type: 'enapterApi', data: this.credentials } },
		);
	}

	/** A signal that aborts a request at its deadline and when the execution is cancelled. */
	private signalWith(deadline: AbortSignal): AbortSignal {
		const { context } = this;
		const cancelled = 'getExecutionCancelSignal' in context ? context.getExecutionCancelSignal() : undefined;
		return cancelled === undefined ? deadline : AbortSignal.any([deadline, cancelled]);
	}

	/** `Date` has a resolution of one second. */
	private readClock(date: unknown): void {
		const offset = Date.parse(String(date)) - clock.now();
		if (!Number.isNaN(offset)) this.clockOffset = offset;
	}

	/** Delays all requests. Requests that would have to wait too long are not sent at all. */
	private slowDown(delay: number): void {
		if (delay <= this.limits.longestWait) this.throttle.backOff(delay);
		else this.closedUntil = Math.max(this.closedUntil, clock.now() + delay);
	}

	private isClosed(): boolean {
		return clock.now() < this.closedUntil;
	}

	private closedFailure(): RequestFailure {
		return {
			reason: `The API asks to wait ${duration(this.closedUntil - clock.now())} before the next request`,
			advice: 'Run the workflow again after that. The request was not sent.',
			details: [],
			status: 429,
			isFromApi: false,
			label: 'status 429',
			outcome: 'notDone',
			isTransient: false,
		};
	}

	/** A failed attempt, with what is known from earlier attempts. */
	private completed<T>(
		{ method, isRead = method === 'GET' }: ApiCall<T>,
		error: EnapterApiError,
		retries: number,
		earlier: EnapterApiError | undefined,
	): EnapterApiError {
		const { details, retryAfter = 0, outcome: own } = error.requestFailure;
		const outcome = earlier?.outcome === 'unknown' ? 'unknown' : own;
		const isTooLong = retryAfter > this.limits.longestWait;
		return error.with({
			outcome,
			details: [
				...(isTooLong
					? [`The API asks to wait ${duration(retryAfter)}: run the workflow again after that`]
					: []),
				...details,
				...(retries > 0 ? [`Tried ${retries + 1} times`] : []),
			],
			consequences: outcome === 'unknown' && !isRead ? [CHECK_FIRST] : [],
		});
	}

	private countRetry<T>(
		{ method, path }: ApiCall<T>,
		{ label }: RequestFailure,
		delay: number,
		retries: number,
	): void {
		if (retries === 0) this.retriedRequests++;
		this.retries.set(label, (this.retries.get(label) ?? 0) + 1);
		this.context.logger.debug('Retrying a request to the Enapter API', {
			request: `${method} /v3/${path.join('/')}`,
			reason: label,
			milliseconds: Math.round(delay),
		});
	}
}

import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError, errorBody } from './apiError.mts';
import { type Fault, FaultList } from './faults.mts';
import type { Fleet } from './fleet.mts';
import { toJson } from './json.mts';
import { type RateLimit, RateLimiter } from './rateLimit.mts';
import { type RecordedRequest, RequestLog } from './requestLog.mts';

export interface ApiResponse {
	status: number;
	headers: Record<string, string | string[]>;
	/** A string is sent unchanged, undefined as no body, anything else as JSON. */
	body: unknown;
}

/** What a handler returns instead of an object if the response is not JSON, or not a 200. */
export class TextResponse implements ApiResponse {
	readonly body: string;
	readonly headers: Record<string, string | string[]>;
	readonly status: number;

	constructor(body: string, headers: Record<string, string | string[]> = {}, status = 200) {
		this.body = body;
		this.headers = headers;
		this.status = status;
	}
}

/** Called with each request before it is processed, and awaited. */
export type RequestListener = (request: Readonly<RecordedRequest>) => unknown;

type Handle = () => object | Promise<object>;

const WRONG_DATE_MS = 5 * 60_000;

/** Everything between the routes and the network: records, latency, rate limit, faults, and the form of responses. */
export class Dispatcher {
	readonly log = new RequestLog();
	readonly faults = new FaultList();
	readonly listeners = new Set<RequestListener>();
	latency = 0;
	rateLimit: RateLimit | undefined;
	readonly #fleet: Fleet;
	readonly #limiter = new RateLimiter();
	readonly #closing = new AbortController();

	constructor(fleet: Fleet) {
		this.#fleet = fleet;
		setMaxListeners(0, this.#closing.signal);
	}

	/** Responds to `request` with what `handle` returns, or as a fault says. */
	async dispatch(request: FastifyRequest, reply: FastifyReply, handle: Handle): Promise<FastifyReply> {
		const recorded = this.log.find(request.raw);
		if (recorded) for (const listener of [...this.listeners]) await listener(recorded);
		const fault = this.faults.next(request.method, request.originalUrl);
		if (fault?.kind === 'reset-before') return this.#drop(request, reply);
		if (fault?.kind === 'hang-before') return reply.hijack();
		const processing = fault?.kind === 'status' ? faultResponse(fault, 500) : this.#process(handle);
		if (fault?.kind === 'reset-during') {
			this.#drop(request, reply);
			await processing;
			return reply;
		}
		const response = await processing;
		if (fault?.kind === 'reset-after') return this.#drop(request, reply);
		if (fault?.kind === 'hang') return reply.hijack();
		const pause = this.latency + (fault?.kind === 'slow' ? (fault.delay ?? 60_000) : 0);
		if (pause > 0) await this.#wait(pause);
		if (fault?.kind === 'drip') return this.#drip(request, reply, response, fault);
		if (fault?.kind === 'cut') return this.#cut(request, reply, response, fault);
		if (fault?.kind === 'cut-gzip') return this.#cutGzip(request, reply, response, fault);
		return this.send(request, reply, fault?.kind === 'body' ? faultResponse(fault, 200) : response);
	}

	/** Sends `response`, as JSON unless its headers say otherwise. */
	send(request: FastifyRequest, reply: FastifyReply, response: ApiResponse): FastifyReply {
		this.log.end(request.raw, response.status);
		this.#date(reply);
		reply.code(response.status).headers(response.headers);
		if (response.body === undefined) return reply.send();
		if (!reply.hasHeader('content-type')) reply.type('application/json');
		return reply.send(text(response.body));
	}

	/** Sends an error of the API in the form of the dialect. */
	sendError(request: FastifyRequest, reply: FastifyReply, error: ApiError): FastifyReply {
		return this.send(request, reply, this.#errorResponse(error));
	}

	reset(): void {
		this.faults.clear();
		this.listeners.clear();
		this.log.reset();
		this.latency = 0;
		this.rateLimit = undefined;
	}

	/** Ends every delay. Call it when the connections are closed. */
	close(): void {
		this.#closing.abort();
	}

	async #process(handle: Handle): Promise<ApiResponse> {
		try {
			this.#limiter.check(this.rateLimit, this.#now());
			const body = await handle();
			return body instanceof TextResponse ? body : { status: 200, headers: {}, body };
		} catch (error) {
			if (error instanceof ApiError) return this.#errorResponse(error);
			throw error;
		}
	}

	#errorResponse({ status, headers, body }: ApiError): ApiResponse {
		const form = this.#fleet.dialect.errorBody;
		const type = form === 'text' ? { 'content-type': 'text/plain' } : {};
		return { status, headers: { ...headers, ...type }, body: errorBody(body, form) };
	}

	/** Waits without keeping the process alive. Throws when the emulator closes. */
	#wait(ms: number): Promise<void> {
		return delay(ms, undefined, { signal: this.#closing.signal, ref: false });
	}

	/** Sets the Date header as the dialect says. */
	#date({ raw }: FastifyReply): void {
		raw.sendDate = false;
		if (this.#fleet.dialect.dateHeader === 'missing') return;
		raw.setHeader('date', new Date(this.#now()).toUTCString());
	}

	/** Clock of the headers: the clock that dates executions, unless the dialect says that it is wrong. */
	#now(): number {
		return this.#fleet.now() + (this.#fleet.dialect.dateHeader === 'wrong' ? WRONG_DATE_MS : 0);
	}

	#drop(request: FastifyRequest, reply: FastifyReply): FastifyReply {
		this.log.end(request.raw);
		reply.hijack();
		request.raw.socket.destroy();
		return reply;
	}

	/** Starts a response that Fastify does not send. */
	#start(
		request: FastifyRequest,
		reply: FastifyReply,
		{ status, headers }: ApiResponse,
		more: Record<string, string | number> = {},
	): void {
		this.log.end(request.raw, status);
		reply.hijack();
		this.#date(reply);
		const type = { 'content-type': 'application/json; charset=utf-8' };
		reply.raw.writeHead(status, { ...type, ...headers, ...more });
	}

	#cut(request: FastifyRequest, reply: FastifyReply, response: ApiResponse, fault: Fault): FastifyReply {
		const body = Buffer.from(text(response.body));
		const part = body.subarray(0, fault.bytes ?? Math.floor(body.length / 2));
		this.#start(
			request,
			reply,
			{ ...response, status: fault.status ?? 200 },
			{ 'content-length': body.length },
		);
		reply.raw.write(part, () => request.raw.socket.destroy());
		return reply;
	}

	#cutGzip(request: FastifyRequest, reply: FastifyReply, response: ApiResponse, fault: Fault): FastifyReply {
		const zipped = gzipSync(text(response.body));
		const part = zipped.subarray(0, fault.bytes ?? Math.floor(zipped.length / 2));
		this.#start(
			request,
			reply,
			{ ...response, status: fault.status ?? 200 },
			{ 'content-encoding': 'gzip', 'content-length': part.length },
		);
		reply.raw.end(part);
		return reply;
	}

	#drip(request: FastifyRequest, reply: FastifyReply, response: ApiResponse, fault: Fault): FastifyReply {
		const body = Buffer.from(text(response.body));
		this.#start(request, reply, response);
		const last = body.length - 1;
		let next = 0;
		const timer = setInterval(() => {
			if (fault.endless && next === last) {
				reply.raw.write(' ');
				return;
			}
			reply.raw.write(body.subarray(next, next + 1));
			next += 1;
			if (next >= body.length) reply.raw.end();
		}, fault.interval ?? 100).unref();
		reply.raw.once('close', () => clearInterval(timer));
		return reply;
	}
}

function faultResponse(fault: Fault, status: number): ApiResponse {
	return { status: fault.status ?? status, headers: fault.headers ?? {}, body: fault.body };
}

function text(body: unknown): string {
	if (body === undefined) return '';
	return typeof body === 'string' ? body : toJson(body);
}

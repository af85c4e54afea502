import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from './apiError.mts';
import { type Fault, FaultList } from './faults.mts';
import { type RateLimit, RateLimiter } from './rateLimit.mts';
import { RequestLog } from './requestLog.mts';

export interface ApiResponse {
	status: number;
	headers: Record<string, string | string[]>;
	/** A string is sent as it is, undefined as an empty body, anything else as JSON. */
	body: unknown;
}

/** What a handler returns instead of an object where the response is not JSON. */
export class TextResponse {
	readonly body: string;
	readonly headers: Record<string, string | string[]>;

	constructor(body: string, headers: Record<string, string | string[]>) {
		this.body = body;
		this.headers = headers;
	}
}

type Handle = () => object | Promise<object>;

/**
 * Everything between a route and the wire: counting, delay, rate limit, faults, and the form of every response.
 */
export class Dispatcher {
	readonly log = new RequestLog();
	readonly faults = new FaultList();
	latency = 0;
	rateLimit: RateLimit | undefined;
	readonly #limiter = new RateLimiter();
	readonly #closing = new AbortController();

	constructor() {
		setMaxListeners(0, this.#closing.signal);
	}

	/** Responds to `request` with what `handle` returns, or as a fault says. */
	async dispatch(request: FastifyRequest, reply: FastifyReply, handle: Handle): Promise<FastifyReply> {
		const fault = this.faults.next(request.method, request.raw.url ?? '');
		if (fault?.kind === 'reset-before') return this.#drop(request, reply);
		const processing = fault?.kind === 'status' ? faultResponse(fault, 500) : this.#process(handle);
		if (fault?.kind === 'reset-during') {
			this.#drop(request, reply);
			await processing;
			return reply;
		}
		const response = await processing;
		if (fault?.kind === 'reset-after') return this.#drop(request, reply);
		const pause = this.latency + (fault?.kind === 'slow' ? (fault.delay ?? 60_000) : 0);
		if (pause > 0) await this.#wait(pause);
		if (fault?.kind === 'cut') return this.#cut(request, reply, { ...response, status: fault.status ?? 200 });
		return this.send(request, reply, fault?.kind === 'body' ? faultResponse(fault, 200) : response);
	}

	/** Sends `response`, as JSON unless its headers say otherwise. */
	send(request: FastifyRequest, reply: FastifyReply, response: ApiResponse): FastifyReply {
		this.log.end(request.raw, response.status);
		reply.code(response.status).headers(response.headers);
		if (response.body === undefined) return reply.send();
		if (!reply.hasHeader('content-type')) reply.type('application/json');
		return reply.send(text(response.body));
	}

	reset(): void {
		this.faults.clear();
		this.log.reset();
		this.latency = 0;
		this.rateLimit = undefined;
	}

	/** Ends every delay under way. Call it when the connections are closed. */
	close(): void {
		this.#closing.abort();
	}

	async #process(handle: Handle): Promise<ApiResponse> {
		try {
			this.#limiter.check(this.rateLimit);
			const body = await handle();
			if (body instanceof TextResponse) return { status: 200, headers: body.headers, body: body.body };
			return { status: 200, headers: {}, body };
		} catch (error) {
			if (error instanceof ApiError) return error;
			throw error;
		}
	}

	/** Waits without keeping the process alive; throws when the emulator closes. */
	#wait(ms: number): Promise<void> {
		return delay(ms, undefined, { signal: this.#closing.signal, ref: false });
	}

	#drop(request: FastifyRequest, reply: FastifyReply): FastifyReply {
		this.log.end(request.raw);
		reply.hijack();
		request.raw.socket.destroy();
		return reply;
	}

	#cut(request: FastifyRequest, reply: FastifyReply, response: ApiResponse): FastifyReply {
		this.log.end(request.raw, response.status);
		reply.hijack();
		const body = Buffer.from(text(response.body));
		reply.raw.writeHead(response.status, {
			'content-type': 'application/json; charset=utf-8',
			...response.headers,
			'content-length': body.length,
		});
		reply.raw.write(body.subarray(0, Math.floor(body.length / 2)), () => request.raw.socket.destroy());
		return reply;
	}
}

function faultResponse(fault: Fault, status: number): ApiResponse {
	return { status: fault.status ?? status, headers: fault.headers ?? {}, body: fault.body };
}

function text(body: unknown): string {
	return typeof body === 'string' ? body : JSON.stringify(body);
}

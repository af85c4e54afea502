import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Fault, FaultList } from './faults.mts';
import { Ledger } from './ledger.mts';
import { type RateLimit, RateLimiter } from './rateLimit.mts';
import { Refusal } from './refusal.mts';

export interface Answer {
	status: number;
	headers: Record<string, string>;
	/** A string is sent as it is, undefined as an empty body, anything else as JSON. */
	body: unknown;
}

/**
 * Everything between a route and the wire: counting, delay, rate limit, faults, and the form of every answer.
 */
export class Exchange {
	readonly ledger = new Ledger();
	readonly faults = new FaultList();
	latency = 0;
	rateLimit: RateLimit | undefined;
	readonly #limiter = new RateLimiter();
	readonly #closing = new AbortController();

	constructor() {
		setMaxListeners(0, this.#closing.signal);
	}

	/** Answers `request` with what `carryOut` gives, or as a fault says. */
	async serve(
		request: FastifyRequest,
		reply: FastifyReply,
		carryOut: () => object | Promise<object>,
	): Promise<FastifyReply> {
		const fault = this.faults.next(request.method, request.raw.url ?? '');
		if (fault?.kind === 'reset-before') return this.#drop(request, reply);
		const answer = fault?.kind === 'status' ? faultAnswer(fault, 500) : await this.#outcome(carryOut);
		if (fault?.kind === 'reset-after') return this.#drop(request, reply);
		const pause = this.latency + (fault?.kind === 'slow' ? (fault.delay ?? 60_000) : 0);
		if (pause > 0) await this.#wait(pause);
		if (fault?.kind === 'cut') return this.#cut(request, reply, { ...answer, status: fault.status ?? 200 });
		return this.send(request, reply, fault?.kind === 'body' ? faultAnswer(fault, 200) : answer);
	}

	/** Sends `answer`, as JSON unless its headers say otherwise. */
	send(request: FastifyRequest, reply: FastifyReply, answer: Answer): FastifyReply {
		this.ledger.end(request.raw, answer.status);
		reply.code(answer.status).headers(answer.headers);
		if (answer.body === undefined) return reply.send();
		if (!reply.hasHeader('content-type')) reply.type('application/json');
		return reply.send(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
	}

	reset(): void {
		this.faults.clear();
		this.ledger.reset();
		this.latency = 0;
		this.rateLimit = undefined;
	}

	/** Ends every delay under way. Call it when the connections are closed. */
	close(): void {
		this.#closing.abort();
	}

	async #outcome(carryOut: () => object | Promise<object>): Promise<Answer> {
		try {
			this.#limiter.check(this.rateLimit);
			return { status: 200, headers: {}, body: await carryOut() };
		} catch (error) {
			if (error instanceof Refusal) return error;
			throw error;
		}
	}

	/** Waits without keeping the process alive; throws when the emulator closes. */
	#wait(ms: number): Promise<void> {
		return delay(ms, undefined, { signal: this.#closing.signal, ref: false });
	}

	#drop(request: FastifyRequest, reply: FastifyReply): FastifyReply {
		this.ledger.end(request.raw);
		reply.hijack();
		request.raw.socket.destroy();
		return reply;
	}

	#cut(request: FastifyRequest, reply: FastifyReply, answer: Answer): FastifyReply {
		this.ledger.end(request.raw, answer.status);
		reply.hijack();
		const body = Buffer.from(JSON.stringify(answer.body));
		reply.raw.writeHead(answer.status, {
			'content-type': 'application/json; charset=utf-8',
			'content-length': body.length,
		});
		reply.raw.write(body.subarray(0, Math.floor(body.length / 2)), () => request.raw.socket.destroy());
		return reply;
	}
}

function faultAnswer(fault: Fault, status: number): Answer {
	return { status: fault.status ?? status, headers: fault.headers ?? {}, body: fault.body };
}

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

export interface RecordedRequest {
	method: string;
	/** As it was sent: not decoded, with its query. */
	path: string;
	headers: IncomingHttpHeaders;
	/** Parsed if it is JSON, otherwise its text; undefined if there was none. */
	body: unknown;
	/** The body as it was sent. JSON.parse rounds integers beyond 2^53. */
	text?: string;
	/** Status of the response. Absent until it is sent, and if the connection was closed without one. */
	status?: number;
	/** Milliseconds, as performance.now() counts them. */
	startedAt: number;
	endedAt?: number;
}

export interface Stats {
	peakInFlight: number;
	inFlight: number;
	/** Connections opened since the last reset. */
	connections: number;
	openConnections: number;
	/**
	 * Without latency a response is sent before the next request is read, so `peakInFlight` stays low. The number of
	 * open connections then shows how many requests a client had in flight.
	 */
	peakConnections: number;
	requests: number;
}

/** The requests received, their results, and how many were in flight at the same time. */
export class RequestLog {
	readonly requests: RecordedRequest[] = [];
	readonly stats: Stats = {
		requests: 0,
		inFlight: 0,
		peakInFlight: 0,
		connections: 0,
		openConnections: 0,
		peakConnections: 0,
	};
	recording = true;
	readonly #open = new WeakMap<IncomingMessage, RecordedRequest>();

	connect(socket: Socket): void {
		const { stats } = this;
		stats.connections += 1;
		stats.openConnections += 1;
		stats.peakConnections = Math.max(stats.peakConnections, stats.openConnections);
		socket.once('close', () => (stats.openConnections -= 1));
	}

	/** Records a request that has arrived. */
	begin(message: IncomingMessage, path: string): void {
		const request: RecordedRequest = {
			method: message.method ?? '',
			path,
			headers: message.headers,
			body: undefined,
			startedAt: performance.now(),
		};
		this.#open.set(message, request);
		if (this.recording) this.requests.push(request);
		this.stats.requests += 1;
		this.stats.inFlight += 1;
		this.stats.peakInFlight = Math.max(this.stats.peakInFlight, this.stats.inFlight);
	}

	/** Records the body of a request. */
	read(message: IncomingMessage, text: unknown): void {
		const request = this.#open.get(message);
		if (!request || typeof text !== 'string' || text === '') return;
		request.text = text;
		request.body = jsonOrText(text);
	}

	/** The record of a request that has no response yet. */
	find(message: IncomingMessage): RecordedRequest | undefined {
		return this.#open.get(message);
	}

	/**
	 * Records the status of the response, or that there is none. Call it before the response is sent, so that a client
	 * that has received the response finds it recorded. Only the first call for a request counts.
	 */
	end(message: IncomingMessage, status?: number): void {
		const request = this.#open.get(message);
		if (!request) return;
		this.#open.delete(message);
		if (status !== undefined) request.status = status;
		request.endedAt = performance.now();
		this.stats.inFlight -= 1;
	}

	/** Removes everything except requests in flight and open connections. */
	reset(): void {
		this.requests.length = 0;
		const { inFlight, openConnections } = this.stats;
		this.stats.requests = 0;
		this.stats.peakInFlight = inFlight;
		this.stats.connections = 0;
		this.stats.peakConnections = openConnections;
	}
}

function jsonOrText(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

export interface RecordedRequest {
	method: string;
	/** As it was sent: not decoded, with its query. */
	path: string;
	headers: IncomingHttpHeaders;
	/** Parsed if it is JSON, else its text; undefined if there was none. */
	body: unknown;
	/** The status answered; absent while unanswered, and for good when the connection was dropped before an answer. */
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
	 * An answer without latency is out before the next request is read, so `peakInFlight` then stays low; how much
	 * a client had under way at once shows in its open connections.
	 */
	peakConnections: number;
	requests: number;
}

/** What was asked and answered, and how much of it at once. */
export class Ledger {
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

	/** A request has arrived. */
	begin(message: IncomingMessage): void {
		const request: RecordedRequest = {
			method: message.method ?? '',
			path: message.url ?? '',
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

	/** Its body has arrived. */
	read(message: IncomingMessage, body: unknown): void {
		const request = this.#open.get(message);
		if (request) request.body = body;
	}

	/**
	 * It is about to be answered with `status`, or dropped without. Called before the answer leaves, so that whoever
	 * has received the answer finds it counted. Only the first call for a request counts.
	 */
	end(message: IncomingMessage, status?: number): void {
		const request = this.#open.get(message);
		if (!request) return;
		this.#open.delete(message);
		if (status !== undefined) request.status = status;
		request.endedAt = performance.now();
		this.stats.inFlight -= 1;
	}

	/** Forgets all but the requests in flight and the open connections. */
	reset(): void {
		this.requests.length = 0;
		const { inFlight, openConnections } = this.stats;
		this.stats.requests = 0;
		this.stats.peakInFlight = inFlight;
		this.stats.connections = 0;
		this.stats.peakConnections = openConnections;
	}
}

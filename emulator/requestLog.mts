import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

export interface RecordedRequest {
	method: string;
	/** As it was sent: not decoded, with its query. */
	path: string;
	headers: IncomingHttpHeaders;
	/** Parsed if it is JSON, else its text; undefined if there was none. */
	body: unknown;
	/** The status of the response; absent until it is sent, and for good when the connection was closed without one. */
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
	 * A response without latency is sent before the next request is read, so `peakInFlight` then stays low; how much
	 * a client had under way at once shows in its open connections.
	 */
	peakConnections: number;
	requests: number;
}

/** The requests received, what became of them, and how many there were at once. */
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
	 * It is about to get a response with `status`, or none. To be called before the response is sent, so that whoever
	 * has received it finds it counted. Only the first call for a request counts.
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

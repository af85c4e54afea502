import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { createApp } from './app.mts';
import { createCertificate } from './certificate.mts';
import { createDialect, type Dialect } from './dialect.mts';
import { Dispatcher, type RequestListener } from './dispatcher.mts';
import { Executions } from './executions.mts';
import type { Fault } from './faults.mts';
import { createFleet, type Fleet } from './fleet.mts';
import type { RateLimit } from './rateLimit.mts';
import type { RecordedRequest, Stats } from './requestLog.mts';
import { tokens } from './roles.mts';

export { createDialect, type Dialect, DIALECTS, randomDialect } from './dialect.mts';
export type { Execution, Executions, Hold } from './executions.mts';
export type { Fault } from './faults.mts';
export type { RecordedRequest } from './requestLog.mts';

export interface EmulatorOptions {
	/** `createFleet()` if absent. */
	fleet?: Fleet;
	/** 127.0.0.1 if absent. */
	host?: string;
	/** 0, a free port, if absent. */
	port?: number;
	/** Serves https with a new self-signed certificate. */
	https?: boolean;
	/**
	 * `cloud` if absent. A `gateway` has its API under /api and its site at GET /v3/site, and requires
	 * `X-Enapter-Allow-HTTP: true` with http. It removes all sites but the first, and their devices, from the fleet.
	 */
	kind?: 'cloud' | 'gateway';
	/** The defaults if absent. See `Emulator.dialect`. */
	dialect?: Partial<Dialect>;
}

export interface Emulator {
	/** URL of the API, e.g. http://127.0.0.1:41234, or http://127.0.0.1:41234/api for a gateway. */
	baseUrl: string;
	origin: string;
	/** The current state: it shows what the requests changed. */
	fleet: Fleet;
	/** All executions, how long commands take, and `hold` for tests that decide when commands end. */
	executions: Executions;
	tokens: { owner: string; installer: string; readonly: string; user: string; expired: string };
	/** Every request received, in order of arrival. */
	requests: RecordedRequest[];
	stats: Stats;
	/** The first fault that matches a request applies. */
	faults: Fault[];
	/** Milliseconds added before every response. */
	latency: number;
	/** Requests beyond it get a 429. */
	rateLimit?: RateLimit | undefined;
	/** True at the start. With false `requests` stays empty, which saves memory. */
	recordRequests: boolean;
	/** How the API behaves where its reference leaves that open. What is not set has its default. */
	get dialect(): Dialect;
	set dialect(dialect: Partial<Dialect>);
	addFault(fault: Fault): void;
	/**
	 * Calls `listener` before each request is processed, and waits for it: a test can change the fleet between two pages,
	 * or start a command at the same moment as a client. Returns a function that removes the listener.
	 */
	onRequest(listener: RequestListener): () => void;
	/**
	 * Clears faults, listeners, requests, stats, latency, rate limit and holds, and restores the dialect of the start.
	 * Does not change the fleet or its executions.
	 */
	reset(): void;
	/** Stops at once and closes all connections. */
	close(): Promise<void>;
}

class RunningEmulator implements Emulator {
	readonly origin: string;
	readonly baseUrl: string;
	readonly tokens = tokens;
	readonly fleet: Fleet;
	readonly executions: Executions;
	readonly #dispatcher: Dispatcher;
	readonly #app: FastifyInstance;
	readonly #dialect: Dialect;

	constructor(
		origin: string,
		basePath: string,
		fleet: Fleet,
		executions: Executions,
		dispatcher: Dispatcher,
		app: FastifyInstance,
	) {
		this.origin = origin;
		this.baseUrl = origin + basePath;
		this.fleet = fleet;
		this.executions = executions;
		this.#dispatcher = dispatcher;
		this.#app = app;
		this.#dialect = { ...fleet.dialect };
	}

	get requests(): RecordedRequest[] {
		return this.#dispatcher.log.requests;
	}

	get stats(): Stats {
		return this.#dispatcher.log.stats;
	}

	get faults(): Fault[] {
		return this.#dispatcher.faults.list;
	}

	get latency(): number {
		return this.#dispatcher.latency;
	}

	set latency(ms: number) {
		this.#dispatcher.latency = ms;
	}

	get rateLimit(): RateLimit | undefined {
		return this.#dispatcher.rateLimit;
	}

	set rateLimit(limit: RateLimit | undefined) {
		this.#dispatcher.rateLimit = limit;
	}

	get recordRequests(): boolean {
		return this.#dispatcher.log.recording;
	}

	set recordRequests(record: boolean) {
		this.#dispatcher.log.recording = record;
	}

	get dialect(): Dialect {
		return this.fleet.dialect;
	}

	set dialect(dialect: Partial<Dialect>) {
		this.fleet.dialect = createDialect(dialect);
	}

	onRequest(listener: RequestListener): () => void {
		this.#dispatcher.listeners.add(listener);
		return () => void this.#dispatcher.listeners.delete(listener);
	}

	addFault(fault: Fault): void {
		this.#dispatcher.faults.add(fault);
	}

	reset(): void {
		this.#dispatcher.reset();
		this.dialect = this.#dialect;
		this.executions.releaseAll();
	}

	async close(): Promise<void> {
		await this.#app.close();
		this.#dispatcher.close();
	}
}

/** Starts an emulator. Throws if it cannot listen. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
	const { fleet = createFleet(), host = '127.0.0.1', port = 0, https = false, kind = 'cloud' } = options;
	if (kind === 'gateway') fleet.keepFirstSite();
	fleet.dialect = createDialect(options.dialect);
	const dispatcher = new Dispatcher(fleet);
	const executions = new Executions(fleet);
	const certificate = https ? await createCertificate(host) : undefined;
	const app = createApp({ fleet, executions, dispatcher, kind, certificate });
	await app.listen({ host, port });
	const { port: taken } = app.server.address() as AddressInfo;
	const name = host.includes(':') ? `[${host}]` : host;
	const origin = `${https ? 'https' : 'http'}://${name}:${taken}`;
	return new RunningEmulator(origin, kind === 'gateway' ? '/api' : '', fleet, executions, dispatcher, app);
}

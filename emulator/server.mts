import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { createApp } from './app.mts';
import { createCertificate } from './certificate.mts';
import { Dispatcher } from './dispatcher.mts';
import { Executions } from './executions.mts';
import type { Fault } from './faults.mts';
import { createFleet, type Fleet } from './fleet.mts';
import type { RateLimit } from './rateLimit.mts';
import type { RecordedRequest, Stats } from './requestLog.mts';
import { tokens } from './roles.mts';

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
	/** With a self-signed certificate made at start. */
	https?: boolean;
	/**
	 * `cloud` if absent. A `gateway` has its API under /api, one site (the fleet's first; the other sites and their
	 * devices are taken out of the fleet) at GET /v3/site, and over http wants `X-Enapter-Allow-HTTP: true`.
	 */
	kind?: 'cloud' | 'gateway';
}

export interface Emulator {
	/** Where the API is, e.g. http://127.0.0.1:41234, or http://127.0.0.1:41234/api for a gateway. */
	baseUrl: string;
	origin: string;
	/** The live state: reading it shows what the API did. */
	fleet: Fleet;
	/** The commands executed, how long they take, and `hold` for a test that decides when they end. */
	executions: Executions;
	tokens: { owner: string; installer: string; readonly: string; user: string; expired: string };
	/** Every request received, in order of arrival. */
	requests: RecordedRequest[];
	stats: Stats;
	/** Consulted for each request, in order: the first that matches applies. */
	faults: Fault[];
	/** Milliseconds added before every response. */
	latency: number;
	/** 429 beyond it. */
	rateLimit?: RateLimit | undefined;
	/** True at start; false saves the memory of `requests`. */
	recordRequests: boolean;
	addFault(fault: Fault): void;
	/** Clears faults, requests, stats, latency, rate limit and holds; not the fleet nor its executions. */
	reset(): void;
	/** Stops at once, open connections included. */
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

	addFault(fault: Fault): void {
		this.#dispatcher.faults.add(fault);
	}

	reset(): void {
		this.#dispatcher.reset();
		this.executions.releaseAll();
	}

	async close(): Promise<void> {
		await this.#app.close();
		this.#dispatcher.close();
	}
}

/** Starts an emulator of the Enapter API. Throws if it cannot listen. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
	const { fleet = createFleet(), host = '127.0.0.1', port = 0, https = false, kind = 'cloud' } = options;
	if (kind === 'gateway') fleet.keepFirstSite();
	const dispatcher = new Dispatcher();
	const executions = new Executions(fleet);
	const certificate = https ? await createCertificate(host) : undefined;
	const app = createApp({ fleet, executions, dispatcher, kind, certificate });
	await app.listen({ host, port });
	const { port: taken } = app.server.address() as AddressInfo;
	const name = host.includes(':') ? `[${host}]` : host;
	const origin = `${https ? 'https' : 'http'}://${name}:${taken}`;
	return new RunningEmulator(origin, kind === 'gateway' ? '/api' : '', fleet, executions, dispatcher, app);
}

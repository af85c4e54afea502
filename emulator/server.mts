import type { AddressInfo } from 'node:net';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import selfsigned from 'selfsigned';
import { type Fault, Faults } from './faults.mts';
import { createFleet, type Fleet } from './fleet.mts';
import { type RateLimit, RateLimiter } from './rateLimit.mts';
import { notFound, Refusal } from './refusal.mts';
import { tokens } from './roles.mts';
import { addRoutes } from './routes.mts';

export type { Fault } from './faults.mts';

export interface EmulatorOptions {
	fleet?: Fleet;
	/** 127.0.0.1 by default. */
	host?: string;
	/** Any free one by default. */
	port?: number;
	/** With a self-signed certificate made at the start. */
	https?: boolean;
	/** A Gateway has its API under `/api` only, and one site. Enapter Cloud answers with and without `/api` here. */
	kind?: 'cloud' | 'gateway';
}

/** A request as it arrived. */
export interface RecordedRequest {
	method: string;
	/** Path and query, as they came. */
	path: string;
	headers: Record<string, string | string[] | undefined>;
	/** Parsed JSON, or the text when it is none. */
	body: unknown;
	/** What was answered; none when the connection was closed instead. */
	status?: number;
}

export interface Emulator {
	baseUrl: string;
	origin: string;
	/** What the API knows: reading it shows what requests did. */
	fleet: Fleet;
	tokens: typeof tokens;
	/** Every request received, in order of arrival, unless `recordRequests` is off. */
	requests: RecordedRequest[];
	recordRequests: boolean;
	stats: { requests: number; inFlight: number; peakInFlight: number; connections: number };
	/** Milliseconds before each answer. */
	latency: number;
	rateLimit: RateLimit | undefined;
	addFault(fault: Fault): void;
	/** Back to a server that works; the fleet stays as it is. */
	reset(): void;
	/** Also ends connections that are kept alive. */
	close(): Promise<void>;
}

/** Starts an emulator of the Enapter API. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
	const kind = options.kind ?? 'cloud';
	const fleet = options.fleet ?? createFleet();
	if (kind === 'gateway') fleet.keepFirstSite();
	const faults = new Faults();
	const limiter = new RateLimiter();
	const timers = new Set<NodeJS.Timeout>();
	const app = await createServer(options.https === true);

	const emulator: Emulator = {
		baseUrl: '',
		origin: '',
		fleet,
		tokens,
		requests: [],
		recordRequests: true,
		stats: noStats(),
		latency: 0,
		rateLimit: undefined,
		addFault: (fault) => faults.add(fault),
		reset() {
			faults.clear();
			emulator.requests = [];
			emulator.stats = noStats();
			emulator.latency = 0;
			emulator.rateLimit = undefined;
		},
		async close() {
			for (const timer of timers) clearTimeout(timer);
			app.server.closeAllConnections();
			await app.close();
		},
	};

	const recorded = new WeakMap<FastifyRequest, RecordedRequest>();
	const strike = new WeakMap<FastifyRequest, Fault>();
	const pause = async (milliseconds: number) =>
		await new Promise<void>((resolve) => {
			const timer = setTimeout(() => {
				timers.delete(timer);
				resolve();
			}, milliseconds);
			timers.add(timer);
		});

	app.server.on('connection', () => emulator.stats.connections++);

	app.addHook('onRequest', async (_request, reply) => {
		const { stats } = emulator;
		stats.requests++;
		stats.peakInFlight = Math.max(stats.peakInFlight, ++stats.inFlight);
		reply.raw.on('close', () => stats.inFlight--);
	});

	app.addHook('preHandler', async (request, reply) => {
		if (emulator.recordRequests) {
			const entry: RecordedRequest = {
				method: request.method,
				path: request.url,
				headers: request.headers,
				body: parsed(request.body),
			};
			recorded.set(request, entry);
			emulator.requests.push(entry);
		}
		if (kind === 'gateway' && options.https !== true && request.headers['x-enapter-allow-http'] !== 'true') {
			// Inferred from Enapter's SDK, which sends the header "to allow HTTP".
			return await reply.code(308).header('location', `https://${request.hostname}${request.url}`).send();
		}
		const refusal = emulator.rateLimit && limiter.refuse(emulator.rateLimit);
		if (refusal)
			throw new Refusal(429, { code: 'too_many_requests', message: 'Too many requests.' }, refusal);
		const fault = faults.next(request.method, request.url);
		if (!fault) return;
		strike.set(request, fault);
		if (fault.kind === 'reset-before') return drop(reply);
		if (fault.kind === 'status') return await send(reply, fault, 500);
	});

	app.addHook('onSend', async (request, reply, payload) => {
		if (emulator.latency > 0) await pause(emulator.latency);
		const fault = strike.get(request);
		if (fault?.kind === 'slow') await pause(fault.delay ?? 60_000);
		if (fault?.kind === 'reset-after') drop(reply);
		if (fault?.kind === 'cut') cut(reply, String(payload));
		if (fault?.kind !== 'body' || reply.statusCode >= 300) return payload;
		reply.code(fault.status ?? 200).headers({ 'content-type': 'application/json', ...fault.headers });
		reply.removeHeader('content-length');
		return bodyOf(fault);
	});

	app.addHook('onResponse', async (request, reply) => {
		const entry = recorded.get(request);
		if (entry) entry.status = reply.statusCode;
	});

	app.setErrorHandler(async (error, _request, reply) => {
		if (error instanceof Refusal)
			return await reply.code(error.status).headers(error.headers).send(error.body);
		const status = (error as { statusCode?: number }).statusCode ?? 500;
		return await reply
			.code(status)
			.send({ errors: [{ code: 'internal', message: 'The request could not be handled.' }] });
	});
	app.setNotFoundHandler(async () => {
		throw notFound('There is no such endpoint.');
	});

	if (kind === 'cloud') addRoutes(app, fleet, kind);
	await app.register(async (scope) => addRoutes(scope, fleet, kind), { prefix: '/api' });
	await app.listen({ host: options.host ?? '127.0.0.1', port: options.port ?? 0 });

	const { address, port } = app.server.address() as AddressInfo;
	emulator.origin = `${options.https === true ? 'https' : 'http'}://${address}:${port}`;
	emulator.baseUrl = kind === 'gateway' ? `${emulator.origin}/api` : emulator.origin;
	return emulator;
}

function noStats(): Emulator['stats'] {
	return { requests: 0, inFlight: 0, peakInFlight: 0, connections: 0 };
}

async function createServer(secure: boolean): Promise<FastifyInstance> {
	const common = { routerOptions: { maxParamLength: 2000 }, forceCloseConnections: true } as const;
	const app = secure
		? (fastify({ ...common, https: await certificate() }) as unknown as FastifyInstance)
		: fastify(common);
	app.removeAllContentTypeParsers();
	app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
	return app;
}

/** A new self-signed certificate, as a Gateway has one. */
async function certificate(): Promise<{ key: string; cert: string }> {
	const made = await selfsigned.generate([{ name: 'commonName', value: 'enapter-emulator' }], {
		keyType: 'ec',
		algorithm: 'sha256',
	});
	return { key: made.private, cert: made.cert };
}

function parsed(body: unknown): unknown {
	if (typeof body !== 'string') return body;
	try {
		return JSON.parse(body) as unknown;
	} catch {
		return body;
	}
}

function drop(reply: FastifyReply): void {
	reply.hijack();
	reply.raw.socket?.destroy();
}

/** Promises the whole answer and sends half of it. */
function cut(reply: FastifyReply, payload: string): void {
	reply.hijack();
	reply.raw.writeHead(200, {
		'content-type': 'application/json',
		'content-length': Buffer.byteLength(payload),
	});
	reply.raw.write(payload.slice(0, payload.length / 2), () => reply.raw.socket?.destroy());
}

async function send(reply: FastifyReply, fault: Fault, status: number): Promise<void> {
	await reply
		.code(fault.status ?? status)
		.headers({ 'content-type': 'application/json', ...fault.headers })
		.send(bodyOf(fault));
}

function bodyOf({ body }: Fault): string {
	if (body === undefined) return '';
	return typeof body === 'string' ? body : JSON.stringify(body);
}

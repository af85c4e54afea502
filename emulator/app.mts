import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import Fastify, {
	type FastifyError,
	type FastifyInstance,
	type FastifyReply,
	type FastifyRequest,
	type HTTPMethods,
} from 'fastify';
import { Call } from './call.mts';
import type { Exchange } from './exchange.mts';
import type { Fleet } from './fleet.mts';
import { notFound, Refusal } from './refusal.mts';
import { authenticate } from './roles.mts';
import { type Action, type Route, routes } from './routes.mts';

export interface AppOptions {
	fleet: Fleet;
	exchange: Exchange;
	kind: 'cloud' | 'gateway';
	certificate?: { key: string; cert: string } | undefined;
}

const allMethods: HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** The HTTP server, not listening yet: routing, request bodies, and errors of the framework in the API's form. */
export function createApp(options: AppOptions): FastifyInstance {
	const { exchange, certificate } = options;
	const app = Fastify({
		serverFactory: (handler) => (certificate ? createTlsServer(certificate, handler) : createServer(handler)),
		forceCloseConnections: true,
		exposeHeadRoutes: false,
		routerOptions: { maxParamLength: 16_384 },
		frameworkErrors: (error, request, reply) => {
			exchange.ledger.begin(request.raw);
			sendError(exchange, error, request, reply);
		},
	});
	// Node's default of 5 s would close idle connections under a client that is just about to use one.
	app.server.keepAliveTimeout = 72_000;
	app.server.on('connection', (socket) => exchange.ledger.connect(socket));

	app.removeAllContentTypeParsers();
	app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
	app.addHook('onRequest', (request, reply, done) => {
		exchange.ledger.begin(request.raw);
		// A client may give up while it waits.
		reply.raw.once('close', () => exchange.ledger.end(request.raw));
		done();
	});
	app.addHook('preHandler', (request, _reply, done) => {
		exchange.ledger.read(request.raw, jsonOrText(request.body));
		done();
	});
	app.setErrorHandler<FastifyError>((error, request, reply) => sendError(exchange, error, request, reply));
	app.setNotFoundHandler((request, reply) =>
		exchange.serve(request, reply, () => {
			throw notFound(`Path not found: ${request.method} ${request.url.split('?', 1)[0]}`);
		}),
	);
	for (const route of routes[options.kind]) {
		// The Cloud has no /api; it is taken here, so that one emulator does for either form of base URL.
		addRoute(app, options, { ...route, path: `/api${route.path}` });
		if (options.kind === 'cloud') addRoute(app, options, route);
	}
	return app;
}

function addRoute(app: FastifyInstance, options: AppOptions, route: Route): void {
	for (const method of allMethods) {
		const action = route.actions[method] ?? methodNotAllowed(Object.keys(route.actions));
		app.route({
			method,
			url: route.path,
			handler: (request, reply) =>
				options.exchange.serve(request, reply, () => carryOut(options, request, action)),
		});
	}
}

function methodNotAllowed(allowed: string[]): Action {
	return () => {
		throw new Refusal(
			405,
			{ code: 'method_not_allowed', message: 'Method not allowed.' },
			{ allow: allowed.join(', ') },
		);
	};
}

function carryOut(options: AppOptions, request: FastifyRequest, action: Action): object | Promise<object> {
	if (options.kind === 'gateway' && !options.certificate) requireHttpAllowed(request);
	const role = authenticate(request.headers['x-enapter-auth-token']);
	const input = {
		params: request.params as Record<string, string>,
		query: request.query as Record<string, string | string[]>,
		body: request.body as string | undefined,
	};
	return action(new Call(options.fleet, role, input));
}

/**
 * A Gateway asked over http without `X-Enapter-Allow-HTTP: true` sends the client to https (inferred: python-sdk
 * sets that header for http, and what happens without it is not documented).
 */
function requireHttpAllowed(request: FastifyRequest): void {
	if (request.headers['x-enapter-allow-http'] === 'true') return;
	throw new Refusal(
		308,
		{ code: 'https_required', message: 'Use https.' },
		{ location: `https://${request.host}${request.raw.url ?? ''}` },
	);
}

function sendError(
	exchange: Exchange,
	error: FastifyError,
	request: FastifyRequest,
	reply: FastifyReply,
): void {
	const status = error.statusCode ?? 500;
	const code = status < 500 ? 'bad_request' : 'internal_error';
	exchange.send(request, reply, {
		status,
		headers: {},
		body: { errors: [{ code, message: error.message }] },
	});
}

function jsonOrText(body: unknown): unknown {
	if (typeof body !== 'string' || body === '') return undefined;
	try {
		return JSON.parse(body);
	} catch {
		return body;
	}
}

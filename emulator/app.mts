import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import Fastify, {
	type FastifyError,
	type FastifyInstance,
	type FastifyReply,
	type FastifyRequest,
	type HTTPMethods,
} from 'fastify';
import { ApiError, notFound } from './apiError.mts';
import type { Dispatcher } from './dispatcher.mts';
import type { Executions } from './executions.mts';
import type { Fleet } from './fleet.mts';
import { RequestContext } from './requestContext.mts';
import { authenticate } from './roles.mts';
import { routes } from './routes/index.mts';
import type { Handler, Route } from './routes/route.mts';

export interface AppOptions {
	fleet: Fleet;
	executions: Executions;
	dispatcher: Dispatcher;
	kind: 'cloud' | 'gateway';
	certificate?: { key: string; cert: string } | undefined;
}

const allMethods: HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** The HTTP server, not listening yet: routing, request bodies, and errors of the framework in the API's form. */
export function createApp(options: AppOptions): FastifyInstance {
	const { dispatcher, certificate } = options;
	const app = Fastify({
		serverFactory: (handler) => (certificate ? createTlsServer(certificate, handler) : createServer(handler)),
		forceCloseConnections: true,
		exposeHeadRoutes: false,
		routerOptions: { maxParamLength: 16_384 },
		frameworkErrors: (error, request, reply) => {
			dispatcher.log.begin(request.raw);
			sendError(dispatcher, error, request, reply);
		},
	});
	// Node's default of 5 s would close idle connections under a client that is just about to use one.
	app.server.keepAliveTimeout = 72_000;
	app.server.on('connection', (socket) => dispatcher.log.connect(socket));

	app.removeAllContentTypeParsers();
	app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
	app.addHook('onRequest', (request, reply, done) => {
		dispatcher.log.begin(request.raw);
		// A client may give up while it waits.
		reply.raw.once('close', () => dispatcher.log.end(request.raw));
		done();
	});
	app.addHook('preHandler', (request, _reply, done) => {
		dispatcher.log.read(request.raw, jsonOrText(request.body));
		done();
	});
	app.setErrorHandler<FastifyError>((error, request, reply) => sendError(dispatcher, error, request, reply));
	app.setNotFoundHandler((request, reply) =>
		dispatcher.dispatch(request, reply, () => {
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
		const handler = route.handlers[method] ?? methodNotAllowed(Object.keys(route.handlers));
		app.route({
			method,
			url: route.path,
			handler: (request, reply) =>
				options.dispatcher.dispatch(request, reply, () => handle(options, request, handler)),
		});
	}
}

function methodNotAllowed(allowed: string[]): Handler {
	return () => {
		throw new ApiError(
			405,
			{ code: 'method_not_allowed', message: 'Method not allowed.' },
			{ allow: allowed.join(', ') },
		);
	};
}

function handle(options: AppOptions, request: FastifyRequest, handler: Handler): object | Promise<object> {
	if (options.kind === 'gateway' && !options.certificate) requireHttpAllowed(request);
	const role = authenticate(request.headers['x-enapter-auth-token']);
	const input = {
		params: request.params as Record<string, string>,
		query: request.query as Record<string, string | string[]>,
		body: request.body as string | undefined,
	};
	return handler(new RequestContext(options, role, input));
}

/**
 * A Gateway asked over http without `X-Enapter-Allow-HTTP: true` sends the client to https (inferred: python-sdk
 * sets that header for http, and what happens without it is not documented).
 */
function requireHttpAllowed(request: FastifyRequest): void {
	if (request.headers['x-enapter-allow-http'] === 'true') return;
	throw new ApiError(
		308,
		{ code: 'https_required', message: 'Use https.' },
		{ location: `https://${request.host}${request.raw.url ?? ''}` },
	);
}

function sendError(
	dispatcher: Dispatcher,
	error: FastifyError,
	request: FastifyRequest,
	reply: FastifyReply,
): void {
	const status = error.statusCode ?? 500;
	const code = status < 500 ? 'bad_request' : 'internal_error';
	dispatcher.send(request, reply, {
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

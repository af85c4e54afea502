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
import { Fleet } from './fleet.mts';
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

/** Creates the HTTP server, which does not listen yet: routes, request bodies, and Fastify's errors in the API's form. */
export function createApp(options: AppOptions): FastifyInstance {
	const { dispatcher, certificate } = options;
	const app = Fastify({
		serverFactory: (handler) => (certificate ? createTlsServer(certificate, handler) : createServer(handler)),
		forceCloseConnections: true,
		exposeHeadRoutes: false,
		routerOptions: { maxParamLength: 16_384 },
		// The real Cloud has no /api. It is accepted here so that one emulator serves both forms of base URL.
		rewriteUrl: ({ url = '' }) => (options.kind === 'cloud' && url.startsWith('/api/') ? url.slice(4) : url),
		frameworkErrors: (error, request, reply) => {
			dispatcher.log.begin(request.raw, request.originalUrl);
			sendError(dispatcher, error, request, reply);
		},
	});
	// Node's default of 5 s could close an idle connection just when a client uses it.
	app.server.keepAliveTimeout = 72_000;
	app.server.on('connection', (socket) => dispatcher.log.connect(socket));

	app.removeAllContentTypeParsers();
	app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
	app.addHook('onRequest', (request, reply, done) => {
		dispatcher.log.begin(request.raw, request.originalUrl);
		// Also if the client closes the connection first.
		reply.raw.once('close', () => dispatcher.log.end(request.raw));
		done();
	});
	app.addHook('preHandler', (request, _reply, done) => {
		dispatcher.log.read(request.raw, request.body);
		done();
	});
	app.setErrorHandler<FastifyError>((error, request, reply) => sendError(dispatcher, error, request, reply));
	app.setNotFoundHandler((request, reply) =>
		dispatcher.dispatch(request, reply, () => {
			throw notFound(`Path not found: ${request.method} ${request.originalUrl.split('?', 1)[0]}`);
		}),
	);
	const basePath = options.kind === 'gateway' ? '/api' : '';
	for (const route of routes[options.kind]) addRoute(app, options, { ...route, path: basePath + route.path });
	return app;
}

/** Registers one Fastify route for all methods: registering one per method makes each start several times slower. */
function addRoute(app: FastifyInstance, options: AppOptions, { path, handlers }: Route): void {
	const otherwise = methodNotAllowed(Object.keys(handlers));
	app.route({
		method: allMethods,
		url: path,
		handler: (request, reply) =>
			options.dispatcher.dispatch(request, reply, () =>
				handle(options, request, handlers[request.method] ?? otherwise),
			),
	});
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
	if (options.kind === 'gateway' && !options.certificate) requireHttpAllowed(request, options.fleet);
	const access = authenticate(request.headers['x-enapter-auth-token'], options.fleet.dialect);
	const input = {
		params: request.params as Record<string, string>,
		query: request.query as Record<string, string | string[]>,
		body: request.body as string | undefined,
	};
	if (access === 'anonymous') return handler(new RequestContext(withoutDevices(options), 'READONLY', input));
	return handler(new RequestContext(options, access, input));
}

/** What an anonymous user sees. */
function withoutDevices({ fleet, executions }: AppOptions): { fleet: Fleet; executions: Executions } {
	const empty = new Fleet({ sites: [], devices: [], blueprints: [] });
	empty.dialect = fleet.dialect;
	return { fleet: empty, executions };
}

/**
 * Throws 308 for http without `X-Enapter-Allow-HTTP: true`, which redirects to https. Inferred: python-sdk sends
 * that header with http, and the response without it is not documented.
 */
function requireHttpAllowed(request: FastifyRequest, { dialect }: Fleet): void {
	if (request.headers['x-enapter-allow-http'] === 'true' || dialect.gatewayHttp === 'served') return;
	throw new ApiError(
		308,
		{ code: 'https_required', message: 'Use https.' },
		{ location: `https://${request.host}${request.originalUrl}` },
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
	dispatcher.sendError(request, reply, new ApiError(status, { code, message: error.message }));
}

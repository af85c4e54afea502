import { invalid, invalidQuery, notFound } from '../apiError.mts';
import { type CommandRequest, type Execution, executionView } from '../executions.mts';
import { type RequestContext, requiredString } from '../requestContext.mts';
import { microseconds } from '../time.mts';
import { deviceOf, type Handler, type Route, siteOf } from './route.mts';

const states = ['NEW', 'IN_PROGRESS', 'SUCCESS', 'ERROR', 'TIMEOUT', 'UNSYNC'];

/** Throws 400 for an unknown value. */
function wantsLog(context: RequestContext): boolean {
	const expand = context.list('expand');
	if (expand.some((name) => name !== 'log')) throw invalidQuery('expand', 'expand must be log');
	return expand.length > 0;
}

function commandRequest(context: RequestContext): CommandRequest {
	const body = context.body();
	const { arguments: args = {}, ephemeral = false } = body;
	if (typeof args !== 'object' || Array.isArray(args))
		throw invalid('arguments', 'arguments must be an object');
	if (typeof ephemeral !== 'boolean') throw invalid('ephemeral', 'ephemeral must be a boolean');
	return { name: requiredString(body, 'name'), arguments: { ...args }, ephemeral };
}

/** Responds when the command has ended or the platform has stopped waiting for it. */
const executeCommand: Handler = async (context) => {
	const withLog = wantsLog(context);
	const execution = context.executions.begin(deviceOf(context), commandRequest(context), context.role);
	await context.executions.ended(execution);
	return { execution: executionView(execution, withLog, context.dialect) };
};

const createExecution: Handler = (context) => ({
	execution_id: context.executions.begin(deviceOf(context), commandRequest(context), context.role).id,
});

const getExecution: Handler = (context) => {
	const withLog = wantsLog(context);
	const execution = context.executions.find(context.param('execution_id'));
	if (execution?.device_id !== deviceOf(context).id) throw notFound('Command execution not found.');
	return { execution: executionView(execution, withLog, context.dialect) };
};

function timeFilter(context: RequestContext, name: string): number | undefined {
	const [text = ''] = context.query(name);
	if (text === '') return undefined;
	const time = microseconds(text);
	if (time === undefined) throw invalidQuery(name, `${name} must be an ISO 8601 time`);
	return time;
}

/** Ephemeral executions are not listed. Whether any request lists them is unknown. */
function listExecutions(context: RequestContext, all: ReadonlyArray<Readonly<Execution>>): object {
	const withLog = wantsLog(context);
	const [order = ''] = context.query('order');
	if (!['', 'CREATED_AT_ASC', 'CREATED_AT_DESC'].includes(order)) {
		throw invalidQuery('order', 'order must be CREATED_AT_ASC or CREATED_AT_DESC');
	}
	const from = timeFilter(context, 'created_at.gte') ?? -Infinity;
	const to = timeFilter(context, 'created_at.lt') ?? Infinity;
	const state = context.list('state.in');
	const name = context.list('name.in');
	const unknown = state.find((value) => !states.includes(value));
	if (unknown !== undefined) throw invalidQuery('state.in', `unknown state ${JSON.stringify(unknown)}`);
	const { nameFilter, executionOrder, executionTotalCount } = context.dialect;
	const namesOf = ({ request }: Readonly<Execution>) => [
		...(nameFilter === 'manifestName' ? [] : [request.name]),
		...(nameFilter === 'sentName' ? [] : [request.manifest_name]),
	];
	const found = all.filter((execution) => {
		const created = microseconds(execution.created_at) ?? 0;
		return (
			!execution.ephemeral &&
			created >= from &&
			created < to &&
			(state.length === 0 || state.includes(execution.state)) &&
			(name.length === 0 || namesOf(execution).some((known) => name.includes(known)))
		);
	});
	const isNewestFirst = order === '' ? executionOrder === 'newestFirst' : order === 'CREATED_AT_DESC';
	return context.page(
		'executions',
		isNewestFirst ? found.toReversed() : found,
		(execution) => executionView(execution, withLog, context.dialect),
		executionTotalCount,
	);
}

const listDeviceExecutions: Handler = (context) => {
	const { id } = deviceOf(context);
	return listExecutions(
		context,
		context.executions.all.filter(({ device_id }) => device_id === id),
	);
};

const listSiteExecutions: Handler = (context) => {
	const { id } = siteOf(context);
	const wanted = context.list('device_id.in').map((device) => context.fleet.find(device)?.id ?? device);
	return listExecutions(
		context,
		context.executions.all.filter(
			({ site_id, device_id }) => site_id === id && (wanted.length === 0 || wanted.includes(device_id)),
		),
	);
};

/** Routes below one device. See deviceRoutes. */
export const commandRoutes: Route[] = [
	{ path: '/:device_id/execute_command', handlers: { POST: executeCommand } },
	{
		path: '/:device_id/command_executions',
		handlers: { GET: listDeviceExecutions, POST: createExecution },
	},
	{ path: '/:device_id/command_executions/:execution_id', handlers: { GET: getExecution } },
];

export const siteCommandRoutes: Route[] = [
	{ path: '/v3/sites/:site_id/commands/executions', handlers: { GET: listSiteExecutions } },
];

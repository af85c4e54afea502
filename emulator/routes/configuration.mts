import { ApiError, invalid, unprocessable } from '../apiError.mts';
import {
	changeConfiguration,
	type ConfigurationValues,
	groupOf,
	parameterOf,
	readConfiguration,
} from '../configuration.mts';
import type { Dialect } from '../dialect.mts';
import { TextResponse } from '../dispatcher.mts';
import { withDecimals } from '../json.mts';
import type { Device, ManifestArgument, ManifestConfigurationGroup } from '../model.mts';
import type { RequestContext } from '../requestContext.mts';
import type { Role } from '../roles.mts';
import { deviceOf, type Handler, type Route } from './route.mts';

interface Target {
	device: Readonly<Device>;
	name: string;
	group: ManifestConfigurationGroup;
}

/** The group in the path. Throws 404 if it does not exist, and 403 if the role is below the role of the group. */
function targetOf(context: RequestContext): Target {
	const device = deviceOf(context);
	const name = context.param('group_name');
	const group = groupOf(context.fleet, device, name);
	context.needs((group.access_level ?? 'user').toUpperCase() as Role);
	return { device, name, group };
}

/** Inferred: the device or its runtime has the values, so they cannot be read or changed while it is offline. */
async function requireOnline({ dialect }: RequestContext, { connectivity }: Readonly<Device>): Promise<void> {
	if (connectivity.status === 'ONLINE') return;
	switch (dialect.configurationOffline) {
		case '422':
			throw unprocessable('Device is offline.');
		case '504':
			throw new ApiError(504, { code: 'gateway_timeout', message: 'Device did not respond in time.' });
		case 'hang':
			return new Promise(() => {});
		case 'accepted':
			return;
	}
}

/** The response with the parameters in `names` as the API shows them. */
function answer(
	{ fleet, dialect }: RequestContext,
	{ device, name, group }: Target,
	names: readonly string[],
): object {
	const values = readConfiguration(fleet, device, name);
	const shown = Object.entries(group.parameters)
		.filter(([parameter]) => names.includes(parameter))
		.map(([parameter, declared]) => [parameter, valueView(values[parameter], declared, dialect)]);
	return { configuration: Object.fromEntries(shown) as ConfigurationValues };
}

/** A value as the API shows it; undefined if the parameter is left out. */
function valueView(value: unknown, { type, sensitive }: ManifestArgument, dialect: Dialect): unknown {
	if (value === undefined) return { missing: undefined, null: null }[dialect.unsetParameters];
	if (sensitive) return { stars: '***', null: null, empty: '', missing: undefined }[dialect.sensitiveValues];
	return type === 'float' && dialect.configurationNumbers === 'decimals' ? withDecimals(value) : value;
}

function answerToChange(context: RequestContext, target: Target, changed: readonly string[]): object {
	switch (context.dialect.configurationAnswer) {
		case 'group':
			return answer(context, target, Object.keys(target.group.parameters));
		case 'changed':
			return answer(context, target, changed);
		case 'empty':
			return new TextResponse('');
	}
}

/** Inferred: throws for a parameter in `param_names` that the group does not have, with the status of the dialect. */
const getConfiguration: Handler = async (context) => {
	const target = targetOf(context);
	const { parameters } = target.group;
	const names = context.list('param_names');
	for (const name of names) parameterOf(context.fleet, parameters, name);
	await requireOnline(context, target.device);
	return answer(context, target, names.length > 0 ? names : Object.keys(parameters));
};

/** Inferred: a request without `set` and `reset` changes nothing. */
const updateConfiguration: Handler = async (context) => {
	const target = targetOf(context);
	const { set = {}, reset = [] } = context.body();
	if (typeof set !== 'object' || set === null || Array.isArray(set))
		throw invalid('set', 'set must be an object');
	if (!Array.isArray(reset) || !reset.every((name) => typeof name === 'string')) {
		throw invalid('reset', 'reset must be a list of parameter names');
	}
	await requireOnline(context, target.device);
	const change = { set: { ...set }, reset };
	changeConfiguration(context.fleet, target.device, target.name, change);
	return answerToChange(context, target, [...Object.keys(set), ...reset]);
};

const resetConfiguration: Handler = async (context) => {
	const target = targetOf(context);
	const reset = Object.keys(target.group.parameters);
	await requireOnline(context, target.device);
	changeConfiguration(context.fleet, target.device, target.name, { set: {}, reset });
	return answerToChange(context, target, reset);
};

/** Routes below one device. See deviceRoutes. */
export const configurationRoutes: Route[] = [
	{
		path: '/:device_id/configuration/:group_name',
		handlers: { GET: getConfiguration, PATCH: updateConfiguration },
	},
	{ path: '/:device_id/configuration/:group_name/reset_all', handlers: { POST: resetConfiguration } },
];

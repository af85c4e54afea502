import type { IDataObject } from 'n8n-workflow';
import { UserError } from 'n8n-workflow';

import type { Task } from '../../execution/operation';
import { defineOperation } from '../../execution/operation';
import { required, shownIf, withDefault } from '../../fields/field';
import { choice, collection, names } from '../../fields/kinds';
import { LIMIT, limitOf, RETURN_ALL } from '../../fields/limit';
import type { Ref } from '../../fields/locators';
import { described, DEVICE, nameOfRef, SITE } from '../../fields/locators';
import { options } from '../../fields/options';
import { areInOrder, dateTime } from '../../fields/time';
import { getOrCreate } from '../../transport/memo';
import type { List } from '../../transport/pagination';
import { paginate } from '../../transport/pagination';
import { aboutDevice, canonicalId } from '../device/device';
import { ExecutionRedaction } from './executionRedaction';
import type { Execution } from './execution';
import { EXECUTIONS_PAGE } from './execution';
import { LOG } from './fields';

const SCOPE = withDefault(
	choice(
		{
			displayName: 'Executions Of',
			name: 'scope',
			type: 'options',
			noDataExpression: true,
			default: 'device',
			description: 'Whose command executions to return',
			options: [
				{ name: 'Device', value: 'device', description: 'The commands of one device' },
				{ name: 'Site', value: 'site', description: 'The commands of all devices of a site' },
			],
		},
		['device', 'site'],
	),
	'device' as const,
);

const SCOPE_DEVICE = shownIf(DEVICE, { scope: ['device'] });

const SCOPE_SITE = shownIf(required(described(SITE, 'The site whose command executions to return')), {
	scope: ['site'],
});

/** Names of commands in manifests. */
const COMMAND_NAME = /^\w{1,128}$/;

const FILTERS = collection(
	{
		displayName: 'Filters',
		name: 'filters',
		placeholder: 'Add filter',
		description: 'Which executions to return. Without filters, all of them.',
	},
	names(
		{
			displayName: 'Command Names',
			name: 'commandNames',
			type: 'string',
			default: '',
			placeholder: 'e.g. start, stop',
			description: 'Only executions of these commands: their names in the manifest, separated by commas',
		},
		COMMAND_NAME,
	),
	dateTime({
		displayName: 'Created After',
		name: 'createdAfter',
		type: 'dateTime',
		default: '',
		description: 'Only executions created at this time or later',
	}),
	dateTime({
		displayName: 'Created Before',
		name: 'createdBefore',
		type: 'dateTime',
		default: '',
		description: 'Only executions created before this time',
	}),
	names({
		displayName: 'States',
		name: 'states',
		type: 'multiOptions',
		default: [],
		description: 'Only executions in these states',
		options: [
			{ name: 'Error', value: 'ERROR', description: 'The device reported a failure' },
			{ name: 'In Progress', value: 'IN_PROGRESS', description: 'The device is executing the command' },
			{ name: 'New', value: 'NEW', description: 'Not yet picked up by the device' },
			{ name: 'Success', value: 'SUCCESS', description: 'The device executed the command' },
			{ name: 'Timeout', value: 'TIMEOUT', description: 'The device did not answer in time' },
			{ name: 'Unsync', value: 'UNSYNC', description: 'Result unknown: Enapter lost track of it' },
		],
	}),
);

/** Lists command executions, newest first. Items that want the same list share it. */
export const getAll = defineOperation({
	option: {
		name: 'Get Many',
		value: 'getAll',
		action: 'Get many command executions',
		description: 'List the command executions of a device or site, newest first',
	},
	fields: [SCOPE, SCOPE_DEVICE, SCOPE_SITE, RETURN_ALL, LIMIT, FILTERS, options(LOG)],
	isIdempotent: true,

	prepare({ deviceId, siteId, filters, options: { log }, ...size }) {
		const query = {
			order: 'CREATED_AT_DESC',
			...queryOf(filters),
			...(log ? { expand: 'log' } : {}),
		};
		const scope = siteId === undefined ? listOfDevice(deviceId) : listOfSite(siteId);
		return { ...scope, query, limit: limitOf(size) };
	},

	plan(items, run) {
		const { client } = run;
		const redaction = new ExecutionRedaction(
			run,
			items.flatMap(({ device }) => device ?? []),
		);
		const tasks = new Map<string, Task>();
		return {
			items: items.map(({ device, list, query, limit }) =>
				getOrCreate(tasks, JSON.stringify([list.path, query, limit]), () => ({
					run: async () => {
						const { entries } = await paginate(client, { ...list, query }, { limit });
						const redacted = await redaction.redact(entries, device);
						return redacted.map((json) => ({ json }));
					},
				})),
			),
		};
	},
});

interface Scope {
	device?: Ref;
	list: List<Execution>;
}

function listOfDevice(ref: Ref | undefined): Scope {
	if (ref === undefined) throw new UserError('Device is empty.');
	const path = ['devices', canonicalId(ref.id), 'command_executions'];
	return { device: ref, list: { path, response: EXECUTIONS_PAGE, explain: aboutDevice({ ref }) } };
}

/** The path has another form than that of a device (Enapter's SDK). */
function listOfSite(ref: Ref): Scope {
	return {
		list: {
			path: ['sites', ref.id, 'commands', 'executions'],
			response: EXECUTIONS_PAGE,
			explain: ({ isFromApi, status, reason }) =>
				!isFromApi
					? {}
					: status === 404
						? { reason: `Site ${nameOfRef(ref)} was not found` }
						: { reason: `Site ${nameOfRef(ref)}: ${reason}` },
		},
	};
}

function queryOf({
	states,
	commandNames,
	createdAfter,
	createdBefore,
}: {
	states: string[] | undefined;
	commandNames: string[] | undefined;
	createdAfter: string | undefined;
	createdBefore: string | undefined;
}): IDataObject {
	if (!areInOrder(createdAfter, createdBefore)) {
		throw new UserError(
			'Created After is not before Created Before, so no execution can be between them. Change one of the two.',
		);
	}
	return {
		...(states === undefined ? {} : { 'state.in': states.join(',').toUpperCase() }),
		...(commandNames === undefined ? {} : { 'name.in': commandNames.join(',') }),
		...(createdAfter === undefined ? {} : { 'created_at.gte': createdAfter }),
		...(createdBefore === undefined ? {} : { 'created_at.lt': createdBefore }),
	};
}

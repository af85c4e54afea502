import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { UserError } from 'n8n-workflow';

import type { ItemParameters } from '../../fields/itemParameters';
import { parseFilters } from '../../fields/filters';
import { LIMIT, parseLimit, RETURN_ALL } from '../../fields/limit';
import { DEVICE_ID, SITE_ID } from '../../fields/locators';
import { optionsField } from '../../fields/options';
import { parseBoolean, parseChoice, parseCollection, parseId, parseNames } from '../../fields/parse';
import { parseTime } from '../../fields/time';
import type { List } from '../../transport/pagination';
import { paginate } from '../../transport/pagination';
import { aboutDevice } from '../device/device';
import type { Operation } from '../../execution/operation';
import { eachItem } from '../../execution/operation';
import type { Execution } from './execution';
import { EXECUTIONS_PAGE } from './execution';
import { LOG } from './fields';

const SCOPE: INodeProperties = {
	displayName: 'Executions Of',
	name: 'scope',
	type: 'options',
	noDataExpression: true,
	default: 'device',
	description: 'Whose executions to return',
	options: [
		{ name: 'Device', value: 'device', description: 'The commands of one device' },
		{ name: 'Site', value: 'site', description: 'The commands of all devices of a site' },
	],
};

const DEVICE: INodeProperties = { ...DEVICE_ID, displayOptions: { show: { scope: ['device'] } } };

const SITE: INodeProperties = {
	...SITE_ID,
	required: true,
	description: 'The site whose devices were told to do something',
	displayOptions: { show: { scope: ['site'] } },
};

const FILTERS: INodeProperties = {
	displayName: 'Filters',
	name: 'filters',
	type: 'collection',
	placeholder: 'Add filter',
	default: {},
	description: 'Which executions to return; without filters all of them, the newest first',
	options: [
		{
			displayName: 'Command Names',
			name: 'commandNames',
			type: 'string',
			default: '',
			placeholder: 'e.g. start, stop',
			description: 'Only executions of these commands, by their names in the manifest, separated by commas',
		},
		{
			displayName: 'Created After',
			name: 'createdAfter',
			type: 'dateTime',
			default: '',
			description: 'Only executions begun at this time or later',
		},
		{
			displayName: 'Created Before',
			name: 'createdBefore',
			type: 'dateTime',
			default: '',
			description: 'Only executions begun before this time',
		},
		{
			displayName: 'States',
			name: 'states',
			type: 'multiOptions',
			default: [],
			description: 'Only executions in these states',
			options: [
				{ name: 'Error', value: 'ERROR', description: 'The device reported a failure' },
				{ name: 'In Progress', value: 'IN_PROGRESS', description: 'The device is at it' },
				{ name: 'New', value: 'NEW', description: 'The device has not taken it up' },
				{ name: 'Success', value: 'SUCCESS', description: 'Carried out' },
				{ name: 'Timeout', value: 'TIMEOUT', description: 'The device did not respond in time' },
				{ name: 'Unsync', value: 'UNSYNC', description: 'Enapter lost track of it' },
			],
		},
	],
};

interface Item {
	list: List<Execution>;
	limit: number;
}

/** Lists what became of commands, page by page. */
export const getAll: Operation<Item> = {
	option: {
		name: 'Get Many',
		value: 'getAll',
		action: 'Get many command executions',
		description: 'List what became of the commands of a device or a site, newest first',
	},
	fields: [SCOPE, DEVICE, SITE, RETURN_ALL, LIMIT, FILTERS, optionsField(LOG)],

	prepare(parameters) {
		const options = parseCollection(parameters.get('options', {}), 'Options');
		return {
			limit: parseLimit(parameters),
			list: {
				...scopeOf(parameters),
				query: {
					order: 'CREATED_AT_DESC',
					...queryOf(parameters),
					...(parseBoolean(options.log, 'Include Log') ? { expand: 'log' } : {}),
				},
				response: EXECUTIONS_PAGE,
			},
		};
	},

	plan: eachItem(async ({ list, limit }, { client }) => {
		const { entries } = await paginate(client, list, { limit });
		return entries.map((json) => ({ json }));
	}),
};

function scopeOf(parameters: ItemParameters): Pick<List<Execution>, 'path' | 'explain'> {
	const scope = parseChoice(parameters.get('scope', 'device'), 'Executions Of', ['device', 'site']);
	if (scope === 'site') {
		const site = parseId(parameters.get('siteId', ''), 'Site');
		// Written otherwise than the path of a device's executions (Enapter's SDK).
		return {
			path: ['sites', site, 'commands', 'executions'],
			explain: ({ isFromApi, status, reason }) =>
				!isFromApi
					? {}
					: status === 404
						? { reason: `Site "${site}" was not found` }
						: { reason: `Site "${site}": ${reason}` },
		};
	}
	const named = parseId(parameters.get('deviceId', ''), 'Device');
	return { path: ['devices', named, 'command_executions'], explain: aboutDevice(named) };
}

function queryOf(parameters: ItemParameters): IDataObject {
	const { states, commandNames, createdAfter, createdBefore } = parseFilters(parameters, FILTERS);
	const query: IDataObject = {};
	if (states !== undefined) query['state.in'] = namesOf(states, 'States').toUpperCase();
	if (commandNames !== undefined) query['name.in'] = namesOf(commandNames, 'Command Names');
	const time = (value: unknown, parameter: string) =>
		value === undefined ? undefined : parseTime(value, parameter, parameters.timezone);
	const after = time(createdAfter, 'Created After');
	const before = time(createdBefore, 'Created Before');
	if (after !== undefined && before !== undefined && after >= before) {
		throw new UserError(
			'Created After is not before Created Before: no execution can be between them. Correct one of the two.',
		);
	}
	if (after !== undefined) query['created_at.gte'] = after.toISOString();
	if (before !== undefined) query['created_at.lt'] = before.toISOString();
	return query;
}

/** A list that holds nothing but commas would stand for all. */
function namesOf(value: unknown, parameter: string): string {
	const names = parseNames(value, parameter, /^\w{1,128}$/);
	if (names.length > 0) return names.join(',');
	throw new UserError(`${parameter} names nothing. Give it a value, or remove it from Filters.`);
}

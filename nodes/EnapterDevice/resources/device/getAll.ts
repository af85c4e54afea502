import type { INodeProperties } from 'n8n-workflow';

import { BLUEPRINT_ID, SITE_ID } from '../../fields/locators';
import { LIMIT, parseLimit, RETURN_ALL } from '../../fields/limit';
import { parseFilters } from '../../fields/filters';
import { notice } from '../../fields/notice';
import { EXPAND, optionsField, parseExpand } from '../../fields/options';
import { parseChoice, parseCollection, parseId, parseSomeNames, parseText } from '../../fields/parse';
import type { List, PageQuery } from '../../transport/pagination';
import { paginate } from '../../transport/pagination';
import type { Operation } from '../../execution/operation';
import { eachItem } from '../../execution/operation';
import type { ExpandedDevice } from './device';
import { deviceOutput, DEVICES_PAGE, isSameId } from './device';

const FILTERS: INodeProperties = {
	displayName: 'Filters',
	name: 'filters',
	type: 'collection',
	placeholder: 'Add filter',
	default: {},
	description:
		'Which devices to return. The API itself filters by site; for the others, all devices are read and looked through.',
	options: [
		{
			...BLUEPRINT_ID,
			required: false,
			description: 'Only devices with this blueprint',
		},
		{
			displayName: 'Connectivity',
			name: 'connectivity',
			type: 'options',
			default: 'ONLINE',
			description: 'Only devices in this state',
			options: [
				{ name: 'Offline', value: 'OFFLINE' },
				{ name: 'Online', value: 'ONLINE' },
				{ name: 'Unknown', value: 'UNKNOWN' },
			],
		},
		{
			displayName: 'Name Contains',
			name: 'name',
			type: 'string',
			default: '',
			placeholder: 'e.g. electrolyser',
			description: 'Only devices whose name contains this text, in upper or lower case',
		},
		{
			displayName: 'Raised Alerts',
			name: 'raisedAlerts',
			type: 'string',
			default: 'any',
			placeholder: 'e.g. soc_low, overpressure',
			description:
				'Only devices on which an alert is raised: "any", or the names of alerts, separated by commas',
		},
		SITE_ID,
		{
			displayName: 'Types',
			name: 'type',
			type: 'multiOptions',
			default: [],
			description: 'Only devices of these types',
			options: [
				{ name: 'Child', value: 'CHILD' },
				{
					name: 'Embedded UCM',
					value: 'EMBEDDED_UCM',
					description: 'Communication module inside an Enapter device',
				},
				{ name: 'Gateway', value: 'GATEWAY', description: 'Connects energy systems to Enapter Cloud' },
				{ name: 'Hardware UCM', value: 'HARDWARE_UCM', description: 'Universal Communication Module' },
				{ name: 'LINK Master UCM', value: 'LINK_MASTER_UCM' },
				{ name: 'LINK Slave UCM', value: 'LINK_SLAVE_UCM' },
				{
					name: 'Lua',
					value: 'LUA',
					description: 'Device of another maker, controlled by a Lua script on a UCM',
				},
				{ name: 'Native', value: 'NATIVE', description: 'Enapter device such as an electrolyser or a dryer' },
				{
					name: 'Standalone',
					value: 'STANDALONE',
					description: 'Works without a Gateway or other Enapter hardware',
				},
				{ name: 'Virtual UCM', value: 'VIRTUAL_UCM' },
			],
		},
	],
};

const NOTICE = notice(
	'getAllNotice',
	'Without filters, all devices that the API Token can see are returned.',
);

interface Item {
	list: List<ExpandedDevice>;
	query: PageQuery<ExpandedDevice>;
	/** Expanded only to filter by. */
	hidden: string[];
}

/** Lists devices, page by page; what the API cannot filter by is filtered here. */
export const getAll: Operation<Item> = {
	option: {
		name: 'Get Many',
		value: 'getAll',
		action: 'Get many devices',
		description: 'List devices, all that the API Token can see or those that match filters',
	},
	fields: [RETURN_ALL, LIMIT, FILTERS, NOTICE, optionsField(EXPAND)],

	prepare(parameters) {
		const limit = parseLimit(parameters);
		const filters = parseFilters(parameters, FILTERS);
		const options = parseCollection(parameters.get('options', {}), 'Options');
		const tests = testsOf(filters);
		const asked = parseExpand(options);
		const needed = parseExpand(options, ...tests.flatMap(({ expand = [] }) => expand));
		const names = ({ expand = '' }: { expand?: string }) => expand.split(',');
		return {
			list: { path: pathOf(filters), query: needed, response: DEVICES_PAGE },
			query: {
				limit,
				...(tests.length === 0
					? {}
					: { filter: (device: ExpandedDevice) => tests.every(({ test }) => test(device)) }),
			},
			hidden: names(needed).filter((name) => name !== 'connectivity' && !names(asked).includes(name)),
		};
	},

	plan: eachItem(async ({ list, query, hidden }, { client }) => {
		const { entries } = await paginate(client, list, query);
		return entries.map((device) => {
			const json = deviceOutput(device);
			for (const field of hidden) delete json[field];
			return { json };
		});
	}),
};

function pathOf({ siteId }: Record<string, unknown>): string[] {
	return siteId === undefined ? ['devices'] : ['sites', parseId(siteId, 'Site'), 'devices'];
}

/** A filter that the API does not have, and what it looks at. */
interface Test {
	expand?: string[];
	test(device: ExpandedDevice): boolean;
}

function testsOf(filters: Record<string, unknown>): Test[] {
	const tests: Test[] = [];
	if (filters.type !== undefined) {
		const types = parseSomeNames(filters.type, 'Types').map((type) => type.toUpperCase());
		tests.push({ test: ({ type }) => type !== undefined && types.includes(type) });
	}
	if (filters.name !== undefined) {
		const name = parseText(filters.name, 'Name Contains').trim().toLowerCase();
		tests.push({
			test: (device) =>
				String(device.name ?? '')
					.toLowerCase()
					.includes(name),
		});
	}
	if (filters.connectivity !== undefined) {
		const state = parseChoice(filters.connectivity, 'Connectivity', ['ONLINE', 'OFFLINE', 'UNKNOWN']);
		tests.push({ expand: ['connectivity'], test: ({ connectivity }) => connectivity?.status === state });
	}
	if (filters.raisedAlerts !== undefined) {
		const names = parseSomeNames(filters.raisedAlerts, 'Raised Alerts', /^[\w-]{1,128}$/);
		const isAny = names.some((name) => name.toLowerCase() === 'any');
		tests.push({
			expand: ['raised_alert_names'],
			test: ({ raised_alert_names: raised }) =>
				(raised ?? []).some((alert) => isAny || names.includes(alert)),
		});
	}
	if (filters.blueprintId !== undefined) {
		const blueprintId = parseId(filters.blueprintId, 'Blueprint');
		tests.push({ test: ({ blueprint_id }) => isSameId(blueprint_id, blueprintId) });
	}
	return tests;
}

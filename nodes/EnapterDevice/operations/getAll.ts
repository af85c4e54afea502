import type { INodeProperties } from 'n8n-workflow';

import type { ExpandedDevice } from '../api';
import { DEVICES_PAGE } from '../api';
import { flag, identifier, oneOf, text, wholeNumber, words } from '../fields/checks';
import { BLUEPRINT_ID, SITE_ID } from '../fields/locators';
import { collection, EXPAND, expandQuery, optionsField } from '../fields/options';
import { collect } from '../transport/list';
import type { Operation } from './operation';

const RETURN_ALL: INodeProperties = {
	displayName: 'Return All',
	name: 'returnAll',
	type: 'boolean',
	default: false,
	description: 'Whether to return all results or only up to a given limit',
};

const LIMIT: INodeProperties = {
	displayName: 'Limit',
	name: 'limit',
	type: 'number',
	default: 50,
	typeOptions: { minValue: 1 },
	description: 'Max number of results to return',
	displayOptions: { show: { returnAll: [false] } },
};

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

/** Lists devices, page by page; what the API cannot filter by is filtered here. */
export const getAll: Operation = {
	option: {
		name: 'Get Many',
		value: 'getAll',
		action: 'Get many devices',
		description: 'List devices, all that the API Token can see or those that match filters',
	},
	fields: [RETURN_ALL, LIMIT, FILTERS, optionsField(EXPAND)],

	prepare(read) {
		const returnAll = flag(read('returnAll', false), 'Return All');
		const most = returnAll ? Infinity : wholeNumber(read('limit', 50), 'Limit', 1, 1_000_000);
		const filters = collection(read('filters', {}), 'Filters');
		const options = collection(read('options', {}), 'Options');
		const tests = testsOf(filters);
		const query = expandQuery(options, ...(isSet(filters.connectivity) ? ['connectivity'] : []));
		const list = { path: pathOf(filters), query, answer: DEVICES_PAGE };
		return async ({ client }) => {
			const wanted = {
				most,
				...(tests.length === 0
					? {}
					: { keep: (device: ExpandedDevice) => tests.every((test) => test(device)) }),
			};
			const { entries } = await collect(client, list, wanted);
			return entries.map((device) => ({ json: device }));
		};
	},
};

function pathOf({ siteId }: Record<string, unknown>): string[] {
	return isSet(siteId) ? ['sites', identifier(siteId, 'Site'), 'devices'] : ['devices'];
}

type Test = (device: ExpandedDevice) => boolean;

/** The filters that the API does not have. */
function testsOf(filters: Record<string, unknown>): Test[] {
	const tests: Test[] = [];
	const types = words(filters.type, 'Types');
	if (types.length > 0) tests.push(({ type }) => type !== undefined && types.includes(type));
	const name = text(filters.name, 'Name Contains').trim().toLowerCase();
	if (name !== '')
		tests.push((device) =>
			String(device.name ?? '')
				.toLowerCase()
				.includes(name),
		);
	if (isSet(filters.connectivity)) {
		const state = oneOf(filters.connectivity, 'Connectivity', ['ONLINE', 'OFFLINE', 'UNKNOWN']);
		tests.push(({ connectivity }) => connectivity?.status === state);
	}
	if (isSet(filters.blueprintId)) {
		const blueprintId = identifier(filters.blueprintId, 'Blueprint');
		tests.push(({ blueprint_id }) => blueprint_id === blueprintId);
	}
	return tests;
}

/** A filter that was added and left alone filters nothing. */
function isSet(filter: unknown): boolean {
	if (typeof filter === 'object' && filter !== null && 'value' in filter) return isSet(filter.value);
	return filter !== undefined && filter !== null && filter !== '';
}

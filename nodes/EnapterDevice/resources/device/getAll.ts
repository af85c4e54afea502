import type { IDataObject } from 'n8n-workflow';

import { defineOperation } from '../../execution/operation';
import type { ValuesOf } from '../../fields/field';
import { choice, collection, names, notice, text } from '../../fields/kinds';
import { LIMIT, limitOf, RETURN_ALL } from '../../fields/limit';
import { searchable } from '../../fields/listSearch';
import { BLUEPRINT, described, SITE } from '../../fields/locators';
import { options } from '../../fields/options';
import type { EnapterClient } from '../../transport/client';
import { upperCase } from '../../transport/enums';
import { getOrCreate } from '../../transport/memo';
import { paginate } from '../../transport/pagination';
import type { Severity } from './alerts';
import { Alerts, hasSeverity, raisedAlertNames, SEVERITIES } from './alerts';
import type { ExpandedDevice } from './device';
import { canonicalId, deviceOutput, DEVICES_PAGE, isSameId } from './device';
import { EXPAND_READ, expandQuery, requestedExpand, withoutHidden } from './expand';
import { DEVICE_TYPES } from './types';

const FILTERS = collection(
	{
		displayName: 'Filters',
		name: 'filters',
		placeholder: 'Add filter',
		description:
			'Which devices to return. The API only filters by site; for the other filters, the node reads all devices.',
	},
	choice(
		{
			displayName: 'Alert Severity',
			name: 'alertSeverity',
			type: 'options',
			default: 'error',
			description: 'Only devices with an active alert that is at least this severe',
			options: [
				{ name: 'Error', value: 'error' },
				{ name: 'Warning or Error', value: 'warning' },
				{ name: 'Info, Warning or Error', value: 'info' },
			],
		},
		SEVERITIES,
	),
	described(BLUEPRINT, 'Only devices with this blueprint'),
	choice(
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
		['ONLINE', 'OFFLINE', 'UNKNOWN'],
	),
	text({
		displayName: 'Name Contains',
		name: 'name',
		type: 'string',
		default: '',
		placeholder: 'e.g. electrolyser',
		description: 'Only devices whose name contains this text, in upper or lower case',
	}),
	names(
		{
			displayName: 'Raised Alerts',
			name: 'raisedAlerts',
			type: 'string',
			default: 'any',
			placeholder: 'e.g. soc_low, overpressure',
			description:
				'Only devices with one of these alerts active: names of alerts, separated by commas, or "any"',
		},
		/^[\w-]{1,128}$/,
	),
	described(SITE, 'Only devices of this site'),
	names({
		displayName: 'Types',
		name: 'type',
		type: 'multiOptions',
		default: [],
		description: 'Only devices of these types',
		options: DEVICE_TYPES,
	}),
);

const NOTICE = notice(
	'getAllNotice',
	'Returns the devices that the API Token can see and that match all filters. If Return All is off, at most as many as Limit.',
);

interface Query {
	/** Path of the list. */
	path: string[];
	limit: number;
	/** Expanded fields for the output. */
	expand: string[];
	/** Expanded fields to request from the API. */
	requested: string[];
	/** Filters that the API does not have. */
	tests: Array<(device: ExpandedDevice) => boolean>;
	severity: Severity | undefined;
}

/** Lists devices page by page. Items that read the same list share its pages. */
export const getAll = defineOperation({
	option: {
		name: 'Get Many',
		value: 'getAll',
		action: 'Get many devices',
		description: 'List the devices that the API Token can see, optionally filtered',
	},
	fields: [RETURN_ALL, LIMIT, FILTERS, NOTICE, options(EXPAND_READ)],
	isIdempotent: true,

	prepare({ filters, options: { expand }, ...rest }): Query {
		const { siteId: site, connectivity, raisedAlerts, alertSeverity } = filters;
		const shown = connectivity === undefined ? expand : [...expand, 'connectivity'];
		const needsAlerts = raisedAlerts !== undefined || alertSeverity !== undefined;
		return {
			path: site === undefined ? ['devices'] : ['sites', canonicalId(site.id), 'devices'],
			limit: limitOf(rest),
			expand: shown,
			requested: [...requestedExpand(shown), ...(needsAlerts ? ['raised_alert_names'] : [])],
			tests: testsOf(filters),
			severity: alertSeverity,
		};
	},

	plan(queries, { client }) {
		const alerts = new Alerts(client);
		const listOf = ({ path }: Query) => path.join('/');
		const sharing = new Map<string, Query[]>();
		for (const query of queries) getOrCreate(sharing, listOf(query), () => []).push(query);
		const readings = new Map<string, Promise<Reading>>();
		return {
			items: queries.map((query) => ({
				run: async () => {
					const { results, requested } = await getOrCreate(
						readings,
						listOf(query),
						async () => await readList(client, sharing.get(listOf(query)) ?? []),
					);
					const devices = await withSeverity(results.get(query) ?? [], query, alerts);
					return await Promise.all(
						devices.map(async (device) => ({
							json: await outputOf(device, requested, query, alerts),
						})),
					);
				},
			})),
			hints: () => alerts.hints(),
		};
	},
});

function testsOf(filters: ValuesOf<[typeof FILTERS]>['filters']): Query['tests'] {
	const { blueprintId, connectivity, name, raisedAlerts, alertSeverity, type } = filters;
	const tests: Query['tests'] = [];
	if (type !== undefined) {
		const types = type.map(upperCase);
		tests.push((device) => types.includes(upperCase(device.type)));
	}
	if (name !== undefined) {
		const wanted = searchable(name.trim());
		tests.push((device) => searchable(String(device.name ?? '')).includes(wanted));
	}
	if (connectivity !== undefined) tests.push((device) => stateOf(device) === connectivity);
	if (raisedAlerts !== undefined) {
		const isAny = raisedAlerts.some((alert) => alert.toLowerCase() === 'any');
		tests.push((device) => raisedAlertNames(device).some((alert) => isAny || raisedAlerts.includes(alert)));
	}
	if (alertSeverity !== undefined) tests.push((device) => raisedAlertNames(device).length > 0);
	if (blueprintId !== undefined) tests.push(({ blueprint_id }) => isSameId(blueprint_id, blueprintId.id));
	return tests;
}

/** Without a status, the connectivity of a device is unknown (Enapter's SDK). */
function stateOf({ connectivity }: ExpandedDevice): string {
	return upperCase(connectivity?.status) || 'UNKNOWN';
}

interface Reading {
	results: Map<Query, ExpandedDevice[]>;
	/** Expanded fields that were requested from the API. */
	requested: string[];
}

/**
 * Reads one list for all queries, as far as they need it.
 *
 * @throws EnapterApiError when the API refuses
 */
async function readList(client: EnapterClient, queries: Query[]): Promise<Reading> {
	const requested = queries.flatMap((query) => query.requested);
	const list = { path: queries[0]?.path ?? [], query: expandQuery(requested), response: DEVICES_PAGE };
	const results = new Map(queries.map((query) => [query, new Matches(query)]));
	const matches = [...results.values()];
	if (queries.every(({ tests }) => tests.length === 0)) {
		const limit = Math.max(...queries.map((query) => query.limit));
		const { entries } = await paginate(client, list, { limit });
		for (const match of matches) entries.forEach((device) => match.add(device));
	} else {
		// Reading stops at the device that completes the last result.
		const limit = matches.every((match) => match.canBeFull) ? 1 : Infinity;
		const isEnough = (device: ExpandedDevice) => {
			for (const match of matches) match.add(device);
			return matches.every((match) => match.isFull);
		};
		await paginate(client, list, { limit, filter: isEnough });
	}
	return {
		results: new Map([...results].map(([query, { devices }]) => [query, devices])),
		requested,
	};
}

/** The devices that match a query. The severity of alerts is checked later, so `limit` does not end the list then. */
class Matches {
	readonly devices: ExpandedDevice[] = [];
	private readonly most: number;

	constructor(private readonly query: Query) {
		this.most = query.severity === undefined ? query.limit : Infinity;
	}

	/** Whether the query does not need the whole list. */
	get canBeFull(): boolean {
		return this.most !== Infinity;
	}

	get isFull(): boolean {
		return this.devices.length >= this.most;
	}

	add(device: ExpandedDevice): void {
		if (!this.isFull && this.query.tests.every((test) => test(device))) this.devices.push(device);
	}
}

/** Filters by the severity of active alerts, which is known from the manifest. */
async function withSeverity(
	devices: ExpandedDevice[],
	{ severity, limit }: Query,
	alerts: Alerts,
): Promise<ExpandedDevice[]> {
	if (severity === undefined) return devices;
	const isSevere = await Promise.all(
		devices.map(async (device) => hasSeverity(await alerts.of(device), severity)),
	);
	return devices.filter((_, index) => isSevere[index]).slice(0, limit);
}

async function outputOf(
	device: ExpandedDevice,
	requested: string[],
	{ expand }: Query,
	alerts: Alerts,
): Promise<IDataObject> {
	return await alerts.addTo(deviceOutput(withoutHidden(device, requested, expand)), device, expand);
}

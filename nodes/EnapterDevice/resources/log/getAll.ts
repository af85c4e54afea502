import type { IDataObject } from 'n8n-workflow';
import { UserError } from 'n8n-workflow';

import { defineOperation } from '../../execution/operation';
import { field } from '../../fields/field';
import { choice, collection, parseNames, toolNotice } from '../../fields/kinds';
import { LIMIT, limitOf, RETURN_ALL } from '../../fields/limit';
import type { Ref } from '../../fields/locators';
import { DEVICE } from '../../fields/locators';
import { options } from '../../fields/options';
import { areInOrder, dateTime, sortableTime } from '../../fields/time';
import type { EnapterClient } from '../../transport/client';
import { upperCase } from '../../transport/enums';
import { isObject } from '../../transport/json';
import { getOrCreate } from '../../transport/memo';
import { pageShape, paginate } from '../../transport/pagination';
import { aboutDevice, canonicalId, UUID } from '../device/device';
import { Fleet } from '../device/fleet';

/** Maximum entries for a language model with Return All, so that a long log does not fill its context. */
const MOST_FOR_MODEL = 100;

const SEVERITIES = ['DEBUG', 'ERROR', 'INFO', 'WARNING'];

const SHOWN = ['ALL', 'PERSISTED_ONLY', 'TEMPORARY_ONLY'] as const;

const FILTERS = collection(
	{
		displayName: 'Filters',
		name: 'filters',
		placeholder: 'Add filter',
		description: 'Which entries to return. Without filters all are returned, newest first.',
	},
	dateTime({
		displayName: 'Received After',
		name: 'receivedAfter',
		type: 'dateTime',
		default: '',
		description: 'Only entries that Enapter received at this time or later',
	}),
	dateTime({
		displayName: 'Received Before',
		name: 'receivedBefore',
		type: 'dateTime',
		default: '',
		description: 'Only entries that Enapter received before this time',
	}),
	field(
		{
			displayName: 'Severity',
			name: 'severity',
			type: 'multiOptions',
			default: [],
			description: 'Only entries with one of these severities',
			options: [
				{ name: 'Debug', value: 'debug' },
				{ name: 'Error', value: 'error' },
				{ name: 'Info', value: 'info' },
				{ name: 'Warning', value: 'warning' },
			],
		},
		(value, label) => {
			const chosen = parseNames(value, label, /^\w{1,64}$/).map(upperCase);
			if (chosen.every((severity) => SEVERITIES.includes(severity))) return [...new Set(chosen)];
			throw new UserError(`${label} must be one or more of: debug, info, warning, error.`);
		},
	),
	choice(
		{
			displayName: 'Show',
			name: 'show',
			type: 'options',
			default: 'PERSISTED_ONLY',
			description:
				'Whether to return persisted entries, temporary entries (which Enapter deletes after a while), or both',
			options: [
				{ name: 'All', value: 'ALL' },
				{ name: 'Persisted Only', value: 'PERSISTED_ONLY', description: 'Entries that Enapter keeps' },
				{
					name: 'Temporary Only',
					value: 'TEMPORARY_ONLY',
					description: 'Entries that Enapter deletes after a while',
				},
			],
		},
		SHOWN,
	),
);

const TOOL_NOTICE = toolNotice(
	`The AI can read the log of any device that the API Token can see. With Return All it gets the newest ${MOST_FOR_MODEL} entries. To allow more, turn off Return All and set Limit.`,
);

/** A log entry as the API sends it (enapter-cli, vscode-enapter). It has no ID. */
interface LogEntry extends IDataObject {
	received_at?: string;
	severity?: string;
	message?: string;
}

const LOGS_PAGE = pageShape('log entries', 'logs', (value): value is LogEntry => isObject(value));

interface Item {
	ref: Ref;
	limit: number;
	query: IDataObject;
	/** In upper case; empty for all. */
	severities: string[];
}

/** Lists the log entries of devices, newest first. Items that want the same entries share the requests. */
export const getAll = defineOperation({
	option: {
		name: 'Get Many',
		value: 'getAll',
		action: 'Get many log entries',
		description: 'List the log entries of a device, newest first',
	},
	fields: [DEVICE, RETURN_ALL, LIMIT, FILTERS, TOOL_NOTICE, options()],
	isIdempotent: true,

	prepare({ deviceId: ref, returnAll, limit, filters }, { isTool }): Item {
		const { severity = [], show, receivedAfter, receivedBefore } = filters;
		if (!areInOrder(receivedAfter, receivedBefore)) {
			throw new UserError(
				'Received After is not before Received Before, so no entry can match. Correct one of the two.',
			);
		}
		return {
			ref,
			limit: isTool && returnAll ? MOST_FOR_MODEL : limitOf({ returnAll, limit }),
			query: {
				order: 'RECEIVED_AT_DESC',
				...(show === undefined ? {} : { show }),
				...(receivedAfter === undefined ? {} : { received_at_from: receivedAfter }),
				...(receivedBefore === undefined ? {} : { received_at_to: receivedBefore }),
				// The API takes one severity.
				...(severity.length === 1 ? { severity: severity.join('').toLowerCase() } : {}),
			},
			severities: severity,
		};
	},

	async plan(items, { client }) {
		const fleet = new Fleet(client);
		// The output contains IDs, so only slugs are looked up.
		const slugs = items.map(({ ref }) => ref).filter(({ id }) => !UUID.test(id));
		const lookups = await fleet.find(slugs);
		const failures = new Map(
			lookups.flatMap((lookup, index) => ('error' in lookup ? [[slugs[index]?.id, lookup]] : [])),
		);
		const logs = new Map<string, Promise<IDataObject[]>>();
		return {
			items: items.map((item) => {
				const id = fleet.known(item.ref.id)?.id ?? canonicalId(item.ref.id);
				const key = JSON.stringify([id, item.limit, item.query, item.severities]);
				return (
					failures.get(item.ref.id) ?? {
						run: async () => {
							const entries = await getOrCreate(logs, key, async () => await readLog(client, id, item));
							return entries.map((entry) => ({ json: { device_id: id, ...entry } }));
						},
					}
				);
			}),
		};
	},
});

async function readLog(
	client: EnapterClient,
	id: string,
	{ ref, limit, query, severities }: Item,
): Promise<LogEntry[]> {
	const end = sortableTime(query.received_at_to);
	// Whether the API also returns higher severities, and entries received exactly at `received_at_to`, is not documented.
	const filter = ({ severity, received_at: time }: LogEntry) =>
		(severities.length === 0 || severities.includes(upperCase(severity))) &&
		(end === undefined || (sortableTime(time) ?? '') < end);
	const { entries } = await paginate(
		client,
		{
			path: ['devices', id, 'logs'],
			query,
			response: LOGS_PAGE,
			explain: aboutDevice({ ref }),
			describe: (entry) => JSON.stringify(entry),
		},
		{ limit, filter: severities.length === 0 && end === undefined ? undefined : filter },
	);
	// Entries that were added while the log was read come after older ones.
	const times = new Map(entries.map((entry) => [entry, sortableTime(entry.received_at) ?? '']));
	return entries.sort((one, other) => compareTexts(times.get(other), times.get(one)));
}

function compareTexts(one = '', other = ''): number {
	return one === other ? 0 : one < other ? -1 : 1;
}

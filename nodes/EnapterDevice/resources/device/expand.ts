import { withDefault } from '../../fields/field';
import { names } from '../../fields/kinds';

/** Alert details, which the node makes from `raised_alert_names` and the manifest. */
export const RAISED_ALERTS = 'raised_alerts';

/** What the API can add to a device. Sources: the Device Management specification and Enapter's SDK. */
const API_OPTIONS = [
	{
		name: 'Communication',
		value: 'communication',
		description: 'How it is connected, and through which device',
	},
	{ name: 'Connectivity', value: 'connectivity', description: 'Whether it is online' },
	{
		name: 'Manifest',
		value: 'manifest',
		description: 'Its attributes, commands and alerts, with their texts and units',
	},
	{ name: 'Properties', value: 'properties', description: 'Model, serial number, firmware' },
	{
		name: 'Raised Alert Names',
		value: 'raised_alert_names',
		description: 'The names of the alerts that are active now',
	},
	{ name: 'Site', value: 'site', description: 'Name, time zone and location of its site' },
];

function expandField(options: typeof API_OPTIONS) {
	return withDefault(
		names({
			displayName: 'Include in Output',
			name: 'expand',
			type: 'multiOptions',
			default: [],
			description: 'What to add to each device',
			options,
		}),
		[],
	);
}

/** What to add to a device that an operation changes. */
export const EXPAND = expandField(API_OPTIONS);

/** What to add to a device that an operation reads. */
export const EXPAND_READ = expandField([
	{
		name: 'Alert Details',
		value: RAISED_ALERTS,
		description: 'The alerts that are active now: name, severity, description and what to do',
	},
	...API_OPTIONS,
]);

/** The keys that the API can add to a device. */
const EXPANSIONS = API_OPTIONS.map(({ value }) => value);

/** What to request from the API for these fields of the output. */
export function requestedExpand(expand: readonly string[]): string[] {
	return expand.map((key) => (key === RAISED_ALERTS ? 'raised_alert_names' : key));
}

/** The query that asks for expanded fields. */
export function expandQuery(expand: Iterable<string>): { expand?: string } {
	const distinct = new Set(expand);
	return distinct.size === 0 ? {} : { expand: [...distinct].join(',') };
}

/**
 * A device without expanded fields that were requested only for other items, or only to filter by them.
 *
 * @param requested what was requested from the API
 * @param shown what the output of the item includes
 */
export function withoutHidden<T extends object>(
	device: T,
	requested: Iterable<string>,
	shown: readonly string[],
): T {
	const hidden = new Set([...requested].filter((key) => EXPANSIONS.includes(key) && !shown.includes(key)));
	if (hidden.size === 0) return device;
	return Object.fromEntries(Object.entries(device).filter(([key]) => !hidden.has(key))) as T;
}

import type { INodePropertyOptions } from 'n8n-workflow';
import { UserError } from 'n8n-workflow';

import { durationInWords, parseDuration } from '../../fields/duration';
import { field, required, shownIf, withDefault } from '../../fields/field';
import { choice, parseInteger, parseNames, seconds } from '../../fields/kinds';
import { dateTime } from '../../fields/time';

/** In seconds: the steps of Enapter's Grafana data source and a few more. */
export const STEPS = [
	1, 2, 5, 10, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 21_600, 43_200, 86_400,
];

/** In seconds. */
export const LONGEST_STEP = 86_400;

/** Maximum steps with automatic granularity. */
export const AUTO_STEPS = 1_000;

/** How values within a step can be combined, by the API's names (Enapter's SDK). */
export const AGGREGATIONS: Record<string, INodePropertyOptions> = {
	bool_or: { name: 'Any True', value: 'bool_or', description: 'Whether any value was true; for booleans' },
	auto: { name: 'Auto', value: 'auto', description: 'Depends on the type of each attribute' },
	avg: { name: 'Average', value: 'avg', description: 'For numbers' },
	last: { name: 'Last', value: 'last', description: 'The last value, of any type' },
	max: { name: 'Maximum', value: 'max', description: 'For numbers' },
	min: { name: 'Minimum', value: 'min', description: 'For numbers' },
};

/** Start of a time series. */
export const FROM = required(
	dateTime({
		displayName: 'From',
		name: 'from',
		type: 'dateTime',
		default: '={{ $now.minus({ days: 1 }) }}',
		description:
			"Start of the time series. A time without a time zone is in the workflow's, e.g. 2025-08-04T07:22:00.",
	}),
);

/** End of a time series. */
export const TO = required(
	dateTime({
		displayName: 'To',
		name: 'to',
		type: 'dateTime',
		default: '={{ $now }}',
		description: "End of the time series. A time without a time zone is in the workflow's.",
	}),
);

/** Length of a step in seconds, or `auto`. */
export const GRANULARITY = withDefault(
	field(
		{
			displayName: 'Granularity',
			name: 'granularity',
			type: 'options',
			default: 'auto',
			description:
				'Length of a step; there is one value per step. In an expression: a number of seconds, a duration such as 5m, or "auto".',
			options: [
				{
					name: 'Auto',
					value: 'auto',
					description: `The shortest that gives at most ${AUTO_STEPS} steps`,
				},
				...STEPS.map((length) => ({ name: titleCase(durationInWords(length)), value: length })),
			],
		},
		(value, label): number | 'auto' =>
			typeof value === 'string' && value.trim().toLowerCase() === 'auto'
				? 'auto'
				: parseInteger(parseDuration(value) ?? value, `${label} (in seconds)`, 1, LONGEST_STEP),
	),
	'auto' as const,
);

/** How values within a step are combined: one or several ways. */
export const AGGREGATION = withDefault(
	field(
		{
			displayName: 'Aggregation',
			name: 'aggregation',
			type: 'multiOptions',
			default: ['auto'],
			description:
				'How to combine the values within a step. With several, the output has one field for each, e.g. power_min and power_max.',
			options: Object.values(AGGREGATIONS),
		},
		parseAggregations,
	),
	['auto'],
);

/** What to return for steps without a value. */
export const GAP_FILLING = choice(
	{
		displayName: 'Gap Filling',
		name: 'gapFilling',
		type: 'options',
		default: 'none',
		description: 'What to return for steps without a value',
		options: [
			{ name: 'None', value: 'none', description: 'No value (null)' },
			{ name: 'Last Value', value: 'last', description: 'The last value before the step' },
		],
	},
	['none', 'last'],
);

/** In seconds. */
export const DEFAULT_LOOK_AROUND = 3600;

/** Maximum age of a value that fills a gap, in seconds. */
export const LOOK_AROUND = shownIf(
	seconds({
		displayName: 'Gap Filling Look Around',
		name: 'lookAround',
		type: 'number',
		default: DEFAULT_LOOK_AROUND,
		typeOptions: { minValue: 1, maxValue: 1e9 },
		description: 'Maximum age, in seconds, of the value used to fill a gap',
	}),
	{ gapFilling: ['last'] },
);

/** Items or a CSV file. */
export const OUTPUT = choice(
	{
		displayName: 'Output',
		name: 'output',
		type: 'options',
		default: 'items',
		description: 'How to output the time series',
		options: [
			{ name: 'Items', value: 'items', description: 'One item per step' },
			{
				name: 'CSV File',
				value: 'csv',
				description: 'One item with the binary file "data", to send or to store',
			},
		],
	},
	['items', 'csv'],
);

/** Titles of a CSV file. */
export const COLUMN_NAMES = shownIf(
	choice(
		{
			displayName: 'Column Names',
			name: 'columnNames',
			type: 'options',
			default: 'attributes',
			description: 'The names in the first row of the CSV file',
			options: [
				{ name: 'Attribute Names', value: 'attributes', description: 'Such as total_energy' },
				{
					name: 'Display Names with Units',
					value: 'labels',
					description: 'As the list of attributes shows them',
				},
			],
		},
		['attributes', 'labels'],
	),
	{ output: ['csv'] },
);

/** Separator of a CSV file. */
export const SEPARATOR = shownIf(
	choice(
		{
			displayName: 'Separator',
			name: 'separator',
			type: 'options',
			default: 'comma',
			description: 'What separates the cells of the CSV file',
			options: [
				{ name: 'Comma', value: 'comma' },
				{
					name: 'Semicolon',
					value: 'semicolon',
					description: 'For spreadsheets in languages that write a decimal comma',
				},
			],
		},
		['comma', 'semicolon'],
	),
	{ output: ['csv'] },
);

/**
 * Reads the aggregations: one, as older workflows contain it, or several.
 *
 * @throws UserError if one does not exist
 */
function parseAggregations(value: unknown, label: string): string[] {
	const chosen = parseNames(value, label, /^\w+$/).map((name) => name.toLowerCase());
	const wrong = chosen.find((name) => !Object.hasOwn(AGGREGATIONS, name));
	if (wrong === undefined) return [...new Set(chosen)];
	throw new UserError(`${label} must be one of: ${Object.keys(AGGREGATIONS).join(', ')}.`);
}

function titleCase(text: string): string {
	return text.replace(/\b[a-z]/g, (letter) => letter.toUpperCase());
}

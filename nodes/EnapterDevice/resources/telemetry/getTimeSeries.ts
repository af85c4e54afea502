import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { UserError } from 'n8n-workflow';

import type { ItemParameters } from '../../fields/itemParameters';
import type { Run } from '../../execution/run';
import { parseFilters } from '../../fields/filters';
import { DEVICE_ID } from '../../fields/locators';
import { optionsField } from '../../fields/options';
import { parseChoice, parseId, parseInteger } from '../../fields/parse';
import { parseTime } from '../../fields/time';
import type { Explain } from '../../transport/response';
import { listed } from '../../transport/text';
import { aboutDevice, UUID } from '../device/device';
import type { Operation, Output } from '../../execution/operation';
import { ATTRIBUTES, parseAttributes } from './attributes';
import { canonical, DeviceIds } from './deviceIds';
import type { TimeSeries } from './timeSeries';
import { csvOf, outputsOf, STEP_KEYS, throwIfCut, TIME_SERIES } from './timeSeries';

/** In seconds; those of Enapter's Grafana data source and a few more. */
const STEPS = [1, 2, 5, 10, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 21_600, 43_200, 86_400];

const LONGEST_STEP = 86_400;

/** So many steps are not exceeded when the granularity is left to the node. */
const CLEAR_STEPS = 1_000;

/** A language model reads every one of them. */
const CLEAR_STEPS_FOR_MODELS = 100;

const MOST_STEPS = 1_000_000;

const AGGREGATIONS = ['auto', 'avg', 'bool_or', 'last', 'max', 'min'] as const;

const FROM: INodeProperties = {
	displayName: 'From',
	name: 'from',
	type: 'dateTime',
	required: true,
	default: '={{ $now.minus({ days: 1 }) }}',
	description:
		"Where the time series begins. Without a time zone it is in the workflow's, e.g. 2025-08-04T07:22:00.",
};

const TO: INodeProperties = {
	displayName: 'To',
	name: 'to',
	type: 'dateTime',
	required: true,
	default: '={{ $now }}',
	description: "Where the time series ends. Without a time zone it is in the workflow's.",
};

const GRANULARITY: INodeProperties = {
	displayName: 'Granularity',
	name: 'granularity',
	type: 'options',
	default: 'auto',
	description: `How long a step is. As an expression, any number of seconds up to ${LONGEST_STEP}, or "auto".`,
	options: [
		{
			name: 'Auto',
			value: 'auto',
			description: `The shortest with which there are at most ${CLEAR_STEPS} steps`,
		},
		...STEPS.map((seconds) => ({ name: inWords(seconds), value: seconds })),
	],
};

const AGGREGATION: INodeProperties = {
	displayName: 'Aggregation',
	name: 'aggregation',
	type: 'options',
	default: 'auto',
	description: 'What becomes of the values of a step',
	options: [
		{ name: 'Any True', value: 'bool_or', description: 'Whether any was true, for booleans' },
		{ name: 'Auto', value: 'auto', description: 'As suits the type of each attribute' },
		{ name: 'Average', value: 'avg', description: 'For numbers' },
		{ name: 'Last', value: 'last', description: 'The last one, for values of any type' },
		{ name: 'Maximum', value: 'max', description: 'For numbers' },
		{ name: 'Minimum', value: 'min', description: 'For numbers' },
	],
};

const GAP_FILLING: INodeProperties = {
	displayName: 'Gap Filling',
	name: 'gapFilling',
	type: 'options',
	default: 'none',
	description: 'What stands in steps without a value',
	options: [
		{ name: 'None', value: 'none', description: 'Nothing: null' },
		{ name: 'Last Value', value: 'last', description: 'The last value before' },
	],
};

const DEFAULT_LOOK_AROUND = 3600;

const LOOK_AROUND: INodeProperties = {
	displayName: 'Gap Filling Look Around',
	name: 'lookAround',
	type: 'number',
	default: DEFAULT_LOOK_AROUND,
	typeOptions: { minValue: 1 },
	description: 'How far away the value that fills a gap may be, in seconds',
	displayOptions: { show: { gapFilling: ['last'] } },
};

const OUTPUT: INodeProperties = {
	displayName: 'Output',
	name: 'output',
	type: 'options',
	default: 'items',
	description: 'How the time series is put out',
	options: [
		{ name: 'Items', value: 'items', description: 'One item a step' },
		{
			name: 'CSV File',
			value: 'csv',
			description: 'One item with the binary file "data", to mail or to store',
		},
	],
};

const OPTIONS = optionsField(GAP_FILLING, LOOK_AROUND, OUTPUT);

interface Item {
	named: string;
	attributes: string[];
	from: string;
	to: string;
	/** In seconds. */
	granularity: number;
	aggregation: (typeof AGGREGATIONS)[number];
	/** In seconds; none where gaps stay. */
	lookAround: number | undefined;
	isFile: boolean;
}

/** Reads what attributes of a device were over a span of time. */
export const getTimeSeries: Operation<Item> = {
	option: {
		name: 'Get Time Series',
		value: 'getTimeSeries',
		action: 'Get a time series of telemetry',
		description: 'Read what a device measured over a span of time, step by step or as a CSV file',
	},
	fields: [DEVICE_ID, ATTRIBUTES, FROM, TO, GRANULARITY, AGGREGATION, OPTIONS],

	prepare(parameters) {
		const options = parseFilters(parameters, OPTIONS);
		const output = parseChoice(options.output ?? 'items', 'Output', ['items', 'csv']);
		const gapFilling = parseChoice(options.gapFilling ?? 'none', 'Gap Filling', ['none', 'last']);
		if (parameters.isTool && output === 'csv') {
			throw new UserError('A language model gets no files. Set Output to Items.');
		}
		return {
			named: parseId(parameters.get('deviceId', ''), 'Device'),
			attributes: parseAttributes(
				parameters.get('attributes', []),
				STEP_KEYS,
				`Take it out of ${ATTRIBUTES.displayName}.`,
			),
			...parseRange(parameters),
			aggregation: parseChoice(parameters.get('aggregation', 'auto'), 'Aggregation', AGGREGATIONS),
			lookAround:
				gapFilling === 'none'
					? undefined
					: parseInteger(options.lookAround ?? DEFAULT_LOOK_AROUND, 'Gap Filling Look Around', 1, 1e9),
			isFile: output === 'csv',
		};
	},

	plan(items, run) {
		const ids = new DeviceIds(
			run.client,
			items.map(({ named }) => named),
		);
		const report = new Report(items.length);
		return items.map((item) => async () => {
			try {
				const series = await query(run, item);
				throwIfCut(series);
				if (series.start === series.text.length) {
					report.addEmpty(item);
					return [];
				}
				report.addMissing(item, series);
				const id = await idOf(item, series, ids);
				return item.isFile ? [await fileOf(run, item, series, id)] : outputsOf(series, id, item.attributes);
			} finally {
				report.endItem(run);
			}
		});
	},
};

/**
 * The span of time and its steps.
 *
 * @throws UserError when it ends before it begins, or has more steps than anybody can want
 */
function parseRange(parameters: ItemParameters): Pick<Item, 'from' | 'to' | 'granularity'> {
	const { timezone, isTool } = parameters;
	const from = parseTime(parameters.get('from', ''), 'From', timezone);
	const to = parseTime(parameters.get('to', ''), 'To', timezone);
	const seconds = (to.getTime() - from.getTime()) / 1000;
	if (seconds <= 0) {
		throw new UserError(
			`From (${from.toISOString()}) has to be before To (${to.toISOString()}). Exchange them, or look at the time zones.`,
		);
	}
	const given = parameters.get('granularity', 'auto');
	const clear = isTool ? CLEAR_STEPS_FOR_MODELS : CLEAR_STEPS;
	const granularity =
		given === 'auto'
			? (STEPS.find((step) => seconds / step <= clear) ?? LONGEST_STEP)
			: parseInteger(given, 'Granularity', 1, LONGEST_STEP);
	const steps = Math.ceil(seconds / granularity);
	if (steps > MOST_STEPS) {
		throw new UserError(
			`From ${from.toISOString()} to ${to.toISOString()} there are ${steps} steps of ${inWords(granularity)}, more than ${MOST_STEPS}. Choose a longer Granularity, or ask for a shorter time.`,
		);
	}
	return { from: from.toISOString(), to: to.toISOString(), granularity };
}

async function query({ client }: Run, item: Item): Promise<TimeSeries> {
	const { named, attributes, from, to, granularity, aggregation, lookAround } = item;
	const gapFilling: IDataObject =
		lookAround === undefined ? {} : { gap_filling: { method: 'locf', look_around: `${lookAround}s` } };
	return await client.call({
		method: 'POST',
		path: ['telemetry', 'query_timeseries'],
		body: {
			from,
			to,
			granularity: `${granularity}s`,
			telemetry: [{ device: named, attribute: attributes, aggregation, ...gapFilling }],
		},
		response: TIME_SERIES,
		isIdempotent: true,
		isRead: true,
		explain: about(item),
	});
}

/** That none of the attributes is known is told from a device that is not (Enapter's Grafana data source). */
function about({ named, attributes }: Item): Explain {
	return (failure) =>
		failure.code?.endsWith('NO_TELEMETRY_ATTRIBUTES_FOUND') === true
			? {
					reason: `Device "${named}" has no telemetry attribute ${attributes.map((name) => `"${name}"`).join(' or ')}`,
					advice: 'Choose from the list: it holds the attributes that the blueprint declares.',
				}
			: aboutDevice(named)(failure);
}

/**
 * The ID of the device that an item names. The columns may call it by its ID, its slug, or not at all.
 *
 * @throws UserError when they call it otherwise
 */
async function idOf({ named }: Item, { device = named }: TimeSeries, ids: DeviceIds): Promise<string> {
	const id = await ids.of(named);
	const label = canonical(device);
	if (label === canonical(named) || label === id) return id;
	if (!UUID.test(label) && label === (await ids.slugOf(id))) return id;
	throw new UserError(
		`The API labelled the time series with device ${device} instead of ${named}. Nothing of it was put out.`,
	);
}

async function fileOf(run: Run, item: Item, series: TimeSeries, id: string): Promise<Output> {
	const { named, from, to, granularity } = item;
	const name = `${named.replace(/[^\w-]/g, '_')}-telemetry.csv`;
	const content = Buffer.from(csvOf(series));
	return {
		json: { device_id: id, from, to, granularity, attributes: series.attributes },
		binary: { data: await run.prepareBinaryData(content, name, 'text/csv') },
	};
}

/** What the user should know of a run that went well. */
class Report {
	private readonly empty: Item[] = [];
	private readonly missing = new Set<string>();
	private ended = 0;

	constructor(private readonly items: number) {}

	addEmpty(item: Item): void {
		this.empty.push(item);
	}

	addMissing({ named, attributes }: Item, series: TimeSeries): void {
		for (const name of attributes) {
			if (!series.attributes.includes(name)) this.missing.add(`${name} of ${named}`);
		}
	}

	/** Counts an item, and after the last one shows the hints. */
	endItem(run: Run): void {
		this.ended++;
		if (this.ended < this.items) return;
		const [first] = this.empty;
		if (first !== undefined) {
			const others = this.empty.length === 1 ? '' : `, and ${this.empty.length - 1} more items`;
			run.hint(
				`There is no value: device ${first.named} from ${first.from} to ${first.to}${others}. Check the range, and that the device was online in it.`,
			);
		}
		if (this.missing.size > 0) {
			const names = [...this.missing];
			const others = names.length > 10 ? [`${names.length - 10} more`] : [];
			run.hint(
				`The API left out ${listed([...names.slice(0, 10), ...others])}: the blueprint does not declare it, or the API Token's role may not read it.`,
			);
		}
	}
}

/** A number of seconds as people say it. */
function inWords(seconds: number): string {
	const units: Array<[number, string]> = [
		[86_400, 'Day'],
		[3600, 'Hour'],
		[60, 'Minute'],
		[1, 'Second'],
	];
	const [size, unit] = units.find(([length]) => seconds % length === 0) ?? [1, 'Second'];
	const count = seconds / size;
	return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

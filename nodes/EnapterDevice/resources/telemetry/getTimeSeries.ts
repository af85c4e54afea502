import { UserError } from 'n8n-workflow';

import { defineOperation } from '../../execution/operation';
import { durationInWords } from '../../fields/duration';
import { DEVICE } from '../../fields/locators';
import { options } from '../../fields/options';
import { checkTimezone } from '../../fields/time';
import { Fleet } from '../device/fleet';
import { ATTRIBUTES, checkKeys } from './attributes';
import type { SeriesQuery } from './seriesReader';
import { lookUpForFiles, SeriesReader } from './seriesReader';
import type { WantedColumn } from './timeSeries';
import { STEP_KEYS } from './timeSeries';
import {
	AGGREGATION,
	AUTO_STEPS,
	COLUMN_NAMES,
	DEFAULT_LOOK_AROUND,
	FROM,
	GAP_FILLING,
	GRANULARITY,
	LONGEST_STEP,
	LOOK_AROUND,
	OUTPUT,
	SEPARATOR,
	STEPS,
	TO,
} from './timeSeriesFields';

/** Maximum steps with automatic granularity for language models, which read every step. */
const AUTO_STEPS_FOR_MODELS = 100;

const MOST_STEPS = 1_000_000;
const MOST_STEPS_FOR_MODELS = 500;

/** Reads the values of attributes of a device over a span of time. */
export const getTimeSeries = defineOperation({
	option: {
		name: 'Get Time Series',
		value: 'getTimeSeries',
		action: 'Get a time series of telemetry',
		description: 'Read the values of a device over a span of time, step by step or as a CSV file',
	},
	fields: [
		DEVICE,
		ATTRIBUTES,
		FROM,
		TO,
		GRANULARITY,
		AGGREGATION,
		options(GAP_FILLING, LOOK_AROUND, OUTPUT, COLUMN_NAMES, SEPARATOR),
	],
	isIdempotent: true,

	prepare(
		{ deviceId: ref, attributes, aggregation: aggregations, ...values },
		{ timezone, isTool },
	): SeriesQuery {
		const { from, to, options: own } = values;
		if (isTool && own.output === 'csv') {
			throw new UserError('Language models cannot receive files. Set Output to Items.');
		}
		checkTimezone(timezone);
		const isAuto = values.granularity === 'auto';
		const granularity =
			values.granularity === 'auto' ? autoGranularity(from, to, isTool) : values.granularity;
		checkRange(from, to, granularity, isTool);
		const columns = columnsOf(attributes, aggregations);
		checkKeys(
			columns.map(({ key }) => key),
			STEP_KEYS,
			`Remove it from ${ATTRIBUTES.property.displayName}.`,
		);
		return {
			ref,
			attributes,
			aggregations,
			columns,
			from,
			to,
			granularity,
			isAuto,
			lookAround: own.gapFilling === 'last' ? (own.lookAround ?? DEFAULT_LOOK_AROUND) : undefined,
			file:
				own.output === 'csv'
					? {
							hasLabels: own.columnNames === 'labels',
							separator: own.separator === 'semicolon' ? ';' : ',',
						}
					: undefined,
		};
	},

	async plan(items, run) {
		const fleet = new Fleet(run.client);
		const ids = await fleet.idsOf(items.map(({ ref }) => ref));
		await lookUpForFiles(items, fleet);
		const reader = new SeriesReader(run, fleet, items);
		return {
			items: items.map((item, index) => {
				const device = ids[index] ?? { error: undefined };
				if ('error' in device) return device;
				const fileName = reader.fileNameOf(item, device.id);
				return { run: async () => await reader.read(item, device.id, fileName) };
			}),
		};
	},
});

/** The columns of the output. With several aggregations, their names are part of the keys. */
function columnsOf(attributes: string[], aggregations: string[]): WantedColumn[] {
	if (aggregations.length === 1) {
		return attributes.map((attribute) => ({ key: attribute, attribute, aggregation: undefined }));
	}
	return attributes.flatMap((attribute) =>
		aggregations.map((aggregation) => ({ key: `${attribute}_${aggregation}`, attribute, aggregation })),
	);
}

function secondsBetween(from: string, to: string): number {
	return (Date.parse(to) - Date.parse(from)) / 1000;
}

function autoGranularity(from: string, to: string, isTool: boolean): number {
	const most = isTool ? AUTO_STEPS_FOR_MODELS : AUTO_STEPS;
	return STEPS.find((step) => secondsBetween(from, to) / step <= most) ?? LONGEST_STEP;
}

/** @throws UserError if the time series ends before it starts, or has too many steps */
function checkRange(from: string, to: string, granularity: number, isTool: boolean): void {
	const length = secondsBetween(from, to);
	if (length <= 0) {
		throw new UserError(`From (${from}) must be before To (${to}). Swap them, or check the time zones.`);
	}
	const steps = Math.ceil(length / granularity);
	const most = isTool ? MOST_STEPS_FOR_MODELS : MOST_STEPS;
	if (steps <= most) return;
	throw new UserError(
		`From ${from} to ${to} there are ${steps} steps of ${durationInWords(granularity)}, but ${isTool ? 'a language model gets' : 'a time series has'} at most ${most}. Choose a longer Granularity or a shorter time.`,
	);
}

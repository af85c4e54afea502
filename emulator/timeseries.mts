import { ApiError, invalidQuery } from './apiError.mts';
import type { Value } from './behavior.mts';
import type { Dialect } from './dialect.mts';
import type { Fleet } from './fleet.mts';
import type { Device, ManifestAttribute } from './model.mts';
import { everyOf, reader } from './readings.mts';
import { durationSeconds, microseconds } from './time.mts';

// Read from Math once: most of the time of a long query is spent in these functions.
const { ceil, floor, max, min, round } = Math;

type DataType = 'float' | 'integer' | 'string' | 'string_array' | 'boolean';

const aggregations = ['auto', 'avg', 'last', 'min', 'max', 'bool_or'] as const;

type Aggregation = (typeof aggregations)[number];

interface Selector {
	/** ID or slug. */
	device: string;
	attributes: string[];
	aggregation: Aggregation;
	gapFilling: { method: 'none' | 'locf'; lookAround: number };
}

export interface Query {
	/** Unix seconds, as all times here. */
	from: number;
	to: number;
	granularity: number;
	selectors: Selector[];
}

/** One column of the CSV. */
export interface Column extends Omit<Selector, 'device' | 'attributes'> {
	/** Names of the device and the attribute in the response. */
	key: string;
	name: string;
	device: Readonly<Device>;
	attribute: string;
	type: DataType;
}

/** More steps would take too long. The real API's limit is unknown. */
const MOST_STEPS = 1_500_000;

/** Most values that are read in one step. That is enough for an average of these signals. */
const SAMPLES = 4;

/** Throws 400 for an invalid query, and 422 for too many steps. */
export function parseQuery(body: Record<string, unknown>): Query {
	const from = time(body, 'from');
	const to = time(body, 'to');
	if (to <= from) throw invalidQuery('to', 'to must be after from');
	const granularity = duration(body['granularity'], 'granularity');
	if (granularity < 1 || !Number.isInteger(granularity)) {
		throw invalidQuery('granularity', 'granularity must be whole seconds');
	}
	if ((to - from) / granularity > MOST_STEPS) {
		throw new ApiError(422, { code: 'unprocessable_entity', message: 'The query has too many steps.' });
	}
	const aggregation = parseAggregation(body['aggregation'] ?? 'auto');
	const { telemetry } = body;
	if (!Array.isArray(telemetry) || telemetry.length === 0) {
		throw invalidQuery('telemetry', 'telemetry must be a list of selectors');
	}
	const selectors = telemetry.map((selector: unknown) => parseSelector(selector, aggregation));
	return { from, to, granularity, selectors };
}

function time(body: Record<string, unknown>, field: string): number {
	const value = body[field];
	const seconds = typeof value === 'string' ? (microseconds(value) ?? NaN) / 1_000_000 : value;
	if (typeof seconds === 'number' && Number.isFinite(seconds)) return seconds;
	throw invalidQuery(field, `${field} must be an RFC 3339 time or Unix seconds`);
}

function duration(value: unknown, field: string): number {
	const seconds = typeof value === 'string' ? durationSeconds(value) : undefined;
	if (seconds !== undefined) return seconds;
	throw invalidQuery(field, `${field} must be a duration, e.g. 1m`);
}

function parseAggregation(value: unknown): Aggregation {
	const found = aggregations.find((name) => name === value);
	if (found) return found;
	throw invalidQuery('aggregation', `aggregation must be one of ${aggregations.join(', ')}`);
}

function parseSelector(selector: unknown, otherwise: Aggregation): Selector {
	const { device, attribute, aggregation, gap_filling } = object(selector, 'telemetry');
	if (typeof device !== 'string' || device === '') throw invalidQuery('device', 'device is required');
	const attributes: unknown[] = Array.isArray(attribute) ? attribute : [attribute];
	if (attributes.length === 0 || !attributes.every((name) => typeof name === 'string' && name !== '')) {
		throw invalidQuery('attribute', 'attribute must be a name or a list of names');
	}
	const { method = 'none', look_around = '0s' } = object(gap_filling ?? {}, 'gap_filling');
	if (method !== 'none' && method !== 'locf') throw invalidQuery('method', 'method must be none or locf');
	return {
		device,
		attributes: attributes.map(String),
		aggregation: aggregation == null ? otherwise : parseAggregation(aggregation),
		gapFilling: { method, lookAround: duration(look_around, 'look_around') },
	};
}

function object(value: unknown, field: string): Record<string, unknown> {
	if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
	throw invalidQuery(field, `${field} must be an object`);
}

/** The type of a column. Throws 400 for an aggregation that cannot be used with the attribute. */
export function typeOf({ type }: ManifestAttribute, aggregation: Aggregation): DataType {
	const isNumber = type === 'float' || type === 'integer';
	const wantsNumber = aggregation === 'avg' || aggregation === 'min' || aggregation === 'max';
	if ((wantsNumber && !isNumber) || (aggregation === 'bool_or' && type !== 'boolean')) {
		throw invalidQuery('aggregation', `${aggregation} cannot be used with values of type ${type}`);
	}
	if (type === 'integer') return aggregation === 'avg' ? 'float' : 'integer';
	if (type === 'float' || type === 'boolean') return type;
	return type === 'alerts' || type === 'array_of_strings' ? 'string_array' : 'string';
}

/**
 * Creates the CSV: a header row, then a row for each step in which a column has a value, or for every step if gaps are
 * filled (inferred). By default it is empty without such a row, and steps start at multiples of the granularity.
 */
export function createCsv(fleet: Fleet, query: Query, columns: Column[]): string {
	const { granularity, from } = query;
	const { seriesSteps, seriesEmptySteps, seriesNoData, seriesBooleans, seriesLineEnds } = fleet.dialect;
	const to = min(query.to, fleet.now() / 1000);
	const format = () => formatter(seriesBooleans);
	const cells = columns.map((column) => cellsOf(fleet, column, { from, to, granularity }, format()));
	const isFilled = columns.some(({ gapFilling }) => gapFilling.method === 'locf');
	const hasEmptyRows = isFilled || seriesEmptySteps === 'rows';
	const start = seriesSteps === 'from' ? floor(from) : floor(from / granularity) * granularity;
	const rows: string[] = [];
	for (let step = start; step < to; step += granularity) {
		let row = String(step);
		let isEmpty = true;
		for (const cell of cells) {
			const text = cell(step);
			if (text !== '') isEmpty = false;
			row += `,${text}`;
		}
		if (hasEmptyRows || !isEmpty) rows.push(row);
	}
	const isEmpty = rows.length === 0 && seriesNoData === 'empty';
	if (isEmpty || columns.length === 0) return '';
	const header = columns.map((column) => labels(column, granularity, fleet.dialect));
	return [['ts', ...header].join(','), ...rows, ''].join(seriesLineEnds === 'crlf' ? '\r\n' : '\n');
}

function labels(
	{ name, key, aggregation, gapFilling }: Column,
	granularity: number,
	{ seriesLabels }: Dialect,
): string {
	const relied = [`telemetry=${name}`, `device=${key}`];
	if (seriesLabels === 'deviceAndTelemetry') return relied.join(' ');
	const all = [
		...relied,
		`aggregation=${aggregation}`,
		`granularity=${granularity}s`,
		`gap_filling_method=${gapFilling.method}`,
		`gap_filling_look_around=${gapFilling.lookAround}s`,
	];
	return (seriesLabels === 'reordered' ? all.reverse() : all).join(' ');
}

/** Returns a function from step to cell of a column. It must be called in the order of time. */
function cellsOf(
	fleet: Fleet,
	column: Column,
	{ from, to, granularity }: Pick<Query, 'from' | 'to' | 'granularity'>,
	format: (value: Value | undefined) => string,
): (step: number) => string {
	const { device, attribute, gapFilling } = column;
	const read = reader(fleet, device, attribute);
	const every = everyOf(fleet, device, attribute);
	const combine = combinerOf(column);
	const valueIn = (start: number, end: number): Value | undefined => {
		const first = ceil(start / every);
		const count = ceil(end / every) - first;
		const samples = min(count, SAMPLES);
		let combined: Value | undefined;
		let found = 0;
		for (let sample = 1; sample <= samples; sample += 1) {
			const value = read((first + ceil((sample * count) / samples) - 1) * every);
			if (value === undefined) continue;
			combined = combined === undefined ? value : combine(combined, value);
			found += 1;
		}
		if (typeof combined !== 'number') return combined;
		return round((1000 * combined) / (combine === sum ? found : 1)) / 1000;
	};
	let last = gapFilling.lookAround > 0 ? valueIn(from - gapFilling.lookAround, from) : undefined;
	return (step) => {
		const value = valueIn(max(step, from), min(step + granularity, to));
		if (gapFilling.method === 'none') return format(value);
		last = value ?? last;
		return format(last);
	};
}

type Combine = (one: Value, next: Value) => Value;

const sum: Combine = (one, next) => Number(one) + Number(next);

/** `auto` is the average of floats, and the last value of other types (inferred). */
function combinerOf({ aggregation, type }: Column): Combine {
	if (aggregation === 'min') return (one, next) => min(Number(one), Number(next));
	if (aggregation === 'max') return (one, next) => max(Number(one), Number(next));
	if (aggregation === 'bool_or') return (one, next) => one === true || next === true;
	return type === 'float' && aggregation !== 'last' ? sum : (_one, next) => next;
}

/** Returns a function from value to cell. It reuses the cell of a value that repeats. */
function formatter(booleans: Dialect['seriesBooleans']): (value: Value | undefined) => string {
	let [last, cell]: [Value | undefined, string] = [undefined, ''];
	return (value) => {
		if (typeof value === 'number') return String(value);
		if (typeof value === 'boolean' && booleans === 'digits') return value ? '1' : '0';
		if (value === last) return cell;
		last = value;
		const text = Array.isArray(value) ? JSON.stringify(value) : String(value ?? '');
		cell = /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
		return cell;
	};
}

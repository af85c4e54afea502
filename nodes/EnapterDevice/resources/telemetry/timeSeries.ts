import type { IDataObject } from 'n8n-workflow';
import { UserError } from 'n8n-workflow';

import type { ResponseShape } from '../../transport/response';
import type { Output } from '../../execution/operation';
import { ATTRIBUTE_NAME } from './attributes';
import type { Value } from './csv';
import { CsvReader } from './csv';

const TYPES_HEADER = 'x-enapter-timeseries-data-types';

/** Keys of a step beside its attributes. */
export const STEP_KEYS = ['device_id', 'timestamp'];

/** A time series as it came: its header is read, its steps are not. */
export interface TimeSeries {
	text: string;
	/** Where the steps begin. */
	start: number;
	/** The attribute of each column after the first, which holds the time. */
	attributes: string[];
	/** The type of each of them; none when the API does not say. */
	types: string[] | undefined;
	/** What the columns call the device: its ID, or what it was asked for by. */
	device: string | undefined;
}

/** CSV, or nothing at all when there is no value in the range (Enapter's Grafana data source). */
export const TIME_SERIES: ResponseShape<TimeSeries> = {
	expected: 'a time series',
	accept: 'text/csv',
	read(body, headers) {
		if (body === undefined || body === null || body === '') {
			return { text: '', start: 0, attributes: [], types: [], device: undefined };
		}
		if (typeof body !== 'string') return undefined;
		return readHeader(body, typesOf(headers[TYPES_HEADER]));
	},
};

/** One header with commas, or repeated, which Node.js joins with commas. */
function typesOf(header: unknown): string[] | undefined {
	const text = Array.isArray(header) ? header.join(',') : header;
	if (typeof text !== 'string') return undefined;
	return text
		.split(',')
		.map((type) => type.trim().toLowerCase())
		.filter((type) => type !== '');
}

/** The first line: `ts`, then `telemetry=voltage device=<id> aggregation=auto …` for each column. */
function readHeader(text: string, types: string[] | undefined): TimeSeries | undefined {
	const end = text.indexOf('\n');
	const line = (end === -1 ? text : text.slice(0, end)).trimEnd();
	const [time, ...columns] = line.split(',').map((cell) => cell.replace(/^"(.*)"$/, '$1'));
	if (time !== 'ts') return undefined;
	const labels = columns.map(labelsOf);
	const attributes = labels.flatMap(({ telemetry }) => telemetry ?? []);
	const devices = new Set(labels.map(({ device }) => device));
	const isSound =
		attributes.length === columns.length &&
		new Set(attributes).size === columns.length &&
		attributes.every((name) => ATTRIBUTE_NAME.test(name) && !STEP_KEYS.includes(name)) &&
		devices.size <= 1 &&
		(types === undefined || types.length === columns.length);
	if (!isSound) return undefined;
	const [device] = devices;
	return { text, start: end === -1 ? text.length : end + 1, attributes, types, device };
}

/** Values hold neither a space nor `=`. */
function labelsOf(cell: string): { telemetry?: string; device?: string } {
	return Object.fromEntries(
		cell.split(' ').map((pair) => {
			const equals = pair.indexOf('=');
			return [pair.slice(0, Math.max(equals, 0)), pair.slice(equals + 1)];
		}),
	);
}

/**
 * Makes sure that a time series came whole. Where a response has no length, one that was cut off looks like any other; but
 * every line that Go's CSV writer writes ends in a line feed.
 *
 * @throws UserError when the last line does not end
 */
export function throwIfCut({ text }: TimeSeries): void {
	if (text === '' || text.endsWith('\n')) return;
	throw new UserError(
		'The API sent a time series that is cut off: its last line does not end. Nothing of it was put out. Run the workflow again.',
	);
}

const NEEDS_QUOTES = /^$|[",\r\n]/;

interface Column {
	name: string;
	type: string | undefined;
	/** The text of the step before: the state that a device is in lasts for many steps. */
	last: string | null;
}

/** A cell by its type; one of a type that is not known is a text. A table of functions would be half as fast. */
function readCell(reader: CsvReader, column: Column): Value {
	switch (column.type) {
		case 'float':
			return reader.number();
		case 'integer':
			return reader.integer();
		case 'boolean':
			return reader.boolean();
		case 'string_array':
			return reader.strings();
		default: {
			const cell = reader.string(column.last);
			if (cell !== column.last) column.last = cell === null || NEEDS_QUOTES.test(cell) ? null : cell;
			return cell;
		}
	}
}

/**
 * The steps of a time series, one output each: the device, the time as the API sends it (Unix time in seconds, UTC), and
 * the attributes that were asked for, null where they have no value.
 *
 * @param attributes what was asked for, in the order in which it is put out
 * @throws UserError when a line cannot be read
 */
export function outputsOf(
	{ text, start, attributes: sent, types }: TimeSeries,
	deviceId: string,
	attributes: string[],
): Output[] {
	if (types === undefined) {
		throw new UserError(
			'The API sent a time series but does not say of which types its values are. Set Output to CSV File to get it as it is.',
		);
	}
	const blank = { device_id: deviceId, timestamp: 0 };
	const values = Object.fromEntries([...attributes, ...sent].map((name) => [name, null]));
	// Copied from one that was parsed, an object has room for all its keys from the start.
	const empty = JSON.parse(JSON.stringify({ ...blank, ...values })) as IDataObject;
	const columns = sent.map((name, index): Column => ({ name, type: types[index], last: null }));
	const reader = new CsvReader(text, start, 2);
	const outputs: Output[] = [];
	while (!reader.isAtEnd) {
		const json = { ...empty };
		json.timestamp = reader.time();
		for (const column of columns) {
			reader.nextCell();
			json[column.name] = readCell(reader, column);
		}
		reader.nextLine();
		outputs.push({ json });
	}
	return outputs;
}

/** The time series as a CSV text whose columns are called as the attributes are. The steps are left as they came. */
export function csvOf({ text, start, attributes }: TimeSeries): string {
	return `${['timestamp', ...attributes].join(',')}\n${text.slice(start)}`;
}

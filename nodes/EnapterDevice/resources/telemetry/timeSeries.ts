import type { IDataObject } from 'n8n-workflow';

import type { Output } from '../../execution/operation';
import { ItemFailure } from '../../transport/errors';
import type { ResponseShape } from '../../transport/response';
import { ATTRIBUTE_NAME } from './attributes';
import type { Cell } from './csv';
import { csvRow, csvRows, unreadable, valueOf } from './csv';

const TYPES_HEADER = 'x-enapter-timeseries-data-types';

/** Keys of a step besides its attributes. */
export const STEP_KEYS = ['device_id', 'timestamp'];

/** The end of the year 9999, in Unix seconds. */
const LATEST = 253_402_300_799;

/** A column of a time series as received. */
interface Column {
	attribute: string;
	/** How values within a step were combined, if the API returns it. */
	aggregation: string | undefined;
	/** Undefined if the API does not return it. */
	type: string | undefined;
}

/** A time series as received: its header is read, its steps are not. */
export interface TimeSeries {
	text: string;
	/** Where the steps start. */
	start: number;
	/** The columns after the first, which contains the time. */
	columns: Column[];
	/** ID or slug of the device in the columns; undefined if they do not name it. */
	device: string | undefined;
}

/** A column of the output. */
export interface WantedColumn {
	key: string;
	attribute: string;
	/** Undefined if only one aggregation was requested. */
	aggregation: string | undefined;
}

/**
 * CSV, or nothing with `Content-Length: 0` if there is no value in the range (Enapter's Grafana data source). An empty body
 * without that header may be the rest of a compressed body that was cut off.
 */
export const TIME_SERIES: ResponseShape<TimeSeries> = {
	expected: 'a time series',
	accept: 'text/csv',
	read(body, headers) {
		if (body === undefined || body === null || body === '') {
			const isNoData = Number(headers['content-length'] ?? Number.NaN) === 0;
			return isNoData ? { text: '', start: 0, columns: [], device: undefined } : undefined;
		}
		return typeof body === 'string' ? readHeader(body, typesOf(headers[TYPES_HEADER])) : undefined;
	},
};

/** One header with commas, or repeated headers. */
function typesOf(header: unknown): string[] | undefined {
	const text = Array.isArray(header) ? header.join(',') : header;
	if (typeof text !== 'string') return undefined;
	return text
		.split(',')
		.map((type) => type.trim().toLowerCase())
		.filter((type) => type !== '');
}

/** The first row: `ts`, then `telemetry=voltage device=<id> aggregation=auto …` for each column. */
function readHeader(text: string, types: string[] | undefined): TimeSeries | undefined {
	const end = text.indexOf('\n');
	const line = (end === -1 ? text : text.slice(0, end)).trimEnd();
	const [time, ...cells] = line.split(',').map((cell) => cell.replace(/^"(.*)"$/, '$1'));
	if (time !== 'ts') return undefined;
	const labels = cells.map(labelsOf);
	const columns = labels.map(({ telemetry = '', aggregation }, index) => ({
		attribute: telemetry,
		aggregation,
		type: types?.[index],
	}));
	const devices = new Set(labels.map(({ device }) => device));
	const isUsable =
		columns.every(({ attribute }) => ATTRIBUTE_NAME.test(attribute)) &&
		devices.size <= 1 &&
		(types === undefined || types.length === columns.length);
	if (!isUsable) return undefined;
	const [device] = devices;
	return { text, start: end === -1 ? text.length : end + 1, columns, device };
}

/** Values contain neither a space nor `=`. */
function labelsOf(cell: string): { telemetry?: string; device?: string; aggregation?: string } {
	return Object.fromEntries(
		cell.split(' ').map((pair) => {
			const equals = pair.indexOf('=');
			return [pair.slice(0, Math.max(equals, 0)), pair.slice(equals + 1)];
		}),
	);
}

/** Whether a time series has no step. */
export function isEmpty({ text, start }: TimeSeries): boolean {
	return start === text.length;
}

/**
 * Checks that a time series is complete. If a response has no length, only its last row shows whether it was cut off: Go's CSV
 * writer ends every row with a line feed.
 *
 * @throws ItemFailure if the last row has no line feed
 */
export function checkComplete({ text }: TimeSeries): void {
	if (text === '' || text.endsWith('\n')) return;
	throw new ItemFailure(
		'The API sent a time series that is incomplete: its last row is cut off. No values were output',
		'Run the workflow again.',
	);
}

/** A column of the output, with the index of its cells; undefined if the API left the column out. */
interface Source extends WantedColumn {
	index: number | undefined;
	type: string | undefined;
}

/** @throws ItemFailure if the columns cannot be distinguished */
function sourcesOf({ columns }: TimeSeries, wanted: WantedColumn[]): Source[] {
	return wanted.map((column) => {
		const { key, attribute, aggregation } = column;
		const matching = [...columns.entries()].filter(
			([, sent]) =>
				sent.attribute === attribute &&
				(aggregation === undefined || (sent.aggregation ?? aggregation) === aggregation),
		);
		const isUnclear =
			matching.length > 1 ||
			matching.some(([, sent]) => aggregation !== undefined && sent.aggregation === undefined);
		if (isUnclear) {
			throw new ItemFailure(
				`The API does not say which column of the time series is "${key}". No values were output`,
				'Choose only one Aggregation.',
			);
		}
		const [index, found] = matching[0] ?? [];
		return { ...column, index: index === undefined ? undefined : index + 1, type: found?.type };
	});
}

/**
 * The steps of a time series, one output each: the device, the time, and the requested attributes, null where they have no value.
 *
 * @param writeTime writes Unix seconds
 * @throws ItemFailure if a row cannot be read
 */
export function outputsOf(
	series: TimeSeries,
	deviceId: string,
	wanted: WantedColumn[],
	writeTime: (seconds: number) => string,
): Output[] {
	if (series.columns.some(({ type }) => type === undefined)) {
		throw new ItemFailure(
			'The API sent a time series without the types of its values',
			'Set Output to CSV File to get the values as they are.',
		);
	}
	const sources = sourcesOf(series, wanted);
	const keys = sources.map(({ key }) => [key, null] as const);
	// Copying a parsed object is faster: the copy has room for all keys from the start.
	const empty = JSON.parse(
		JSON.stringify({ device_id: deviceId, timestamp: '', ...Object.fromEntries(keys) }),
	) as IDataObject;
	const outputs: Output[] = [];
	for (const cells of csvRows(series.text, series.start)) {
		const json = { ...empty };
		json.timestamp = writeTime(timeOf(cells, series));
		for (const { key, index, type } of sources) {
			if (index !== undefined) json[key] = valueOf(cells[index] ?? null, type);
		}
		outputs.push({ json });
	}
	return outputs;
}

/**
 * The time series as CSV, with the requested columns that the API sent.
 *
 * @param titles the titles of the columns, the time first
 * @throws ItemFailure if a row cannot be read
 */
export function csvOf(
	series: TimeSeries,
	wanted: WantedColumn[],
	titleOf: (column: WantedColumn | undefined) => string,
	separator: string,
	writeTime: (seconds: number) => string,
): { text: string; steps: number } {
	const sources = sourcesOf(series, wanted).filter(({ index }) => index !== undefined);
	const lines = [csvRow([titleOf(undefined), ...sources.map(titleOf)], separator)];
	for (const cells of csvRows(series.text, series.start)) {
		const values = sources.map(({ index = 0 }) => cells[index] ?? null);
		lines.push(csvRow([writeTime(timeOf(cells, series)), ...values], separator));
	}
	return { text: `${lines.join('\n')}\n`, steps: lines.length - 1 };
}

/** The time of a row, in Unix seconds. */
function timeOf(cells: Cell[], { columns }: TimeSeries): number {
	if (cells.length !== columns.length + 1) throw unreadable('a row has too many or too few values');
	const seconds = valueOf(cells[0] ?? null, 'integer');
	if (typeof seconds === 'number' && seconds >= 0 && seconds <= LATEST) return seconds;
	throw unreadable('a row has no time');
}

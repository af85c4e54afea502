import { ItemFailure } from '../../transport/errors';
import { jsonOf } from '../device/parameters';

/** A value of a telemetry attribute; null in steps without a value. */
export type Value = number | string | boolean | string[] | null;

/** A cell of a CSV text; null if it is empty and not quoted. */
export type Cell = string | null;

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Numbers of Go, the API's language, that JSON does not have. */
const NO_JSON_NUMBER = /^(?:NaN|[+-]?Inf)$/;

const SPECIAL = /["\r]/;

/** A cell in quotation marks or a plain one, and what ends it. */
const CELL = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r?\n|$)/y;

/**
 * Reads the rows of a CSV text (RFC 4180).
 *
 * @param start where the first row starts
 * @throws ItemFailure if quotation marks or line breaks are misplaced
 */
export function* csvRows(text: string, start: number): Generator<Cell[]> {
	const cell = new RegExp(CELL);
	const isAllPlain = !SPECIAL.test(text);
	for (let at = start; at < text.length; ) {
		const end = text.indexOf('\n', at);
		const line = text.slice(at, end === -1 ? text.length : end);
		// Almost all rows are plain, and splitting them is faster.
		const isPlain = isAllPlain || !SPECIAL.test(line);
		cell.lastIndex = at;
		yield isPlain ? plainCells(line) : cellsOf(text, cell);
		at = isPlain ? at + line.length + 1 : cell.lastIndex;
	}
}

function plainCells(line: string): Cell[] {
	const cells = line.split(',');
	return cells.includes('') ? cells.map((cell) => cell || null) : cells;
}

/** Reads a row, cell by cell, from the position of the regular expression on. */
function cellsOf(text: string, cell: RegExp): Cell[] {
	const cells: Cell[] = [];
	for (let end = ','; end === ','; ) {
		const match = cell.exec(text);
		if (match === null) throw unreadable('a quotation mark or line break is misplaced');
		const quoted = match[1];
		cells.push(quoted === undefined ? match[2] || null : quoted.replaceAll('""', '"'));
		end = match[3] ?? '';
	}
	return cells;
}

/**
 * Reads a cell by the type of its column. Whole numbers that JavaScript cannot hold exactly are returned as text.
 *
 * @param type as the API calls it; cells of unknown types are texts
 * @throws ItemFailure if the cell is not of that type
 */
export function valueOf(cell: Cell, type: string | undefined): Value {
	if (cell === null) return null;
	switch (type) {
		case 'float':
		case 'integer':
			return numberOf(cell, type);
		case 'boolean':
			if (cell === 'true' || cell === '1') return true;
			if (cell === 'false' || cell === '0') return false;
			throw unreadable('a value is neither true nor false');
		case 'string_array':
			return textsIn(cell);
		default:
			return cell;
	}
}

function numberOf(cell: string, type: 'float' | 'integer'): number | string | null {
	const number = NUMBER.test(cell) ? Number(cell) : Number.NaN;
	if (type === 'float' && Number.isFinite(number)) return number;
	if (Number.isSafeInteger(number)) return number;
	if (/^[+-]?\d+$/.test(cell)) return cell;
	if (NO_JSON_NUMBER.test(cell)) return null;
	throw unreadable(type === 'float' ? 'a value is not a number' : 'a value is not a whole number');
}

function textsIn(cell: string): string[] | null {
	const list = jsonOf(cell);
	if (list === null) return null;
	if (Array.isArray(list) && list.every((entry) => typeof entry === 'string')) return list;
	throw unreadable('a value is not a list of texts');
}

/** The error for a time series that cannot be read. It quotes nothing: what was received must not appear in messages. */
export function unreadable(reason: string): ItemFailure {
	return new ItemFailure(
		`The API sent a time series that cannot be read: ${reason}. No values were output`,
		'This is a problem on the API side. Try again later.',
	);
}

/**
 * Writes a row of CSV. A text that a spreadsheet would run as a formula gets an apostrophe in front of it.
 *
 * @param separator between cells
 */
export function csvRow(cells: Cell[], separator: string): string {
	return cells.map((cell) => written(cell, separator)).join(separator);
}

function written(cell: Cell, separator: string): string {
	if (cell === null) return '';
	const safe = /^[=+\-@\t\r]/.test(cell) && !NUMBER.test(cell) ? `'${cell}` : cell;
	const needsQuotes = safe === '' || safe.includes(separator) || /["\r\n]/.test(safe);
	return needsQuotes ? `"${safe.replaceAll('"', '""')}"` : safe;
}

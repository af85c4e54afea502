import { ItemFailure } from '../../transport/errors';

/** A value of a telemetry attribute; null in steps without a value. */
export type Value = number | string | boolean | string[] | null;

/** A cell of a CSV text; null if it is empty and not quoted. */
export type Cell = string | null;

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Numbers of Go, the API's language, that JSON does not have. */
const NO_JSON_NUMBER = /^(?:NaN|[+-]?Inf)$/;

const QUOTED_OR_PLAIN = /(?:"([^"]*(?:""[^"]*)*)"|([^",]*))(,|$)/y;

/**
 * Reads the rows of a CSV text (RFC 4180).
 *
 * @param start where the first row starts
 * @throws ItemFailure if quotation marks are misplaced
 */
export function* csvRows(text: string, start: number): Generator<Cell[]> {
	let quote = text.indexOf('"', start);
	for (let at = start; at < text.length; ) {
		const isQuoted = quote !== -1 && quote < endOf(text, '\n', at);
		const end = isQuoted ? endOfQuotedRow(text, at) : endOf(text, '\n', at);
		const row = text.slice(at, text[end - 1] === '\r' ? end - 1 : end);
		yield isQuoted ? quotedCells(row) : plainCells(row);
		at = end + 1;
		if (isQuoted) quote = text.indexOf('"', at);
	}
}

/** The position of a character, or the end of the text. */
function endOf(text: string, character: string, start: number): number {
	const end = text.indexOf(character, start);
	return end === -1 ? text.length : end;
}

/** The position of the next line feed outside quotation marks. */
function endOfQuotedRow(text: string, start: number): number {
	let isQuoted = false;
	for (let from = start; ; ) {
		const end = endOf(text, '\n', from);
		if (text.slice(from, end).split('"').length % 2 === 0) isQuoted = !isQuoted;
		if (!isQuoted || end === text.length) return end;
		from = end + 1;
	}
}

function plainCells(row: string): Cell[] {
	const cells = row.split(',');
	return cells.includes('') ? cells.map((cell) => (cell === '' ? null : cell)) : cells;
}

function quotedCells(row: string): Cell[] {
	const cells: Cell[] = [];
	QUOTED_OR_PLAIN.lastIndex = 0;
	for (let separator = ','; separator === ','; ) {
		const match = QUOTED_OR_PLAIN.exec(row);
		if (match === null) throw unreadable('a quotation mark is misplaced');
		const [, quoted, plain, found = ''] = match;
		cells.push(quoted?.replaceAll('""', '"') ?? (plain === '' ? null : (plain ?? null)));
		separator = found;
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
	const list = parsed(cell);
	if (list === null) return null;
	if (Array.isArray(list) && list.every((entry) => typeof entry === 'string')) return list;
	throw unreadable('a value is not a list of texts');
}

function parsed(json: string): unknown {
	try {
		return JSON.parse(json) as unknown;
	} catch {
		return undefined;
	}
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

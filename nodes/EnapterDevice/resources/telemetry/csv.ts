import { UserError } from 'n8n-workflow';

/** A value of a telemetry attribute; null where a step has none. */
export type Value = number | string | boolean | string[] | null;

const COMMA = 44;
const QUOTE = 34;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;

/** Below this a sequence of digits is an exact number, whichever digits they are. */
const MOST_DIGITS = 15;

const POWERS_OF_TEN = Array.from({ length: MOST_DIGITS + 1 }, (_, exponent) => 10 ** exponent);

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** What Go, in which the API is written, calls the numbers that JSON does not have. */
const NO_JSON_NUMBER = /^(?:NaN|[+-]?Inf)$/;

/**
 * Reads the cells of a CSV text one after the other. Made for time series: numbers, which most cells are, are read in
 * place. Nothing is guessed: what is no cell of its type ends the reading.
 */
export class CsvReader {
	/** The characters of the text, which are read faster than from the text itself. */
	private readonly codes: Uint16Array;

	/**
	 * @param text whose last line has to end, as every other
	 * @param at where the first cell begins
	 * @param line the number of its line, for messages
	 */
	constructor(
		private readonly text: string,
		private at = 0,
		private line = 1,
	) {
		const { buffer, byteOffset } = Buffer.from(text, 'utf16le');
		this.codes = new Uint16Array(buffer, byteOffset, text.length);
	}

	/** Whether all lines were read. */
	get isAtEnd(): boolean {
		return this.at >= this.text.length;
	}

	/**
	 * Goes on to the next cell of a line.
	 *
	 * @throws UserError when the line has none
	 */
	nextCell(): void {
		if (this.code(this.at) !== COMMA) this.fail('has too few values');
		this.at++;
	}

	/**
	 * Goes on to the next line.
	 *
	 * @throws UserError when the line has more cells
	 */
	nextLine(): void {
		if (this.code(this.at) === CARRIAGE_RETURN) this.at++;
		if (this.code(this.at) !== LINE_FEED) this.fail('has too many values');
		this.at++;
		this.line++;
	}

	/**
	 * The text of a cell; null when it is empty and not quoted.
	 *
	 * @param expected what the cell may well hold, which is then not made anew; not blank, and nothing that is quoted
	 */
	string(expected: string | null = null): string | null {
		if (expected !== null && this.passes(expected)) return expected;
		const { text } = this;
		if (this.code(this.at) === QUOTE) return this.quoted();
		const start = this.at;
		let end = start;
		for (let code = this.code(end); isInCell(code); code = this.code(++end)) {
			if (code === QUOTE) this.fail('has a quotation mark inside a value');
		}
		this.at = end;
		return end === start ? null : text.slice(start, end);
	}

	/** A decimal number, exactly as JavaScript reads it. */
	number(): number | null {
		const start = this.at;
		let at = start;
		let code = this.code(at);
		const isNegative = code === MINUS;
		if (isNegative) code = this.code(++at);
		let digits = 0;
		let decimals = 0;
		let number = 0;
		for (; isDigit(code); code = this.code(++at), digits++) number = number * 10 + (code - ZERO);
		if (code === POINT) {
			code = this.code(++at);
			for (; isDigit(code); code = this.code(++at), decimals++) number = number * 10 + (code - ZERO);
		}
		// Both parts of the fraction are exact, so that the division rounds as reading the whole would.
		if (digits > 0 && digits + decimals <= MOST_DIGITS && !isInCell(code)) {
			this.at = at;
			const power = decimals === 0 ? 1 : (POWERS_OF_TEN[decimals] ?? 1);
			return (isNegative ? -number : number) / power;
		}
		return this.otherNumber();
	}

	/**
	 * The time of a line.
	 *
	 * @throws UserError when it has none
	 */
	time(): number {
		return this.number() ?? this.fail('has no time');
	}

	/** A whole number; one that JavaScript does not hold exactly is given as a text. */
	integer(): number | string | null {
		const { text, at } = this;
		const number = this.number();
		if (number === null || Number.isSafeInteger(number)) return number;
		const digits = text.slice(at, this.at);
		if (/^[+-]?\d+$/.test(digits)) return digits;
		return this.fail('has a value that is no whole number');
	}

	boolean(): boolean | null {
		if (this.passes('true') || this.passes('1')) return true;
		if (this.passes('false') || this.passes('0')) return false;
		if (this.string() === null) return null;
		return this.fail('has a value that is neither true nor false');
	}

	/** A list of texts, as JSON. */
	strings(): string[] | null {
		const cell = this.string();
		if (cell === null) return null;
		const list = jsonOf(cell);
		if (list === null) return null;
		if (isTexts(list)) return list;
		return this.fail('has a value that is no list of texts');
	}

	/** Whether the cell holds just these characters, which are none that a cell has to be quoted for; then goes past it. */
	private passes(cell: string): boolean {
		const { text, at } = this;
		const end = at + cell.length;
		if (isInCell(this.code(end)) || !text.startsWith(cell, at)) return false;
		this.at = end;
		return true;
	}

	private otherNumber(): number | null {
		const cell = this.string();
		if (cell === null || NO_JSON_NUMBER.test(cell)) return null;
		const number = NUMBER.test(cell) ? Number(cell) : Number.NaN;
		if (Number.isFinite(number)) return number;
		return this.fail('has a value that is no number');
	}

	private quoted(): string {
		const { text } = this;
		const start = this.at + 1;
		let end = text.indexOf('"', start);
		let hasQuotes = false;
		while (end !== -1 && this.code(end + 1) === QUOTE) {
			hasQuotes = true;
			end = text.indexOf('"', end + 2);
		}
		if (end === -1) this.fail('has a value whose quotation mark does not end');
		if (isInCell(this.code(end + 1))) this.fail('has something after a quoted value');
		this.at = end + 1;
		const cell = text.slice(start, end);
		return hasQuotes ? cell.replaceAll('""', '"') : cell;
	}

	private code(at: number): number {
		return this.codes[at] ?? LINE_FEED;
	}

	/** The cell is not quoted: a response is nothing to show to everybody who sees an error. */
	private fail(what: string): never {
		throw new UserError(
			`The API sent a time series that cannot be read: line ${this.line} ${what}. Nothing of it was put out.`,
		);
	}
}

function isDigit(code: number): boolean {
	return code >= 48 && code <= 57;
}

/** Whether a character belongs to a cell that is not quoted. */
function isInCell(code: number): boolean {
	return code !== COMMA && code !== LINE_FEED && code !== CARRIAGE_RETURN;
}

function jsonOf(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}

function isTexts(value: unknown): value is string[] {
	return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

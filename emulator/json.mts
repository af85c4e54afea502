/** A number that is kept and written exactly as its text, e.g. `5.0`, or an integer beyond 2^53. */
export class JsonNumber {
	readonly text: string;

	constructor(text: string) {
		this.text = text;
	}

	/** The mark that `toJson` replaces: JSON.stringify has no way to write a number as it is. */
	toJSON(): string {
		return `\u0001${this.text}`;
	}

	toString(): string {
		return this.text;
	}

	valueOf(): number {
		return Number(this.text);
	}
}

/** Returns a whole number with a decimal point, e.g. `5.0`, and any other value unchanged. */
export function withDecimals(value: unknown): unknown {
	const isNumber = value instanceof JsonNumber || typeof value === 'number';
	return isNumber && /^-?\d+$/.test(String(value)) ? new JsonNumber(`${String(value)}.0`) : value;
}

/** Like JSON.stringify, with every JsonNumber as its text. */
export function toJson(value: unknown): string {
	return JSON.stringify(value).replaceAll(/"\\u0001([^"]*)"/g, '$1');
}

/** Like JSON.parse, with a JsonNumber for every integer that a JavaScript number cannot hold. */
export function parseJson(text: string): unknown {
	JSON.parse(text);
	const marked = text.replaceAll(/"(?:\\.|[^"\\])*"|-?\d[\d.eE+-]*/g, (token) =>
		/^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"\\u0001${token}"` : token,
	);
	return JSON.parse(marked, (_key, value: unknown) =>
		typeof value === 'string' && value.startsWith('\u0001') ? new JsonNumber(value.slice(1)) : value,
	);
}

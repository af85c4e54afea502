import type { IDataObject } from 'n8n-workflow';

/** Whether a value is an object with fields, and no list. */
export function isObject(value: unknown): value is IDataObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a body is what a proxy or a login page sends instead of the API. */
export function isWebPage(body: unknown): boolean {
	return typeof body === 'string' && body.trimStart().startsWith('<');
}

/**
 * Parses JSON. Whole numbers that JavaScript cannot hold exactly become text, so that no digit changes.
 *
 * @returns undefined if the text is not JSON
 */
export function parseJson(text: string): unknown {
	try {
		return JSON.parse(/\d{16}/.test(text) ? quoteLargeIntegers(text) : text) as unknown;
	} catch {
		return undefined;
	}
}

/** Replaces the numbers between texts. A regular expression that also matches texts overflows the stack at some megabytes. */
function quoteLargeIntegers(json: string): string {
	const parts: string[] = [];
	for (let at = 0; at < json.length; ) {
		const quote = json.indexOf('"', at);
		const start = quote === -1 ? json.length : quote;
		const end = endOfText(json, start);
		parts.push(json.slice(at, start).replace(NUMBER, quotedIfLarge), json.slice(start, end));
		at = end;
	}
	return parts.join('');
}

const NUMBER = /-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi;

function quotedIfLarge(number: string): string {
	return isLargeInteger(number) ? `"${number}"` : number;
}

function isLargeInteger(text: string): boolean {
	return /^-?\d+$/.test(text) && !Number.isSafeInteger(Number(text));
}

/** Whether a value contains text that may have been a whole number before {@link parseJson}. */
export function mayContainLargeInteger(value: unknown): boolean {
	if (typeof value === 'string') return isLargeInteger(value);
	return typeof value === 'object' && value !== null && Object.values(value).some(mayContainLargeInteger);
}

/** The position after a text in quotation marks. */
function endOfText(json: string, start: number): number {
	for (let end = json.indexOf('"', start + 1); end !== -1; end = json.indexOf('"', end + 1)) {
		let backslashes = 0;
		while (json[end - 1 - backslashes] === '\\') backslashes++;
		if (backslashes % 2 === 0) return end + 1;
	}
	return json.length;
}

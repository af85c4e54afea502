import { isExpression, isSafeObjectProperty } from 'n8n-workflow';

/**
 * The expressions that n8n's editor writes when a field is dragged into a parameter. Everything that n8n or JavaScript may read
 * differently is left to n8n: names with a `$`, braces and line breaks in quotes, `[00]`, inexact numbers.
 */
const ITEM_FIELD =
	/^=\{\{\s*\$json(?<path>(?:\.[A-Za-z_]\w*|\['[^'\\\r\n\u2028\u2029{}]+'\]|\["[^"\\\r\n\u2028\u2029{}]+"\]|\[(?:0|[1-9]\d{0,14})\])+)\s*\}\}$/;

const STEP = /\.(\w+)|\['([^']+)'\]|\["([^"]+)"\]|\[(\d+)\]/g;

/**
 * Reads a parameter whose expressions are all of the form `{{ $json.field }}`. n8n's engine evaluates each expression in an
 * isolate of its own, which takes longer than the request that needs the value.
 *
 * @param parameter as the workflow contains it
 * @param json what expressions call `$json`
 * @returns undefined if n8n's engine must evaluate it: it has other expressions, or refers to a field that is missing, a list
 * or an object
 */
export function readSimpleExpressions(parameter: unknown, json: unknown): unknown {
	if (isExpression(parameter)) return fieldOf(parameter, json);
	if (typeof parameter !== 'object' || parameter === null) return parameter;
	if (Array.isArray(parameter)) return containsExpression(parameter) ? undefined : parameter;
	const read: Record<string, unknown> = {};
	for (const [key, value] of Object.entries(parameter)) {
		read[key] = readSimpleExpressions(value, json);
		if (read[key] === undefined) return undefined;
	}
	return read;
}

/** Whether a value as the workflow contains it has an expression, at any depth. */
export function containsExpression(value: unknown): boolean {
	if (typeof value === 'object' && value !== null) return Object.values(value).some(containsExpression);
	return isExpression(value);
}

function fieldOf(expression: string, json: unknown): unknown {
	const path = ITEM_FIELD.exec(expression)?.groups?.path;
	if (path === undefined) return undefined;
	let value = json;
	for (const [, ...forms] of path.matchAll(STEP)) {
		const step = forms.find((form) => form !== undefined) ?? '';
		if (typeof value !== 'object' || value === null) return undefined;
		if (!Object.hasOwn(value, step) || !isSafeObjectProperty(step)) return undefined;
		value = (value as Record<string, unknown>)[step];
	}
	return typeof value === 'object' || typeof value === 'function' ? undefined : value;
}

import { isExpression, isSafeObjectProperty } from 'n8n-workflow';

/**
 * What n8n's editor writes when a field is dragged into a parameter, and nothing besides. Left to n8n is what it or
 * JavaScript reads in its own way: names with a `$`, braces and line ends within quotes, `[00]`, numbers that
 * are not exact.
 */
const ITEM_FIELD =
	/^=\{\{\s*\$json(?<path>(?:\.[A-Za-z_]\w*|\['[^'\\\r\n\u2028\u2029{}]+'\]|\["[^"\\\r\n\u2028\u2029{}]+"\]|\[(?:0|[1-9]\d{0,14})\])+)\s*\}\}$/;

const STEP = /\.(\w+)|\['([^']+)'\]|\["([^"]+)"\]|\[(\d+)\]/g;

/**
 * The value of a parameter whose expressions are all of the kind `{{ $json.field }}`. n8n's engine evaluates each
 * expression in an isolate of its own, which takes longer than the request the value is for; this reads the field.
 *
 * @param parameter as the workflow holds it
 * @param json gives what the expressions call `$json`; asked only when they need it
 * @returns nothing when the parameter needs n8n's engine: it holds another expression, or a field that is missing or holds
 * a list or an object
 */
export function readSimpleExpressions(parameter: unknown, json: () => unknown): unknown {
	if (isExpression(parameter)) return fieldOf(parameter, json);
	if (typeof parameter !== 'object' || parameter === null) return parameter;
	if (Array.isArray(parameter)) return undefined;
	const read: Record<string, unknown> = {};
	for (const [key, value] of Object.entries(parameter)) {
		read[key] = readSimpleExpressions(value, json);
		if (read[key] === undefined) return undefined;
	}
	return read;
}

function fieldOf(expression: string, json: () => unknown): unknown {
	const path = ITEM_FIELD.exec(expression)?.groups?.path;
	if (path === undefined) return undefined;
	let value = json();
	for (const [, ...forms] of path.matchAll(STEP)) {
		const step = forms.find((form) => form !== undefined) ?? '';
		if (typeof value !== 'object' || value === null) return undefined;
		if (!Object.hasOwn(value, step) || !isSafeObjectProperty(step)) return undefined;
		value = (value as Record<string, unknown>)[step];
	}
	return typeof value === 'object' || typeof value === 'function' ? undefined : value;
}

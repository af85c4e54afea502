import { JsonNumber } from './json.mts';
import type { ManifestArgument } from './model.mts';

function isNumber(value: unknown): boolean {
	return typeof value === 'number' || value instanceof JsonNumber;
}

const types: Record<string, (value: unknown) => boolean> = {
	string: (value) => typeof value === 'string',
	integer: (value) => Number.isInteger(value) || value instanceof JsonNumber,
	float: isNumber,
	boolean: (value) => typeof value === 'boolean',
	json: (value) => typeof value === 'object' && value !== null,
	array_of_strings: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
};

function allowedValues({ enum: values }: ManifestArgument): string[] | undefined {
	if (values === undefined) return undefined;
	return Array.isArray(values) ? values.map(String) : Object.keys(values);
}

/** Returns the first argument that does not fit its declaration, with the reason; undefined if all fit. */
export function checkArguments(
	declared: Record<string, ManifestArgument>,
	given: Record<string, unknown>,
): { code: string; reason: string } | undefined {
	for (const [name, argument] of Object.entries(declared)) {
		const reason = faultOf(argument, given[name]);
		if (reason !== undefined) return { code: 'invalid_argument', reason: `${name} ${reason}` };
	}
	return undefined;
}

function faultOf(argument: ManifestArgument, value: unknown): string | undefined {
	if (value === undefined || value === null) return argument.required ? 'is required' : undefined;
	return faultOfValue(argument, value);
}

/** Returns why a value does not fit its declaration, e.g. `must be of type integer`; undefined if it fits. */
export function faultOfValue(argument: ManifestArgument, value: unknown): string | undefined {
	const { type, min = -Infinity, max = Infinity } = argument;
	if (types[type]?.(value) === false) return `must be of type ${type}`;
	const allowed = allowedValues(argument);
	if (allowed && !allowed.includes(String(value))) return `must be one of ${allowed.join(', ')}`;
	const number = isNumber(value) ? Number(value) : undefined;
	if (number !== undefined && (number < min || number > max)) return `must be from ${min} to ${max}`;
	return undefined;
}

import type { ManifestArgument } from './model.mts';

const types: Record<string, (value: unknown) => boolean> = {
	string: (value) => typeof value === 'string',
	integer: (value) => Number.isInteger(value),
	float: (value) => typeof value === 'number',
	boolean: (value) => typeof value === 'boolean',
	json: (value) => typeof value === 'object' && value !== null,
	array_of_strings: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
};

function allowedValues({ enum: values }: ManifestArgument): string[] | undefined {
	if (values === undefined) return undefined;
	return Array.isArray(values) ? values.map(String) : Object.keys(values);
}

/**
 * What a device says to arguments that do not fit its manifest; undefined if they fit. The platform is not said to
 * check them, nor to fill in defaults, so a device does the first and nobody the second (inferred).
 */
export function checkArguments(
	declared: Record<string, ManifestArgument>,
	given: Record<string, unknown>,
): { code: string; reason: string } | undefined {
	for (const [name, argument] of Object.entries(declared)) {
		const reason = fault(argument, given[name]);
		if (reason !== undefined) return { code: 'invalid_argument', reason: `${name} ${reason}` };
	}
	return undefined;
}

function fault(argument: ManifestArgument, value: unknown): string | undefined {
	const { type, required, min = -Infinity, max = Infinity } = argument;
	if (value === undefined || value === null) return required ? 'is required' : undefined;
	if (types[type]?.(value) === false) return `must be of type ${type}`;
	const allowed = allowedValues(argument);
	if (allowed && !allowed.includes(String(value))) return `must be one of ${allowed.join(', ')}`;
	if (typeof value === 'number' && (value < min || value > max)) return `must be from ${min} to ${max}`;
	return undefined;
}

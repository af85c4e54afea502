import type { ItemParameters } from '../../nodes/EnapterDevice/fields/itemParameters.ts';

/** The parameters of one item, as a workflow without expressions holds them. */
export function itemParameters(
	held: Record<string, unknown>,
	{ isTool = false, onRead = (_name: string) => {} } = {},
): ItemParameters {
	const read = (name: string): unknown => {
		onRead(name);
		return name
			.split('.')
			.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], held);
	};
	return {
		isTool,
		timezone: 'UTC',
		raw: (name, fallback) => read(name) ?? fallback,
		input: () => ({}),
		get: (name, fallback) => read(name) ?? fallback,
		holds: (name) => read(name) !== undefined,
		chosen: (name) => read(name) === true,
	};
}

import type { Given, ItemContext } from '../../nodes/EnapterDevice/fields/field.ts';

const ITEM: ItemContext = { index: 0, isTool: false, timezone: 'UTC', input: {} };

/** A value that a person entered. */
export function given(value: unknown, { raw = value, isTool = false } = {}): Given {
	return { value, raw, item: { ...ITEM, isTool } };
}

/** Gives the values of fields by name, as a workflow without expressions contains them. */
export function giver(values: Record<string, unknown>, isTool = false): (name: string) => Given {
	return (name) => given(values[name], { isTool });
}

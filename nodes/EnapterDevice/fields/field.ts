import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { UserError } from 'n8n-workflow';

import { isObject } from '../transport/json';

/** What reading a field may depend on besides its own value. */
export interface ItemContext {
	/** The item's number, counted from 0. */
	index: number;
	/** Whether a language model called the node and may have filled in values. */
	isTool: boolean;
	/** The workflow's time zone, an IANA name. */
	timezone: string;
	/** The fields of the input item. */
	input: IDataObject;
}

/** The value of a field for one item, before it is checked. */
export interface Given {
	/** The evaluated value; undefined if the workflow does not contain the field. */
	value: unknown;
	/** The value as the workflow contains it, with expressions; undefined if it does not contain the field. */
	raw: unknown;
	item: ItemContext;
}

/**
 * A field of the panel, described once: the n8n property, and how its value is read and checked.
 *
 * @typeParam N the parameter's name
 * @typeParam T the checked value
 * @typeParam A the value if the workflow does not contain the field
 */
export interface Field<N extends string = string, T = unknown, A = undefined> {
	property: INodeProperties & { name: N };
	/** The value if the workflow does not contain the field. */
	absent: A;
	/** Whether an empty value is a value. Otherwise a field that is set but evaluates to nothing is refused. */
	mayBeBlank?: boolean;
	/**
	 * Reads a value that is not blank.
	 *
	 * @throws UserError naming the field, if the value cannot be used
	 */
	parse(value: unknown, label: string, given: Given): T;
}

/** Any field, for lists of fields. */
export type AnyField = Field<string, unknown, unknown>;

/** The checked values of fields, by parameter name. */
export type ValuesOf<F extends readonly AnyField[]> = {
	[E in F[number] as E['property']['name']]: E extends Field<string, infer T, infer A> ? T | A : never;
};

/** Describes a field that has no value if the workflow does not contain it. */
export function field<const N extends string, T>(
	property: INodeProperties & { name: N },
	parse: Field<N, T>['parse'],
): Field<N, T> {
	return { property, absent: undefined, parse };
}

/** The same field with a value for workflows that do not contain it. */
export function withDefault<N extends string, T, A>(
	original: Field<N, T, unknown>,
	absent: A,
): Field<N, T, A> {
	return { ...original, absent };
}

/** The same field, required: reading it fails if the workflow does not contain it. */
export function required<N extends string, T>(original: Field<N, T, unknown>): Field<N, T, never> {
	return { ...original, property: { ...original.property, required: true }, absent: undefined as never };
}

/** The same field, shown and read only if other fields have given values. */
export function shownIf<N extends string, T>(
	original: Field<N, T, unknown>,
	show: NonNullable<NonNullable<INodeProperties['displayOptions']>['show']>,
): Field<N, T, undefined> {
	return { ...original, property: { ...original.property, displayOptions: { show } }, absent: undefined };
}

/**
 * Reads the fields of an item in the order of the panel.
 *
 * @param give gives the value of a field by its name
 * @throws UserError naming the first field that cannot be used
 */
export function readFields<F extends readonly AnyField[]>(
	fields: F,
	give: (name: string) => Given,
): ValuesOf<F> {
	const values: Record<string, unknown> = {};
	for (const each of fields) {
		const { name, type, displayOptions } = each.property;
		if (type === 'notice') continue;
		const isShown = Object.entries(displayOptions?.show ?? {}).every(
			([other, allowed]) => !(other in values) || allowed?.includes(values[other] as never),
		);
		values[name] = isShown ? readField(each, give(name)) : undefined;
	}
	return values as ValuesOf<F>;
}

/** Reads one field. An empty value given by a language model, which fills in what it can, counts as absent. */
export function readField<N extends string, T, A>(each: Field<N, T, A>, given: Given): T | A {
	const { property, absent, mayBeBlank = false } = each;
	const label = property.displayName;
	if (given.raw === undefined && given.value === undefined && property.required !== true) return absent;
	if (mayBeBlank || !isBlank(given.value)) return each.parse(given.value, label, given);
	if (given.item.isTool && property.required !== true) return absent;
	throw emptyField(label, given.value);
}

/** The error of a field that is set but empty. */
export function emptyField(label: string, value: unknown): UserError {
	const isList = isObject(value) && value.__rl === true && value.mode === 'list';
	return new UserError(`${label} is empty.`, {
		description: isList
			? 'Choose an entry from the list, or enter an ID.'
			: 'Enter a value, or remove the field. If it contains an expression, the expression evaluates to nothing for this item: check the field name in it.',
	});
}

/** Whether a value is empty: not set, blank text, an empty list, or a Resource Locator with such a value. */
export function isBlank(value: unknown): boolean {
	if (value === undefined || value === null) return true;
	if (typeof value === 'string') return value.trim() === '';
	if (Array.isArray(value)) return value.every(isBlank);
	return isObject(value) && value.__rl === true && isBlank(value.value);
}

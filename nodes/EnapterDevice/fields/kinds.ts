import type { INodeProperties } from 'n8n-workflow';
import { isExpression, UserError } from 'n8n-workflow';

import { isObject } from '../transport/json';
import { parseDuration } from './duration';
import type { AnyField, Field, ValuesOf } from './field';
import { emptyField, field, isBlank, readFields, withDefault } from './field';

type Property<N extends string> = INodeProperties & { name: N };

/** A text shown in the panel. It has no value. */
export function notice<const N extends string>(name: N, text: string): Field<N, undefined> {
	return field({ displayName: text, name, type: 'notice', default: '' }, () => undefined);
}

/** How to let a person approve what a language model wants to do. */
export const HUMAN_REVIEW = 'Let a person approve first: AI Agent → Tool + → Human review.';

type Conditions = NonNullable<NonNullable<INodeProperties['displayOptions']>['show']>;

/**
 * A text about what a language model can do with the node, shown only in the panel of a tool and not during a dry run.
 *
 * @param when shows it only while an option is on, or off
 * @param show shows it only if other fields have given values
 */
export function toolNotice(
	text: string,
	when?: { option: string; isOn: boolean },
	show: Conditions = {},
): Field<'toolNotice', undefined> {
	const isOption = when === undefined ? {} : { [`/options.${when.option}`]: [true] };
	return shownInTool(text, {
		// `@tool` comes first: at a field with an expression, n8n stops checking and shows the property.
		show: { '@tool': [true], ...(when?.isOn === true ? isOption : {}), ...show },
		hide: { '/options.dryRun': [true], ...(when?.isOn === false ? isOption : {}) },
	});
}

/** What a language model can do in a dry run. */
export const DRY_RUN_TOOL_NOTICE = shownInTool('While Dry Run is on, the AI changes nothing.', {
	show: { '@tool': [true], '/options.dryRun': [true] },
});

function shownInTool(
	text: string,
	displayOptions: NonNullable<INodeProperties['displayOptions']>,
): Field<'toolNotice', undefined> {
	const { property, ...rest } = notice('toolNotice', text);
	return { ...rest, property: { ...property, displayOptions } };
}

/** A text with at least one visible character. */
export function text<const N extends string>(property: Property<N>): Field<N, string> {
	return field(property, parseText);
}

/** A text that identifies something, without the spaces around it that tables often have. */
export function identifier<const N extends string>(property: Property<N>): Field<N, string> {
	return field(property, (value, label) => parseText(value, label).trim());
}

/**
 * Reads a text, or a number written as text.
 *
 * @throws UserError if it is of another type, or a number that JavaScript may have rounded
 */
export function parseText(value: unknown, label: string): string {
	if (typeof value === 'string') return value;
	if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
		throw new UserError(`${label} is a number with too many digits to be read exactly. Give it as text.`);
	}
	if (typeof value === 'number' && Number.isFinite(value)) return String(value);
	const found = Array.isArray(value) ? 'a list' : isObject(value) ? 'an object' : String(value);
	throw new UserError(
		`${label} must be text, not ${found}. Use an expression that refers to a single field.`,
	);
}

/**
 * A toggle, off unless set. Expressions may give the texts "true" and "false". An empty value is refused also from a language
 * model: a dry run must not become a real one.
 */
export function toggle<const N extends string>(property: Property<N>): Field<N, boolean, false> {
	const parse = (value: unknown, label: string) => {
		if (isBlank(value)) throw emptyField(label, value);
		if (value === true || value === 'true') return true;
		if (value === false || value === 'false') return false;
		throw new UserError(`${label} must be true or false.`);
	};
	return { ...withDefault(field(property, parse), false), mayBeBlank: true };
}

/** A toggle that only a person can turn on in the panel: expressions and language models cannot. Off unless set. */
export function personToggle<const N extends string>(property: Property<N>): Field<N, boolean, false> {
	const parse = (_value: unknown, label: string, { raw }: { raw: unknown }) => {
		if (raw === undefined || raw === null) return false;
		if (typeof raw === 'boolean') return raw;
		throw new UserError(
			`${label} must be set in the panel of the node. Expressions and language models cannot set it.`,
		);
	};
	return {
		...withDefault(field({ ...property, noDataExpression: true }, parse), false),
		mayBeBlank: true,
	};
}

/** A whole number within the limits of the property (`minValue`, `maxValue`). */
export function integer<const N extends string>(property: Property<N>): Field<N, number> {
	const { minValue = 0, maxValue = Number.MAX_SAFE_INTEGER } = property.typeOptions ?? {};
	return field(property, (value, label) => parseInteger(value, label, minValue, maxValue));
}

/**
 * Reads a whole number in a range.
 *
 * @throws UserError if it is not a whole number or out of range
 */
export function parseInteger(value: unknown, label: string, min: number, max: number): number {
	const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
	if (typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max) return number;
	throw new UserError(`${label} must be a whole number from ${min} to ${max}.`);
}

/** A span of time in seconds within the limits of the property; `5m` and `1m0s`, as Enapter's tools write it, work too. */
export function seconds<const N extends string>(property: Property<N>): Field<N, number> {
	const { minValue = 0, maxValue = Number.MAX_SAFE_INTEGER } = property.typeOptions ?? {};
	return field(property, (value, label) =>
		parseInteger(parseDuration(value) ?? value, `${label} (in seconds)`, minValue, maxValue),
	);
}

/**
 * One of the options of the property, compared without case.
 *
 * @param choices the values of the property's options
 */
export function choice<const N extends string, const T extends string>(
	property: Property<N>,
	choices: readonly T[],
): Field<N, T> {
	return field(property, (value, label) => {
		const lower = typeof value === 'string' ? value.trim().toLowerCase() : undefined;
		const chosen = choices.find((candidate) => candidate.toLowerCase() === lower);
		if (chosen !== undefined) return chosen;
		throw new UserError(`${label} must be one of: ${choices.join(', ')}.`);
	});
}

const PLAIN_NAME = /^\w{1,64}$/;

/** A list of names, which may also be one text with commas. Never empty. */
export function names<const N extends string>(
	property: Property<N>,
	pattern = PLAIN_NAME,
): Field<N, string[]> {
	return field(property, (value, label) => parseNames(value, label, pattern));
}

/**
 * Reads a list of names, which may also be one text with commas.
 *
 * @param pattern what a name looks like
 * @returns at least one name, each once
 * @throws UserError if there is none, or an entry is empty or does not look like a name
 */
export function parseNames(value: unknown, label: string, pattern: RegExp): string[] {
	const entries: unknown[] = Array.isArray(value)
		? value
		: parseText(value, label)
				.split(',')
				.filter((entry) => !isBlank(entry));
	if (entries.some(isBlank)) {
		throw new UserError(`${label} contains an empty value.`, {
			description: 'Remove it. If it comes from an expression, check the field name in the expression.',
		});
	}
	const found = entries.map((entry) => parseText(entry, label).trim());
	const wrong = found.find((entry) => !pattern.test(entry));
	if (wrong !== undefined) {
		throw new UserError(`${label} contains "${wrong.slice(0, 64)}", which is not a valid name.`);
	}
	if (found.length > 0) return [...new Set(found)];
	throw new UserError(`${label} is empty. Enter at least one name.`);
}

/**
 * A collection such as Options: only the fields that the user added are read. A field that was added but evaluates to nothing
 * is refused, so that it never silently means "all" or the default.
 */
export function collection<const N extends string, const F extends readonly AnyField[]>(
	property: Omit<Property<N>, 'type' | 'default' | 'options'>,
	...fields: F
): Field<N, ValuesOf<F>, ValuesOf<F>> {
	const absent = Object.fromEntries(fields.map((each) => [each.property.name, each.absent])) as ValuesOf<F>;
	const full = {
		...property,
		type: 'collection',
		default: {},
		options: fields.map((each) => each.property),
	} as unknown as Property<N>;
	return {
		property: full,
		absent,
		mayBeBlank: true,
		parse: (value, label, { raw, item }) => {
			if (!isObject(value)) {
				if (isBlankCollection(value, raw)) return absent;
				throw new UserError(`${label} must be an object.`);
			}
			// If one expression gives the whole collection, it also gives each field.
			const rawOf = (name: string) =>
				isObject(raw) ? raw[name] : value[name] === undefined ? undefined : raw;
			return readFields(fields, (name) => ({ value: value[name], raw: rawOf(name), item }));
		},
	};
}

/** Whether nothing was added and the collection is not an expression. */
function isBlankCollection(value: unknown, raw: unknown): boolean {
	return (value === undefined || value === null || value === '') && !isExpression(raw);
}

import type { IDataObject } from 'n8n-workflow';

import { isBlank } from '../../fields/field';
import { ItemFailure } from '../../transport/errors';
import { isObject } from '../../transport/json';
import { counted, listed, quotedIfNeeded, sentences, shorten } from '../../transport/text';
import type { Choice, Declaration, Manifest } from './manifest';
import { choicesOf, declarations, displayNameOf, plainText, unitSymbol } from './manifest';

/** A parameter that a manifest declares: an argument of a command, or a parameter of a configuration group. */
export interface Parameter {
	name: string;
	displayName: string;
	description?: string;
	/** In lower case: a key of {@link PARAMETER_TYPES}, or a type that this package does not know. */
	type: string;
	isRequired: boolean;
	/** Whether its value is hidden from messages and outputs. */
	isSensitive: boolean;
	/** Allowed values; empty if any value is allowed. */
	choices: Choice[];
	min?: number;
	max?: number;
	/** Symbol of its unit. */
	unit?: string;
	/** Its default, of the declared type. The API is not known to apply it. */
	default?: unknown;
}

/** Where values come from, which decides what an empty one means. */
export type Source =
	/** A form, or a text with expressions. An empty text may come from an expression for a missing field. */
	| 'form'
	/** All fields of an input item, some of which may not belong to any parameter. */
	| 'inputItem'
	/** A language model, which fills in what it can. */
	| 'model'
	/** A JSON object, in which an empty text is a value. */
	| 'json'
	/** A device or the API: all values are meant as they are, and no text is parsed as JSON. */
	| 'api';

/** Values for parameters, not checked yet. */
export interface GivenValues {
	values: Map<string, unknown>;
	source: Source;
}

/** No values at all. */
export const NO_VALUES: GivenValues = { values: new Map(), source: 'form' };

/** Names things in the messages of {@link checkParameters}. */
export interface ParameterWords {
	/** What was not done, e.g. "Set Mode was not sent to Example battery". */
	refusal: string;
	/** What declares the parameters, e.g. "Set Mode". */
	owner: string;
	/** What the parameters are called there, e.g. "argument". */
	noun: string;
}

/**
 * Reads the parameters of an entry of a manifest.
 *
 * @param entry the declaration of a command or configuration group
 * @param section `arguments` or `parameters`
 * @param manifest names the units
 */
export function parametersOf(entry: IDataObject, section: string, manifest: Manifest): Parameter[] {
	return declarations(entry, section).map((declaration) => parameterOf(declaration, manifest));
}

function parameterOf([name, declared]: Declaration, manifest: Manifest): Parameter {
	const type = String(declared.type ?? '').toLowerCase();
	const description = plainText(declared.description);
	const unit = unitSymbol(declared.unit, manifest);
	const { min, max } = declared;
	// Manifests also write defaults as text, e.g. "false" for a boolean.
	const byDefault = typeOf(type).convert(declared.default ?? undefined);
	return {
		name,
		displayName: displayNameOf([name, declared]),
		...(description === undefined ? {} : { description }),
		type,
		isRequired: isTrue(declared.required),
		isSensitive: isTrue(declared.sensitive),
		choices: choicesOf({ ...declared, type }),
		...(isNumber(min) ? { min } : {}),
		...(isNumber(max) ? { max } : {}),
		...(unit === undefined ? {} : { unit }),
		...(byDefault === undefined ? {} : { default: byDefault }),
	};
}

function isTrue(value: unknown): boolean {
	return value === true || value === 'true';
}

/**
 * Checks values against the declarations and converts them: a text that an expression returns is accepted where it can mean only
 * one value of the declared type. The API checks neither types nor limits (Enapter's manifest reference).
 *
 * @param isPartial whether required parameters may be missing
 * @returns the values to send, by name
 * @throws ItemFailure naming everything that is wrong; it shows no value of a sensitive parameter
 */
export function checkParameters(
	parameters: Parameter[],
	given: GivenValues,
	words: ParameterWords,
	isPartial = false,
): IDataObject {
	const declared = new Set(parameters.map(({ name }) => name));
	const unknown =
		given.source === 'inputItem' ? [] : [...given.values.keys()].filter((name) => !declared.has(name));
	const faults = unknown.map((name) => `there is no ${words.noun} "${shorten(name, 64)}"`);
	const checked: Array<[string, unknown]> = [];
	for (const parameter of parameters) {
		const result = checkOne(parameter, given, isPartial);
		if (result === undefined) continue;
		if ('fault' in result) faults.push(`${named(parameter)} ${result.fault}`);
		else checked.push([parameter.name, result.value]);
	}
	if (faults.length === 0) return Object.fromEntries(checked) as IDataObject;
	// n8n's agent does not let a model give an empty object.
	const isModelAtLoss = given.source === 'model' && parameters.length === 0;
	const noneAdvice = isModelAtLoss ? ': give {"none": ""} if an empty object is not accepted' : '';
	throw new ItemFailure(
		`${words.refusal}: ${faults.join('; ')}`,
		sentences(
			unknown.length > 0 ? declaredNames(parameters, words) + noneAdvice : '',
			faults.some((fault) => fault.endsWith(EMPTY))
				? 'An expression that evaluates to nothing refers to a field that this item does not have'
				: '',
		),
	);
}

/** Whether two values are the same as JSON: the order of keys does not matter. */
export function isSameValue(one: unknown, other: unknown): boolean {
	if (Array.isArray(one) && Array.isArray(other)) {
		return one.length === other.length && one.every((entry, index) => isSameValue(entry, other[index]));
	}
	if (isObject(one) && isObject(other)) {
		const names = new Set([...Object.keys(one), ...Object.keys(other)]);
		return [...names].every((name) => isSameValue(one[name], other[name]));
	}
	return one === other;
}

/** Converts a value that the API sent to the declared type; undefined if that is impossible. */
export function convertValue({ type }: Parameter, value: unknown): unknown {
	// The API's JSON was parsed already: a text in it is the value itself, even if it looks like JSON.
	return typeof value === 'string' && !isKnownType(type) ? value : typeOf(type).convert(value);
}

/** The sensitive values among those to send, as texts that no message may contain. */
export function secretsOf(
	parameters: Array<Pick<Parameter, 'name' | 'isSensitive'>>,
	values: IDataObject,
): string[] {
	return parameters.flatMap(({ name, isSensitive }) => (isSensitive ? textsIn(values[name]) : []));
}

/** The values without those of sensitive parameters. */
export function redactSensitive(parameters: Parameter[], values: IDataObject): IDataObject {
	const sensitive = new Set(parameters.filter(({ isSensitive }) => isSensitive).map(({ name }) => name));
	return Object.fromEntries(
		Object.entries(values).map(([name, value]) => [name, sensitive.has(name) ? '[REDACTED]' : value]),
	);
}

/** Describes the limits of a number with its unit, e.g. `60 to 100 %`; undefined if it has none. */
export function limitsOf({ min, max, unit }: Parameter): string | undefined {
	const range =
		min === undefined
			? max === undefined
				? undefined
				: `at most ${max}`
			: max === undefined
				? `at least ${min}`
				: `${min} to ${max}`;
	return range === undefined || unit === undefined ? range : `${range} ${unit}`;
}

/** Whether a type is one that Enapter's manifest reference names for a single value. Values of other types are given as JSON. */
export function isKnownType(type: string): boolean {
	return PARAMETER_TYPES.has(type) && type !== 'json';
}

const EMPTY = 'is empty';

const TOO_LARGE = `has too many digits to be sent exactly (the largest whole number is ${Number.MAX_SAFE_INTEGER})`;

type Checked = { value: unknown } | { fault: string };

/** @returns undefined if the value is missing and may be */
function checkOne(parameter: Parameter, given: GivenValues, isPartial: boolean): Checked | undefined {
	const { name, isRequired } = parameter;
	const checked = given.values.has(name) ? checkValue(parameter, given.values.get(name), given) : undefined;
	// Items have the ID of an Enapter device in this field; a command may mean the address of another device.
	const isOtherId = given.source === 'inputItem' && name === 'device_id';
	if (checked !== undefined && !(isOtherId && 'fault' in checked)) return checked;
	return isRequired && !isPartial ? { fault: 'is required' } : undefined;
}

function checkValue(parameter: Parameter, value: unknown, { source }: GivenValues): Checked {
	const { type, choices, isSensitive, min, max } = parameter;
	const isText = type === 'string' && choices.length === 0 && typeof value === 'string';
	const mayBeBlank = source === 'api' || (source === 'json' && isText);
	if (isBlank(value) && !mayBeBlank) return { fault: EMPTY };
	const found = isSensitive ? '' : `, not ${shorten(JSON.stringify(value) ?? String(value), 64)}`;
	const { convert, words } = typeOf(type);
	const converted = source === 'api' ? convertValue(parameter, value) : convert(value);
	if (hasInexactInteger(value) || hasInexactInteger(converted)) return { fault: TOO_LARGE };
	if (converted === undefined) return { fault: `must be ${words}${found}` };
	if (choices.length > 0) return choose(parameter, converted, found);
	if (isNumber(converted) && !(converted >= (min ?? converted) && converted <= (max ?? converted))) {
		return { fault: `must be ${limitsOf(parameter)}${found}` };
	}
	return { value: converted };
}

function choose({ type, choices }: Parameter, value: unknown, found: string): Checked {
	const isList = type === 'array_of_strings' && Array.isArray(value);
	const chosen = (isList ? value : [value]).map((entry) =>
		isObject(entry) || Array.isArray(entry)
			? undefined
			: choices.find((choice) => String(choice.value) === String(entry))?.value,
	);
	if (!chosen.includes(undefined)) return { value: isList ? chosen : chosen[0] };
	const allowed = shorten(choices.map((choice) => String(choice.value)).join(', '), 500);
	return { fault: `must be ${isList ? 'a list of values' : 'one'} from (${allowed})${found}` };
}

/** A parameter in a message: its display name, and its name unless the two differ only in case or punctuation. */
function named({ name, displayName }: Parameter): string {
	const plain = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
	const shown = quotedIfNeeded(displayName);
	return plain(name) === plain(displayName) ? shown : `${shown} (${name})`;
}

/** Says which parameters are declared, e.g. `Limits has 2 parameters: min_soc and max_soc`. */
export function declaredNames(parameters: Parameter[], { owner, noun }: ParameterWords): string {
	if (parameters.length === 0) return `${owner} has no ${noun}s`;
	const names = shorten(listed(parameters.map(({ name }) => name)), 500);
	return `${owner} has ${counted(parameters.length, noun)}: ${names}`;
}

interface ParameterType {
	/** Completes "must be …". */
	words: string;
	/** The value as it is sent; undefined if it is of another type. */
	convert(value: unknown): unknown;
}

/** Types: Enapter's manifest reference. */
const PARAMETER_TYPES = new Map<string, ParameterType>([
	[
		'string',
		{
			words: 'text',
			convert: (value) => (typeof value === 'string' ? value : isNumber(value) ? String(value) : undefined),
		},
	],
	[
		'integer',
		{
			words: 'a whole number',
			convert: (value) => {
				const number = typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : value;
				return Number.isInteger(number) ? number : undefined;
			},
		},
	],
	[
		'float',
		{
			words: 'a number, with a point for decimals',
			convert: (value) => {
				const isText = typeof value === 'string' && /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(value);
				const number = isText ? Number(value) : value;
				return isNumber(number) ? number : undefined;
			},
		},
	],
	[
		'boolean',
		{
			words: 'true or false',
			convert: (value) => {
				if (typeof value === 'boolean') return value;
				const text = typeof value === 'string' ? value.trim().toLowerCase() : '';
				return text === 'true' ? true : text === 'false' ? false : undefined;
			},
		},
	],
	[
		'array_of_strings',
		{
			words: 'a list of texts, such as ["a", "b"]',
			convert: (value) => {
				const list = typeof value === 'string' ? jsonOf(value) : value;
				return Array.isArray(list) && list.every((entry) => typeof entry === 'string') ? list : undefined;
			},
		},
	],
	['json', { words: 'JSON', convert: (value) => (typeof value === 'string' ? jsonOf(value) : value) }],
]);

/** A value of an unknown type is sent as the JSON that it is, else as text. */
const ANY: ParameterType = {
	words: 'JSON',
	convert: (value) => (typeof value === 'string' ? (jsonOf(value) ?? value) : value),
};

function typeOf(type: string): ParameterType {
	return PARAMETER_TYPES.get(type) ?? ANY;
}

/**
 * Parses JSON that is sent to a device. Large integers stay numbers, so that {@link hasInexactInteger} finds them: as text they
 * would be another type.
 *
 * @returns undefined if the text is not JSON
 */
export function jsonOf(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}

/** Whether a value contains a whole number that JavaScript may have rounded. */
function hasInexactInteger(value: unknown): boolean {
	if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value);
	return typeof value === 'object' && value !== null && Object.values(value).some(hasInexactInteger);
}

function isNumber(value: unknown): value is number {
	return typeof value === 'number' && Number.isFinite(value);
}

function textsIn(value: unknown): string[] {
	if (typeof value === 'string') return [value];
	if (typeof value === 'number') return [String(value)];
	if (typeof value !== 'object' || value === null) return [];
	return [JSON.stringify(value), ...Object.values(value).flatMap(textsIn)];
}

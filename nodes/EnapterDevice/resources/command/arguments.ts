import type { IDataObject } from 'n8n-workflow';
import { isExpression, UserError } from 'n8n-workflow';

import type { ItemParameters } from '../../fields/itemParameters';
import { isBlank, parseChoice } from '../../fields/parse';
import { isObject } from '../../transport/json';
import { sentences, shorten } from '../../transport/text';
import type { Choice, Declaration } from '../device/manifest';
import { choicesOf, displayNameOf } from '../device/manifest';
import type { Command } from './commands';
import { readable } from './commands';

/** The arguments of an item, not checked yet. */
export interface GivenArguments {
	values: Map<string, unknown>;
	/** Whether what the command does not know is passed over: an item's fields are not all meant for it. */
	isAnyNameFine: boolean;
	/** Whether a language model gave them. */
	isFromModel: boolean;
}

/**
 * Reads the arguments of an item in the mode that the panel is in.
 *
 * @throws UserError when they are no object
 */
export function parseArguments(parameters: ItemParameters): GivenArguments {
	const mode = parseChoice(parameters.get('argumentsMode', 'fields'), 'Specify Arguments', [
		'fields',
		'json',
	]);
	if (mode === 'json') return given(parameters, jsonArguments(parameters.get('argumentsJson', '{}')));
	if (!isObject(parameters.raw('arguments', {}))) {
		throw new UserError('Arguments cannot be one expression. Set Specify Arguments to Using JSON for that.');
	}
	const mapping = parseChoice(parameters.get('arguments.mappingMode', 'defineBelow'), 'Mapping Column Mode', [
		'defineBelow',
		'autoMapInputData',
	]);
	if (mapping === 'autoMapInputData') {
		const values = new Map<string, unknown>(Object.entries(parameters.input()));
		return { values, isAnyNameFine: true, isFromModel: parameters.isTool };
	}
	return given(parameters, formArguments(parameters));
}

/** A language model fills in what it can: what it leaves blank counts as not there. */
function given({ isTool }: ItemParameters, fields: IDataObject): GivenArguments {
	const entries = Object.entries(fields).filter(([, value]) => !isTool || !isBlank(value));
	return { values: new Map<string, unknown>(entries), isAnyNameFine: false, isFromModel: isTool };
}

/** The text is not quoted when it is no JSON: it may hold a password. */
function jsonArguments(value: unknown): IDataObject {
	const parsed = typeof value === 'string' ? parseJson(value) : value;
	if (isObject(parsed)) return parsed;
	throw new UserError('Arguments (JSON) is no JSON object.', {
		description:
			'It should look like {"mode": "auto", "rate": 80}, with names and texts in double quotes; {} when the command takes no arguments.',
	});
}

/**
 * The fields of the typed form. One that was left blank or removed is not there; an expression that gives nothing is.
 */
function formArguments(parameters: ItemParameters): IDataObject {
	const raw = parameters.raw('arguments.value', {});
	const values = parameters.get('arguments.value', {});
	if (isBlank(values) && !isExpression(raw)) return {};
	if (!isObject(values)) {
		throw new UserError('Arguments has to be an object, as the panel makes it.');
	}
	const removed = removedFields(parameters.raw('arguments.schema', []));
	return Object.fromEntries(
		Object.entries(values).filter(([name, value]) => {
			if (removed.has(name)) return false;
			const held = isObject(raw) ? raw[name] : raw;
			return !isBlank(value) || isExpression(held);
		}),
	);
}

/** A toggle that is not shown may still have a value, as n8n 1 stores it. */
function removedFields(schema: unknown): Set<unknown> {
	const fields: unknown[] = Array.isArray(schema) ? schema : [];
	return new Set(fields.filter(isObject).flatMap(({ id, removed }) => (removed === true ? [id] : [])));
}

/**
 * The arguments as they are sent: known to the command, of the types it declares, within its limits. A text that an
 * expression gives is converted where it can mean only one value.
 *
 * @throws UserError naming everything that is wrong with them; it shows no value of a sensitive argument
 */
export function checkArguments(
	command: Command,
	{ values, isAnyNameFine, isFromModel }: GivenArguments,
): IDataObject {
	const declared = new Map(command.arguments);
	const sent: Array<[string, unknown]> = [];
	const faults: string[] = [];
	const unknown = isAnyNameFine ? [] : [...values.keys()].filter((name) => !declared.has(name));
	for (const name of unknown) faults.push(`"${shorten(name, 64)}" is no argument of it`);
	for (const declaration of command.arguments) {
		const [name, { required }] = declaration;
		const checked = values.has(name)
			? checkValue(declaration, values.get(name))
			: required === true
				? { fault: 'is required' }
				: undefined;
		if (checked === undefined) continue;
		if ('fault' in checked) faults.push(`${called(declaration)} ${checked.fault}`);
		else sent.push([name, checked.value]);
	}
	if (faults.length === 0) return Object.fromEntries(sent) as IDataObject;
	throw new UserError(
		`"${command.displayName}" cannot be executed with these arguments: ${faults.join('; ')}.`,
		{
			description: sentences(
				unknown.length === 0 ? 'Correct the arguments' : takes(command, isFromModel),
				faults.some((fault) => fault.endsWith(EMPTY))
					? 'An expression that gives nothing reads a field that this item does not have'
					: '',
			),
		},
	);
}

function takes(command: Command, isFromModel: boolean): string {
	const names = command.arguments.map(([name]) => name);
	if (names.length > 0) return `It takes: ${shorten(names.join(', '), 500)}`;
	// n8n's agent does not let a model give an empty object.
	return `It takes no arguments${isFromModel ? ': give {"none": ""} where an empty object is not accepted' : ''}`;
}

function called(declaration: Declaration): string {
	const [name] = declaration;
	const displayName = readable(displayNameOf(declaration)) ?? name;
	return displayName === name ? `"${name}"` : `"${name}" (${displayName})`;
}

const EMPTY = 'is empty';

type Checked = { value: unknown } | { fault: string };

function checkValue([, declared]: Declaration, value: unknown): Checked {
	if (isBlank(value)) return { fault: EMPTY };
	const { type, min, max, sensitive } = declared;
	const found = sensitive === true ? '' : `, not ${shorten(JSON.stringify(value) ?? String(value), 64)}`;
	const known = TYPES[String(type)] ?? ANY;
	const converted = known.convert(value);
	if (converted === undefined) return { fault: `has to be ${known.words}${found}` };
	const choices = choicesOf(declared);
	if (choices.length > 0) {
		const isList = type === 'array_of_strings' && Array.isArray(converted);
		const chosen = (isList ? converted : [converted]).map((entry) => chosenOf(choices, entry));
		if (!chosen.includes(undefined)) return { value: isList ? chosen : chosen[0] };
		const offered = choices.map((candidate) => String(candidate.value)).join(', ');
		return {
			fault: `has to be ${isList ? 'a list of some' : 'one'} of ${shorten(offered, 500)}${found}`,
		};
	}
	if (typeof converted === 'number' && !isWithin(converted, min, max)) {
		return { fault: `has to be ${limits(min, max)}${found}` };
	}
	return { value: converted };
}

function chosenOf(choices: Choice[], value: unknown): Choice['value'] | undefined {
	if (isObject(value) || Array.isArray(value)) return undefined;
	return choices.find((candidate) => String(candidate.value) === String(value))?.value;
}

interface ArgumentType {
	/** Completes "has to be …". */
	words: string;
	/** The value as it is sent; nothing when it is of another type. */
	convert(value: unknown): unknown;
}

/** Types: Enapter's manifest reference. */
const TYPES: Record<string, ArgumentType | undefined> = Object.assign(Object.create(null), {
	string: {
		words: 'a text',
		convert: (value) => (typeof value === 'string' ? value : isNumber(value) ? String(value) : undefined),
	},
	integer: {
		words: 'a whole number',
		convert: (value) => {
			const number = typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : value;
			return Number.isSafeInteger(number) ? number : undefined;
		},
	},
	float: {
		words: 'a number, with a point for decimals',
		convert: (value) => {
			const isText = typeof value === 'string' && /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(value);
			const number = isText ? Number(value) : value;
			return isNumber(number) ? number : undefined;
		},
	},
	boolean: {
		words: 'true or false',
		convert: (value) => {
			if (typeof value === 'boolean') return value;
			const text = typeof value === 'string' ? value.trim().toLowerCase() : '';
			return text === 'true' ? true : text === 'false' ? false : undefined;
		},
	},
	array_of_strings: {
		words: 'a list of texts, such as ["a", "b"]',
		convert: (value) => {
			const list = typeof value === 'string' ? parseJson(value) : value;
			return Array.isArray(list) && list.every((entry) => typeof entry === 'string') ? list : undefined;
		},
	},
	json: {
		words: 'JSON',
		convert: (value) => (typeof value === 'string' ? parseJson(value) : value),
	},
} satisfies Record<string, ArgumentType>);

/** A type that is not known is sent as the JSON that it is, or as the text. */
const ANY: ArgumentType = {
	words: 'JSON',
	convert: (value) => (typeof value === 'string' ? (parseJson(value) ?? value) : value),
};

function isNumber(value: unknown): value is number {
	return typeof value === 'number' && Number.isFinite(value);
}

function isWithin(value: number, min: unknown, max: unknown): boolean {
	return !(isNumber(min) && value < min) && !(isNumber(max) && value > max);
}

/** The limits of a number in words; none when it has none. */
export function limits(min: unknown, max: unknown): string | undefined {
	if (isNumber(min)) return isNumber(max) ? `from ${min} to ${max}` : `at least ${min}`;
	return isNumber(max) ? `at most ${max}` : undefined;
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}

/** What of the arguments no message may show. */
export function secretsOf(command: Command, sent: IDataObject): string[] {
	return command.arguments.flatMap(([name, { sensitive }]) => (sensitive === true ? texts(sent[name]) : []));
}

function texts(value: unknown): string[] {
	if (typeof value === 'string') return [value];
	if (typeof value === 'number') return [String(value)];
	if (typeof value !== 'object' || value === null) return [];
	return [JSON.stringify(value), ...Object.values(value).flatMap(texts)];
}

/** Whether an execution was begun with these arguments, as far as the API shows them: it hides the sensitive ones. */
export function isSame(command: Command, sent: IDataObject, shown: unknown): boolean {
	const other = isObject(shown) ? shown : {};
	const sensitive = new Set(
		command.arguments.flatMap(([name, declared]) => (declared.sensitive === true ? [name] : [])),
	);
	const names = new Set([...Object.keys(sent), ...Object.keys(other)].filter((name) => !sensitive.has(name)));
	return [...names].every((name) => isEqual(sent[name], other[name]));
}

function isEqual(one: unknown, other: unknown): boolean {
	if (Array.isArray(one) && Array.isArray(other)) {
		return one.length === other.length && one.every((entry, index) => isEqual(entry, other[index]));
	}
	if (isObject(one) && isObject(other)) {
		const names = new Set([...Object.keys(one), ...Object.keys(other)]);
		return [...names].every((name) => isEqual(one[name], other[name]));
	}
	return one === other;
}

import type { IDataObject, INodeProperties, INodePropertyOptions, ResourceMapperField } from 'n8n-workflow';
import { isExpression, UserError } from 'n8n-workflow';

import type { Field, Given } from '../../fields/field';
import { field, isBlank } from '../../fields/field';
import { isObject } from '../../transport/json';
import { shorten } from '../../transport/text';
import { plainText } from './manifest';
import type { GivenValues, Parameter, Source } from './parameters';
import { isKnownType, jsonOf, limitsOf } from './parameters';

type Property<N extends string> = INodeProperties & { name: N };

/** Longest description in a label: n8n cuts long ones. */
const LONGEST_DESCRIPTION = 60;

/** A typed form (n8n's resource mapper) for parameters that a manifest declares. */
export function parameterForm<const N extends string>(property: Property<N>): Field<N, GivenValues> {
	return { ...field(property, (_value, label, given) => readForm(given, label)), mayBeBlank: true };
}

/** A JSON object with values for parameters that a manifest declares. */
export function parameterJson<const N extends string>(property: Property<N>): Field<N, GivenValues> {
	return field(property, (_value, label, given) => readJsonObject(given, label));
}

/**
 * Reads the values of a typed form: the fields that were filled in, or with automatic mapping all fields of the input item. A field
 * that was left blank or removed is omitted; an expression that evaluates to nothing is kept, to be refused later.
 *
 * @throws UserError if the form is not as the panel makes it
 */
export function readForm({ value, raw, item }: Given, label: string): GivenValues {
	if (!isObject(raw) || !isObject(value)) {
		throw new UserError(`${label} cannot be one expression. Set Specify ${label} to Using JSON for that.`);
	}
	const { mappingMode = 'defineBelow' } = value;
	if (mappingMode === 'autoMapInputData') return givenValues(item.input(), 'inputItem');
	if (mappingMode === 'defineBelow') {
		return givenValues(filledInFields(value, raw, label), item.isTool ? 'model' : 'form');
	}
	throw new UserError(`Mapping Column Mode of ${label} must be defineBelow or autoMapInputData.`);
}

/** What a language model leaves blank is omitted. */
function givenValues(fields: IDataObject, source: Source): GivenValues {
	const entries = Object.entries(fields).filter(([, entry]) => source !== 'model' || !isBlank(entry));
	return { values: new Map<string, unknown>(entries), source };
}

function filledInFields(value: IDataObject, raw: IDataObject, label: string): IDataObject {
	if (isBlank(value.value) && !isExpression(raw.value)) return {};
	if (!isObject(value.value)) throw new UserError(`${label} must be an object.`);
	const removed = removedFields(raw.schema);
	return Object.fromEntries(
		Object.entries(value.value).filter(([name, entry]) => {
			const held = isObject(raw.value) ? raw.value[name] : raw.value;
			return !removed.has(name) && (!isBlank(entry) || isExpression(held));
		}),
	);
}

/** n8n 1 also stores the value of a toggle that is not shown. */
function removedFields(schema: unknown): Set<unknown> {
	const fields: unknown[] = Array.isArray(schema) ? schema : [];
	return new Set(fields.filter(isObject).flatMap(({ id, removed }) => (removed === true ? [id] : [])));
}

/**
 * Reads a JSON object: a text, or the object that an expression returns.
 *
 * @throws UserError if it is not an object; it does not quote the text, which may contain a password
 */
export function readJsonObject({ value, raw, item }: Given, label: string): GivenValues {
	const parsed = typeof value === 'string' ? jsonOf(value) : value;
	if (!isObject(parsed)) {
		throw new UserError(`${label} is not a JSON object.`, {
			description:
				'It should look like {"mode": "auto", "rate": 80}, with names and texts in double quotes; {} for none.',
		});
	}
	if (!isExpression(raw)) return givenValues(parsed, 'json');
	if (item.isTool) return givenValues(parsed, 'model');
	return givenValues(parsed, typeof value === 'string' ? 'form' : 'json');
}

/**
 * Makes the fields of a typed form.
 *
 * @param isPartial whether blank fields keep their current values: then nothing is required or filled in beforehand
 */
export function formFields(parameters: Parameter[], isPartial = false): ResourceMapperField[] {
	return parameters.map((parameter) => {
		const isRequired = parameter.isRequired && !isPartial;
		const options = optionsOf(parameter, isRequired, isPartial);
		const type = options.length > 0 ? 'options' : (FIELD_TYPES.get(parameter.type) ?? 'string');
		const value = isPartial ? undefined : defaultOf(parameter, options);
		return {
			id: parameter.name,
			displayName: labelOf(parameter),
			required: isRequired,
			defaultMatch: false,
			display: true,
			type,
			...(options.length === 0 ? {} : { options }),
			...(value === undefined ? {} : { defaultValue: value }),
		};
	});
}

/** Types: Enapter's manifest reference. Values of other types are given as JSON, in a text field. */
const FIELD_TYPES = new Map<string, 'string' | 'number' | 'boolean' | 'array'>([
	['string', 'string'],
	['integer', 'number'],
	['float', 'number'],
	['boolean', 'boolean'],
	['array_of_strings', 'array'],
]);

const YES_NO: INodePropertyOptions[] = [
	{ name: 'Yes', value: 'true' },
	{ name: 'No', value: 'false' },
];

/** n8n stores a value that starts with `=` as an expression; such a value can be given as JSON. */
function isStorable(value: unknown): boolean {
	return !String(value).startsWith('=');
}

/** The entries of a drop-down list; none if there is to be another field. */
function optionsOf(parameter: Parameter, isRequired: boolean, isPartial: boolean): INodePropertyOptions[] {
	const { type, choices } = parameter;
	// A drop-down list takes one value only.
	if (type === 'array_of_strings') return [];
	// A toggle cannot be left blank: n8n would send "false" although nobody chose it.
	const isOptional = !isRequired && (isPartial || parameter.default === undefined);
	if (type === 'boolean' && isOptional) return YES_NO;
	return choices
		.filter(({ value }) => isStorable(value))
		.map(({ value, name }) => ({ value, name: plainText(name) ?? String(value) }));
}

function defaultOf(
	{ default: value, isSensitive }: Parameter,
	options: INodePropertyOptions[],
): string | number | boolean | undefined {
	if (isSensitive || isBlank(value) || !isStorable(value)) return undefined;
	if (options.length > 0) return options.find((option) => String(option.value) === String(value))?.value;
	return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
		? value
		: undefined;
}

/** What people must know to fill in the field. The form can show it only in the label, so the most important comes first. */
function labelOf(parameter: Parameter): string {
	const { displayName, description, type, isSensitive } = parameter;
	const limits = limitsOf(parameter)?.replace(' to ', '–') ?? parameter.unit;
	const notes = [
		limits,
		...(type === 'integer' && limits === undefined ? ['whole number'] : []),
		...(isKnownType(type) ? [] : ['as JSON']),
		...(isSensitive ? ['sensitive'] : []),
		...(description === undefined || description === displayName
			? []
			: [shorten(description, LONGEST_DESCRIPTION)]),
	];
	return [displayName, ...notes.filter((note) => note !== undefined)].join(' · ');
}

import type {
	IDataObject,
	ILoadOptionsFunctions,
	INodePropertyOptions,
	ResourceMapperField,
	ResourceMapperFields,
} from 'n8n-workflow';

import { limits } from './arguments';
import { commandsOf, findCommand, readable } from './commands';
import type { Declaration, Manifest } from '../device/manifest';
import { choicesOf, declarations, displayNameOf, readManifest } from '../device/manifest';
import { chosenId, openForListSearch } from '../../fields/listSearch';

/** The form for the arguments of the command that is chosen, made from the manifest of the device. */
export async function getCommandArguments(this: ILoadOptionsFunctions): Promise<ResourceMapperFields> {
	const device = chosenId(this, 'deviceId', 'Device');
	const name = chosenId(this, 'commandName', 'Command');
	if (device === undefined || name === undefined) {
		return nothing(
			'Choose a device and a command first. When they are only known as the workflow runs, set Specify Arguments to Using JSON.',
		);
	}
	const manifest = await readManifest(await openForListSearch(this), device);
	const command = findCommand(commandsOf(manifest), name);
	if (command === undefined) return nothing('The device has no such command. Choose another one.');
	if (command.arguments.length === 0) return nothing(`${command.displayName} takes no arguments.`);
	return { fields: command.arguments.map((argument) => fieldOf(argument, manifest)) };
}

function nothing(emptyFieldsNotice: string): ResourceMapperFields {
	return { fields: [], emptyFieldsNotice };
}

function fieldOf(argument: Declaration, manifest: Manifest): ResourceMapperField {
	const [id, declared] = argument;
	const isRequired = declared.required === true;
	// A drop-down takes one value only.
	const options = declared.type === 'array_of_strings' ? [] : optionsOf(declared);
	const type = options.length > 0 ? 'options' : (TYPES.get(declared.type) ?? 'string');
	const value = defaultOf(declared, type, options);
	return {
		id,
		displayName: labelOf(argument, manifest),
		required: isRequired,
		defaultMatch: false,
		display: true,
		type,
		...(options.length === 0 ? {} : { options }),
		...(value === undefined ? {} : { defaultValue: value }),
		// A toggle cannot be left blank: one that is not needed is there when somebody adds it.
		...(type === 'boolean' && !isRequired && value === undefined ? { removed: true } : {}),
	};
}

/** Types: Enapter's manifest reference. Any other is given as JSON, in a field for text. */
const TYPES = new Map<unknown, 'string' | 'number' | 'boolean' | 'array'>([
	['string', 'string'],
	['integer', 'number'],
	['float', 'number'],
	['boolean', 'boolean'],
	['array_of_strings', 'array'],
]);

/** A value that begins with `=` would be stored as an expression; it can be given as JSON. */
function isStorable(value: unknown): boolean {
	return !String(value).startsWith('=');
}

function optionsOf(declared: IDataObject): INodePropertyOptions[] {
	return choicesOf(declared)
		.filter(({ value }) => isStorable(value))
		.map(({ value, name }) => ({ value, name: readable(name) ?? String(value) }));
}

function defaultOf(
	{ default: value, sensitive }: IDataObject,
	type: string,
	options: INodePropertyOptions[],
): string | number | boolean | undefined {
	if (sensitive === true || !isStorable(value)) return undefined;
	if (type === 'options') return options.find((option) => String(option.value) === String(value))?.value;
	if (typeof value === type && (type === 'string' || type === 'number' || type === 'boolean')) {
		return value as string | number | boolean;
	}
	return undefined;
}

/** What people have to know to fill it in; the form has no place for it but the label. */
function labelOf(argument: Declaration, manifest: Manifest): string {
	const [name, { type, unit, min, max, sensitive }] = argument;
	const isKnown = TYPES.has(type);
	const symbol = symbolOf(unit, manifest);
	// Short, as n8n cuts long labels.
	const range = limits(min, max)?.replace(/^from (\S+) to /, '$1–');
	const notes = [
		range === undefined ? symbol : [range, symbol].filter(Boolean).join(' '),
		...(type === 'integer' && range === undefined ? ['whole number'] : []),
		...(isKnown ? [] : ['as JSON']),
		...(sensitive === true ? ['sensitive'] : []),
	].filter((note) => note !== undefined);
	const label = readable(displayNameOf(argument)) ?? name;
	return [label, ...notes].join(' · ');
}

/** A unit by its symbol, where the manifest gives one. */
function symbolOf(unit: unknown, manifest: Manifest): string | undefined {
	const [, declared] = declarations(manifest, 'units').find(([code]) => code === unit) ?? [];
	return readable(declared?.symbol) ?? readable(unit);
}

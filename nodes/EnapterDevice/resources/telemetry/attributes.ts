import type { IDataObject } from 'n8n-workflow';
import { UserError } from 'n8n-workflow';

import type { Field } from '../../fields/field';
import { required } from '../../fields/field';
import { names } from '../../fields/kinds';
import { upperCase } from '../../transport/enums';
import type { Declaration, Manifest } from '../device/manifest';
import { declarations, displayNameOf, plainText, textsOf, unitSymbol } from '../device/manifest';

/** Attribute names in manifests (Enapter's manifest reference), and a little more, for attributes that are not declared. */
export const ATTRIBUTE_NAME = /^[A-Za-z][\w.-]{0,127}$/;

/** Attributes that the platform adds to every device (Enapter's manifest reference). */
const PLATFORM_ATTRIBUTES = ['alerts', 'alert_details'];

/** Near matches that are suggested for a misspelt attribute. */
const MOST_SUGGESTIONS = 3;

/** The telemetry attributes that an operation reads. */
export const ATTRIBUTES: Field<'attributes', string[], never> = required(
	names(
		{
			displayName: 'Attribute Names or IDs',
			name: 'attributes',
			type: 'multiOptions',
			default: [],
			typeOptions: {
				loadOptionsMethod: 'getTelemetryAttributes',
				loadOptionsDependsOn: ['deviceId.value'],
			},
			description:
				'Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
			hint: 'In an expression: a list, or text with commas, e.g. battery_soc, battery_power',
		},
		ATTRIBUTE_NAME,
	),
);

/**
 * Checks that no attribute takes the place of a key of the output.
 *
 * @param keys the keys that the attributes get
 * @param reserved keys of the output itself
 * @throws UserError if one does
 */
export function checkKeys(keys: string[], reserved: string[], advice: string): void {
	const taken = keys.find((key, index) => reserved.includes(key) || keys.indexOf(key) !== index);
	if (taken === undefined) return;
	throw new UserError(`The attribute "${taken}" conflicts with the output field "${taken}".`, {
		description: advice,
	});
}

/** The declaration of an attribute, by its name or an alias. */
export function declarationOf(manifest: Manifest, name: string): Declaration | undefined {
	const declared = declarations(manifest, 'telemetry');
	return (
		declared.find(([own]) => own === name) ??
		declared.find(([, { aliases }]) => textsOf(aliases).includes(name))
	);
}

/** Whether a device has an attribute; undefined if its manifest does not tell. */
export function isDeclared(manifest: Manifest, name: string): boolean | undefined {
	if (declarations(manifest, 'telemetry').length === 0) return undefined;
	return PLATFORM_ATTRIBUTES.includes(name) || declarationOf(manifest, name) !== undefined;
}

/** The role that is needed to read an attribute, in upper case (Enapter's manifest reference). */
export function roleFor(declared: IDataObject | undefined): string {
	return upperCase(declared?.access_level) || 'READONLY';
}

/** An attribute as the panel shows it: its display name and the symbol of its unit, e.g. `Stack Temperature (°C)`. */
export function labelOf(declaration: Declaration, manifest: Manifest): string {
	const symbol = unitSymbol(declaration[1].unit, manifest);
	return symbol === undefined ? displayNameOf(declaration) : `${displayNameOf(declaration)} (${symbol})`;
}

/** All names of an attribute besides its own: aliases, and the names that profiles give to the quantity. */
export function otherNamesOf([name, { aliases, implements: profiles }]: Declaration): string[] {
	const others = [...textsOf(aliases), ...textsOf(profiles)].flatMap((text) => plainText(text) ?? []);
	return [...new Set(others)].filter((other) => other !== name);
}

/** Declared attributes whose names are similar to a name that is not declared, the nearest first. */
export function suggestions(manifest: Manifest, name: string): string[] {
	const wanted = name.toLowerCase();
	const limit = Math.max(2, Math.floor(name.length / 3));
	return declarations(manifest, 'telemetry')
		.map(([own]) => ({ own, distance: distanceBetween(wanted, own.toLowerCase()) }))
		.filter(({ own, distance }) => distance <= limit || own.toLowerCase().includes(wanted))
		.sort((one, other) => one.distance - other.distance)
		.slice(0, MOST_SUGGESTIONS)
		.map(({ own }) => own);
}

/** The number of characters to insert, delete or replace (Levenshtein). */
function distanceBetween(one: string, other: string): number {
	let row = Array.from({ length: other.length + 1 }, (_, index) => index);
	for (const [index, character] of [...one].entries()) {
		const next = [index + 1];
		for (let column = 1; column <= other.length; column++) {
			const replaced = (row[column - 1] ?? 0) + (character === other[column - 1] ? 0 : 1);
			next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
		}
		row = next;
	}
	return row[other.length] ?? 0;
}

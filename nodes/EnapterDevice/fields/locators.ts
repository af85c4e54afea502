import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { UserError } from 'n8n-workflow';

import { isObject } from '../transport/json';
import { quotedIfNeeded } from '../transport/text';
import type { Field } from './field';
import { field, required } from './field';
import { parseText } from './kinds';

const LONGEST_ID = 256;

/**
 * The page of a device on a Gateway, which may be under a path of its own. Source: vscode-enapter, which opens
 * `/ems/devices/<slug>`. n8n matches it against the whole value.
 */
const DEVICE_PAGE = '\\s*https?://[^/]+/(?:[^?#]*/)?ems/devices/([^/?#\\s]+).*';

/** Separates the parts of a label in lists. */
export const LABEL_SEPARATOR = ' · ';

/** Something the user referred to by ID, slug or name. */
export interface Ref {
	/** The ID, slug or name as given. */
	id: string;
	/** Its name, if it was chosen from a list. */
	name?: string;
	/** What the panel shows: the name, then other parts. The name may contain the separator itself. */
	label?: string;
}

/** The name of a reference in messages: its name if it was chosen from a list, else as given. */
export function nameOfRef({ id, name }: Ref): string {
	return name === undefined ? `"${id}"` : quotedIfNeeded(name);
}

/** A field for an ID, chosen from a list or entered. */
export function locator<const N extends string>(property: INodeProperties & { name: N }): Field<N, Ref> {
	return field(property, parseRef);
}

/**
 * Reads an ID, slug or name: from a Resource Locator, or the plain value of an expression.
 *
 * @throws UserError if it is empty or cannot be one segment of a URL's path
 */
export function parseRef(value: unknown, label: string): Ref {
	const isLocator = isObject(value) && value.__rl === true;
	const given = parseText(isLocator ? locatedValue(value, label) : value, label);
	const id = given.trim();
	if (id === '') throw new UserError(`${label} is empty.`);
	if (/[\p{Cc}\p{Cs}]/u.test(given)) {
		throw new UserError(
			`${label} contains a character that no ID has, such as a line break. Enter only the ID.`,
		);
	}
	if (id === '.' || id === '..') throw new UserError(`${label} is "${id}", which is not an ID or slug.`);
	if (id.length > LONGEST_ID) {
		throw new UserError(
			`${label} has ${id.length} characters, but IDs have at most ${LONGEST_ID}. Enter only the ID.`,
		);
	}
	const chosen = isLocator && value.mode === 'list' ? value.cachedResultName : undefined;
	if (typeof chosen !== 'string') return { id };
	const name = chosen.split(LABEL_SEPARATOR)[0]?.trim();
	return name === undefined || name === '' ? { id } : { id, name, label: chosen.trim() };
}

/** The value of a Resource Locator. In the mode By URL, the part of the address that names the device. */
function locatedValue({ mode, value }: IDataObject, label: string): unknown {
	if (mode !== 'url') return value;
	const page = new RegExp(`^${DEVICE_PAGE}$`, 's').exec(parseText(value, label));
	if (page?.[1] !== undefined) return decode(page[1]);
	throw new UserError(
		`${label} is not the address of a device page. It should look like http://enapter-gateway.local/ems/devices/my-device.`,
	);
}

function decode(segment: string): string {
	try {
		return decodeURIComponent(segment);
	} catch {
		return segment;
	}
}

/** The device of an operation. */
export const DEVICE = required(
	locator({
		displayName: 'Device',
		name: 'deviceId',
		type: 'resourceLocator',
		default: { mode: 'list', value: '' },
		description: 'The device, by its ID or slug',
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				placeholder: 'Select a device...',
				typeOptions: { searchListMethod: 'searchDevices', searchable: true },
			},
			{
				displayName: 'By ID',
				name: 'id',
				type: 'string',
				placeholder: 'e.g. 93fb32c7-b7b7-4987-a754-23597d9c02c7',
				hint: 'The ID of the device, or its slug, e.g. gas-detector-in-living-room',
			},
			{
				displayName: 'By URL',
				name: 'url',
				type: 'string',
				placeholder: 'e.g. http://enapter-gateway.local/ems/devices/my-device',
				hint: "The address of the device's page on a Gateway",
				validation: [
					{
						type: 'regex',
						properties: {
							regex: DEVICE_PAGE,
							errorMessage: 'This is not the address of a device page on a Gateway',
						},
					},
				],
			},
		],
	}),
);

/** A blueprint. No endpoint lists blueprints, so the list contains those in use. */
export const BLUEPRINT = locator({
	displayName: 'Blueprint',
	name: 'blueprintId',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	description: 'The list contains the blueprints that your devices use. Enter the ID for any other.',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Select a blueprint...',
			typeOptions: { searchListMethod: 'searchBlueprints', searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. 88a2035f-170f-402c-8a84-6d4aed5ae353',
		},
	],
});

/** A site. */
export const SITE = locator({
	displayName: 'Site',
	name: 'siteId',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Select a site...',
			typeOptions: { searchListMethod: 'searchSites', searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. a2f2c5e7-054a-43db-8402-3fe6006936b2',
		},
	],
});

/** The same field with another description. */
export function described<F extends Field<string, unknown, unknown>>(original: F, description: string): F {
	return { ...original, property: { ...original.property, description } };
}

import type { IDataObject } from 'n8n-workflow';
import { UserError } from 'n8n-workflow';

import { isObject } from '../transport/json';

const LONGEST_ID = 256;

/**
 * The page of a device on a Gateway, which may be under a path of its own; source: vscode-enapter, which opens
 * `/ems/devices/<slug>`. n8n takes it as a whole.
 */
export const DEVICE_PAGE = '\\s*https?://[^/]+/(?:[^?#]*/)?ems/devices/([^/?#\\s]+).*';

/**
 * An ID or slug as it may stand in a request: from a Resource Locator or an expression's plain value.
 *
 * @param parameter the parameter's name as the panel shows it
 * @throws UserError when it is empty or could not be one segment of a URL's path
 */
export function parseId(value: unknown, parameter: string): string {
	const isLocator = isObject(value) && value.__rl === true;
	const given = parseText(isLocator ? locatedValue(value, parameter) : value, parameter);
	const id = given.trim();
	if (id === '') throw new UserError(emptyMessage(parameter, isLocator && value.mode === 'list'));
	if (/[\p{Cc}\p{Cs}]/u.test(given)) {
		throw new UserError(
			`${parameter} holds a character that no ID has, such as a line break or a tab. Give the ID alone.`,
		);
	}
	if (id === '.' || id === '..')
		throw new UserError(`${parameter} is "${id}", which is no ID. Give an ID or a slug.`);
	if (id.length > LONGEST_ID) {
		throw new UserError(
			`${parameter} is ${id.length} characters long; no ID is longer than ${LONGEST_ID}. Give the ID alone.`,
		);
	}
	return id;
}

function emptyMessage(parameter: string, isList: boolean): string {
	return isList
		? `${parameter} is empty. Choose one from the list, or give its ID.`
		: `${parameter} is empty. If it comes from an expression, the expression gives nothing for this item: look at the name of the field it reads.`;
}

/** What a Resource Locator holds; of a page's address the part that names the device. */
function locatedValue({ mode, value }: IDataObject, parameter: string): unknown {
	if (mode !== 'url' || value === '') return value;
	const page = new RegExp(`^${DEVICE_PAGE}$`, 's').exec(parseText(value, parameter));
	if (page?.[1] !== undefined) return decode(page[1]);
	throw new UserError(
		`${parameter} is no address of a device page. It should look like http://enapter-gateway.local/ems/devices/my-device.`,
	);
}

function decode(segment: string): string {
	try {
		return decodeURIComponent(segment);
	} catch {
		return segment;
	}
}

/**
 * A text, or a number written as one. What was never set is an empty text.
 *
 * @throws UserError when it is of another type
 */
export function parseText(value: unknown, parameter: string): string {
	if (value === undefined || value === null) return '';
	if (typeof value === 'string') return value;
	if (typeof value === 'number' && Number.isFinite(value)) return String(value);
	const found = Array.isArray(value) ? 'a list' : isObject(value) ? 'an object' : String(value);
	throw new UserError(
		`${parameter} is ${found}; a text is expected. Point the expression at a single field.`,
	);
}

/**
 * A text that says something.
 *
 * @param otherwise what to do when there is none, as a sentence
 * @throws UserError when it is blank or of another type
 */
export function parseRequiredText(value: unknown, parameter: string, otherwise: string): string {
	const text = parseText(value, parameter);
	if (text.trim() !== '') return text;
	throw new UserError(`${parameter} is empty. ${otherwise}`);
}

/**
 * A whole number in a range.
 *
 * @throws UserError when it is none, or outside
 */
export function parseInteger(value: unknown, parameter: string, min: number, max: number): number {
	const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
	if (typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max) return number;
	throw new UserError(`${parameter} has to be a whole number from ${min} to ${max}.`);
}

/**
 * Yes or no, also written as a text, as an expression may give it. What was never set is no.
 *
 * @throws UserError when it is neither
 */
export function parseBoolean(value: unknown, parameter: string): boolean {
	if (value === undefined || value === false || value === 'false') return false;
	if (value === true || value === 'true') return true;
	throw new UserError(`${parameter} has to be true or false.`);
}

/**
 * One of the values that a parameter offers.
 *
 * @throws UserError when it is another, as an expression may give
 */
export function parseChoice<T extends string>(value: unknown, parameter: string, choices: readonly T[]): T {
	const choice = choices.find((candidate) => candidate === value);
	if (choice !== undefined) return choice;
	throw new UserError(`${parameter} has to be one of: ${choices.join(', ')}.`);
}

/**
 * A list of names, also when an expression gives them as one text with commas.
 *
 * @param pattern what a name looks like
 * @throws UserError when an entry is no such name
 */
export function parseNames(value: unknown, parameter: string, pattern = /^\w{1,64}$/): string[] {
	const entries: unknown[] = Array.isArray(value) ? value : parseText(value, parameter).split(',');
	return entries
		.map((entry) => parseText(entry, parameter).trim())
		.filter((entry) => entry !== '')
		.map((entry) => {
			if (pattern.test(entry)) return entry;
			throw new UserError(
				`${parameter} holds "${entry.slice(0, 64)}", which is not one of the values offered. Use those.`,
			);
		});
}

/**
 * A list of names that holds one at least.
 *
 * @throws UserError when it holds none, or an entry is no such name
 */
export function parseSomeNames(value: unknown, parameter: string, pattern?: RegExp): string[] {
	const names = parseNames(value, parameter, pattern);
	if (names.length > 0) return names;
	throw new UserError(`${parameter} holds no name. Give at least one.`);
}

/**
 * A collection such as Options as it was read.
 *
 * @throws UserError when an expression gave something else, or nothing
 */
export function parseCollection(value: unknown, parameter: string): Record<string, unknown> {
	if (isObject(value)) return value;
	throw new UserError(`${parameter} has to be an object, as the panel makes it.`);
}

/**
 * Whether a value says nothing: not set, blank, an empty list, or a Resource Locator with such a value.
 */
export function isBlank(value: unknown): boolean {
	if (value === undefined || value === null) return true;
	if (typeof value === 'string') return value.trim() === '';
	if (Array.isArray(value)) return value.every(isBlank);
	return isObject(value) && value.__rl === true && isBlank(value.value);
}

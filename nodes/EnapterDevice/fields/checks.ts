import type { IDataObject } from 'n8n-workflow';
import { UserError } from 'n8n-workflow';

import { isObject } from '../api';

const LONGEST_IDENTIFIER = 256;

/** The page of a device on a Gateway; source: vscode-enapter, which opens `/ems/devices/<slug>`. n8n takes it as a whole. */
export const DEVICE_PAGE = '\\s*https?://[^/]+/ems/devices/([^/?#\\s]+).*';

/**
 * An ID or slug as it may stand in a request: from a Resource Locator or an expression's plain value.
 *
 * @param parameter the parameter's name as the panel shows it
 * @throws UserError when it is empty or could not be one segment of a URL's path
 */
export function identifier(value: unknown, parameter: string): string {
	const given = text(isObject(value) && value.__rl === true ? located(value, parameter) : value, parameter);
	const id = given.trim();
	if (id === '') throw new UserError(`${parameter} is empty. Choose one from the list, or give its ID.`);
	if (/[\p{Cc}\p{Cs}]/u.test(given)) {
		throw new UserError(
			`${parameter} holds a character that no ID has, such as a line break or a tab. Give the ID alone.`,
		);
	}
	if (id === '.' || id === '..')
		throw new UserError(`${parameter} is "${id}", which is no ID. Give an ID or a slug.`);
	if (id.length > LONGEST_IDENTIFIER) {
		throw new UserError(
			`${parameter} is ${id.length} characters long; no ID is longer than ${LONGEST_IDENTIFIER}. Give the ID alone.`,
		);
	}
	return id;
}

/** What a Resource Locator holds; of a page's address the part that names the device. */
function located({ mode, value }: IDataObject, parameter: string): unknown {
	if (mode !== 'url' || value === '') return value;
	const page = new RegExp(`^${DEVICE_PAGE}$`, 's').exec(text(value, parameter));
	if (page?.[1] !== undefined) return decoded(page[1]);
	throw new UserError(
		`${parameter} is no address of a device page. It should look like http://enapter-gateway.local/ems/devices/my-device.`,
	);
}

function decoded(segment: string): string {
	try {
		return decodeURIComponent(segment);
	} catch {
		return segment;
	}
}

/**
 * A text, or a number written as one.
 *
 * @throws UserError when it is of another type
 */
export function text(value: unknown, parameter: string): string {
	if (value === undefined || value === null) return '';
	if (typeof value === 'string') return value;
	if (typeof value === 'number' && Number.isFinite(value)) return String(value);
	const found = Array.isArray(value) ? 'a list' : isObject(value) ? 'an object' : String(value);
	throw new UserError(
		`${parameter} is ${found}; a text is expected. Point the expression at a single field.`,
	);
}

/**
 * A whole number in a range.
 *
 * @throws UserError when it is none, or outside
 */
export function wholeNumber(value: unknown, parameter: string, least: number, most: number): number {
	const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
	if (typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most)
		return number;
	throw new UserError(`${parameter} has to be a whole number from ${least} to ${most}.`);
}

/**
 * Yes or no, also written as a text, as an expression may give it. What was never set is no.
 *
 * @throws UserError when it is neither
 */
export function flag(value: unknown, parameter: string): boolean {
	if (value === undefined || value === false || value === 'false') return false;
	if (value === true || value === 'true') return true;
	throw new UserError(`${parameter} has to be true or false.`);
}

/**
 * One of the values that a parameter offers.
 *
 * @throws UserError when it is another, as an expression may give
 */
export function oneOf<T extends string>(value: unknown, parameter: string, choices: readonly T[]): T {
	const choice = choices.find((candidate) => candidate === value);
	if (choice !== undefined) return choice;
	throw new UserError(`${parameter} has to be one of: ${choices.join(', ')}.`);
}

/**
 * A list of short words, also when an expression gives them as one text with commas.
 *
 * @throws UserError when an entry is no such word
 */
export function words(value: unknown, parameter: string): string[] {
	const entries: unknown[] = Array.isArray(value) ? value : text(value, parameter).split(',');
	return entries
		.map((entry) => text(entry, parameter).trim())
		.filter((entry) => entry !== '')
		.map((entry) => {
			if (/^\w{1,64}$/.test(entry)) return entry;
			throw new UserError(
				`${parameter} holds "${entry.slice(0, 64)}", which is not one of the values offered. Use those.`,
			);
		});
}

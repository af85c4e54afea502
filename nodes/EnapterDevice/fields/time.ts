import type { INodeProperties } from 'n8n-workflow';
import { tryToParseDateTime, UserError } from 'n8n-workflow';

import { isObject } from '../transport/json';
import { getOrCreate } from '../transport/memo';
import type { Field } from './field';
import { field } from './field';

/** From this number on, a number counts milliseconds: as seconds it would be the year 5138, as milliseconds it is 1973. */
const SMALLEST_MILLISECONDS = 1e11;

/** From this number on, a number is a Unix time: 1973. Smaller ones are days, or dates without separators such as 20250804. */
const SMALLEST_SECONDS = 1e8;

/** 1970-01-01 as the day number of spreadsheets. */
const DAY_OF_1970 = 25_569;

const SECONDS_OF_A_DAY = 86_400;

const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

const NUMBER = /^(?<whole>\d+)(?:\.(?<fraction>\d{1,9}))?$/;

/** ISO 8601 and SQL. Other texts are refused: 04.08.2025 is a day in August or in April. */
const DATE_TIME =
	/^(?<date>\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,](?<fraction>\d{1,9}))?)?\s*(?<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?$/i;

/** A moment, in the form in which the API takes times: RFC 3339 in UTC, with the fraction digits as given. */
export function dateTime<const N extends string>(property: INodeProperties & { name: N }): Field<N, string> {
	return field(property, (value, label, { item }) => parseTime(value, label, item.timezone));
}

/**
 * Reads a moment: an ISO 8601 or SQL text, a Luxon DateTime, a Date, Unix time in seconds or milliseconds, or the day number of
 * a spreadsheet. A local time that daylight saving skips is read as the time after the gap, one that occurs twice as the first
 * (RFC 5545).
 *
 * @param label the field's name in messages
 * @param timezone IANA name of the zone of texts without one; the workflow's
 * @returns RFC 3339 in UTC, e.g. `2025-08-04T07:22:00.988115Z`
 * @throws UserError if it is not a moment from 1970 to 9999, or if the time zone is needed and does not exist
 */
export function parseTime(value: unknown, label: string, timezone: string): string {
	const given = plain(value);
	const text = typeof given === 'number' ? String(given) : given;
	const moment =
		typeof text === 'string' ? (fromNumber(text, timezone) ?? fromText(text, timezone)) : undefined;
	if (moment !== undefined && moment.time >= 0 && moment.time <= LATEST) return written(moment);
	throw new UserError(
		`${label} is ${shown(given)}, which is not a date and time. Choose it from the calendar, or enter it like 2025-08-04T07:22:00Z or as Unix time in seconds.`,
	);
}

/** Milliseconds since 1970, and the digits of the fraction of the second as given. */
interface Moment {
	time: number;
	fraction: string | undefined;
}

function written({ time, fraction }: Moment): string {
	const seconds = new Date(time).toISOString().slice(0, 19);
	return fraction === undefined ? `${seconds}Z` : `${seconds}.${fraction}Z`;
}

/** Dates and Luxon's DateTimes as texts. Those in n8n's expressions may come from another realm. */
function plain(value: unknown): unknown {
	if (typeof value === 'string') return value.trim();
	if (value instanceof Date) return Number.isNaN(value.getTime()) ? String(value) : value.toISOString();
	if (!isObject(value) || !('toISO' in value)) return value;
	const { toISO } = value as { toISO: unknown };
	if (typeof toISO !== 'function') return value;
	const text: unknown = toISO.call(value);
	return text ?? 'an invalid date';
}

/** The day numbers of spreadsheets have no zone: they are local times. */
function fromNumber(text: string, timezone: string): Moment | undefined {
	const { whole, fraction } = NUMBER.exec(text)?.groups ?? {};
	const number = Number(text);
	if (whole === undefined) return undefined;
	if (number >= SMALLEST_MILLISECONDS) return { time: Number(whole), fraction: whole.slice(-3) };
	if (number >= SMALLEST_SECONDS || number === 0) return { time: Number(whole) * 1000, fraction };
	const time = Math.round((number - DAY_OF_1970) * SECONDS_OF_A_DAY * 1000);
	return fromText(new Date(time).toISOString().replace('Z', ''), timezone);
}

function fromText(text: string, timezone: string): Moment | undefined {
	const { date, fraction, zone } = DATE_TIME.exec(text)?.groups ?? {};
	if (date === undefined || !isDate(date)) return undefined;
	if (zone === undefined) checkTimezone(timezone);
	try {
		const parsed = tryToParseDateTime(text.toUpperCase(), timezone);
		// If a local time occurs twice, Luxon's choice depends on the current offset of the zone. The first is taken.
		const [first = parsed] = parsed.getPossibleOffsets();
		return { time: first.toMillis(), fraction };
	} catch {
		return undefined;
	}
}

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.(?<fraction>\d+))?(?:Z|[+-]\d{2}:\d{2})$/i;

/**
 * Writes a time of the API in a form that sorts as text: in UTC, with all digits of the fraction.
 *
 * @param time RFC 3339 with any offset
 * @returns undefined if it cannot be read
 */
export function sortableTime(time: unknown): string | undefined {
	const match = typeof time === 'string' ? RFC_3339.exec(time) : null;
	const moment = new Date(match?.[0].toUpperCase() ?? Number.NaN);
	if (Number.isNaN(moment.getTime())) return undefined;
	const fraction = match?.groups?.fraction?.replace(/0+$/, '') ?? '';
	return `${moment.toISOString().slice(0, 19)}.${fraction}`;
}

/** Whether a time is before another one. Either may be missing. */
export function areInOrder(start: string | undefined, end: string | undefined): boolean {
	const [first, last] = [sortableTime(start), sortableTime(end)];
	return first === undefined || last === undefined || first < last;
}

/** JavaScript reads February 30 as March 2. */
function isDate(date: string): boolean {
	const time = Date.parse(`${date}T00:00:00Z`);
	return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date);
}

/**
 * Checks the workflow's time zone.
 *
 * @throws UserError if it does not exist
 */
export function checkTimezone(timezone: string): void {
	if (timezoneExists(timezone)) return;
	throw new UserError(`The workflow's time zone is "${timezone.slice(0, 64)}", which does not exist.`, {
		description:
			"Choose the Timezone in the workflow's settings. If it is set to the default, correct GENERIC_TIMEZONE of this n8n.",
	});
}

/** Whether a time zone exists, by its IANA name. */
export function timezoneExists(timezone: string): boolean {
	try {
		return tryToParseDateTime('2000-01-01', timezone).isValid;
	} catch {
		return false;
	}
}

/**
 * Returns a function that writes Unix times in seconds as ISO 8601 with the UTC offset of a time zone, e.g.
 * `2025-08-04T09:22:00+02:00`. Made for many times: the offset is looked up once for each day on which it does not change.
 *
 * @param timezone IANA name of an existing time zone
 */
export function localTimeWriter(timezone: string): (seconds: number) => string {
	const offsetAt = (seconds: number) => tryToParseDateTime(new Date(seconds * 1000), timezone).offset;
	/** The offsets of whole days in UTC; null if the offset changes on that day. */
	const offsetsOfDays = new Map<number, number | null>();
	const offsetOfDay = (day: number) =>
		getOrCreate(offsetsOfDays, day, () => {
			const first = offsetAt(day * SECONDS_OF_A_DAY);
			return first === offsetAt((day + 1) * SECONDS_OF_A_DAY) ? first : null;
		});
	const datesOfDays = new Map<number, string>();
	const offsetTexts = new Map<number, string>();
	return (seconds) => {
		const minutes = offsetOfDay(Math.floor(seconds / SECONDS_OF_A_DAY)) ?? offsetAt(seconds);
		const local = seconds + minutes * 60;
		const day = Math.floor(local / SECONDS_OF_A_DAY);
		const date = getOrCreate(datesOfDays, day, () => dateOfDay(day));
		const time = Math.floor(local - day * SECONDS_OF_A_DAY);
		const offset = getOrCreate(offsetTexts, minutes, () => offsetText(minutes));
		// `join` creates a flat string, which takes a quarter of the memory of a concatenated one.
		return [date, 'T', clockTime(time), ':', twoDigits(time % 60), offset].join('');
	};
}

function dateOfDay(day: number): string {
	return new Date(day * SECONDS_OF_A_DAY * 1000).toISOString().slice(0, 10);
}

function offsetText(minutes: number): string {
	return `${minutes < 0 ? '-' : '+'}${clockTime(Math.abs(minutes) * 60)}`;
}

/** Hours and minutes: `07:22`. */
function clockTime(seconds: number): string {
	const minutes = Math.floor(seconds / 60);
	return `${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`;
}

function twoDigits(number: number): string {
	return number < 10 ? `0${number}` : String(number);
}

function shown(value: unknown): string {
	if (typeof value === 'string') return `"${value.slice(0, 64)}"`;
	if (Array.isArray(value)) return 'a list';
	return isObject(value) ? 'an object' : String(value);
}

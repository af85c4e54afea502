import { UserError } from 'n8n-workflow';

import { isObject } from '../transport/json';

/** Above this a number counts milliseconds: as seconds it would be the year 5138, as milliseconds it is 1973. */
const LARGEST_SECONDS = 1e11;

const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

const ISO =
	/^(?<date>\d{4}-\d{2}-\d{2})(?:[T ](?<time>\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)\s*(?<zone>[zZ]|[+-]\d{2}:?\d{2})?)?$/;

/**
 * A moment, from whatever people and expressions give: an ISO 8601 text, a Luxon DateTime, a Date, or Unix time in seconds
 * or milliseconds.
 *
 * @param parameter the parameter's name as the panel shows it
 * @param timezone the IANA name of the zone that a text without one is in, as n8n's date picker writes it; the workflow's
 * @throws UserError when it is empty or no moment from 1970 to 9999
 */
export function parseTime(value: unknown, parameter: string, timezone: string): Date {
	const given = plain(value);
	if (given === undefined || given === null || given === '') {
		throw new UserError(
			`${parameter} is empty. If it comes from an expression, the expression gives nothing for this item.`,
		);
	}
	const time = typeof given === 'number' ? fromUnix(given) : fromText(given, timezone);
	if (time >= 0 && time <= LATEST) return new Date(time);
	throw new UserError(
		`${parameter} is ${shown(given)}, which is no date and time. Choose it from the calendar, or give it like 2025-08-04T07:22:00Z, or as Unix time in seconds.`,
	);
}

/** Dates and Luxon's DateTimes as texts. */
function plain(value: unknown): unknown {
	if (typeof value === 'string') return value.trim();
	if (value instanceof Date) return Number.isNaN(value.getTime()) ? String(value) : value.toISOString();
	if (!isObject(value) || !('toISO' in value)) return value;
	const { toISO } = value as { toISO: unknown };
	if (typeof toISO !== 'function') return value;
	const text: unknown = toISO.call(value);
	return text ?? 'an invalid date';
}

function fromUnix(number: number): number {
	return Math.abs(number) < LARGEST_SECONDS ? number * 1000 : number;
}

function fromText(value: unknown, timezone: string): number {
	if (typeof value !== 'string') return Number.NaN;
	if (/^\d{9,}(\.\d+)?$/.test(value)) return fromUnix(Number(value));
	const { date, time = '00:00', zone } = ISO.exec(value)?.groups ?? {};
	if (date === undefined) return Number.NaN;
	const wall = Date.parse(`${date}T${time.replace(',', '.')}Z`);
	// JavaScript takes February 30 for March 2.
	if (Number.isNaN(wall) || !new Date(wall).toISOString().startsWith(date)) return Number.NaN;
	return zone === undefined ? wall - offsetOf(wall, timezone) : wall - offsetIn(zone);
}

/** How far a zone such as `+02:00` is ahead of UTC, in milliseconds. */
function offsetIn(zone: string): number {
	if (/^z$/i.test(zone)) return 0;
	const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
	return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}

/** How far clocks in a time zone are ahead of UTC when they show a time, in milliseconds. */
function offsetOf(wall: number, timezone: string): number {
	const format = formatIn(timezone);
	const ahead = (time: number) => {
		const parts = new Map(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
		const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
		const shows = Date.UTC(
			part('year'),
			part('month') - 1,
			part('day'),
			part('hour'),
			part('minute'),
			part('second'),
		);
		return shows - (time - (((time % 1000) + 1000) % 1000));
	};
	// The offset at the first guess is the one that counts, unless the clocks change in between.
	return ahead(wall - ahead(wall));
}

/** One is slow to make, and a run has one zone. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatIn(timezone: string): Intl.DateTimeFormat {
	const format = formats.get(timezone) ?? makeFormat(timezone);
	formats.set(timezone, format);
	return format;
}

function makeFormat(timezone: string): Intl.DateTimeFormat {
	const options: Intl.DateTimeFormatOptions = {
		year: 'numeric',
		month: 'numeric',
		day: 'numeric',
		hour: 'numeric',
		minute: 'numeric',
		second: 'numeric',
		hourCycle: 'h23',
	};
	try {
		return new Intl.DateTimeFormat('en-US', { ...options, timeZone: timezone });
	} catch {
		return new Intl.DateTimeFormat('en-US', { ...options, timeZone: 'UTC' });
	}
}

function shown(value: unknown): string {
	return typeof value === 'string'
		? `"${value.slice(0, 64)}"`
		: typeof value === 'number'
			? String(value)
			: Array.isArray(value)
				? 'a list'
				: isObject(value)
					? 'an object'
					: String(value);
}

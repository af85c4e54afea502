/** Seconds in each unit, as Go writes durations. */
const UNITS: Record<string, number> = { h: 3600, m: 60, s: 1 };

/**
 * Reads a duration as Enapter's tools write it, in Go's form: `60s`, `5m`, `1m0s`, `1h30m`.
 *
 * @returns seconds; undefined if it is of another form
 */
export function parseDuration(value: unknown): number | undefined {
	if (typeof value !== 'string' || !/^\s*(\d+h)?(\d+m)?(\d+s)?\s*$/.test(value) || value.trim() === '')
		return undefined;
	return [...value.matchAll(/(\d+)([hms])/g)].reduce(
		(total, [, count, unit]) => total + Number(count) * (UNITS[unit ?? ''] ?? 0),
		0,
	);
}

/** Writes a number of seconds in the largest unit that fits: `10 minutes`, `1 day`. */
export function durationInWords(seconds: number): string {
	const units: Array<[length: number, name: string]> = [
		[86_400, 'day'],
		[3600, 'hour'],
		[60, 'minute'],
	];
	const [length, name] = units.find(([size]) => seconds % size === 0) ?? [1, 'second'];
	const count = seconds / length;
	return `${count} ${name}${count === 1 ? '' : 's'}`;
}

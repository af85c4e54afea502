/** Formats milliseconds since 1970 as the API does: RFC 3339, UTC, with microseconds. */
export function timestamp(milliseconds: number): string {
	const microseconds = String(Math.floor((milliseconds % 1000) * 1000)).padStart(6, '0');
	return `${new Date(milliseconds).toISOString().slice(0, 19)}.${microseconds}Z`;
}

/** Parses an ISO 8601 time to microseconds since 1970; undefined if it is invalid. Date only has milliseconds. */
export function microseconds(text: string): number | undefined {
	const milliseconds = Date.parse(text);
	if (Number.isNaN(milliseconds) || !/^\d{4}-\d\d-\d\d/.test(text)) return undefined;
	const [, fraction = ''] = /\.(\d+)/.exec(text) ?? [];
	return milliseconds * 1000 + Number(fraction.padEnd(6, '0').slice(3, 6));
}

const seconds: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 0.001 };

/** Parses a Go duration (`42s`, `1m0s`, `1h`) to seconds; undefined if it is invalid. */
export function durationSeconds(text: string): number | undefined {
	if (!/^(\d+(\.\d+)?(h|ms|m|s))+$/.test(text)) return undefined;
	let sum = 0;
	for (const [, number, unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)) {
		sum += Number(number) * (seconds[unit] ?? 0);
	}
	return sum;
}

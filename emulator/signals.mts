import type { Signal, SignalSource, Value } from './behavior.mts';

// Read from Math once: most of the time of a long query is spent in these functions.
const { floor, imul, max, min, PI, round, sin } = Math;

/** Hashes two integers (32 bits of each) to a number from 0 up to, not including, 1. */
export function hash(seed: number, index: number): number {
	let mixed = (seed ^ imul(index | 0, 0x9e3779b1)) | 0;
	mixed = imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
	mixed = imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
	return ((mixed ^ (mixed >>> 16)) >>> 0) / 4294967296;
}

/** Hashes a text, e.g. a device's ID, to a seed. */
export function seedOf(text: string): number {
	let seed = 0x811c9dc5;
	for (let at = 0; at < text.length; at += 1) seed = imul(seed ^ text.charCodeAt(at), 0x01000193);
	return seed >>> 0;
}

/** Smooth noise from -1 to 1 that changes direction about every `period` seconds. */
export function noise(seed: number, time: number, period: number): number {
	const at = time / period;
	const index = floor(at);
	const part = at - index;
	const eased = part * part * (3 - 2 * part);
	const [from, to] = [hash(seed, index), hash(seed, index + 1)];
	return 2 * (from + (to - from) * eased) - 1;
}

/** Solar time, in hours from 0 to 24. */
function hour(longitude: number, time: number): number {
	return (((time / 3600 + longitude / 15) % 24) + 24) % 24;
}

/** Height of the sun, from 0 (18:00 to 6:00) to 1 (noon). */
export function sun({ longitude }: SignalSource, time: number): number {
	return max(0, sin(((hour(longitude, time) - 6) / 12) * PI));
}

/** Rises from -1 before dawn to 1 in the afternoon and falls again, as temperature does. */
export function warmth({ longitude }: SignalSource, time: number): number {
	return sin(((hour(longitude, time) - 9) / 12) * PI);
}

/** Ramps from 0 to 1 in `period` seconds, and starts again. */
export function sawtooth(seed: number, time: number, period: number): number {
	return (time / period + seed / 4294967296) % 1;
}

/** From 0 to 1 in the `seconds` after `since`. */
export function ramp(time: number, since: unknown, seconds: number): number {
	return typeof since === 'number' ? min(1, max(0, (time - since) / seconds)) : 1;
}

export function clamp(value: number, least: number, most: number): number {
	return min(most, max(least, value));
}

/** A numeric signal, rounded to `decimals`. */
export function measured(
	decimals: number,
	of: (source: SignalSource, time: number) => number,
	options: Pick<Signal, 'every' | 'gaps'> = {},
): Signal {
	const factor = 10 ** decimals;
	return { ...options, of: (source) => (time) => round(of(source, time) * factor) / factor };
}

/** A signal of another type. */
export function reported(of: (source: SignalSource, time: number) => Value): Signal {
	return { of: (source) => (time) => of(source, time) };
}

/** A signal with the value of a setting. */
export function setting(name: string): Signal {
	return {
		of:
			({ settings }) =>
			() =>
				settings[name] as Value | undefined,
	};
}

/** Reads a setting that is a number. */
export function number({ settings }: Pick<SignalSource, 'settings'>, name: string): number {
	return Number(settings[name]);
}

const GAP_SECONDS = 1800;

/** Whether a signal with gaps has one at this time: one half hour of sixteen. */
export function inGap(seed: number, time: number): boolean {
	return hash(seed ^ 0x5bd1e995, floor(time / GAP_SECONDS)) < 1 / 16;
}

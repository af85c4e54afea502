import type { Signal, SignalSource, Value } from './behavior.mts';
import type { Fleet, Moment } from './fleet.mts';
import type { Device } from './model.mts';
import { inGap, seedOf } from './signals.mts';

/** Every device reports its raised alerts, also if its manifest does not declare the attribute (source form). */
const alerts: Signal = {
	of:
		({ alerts: raised }) =>
		() => [...raised],
};

function signalOf({ behavior }: Moment, attribute: string): Signal | undefined {
	if (attribute === 'alerts') return alerts;
	return Object.hasOwn(behavior.telemetry, attribute) ? behavior.telemetry[attribute] : undefined;
}

function sourceOf(fleet: Fleet, device: Readonly<Device>, attribute: string, moment: Moment): SignalSource {
	return {
		// Devices on the same blueprint have different values, and so have the attributes of one device.
		seed: seedOf(`${device.id}/${attribute}`),
		longitude: fleet.sites.get(device.site_id)?.location.longitude ?? 0,
		settings: moment.settings,
		alerts: moment.alerts,
	};
}

function secondsBetween(signal: Signal | undefined, { settings }: Moment): number {
	const { every = 1 } = signal ?? {};
	return typeof every === 'number' ? every : every(settings);
}

/** Seconds between two values of the attribute. */
export function everyOf(fleet: Fleet, device: Readonly<Device>, attribute: string): number {
	const moment = fleet.moments(device.id).at(-1);
	return moment ? secondsBetween(signalOf(moment, attribute), moment) : 1;
}

/**
 * Returns a function that reads one attribute at a point in time: what the device reported exactly then, or undefined.
 * It must be called in the order of time.
 */
export function reader(
	fleet: Fleet,
	device: Readonly<Device>,
	attribute: string,
): (time: number) => Value | undefined {
	const moments = fleet.moments(device.id);
	let at = -1;
	let until = -Infinity;
	let read: ((time: number) => Value | undefined) | undefined;
	return (time) => {
		while (time >= until && at + 1 < moments.length) {
			at += 1;
			until = moments[at + 1]?.since ?? Infinity;
			const moment = moments[at];
			const signal = moment?.online ? signalOf(moment, attribute) : undefined;
			read = moment && signal?.of(sourceOf(fleet, device, attribute, moment));
			if (signal?.gaps && read) {
				const [seed, whole] = [seedOf(`${device.id}/${attribute}`), read];
				read = (second) => (inGap(seed, second) ? undefined : whole(second));
			}
		}
		return read?.(time);
	};
}

/** The last value of an attribute up to `time` (Unix seconds), and when the device reported it. Ignores gaps. */
export function latest(
	fleet: Fleet,
	device: Readonly<Device>,
	attribute: string,
	time: number,
): { value: Value; timestamp: number } | undefined {
	const moment = fleet.moments(device.id).findLast(({ since }) => since <= time);
	const signal = moment?.online ? signalOf(moment, attribute) : undefined;
	if (!moment || !signal) return undefined;
	const every = secondsBetween(signal, moment);
	const timestamp = Math.floor(time / every) * every;
	const value = signal.of(sourceOf(fleet, device, attribute, moment))(timestamp);
	return value === undefined ? undefined : { value, timestamp };
}

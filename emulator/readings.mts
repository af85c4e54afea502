import type { Signal, SignalSource, Value } from './behavior.mts';
import type { Fleet, Moment } from './fleet.mts';
import type { Device } from './model.mts';
import { inGap, seedOf } from './signals.mts';

/** Every device reports the alerts raised, whether its manifest declares the attribute (the compiled form) or not. */
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
		// Unlike devices of a kind differ, and so do the attributes of a device.
		seed: seedOf(`${device.id}/${attribute}`),
		longitude: fleet.sites.get(device.site_id)?.location.longitude ?? 0,
		settings: moment.settings,
		alerts: moment.alerts,
	};
}

/** Seconds between two values of the attribute. */
export function everyOf(fleet: Fleet, device: Readonly<Device>, attribute: string): number {
	const moment = fleet.moments(device.id).at(-1);
	return (moment && signalOf(moment, attribute)?.every) ?? 1;
}

/**
 * Reads one attribute at points in time that only rise: what the device reported exactly then, undefined where it
 * reported nothing.
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

/** The attribute's last value up to `time` (Unix seconds), and when the device reported it. Gaps are left out. */
export function latest(
	fleet: Fleet,
	device: Readonly<Device>,
	attribute: string,
	time: number,
): { value: Value; timestamp: number } | undefined {
	const moment = fleet.moments(device.id).findLast(({ since }) => since <= time);
	const signal = moment?.online ? signalOf(moment, attribute) : undefined;
	if (!moment || !signal) return undefined;
	const every = signal.every ?? 1;
	const timestamp = Math.floor(time / every) * every;
	const value = signal.of(sourceOf(fleet, device, attribute, moment))(timestamp);
	return value === undefined ? undefined : { value, timestamp };
}

import type { Device } from './model.mts';
import { hash, seedOf } from './signals.mts';

/** Severities in ascending order. Source: enapter-cli and vscode-enapter. */
export const logSeverities = ['debug', 'info', 'warning', 'error'] as const;

export type LogSeverity = (typeof logSeverities)[number];

export interface LogEntry {
	/** Milliseconds since 1970. */
	receivedAt: number;
	severity: LogSeverity;
	message: string;
	/** Whether the platform keeps it (`PERSISTED_ONLY`) or drops it after a while (`TEMPORARY_ONLY`). */
	persisted: boolean;
}

const HOUR = 3_600_000;

/** Hours from the first entry to the start of the emulator. */
const HISTORY_HOURS = 72;

/** The logs of all devices. Entries are kept until their device is deleted. */
export class DeviceLogs {
	readonly #now: () => number;
	readonly #startedAt: number;
	readonly #entries = new Map<string, LogEntry[]>();

	constructor(now: () => number) {
		this.#now = now;
		this.#startedAt = now();
	}

	/** Entries of a device, oldest first. */
	of(device: Readonly<Device>): LogEntry[] {
		let entries = this.#entries.get(device.id);
		if (!entries) {
			entries = history(device, this.#startedAt);
			this.#entries.set(device.id, entries);
		}
		return entries;
	}

	/** Starts the log of a new device, which has no history. */
	create(id: string): void {
		this.#entries.set(id, []);
	}

	/** Adds an entry that is received now. */
	add(device: Readonly<Device>, severity: LogSeverity, message: string, persisted = true): void {
		this.of(device).push({ receivedAt: this.#now(), severity, message, persisted });
	}

	delete(id: string): void {
		this.#entries.delete(id);
	}
}

/** Entries from before the start. They depend only on the device and the start time. */
function history(device: Readonly<Device>, startedAt: number): LogEntry[] {
	const { id, connectivity, raised_alert_names, updated_at } = device;
	if (connectivity.status === 'UNKNOWN') return [];
	const updatedAt = Math.min(Date.parse(updated_at), startedAt);
	const seed = seedOf(id);
	const end = connectivity.status === 'ONLINE' ? startedAt : updatedAt;
	const entries: LogEntry[] = [];
	for (let hour = HISTORY_HOURS; hour > 0; hour -= 1) {
		const receivedAt = end - (hour - 0.9 * hash(seed, hour)) * HOUR;
		entries.push({ receivedAt, ...ordinaryEntry(hash(seed, -hour)) });
	}
	for (const name of raised_alert_names) {
		entries.push({
			receivedAt: updatedAt,
			severity: 'error',
			message: `Alert ${name} raised.`,
			persisted: true,
		});
	}
	return entries.sort((one, other) => one.receivedAt - other.receivedAt);
}

/** Returns one of several common entries. `dice` is a number from 0 to 1. */
function ordinaryEntry(dice: number): Omit<LogEntry, 'receivedAt'> {
	if (dice < 0.5) return { severity: 'debug', message: 'Polled all registers.', persisted: false };
	if (dice < 0.8) return { severity: 'info', message: 'Synchronized the clock.', persisted: dice > 0.65 };
	if (dice < 0.95) return { severity: 'warning', message: 'No response, trying again.', persisted: true };
	return { severity: 'error', message: 'Connection lost: timeout.', persisted: true };
}

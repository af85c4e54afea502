/** What a device's commands change and its telemetry follows, by name. One that the manifest declares as a property shows there. */
export type Settings = Readonly<Record<string, unknown>>;

export type Value = number | string | boolean | string[];

/** A device as its signals see it, unchanged for a span of time. */
export interface SignalSource {
	/** Of the device: two devices of a kind differ. */
	seed: number;
	/** Degrees east: it says when the sun is up. */
	longitude: number;
	settings: Settings;
	/** Names of the alerts raised. */
	alerts: readonly string[];
}

/** One telemetry attribute: a pure function of the device and the time, so that asking twice gives the same twice. */
export interface Signal {
	/** Seconds between two values; 1 if absent. */
	every?: number;
	/** True if values are missing now and then. */
	gaps?: boolean;
	/** Unix seconds to value; undefined where the device reports none. */
	of(source: SignalSource): (time: number) => Value | undefined;
}

/** What a device makes of a command. Everything in it happens when the command ends. */
export interface CommandOutcome {
	/** Payloads of responses on the way; each takes as long as a plain command. */
	progress?: ReadonlyArray<Record<string, unknown>>;
	/** Payload of the last response. */
	payload?: Record<string, unknown>;
	/** The command fails with this payload. */
	error?: { code: string; reason: string };
	/** TIMEOUT: the device never responds. UNSYNC: the platform loses track of it (what it means is undocumented). */
	state?: 'TIMEOUT' | 'UNSYNC';
	settings?: Settings;
	alerts?: readonly string[];
}

export interface CommandInput {
	arguments: Readonly<Record<string, unknown>>;
	settings: Settings;
	alerts: readonly string[];
	/** Unix seconds. */
	time: number;
	/** What the device measures now. */
	read(attribute: string): Value | undefined;
}

export interface Behavior {
	/** At first. */
	settings: Settings;
	telemetry: Record<string, Signal>;
	commands: Record<string, (input: CommandInput) => CommandOutcome>;
}

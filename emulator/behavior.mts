/**
 * State of a device by name: commands change it, and telemetry depends on it. A setting with the name of a property in
 * the manifest is also the value of that property.
 */
export type Settings = Readonly<Record<string, unknown>>;

export type Value = number | string | boolean | string[];

/** What the signals of a device depend on. */
export interface SignalSource {
	/** Differs between devices, so that two devices on the same blueprint have different values. */
	seed: number;
	/** Degrees east; it determines the time of day. */
	longitude: number;
	settings: Settings;
	/** Names of the raised alerts. */
	alerts: readonly string[];
}

/** One telemetry attribute: a pure function of the device and the time, so the same query has the same result. */
export interface Signal {
	/** Seconds between two values; 1 if absent. */
	every?: number | ((settings: Settings) => number);
	/** True if values are sometimes missing. */
	gaps?: boolean;
	/** Returns a function from Unix seconds to value; undefined if the device reports no value. */
	of(source: SignalSource): (time: number) => Value | undefined;
}

/** Result of a command. It takes effect when the command ends. */
export interface CommandOutcome {
	/** Payloads of intermediate responses. Each takes as long as a simple command. */
	progress?: ReadonlyArray<Record<string, unknown>>;
	/** Payload of the last response. */
	payload?: Record<string, unknown>;
	/** The command fails with this payload. */
	error?: { code: string; reason: string };
	/** TIMEOUT: the device never responds. UNSYNC: undocumented; here the device is lost while the command runs. */
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
	/** Reads the current value of a telemetry attribute. */
	read(attribute: string): Value | undefined;
}

export interface Behavior {
	/** Initial settings. */
	settings: Settings;
	/** Settings that configuration parameters change, by `group.parameter`. Other parameters have no effect. */
	configuration?: Readonly<Record<string, string>>;
	telemetry: Record<string, Signal>;
	commands: Record<string, (input: CommandInput) => CommandOutcome>;
}

import type { Behavior } from './behavior.mts';

/** Data of the emulator, with the names of the Enapter API. Source: the Device API reference and python-sdk 0.24. */

export type DeviceType =
	| 'STANDALONE'
	| 'GATEWAY'
	| 'EMBEDDED_UCM'
	| 'HARDWARE_UCM'
	| 'VIRTUAL_UCM'
	| 'LINK_MASTER_UCM'
	| 'LINK_SLAVE_UCM'
	| 'LUA'
	| 'NATIVE'
	| 'CHILD';

export type CommunicationType =
	| 'MQTT_V1_PLAINTEXT'
	| 'MQTT_V1_TLS'
	| 'MQTT_V1_LOCALHOST'
	| 'UCM_LUA'
	| 'UCM_EMBEDDED'
	| 'LINK';

export interface Communication {
	type: CommunicationType;
	/** Absent on devices connected to the MQTT broker directly. */
	upstream_id?: string;
	/** Set on devices connected to the MQTT broker directly, as is `channel_id`. */
	hardware_id?: string;
	channel_id?: string;
}

export type ConnectivityStatus = 'ONLINE' | 'OFFLINE' | 'UNKNOWN';

export interface Device {
	id: string;
	blueprint_id: string;
	name: string;
	site_id: string;
	/** RFC 3339 with microseconds, UTC. */
	updated_at: string;
	slug: string;
	type: DeviceType;
	properties: Record<string, unknown>;
	connectivity: { status: ConnectivityStatus };
	communication: Communication;
	raised_alert_names: string[];
}

export interface Site {
	id: string;
	name: string;
	timezone: string;
	/** The reference's type column says "string" for both coordinates; python-sdk sends and reads numbers. */
	location: { name: string; latitude: number; longitude: number };
	version: 'V3';
}

type EnumValue = string | number;

/**
 * Allowed values of a declaration. Source form: a list, or a map by value. Compiled form: `enum` is a list, and
 * `enum_with_metainfo` describes each value.
 */
interface Enumerable {
	enum?: EnumValue[] | Record<string, { display_name: string; description?: string; color?: string }>;
	enum_with_metainfo?: Array<{
		value: EnumValue;
		display_name: string;
		description?: string;
		color?: string;
	}>;
}

type AccessLevel = Lowercase<'READONLY' | 'USER' | 'OWNER' | 'INSTALLER' | 'VENDOR' | 'SYSTEM'>;

/** A property or a telemetry attribute. */
export interface ManifestAttribute extends Enumerable {
	display_name: string;
	type: string;
	description?: string;
	unit?: string;
	json_schema?: unknown;
	access_level?: AccessLevel;
	/** A list in compiled form. In source form, a single name can be a string. */
	implements?: string | string[];
	aliases?: string | string[];
}

/** An argument of a command, or a parameter of a configuration group. */
export interface ManifestArgument extends Enumerable {
	display_name: string;
	type: string;
	description?: string;
	required?: boolean;
	default?: unknown;
	min?: number;
	max?: number;
	unit?: string;
	format?: string;
	json_schema?: unknown;
	sensitive?: boolean;
}

export interface ManifestCommand {
	display_name: string;
	group: string;
	description?: string;
	arguments?: Record<string, ManifestArgument> | null;
	response?: Record<string, { type: string; required?: boolean }>;
	confirmation?: { severity: 'info' | 'warning'; title: string; description?: string };
	populate_values_command?: string;
	access_level?: AccessLevel;
	implements?: string[];
	aliases?: string[];
	ui?: { icon?: string; mobile_quick_access?: boolean };
}

export interface ManifestAlert {
	display_name: string;
	severity: 'error' | 'warning' | 'info';
	code?: string;
	/** A duration, e.g. `2m30s`. */
	grace_period?: string;
	description?: string;
	troubleshooting?: string[];
	/** Telemetry attributes that help to explain the alert. */
	telemetry?: string[];
	components?: string[];
	conditions?: string[];
}

/** Source: the manifest reference. Enumerations, limits and units of parameters are only in the schema. */
export interface ManifestConfigurationGroup {
	display_name: string;
	description?: string;
	/** `user` if absent. */
	access_level?: AccessLevel;
	ui?: { icon?: string };
	parameters: Record<string, ManifestArgument>;
}

/** Sections may be missing or null. Source: the manifest reference and the schemas of Enapter's clients. */
export interface Manifest {
	blueprint_spec: string;
	display_name: string;
	description: string;
	icon: string;
	vendor: string;
	category: string;
	license?: string;
	author?: string;
	/** Implemented profiles, also the `implemented_profiles` of devices. */
	implements?: string[];
	runtime?: Record<string, unknown>;
	properties?: Record<string, ManifestAttribute> | null;
	telemetry?: Record<string, ManifestAttribute> | null;
	alerts?: Record<string, ManifestAlert> | null;
	commands?: Record<string, ManifestCommand> | null;
	command_groups?: Record<string, { display_name: string; description?: string }> | null;
	configuration?: Record<string, ManifestConfigurationGroup> | null;
	units?: Record<string, { symbol: string; display_name: string }> | null;
}

export interface Blueprint {
	id: string;
	created_at: string;
	manifest: Manifest;
	/** How devices on this blueprint behave. */
	behavior: Behavior;
}

export type MqttProtocol = 'MQTT' | 'MQTTS';

export interface DeviceConfig {
	mqtt_host: string;
	mqtt_port: number;
	mqtt_credentials:
		| { username: string; password: string }
		| { private_key: string; certificate: string; ca_chain: string };
	mqtt_protocol: MqttProtocol;
	time_sync_protocol: string;
	time_sync_host: string;
	time_sync_port: number;
	hardware_id: string;
	channel_id: string;
}

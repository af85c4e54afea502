/** What the emulator keeps, named as the Enapter API names it. Source: the Device API reference and python-sdk 0.24. */

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

export interface Manifest {
	blueprint_spec: string;
	display_name: string;
	description: string;
	icon: string;
	vendor: string;
	/** Profiles the blueprint implements; a device's `implemented_profiles` are these. */
	implements?: string[];
	[section: string]: unknown;
}

export interface Blueprint {
	id: string;
	created_at: string;
	manifest: Manifest;
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

import type { Blueprint, Manifest } from '../model.mts';
import { hash, measured, noise, reported } from '../signals.mts';
import { embedded, progress, properties, status, statusSignal } from './parts.mts';

const gatewayManifest: Manifest = {
	blueprint_spec: 'device/3.0',
	display_name: 'Enapter Gateway',
	description: 'Connects an energy system to the Enapter Cloud.',
	icon: 'enapter-router-wifi',
	vendor: 'enapter',
	category: 'control',
	license: 'MIT',
	author: 'enapter',
	runtime: embedded,
	properties: {
		...properties,
		led_on: { display_name: 'Front LED On', type: 'boolean' },
		network: { display_name: 'Network', type: 'json' },
	},
	telemetry: {
		...status,
		cpu_load: { display_name: 'CPU Load', type: 'float', unit: '%' },
		connected_devices: { display_name: 'Connected Devices', type: 'integer' },
		interfaces_up: { display_name: 'Interfaces Up', type: 'array_of_strings' },
	},
	alerts: { disk_almost_full: { display_name: 'Disk Almost Full', severity: 'warning' } },
	commands: {
		set_led: {
			display_name: 'Switch Front LED',
			group: 'gateway',
			arguments: { on: { display_name: 'On', type: 'boolean', required: true, default: true } },
		},
		ping: {
			display_name: 'Ping',
			group: 'network',
			arguments: {
				hosts: { display_name: 'Hosts', type: 'array_of_strings', required: true },
				count: { display_name: 'Times', type: 'integer', default: 4, min: 1, max: 10 },
			},
		},
		configure_network: {
			display_name: 'Configure Network',
			group: 'network',
			access_level: 'owner',
			confirmation: { severity: 'warning', title: 'Change the network?' },
			arguments: {
				network: {
					display_name: 'Network',
					type: 'json',
					required: true,
					json_schema: {
						type: 'object',
						required: ['address'],
						properties: { address: { type: 'string' }, dns: { type: 'array', items: { type: 'string' } } },
					},
				},
			},
		},
		reboot: {
			display_name: 'Reboot',
			group: 'gateway',
			access_level: 'owner',
			confirmation: {
				severity: 'warning',
				title: 'Reboot the Gateway?',
				description: 'The site is not controlled for some minutes.',
			},
		},
		update_firmware: { display_name: 'Update Firmware', group: 'gateway', access_level: 'system' },
	},
	command_groups: { gateway: { display_name: 'Gateway' }, network: { display_name: 'Network' } },
};

export const gateway: Blueprint = {
	id: '0b7c4d0e-5c2f-4b53-9a5c-2a6f4f0f7c11',
	created_at: '2024-03-04T08:00:00.000000Z',
	manifest: gatewayManifest,
	behavior: {
		settings: { led_on: true, network: { address: 'dhcp' } },
		telemetry: {
			status: statusSignal,
			cpu_load: measured(1, ({ seed }, time) => 18 + 9 * noise(seed, time, 300) + 5 * hash(seed, time)),
			connected_devices: measured(0, ({ seed }, time) => 9 + Math.round(noise(seed, time, 7200))),
			interfaces_up: reported(({ seed }, time) =>
				noise(seed, time, 14_400) > 0.7 ? ['eth0', 'wlan0'] : ['eth0'],
			),
		},
		commands: {
			set_led: ({ arguments: { on } }) => ({ settings: { led_on: on } }),
			ping: ({ arguments: { hosts, count } }) => ({
				payload: {
					results: (hosts as string[]).map((host) => ({ host, sent: count ?? 4, received: count ?? 4 })),
				},
			}),
			configure_network: ({ arguments: { network } }) => ({ settings: { network }, payload: { network } }),
			reboot: () => ({ progress: progress(3) }),
			update_firmware: () => ({ progress: progress(20) }),
		},
	},
};

const ucmManifest: Manifest = {
	blueprint_spec: 'device/3.0',
	display_name: 'Enapter UCM',
	description: 'Universal Communication Module: runs the Lua scripts of connected devices.',
	icon: 'enapter-module-din-1',
	vendor: 'enapter',
	category: 'control',
	license: 'MIT',
	author: 'enapter',
	runtime: embedded,
	properties,
	telemetry: {
		...status,
		memory_usage: { display_name: 'Memory Usage', type: 'float', unit: 'kB' },
		wifi_signal: { display_name: 'Wi-Fi Signal', type: 'integer', unit: 'dB' },
	},
	alerts: { weak_signal: { display_name: 'Weak Wi-Fi Signal', severity: 'info' } },
	commands: null,
	command_groups: null,
	configuration: null,
};

export const ucm: Blueprint = {
	id: '1f9d2a34-7e0b-4c7d-8f21-6b3c5d9e8a22',
	created_at: '2024-03-04T08:00:00.000000Z',
	manifest: ucmManifest,
	behavior: {
		settings: {},
		telemetry: {
			status: statusSignal,
			memory_usage: measured(1, ({ seed }, time) => 142 + 14 * noise(seed, time, 900)),
			wifi_signal: measured(0, ({ seed, alerts }, time) =>
				alerts.length > 0 ? -84 : -58 + 6 * noise(seed, time, 1800),
			),
		},
		commands: {},
	},
};

import { hash, measured, noise, reported, sawtooth, sun, warmth } from '../signals.mts';
import type { Behavior } from '../behavior.mts';
import type { Blueprint, Manifest, ManifestCommand, ManifestConfigurationGroup } from '../model.mts';
import { compile } from './compile.mts';
import { embedded, lua, progress, properties, status, statusSignal } from './parts.mts';

const selfTest: ManifestCommand = {
	display_name: 'Self-Test',
	group: 'maintenance',
	description: 'Moves the needle and tries the relay. Takes some seconds.',
	response: { result: { type: 'string', required: true } },
};

function detectorBehavior(attribute: string, alert: string): Behavior {
	return {
		settings: { alarm_level: 20, relay_enabled: true },
		configuration: { 'alarm.level': 'alarm_level', 'alarm.relay_enabled': 'relay_enabled' },
		telemetry: {
			status: statusSignal,
			[attribute]: measured(2, ({ seed, alerts }, time) =>
				alerts.includes(alert)
					? 24 + 4 * noise(seed, time, 120)
					: 0.4 + 0.25 * noise(seed, time, 600) + 0.1 * hash(seed, time),
			),
			temperature: measured(
				1,
				(source, time) => 21 + 3 * warmth(source, time) + noise(source.seed, time, 900),
			),
			relay_closed: reported(
				({ settings, alerts }) => settings['relay_enabled'] === true && alerts.includes(alert),
			),
		},
		commands: {
			self_test: ({ alerts }) =>
				alerts.includes(alert)
					? { error: { code: 'gas_present', reason: 'There is gas at the detector.' } }
					: { progress: progress(3), payload: { result: 'passed' } },
			calibrate: ({ arguments: { gas, concentration }, time }) => ({
				progress: progress(3),
				payload: { gas, concentration, offset: 0.12 },
				settings: { last_calibration: new Date(time * 1000).toISOString().slice(0, 10) },
			}),
			set_alarm_level: ({ arguments: { level } }) => ({ settings: { alarm_level: level } }),
			set_relay: ({ arguments: { enabled } }) => ({ settings: { relay_enabled: enabled } }),
			reset_alarm: () => ({ alerts: [] }),
		},
	};
}

const detectorProperties = {
	...properties,
	alarm_level: { display_name: 'Alarm Level', type: 'float', unit: '%LEL' },
	last_calibration: { display_name: 'Last Calibration', type: 'string' },
};

const detectorConfiguration: Record<string, ManifestConfigurationGroup> = {
	alarm: {
		display_name: 'Alarm',
		description: 'When the detector warns of gas.',
		parameters: {
			level: {
				display_name: 'Alarm Level',
				type: 'float',
				description: 'Also shown as a property.',
				required: true,
				default: 20,
				min: 5,
				max: 60,
				unit: '%LEL',
			},
			relay_enabled: { display_name: 'Alarm Relay Enabled', type: 'boolean', default: 'true' },
			delay: { display_name: 'Delay', type: 'integer', default: '0', min: 0, max: 120, unit: 's' },
			notify: {
				display_name: 'Notify',
				type: 'array_of_strings',
				description: 'E-mail addresses, none by default.',
			},
			contact: { display_name: 'Contact', type: 'string', description: 'Leave empty for the site owner.' },
		},
	},
	service: {
		display_name: 'Service',
		access_level: 'vendor',
		parameters: { offset: { display_name: 'Zero Offset', type: 'float', default: 0 } },
	},
};

const detectorTelemetry = {
	temperature: { display_name: 'Temperature', type: 'float', unit: 'Cel' },
	relay_closed: { display_name: 'Alarm Relay Closed', type: 'boolean' },
};

const gasDetectorManifest: Manifest = {
	blueprint_spec: 'device/3.0',
	display_name: 'Gas Detector',
	description: 'Fixed-point gas detector over Modbus RTU.',
	icon: 'enapter-gas-sensor',
	vendor: 'crowcon',
	category: 'sensors',
	license: 'MIT',
	author: 'enapter',
	runtime: lua,
	properties: detectorProperties,
	telemetry: {
		...status,
		gas_concentration: { display_name: 'Gas Concentration', type: 'float', unit: '%LEL' },
		...detectorTelemetry,
	},
	alerts: {
		gas_detected: {
			display_name: 'Gas Detected',
			severity: 'error',
			description: 'The gas concentration is above the alarm level.',
			troubleshooting: ['Ventilate the room.', 'Look for the leak.'],
		},
	},
	configuration: detectorConfiguration,
	commands: {
		self_test: selfTest,
		calibrate: {
			display_name: 'Calibrate',
			group: 'maintenance',
			description: 'Sets the reading to that of a reference gas.',
			access_level: 'owner',
			confirmation: {
				severity: 'warning',
				title: 'Calibrate with reference gas?',
				description: 'The detector does not warn of gas until it is done.',
			},
			arguments: {
				gas: {
					display_name: 'Reference Gas',
					type: 'string',
					required: true,
					enum: {
						h2: { display_name: 'Hydrogen' },
						ch4: { display_name: 'Methane' },
						co: { display_name: 'Carbon Monoxide', description: 'Only with the CO cell.' },
					},
				},
				concentration: {
					display_name: 'Concentration',
					type: 'float',
					required: true,
					min: 0,
					max: 100,
					unit: '%LEL',
				},
				operator: { display_name: 'Operator', type: 'string', description: 'Name for the record.' },
			},
		},
		set_alarm_level: {
			display_name: 'Set Alarm Level',
			group: 'settings',
			arguments: {
				level: {
					display_name: 'Level',
					type: 'float',
					required: true,
					default: 20,
					min: 5,
					max: 60,
					unit: '%LEL',
				},
				delay: { display_name: 'Delay', type: 'integer', min: 0, max: 120, unit: 's' },
			},
		},
		set_relay: {
			display_name: 'Enable Alarm Relay',
			group: 'settings',
			arguments: { enabled: { display_name: 'Enabled', type: 'boolean', required: true, default: true } },
		},
		reset_alarm: {
			display_name: 'Reset Alarm',
			group: 'maintenance',
			aliases: ['acknowledge'],
			confirmation: { severity: 'info', title: 'Reset the alarm?' },
		},
	},
	command_groups: {
		maintenance: { display_name: 'Maintenance' },
		settings: { display_name: 'Settings', description: 'Kept by the device.' },
	},
};

const hydrogenDetectorManifest: Manifest = {
	blueprint_spec: 'device/3.0',
	display_name: 'Hydrogen Detector',
	description: 'Gas detector with hydrogen calibration and a self-test.',
	icon: 'enapter-hydrogen-sensor',
	vendor: 'crowcon',
	category: 'sensors',
	license: 'MIT',
	author: 'enapter',
	runtime: lua,
	properties: detectorProperties,
	telemetry: {
		...status,
		h2_concentration: { display_name: 'H2 Concentration', type: 'float', unit: '%LEL' },
		...detectorTelemetry,
	},
	alerts: { hydrogen_detected: { display_name: 'Hydrogen Detected', severity: 'error' } },
	configuration: detectorConfiguration,
	commands: {
		self_test: selfTest,
		set_alarm_level: {
			display_name: 'Set Alarm Level',
			group: 'settings',
			arguments: {
				level: { display_name: 'Level', type: 'integer', required: true, enum: [10, 20, 40], unit: '%LEL' },
			},
		},
		reset_alarm: { display_name: 'Reset Alarm', group: 'maintenance' },
	},
	command_groups: {
		maintenance: { display_name: 'Maintenance' },
		settings: { display_name: 'Settings' },
	},
};

const pressureSensorManifest: Manifest = {
	blueprint_spec: 'device/3.0',
	display_name: 'Tank Pressure Sensor',
	description: 'Pressure transmitter of a hydrogen tank, 4–20 mA.',
	icon: 'enapter-gauge',
	vendor: 'wika',
	category: 'hydrogen-storage',
	license: 'MIT',
	author: 'enapter',
	runtime: lua,
	properties,
	telemetry: { ...status, pressure: { display_name: 'Pressure', type: 'float', unit: 'bar' } },
	alerts: { overpressure: { display_name: 'Overpressure', severity: 'error' } },
};

const weatherStationManifest: Manifest = {
	blueprint_spec: 'device/3.0',
	display_name: 'Weather Station',
	description: 'Ambient temperature and solar irradiance, connected over MQTT.',
	icon: 'home-thermometer-outline',
	vendor: 'lufft',
	category: 'sensors',
	license: 'MIT',
	author: 'enapter',
	implements: ['sensor.ambient_temperature', 'sensor.solar_irradiance'],
	runtime: embedded,
	properties: {
		...properties,
		reporting_interval: { display_name: 'Reporting Interval', type: 'integer', unit: 's' },
		ssid: { display_name: 'Wi-Fi Network', type: 'string' },
	},
	telemetry: {
		...status,
		ambient_temperature: {
			display_name: 'Ambient Temperature',
			type: 'float',
			unit: 'Cel',
			implements: 'sensor.ambient_temperature.ambient_temperature',
			aliases: 'outdoor_temperature',
		},
		solar_irradiance: {
			display_name: 'Solar Irradiance',
			type: 'integer',
			unit: 'W/m2',
			implements: ['sensor.solar_irradiance.solar_irradiance'],
			aliases: ['irradiance', 'ghi'],
		},
		humidity: { display_name: 'Relative Humidity', type: 'integer', unit: '%' },
		wind_speed: { display_name: 'Wind Speed', type: 'float', unit: 'm/s' },
		heater: {
			display_name: 'Heater',
			type: 'string',
			enum: ['off', 'on', 'auto'],
		},
	},
	units: { 'W/m2': { symbol: 'W/m²', display_name: 'Watt per Square Metre' } },
	alerts: { sensor_damaged: { display_name: 'Sensor Damaged', severity: 'error' } },
	configuration: {
		reporting: {
			display_name: 'Reporting',
			description: 'What the station reports, and how often.',
			parameters: {
				interval: {
					display_name: 'Interval',
					type: 'integer',
					description: 'Time between two values of humidity.',
					required: true,
					default: 10,
					min: 1,
					max: 3600,
					unit: 's',
				},
				enabled: { display_name: 'Enabled', type: 'boolean', default: 'true' },
				attributes: {
					display_name: 'Attributes',
					type: 'array_of_strings',
					description: 'All of them if empty.',
				},
				quiet_hours: {
					display_name: 'Quiet Hours',
					type: 'json',
					json_schema: {
						type: 'object',
						properties: { from: { type: 'string' }, to: { type: 'string' } },
					},
				},
				calibration_factor: {
					display_name: 'Calibration Factor',
					type: 'float',
					default: '1.0',
					min: 0.5,
					max: 2,
				},
				heater: {
					display_name: 'Heater',
					type: 'string',
					default: 'auto',
					enum: ['off', 'on', 'auto'],
				},
			},
		},
		network: {
			display_name: 'Network',
			access_level: 'owner',
			ui: { icon: 'wifi' },
			parameters: {
				ssid: { display_name: 'Network', type: 'string', required: true, default: 'plant' },
				password: { display_name: 'Password', type: 'string', sensitive: true },
				server: {
					display_name: 'Server',
					type: 'string',
					format: 'connection_uri',
					description: 'Leave empty for the default.',
				},
			},
		},
	},
	commands: {
		set_heater: {
			display_name: 'Set Heater',
			group: 'settings',
			arguments: {
				mode: { display_name: 'Mode', type: 'string', required: true, enum: ['off', 'on', 'auto'] },
			},
		},
		set_reporting: {
			display_name: 'Set Reporting',
			group: 'settings',
			arguments: {
				interval: {
					display_name: 'Interval',
					type: 'integer',
					required: true,
					enum: {
						10: { display_name: '10 seconds' },
						60: { display_name: '1 minute' },
						600: { display_name: '10 minutes', description: 'Saves the battery.' },
					},
				},
				attributes: {
					display_name: 'Attributes',
					type: 'array_of_strings',
					description: 'All of them if empty.',
				},
				quiet_hours: {
					display_name: 'Quiet Hours',
					type: 'time_range',
					description: 'When nothing is reported.',
				},
			},
		},
		configure_wifi: {
			display_name: 'Configure Wi-Fi',
			group: 'network',
			access_level: 'owner',
			confirmation: {
				severity: 'warning',
				title: 'Change the Wi-Fi network?',
				description: 'With a wrong password the station is not reachable any more.',
			},
			arguments: {
				ssid: { display_name: 'Network', type: 'string', required: true },
				password: { display_name: 'Password', type: 'string', required: true, sensitive: true },
			},
		},
	},
	command_groups: {
		settings: { display_name: 'Settings' },
		network: { display_name: 'Network' },
	},
};

export const gasDetector: Blueprint = {
	id: '88a2035f-170f-402c-8a84-6d4aed5ae353',
	created_at: '2024-11-18T09:12:44.120934Z',
	manifest: gasDetectorManifest,
	behavior: detectorBehavior('gas_concentration', 'gas_detected'),
};

export const hydrogenDetector: Blueprint = {
	id: 'bluepri2-60n4-4t9d-e6v0-69i310cb110e',
	created_at: '2025-06-30T14:05:02.733018Z',
	manifest: compile(hydrogenDetectorManifest),
	behavior: detectorBehavior('h2_concentration', 'hydrogen_detected'),
};

export const pressureSensor: Blueprint = {
	id: '8b8d5f79-2e1a-4c6d-9fa8-3a1d7c6f5b99',
	created_at: '2025-02-03T13:37:00.512903Z',
	manifest: pressureSensorManifest,
	behavior: {
		settings: {},
		telemetry: {
			status: statusSignal,
			// Filled for most of two days, then emptied.
			pressure: measured(
				2,
				({ seed }, time) => {
					const filling = sawtooth(seed, time, 200_000);
					return (
						8 + 24 * (filling < 0.8 ? filling / 0.8 : (1 - filling) / 0.2) + 0.2 * noise(seed, time, 300)
					);
				},
				{ gaps: true },
			),
		},
		commands: {},
	},
};

export const weatherStation: Blueprint = {
	id: '9c0e7a91-3f2b-4d8e-80b9-4b2e8d7a6caa',
	created_at: '2025-03-26T06:48:51.087722Z',
	manifest: weatherStationManifest,
	behavior: {
		settings: { heater: 'auto', reporting_interval: 10, ssid: 'plant' },
		configuration: {
			'reporting.interval': 'reporting_interval',
			'reporting.heater': 'heater',
			'network.ssid': 'ssid',
		},
		telemetry: {
			status: statusSignal,
			ambient_temperature: measured(
				1,
				(source, time) =>
					12 +
					6 * warmth(source, time) +
					4 * noise(source.seed, time, 259_200) +
					noise(source.seed, time, 3600),
			),
			solar_irradiance: measured(
				0,
				(source, time) => 900 * sun(source, time) * (0.75 + 0.25 * noise(source.seed, time, 1200)),
				{ gaps: true },
			),
			humidity: measured(
				0,
				(source, time) => 65 - 20 * warmth(source, time) + 8 * noise(source.seed, time, 7200),
				{ every: (settings) => Number(settings['reporting_interval']) },
			),
			wind_speed: measured(1, ({ seed }, time) => 3.5 + 2.5 * noise(seed, time, 1800) + hash(seed, time)),
			heater: reported(({ settings }) => String(settings['heater'])),
		},
		commands: {
			set_heater: ({ arguments: { mode } }) => ({ settings: { heater: mode } }),
			set_reporting: ({ arguments: { interval } }) => ({
				settings: { reporting_interval: interval },
				payload: { interval },
			}),
			configure_wifi: ({ arguments: { ssid } }) => ({ progress: progress(2), settings: { ssid } }),
		},
	},
};

import type { CommandInput, CommandOutcome, SignalSource } from '../behavior.mts';
import type { Blueprint, Manifest } from '../model.mts';
import { hash, measured, noise, number, ramp, reported, sawtooth, setting } from '../signals.mts';
import { compile } from './compile.mts';
import { embedded, lua, progress, properties, status, statusSignal } from './parts.mts';

/** From 0 (stopped) to 1 (full output) in the `seconds` after the start. */
function running({ settings }: SignalSource, time: number, seconds: number): number {
	return settings['running'] === true ? ramp(time, settings['started_at'], seconds) : 0;
}

/** Starts the device, unless the alert is raised. */
function start({ alerts, settings, time }: CommandInput, forbidding: string, reason: string): CommandOutcome {
	if (alerts.includes(forbidding)) return { error: { code: forbidding, reason } };
	if (settings['running'] === true) return { payload: { state: 'running' } };
	return {
		progress: [{ stage: 'self_check' }, { stage: 'warming_up' }],
		payload: { state: 'running' },
		settings: { running: true, started_at: time },
	};
}

const electrolyserManifest: Manifest = {
	blueprint_spec: 'device/3.0',
	display_name: 'Electrolyser EL 4.1',
	description: 'AEM electrolyser, up to 500 Nl/h of hydrogen.',
	icon: 'enapter-electrolyser',
	vendor: 'enapter',
	category: 'electrolysers',
	license: 'MIT',
	author: 'enapter',
	implements: ['energy.electrolyser'],
	runtime: embedded,
	properties: {
		...properties,
		production_rate: { display_name: 'Production Rate', type: 'float', unit: '%' },
		max_pressure: { display_name: 'Maximum Pressure', type: 'float', unit: 'bar' },
		service_code: { display_name: 'Service Code', type: 'string', access_level: 'vendor' },
	},
	telemetry: {
		status: {
			display_name: 'Status',
			type: 'string',
			enum: {
				standby: { display_name: 'Standby', color: 'cyan-dark' },
				ramp_up: { display_name: 'Ramping Up', color: 'yellow' },
				production: { display_name: 'Hydrogen Production', color: 'green' },
				error: { display_name: 'Error', color: 'red' },
			},
		},
		mode: { display_name: 'Mode', type: 'string', enum: ['auto', 'manual', 'maintenance'] },
		h2_production_rate: {
			display_name: 'H2 Production Rate',
			type: 'float',
			unit: 'L/h',
			implements: ['energy.electrolyser.h2_production'],
		},
		h2_total: { display_name: 'H2 Produced in Total', type: 'integer', unit: 'L' },
		outlet_pressure: { display_name: 'Outlet Pressure', type: 'float', unit: 'bar' },
		electrolyte_temperature: { display_name: 'Electrolyte Temperature', type: 'float', unit: 'Cel' },
		power: { display_name: 'Power Consumption', type: 'float', unit: 'W' },
		stack_voltages: {
			display_name: 'Stack Voltages',
			type: 'float',
			unit: 'V',
			description: 'For service.',
			access_level: 'vendor',
		},
	},
	alerts: {
		water_inlet_pressure_low: {
			display_name: 'Low Water Pressure',
			severity: 'warning',
			code: 'WR_20',
			grace_period: '30s',
			description: 'The pressure at the water inlet is below 0.5 bar.',
			telemetry: ['status'],
			components: ['water_inlet'],
			conditions: ['inlet pressure below 0.5 bar'],
			troubleshooting: ['Open the water valve.', 'Replace the filter.'],
		},
		stack_overheated: {
			display_name: 'Stack Overheated',
			severity: 'error',
			code: 'ER_07',
			description: 'The stack is above 60 °C.',
			troubleshooting: ['Check the fans.'],
		},
	},
	configuration: {
		production: {
			display_name: 'Production',
			access_level: 'owner',
			parameters: {
				production_rate: {
					display_name: 'Production Rate',
					type: 'float',
					required: true,
					default: 100,
					min: 60,
					max: 100,
					unit: '%',
				},
				max_pressure: {
					display_name: 'Maximum Pressure',
					type: 'float',
					default: 30,
					min: 10,
					max: 35,
					unit: 'bar',
				},
			},
		},
	},
	commands: {
		start: {
			display_name: 'Start Production',
			group: 'production',
			aliases: ['start_production'],
			ui: { icon: 'play', mobile_quick_access: true },
		},
		stop: {
			display_name: 'Stop Production',
			group: 'production',
			confirmation: { severity: 'info', title: 'Stop the production of hydrogen?' },
		},
		set_production_rate: {
			display_name: 'Set Production Rate',
			group: 'production',
			arguments: {
				rate: {
					display_name: 'Rate',
					type: 'float',
					required: true,
					default: 100,
					min: 60,
					max: 100,
					unit: '%',
				},
			},
		},
		set_mode: {
			display_name: 'Set Mode',
			group: 'production',
			arguments: {
				mode: {
					display_name: 'Mode',
					type: 'string',
					required: true,
					default: 'auto',
					enum: {
						auto: { display_name: 'Automatic', description: 'Follows the pressure of the tank.' },
						manual: { display_name: 'Manual' },
						maintenance: { display_name: 'Maintenance' },
					},
				},
			},
		},
		read_settings: {
			display_name: 'Read Settings',
			group: 'maintenance',
			access_level: 'owner',
			confirmation: { severity: 'info', title: 'Read the settings?' },
		},
		write_settings: {
			display_name: 'Write Settings',
			group: 'maintenance',
			description: 'Writes all settings at once.',
			access_level: 'owner',
			populate_values_command: 'read_settings',
			arguments: {
				production_rate: {
					display_name: 'Production Rate',
					type: 'float',
					required: true,
					min: 60,
					max: 100,
					unit: '%',
				},
				max_pressure: {
					display_name: 'Maximum Pressure',
					type: 'float',
					required: true,
					description: 'bar at the outlet',
					min: 10,
					max: 35,
					unit: 'bar',
				},
				restart_pressure: {
					display_name: 'Restart Pressure',
					type: 'float',
					required: true,
					description: '5-34 bar, below the maximum',
					min: 5,
					max: 34,
					unit: 'bar',
				},
				heater: {
					display_name: 'Electrolyte Heater',
					type: 'boolean',
					required: true,
					default: 'false',
				},
				tag: { display_name: 'Tag', type: 'string', description: 'Leave empty for the serial number.' },
			},
		},
		read_config: {
			display_name: 'Read Configuration',
			group: 'maintenance',
			response: { max_pressure: { type: 'float' }, restart_pressure: { type: 'float' } },
		},
		write_config: {
			display_name: 'Write Configuration',
			group: 'maintenance',
			access_level: 'owner',
			populate_values_command: 'read_config',
			arguments: {
				max_pressure: {
					display_name: 'Maximum Pressure',
					type: 'float',
					required: true,
					min: 10,
					max: 35,
					unit: 'bar',
				},
				restart_pressure: { display_name: 'Restart Pressure', type: 'float', min: 5, max: 34, unit: 'bar' },
			},
		},
		flush: {
			display_name: 'Flush Electrolyte',
			group: 'maintenance',
			description: 'Takes ten times as long as another command.',
			confirmation: {
				severity: 'warning',
				title: 'Flush the electrolyte?',
				description: 'The electrolyser makes no hydrogen meanwhile.',
			},
		},
		run_diagnostics: {
			display_name: 'Run Diagnostics',
			group: 'maintenance',
			description: 'This firmware never responds to it.',
		},
		unlock_service: {
			display_name: 'Unlock Service Mode',
			group: 'maintenance',
			access_level: 'vendor',
			arguments: {
				code: { display_name: 'Code', type: 'string', required: true, sensitive: true },
			},
		},
	},
	command_groups: {
		production: { display_name: 'Production' },
		maintenance: { display_name: 'Maintenance' },
	},
};

export const electrolyser: Blueprint = {
	id: '2c6e8b57-9d1a-4e3f-b842-7a5d1c0f9b33',
	created_at: '2024-05-21T10:30:15.402117Z',
	manifest: compile(electrolyserManifest),
	behavior: {
		settings: {
			running: true,
			production_rate: 100,
			mode: 'auto',
			max_pressure: 30,
			restart_pressure: 25,
			heater: true,
			tag: 'EL-01',
		},
		configuration: {
			'production.production_rate': 'production_rate',
			'production.max_pressure': 'max_pressure',
		},
		telemetry: {
			status: reported((source, time) => {
				if (source.alerts.length > 0) return 'error';
				const part = running(source, time, 120);
				return part === 0 ? 'standby' : part < 1 ? 'ramp_up' : 'production';
			}),
			mode: setting('mode'),
			h2_production_rate: measured(
				1,
				(source, time) =>
					running(source, time, 120) *
					5 *
					(number(source, 'production_rate') + 1.5 * noise(source.seed, time, 240)),
			),
			h2_total: measured(
				0,
				({ seed }, time) => 120_000 + (time - 1_704_067_200) * (0.05 + 0.02 * hash(seed, 0)),
				{
					every: 60,
				},
			),
			outlet_pressure: measured(
				2,
				({ seed, settings }, time) =>
					Number(settings['restart_pressure']) +
					(Number(settings['max_pressure']) - Number(settings['restart_pressure'])) *
						(0.5 + 0.5 * noise(seed, time, 5400)),
			),
			electrolyte_temperature: measured(
				1,
				(source, time) => 24 + 31 * running(source, time, 1800) + noise(source.seed, time, 1200),
			),
			power: measured(
				0,
				(source, time) =>
					running(source, time, 120) * 24 * number(source, 'production_rate') +
					60 +
					20 * noise(source.seed, time, 90),
			),
			stack_voltages: measured(2, ({ seed }, time) => 44 + noise(seed, time, 60)),
		},
		commands: {
			start: (input) =>
				start(input, 'water_inlet_pressure_low', 'The pressure at the water inlet is too low.'),
			stop: () => ({ payload: { state: 'stopped' }, settings: { running: false } }),
			set_production_rate: ({ arguments: { rate } }) => ({ settings: { production_rate: rate } }),
			set_mode: ({ arguments: { mode } }) => ({ settings: { mode } }),
			read_config: ({ settings: { max_pressure, restart_pressure } }) => ({
				payload: { max_pressure, restart_pressure },
			}),
			read_settings: ({ settings, time }) => ({
				progress: [{ stage: 'reading' }],
				payload: {
					production_rate: settings['production_rate'],
					max_pressure: settings['max_pressure'],
					restart_pressure: settings['restart_pressure'],
					heater: settings['heater'],
					tag: settings['tag'],
					read_at: Math.floor(time),
					service_note: null,
				},
			}),
			write_settings: ({ arguments: given }) =>
				Number(given['restart_pressure']) < Number(given['max_pressure'])
					? { settings: { ...given } }
					: {
							error: {
								code: 'config_invalid',
								reason: 'The restart pressure must be below the maximum pressure.',
							},
						},
			write_config: ({ arguments: { max_pressure, restart_pressure }, settings }) => {
				const restart = restart_pressure ?? settings['restart_pressure'];
				return Number(restart) < Number(max_pressure)
					? { settings: { max_pressure, restart_pressure: restart } }
					: {
							error: {
								code: 'config_invalid',
								reason: 'The restart pressure must be below the maximum pressure.',
							},
						};
			},
			flush: () => ({ progress: progress(9), settings: { running: false } }),
			run_diagnostics: () => ({ state: 'TIMEOUT' }),
			unlock_service: () => ({ error: { code: 'code_wrong', reason: 'The service code is wrong.' } }),
		},
	},
};

const dryerManifest: Manifest = {
	blueprint_spec: 'device/3.0',
	display_name: 'Dryer DRY 2.1',
	description: 'Dries the hydrogen of up to ten electrolysers.',
	icon: 'enapter-gas-dryer',
	vendor: 'enapter',
	category: 'hydrogen-storage',
	license: 'MIT',
	author: 'enapter',
	runtime: embedded,
	properties,
	telemetry: {
		...status,
		dew_point: { display_name: 'Dew Point', type: 'float', unit: 'Cel' },
		active_cartridge: { display_name: 'Active Cartridge', type: 'integer', enum: [0, 1] },
		regenerating: { display_name: 'Regenerating', type: 'boolean' },
	},
	alerts: { cartridge_saturated: { display_name: 'Cartridge Saturated', severity: 'warning' } },
	commands: {
		regenerate: {
			display_name: 'Regenerate Cartridge',
			group: 'maintenance',
			arguments: {
				cartridge: { display_name: 'Cartridge', type: 'integer', required: true, enum: [0, 1] },
				duration: { display_name: 'Duration', type: 'integer', default: 60, min: 10, max: 120, unit: 'min' },
			},
		},
	},
	command_groups: { maintenance: { display_name: 'Maintenance' } },
	configuration: null,
};

export const dryer: Blueprint = {
	id: '3a1b5c79-2e4d-4f6a-a953-8b6e2d1a0c44',
	created_at: '2024-05-21T10:31:40.118236Z',
	manifest: dryerManifest,
	behavior: {
		settings: { cartridge: 0 },
		telemetry: {
			status: statusSignal,
			dew_point: measured(1, ({ seed, alerts }, time) =>
				alerts.length > 0 ? -38 + noise(seed, time, 900) : -68 + 4 * noise(seed, time, 3600),
			),
			active_cartridge: reported(({ settings }) => (settings['cartridge'] === 0 ? 1 : 0)),
			regenerating: reported(({ seed }, time) => sawtooth(seed, time, 43_200) < 0.1),
		},
		commands: {
			regenerate: ({ arguments: { cartridge, duration } }) => ({
				progress: progress(4),
				payload: { cartridge, duration: duration ?? 60 },
				settings: { cartridge },
				alerts: [],
			}),
		},
	},
};

const fuelCellManifest: Manifest = {
	blueprint_spec: 'device/3.0',
	display_name: 'Fuel Cell FCM 804',
	description: 'Fuel cell module over CAN: hydrogen in, DC power out.',
	icon: 'enapter-fuel-cell',
	vendor: 'intelligent_energy',
	category: 'fuel-cells',
	license: 'MIT',
	author: 'enapter',
	implements: ['energy.fuel_cell'],
	runtime: lua,
	properties: {
		...properties,
		output_power_setpoint: { display_name: 'Output Power Set Point', type: 'integer', unit: 'W' },
	},
	telemetry: {
		status: {
			display_name: 'Status',
			type: 'string',
			enum: {
				idle: { display_name: 'Idle', color: 'cyan-dark' },
				starting: { display_name: 'Starting', color: 'yellow' },
				running: { display_name: 'Running', color: 'green' },
				error: { display_name: 'Error', color: 'red' },
			},
		},
		output_power: { display_name: 'Output Power', type: 'float', unit: 'W' },
		stack_temperature: { display_name: 'Stack Temperature', type: 'float', unit: 'Cel' },
		h2_inlet_pressure: { display_name: 'H2 Inlet Pressure', type: 'float', unit: 'bar' },
		running: { display_name: 'Running', type: 'boolean' },
	},
	alerts: { h2_inlet_pressure_low: { display_name: 'Low Hydrogen Pressure', severity: 'error' } },
	commands: {
		start: { display_name: 'Start', group: 'control', description: 'Full output after a minute.' },
		stop: {
			display_name: 'Stop',
			group: 'control',
			confirmation: {
				severity: 'warning',
				title: 'Stop the fuel cell?',
				description: 'Another source must then supply its consumers.',
			},
		},
		set_output_power: {
			display_name: 'Set Output Power',
			group: 'control',
			arguments: {
				power: {
					display_name: 'Power',
					type: 'integer',
					required: true,
					default: 4000,
					min: 500,
					max: 4000,
					unit: 'W',
				},
				reason: { display_name: 'Reason', type: 'string', description: 'For the log.' },
			},
		},
		clear_faults: { display_name: 'Clear Faults', group: 'service', access_level: 'installer' },
	},
	command_groups: { control: { display_name: 'Control' }, service: { display_name: 'Service' } },
};

export const fuelCell: Blueprint = {
	id: '4d8f7e91-6a3b-4c5d-9b64-9c7f3e2b1d55',
	created_at: '2024-09-02T12:44:09.553201Z',
	manifest: compile(fuelCellManifest),
	behavior: {
		settings: { running: false, output_power_setpoint: 4000 },
		telemetry: {
			status: reported((source, time) => {
				if (source.alerts.length > 0) return 'error';
				const part = running(source, time, 60);
				return part === 0 ? 'idle' : part < 1 ? 'starting' : 'running';
			}),
			output_power: measured(
				0,
				(source, time) =>
					running(source, time, 60) *
					(number(source, 'output_power_setpoint') + 15 * noise(source.seed, time, 20)),
			),
			stack_temperature: measured(
				1,
				(source, time) => 22 + 38 * running(source, time, 600) + noise(source.seed, time, 300),
			),
			h2_inlet_pressure: measured(2, ({ seed, alerts }, time) =>
				alerts.length > 0 ? 0.2 : 0.55 + 0.05 * noise(seed, time, 600),
			),
			running: reported(({ settings }) => settings['running'] === true),
		},
		commands: {
			start: (input) =>
				start(input, 'h2_inlet_pressure_low', 'The hydrogen pressure at the inlet is too low.'),
			stop: () => ({
				progress: [{ stage: 'purging' }],
				payload: { state: 'idle' },
				settings: { running: false },
			}),
			set_output_power: ({ arguments: { power } }) => ({ settings: { output_power_setpoint: power } }),
			clear_faults: () => ({ alerts: [] }),
		},
	},
};

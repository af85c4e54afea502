import type { SignalSource } from '../behavior.mts';
import type { Blueprint, Manifest } from '../model.mts';
import { clamp, hash, measured, noise, number, reported, setting, sun, warmth } from '../signals.mts';
import { compile } from './compile.mts';
import { communicationLost, lua, properties, status, statusSignal } from './parts.mts';

const powerMeterManifest: Manifest = {
	blueprint_spec: 'device/3.0',
	display_name: 'Power Meter PM2100',
	description: 'Three-phase power meter over Modbus RTU.',
	icon: 'enapter-power-meter',
	vendor: 'schneider_electric',
	category: 'power-meters',
	license: 'MIT',
	author: 'enapter',
	implements: ['energy.power_meter.ac.3_phase'],
	runtime: lua,
	properties: {
		...properties,
		ct_ratio: { display_name: 'Current Transformer', type: 'integer', unit: 'A' },
	},
	telemetry: {
		...status,
		total_power: {
			display_name: 'Total Power',
			type: 'float',
			unit: 'W',
			implements: 'energy.power_meter.ac.total_power',
			aliases: ['active_power', 'ac_power'],
		},
		voltage_l1: { display_name: 'Voltage L1', type: 'float', unit: 'V' },
		frequency: { display_name: 'Frequency', type: 'float', unit: 'Hz' },
		total_energy: {
			display_name: 'Total Energy',
			type: 'float',
			unit: 'kWh',
			description: 'Reported every quarter of an hour.',
		},
	},
	alerts: communicationLost,
	commands: {
		read_ct_ratio: { display_name: 'Read Transformer Ratio', group: 'setup' },
		set_ct_ratio: {
			display_name: 'Set Transformer Ratio',
			group: 'setup',
			populate_values_command: 'read_ct_ratio',
			arguments: {
				primary: {
					display_name: 'Primary Current',
					type: 'integer',
					required: true,
					enum: [50, 100, 200, 400],
					unit: 'A',
				},
			},
		},
		reset_energy_counter: {
			display_name: 'Reset Energy Counter',
			group: 'setup',
			access_level: 'installer',
			confirmation: {
				severity: 'warning',
				title: 'Reset the counter?',
				description: 'There is no way back.',
			},
		},
	},
	command_groups: null,
};

export const powerMeter: Blueprint = {
	id: '5e2a9c13-8b7d-4e1f-8c75-0d8a4f3c2e66',
	created_at: '2024-09-17T07:21:33.901844Z',
	manifest: powerMeterManifest,
	behavior: {
		settings: { ct_ratio: 100 },
		telemetry: {
			status: statusSignal,
			total_power: measured(
				0,
				(source, time) =>
					5200 +
					3100 * warmth(source, time) +
					900 * noise(source.seed, time, 900) +
					200 * noise(source.seed + 1, time, 20),
			),
			voltage_l1: measured(1, ({ seed }, time) => 231 + 3 * noise(seed, time, 600) + hash(seed, time)),
			frequency: measured(2, ({ seed }, time) => 50 + 0.03 * noise(seed, time, 45)),
			total_energy: measured(
				1,
				({ seed }, time) => 8000 * hash(seed, 1) + ((time - 1_704_067_200) * 5.2) / 3600,
				{
					every: 900,
				},
			),
		},
		commands: {
			read_ct_ratio: ({ settings }) => ({ payload: { primary: settings['ct_ratio'] } }),
			set_ct_ratio: ({ arguments: { primary } }) => ({ settings: { ct_ratio: primary } }),
			reset_energy_counter: () => ({}),
		},
	},
};

const pvInverterManifest: Manifest = {
	blueprint_spec: 'device/3.0',
	display_name: 'PV Inverter Sunny Tripower',
	description: 'Three-phase PV inverter over Modbus TCP.',
	icon: 'enapter-inverter-solar',
	vendor: 'sma',
	category: 'solar-generators',
	license: 'MIT',
	author: 'enapter',
	implements: ['energy.pv_inverter.3_phase'],
	runtime: lua,
	properties: { ...properties, power_limit: { display_name: 'Power Limit', type: 'float', unit: '%' } },
	telemetry: {
		...status,
		ac_power: { display_name: 'AC Power', type: 'float', unit: 'W' },
		dc_voltage: { display_name: 'DC Voltage', type: 'float', unit: 'V' },
		grid_connected: { display_name: 'Connected to Grid', type: 'boolean' },
	},
	alerts: communicationLost,
	commands: {
		set_power_limit: {
			display_name: 'Limit Power',
			group: 'control',
			arguments: {
				enabled: { display_name: 'Limited', type: 'boolean', required: true, default: false },
				limit: { display_name: 'Limit', type: 'float', default: 70, min: 0, max: 100, unit: '%' },
			},
		},
		set_grid_code: {
			display_name: 'Set Grid Code',
			group: 'setup',
			access_level: 'installer',
			arguments: {
				code: {
					display_name: 'Grid Code',
					type: 'string',
					required: true,
					enum: {
						vde_ar_n_4105: { display_name: 'VDE-AR-N 4105', description: 'Germany, low voltage' },
						cei_0_21: { display_name: 'CEI 0-21', description: 'Italy' },
					},
				},
			},
		},
	},
	command_groups: { control: { display_name: 'Control' }, setup: { display_name: 'Setup' } },
};

export const pvInverter: Blueprint = {
	id: '6f4b1d35-0c9e-4a2b-bd86-1e9b5a4d3f77',
	created_at: '2024-10-08T16:10:58.270615Z',
	manifest: pvInverterManifest,
	behavior: {
		settings: { power_limit: 100 },
		telemetry: {
			status: statusSignal,
			ac_power: measured(0, (source, time) => {
				const clouds = 0.75 + 0.25 * noise(source.seed, time, 700);
				return 25_000 * Math.min(number(source, 'power_limit') / 100, 0.9 * sun(source, time) * clouds);
			}),
			dc_voltage: measured(1, (source, time) => 610 * Math.min(1, 4 * sun(source, time))),
			grid_connected: reported((source, time) => sun(source, time) > 0.02),
		},
		commands: {
			set_power_limit: ({ arguments: { enabled, limit } }) => ({
				settings: { power_limit: enabled === true ? (limit ?? 70) : 100 },
			}),
			set_grid_code: ({ arguments: { code } }) => ({ payload: { code } }),
		},
	},
};

const batteryManifest: Manifest = {
	blueprint_spec: 'device/3.0',
	display_name: 'Battery Storage Premium LVL',
	description: 'Lithium iron phosphate battery storage over CAN.',
	icon: 'enapter-battery-storage',
	vendor: 'byd',
	category: 'battery-systems',
	license: 'MIT',
	author: 'enapter',
	implements: ['energy.battery'],
	runtime: lua,
	properties: {
		...properties,
		min_soc: { display_name: 'Lowest State of Charge', type: 'integer', unit: '%' },
		max_soc: { display_name: 'Highest State of Charge', type: 'integer', unit: '%' },
	},
	telemetry: {
		...status,
		mode: { display_name: 'Mode', type: 'string', enum: ['auto', 'charge', 'discharge', 'idle'] },
		battery_soc: {
			display_name: 'State of Charge',
			type: 'float',
			unit: '%',
			implements: ['energy.battery.soc'],
			aliases: ['soc'],
		},
		battery_power: {
			display_name: 'Power',
			type: 'float',
			unit: 'W',
			description: 'Above zero while it charges.',
		},
		battery_voltage: { display_name: 'Voltage', type: 'float', unit: 'V' },
		battery_temperature: { display_name: 'Temperature', type: 'float', unit: 'Cel' },
		cycles: { display_name: 'Cycles', type: 'integer', access_level: 'installer' },
	},
	alerts: {
		soc_low: {
			display_name: 'Low State of Charge',
			severity: 'warning',
			code: 'W101',
			grace_period: '1m',
			description: 'The battery is almost empty and will switch off.',
			troubleshooting: ['Set the mode to charge.', 'Reduce the load.'],
			telemetry: ['battery_soc', 'battery_power'],
			components: ['battery'],
			conditions: ['battery_soc is below min_soc'],
		},
		cell_overvoltage: {
			display_name: 'Cell Overvoltage',
			severity: 'error',
			code: 'E207',
			grace_period: '2m30s',
			description: 'A cell has more than 3.65 V.',
			troubleshooting: ['Stop charging.', 'Call the installer if the alert returns.'],
			telemetry: ['battery_voltage'],
			components: ['battery', 'bms'],
			conditions: ['a cell voltage is above 3650 mV'],
		},
		balancing: { display_name: 'Cells Are Balanced', severity: 'info' },
	},
	configuration: {
		limits: {
			display_name: 'Limits',
			description: 'Kept by the battery.',
			access_level: 'owner',
			parameters: {
				min_soc: {
					display_name: 'Lowest State of Charge',
					type: 'integer',
					required: true,
					default: 10,
					min: 0,
					max: 100,
					unit: '%',
				},
				max_soc: {
					display_name: 'Highest State of Charge',
					type: 'integer',
					required: true,
					default: 95,
					min: 0,
					max: 100,
					unit: '%',
				},
				charge_limit: { display_name: 'Charge Limit', type: 'float', default: 5, min: 0, max: 10, unit: 'A' },
				island_mode: { display_name: 'Island Mode', type: 'boolean', default: 'false' },
			},
		},
		mode: {
			display_name: 'Operation',
			parameters: {
				mode: {
					display_name: 'Mode',
					type: 'string',
					default: 'auto',
					enum: {
						auto: { display_name: 'Automatic', description: 'Charges by day, discharges by night.' },
						charge: { display_name: 'Charge' },
						discharge: { display_name: 'Discharge' },
						idle: { display_name: 'Idle' },
					},
				},
				note: { display_name: 'Note', type: 'string' },
			},
		},
		service: {
			display_name: 'Service',
			access_level: 'installer',
			parameters: { pin: { display_name: 'PIN', type: 'string', sensitive: true, default: '0000' } },
		},
	},
	commands: {
		set_mode: {
			display_name: 'Set Mode',
			group: 'control',
			aliases: ['switch_mode'],
			arguments: {
				mode: {
					display_name: 'Mode',
					type: 'string',
					required: true,
					default: 'auto',
					enum: {
						auto: { display_name: 'Automatic', description: 'Charges by day, discharges by night.' },
						charge: { display_name: 'Charge' },
						discharge: { display_name: 'Discharge' },
						idle: { display_name: 'Idle' },
					},
				},
			},
		},
		read_settings: {
			display_name: 'Read Settings',
			group: 'settings',
			description: 'Also returns values that Write Settings does not take.',
			response: { min_soc: { type: 'integer', required: true }, label: { type: 'string' } },
		},
		write_settings: {
			display_name: 'Write Settings',
			group: 'settings',
			description: 'Writes all settings at once.',
			access_level: 'owner',
			populate_values_command: 'read_settings',
			arguments: {
				min_soc: {
					display_name: 'Lowest State of Charge',
					type: 'integer',
					required: true,
					description: '%, below the highest',
					min: 0,
					max: 100,
					unit: '%',
				},
				max_soc: {
					display_name: 'Highest State of Charge',
					type: 'integer',
					required: true,
					min: 0,
					max: 100,
					unit: '%',
				},
				charge_cutoff: {
					display_name: 'Charge Cut-off Voltage',
					type: 'integer',
					required: true,
					description: 'mV per cell',
					min: 3000,
					max: 3650,
					unit: 'mV',
				},
				modbus_address: {
					display_name: 'Modbus Address',
					type: 'integer',
					required: true,
					description: '1-247',
					min: 1,
					max: 247,
				},
				can_id: { display_name: 'CAN ID', type: 'string', required: true, description: 'hex, e.g. 0x1A4' },
				label: {
					display_name: 'Label',
					type: 'string',
					required: true,
					description: 'Shown on the display. Leave empty for the default.',
				},
				balancing: {
					display_name: 'Balancing',
					type: 'boolean',
					required: true,
					default: 'false',
					description: 'Balances the cells while they are charged.',
				},
				schedule: {
					display_name: 'Schedule',
					type: 'string',
					enum: ['none', 'daily', 'weekly'],
					description: 'When the battery is charged in full.',
				},
			},
		},
		set_soc_limits: {
			display_name: 'Set Limits',
			group: 'settings',
			access_level: 'owner',
			arguments: {
				min_soc: {
					display_name: 'Lowest State of Charge',
					type: 'integer',
					required: true,
					default: 10,
					min: 0,
					max: 100,
					unit: '%',
				},
				max_soc: {
					display_name: 'Highest State of Charge',
					type: 'integer',
					required: true,
					default: 95,
					min: 0,
					max: 100,
					unit: '%',
				},
			},
		},
	},
	command_groups: { control: { display_name: 'Control' }, settings: { display_name: 'Settings' } },
};

const batterySettings = [
	'min_soc',
	'max_soc',
	'charge_cutoff',
	'modbus_address',
	'can_id',
	'label',
	'balancing',
	'schedule',
] as const;

/** Between 15 % and 85 % each day, highest in the afternoon. */
function socByItself(source: SignalSource, time: number): number {
	return 50 + 34 * warmth(source, time) + 2 * noise(source.seed, time, 7200);
}

/** Follows the mode, starting from the state of charge at which the mode was set. */
function soc(source: SignalSource, time: number): number {
	const { mode, mode_since: since, mode_soc: from } = source.settings;
	if (typeof since !== 'number' || typeof from !== 'number') return socByItself(source, time);
	const hours = (time - since) / 3600;
	const { min, max } = { min: number(source, 'min_soc'), max: number(source, 'max_soc') };
	if (mode === 'charge') return clamp(from + 30 * hours, min, max);
	if (mode === 'discharge') return clamp(from - 30 * hours, min, max);
	if (mode === 'idle') return from;
	const distance = from - socByItself(source, since);
	return clamp(socByItself(source, time) + distance * Math.exp(-hours), min, max);
}

export const battery: Blueprint = {
	id: '7a6c3e57-1d0f-4b4c-ae97-2f0c6b5e4a88',
	created_at: '2025-01-14T11:02:27.645390Z',
	manifest: compile(batteryManifest),
	behavior: {
		settings: {
			mode: 'auto',
			min_soc: 10,
			max_soc: 95,
			charge_cutoff: 3500,
			modbus_address: 1,
			can_id: '0x1A4',
			label: 'BYD LVL',
			balancing: true,
			schedule: null,
		},
		configuration: {
			'limits.min_soc': 'min_soc',
			'limits.max_soc': 'max_soc',
			'mode.mode': 'mode',
		},
		telemetry: {
			status: statusSignal,
			mode: setting('mode'),
			battery_soc: measured(1, (source, time) => (source.alerts.includes('soc_low') ? 9 : soc(source, time))),
			// Power from the change of the state of charge in a minute, with a capacity of 15.4 kWh.
			battery_power: measured(
				0,
				(source, time) =>
					(soc(source, time) - soc(source, time - 60)) * 9240 + 20 * noise(source.seed, time, 30),
			),
			battery_voltage: measured(2, (source, time) => 48 + 0.06 * soc(source, time)),
			battery_temperature: measured(
				1,
				(source, time) => 23 + 4 * warmth(source, time) + noise(source.seed, time, 1800),
			),
			cycles: measured(0, ({ seed }, time) => 300 * hash(seed, 2) + (time - 1_704_067_200) / 86_400, {
				every: 3600,
			}),
		},
		commands: {
			set_mode: ({ arguments: { mode }, time, read }) => ({
				payload: { mode },
				settings: { mode, mode_since: time, mode_soc: read('battery_soc') },
			}),
			read_settings: ({ settings }) => ({
				payload: {
					...Object.fromEntries(batterySettings.map((name) => [name, settings[name]])),
					bms_version: '2.4.1',
					last_error: null,
				},
			}),
			write_settings: ({ arguments: given }) => {
				if (Number(given['min_soc']) >= Number(given['max_soc'])) {
					return { error: { code: 'limits_invalid', reason: 'The lowest must be below the highest.' } };
				}
				const label = given['label'] === '' ? 'BYD LVL' : given['label'];
				return { settings: { ...given, label } };
			},
			set_soc_limits: ({ arguments: { min_soc, max_soc } }) =>
				Number(min_soc) < Number(max_soc)
					? { settings: { min_soc, max_soc } }
					: { error: { code: 'limits_invalid', reason: 'The lowest must be below the highest.' } },
		},
	},
};

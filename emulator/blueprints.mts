import type { Blueprint, Manifest } from './model.mts';

/**
 * The blueprints of the fleet. The manifests have the form of blueprint specification device/3.0 (profiles, icons
 * and categories are Enapter's own names); their contents are invented. The gas detector's two implement no
 * profile, so that devices on them have the fields of the reference's samples and no others.
 */

interface Outline {
	display_name: string;
	description: string;
	icon: string;
	vendor: string;
	category: string;
	profiles?: string[];
	/** Name of the one measured value. */
	measures: { name: string; display_name: string; unit: string };
	alert: { name: string; display_name: string; severity: 'error' | 'warning' | 'info' };
}

const lua = { type: 'lua', requirements: ['modbus'], options: { file: 'main.lua' } };
const embedded = { type: 'embedded' };

function manifest(outline: Outline, runtime: object): Manifest {
	const { profiles, measures, alert, ...described } = outline;
	return {
		blueprint_spec: 'device/3.0',
		...described,
		license: 'MIT',
		author: 'enapter',
		...(profiles && { implements: profiles }),
		runtime,
		properties: {
			vendor: { display_name: 'Vendor', type: 'string' },
			model: { display_name: 'Model', type: 'string' },
			serial_number: { display_name: 'Serial Number', type: 'string' },
			fw_ver: { display_name: 'Firmware Version', type: 'string' },
		},
		telemetry: {
			status: {
				display_name: 'Status',
				type: 'string',
				enum: { ok: { display_name: 'OK', color: 'green' }, error: { display_name: 'Error', color: 'red' } },
			},
			[measures.name]: { display_name: measures.display_name, type: 'float', unit: measures.unit },
		},
		alerts: { [alert.name]: { display_name: alert.display_name, severity: alert.severity } },
	};
}

export const blueprintIds = {
	gasDetector: '88a2035f-170f-402c-8a84-6d4aed5ae353',
	hydrogenDetector: 'bluepri2-60n4-4t9d-e6v0-69i310cb110e',
	gateway: '0b7c4d0e-5c2f-4b53-9a5c-2a6f4f0f7c11',
	ucm: '1f9d2a34-7e0b-4c7d-8f21-6b3c5d9e8a22',
	electrolyser: '2c6e8b57-9d1a-4e3f-b842-7a5d1c0f9b33',
	dryer: '3a1b5c79-2e4d-4f6a-a953-8b6e2d1a0c44',
	fuelCell: '4d8f7e91-6a3b-4c5d-9b64-9c7f3e2b1d55',
	powerMeter: '5e2a9c13-8b7d-4e1f-8c75-0d8a4f3c2e66',
	pvInverter: '6f4b1d35-0c9e-4a2b-bd86-1e9b5a4d3f77',
	battery: '7a6c3e57-1d0f-4b4c-ae97-2f0c6b5e4a88',
	pressureSensor: '8b8d5f79-2e1a-4c6d-9fa8-3a1d7c6f5b99',
	weatherStation: '9c0e7a91-3f2b-4d8e-80b9-4b2e8d7a6caa',
};

const communicationLost = {
	name: 'communication_failed',
	display_name: 'Communication Failed',
	severity: 'error',
} as const;

/** Every blueprint of the emulator. */
export function createBlueprints(): Blueprint[] {
	const blueprint = (id: string, created_at: string, runtime: object, outline: Outline): Blueprint => ({
		id,
		created_at,
		manifest: manifest(outline, runtime),
	});
	return [
		blueprint(blueprintIds.gasDetector, '2024-11-18T09:12:44.120934Z', lua, {
			display_name: 'Gas Detector',
			description: 'Fixed-point gas detector over Modbus RTU.',
			icon: 'enapter-gas-sensor',
			vendor: 'crowcon',
			category: 'sensors',
			measures: { name: 'gas_concentration', display_name: 'Gas Concentration', unit: '%LEL' },
			alert: { name: 'gas_detected', display_name: 'Gas Detected', severity: 'error' },
		}),
		blueprint(blueprintIds.hydrogenDetector, '2025-06-30T14:05:02.733018Z', lua, {
			display_name: 'Hydrogen Detector',
			description: 'Gas detector with hydrogen calibration and a self-test.',
			icon: 'enapter-hydrogen-sensor',
			vendor: 'crowcon',
			category: 'sensors',
			measures: { name: 'h2_concentration', display_name: 'H2 Concentration', unit: '%LEL' },
			alert: { name: 'hydrogen_detected', display_name: 'Hydrogen Detected', severity: 'error' },
		}),
		blueprint(blueprintIds.gateway, '2024-03-04T08:00:00.000000Z', embedded, {
			display_name: 'Enapter Gateway',
			description: 'Connects an energy system to the Enapter Cloud.',
			icon: 'enapter-router-wifi',
			vendor: 'enapter',
			category: 'control',
			measures: { name: 'cpu_load', display_name: 'CPU Load', unit: '%' },
			alert: { name: 'disk_almost_full', display_name: 'Disk Almost Full', severity: 'warning' },
		}),
		blueprint(blueprintIds.ucm, '2024-03-04T08:00:00.000000Z', embedded, {
			display_name: 'Enapter UCM',
			description: 'Universal Communication Module: runs the Lua scripts of connected devices.',
			icon: 'enapter-module-din-1',
			vendor: 'enapter',
			category: 'control',
			measures: { name: 'memory_usage', display_name: 'Memory Usage', unit: 'kB' },
			alert: { name: 'weak_signal', display_name: 'Weak Wi-Fi Signal', severity: 'info' },
		}),
		blueprint(blueprintIds.electrolyser, '2024-05-21T10:30:15.402117Z', embedded, {
			display_name: 'Electrolyser EL 4.1',
			description: 'AEM electrolyser, up to 500 Nl/h of hydrogen.',
			icon: 'enapter-electrolyser',
			vendor: 'enapter',
			category: 'electrolysers',
			profiles: ['energy.electrolyser'],
			measures: { name: 'h2_production_rate', display_name: 'H2 Production Rate', unit: 'L/h' },
			alert: { name: 'water_inlet_pressure_low', display_name: 'Low Water Pressure', severity: 'warning' },
		}),
		blueprint(blueprintIds.dryer, '2024-05-21T10:31:40.118236Z', embedded, {
			display_name: 'Dryer DRY 2.1',
			description: 'Dries the hydrogen of up to ten electrolysers.',
			icon: 'enapter-gas-dryer',
			vendor: 'enapter',
			category: 'hydrogen-storage',
			measures: { name: 'dew_point', display_name: 'Dew Point', unit: 'Cel' },
			alert: { name: 'cartridge_saturated', display_name: 'Cartridge Saturated', severity: 'warning' },
		}),
		blueprint(blueprintIds.fuelCell, '2024-09-02T12:44:09.553201Z', lua, {
			display_name: 'Fuel Cell FCM 804',
			description: 'Fuel cell module over CAN: hydrogen in, DC power out.',
			icon: 'enapter-fuel-cell',
			vendor: 'intelligent_energy',
			category: 'fuel-cells',
			profiles: ['energy.fuel_cell'],
			measures: { name: 'output_power', display_name: 'Output Power', unit: 'W' },
			alert: { name: 'h2_inlet_pressure_low', display_name: 'Low Hydrogen Pressure', severity: 'error' },
		}),
		blueprint(blueprintIds.powerMeter, '2024-09-17T07:21:33.901844Z', lua, {
			display_name: 'Power Meter PM2100',
			description: 'Three-phase power meter over Modbus RTU.',
			icon: 'enapter-power-meter',
			vendor: 'schneider_electric',
			category: 'power-meters',
			profiles: ['energy.power_meter.ac.3_phase'],
			measures: { name: 'total_power', display_name: 'Total Power', unit: 'W' },
			alert: communicationLost,
		}),
		blueprint(blueprintIds.pvInverter, '2024-10-08T16:10:58.270615Z', lua, {
			display_name: 'PV Inverter Sunny Tripower',
			description: 'Three-phase PV inverter over Modbus TCP.',
			icon: 'enapter-inverter-solar',
			vendor: 'sma',
			category: 'solar-generators',
			profiles: ['energy.pv_inverter.3_phase'],
			measures: { name: 'ac_power', display_name: 'AC Power', unit: 'W' },
			alert: communicationLost,
		}),
		blueprint(blueprintIds.battery, '2025-01-14T11:02:27.645390Z', lua, {
			display_name: 'Battery Storage Premium LVL',
			description: 'Lithium iron phosphate battery storage over CAN.',
			icon: 'enapter-battery-storage',
			vendor: 'byd',
			category: 'battery-systems',
			profiles: ['energy.battery'],
			measures: { name: 'battery_soc', display_name: 'State of Charge', unit: '%' },
			alert: { name: 'soc_low', display_name: 'Low State of Charge', severity: 'warning' },
		}),
		blueprint(blueprintIds.pressureSensor, '2025-02-03T13:37:00.512903Z', lua, {
			display_name: 'Tank Pressure Sensor',
			description: 'Pressure transmitter of a hydrogen tank, 4–20 mA.',
			icon: 'enapter-gauge',
			vendor: 'wika',
			category: 'hydrogen-storage',
			measures: { name: 'pressure', display_name: 'Pressure', unit: 'bar' },
			alert: { name: 'overpressure', display_name: 'Overpressure', severity: 'error' },
		}),
		blueprint(blueprintIds.weatherStation, '2025-03-26T06:48:51.087722Z', embedded, {
			display_name: 'Weather Station',
			description: 'Ambient temperature and solar irradiance, connected over MQTT.',
			icon: 'home-thermometer-outline',
			vendor: 'lufft',
			category: 'sensors',
			profiles: ['sensor.ambient_temperature', 'sensor.solar_irradiance'],
			measures: { name: 'ambient_temperature', display_name: 'Ambient Temperature', unit: 'Cel' },
			alert: { name: 'sensor_damaged', display_name: 'Sensor Damaged', severity: 'error' },
		}),
	];
}

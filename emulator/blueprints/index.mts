import { gateway, ucm } from './control.mts';
import { dryer, electrolyser, fuelCell } from './hydrogen.mts';
import { newDevice } from './newDevice.mts';
import { battery, powerMeter, pvInverter } from './power.mts';
import { gasDetector, hydrogenDetector, pressureSensor, weatherStation } from './sensors.mts';

/**
 * All blueprints of the emulator. Manifests follow Enapter's manifest reference: some are in source form (device/3.0),
 * some compiled (device_compiled/3.0). Profiles, icons and categories are names of Enapter; the contents are invented.
 * The two detectors implement no profile, so their devices have exactly the fields of the reference's samples.
 */
export const blueprints = {
	gasDetector,
	hydrogenDetector,
	gateway,
	ucm,
	electrolyser,
	dryer,
	fuelCell,
	powerMeter,
	pvInverter,
	battery,
	pressureSensor,
	weatherStation,
	newDevice,
};

import { gateway, ucm } from './control.mts';
import { dryer, electrolyser, fuelCell } from './hydrogen.mts';
import { battery, powerMeter, pvInverter } from './power.mts';
import { gasDetector, hydrogenDetector, pressureSensor, weatherStation } from './sensors.mts';

/**
 * Every blueprint of the emulator. The manifests have the forms of Enapter's manifest reference, some as their
 * authors write them (device/3.0) and some compiled (device_compiled/3.0); profiles, icons and categories are
 * Enapter's own names, and the contents are invented. The two detectors implement no profile, so that devices on
 * them have the fields of the reference's samples and no others.
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
};

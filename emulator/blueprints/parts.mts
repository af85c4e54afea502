import { reported } from '../signals.mts';
import type { Signal } from '../behavior.mts';
import type { ManifestAttribute } from '../model.mts';

/** Declarations that several blueprints share. */

export const lua = { type: 'lua', requirements: ['modbus'], options: { file: 'main.lua' } };
export const embedded = { type: 'embedded' };

export const properties: Record<string, ManifestAttribute> = {
	vendor: { display_name: 'Vendor', type: 'string' },
	model: { display_name: 'Model', type: 'string' },
	serial_number: { display_name: 'Serial Number', type: 'string' },
	fw_ver: { display_name: 'Firmware Version', type: 'string' },
};

export const status: Record<string, ManifestAttribute> = {
	status: {
		display_name: 'Status',
		type: 'string',
		enum: { ok: { display_name: 'OK', color: 'green' }, error: { display_name: 'Error', color: 'red' } },
	},
};

/** The signal of that `status`. */
export const statusSignal: Signal = reported(({ alerts }) => (alerts.length === 0 ? 'ok' : 'error'));

export const communicationLost = {
	communication_failed: { display_name: 'Communication Failed', severity: 'error' },
} as const;

/** Payloads of the intermediate responses of a long command. */
export function progress(steps: number): Array<{ progress: number }> {
	return Array.from({ length: steps }, (_, step) => ({ progress: Math.round((100 * step) / steps) }));
}

import type { Blueprint, Manifest } from '../model.mts';
import { embedded, status, statusSignal } from './parts.mts';

const newDeviceManifest: Manifest = {
	blueprint_spec: 'device/3.0',
	display_name: 'New Device',
	description: 'Blueprint of a standalone device until it gets its own.',
	icon: 'enapter-module-din-1',
	vendor: 'enapter',
	category: 'control',
	runtime: embedded,
	telemetry: status,
};

/** Blueprint of a standalone device until it is assigned another one. Invented, because `blueprint_id` is required. */
export const newDevice: Blueprint = {
	id: '3e5a7c91-0b2d-4f68-9a1c-5d7e9f0b2c4d',
	created_at: '2024-03-04T08:00:00.000000Z',
	manifest: newDeviceManifest,
	behavior: { settings: {}, telemetry: { status: statusSignal }, commands: {} },
};

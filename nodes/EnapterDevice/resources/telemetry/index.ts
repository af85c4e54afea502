import { getTelemetryAttributes } from './getTelemetryAttributes';
import { searchDevices } from '../device/searchDevices';
import type { Resource } from '../resource';
import { getLatest } from './getLatest';
import { getTimeSeries } from './getTimeSeries';

/** What devices measure. */
export const telemetry: Resource = {
	option: { name: 'Telemetry', value: 'telemetry' },
	operations: [getLatest, getTimeSeries],
	defaultOperation: 'getLatest',
	methods: { listSearch: { searchDevices }, loadOptions: { getTelemetryAttributes } },
};

import { searchDevices } from '../device/searchDevices';
import type { Resource } from '../resource';
import { getAll } from './getAll';

/** What devices report about themselves. */
export const log: Resource = {
	option: { name: 'Log', value: 'log' },
	operations: [getAll],
	defaultOperation: 'getAll',
	methods: { listSearch: { searchDevices } },
};

import { searchDevices } from '../device/searchDevices';
import type { Resource } from '../resource';
import { get } from './get';
import { getConfigurationParameters, getParameterNames, searchGroups } from './lists';
import { reset } from './reset';
import { update } from './update';

/** The settings of devices, in groups. */
export const configuration: Resource = {
	option: { name: 'Configuration', value: 'configuration' },
	operations: [get, reset, update],
	defaultOperation: 'get',
	methods: {
		listSearch: { searchDevices, searchGroups },
		loadOptions: { getParameterNames },
		resourceMapping: { getConfigurationParameters },
	},
};

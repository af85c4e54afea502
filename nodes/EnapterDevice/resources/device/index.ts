import { searchBlueprints } from './searchBlueprints';
import { searchDevices } from './searchDevices';
import { searchSites } from './searchSites';
import type { Resource } from '../resource';
import { assignBlueprint } from './assignBlueprint';
import { deleteDevice } from './delete';
import { generateConfig } from './generateConfig';
import { get } from './get';
import { getAll } from './getAll';
import { update } from './update';

/** The devices of an Enapter system: what they are called, what they run, how they connect. */
export const device: Resource = {
	option: { name: 'Device', value: 'device' },
	operations: [assignBlueprint, deleteDevice, generateConfig, get, getAll, update],
	defaultOperation: 'getAll',
	methods: { listSearch: { searchBlueprints, searchDevices, searchSites } },
};

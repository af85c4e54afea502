import { searchBlueprints } from './searchBlueprints';
import { searchDevices, searchRuntimes } from './searchDevices';
import { searchSites } from './searchSites';
import type { Resource } from '../resource';
import { assignBlueprint } from './assignBlueprint';
import { create } from './create';
import { deleteDevice } from './delete';
import { generateConfig } from './generateConfig';
import { get } from './get';
import { getAll } from './getAll';
import { update } from './update';

/** The devices of an Enapter system: what they are called, what they run, how they connect. */
export const device: Resource = {
	option: { name: 'Device', value: 'device' },
	operations: [assignBlueprint, create, deleteDevice, generateConfig, get, getAll, update],
	defaultOperation: 'getAll',
	methods: { listSearch: { searchBlueprints, searchDevices, searchRuntimes, searchSites } },
};

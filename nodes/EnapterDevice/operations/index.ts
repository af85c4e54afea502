import { assignBlueprint } from './assignBlueprint';
import { deleteDevice } from './delete';
import { generateConfig } from './generateConfig';
import { get } from './get';
import { getAll } from './getAll';
import type { Operation } from './operation';
import { update } from './update';

/** Every operation of the node, in the order the panel lists them. */
export const OPERATIONS: Operation[] = [assignBlueprint, deleteDevice, generateConfig, get, getAll, update];

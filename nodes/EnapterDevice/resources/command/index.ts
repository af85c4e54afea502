import type { Resource } from '../resource';
import { execute } from './execute';
import { get } from './get';
import { getAll } from './getAll';
import { getCommandArguments } from './getCommandArguments';
import { searchCommands } from './searchCommands';

/** Commands of devices and their executions. */
export const command: Resource = {
	option: { name: 'Command', value: 'command' },
	operations: [execute, get, getAll],
	defaultOperation: 'execute',
	methods: { listSearch: { searchCommands }, resourceMapping: { getCommandArguments } },
};

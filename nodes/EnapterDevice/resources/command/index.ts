import { getCommandArguments } from './getCommandArguments';
import { searchCommands } from './searchCommands';
import type { Resource } from '../resource';
import { execute } from './execute';
import { get } from './get';
import { getAll } from './getAll';

/** What devices are told to do, and what became of it. */
export const command: Resource = {
	option: { name: 'Command', value: 'command' },
	operations: [execute, get, getAll],
	defaultOperation: 'execute',
	methods: { listSearch: { searchCommands }, resourceMapping: { getCommandArguments } },
};

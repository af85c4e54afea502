import type { IDataObject } from 'n8n-workflow';

import { commandsOf } from '../../../nodes/EnapterDevice/resources/command/commands.ts';

const commandOf = (declared: IDataObject, manifest: IDataObject = {}) =>
	commandsOf({ ...manifest, commands: { c: declared } }).get('c');

test('a command has what its manifest declares', () => {
	const declared = {
		display_name: 'Do it',
		description: 'Does it.',
		group: 'main',
		aliases: ['a', 7, 'b'],
		access_level: 'owner',
		populate_values_command: 'read',
		arguments: { rate: { type: 'integer', required: true } },
	};
	expect(commandOf(declared, { command_groups: { main: { display_name: 'Main' } } })).toEqual({
		name: 'c',
		displayName: 'Do it',
		group: 'Main',
		description: 'Does it.',
		aliases: ['a', 'b'],
		accessLevel: 'OWNER',
		readCommand: 'read',
		arguments: [expect.objectContaining({ name: 'rate', type: 'integer', isRequired: true })],
		sensitiveNames: new Set(),
	});
});

test('a command has nothing that its manifest does not declare', () => {
	const bare = {
		name: 'c',
		displayName: 'c',
		aliases: [],
		accessLevel: 'USER',
		arguments: [],
		sensitiveNames: new Set(),
	};
	expect(commandOf({})).toEqual(bare);
	expect(commandOf({ group: 7, description: 7, populate_values_command: '' })).toEqual(bare);
	expect(commandOf({ group: 'main' })).toEqual({ ...bare, group: 'main' });
});

test('sensitive arguments are also sensitive in the command that reads the current values', () => {
	const commands = commandsOf({
		commands: {
			set: { populate_values_command: 'current', arguments: { pin: { sensitive: true }, mode: {} } },
			read: { aliases: 'current' },
			other: { populate_values_command: 'missing', arguments: { key: { sensitive: true } } },
		},
	});
	expect([...commands.values()].map(({ sensitiveNames }) => [...sensitiveNames])).toEqual([
		['pin'],
		['pin'],
		['key'],
	]);
});

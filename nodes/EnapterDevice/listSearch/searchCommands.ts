import type { ILoadOptionsFunctions, INodeListSearchItems, INodeListSearchResult } from 'n8n-workflow';

import type { Command } from '../resources/command/commands';
import { commandsOf, isBelow } from '../resources/command/commands';
import { getDevice } from '../resources/device/fleet';
import { isObject } from '../transport/json';
import { chosenId, inOrderOfName, matches, nothingToList, openForListSearch } from './listSearch';

/** The commands of the device that is chosen, by any words of their labels or names; the list of the Command parameter. */
export async function searchCommands(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	const device = chosenId(this, 'deviceId', 'Device');
	if (device === undefined) {
		throw nothingToList(
			this,
			'Choose a device first',
			'The list holds the commands of one device. When the device is only known as the workflow runs, give the command By Name.',
		);
	}
	const client = await openForListSearch(this);
	const { manifest, authorized_role: role } = await getDevice(client, device, { expand: 'manifest' });
	const commands = [...commandsOf(isObject(manifest) ? manifest : {}).values()];
	if (commands.length === 0) {
		throw nothingToList(
			this,
			'No commands to choose from',
			'The blueprint of the device declares no commands.',
		);
	}
	const text = filter?.trim() ?? '';
	const found = commands.filter((command) =>
		matches(text, labelOf(command), command.name, command.description, ...command.aliases),
	);
	return {
		results: inOrderOfName(found, ({ group, displayName }) => `${group ?? ''} ${displayName}`).map(
			(command) => entryOf(command, role),
		),
	};
}

/** Stored in the workflow with the choice, so it holds what lasts: not what the API Token may. */
function labelOf({ displayName, group }: Command): string {
	return group === undefined ? displayName : `${displayName} · ${group}`;
}

function entryOf(command: Command, role: string | undefined): INodeListSearchItems {
	const { name, description, accessLevel, confirmation } = command;
	const notes = [
		...(isBelow(role, accessLevel) ? [`needs the role ${accessLevel}, the API Token has ${role}`] : []),
		...(confirmation === undefined ? [] : ['asks for confirmation']),
		...(description === undefined ? [] : [description]),
	];
	return {
		name: labelOf(command),
		value: name,
		...(notes.length === 0 ? {} : { description: notes.join(' · ') }),
	};
}

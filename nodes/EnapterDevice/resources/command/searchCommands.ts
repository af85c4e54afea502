import type { ILoadOptionsFunctions, INodeListSearchItems, INodeListSearchResult } from 'n8n-workflow';

import type { Command } from './commands';
import { commandsOf, isBelow } from './commands';
import { getDevice } from '../device/fleet';
import { isObject } from '../../transport/json';
import { chosenId, inOrderOfName, matches, nothingToList, openForListSearch } from '../../fields/listSearch';

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
		matches(text, labelOf(command, role), command.name, ...command.aliases),
	);
	return {
		results: inOrderOfName(found, ({ group, displayName }) => `${group ?? ''} ${displayName}`).map(
			(command): INodeListSearchItems => ({ name: labelOf(command, role), value: command.name }),
		),
	};
}

/**
 * Stored in the workflow with the choice, so it holds what lasts: not the role of the API Token, though a role is named
 * only where the token has a lower one. n8n shows nothing but the label.
 */
function labelOf(
	{ displayName, group, description, accessLevel, confirmation }: Command,
	role?: string,
): string {
	const parts = [
		displayName,
		...(confirmation === undefined ? [] : ['asks for confirmation']),
		...(isBelow(role, accessLevel) ? [`needs the role ${accessLevel}`] : []),
		...(group === undefined ? [] : [group]),
		...(description === undefined ? [] : [description]),
	];
	return parts.join(' · ');
}

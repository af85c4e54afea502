import type { ILoadOptionsFunctions, INodeListSearchItems, INodeListSearchResult } from 'n8n-workflow';

import { chosenRef, inOrderOfName, matches, nothingToList, openForListSearch } from '../../fields/listSearch';
import { LABEL_SEPARATOR } from '../../fields/locators';
import { isObject } from '../../transport/json';
import { isBelow } from '../device/device';
import { getDevice } from '../device/fleet';
import type { Command } from './commands';
import { commandsOf } from './commands';

/** Lists the commands of the chosen device, searched by any words of their labels and names. */
export async function searchCommands(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	const device = chosenRef(this, 'deviceId', 'Device');
	if (device === undefined) {
		throw nothingToList(
			this,
			'Choose a device first',
			'The list contains the commands of one device. If the device is only known when the workflow runs, enter the command By Name.',
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
 * Labels a command. n8n stores the label in the workflow, so it does not contain the role of the API Token. The role that a command
 * requires is only named if the role of the token is lower.
 */
function labelOf(
	{ displayName, group, description, accessLevel, confirmation }: Command,
	role: unknown,
): string {
	const parts = [
		displayName,
		...(confirmation === undefined ? [] : ['needs confirmation']),
		...(isBelow(role, accessLevel) ? [`needs the role ${accessLevel}`] : []),
		...(group === undefined ? [] : [group]),
		...(description === undefined ? [] : [description]),
	];
	return parts.join(LABEL_SEPARATOR);
}

import type {
	ILoadOptionsFunctions,
	INodeListSearchResult,
	INodePropertyOptions,
	ResourceMapperFields,
} from 'n8n-workflow';

import { chosenRef, inOrderOfName, matches, nothingToList, openForListSearch } from '../../fields/listSearch';
import { LABEL_SEPARATOR } from '../../fields/locators';
import { isObject } from '../../transport/json';
import { isBelow } from '../device/device';
import { getDevice } from '../device/fleet';
import { readManifest } from '../device/manifest';
import { formFields } from '../device/parameterForm';
import type { Group } from './groups';
import { groupsOf } from './groups';

/** Lists the configuration groups of the chosen device, searched by any words of their labels and names. */
export async function searchGroups(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	const device = chosenRef(this, 'deviceId', 'Device');
	if (device === undefined) {
		throw nothingToList(
			this,
			'Choose a device first',
			'The list contains the groups of one device. If the device is only known when the workflow runs, enter the group By Name.',
		);
	}
	const client = await openForListSearch(this);
	const { manifest, authorized_role: role } = await getDevice(client, device, { expand: 'manifest' });
	const groups = groupsOf(isObject(manifest) ? manifest : {});
	if (groups.length === 0) {
		throw nothingToList(
			this,
			'No configuration groups to choose from',
			'The blueprint of the device declares no configuration.',
		);
	}
	const text = filter?.trim() ?? '';
	const found = groups.filter((group) => matches(text, labelOf(group, role), group.name));
	return {
		results: inOrderOfName(found, ({ displayName }) => displayName).map((group) => ({
			name: labelOf(group, role),
			value: group.name,
		})),
	};
}

/** Labels a group. The required role is only named if the role of the API Token is lower. */
function labelOf({ displayName, description, accessLevel }: Group, role: unknown): string {
	return [
		displayName,
		...(isBelow(role, accessLevel) ? [`needs the role ${accessLevel}`] : []),
		...(description === undefined ? [] : [description]),
	].join(LABEL_SEPARATOR);
}

/** Makes the form for the parameters of the chosen group. Blank fields keep their values. */
export async function getConfigurationParameters(this: ILoadOptionsFunctions): Promise<ResourceMapperFields> {
	const group = await chosenGroup(this);
	if (typeof group === 'string') return { fields: [], emptyFieldsNotice: group };
	return { fields: formFields(group.parameters, true) };
}

/** Lists the parameters of the chosen group. */
export async function getParameterNames(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const group = await chosenGroup(this);
	if (typeof group === 'string') return [];
	return inOrderOfName(
		group.parameters.map(({ displayName, name }) => ({ name: displayName, value: name, description: name })),
		({ name }) => name,
	);
}

/** The chosen group, or why there is none. */
async function chosenGroup(context: ILoadOptionsFunctions): Promise<Group | string> {
	const device = chosenRef(context, 'deviceId', 'Device');
	const ref = chosenRef(context, 'group', 'Group');
	if (device === undefined || ref === undefined) {
		return 'Choose a device and a group. If they come from earlier nodes, set Specify Parameters to Using JSON.';
	}
	const manifest = await readManifest(await openForListSearch(context), device);
	const group = groupsOf(manifest).find(({ name }) => name === ref.id);
	if (group === undefined) return 'The device does not have this group. Choose another one.';
	return group.parameters.length > 0 ? group : `${group.displayName} has no parameters.`;
}

import type { ILoadOptionsFunctions, INodePropertyOptions } from 'n8n-workflow';

import { isBlank, parseId } from '../../fields/parse';
import type { Declaration } from '../device/manifest';
import { declarations, displayNameOf, readManifest } from '../device/manifest';
import { firstOf, inOrderOfName, nothingToList, openForListSearch } from '../../fields/listSearch';

/** The telemetry attributes that the chosen device's blueprint declares; the list of the Attributes parameter. */
export async function getTelemetryAttributes(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const device = this.getCurrentNodeParameter('deviceId');
	// Also called before a device is chosen.
	if (isBlank(device)) return [];
	const client = await openForListSearch(this);
	const attributes = declarations(await readManifest(client, parseId(device, 'Device')), 'telemetry');
	if (attributes.length > 0) return inOrderOfName(attributes.map(optionOf), ({ name }) => name);
	throw nothingToList(
		this,
		'No attributes to choose from',
		'The blueprint of this device declares no telemetry. Give the names of attributes with an expression.',
	);
}

function optionOf(declaration: Declaration): INodePropertyOptions {
	const [value, { unit, type, description }] = declaration;
	const symbol = firstOf(unit);
	const name = displayNameOf(declaration);
	return {
		name: symbol === undefined ? name : `${name} (${symbol})`,
		value,
		description: [value, firstOf(type), firstOf(description)]
			.filter((part) => part !== undefined)
			.join(' · '),
	};
}

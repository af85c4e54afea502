import type { ILoadOptionsFunctions, INodePropertyOptions } from 'n8n-workflow';

import { chosenRef, firstOf, inOrderOfName, nothingToList, openForListSearch } from '../../fields/listSearch';
import { LABEL_SEPARATOR } from '../../fields/locators';
import type { Declaration, Manifest } from '../device/manifest';
import { declarations, plainText, readManifest } from '../device/manifest';
import { labelOf, otherNamesOf } from './attributes';

/**
 * Lists the telemetry attributes that the chosen device's blueprint declares. The editor searches what is shown, so other names
 * of an attribute are shown after its display name.
 */
export async function getTelemetryAttributes(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const ref = chosenRef(this, 'deviceId', 'Device');
	if (ref === undefined) return [];
	const manifest = await readManifest(await openForListSearch(this), ref);
	const attributes = declarations(manifest, 'telemetry');
	if (attributes.length > 0) {
		return inOrderOfName(
			attributes.map((declaration) => optionOf(declaration, manifest)),
			({ name }) => name,
		);
	}
	throw nothingToList(
		this,
		'No attributes to choose from',
		'The blueprint of this device declares no telemetry. Enter attribute names with an expression.',
	);
}

function optionOf(declaration: Declaration, manifest: Manifest): INodePropertyOptions {
	const [value, { type, description }] = declaration;
	const others = otherNamesOf(declaration);
	return {
		name: [labelOf(declaration, manifest), ...(others.length === 0 ? [] : [others.join(', ')])].join(
			LABEL_SEPARATOR,
		),
		value,
		description: [value, firstOf(type), plainText(description)]
			.filter((part) => part !== undefined)
			.join(LABEL_SEPARATOR),
	};
}

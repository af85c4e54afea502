import type { INodeProperties } from 'n8n-workflow';
import { UserError } from 'n8n-workflow';

import { parseNames } from '../../fields/parse';

/** What manifests call attributes (Enapter's manifest reference), and a little more, for what is not declared there. */
export const ATTRIBUTE_NAME = /^[A-Za-z][\w.-]{0,127}$/;

/** The telemetry attributes that an operation reads. */
export const ATTRIBUTES: INodeProperties = {
	displayName: 'Attribute Names or IDs',
	name: 'attributes',
	type: 'multiOptions',
	required: true,
	default: [],
	typeOptions: {
		loadOptionsMethod: 'getTelemetryAttributes',
		loadOptionsDependsOn: ['deviceId.value'],
	},
	description:
		'Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
	hint: 'An expression may give a list, or one text with commas such as: soc, power',
};

/**
 * The attributes that an item asks for, each once.
 *
 * @param reserved keys of the output that an attribute must not overwrite
 * @throws UserError when there is none, or one that cannot be read
 */
export function parseAttributes(value: unknown, reserved: string[], otherwise: string): string[] {
	const names = [...new Set(parseNames(value, ATTRIBUTES.displayName, ATTRIBUTE_NAME))];
	if (names.length === 0) {
		throw new UserError(
			`${ATTRIBUTES.displayName} is empty. Choose at least one. If they come from an expression, the expression gives nothing for this item.`,
		);
	}
	const taken = names.find((name) => reserved.includes(name));
	if (taken === undefined) return names;
	throw new UserError(
		`An attribute called "${taken}" cannot be put out beside the key "${taken}" of the output itself. ${otherwise}`,
	);
}

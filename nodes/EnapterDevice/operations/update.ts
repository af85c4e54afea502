import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { UserError } from 'n8n-workflow';

import { DEVICE } from '../api';
import { identifier, text } from '../fields/checks';
import { DEVICE_ID } from '../fields/locators';
import { collection, EXPAND, expandQuery, optionsField } from '../fields/options';
import type { Operation } from './operation';

const UPDATE_FIELDS: INodeProperties = {
	displayName: 'Update Fields',
	name: 'updateFields',
	type: 'collection',
	placeholder: 'Add field',
	default: {},
	description: 'What to change. What is not added stays as it is.',
	options: [
		{
			displayName: 'Name',
			name: 'name',
			type: 'string',
			default: '',
			placeholder: 'e.g. Hydrogen detector',
			description: 'The new name of the device',
		},
		{
			displayName: 'Slug',
			name: 'slug',
			type: 'string',
			default: '',
			placeholder: 'e.g. hydrogen-detector',
			description: 'The new slug of the device: a short name to address it by, used by no other device',
		},
	],
};

/** Changes name and slug. The API leaves alone what is not sent. */
export const update: Operation = {
	option: {
		name: 'Update',
		value: 'update',
		action: 'Update the name or slug of a device',
		description: 'Change the name or the slug of a device. Needs the OWNER role.',
	},
	fields: [DEVICE_ID, UPDATE_FIELDS, optionsField(EXPAND)],

	prepare(read) {
		const id = identifier(read('deviceId', ''), 'Device');
		const body = changes(collection(read('updateFields', {}), 'Update Fields'));
		const query = expandQuery(collection(read('options', {}), 'Options'));
		return async ({ client }) => {
			const device = await client.call({
				method: 'PATCH',
				path: ['devices', id],
				query,
				body,
				answer: DEVICE,
				repeatable: true,
				advice: { 409: 'Choose another slug: no two devices can have the same.' },
			});
			return [{ json: device }];
		};
	},
};

/** The API leaves a field alone that is not sent (Enapter's SDK), so only what the user added is. */
function changes(fields: Record<string, unknown>): IDataObject {
	const body: IDataObject = {};
	if (fields.name !== undefined) body.name = filled(fields.name, 'Name');
	if (fields.slug !== undefined) body.slug = filled(fields.slug, 'Slug');
	if (Object.keys(body).length > 0) return body;
	throw new UserError('There is nothing to update. Add a Name or a Slug under Update Fields.');
}

function filled(value: unknown, parameter: string): string {
	const content = text(value, parameter);
	if (content.trim() !== '') return content;
	throw new UserError(
		`${parameter} is empty. Give it a value, or remove it from Update Fields to leave it as it is.`,
	);
}

import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { UserError } from 'n8n-workflow';

import { DEVICE_ID } from '../../fields/locators';
import { toolNotice } from '../../fields/notice';
import { EXPAND, optionsField, parseExpand } from '../../fields/options';
import { parseBoolean, parseCollection, parseId, parseRequiredText } from '../../fields/parse';
import type { Operation } from '../../execution/operation';
import type { Change } from './changes';
import { planChanges } from './changes';
import { aboutDevice, deviceShape } from './device';

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

const TOOL_NOTICE = toolNotice(
	'The model can give any device that it names another name or slug. Turn on human review for this tool.',
);

const SKIP_IF_UNCHANGED: INodeProperties = {
	displayName: 'Skip If Unchanged',
	name: 'skipIfUnchanged',
	type: 'boolean',
	default: true,
	description:
		'Whether to leave a device alone that has these values already. The output then says in "changed" whether it was updated.',
};

/** Changes name and slug. The API leaves alone what is not sent. */
export const update: Operation<Change> = {
	option: {
		name: 'Update',
		value: 'update',
		action: 'Update the name or slug of a device',
		description: 'Change the name or the slug of a device. Needs the OWNER role.',
	},
	fields: [DEVICE_ID, UPDATE_FIELDS, TOOL_NOTICE, optionsField(EXPAND, SKIP_IF_UNCHANGED)],

	prepare(parameters) {
		const named = parseId(parameters.get('deviceId', ''), 'Device');
		const { name, slug } = parseFields(parseCollection(parameters.get('updateFields', {}), 'Update Fields'));
		const options = parseCollection(parameters.get('options', {}), 'Options');
		const body: IDataObject = {
			...(name === undefined ? {} : { name }),
			...(slug === undefined ? {} : { slug }),
		};
		return {
			named,
			query: parseExpand(options),
			...(slug === undefined ? {} : { newSlug: slug }),
			skipsIfDone: parseBoolean(options.skipIfUnchanged, 'Skip If Unchanged'),
			isDone: (device) => Object.entries(body).every(([key, value]) => device[key] === value),
			apply: async ({ client }, id, query) =>
				await client.call({
					method: 'PATCH',
					path: ['devices', id],
					query,
					body,
					response: deviceShape(id),
					isIdempotent: true,
					explain: aboutDevice(named, { 409: 'Choose another slug: no two devices can have the same.' }),
				}),
		};
	},

	plan: planChanges,
};

/** The API leaves a field alone that is not sent (Enapter's SDK), so only what the user added is. */
function parseFields(fields: Record<string, unknown>): { name?: string; slug?: string } {
	const remove = 'Give it a value, or remove it from Update Fields to leave it as it is.';
	const read = (key: string, parameter: string) =>
		key in fields ? { [key]: parseRequiredText(fields[key], parameter, remove) } : {};
	const body = { ...read('name', 'Name'), ...read('slug', 'Slug') };
	if (Object.keys(body).length > 0) return body;
	throw new UserError('There is nothing to update. Add a Name or a Slug under Update Fields.');
}

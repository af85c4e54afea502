import { UserError } from 'n8n-workflow';

import { defineOperation } from '../../execution/operation';
import {
	collection,
	DRY_RUN_TOOL_NOTICE,
	HUMAN_REVIEW,
	notice,
	toggle,
	toolNotice,
} from '../../fields/kinds';
import { described, DEVICE } from '../../fields/locators';
import { DRY_RUN, options } from '../../fields/options';
import { ItemFailure } from '../../transport/errors';
import { counted } from '../../transport/text';
import type { Change } from './changes';
import { countChanged, planChanges } from './changes';
import { aboutDevice, deviceShape, isSameId, nameOfDevice } from './device';
import { EXPAND } from './expand';
import { NAME, SLUG } from './nameFields';

const UPDATE_FIELDS = collection(
	{
		displayName: 'Update Fields',
		name: 'updateFields',
		placeholder: 'Add field',
		description: "Fields to update. Fields you don't add are left unchanged.",
	},
	described(NAME, 'The new name of the device'),
	described(SLUG, 'The new slug of the device: a short name for use instead of the ID, unique in the fleet'),
);

const NOTICE = notice(
	'updateNotice',
	'If you change a slug, workflows and rules that use the old slug stop working. Turn on Dry Run in the options to see what would happen.',
);

const TOOL_NOTICE = toolNotice(
	`The AI can change the name and the slug of any device that the API Token may change. ${HUMAN_REVIEW}`,
);

const SKIP_IF_UNCHANGED = toggle({
	displayName: 'Skip If Unchanged',
	name: 'skipIfUnchanged',
	type: 'boolean',
	default: true,
	description:
		'Whether to skip devices that already have these values. Adds a "changed" field to the output.',
});

const SLUG_ADVICE = 'Choose another slug: two devices cannot have the same one.';

/** Changes the name or slug of devices. The API leaves fields unchanged that are not sent (Enapter's SDK). */
export const update = defineOperation({
	option: {
		name: 'Update',
		value: 'update',
		action: 'Update the name or slug of a device',
		description: 'Change the name or the slug of a device. Needs the OWNER role.',
	},
	fields: [
		DEVICE,
		UPDATE_FIELDS,
		NOTICE,
		TOOL_NOTICE,
		DRY_RUN_TOOL_NOTICE,
		options(DRY_RUN, EXPAND, SKIP_IF_UNCHANGED),
	],
	isIdempotent: true,

	dryRunSummary: (outputs) =>
		`${countChanged(outputs)} of ${counted(outputs.length, 'device')} would be updated`,

	prepare({ deviceId: ref, updateFields, options: { expand, skipIfUnchanged } }): Change {
		const { name, slug } = updateFields;
		if (name === undefined && slug === undefined) {
			throw new UserError('There is nothing to update. Add a Name or a Slug under Update Fields.');
		}
		const values = { ...(name === undefined ? {} : { name }), ...(slug === undefined ? {} : { slug }) };
		return {
			ref,
			expand,
			values,
			skipsIfDone: skipIfUnchanged,
			needsBefore: false,
			send: async ({ client }, { id, about, query }) =>
				await client.call({
					method: 'PATCH',
					path: ['devices', id],
					query,
					body: values,
					response: deviceShape(id),
					isIdempotent: true,
					explain: aboutDevice(about, { 409: SLUG_ADVICE }),
				}),
			previous: (before) => ({ previous: { name: before.name, slug: before.slug } }),
			check: (fleet, before) => {
				const other = slug === undefined ? undefined : fleet.known(slug);
				if (other === undefined || isSameId(other.id, before.id)) return {};
				throw new ItemFailure(
					`Device ${nameOfDevice(before)}: the slug "${slug}" is already used by ${nameOfDevice(other)}`,
					SLUG_ADVICE,
				);
			},
		};
	},

	plan: planChanges,
});

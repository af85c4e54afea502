import { UserError } from 'n8n-workflow';

import { defineOperation } from '../../execution/operation';
import { counted } from '../../transport/text';
import { CREATE_FIELDS } from './createFields';
import type { NewDevice } from './creation';
import { planCreations } from './creation';
import { checkCredentialOptions } from './credentialFiles';

/** Creates devices. Never sent again if the outcome is unknown: only a slug could identify the device. */
export const create = defineOperation({
	option: {
		name: 'Create',
		value: 'create',
		action: 'Create a device',
		description: 'Create a standalone device, a Lua device or a UCM',
	},
	fields: CREATE_FIELDS,
	isIdempotent: false,

	dryRunSummary: (outputs) =>
		`${outputs.filter(({ would_create: isNew }) => isNew === true).length} of ${counted(outputs.length, 'device')} would be created`,

	prepare(values, { isTool }): NewDevice {
		const { deviceType: type, name, siteId, runtimeId, blueprintId, hardwareId, options: chosen } = values;
		const { slug } = values.additionalFields;
		const { skipIfExists, credentialFiles = 'none', allowAiTool = false, dryRun } = chosen;
		const protocol = type === 'ucm' ? (values.protocol ?? 'MQTTS') : undefined;
		if (protocol !== undefined) {
			checkCredentialOptions('Creating a UCM', protocol, { credentialFiles, allowAiTool, dryRun }, isTool);
		}
		if (skipIfExists && slug === undefined) {
			throw new UserError(
				'Skip If It Exists needs a Slug, because names can repeat. Add the Slug under Additional Fields.',
			);
		}
		return {
			type,
			name,
			slug,
			runtime: runtimeId,
			hardwareId,
			body: {
				name,
				...(slug === undefined ? {} : { slug }),
				...(siteId === undefined ? {} : { site_id: siteId.id }),
				...(blueprintId === undefined ? {} : { blueprint_id: blueprintId.id }),
				...(hardwareId === undefined ? {} : { hardware_id: hardwareId }),
				...(protocol === undefined ? {} : { protocol }),
			},
			skipsIfExists: skipIfExists,
			files: credentialFiles,
			needsPermission: type === 'ucm' && isTool && !allowAiTool,
		};
	},

	plan: planCreations,
});

import type { IDataObject } from 'n8n-workflow';

import type { Plan, Task } from '../../execution/operation';
import { defineOperation } from '../../execution/operation';
import type { Run } from '../../execution/run';
import { DRY_RUN_TOOL_NOTICE, HUMAN_REVIEW, notice, toolNotice } from '../../fields/kinds';
import type { Ref } from '../../fields/locators';
import { DEVICE } from '../../fields/locators';
import { DRY_RUN, options } from '../../fields/options';
import { upperCase } from '../../transport/enums';
import { EnapterApiError, ItemFailure } from '../../transport/errors';
import { isObject } from '../../transport/json';
import { getOrCreate } from '../../transport/memo';
import type { ResponseShape } from '../../transport/response';
import { sentences } from '../../transport/text';
import type { CredentialFiles, DeviceConfig } from './credentialFiles';
import {
	ALLOW_AI,
	checkCredentialOptions,
	CREDENTIAL_FILES,
	credentialsOutput,
	isConfig,
	NewCredentials,
	NOT_FOR_AI,
	PROTOCOL,
} from './credentialFiles';
import { Dependents } from './dependents';
import type { ExpandedDevice } from './device';
import { aboutDevice, canonicalId, GONE_ADVICE, identityOf, nameOfDevice, namesIn } from './device';
import { Fleet, planForDevices } from './fleet';

const NOTICE = notice(
	'generateConfigNotice',
	'The old credentials stop working at once: the device, and the devices connected through it, are offline until it has the new ones. The new credentials are shown only here, and n8n stores them with this execution. Turn on Dry Run in the options to see what would happen.',
);

const TOOL_NOTICES = [
	toolNotice(NOT_FOR_AI, { option: 'allowAiTool', isOn: false }),
	toolNotice(
		`The AI can disconnect any device that the API Token may change, and sees its new private key or password. ${HUMAN_REVIEW}`,
		{ option: 'allowAiTool', isOn: true },
	),
] as const;

/** Communication types of devices that are connected through a UCM (Device Management specification). */
const WITHOUT_CONFIG = ['UCM_LUA', 'UCM_EMBEDDED'];

/** `{ config }`. */
const DEVICE_CONFIG: ResponseShape<DeviceConfig> = {
	expected: 'a device configuration',
	read: (body) => (isObject(body) && isConfig(body.config) ? body.config : undefined),
};

interface Item {
	ref: Ref;
	protocol: string;
	files: CredentialFiles;
	/** Whether a language model called the node without being allowed to. Only in a dry run. */
	needsPermission: boolean;
}

/** Generates new credentials for devices. Each request creates new ones, so it is only repeated if the API did not process it. */
export const generateConfig = defineOperation({
	option: {
		name: 'Generate Config',
		value: 'generateConfig',
		action: 'Generate a device config with new credentials',
		description: 'Create new credentials with which a device connects to Enapter Cloud',
	},
	fields: [
		DEVICE,
		PROTOCOL,
		NOTICE,
		...TOOL_NOTICES,
		DRY_RUN_TOOL_NOTICE,
		options(ALLOW_AI, CREDENTIAL_FILES, DRY_RUN),
	],
	isIdempotent: false,

	dryRunSummary(outputs) {
		const lost = outputs.flatMap(({ would_disconnect: devices }) => devices as IDataObject[]);
		return sentences(
			`New credentials would be created for ${namesIn(outputs)}`,
			lost.length === 0 ? '' : `These devices would lose the connection: ${namesIn(lost)}`,
		);
	},

	prepare({ deviceId: ref, protocol, options: given }, { isTool }): Item {
		checkCredentialOptions('Generate Config', protocol, given, isTool);
		return { ref, protocol, files: given.credentialFiles, needsPermission: isTool && !given.allowAiTool };
	},

	plan: planConfigs,
});

async function planConfigs(items: Item[], run: Run): Promise<Plan> {
	const fleet = new Fleet(run.client, ['communication']);
	if (run.isDryRun) await fleet.readAll();
	const lookups = await fleet.find(items.map(({ ref }) => ref));
	const dependents = new Dependents(fleet);
	const wishes = new Map<string, Item[]>();
	for (const [index, lookup] of lookups.entries()) {
		const item = items[index];
		if ('error' in lookup || item === undefined) continue;
		getOrCreate(wishes, canonicalId(lookup.device.id), (): Item[] => []).push(item);
	}
	const tasks = new Map<string, Task>();
	const credentials = new NewCredentials(run);
	return {
		items: await planForDevices(items, lookups, (item, device) => {
			refuseIfUnusable(device);
			refuseContradictions(device, wishes.get(canonicalId(device.id)) ?? []);
			return getOrCreate(tasks, canonicalId(device.id), () => ({
				keys: credentials.keys,
				run: async () => {
					const config = await generate(run, item, device);
					credentials.add(nameOfDevice(device));
					const { json, ...files } = await credentialsOutput(run, device, config, item.files);
					return [{ json: { device_id: device.id, ...json }, ...files }];
				},
				preview: () => ({
					...identityOf(device),
					protocol: item.protocol,
					would_disconnect: [device, ...dependents.inOrderOfDeletion([device]).slice(0, -1).reverse()].map(
						identityOf,
					),
					...(item.needsPermission ? { needs_confirmation: true } : {}),
				}),
			}));
		}),
		explain: credentials.explain,
	};
}

/** @throws ItemFailure if the device is connected through another one and has no configuration of its own */
function refuseIfUnusable(device: ExpandedDevice): void {
	const type = upperCase(device.communication?.type);
	if (!WITHOUT_CONFIG.includes(type)) return;
	throw new ItemFailure(
		`${nameOfDevice(device)} has no configuration of its own: its communication type is ${type}`,
		'It is connected through a UCM: generate the configuration of that device.',
	);
}

/** Only the last configuration of a device works. So one is generated for all its items, which must agree. */
function refuseContradictions(device: ExpandedDevice, items: Item[]): void {
	const differ = (key: 'protocol' | 'files') => new Set(items.map((item) => item[key])).size > 1;
	const field = differ('protocol') ? 'Protocol' : differ('files') ? 'Output Credentials As' : undefined;
	if (field === undefined) return;
	throw new ItemFailure(
		`Several items are for ${nameOfDevice(device)} and differ in ${field}`,
		'A device can have only one configuration, and all items for it get the same one. Set the same values in all of them.',
	);
}

/** @throws EnapterApiError when the API refuses, or when it is unknown whether the device got new credentials */
async function generate(run: Run, { protocol }: Item, device: ExpandedDevice): Promise<DeviceConfig> {
	return await run.client
		.call({
			method: 'POST',
			path: ['devices', device.id, 'generate_config'],
			body: { protocol },
			response: DEVICE_CONFIG,
			isIdempotent: false,
			isSecret: true,
			explain: aboutDevice(device, {
				404: GONE_ADVICE,
				422: 'A device with communication type UCM_LUA or UCM_EMBEDDED is connected through a UCM: generate the configuration of that device.',
			}),
		})
		.catch((error: unknown) => {
			if (!(error instanceof EnapterApiError) || error.outcome !== 'unknown') throw error;
			throw error.withConsequences(
				`${nameOfDevice(device)} may have been given new credentials that were not received: run Generate Config for it again`,
			);
		});
}

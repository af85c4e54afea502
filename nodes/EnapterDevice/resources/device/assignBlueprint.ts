import { defineOperation } from '../../execution/operation';
import { required } from '../../fields/field';
import { DRY_RUN_TOOL_NOTICE, HUMAN_REVIEW, notice, toggle, toolNotice } from '../../fields/kinds';
import { BLUEPRINT, described, DEVICE } from '../../fields/locators';
import { DRY_RUN, options } from '../../fields/options';
import { upperCase } from '../../transport/enums';
import { counted, listedNames, sentences } from '../../transport/text';
import { BlueprintChecks, BlueprintsInUse } from './blueprint';
import type { Change } from './changes';
import { hasChanges, planChanges } from './changes';
import type { ExpandedDevice } from './device';
import { aboutDevice, deviceShape, nameOfDevice, namesIn } from './device';
import { EXPAND } from './expand';
import { textsOf } from './manifest';
import { typeName } from './types';

const BLUEPRINT_TO_ASSIGN = required(
	described(
		BLUEPRINT,
		'The blueprint to assign. The list contains the blueprints that your devices use. Enter the ID for any other.',
	),
);

const NOTICE = notice(
	'assignBlueprintNotice',
	'The device uses the new blueprint at once: its attributes, commands and alerts change. Meant for Lua and standalone devices. To be able to go back, keep "previous_blueprint_id" from the output. Turn on Dry Run in the options to see what would happen.',
);

const TOOL_NOTICE = toolNotice(
	`The AI can assign any blueprint to any device that the API Token may change. ${HUMAN_REVIEW}`,
);

const SKIP_IF_ASSIGNED = toggle({
	displayName: 'Skip If Already Assigned',
	name: 'skipIfAssigned',
	type: 'boolean',
	default: true,
	description:
		'Whether to skip devices that already have this blueprint. Adds a "changed" field to the output.',
});

const CHECK_IDS = 'Check the IDs of the device and of the blueprint, and that the API Token can see both.';

/** Device types that vscode-enapter offers a blueprint for. */
const USUAL_TYPES = ['LUA', 'STANDALONE'];

/** Assigns a blueprint to devices. */
export const assignBlueprint = defineOperation({
	option: {
		name: 'Assign Blueprint',
		value: 'assignBlueprint',
		action: 'Assign a blueprint to a device',
		description: 'Change the blueprint of a device, and with it what the device can do',
	},
	fields: [
		DEVICE,
		BLUEPRINT_TO_ASSIGN,
		NOTICE,
		TOOL_NOTICE,
		DRY_RUN_TOOL_NOTICE,
		options(DRY_RUN, EXPAND, SKIP_IF_ASSIGNED),
	],
	isIdempotent: true,

	dryRunSummary(outputs) {
		const changed = outputs.filter(hasChanges).map((output) => {
			const { previous_blueprint_name: from, blueprint_name: to } = output;
			const names = typeof from === 'string' && typeof to === 'string' ? ` (from ${from} to ${to})` : '';
			return `${namesIn([output])}${names}`;
		});
		return sentences(
			`${changed.length} of ${counted(outputs.length, 'device')} would get another blueprint`,
			listedNames(changed),
		);
	},

	prepare({ deviceId: ref, blueprintId: { id: blueprintId }, options: { expand, skipIfAssigned } }): Change {
		return {
			ref,
			expand,
			values: { blueprint_id: blueprintId },
			skipsIfDone: skipIfAssigned,
			needsBefore: true,
			send: async ({ client }, { id, about, query }) =>
				await client.call({
					method: 'POST',
					path: ['devices', id, 'assign_blueprint'],
					query,
					body: { blueprint_id: blueprintId },
					response: deviceShape(id),
					isIdempotent: true,
					explain: aboutDevice(about, {
						400: CHECK_IDS,
						404: CHECK_IDS,
					}),
				}),
			previous: ({ blueprint_id }) => ({ previous_blueprint_id: blueprint_id ?? null }),
		};
	},

	async plan(changes, run) {
		const blueprints = new BlueprintChecks(run.client);
		const { items, fleet } = await planChanges(
			changes.map((change) => ({
				...change,
				compare: (before, after) => {
					// A response may leave out the field, which then says nothing about the new blueprint.
					if (after.implemented_profiles === undefined || isSameKind(before, after) !== false) return;
					run.hints.add(nameOfDevice(before), anotherKind);
				},
				check: async (_fleet, device) => {
					const { blueprint_id: id = '' } = change.values;
					await blueprints.check(id);
					const [before, after] = [inUse.example(device.blueprint_id), inUse.example(id)];
					const isSame = before === undefined || after === undefined ? undefined : isSameKind(before, after);
					if (isSame !== true) {
						run.hints.add(nameOfDevice(device), isSame === false ? anotherKind : unknownKind);
					}
					return {
						previous_blueprint_name: await inUse.name(before),
						blueprint_name: await inUse.name(after),
					};
				},
			})),
			run,
		);
		const inUse = new BlueprintsInUse(run.client);
		if (run.isDryRun) await inUse.read(fleet);
		const unusual = changes
			.map(({ ref }) => fleet.known(ref.id))
			.filter((device): device is ExpandedDevice => device !== undefined && isUnusual(device));
		return { items, hints: () => unusualTypeHint(unusual) };
	},
});

/** Whether a device keeps its profiles, or still has none; undefined if neither blueprint has any that could be compared. */
function isSameKind(before: ExpandedDevice, after: ExpandedDevice): boolean | undefined {
	// The API may leave out an empty list.
	const old = textsOf(before.implemented_profiles);
	const others = textsOf(after.implemented_profiles);
	if (old.length === 0) return others.length === 0 ? undefined : false;
	return old.every((profile) => others.includes(profile));
}

function anotherKind(names: string): string {
	return `The new blueprint is for another kind of device than the previous one: ${names}. Check that it is the right one; "previous_blueprint_id" in the output is the way back.`;
}

function unknownKind(names: string): string {
	return `It cannot be checked whether the new blueprint is for the same kind of device: ${names}. Check that it is the right one.`;
}

function isUnusual({ type }: ExpandedDevice): boolean {
	return upperCase(type) !== '' && !USUAL_TYPES.includes(upperCase(type));
}

function unusualTypeHint(devices: ExpandedDevice[]): string[] {
	if (devices.length === 0) return [];
	const names = [
		...new Set(devices.map((device) => `${nameOfDevice(device)} (${typeName(device.type) ?? ''})`)),
	];
	return [`Blueprints are meant for Lua and standalone devices. Check ${listedNames(names)}.`];
}

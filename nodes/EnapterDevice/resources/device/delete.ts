import type { IDataObject } from 'n8n-workflow';

import type { Plan, Task } from '../../execution/operation';
import { defineOperation } from '../../execution/operation';
import type { Run } from '../../execution/run';
import { DRY_RUN_TOOL_NOTICE, HUMAN_REVIEW, notice, personToggle, toolNotice } from '../../fields/kinds';
import type { Ref } from '../../fields/locators';
import { DEVICE } from '../../fields/locators';
import { DRY_RUN, options } from '../../fields/options';
import {
	causeOf,
	EnapterApiError,
	isNotFound,
	ItemFailure,
	NotSentError,
	outcomeOfError,
} from '../../transport/errors';
import { wait } from '../../transport/clock';
import { isObject } from '../../transport/json';
import type { ResponseShape } from '../../transport/response';
import { NO_API } from '../../transport/response';
import { counted, listedNames } from '../../transport/text';
import { Dependents } from './dependents';
import type { ExpandedDevice } from './device';
import {
	aboutDevice,
	canonicalId,
	GONE_ADVICE,
	identityOf,
	LOOKUP_DELAYS,
	nameOfDevice,
	namesIn,
	renamed,
} from './device';
import type { Lookup } from './fleet';
import { Fleet, getDevice, planForDevices } from './fleet';

const NOTICE = notice(
	'deleteNotice',
	'Deletes the device from Enapter permanently. Needs the OWNER role. A device that others depend on is refused; Delete Dependent Devices in the options deletes those too. Turn on Dry Run in the options to see what would happen.',
);

const DELETE_DEPENDENTS = personToggle({
	displayName: 'Delete Dependent Devices',
	name: 'deleteDependents',
	type: 'boolean',
	default: true,
	description:
		'Whether to also delete the devices that are connected through this one, starting with the ones furthest down the chain. Adds "deleted_devices" to the output. Stays on if you choose another device.',
});

const TOOL_NOTICES = [
	toolNotice(
		`The AI can delete any device that you let it choose, also one that others depend on, by deleting those first. ${HUMAN_REVIEW}`,
		{ option: 'deleteDependents', isOn: false },
	),
	toolNotice(
		`The AI can delete any device that you let it choose, together with all devices that depend on it. ${HUMAN_REVIEW}`,
		{
			option: 'deleteDependents',
			isOn: true,
		},
	),
] as const;

interface Item {
	ref: Ref;
	withDependents: boolean;
}

/** Deletes devices, each after the devices of the run that depend on it. */
export const deleteDevice = defineOperation({
	option: {
		name: 'Delete',
		value: 'delete',
		action: 'Delete a device permanently',
		description: 'Delete a device permanently; this cannot be undone. Needs the OWNER role.',
	},
	fields: [DEVICE, NOTICE, ...TOOL_NOTICES, DRY_RUN_TOOL_NOTICE, options(DELETE_DEPENDENTS, DRY_RUN)],
	isIdempotent: true,

	dryRunSummary(outputs) {
		const deleted = outputs.flatMap(({ would_delete: devices }) => devices as IDataObject[]);
		const count = new Set(deleted.map(({ id }) => id)).size;
		return `${counted(count, 'device')} would be deleted: ${namesIn(deleted)}`;
	},

	prepare: ({ deviceId: ref, options: { deleteDependents } }): Item => ({
		ref,
		withDependents: deleteDependents,
	}),

	plan: planDeletions,
});

async function planDeletions(items: Item[], run: Run): Promise<Plan> {
	const fleet = new Fleet(run.client, ['communication']);
	const needsAll = run.isDryRun || items.some(({ withDependents }) => withDependents);
	if (needsAll) await fleet.readAll();
	const mayMissDependents = needsAll && run.client.warnings.size > 0;
	const refs = items.map(({ ref }) => ref);
	// A device whose item is refused must not be deleted as the dependent of another one.
	const lookups = (await fleet.find(refs)).map((lookup, index) => checkName(refs[index], lookup));
	const dependents = new Dependents(fleet);
	const devicesOf = ({ withDependents }: Item, device: ExpandedDevice) =>
		withDependents ? dependents.inOrderOfDeletion([device]) : [device];
	const deletions = new Deletions(
		run,
		fleet,
		dependents,
		lookups.flatMap((lookup, index) => {
			const item = items[index];
			return 'error' in lookup || item === undefined ? [] : devicesOf(item, lookup.device);
		}),
	);
	return {
		items: await planForDevices(items, lookups, (item, device): Task => {
			const devices = devicesOf(item, device);
			return {
				after: [deletions.taskOf(device)],
				blockedBy: (error) => deletions.withDeleted(error, device, devices),
				run: async () => [
					{
						json: {
							id: device.id,
							deleted: true,
							...(device.name ? { name: device.name } : {}),
							...(item.withDependents ? { deleted_devices: devices.map(identityOf) } : {}),
						},
					},
				],
				preview: () => ({ ...identityOf(device), would_delete: devices.map(identityOf) }),
			};
		}),
		explain: async (error) => await deletions.explain(error),
		hints: () =>
			mayMissDependents
				? ['The list of devices is incomplete, so devices that depend on the deleted ones may be missing.']
				: [],
	};
}

/**
 * The body of a response to a deletion. Enapter's clients expect none or an empty object. Any other body is not trusted as
 * confirmation.
 */
const DELETION: ResponseShape<'confirmed' | 'unconfirmed'> = {
	expected: 'a confirmation',
	read(body) {
		const isEmpty =
			body === undefined ||
			body === null ||
			body === '' ||
			(isObject(body) && Object.keys(body).length === 0);
		return isEmpty ? 'confirmed' : 'unconfirmed';
	},
};

/** Statuses with which the API may refuse to delete a device because of its dependents. The specification names none. */
const REFUSED = [400, 409, 422];

/** The end of a deletion. */
interface Result {
	device: ExpandedDevice;
	/** Why it failed; undefined if the device was deleted. */
	error?: unknown;
}

/** The deletions of a run: one task per device, after the tasks of its dependents. */
class Deletions {
	/** By device ID: the task, or the reason why the device cannot be deleted. */
	private readonly tasks = new Map<string, Task | { error: unknown }>();
	/** By device ID. A device that was not deleted because a dependent failed has the result of the dependent. */
	private readonly results = new Map<string, Result>();

	/** @param wanted the devices to delete */
	constructor(
		private readonly run: Run,
		private readonly fleet: Fleet,
		dependents: Dependents,
		wanted: ExpandedDevice[],
	) {
		const ids = new Set(wanted.map(keyOf));
		const isWanted = (device: ExpandedDevice) => ids.has(keyOf(device));
		for (const device of dependents.inOrderOfDeletion(wanted).filter(isWanted)) {
			const before = dependents.of(device);
			const staying = before.filter((dependent) => !isWanted(dependent));
			this.tasks.set(
				keyOf(device),
				staying.length === 0 ? this.plan(device, before) : { error: this.refusal(device, staying) },
			);
		}
	}

	/** @throws the reason why the device cannot be deleted */
	taskOf(device: ExpandedDevice): Task {
		const task = this.tasks.get(keyOf(device));
		if (task === undefined) throw new Error('There is no task for this device.');
		if ('error' in task) throw task.error;
		return task;
	}

	/** The error of an item that deletes several devices. It names the devices that were deleted, or may have been. */
	withDeleted(error: unknown, device: ExpandedDevice, devices: ExpandedDevice[]): unknown {
		const results = new Set(devices.flatMap((each) => this.results.get(keyOf(each)) ?? []));
		const namesOf = (isOne: (result: Result) => boolean) =>
			listedNames(
				[...results].filter(isOne).map((result) => nameOfDevice(result.device)),
				Infinity,
			);
		const deleted = namesOf((result) => result.error === undefined);
		// Also the device that the error names: if the run stops, only the consequences of most errors are shown.
		const unclear = namesOf((result) => outcomeOfError(result.error) === 'unknown');
		if (deleted === '' && unclear === '') return error;
		const failure = error instanceof NotSentError ? stopped(device) : error;
		if (!(failure instanceof EnapterApiError) && !(failure instanceof ItemFailure)) return error;
		return failure.withConsequences(
			...(deleted === '' ? [] : [`Already deleted in this run: ${deleted}`]),
			...(unclear === '' ? [] : [`May have been deleted: ${unclear}`]),
		);
	}

	/** Names the dependents of a device that the API refused to delete. The fleet is read once for all of them. */
	async explain(error: unknown): Promise<unknown> {
		if (!(error instanceof EnapterApiError) || !error.isRefusal) return error;
		const { device } = [...this.results.values()].find((result) => result.error === error) ?? {};
		if (device === undefined || !REFUSED.includes(error.status ?? 0)) return error;
		await this.fleet.readAll().catch(() => undefined);
		const staying = new Dependents(this.fleet).of(device);
		return staying.length === 0 ? error : error.with(dependentsRemain(device, staying, this.run));
	}

	private plan(device: ExpandedDevice, dependents: ExpandedDevice[]): Task | { error: unknown } {
		// In a cycle, one of the dependents has no task yet and is not waited for.
		const before = dependents.flatMap((dependent) => this.tasks.get(keyOf(dependent)) ?? []);
		const failed = before.find((task) => 'error' in task);
		if (failed !== undefined) return { error: this.blocked(device, dependents, failed.error) };
		return {
			after: before.filter((task) => 'run' in task),
			blockedBy: (error) => this.blocked(device, dependents, error),
			run: async () => {
				await this.delete(device).catch((error: unknown) => {
					throw this.failed(device, error);
				});
				this.results.set(keyOf(device), { device });
				this.fleet.forget(device);
				return [];
			},
		};
	}

	/** The error of a device that is not deleted because others that stay depend on it. */
	private refusal(device: ExpandedDevice, staying: ExpandedDevice[]): unknown {
		const { reason, advice } = dependentsRemain(device, staying, this.run);
		return this.failed(device, new ItemFailure(reason, advice));
	}

	/** The error of a device that was not deleted because a dependent was not deleted. */
	private blocked(device: ExpandedDevice, dependents: ExpandedDevice[], error: unknown): unknown {
		const cause = dependents
			.map((dependent) => this.results.get(keyOf(dependent)))
			.find((result) => result?.error !== undefined);
		if (cause === undefined) return error;
		this.results.set(keyOf(device), cause);
		const outcome = outcomeOfError(cause.error);
		const name = nameOfDevice(device);
		const dependent = nameOfDevice(cause.device);
		const why =
			outcome === 'unknown'
				? `it is unknown whether ${dependent}, which depends on it, was deleted`
				: `${dependent}, which depends on it, could not be deleted`;
		return new ItemFailure(
			`${name} was not deleted because ${why}: ${causeOf(cause.error)}`,
			`Delete ${dependent} first, then ${name}.`,
			{ outcome },
		);
	}

	/** Records why a deletion failed. */
	private failed(device: ExpandedDevice, error: unknown): unknown {
		if (error instanceof NotSentError) return error;
		const isUnclear = error instanceof EnapterApiError && error.outcome === 'unknown';
		const told = isUnclear ? error.withConsequences(mayBeDeleted(device)) : error;
		this.results.set(keyOf(device), { device, error: told });
		return told;
	}

	private async delete(device: ExpandedDevice): Promise<void> {
		const deletion = await this.run.client.call({
			method: 'DELETE',
			path: ['devices', device.id],
			response: DELETION,
			isIdempotent: true,
			ifNotFoundOnRetry: 'confirmed',
			explain: aboutDevice(device, { 404: GONE_ADVICE }),
		});
		if (deletion === 'unconfirmed') await this.confirm(device);
	}

	/** Checks whether the device still exists, because the response may not be the API's own. */
	private async confirm(device: ExpandedDevice): Promise<void> {
		for (const delay of LOOKUP_DELAYS) {
			await wait(delay, this.run.stop);
			const isGone = await getDevice(this.run.client, { id: device.id }, {}).then(
				() => false,
				(error: unknown) => {
					if (isNotFound(error)) return true;
					if (error instanceof EnapterApiError) throw error.with({ outcome: 'unknown' });
					throw new ItemFailure(mayBeDeleted(device), 'The run was stopped before this was checked.', {
						outcome: 'unknown',
					});
				},
			);
			if (isGone) return;
		}
		throw new ItemFailure(
			`It is unknown whether ${nameOfDevice(device)} was deleted: the response did not confirm it, and the device exists so far`,
			NO_API,
			{ outcome: 'unknown', consequences: [mayBeDeleted(device)] },
		);
	}
}

/** Refuses a device that is not the one that the panel shows. */
function checkName(ref: Ref | undefined, lookup: Lookup): Lookup {
	const change = ref === undefined || 'error' in lookup ? undefined : renamed(ref, lookup.device);
	if (change === undefined) return lookup;
	return { error: new ItemFailure(change, 'Choose the device from the list again.') };
}

function keyOf({ id }: ExpandedDevice): string {
	return canonicalId(id);
}

function mayBeDeleted(device: ExpandedDevice): string {
	return `${nameOfDevice(device)} may have been deleted`;
}

/** The error of an item if the run was stopped after some of its devices were deleted. */
function stopped(device: ExpandedDevice): ItemFailure {
	return new ItemFailure(
		`${nameOfDevice(device)} was not deleted because the run was stopped`,
		'Run the workflow again for this item.',
	);
}

/** Why a device is not deleted, and what to do. */
function dependentsRemain(device: ExpandedDevice, dependents: ExpandedDevice[], { isDryRun, isTool }: Run) {
	const depend = dependents.length === 1 ? 'depends' : 'depend';
	return {
		reason: `${nameOfDevice(device)} ${isDryRun ? 'would not be' : 'was not'} deleted because ${listedNames(dependents.map(nameOfDevice))} ${depend} on it`,
		advice: isTool
			? 'A person must decide whether these devices are deleted too. Do not delete them one by one.'
			: 'Delete those devices first, or in the same run. To delete all of them with it, turn on Delete Dependent Devices in the options.',
	};
}

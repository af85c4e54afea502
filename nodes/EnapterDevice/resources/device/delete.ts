import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { UserError } from 'n8n-workflow';

import { haveEnded } from '../../execution/sequence';
import type { Run } from '../../execution/run';
import { DEVICE_ID } from '../../fields/locators';
import { notice, toolNotice } from '../../fields/notice';
import { chosenToggle, optionsField } from '../../fields/options';
import { parseId } from '../../fields/parse';
import { EnapterApiError, HalfwayError, isNotFound } from '../../transport/errors';
import { isObject, isWebPage } from '../../transport/json';
import type { ResponseShape } from '../../transport/response';
import { listed } from '../../transport/text';
import type { Operation, Output } from '../../execution/operation';
import type { ExpandedDevice } from './device';
import { aboutDevice, calledDevice, GONE_ADVICE } from './device';
import { Fleet, getDevice } from './fleet';

const NOTICE = notice(
	'deleteNotice',
	'Deletes the device from Enapter permanently. Needs the OWNER role. Devices that run on it have to be deleted first, or with it: see the options.',
);

const DELETE_DEPENDENTS: INodeProperties = {
	displayName: 'Delete Dependent Devices',
	name: 'deleteDependents',
	type: 'boolean',
	noDataExpression: true,
	default: false,
	description:
		'Whether to delete the devices that run on this one as well, those at the end of the chain first. The output lists them in "deleted_devices".',
};

const TOOL_NOTICE = toolNotice(
	'The model can delete any device that it names and that no other device runs on. Turn on human review for this tool. Delete Dependent Devices cannot be left to the model.',
);

interface Item {
	named: string;
	withDependents: boolean;
}

/** Deletes devices, with those that run on them when told to, each after those that run on it. */
export const deleteDevice: Operation<Item> = {
	option: {
		name: 'Delete',
		value: 'delete',
		action: 'Delete a device permanently',
		description: 'Delete a device permanently; this cannot be undone. Needs the OWNER role.',
	},
	fields: [DEVICE_ID, NOTICE, TOOL_NOTICE, optionsField(DELETE_DEPENDENTS)],

	prepare: (parameters) => ({
		named: parseId(parameters.get('deviceId', ''), 'Device'),
		withDependents: chosenToggle(parameters, DELETE_DEPENDENTS),
	}),

	async plan(items, run) {
		const fleet = new Fleet(run.client, { expand: 'communication' });
		if (items.some(({ withDependents }) => withDependents)) await fleet.readAll();
		const lookups = await fleet.find(items.map(({ named }) => named));
		const runningOn = dependentsOf(fleet);
		const wanted = items.map(({ withDependents }, index) => {
			const lookup = lookups[index];
			if (lookup === undefined || 'error' in lookup) return [];
			return withDependents ? inOrderOfDeletion([lookup.device], runningOn) : [lookup.device];
		});
		const deletions = new Deletions(run, fleet, wanted.flat(), runningOn);
		const ids = new Set(wanted.flat().map(({ id }) => id));
		return items.map(({ named, withDependents }, index) => {
			const lookup = lookups[index];
			if (lookup === undefined) return { error: new UserError(`Device "${named}" was not looked up.`) };
			if ('error' in lookup) return { error: lookup.error };
			const devices = wanted[index] ?? [];
			const staying = (runningOn.get(lookup.device.id) ?? []).filter(({ id }) => !ids.has(id));
			if (staying.length > 0) {
				const { reason, advice } = notDeleted(lookup.device, staying);
				return { error: new UserError(`${reason}.`, { description: advice }) };
			}
			return async () => {
				await deletions.deleteInOrder(devices);
				return [outputOf(lookup.device, withDependents ? devices : undefined)];
			};
		});
	},
};

/**
 * What responds to a deletion. The specification shows nothing; Enapter's clients expect an empty body or an object, which is
 * empty in vscode-enapter's mock server. Anything else may be true, but proves nothing.
 */
const DELETION: ResponseShape<'confirmed' | 'unconfirmed'> = {
	expected: 'a confirmation',
	read(body) {
		if (isWebPage(body)) return undefined;
		const isEmpty = body === undefined || body === '' || (isObject(body) && Object.keys(body).length === 0);
		return isEmpty ? 'confirmed' : 'unconfirmed';
	},
};

/** The devices that run on each (`communication.upstream_id`), by its ID. */
type Dependents = Map<string, ExpandedDevice[]>;

function dependentsOf(fleet: Fleet): Dependents {
	const runningOn: Dependents = new Map();
	for (const device of fleet.all) {
		const upstream = device.communication?.upstream_id;
		if (upstream === undefined) continue;
		const others = runningOn.get(upstream);
		if (others === undefined) runningOn.set(upstream, [device]);
		else others.push(device);
	}
	return runningOn;
}

/** The devices and all that run on them, each after those that run on it. */
function inOrderOfDeletion(devices: ExpandedDevice[], runningOn: Dependents): ExpandedDevice[] {
	const order: ExpandedDevice[] = [];
	const visited = new Set<string>();
	const visit = (device: ExpandedDevice) => {
		if (visited.has(device.id)) return;
		visited.add(device.id);
		for (const dependent of runningOn.get(device.id) ?? []) visit(dependent);
		order.push(device);
	};
	devices.forEach(visit);
	return order;
}

/** The deletions of a run. Whatever leads to a device, it is deleted once, after those of the run that run on it. */
class Deletions {
	private readonly begun = new Map<string, Promise<void>>();
	/** The place of each device in the order of deletion; with it devices that run on each other wait for no end. */
	private readonly places: Map<string, number>;

	constructor(
		private readonly run: Run,
		private readonly fleet: Fleet,
		wanted: ExpandedDevice[],
		private readonly runningOn: Dependents,
	) {
		const ids = new Set(wanted.map(({ id }) => id));
		const order = inOrderOfDeletion(wanted, runningOn).filter(({ id }) => ids.has(id));
		this.places = new Map(order.map(({ id }, place) => [id, place]));
	}

	/**
	 * Deletes devices one after the other.
	 *
	 * @throws EnapterApiError of the first that was not deleted, with what was deleted before
	 */
	async deleteInOrder(devices: ExpandedDevice[]): Promise<void> {
		const deleted: string[] = [];
		for (const device of devices) {
			await this.delete(device).catch((error: unknown) => {
				const before = deleted.length === 0 ? [] : [`Deleted before: ${listed(deleted)}`];
				if (error instanceof EnapterApiError) throw error.withAftermath(...before);
				if (deleted.length === 0) throw error;
				throw new HalfwayError(`${calledDevice(device)} was not deleted: the run was stopped`, before);
			});
			deleted.push(calledDevice(device));
		}
	}

	private async delete(device: ExpandedDevice): Promise<void> {
		const begun = this.begun.get(device.id) ?? this.begin(device);
		this.begun.set(device.id, begun);
		await begun;
	}

	private async begin(device: ExpandedDevice): Promise<void> {
		const place = this.places.get(device.id) ?? 0;
		const before = (this.runningOn.get(device.id) ?? []).filter(
			({ id }) => (this.places.get(id) ?? Infinity) < place,
		);
		await haveEnded(before.map(async (dependent) => await this.delete(dependent)));
		try {
			const deletion = await this.run.client.call({
				method: 'DELETE',
				path: ['devices', device.id],
				response: DELETION,
				isIdempotent: true,
				ifNotFoundOnRetry: 'confirmed',
				explain: aboutDevice(calledDevice(device), { 404: GONE_ADVICE }),
			});
			if (deletion === 'unconfirmed') await this.confirm(device);
		} catch (error) {
			throw error instanceof EnapterApiError ? await this.explained(device, error) : error;
		}
	}

	/** Anybody may have responded in the API's place: looks whether the device is still there. */
	private async confirm(device: ExpandedDevice): Promise<void> {
		const isGone = await getDevice(this.run.client, device.id, {}).then(
			() => false,
			(error: unknown) => {
				if (isNotFound(error)) return true;
				throw error instanceof EnapterApiError
					? error.withAftermath(`${calledDevice(device)} may have been deleted`)
					: error;
			},
		);
		if (isGone) return;
		throw new UserError(`${calledDevice(device)} was not deleted: something else than the API responded.`, {
			description:
				'Check that the Base URL in the credential is the address of an Enapter API and that no proxy or login page is in between.',
		});
	}

	private async explained(device: ExpandedDevice, error: EnapterApiError): Promise<EnapterApiError> {
		if (error.status === 422 && error.isRefusal) return await this.refused(device, error);
		return error.isOutcomeUnknown
			? error.withAftermath(`${calledDevice(device)} may have been deleted`)
			: error;
	}

	/** The API refuses while other devices run on the device: says which. */
	private async refused(device: ExpandedDevice, error: EnapterApiError): Promise<EnapterApiError> {
		return error.with(notDeleted(device, await this.dependents(device)));
	}

	/** Reads the fleet only where nothing else waits for the run to stop. */
	private async dependents({ id }: ExpandedDevice): Promise<ExpandedDevice[]> {
		if (!this.fleet.isComplete && this.run.stopsAtFailure && this.places.size > 1) return [];
		await this.fleet.readAll().catch(() => undefined);
		return dependentsOf(this.fleet).get(id) ?? [];
	}
}

/** Why a device is not deleted, and what to do. */
function notDeleted(device: ExpandedDevice, dependents: ExpandedDevice[]) {
	const names = dependents.map(calledDevice);
	const who =
		names.length === 0 ? 'other devices run' : `${listed(names)} ${names.length === 1 ? 'runs' : 'run'}`;
	return {
		reason: `${calledDevice(device)} was not deleted: ${who} on it`,
		advice:
			'Delete the devices that run on it in the same run, or turn on Delete Dependent Devices in the options.',
	};
}

function outputOf({ id, name }: ExpandedDevice, deleted: ExpandedDevice[] | undefined): Output {
	const json: IDataObject = { id, ...(name === undefined ? {} : { name }), deleted: true };
	if (deleted !== undefined) {
		json.deleted_devices = deleted.map((device) => ({
			id: device.id,
			name: device.name,
			slug: device.slug,
		}));
	}
	return { json };
}

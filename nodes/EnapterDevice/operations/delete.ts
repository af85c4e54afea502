import type { INodeProperties } from 'n8n-workflow';
import { NodeApiError } from 'n8n-workflow';

import type { ExpandedDevice } from '../api';
import { ANYTHING, DEVICES_PAGE } from '../api';
import { flag, identifier } from '../fields/checks';
import { DEVICE_ID } from '../fields/locators';
import { collection, optionsField } from '../fields/options';
import { withDetail } from '../transport/failure';
import { collect } from '../transport/list';
import type { Operation, Run } from './operation';

const NOTICE: INodeProperties = {
	displayName:
		'Deletes the device from Enapter permanently. Needs the OWNER role. Devices that run on it have to be deleted first, or with it: see the options.',
	name: 'deleteNotice',
	type: 'notice',
	default: '',
};

const DELETE_DEPENDENTS: INodeProperties = {
	displayName: 'Delete Devices Running on It First',
	name: 'deleteDependents',
	type: 'boolean',
	default: false,
	description:
		'Whether to delete the devices that run on this one as well, those at the end of the chain first. The output lists them in "deleted_devices".',
};

const DELETE_ADVICE = {
	422: 'Delete the devices that run on it first, or turn on Delete Devices Running on It First in the options.',
};

/** Deletes a device, with those that run on it when told to. */
export const deleteDevice: Operation = {
	option: {
		name: 'Delete',
		value: 'delete',
		action: 'Delete a device permanently',
		description:
			'Delete a device permanently; this cannot be undone. Needs the OWNER role, and devices that run on it have to be deleted first.',
	},
	fields: [DEVICE_ID, NOTICE, optionsField(DELETE_DEPENDENTS)],

	prepare(read) {
		const id = identifier(read('deviceId', ''), 'Device');
		const options = collection(read('options', {}), 'Options');
		if (!flag(options.deleteDependents, 'Delete Devices Running on It First')) {
			return async (run) => {
				await deleteOne(run, id);
				return [{ json: { id, deleted: true } }];
			};
		}
		return async (run) => {
			const deleted = await deleteWithDependents(run, id);
			return [{ json: { id: deleted.at(-1) ?? id, deleted: true, deleted_devices: deleted } }];
		};
	},
};

/** Two items may lead to the same device, one of them by way of the device it runs on: it is deleted once. */
async function deleteOne(run: Run, id: string): Promise<void> {
	await run.once(`delete ${id}`, async () => {
		await run.client.call({
			method: 'DELETE',
			path: ['devices', id],
			answer: ANYTHING,
			repeatable: true,
			goneOnRepeat: true,
			advice: DELETE_ADVICE,
		});
	});
}

async function deleteWithDependents(run: Run, idOrSlug: string): Promise<string[]> {
	const fleet = await run.once('fleet', async () => {
		const list = { path: ['devices'], query: { expand: 'communication' }, answer: DEVICES_PAGE };
		return fleetOf((await collect(run.client, list, {})).entries);
	});
	const deleted: string[] = [];
	for (const next of inOrderOfDeletion(fleet, idOrSlug)) {
		await deleteOne(run, next).catch((error: unknown) => {
			if (!(error instanceof NodeApiError) || deleted.length === 0) throw error;
			throw withDetail(error, `Deleted before: ${deleted.join(', ')}`);
		});
		deleted.push(next);
	}
	return deleted;
}

/** Which devices there are, and which run on which. */
interface Fleet {
	/** The ID of each device, by its ID and by its slug. */
	ids: Map<string, string>;
	/** The IDs of the devices that run on one (`communication.upstream_id`), by its ID. */
	runningOn: Map<string, string[]>;
}

function fleetOf(devices: ExpandedDevice[]): Fleet {
	// IDs come last: one that reads like another device's slug is still the ID.
	const ids = new Map([
		...devices.map(({ id, slug }) => [slug ?? id, id] as const),
		...devices.map(({ id }) => [id, id] as const),
	]);
	const runningOn = new Map<string, string[]>();
	for (const { id, communication } of devices) {
		const upstream = communication?.upstream_id;
		if (upstream === undefined) continue;
		const others = runningOn.get(upstream);
		if (others === undefined) runningOn.set(upstream, [id]);
		else others.push(id);
	}
	return { ids, runningOn };
}

/** A device comes after all devices that run on it. */
function inOrderOfDeletion({ ids, runningOn }: Fleet, idOrSlug: string): string[] {
	const order = new Set<string>();
	const visited = new Set<string>();
	const visit = (id: string) => {
		if (visited.has(id)) return;
		visited.add(id);
		for (const dependent of runningOn.get(id) ?? []) visit(dependent);
		order.add(id);
	};
	visit(ids.get(idOrSlug) ?? idOrSlug);
	return [...order];
}

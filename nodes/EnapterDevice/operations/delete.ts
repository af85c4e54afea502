import type { INodeProperties } from 'n8n-workflow';
import { NodeApiError } from 'n8n-workflow';

import type { ExpandedDevice } from '../api';
import { ANYTHING, DEVICES_PAGE } from '../api';
import { identifier } from '../fields/checks';
import { DEVICE_ID } from '../fields/locators';
import { collection, optionsField } from '../fields/options';
import { collect } from '../transport/list';
import type { Operation, Run } from './operation';

const NOTICE: INodeProperties = {
	displayName:
		'Deletes the device from Enapter for good. Needs the OWNER role. Devices that run on it have to be deleted first, or with it: see the options.',
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

export const deleteDevice: Operation = {
	option: {
		name: 'Delete',
		value: 'delete',
		action: 'Delete a device for good',
		description:
			'Delete a device for good; this cannot be undone. Needs the OWNER role, and devices that run on it have to be deleted first.',
	},
	fields: [DEVICE_ID, NOTICE, optionsField(DELETE_DEPENDENTS)],

	prepare(read) {
		const id = identifier(read('deviceId', ''), 'Device');
		const options = collection(read('options', {}), 'Options');
		if (options.deleteDependents !== true) {
			return async (run) => {
				await deleteOne(run, id);
				return [{ json: { id, deleted: true } }];
			};
		}
		return async (run) => [
			{ json: { id, deleted: true, deleted_devices: await deleteWithDependents(run, id) } },
		];
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

async function deleteWithDependents(run: Run, id: string): Promise<string[]> {
	const fleet = await run.once('fleet', async () => {
		const list = { path: ['devices'], query: { expand: 'communication' }, answer: DEVICES_PAGE };
		return (await collect(run.client, list, {})).entries;
	});
	const deleted: string[] = [];
	for (const next of inOrderOfDeletion(fleet, id)) {
		await deleteOne(run, next).catch((error: unknown) => {
			if (error instanceof NodeApiError && deleted.length > 0) {
				error.description = `${error.description ?? ''}. Deleted before: ${deleted.join(', ')}`;
			}
			throw error;
		});
		deleted.push(next);
	}
	return deleted;
}

/** A device comes after all devices that run on it (`communication.upstream_id`). */
function inOrderOfDeletion(fleet: ExpandedDevice[], idOrSlug: string): string[] {
	const root = fleet.find(({ id, slug }) => id === idOrSlug || slug === idOrSlug)?.id ?? idOrSlug;
	const order = new Set<string>();
	const visited = new Set<string>();
	const visit = (id: string) => {
		if (visited.has(id)) return;
		visited.add(id);
		for (const device of fleet) if (device.communication?.upstream_id === id) visit(device.id);
		order.add(id);
	};
	visit(root);
	return [...order];
}

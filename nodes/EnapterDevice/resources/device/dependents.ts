import { canonicalId } from './device';
import type { ExpandedDevice } from './device';
import type { Fleet } from './fleet';

/** Which devices are connected through which others (`communication.upstream_id`), as far as the fleet was read. */
export class Dependents {
	private readonly byUpstream = new Map<string, ExpandedDevice[]>();

	/** @param fleet read with `communication` */
	constructor(fleet: Fleet) {
		for (const device of fleet.all) {
			const upstream = device.communication?.upstream_id;
			if (typeof upstream !== 'string' || upstream === '') continue;
			const id = canonicalId(fleet.known(upstream)?.id ?? upstream);
			// A device that names itself depends on nothing.
			if (id === canonicalId(device.id)) continue;
			this.byUpstream.set(id, [...(this.byUpstream.get(id) ?? []), device]);
		}
	}

	/** The devices that are connected through this one directly. */
	of({ id }: ExpandedDevice): ExpandedDevice[] {
		return this.byUpstream.get(canonicalId(id)) ?? [];
	}

	/** Devices and all that are connected through them, each after its dependents. Cycles are broken at any place. */
	inOrderOfDeletion(devices: ExpandedDevice[]): ExpandedDevice[] {
		const order: ExpandedDevice[] = [];
		const visited = new Set<string>();
		const visit = (device: ExpandedDevice) => {
			const id = canonicalId(device.id);
			if (visited.has(id)) return;
			visited.add(id);
			for (const dependent of this.of(device)) visit(dependent);
			order.push(device);
		};
		devices.forEach(visit);
		return order;
	}
}

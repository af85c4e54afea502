import { createFleet } from '../../emulator/fleet.mts';
import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { handleOrders, type EmulatorOrder, type EmulatorReport } from './messages.mts';

const devices = Number(process.argv[2]);

/** The blueprint of gas detectors, which declares the configuration group `alarm`. */
const CONFIGURABLE = '88a2035f-170f-402c-8a84-6d4aed5ae353';

const started = new Map<boolean, Promise<Emulator>>();

handleOrders(async ({ task, https, latency, count }: EmulatorOrder): Promise<EmulatorReport> => {
	const start = started.get(https) ?? startEmulator({ https, fleet: createFleet({ devices }) });
	started.set(https, start);
	const emulator = await start;
	const { requests, peakInFlight, connections } = emulator.stats;
	if (!count) {
		emulator.reset();
		emulator.recordRequests = false;
		emulator.latency = latency;
	}
	for (const { id, blueprint_id, connectivity } of emulator.fleet.devices.values()) {
		if (task === 'configuration' && blueprint_id !== CONFIGURABLE) {
			emulator.fleet.assignBlueprint(id, CONFIGURABLE);
		}
		if ((task === 'configuration' || task === 'latest') && connectivity.status !== 'ONLINE') {
			emulator.fleet.simulate(id, { connectivity: 'ONLINE' });
		}
	}
	return {
		target: { baseUrl: emulator.baseUrl, token: emulator.tokens.owner },
		ids: [...emulator.fleet.devices.keys()],
		names: [...emulator.fleet.devices.values()].map(({ name }) => name),
		stats: { requests, peakInFlight, connections },
	};
});

import { createFleet } from '../../emulator/fleet.mts';
import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { answerOrders, type EmulatorOrder, type EmulatorReport } from './messages.mts';

const devices = Number(process.argv[2]);
const started = new Map<boolean, Promise<Emulator>>();

answerOrders(async ({ https, latency, count }: EmulatorOrder): Promise<EmulatorReport> => {
	const start = started.get(https) ?? startEmulator({ https, fleet: createFleet({ devices }) });
	started.set(https, start);
	const emulator = await start;
	const { requests, peakInFlight, connections } = emulator.stats;
	if (!count) {
		emulator.reset();
		emulator.recordRequests = false;
		emulator.latency = latency;
	}
	return {
		target: { baseUrl: emulator.baseUrl, token: emulator.tokens.owner },
		ids: [...emulator.fleet.devices.keys()],
		names: [...emulator.fleet.devices.values()].map(({ name }) => name),
		stats: { requests, peakInFlight, connections },
	};
});

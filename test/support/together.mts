import type { Emulator } from '../../emulator/server.mts';

/**
 * Lets the emulator answer no request with this method before `count` of them have arrived, which shows that they are in flight
 * together.
 *
 * @param part what the paths of these requests contain
 */
export function answerTogether(emulator: Emulator, method: string, count: number, part = ''): void {
	let arrived = 0;
	let answer = () => {};
	const allArrived = new Promise<void>((resolve) => (answer = resolve));
	emulator.onRequest(async (request) => {
		if (request.method !== method || !request.path.includes(part)) return;
		if (++arrived === count) answer();
		await allArrived;
	});
}

import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { runNode } from '../support/engine.mts';

const UPSTREAM = 'fecbbba0-79f2-4e9e-a6f0-69a310ab110b';

let emulator: Emulator;

beforeEach(async () => {
	emulator = await startEmulator();
});

afterEach(async () => await emulator.close());

/** A device that several others run on, and those, none of which anything runs on. */
function rack() {
	const running = (id: string) =>
		emulator.fleet.list().filter(({ communication }) => communication.upstream_id === id);
	for (const { id } of emulator.fleet.list()) {
		const [first, failing] = running(id);
		if (first === undefined || failing === undefined) continue;
		if (running(id).every((device) => running(device.id).length === 0)) return { id, first, failing };
	}
	throw new Error('there is no such device');
}

test('two items with the same device get the same new configuration', async () => {
	const { output } = await runNode({
		emulator,
		items: [{}, {}],
		parameters: { operation: 'generateConfig', deviceId: UPSTREAM, protocol: 'MQTT' },
	});
	expect(emulator.requests).toHaveLength(1);
	expect(output[0]?.json).toEqual(output[1]?.json);
	expect(output[0]?.json['password']).toBe(
		(emulator.fleet.configs.get(UPSTREAM)?.mqtt_credentials as { password: string }).password,
	);
});

test('each protocol has a configuration of its own', async () => {
	const { output } = await runNode({
		emulator,
		items: [{ protocol: 'MQTT' }, { protocol: 'MQTTS' }],
		parameters: { operation: 'generateConfig', deviceId: UPSTREAM, protocol: '={{ $json.protocol }}' },
	});
	expect(output.map(({ json }) => json['mqtt_protocol'])).toEqual(['MQTT', 'MQTTS']);
});

test('an item that names a device by its slug learns its ID where the fleet was read', async () => {
	const { id } = rack();
	const { output } = await runNode({
		emulator,
		parameters: {
			operation: 'delete',
			deviceId: emulator.fleet.find(id)?.slug,
			options: { deleteDependents: true },
		},
	});
	expect(output[0]?.json['id']).toBe(id);
});

test('items that meet the same failing device each tell their own story', async () => {
	const { id, first, failing } = rack();
	emulator.addFault({ kind: 'status', status: 500, match: { path: failing.id } });
	const { output } = await runNode({
		emulator,
		items: [{ id }, { id: failing.id }, { id }],
		onError: 'continueRegularOutput',
		parameters: { operation: 'delete', deviceId: '={{ $json.id }}', options: { deleteDependents: true } },
	});
	const told = output.map(({ json }) => [json['error'], json['message']].join(' '));
	expect(told.map((text) => text.split('Deleted before:').length - 1)).toEqual([1, 0, 1]);
	expect(told[0]).toContain(`Deleted before: ${first.id}`);
	expect(told.map((text) => /\[item \d\](?! \[item)/.exec(text)?.[0])).toEqual([
		'[item 0]',
		'[item 1]',
		'[item 2]',
	]);
	expect(emulator.fleet.find(id)).toBeDefined();
});

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

test('devices that run on each other are tried once each, and the API has the last word', async () => {
	const [one, other] = emulator.fleet.devices.values();
	if (one === undefined || other === undefined) throw new Error('the fleet is too small');
	one.communication.upstream_id = other.id;
	other.communication.upstream_id = one.id;
	const { error } = await runNode({
		emulator,
		parameters: { operation: 'delete', deviceId: one.id, options: { deleteDependents: true } },
	});
	expect(error?.message).toContain('Device has running devices');
	expect(emulator.requests.filter(({ method }) => method === 'DELETE')).toHaveLength(1);
});

test('devices of which the API does not tell on what they run are taken to run by themselves', async () => {
	const [device] = emulator.fleet.list().filter(({ type }) => type === 'STANDALONE');
	const devices = emulator.fleet.list().map(({ id }) => ({ id }));
	emulator.addFault({ kind: 'body', body: { devices }, match: { method: 'GET' } });
	const { output } = await runNode({
		emulator,
		parameters: { operation: 'delete', deviceId: device?.id, options: { deleteDependents: true } },
	});
	expect(output[0]?.json).toEqual({ id: device?.id, deleted: true, deleted_devices: [device?.id] });
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
	expect(told[0]).toMatch(new RegExp(`\\. Deleted before: ${first.id}$`));
	expect(told.map((text) => /\[item \d\](?! \[item)/.exec(text)?.[0])).toEqual([
		'[item 0]',
		'[item 1]',
		'[item 2]',
	]);
	expect(emulator.fleet.find(id)).toBeDefined();
});

import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { runAsTool } from '../support/engine.mts';

const DEVICE = 'weather-station-1';

let emulator: Emulator;

beforeEach(async () => {
	emulator = await startEmulator();
});

afterEach(async () => await emulator.close());

describe.each(['by the engine', 'by the agent'] as const)('a tool that is run %s', (calls) => {
	const call = async (parameters: Record<string, unknown>, input = {}) =>
		(await runAsTool(calls, { emulator, parameters, input })).answer;
	const fromModel = (key: string) => `={{ $fromAI('${key}', 'what it is', 'string') }}`;

	test('gives the model the output of the node', async () => {
		const answer = await call({ operation: 'get', deviceId: fromModel('device') }, { device: DEVICE });
		expect(answer).toContain('Weather station 1');
		expect(emulator.requests).toHaveLength(1);
	});

	test('Generate Config is refused before anything is sent', async () => {
		const answer = await call({ operation: 'generateConfig', deviceId: DEVICE, protocol: 'MQTT' });
		expect(answer).toContain('Allow AI to See Credentials');
		expect(emulator.requests).toEqual([]);
	});

	test('Generate Config runs if a person allowed it in the panel', async () => {
		const options = { allowAiTool: true };
		const answer = await call({ operation: 'generateConfig', deviceId: DEVICE, protocol: 'MQTT', options });
		expect(answer).toContain('mqtt_credentials');
		expect(emulator.fleet.configs.size).toBe(1);
	});

	test('Generate Config refuses files, which a model cannot receive', async () => {
		const options = { allowAiTool: true, credentialFiles: 'json' };
		const answer = await call({ operation: 'generateConfig', deviceId: DEVICE, options });
		expect(answer).toContain('Language models cannot receive files');
		expect(emulator.requests).toEqual([]);
	});

	test.each([
		['generateConfig', 'allowAiTool', 'Allow AI to See Credentials must be set in the panel'],
		['delete', 'deleteDependents', 'Delete Dependent Devices must be set in the panel'],
	])('%s: the model cannot set the option %s', async (operation, option, message) => {
		const options = { [option]: fromModel('choice') };
		const answer = await call({ operation, deviceId: DEVICE, options }, { choice: 'true' });
		expect(answer).toContain(message);
		expect(emulator.requests).toEqual([]);
	});

	test('the refusal to delete a device with dependents does not tell the model how to delete them', async () => {
		const answer = await call({ operation: 'delete', deviceId: 'living-room-ucm' });
		expect(answer).toContain('A person must decide whether these devices are deleted too.');
		expect(answer).not.toMatch(/Delete those devices|turn on/);
	});

	test('the model learns why a value is missing', async () => {
		const parameters = { resource: 'telemetry', operation: 'getLatest', attributes: 'status,nonsense' };
		const answer = await call({ ...parameters, deviceId: DEVICE });
		expect(answer).toMatch(/\bhints\b/);
		expect(answer).toContain('Not an attribute of the device: nonsense of Weather station 1');
	});

	test('the model cannot decide whether its call changes something', async () => {
		const options = { dryRun: fromModel('dry') };
		const answer = await call({ operation: 'delete', deviceId: DEVICE, options }, { dry: 'false' });
		expect(answer).toContain('Dry Run of a tool must be on or off');
		expect(emulator.requests).toEqual([]);
	});

	test('a filter that the model leaves empty counts as absent', async () => {
		const filters = { name: fromModel('name'), type: ['GATEWAY'] };
		const answer = await call({ operation: 'getAll', returnAll: true, filters }, { name: '' });
		expect(answer).toContain('Gateway 1');
		expect(answer).not.toContain('Weather station');
	});
});

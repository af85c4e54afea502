import type { Execution } from '../../n8n/rest.mts';
import { exampleWith, setStage, type Stage } from './harness.mts';
import type { CredentialName } from './nodes.mts';

const DETECTOR = '93fb32c7-b7b7-4987-a754-23597d9c02c7';
const BLUEPRINT = 'bluepri2-60n4-4t9d-e6v0-69i310cb110e';

let stage: Stage;
let credential: CredentialName;

beforeAll(async () => {
	stage = await setStage();
	credential = await stage.rest.saveCredential(stage.credential());
}, 900_000);

afterAll(async () => await stage.end(), 60_000);

const items = (execution: Execution, node: string, output = 0) =>
	execution.data.resultData.runData[node]?.[0]?.data?.main[output]?.map(({ json }) => json) ?? [];

async function runExample(name: string): Promise<Execution> {
	const created = await stage.rest.createWorkflow(await exampleWith(credential, name));
	const trigger = created.nodes.find(({ type }) => /trigger/i.test(type));
	const execution = await stage.rest.run(created.id, trigger?.name ?? '');
	expect(execution.data.resultData.error).toBeUndefined();
	expect(execution.status).toBe('success');
	return execution;
}

describe('the credential test', () => {
	const test_ = async (data: Record<string, unknown>) =>
		await stage.rest.testCredential({ ...stage.credential(data), id: credential.id });

	test('succeeds with a token that works, whatever its role and however the base URL is written', async () => {
		for (const apiToken of [stage.emulator.tokens.owner, stage.emulator.tokens.readonly]) {
			expect(await test_({ apiToken, baseUrl: ` ${stage.emulator.baseUrl}/v3/ ` })).toEqual({
				status: 'OK',
				message: expect.stringMatching(/^Connection successful\. Its role on the first device is (OWNER|READONLY)\./),
			});
		}
	});

	test('says of a wrong token that it is the token', async () => {
		const { status, message } = await test_({ apiToken: 'wrong-token' });
		expect(status).toBe('Error');
		expect(message).toContain('Authentication token is invalid');
		expect(message).toContain('Create a new API Token');
		expect(message).not.toContain('wrong-token');
	});

	test('says of a host where nothing listens that it is the base URL', async () => {
		const { message } = await test_({ baseUrl: 'http://127.0.0.1:9' });
		expect(message).toContain('Nothing accepts connections at http://127.0.0.1:9');
	});
});

describe('the examples', () => {
	test("rename one device: the specification's own example", async () => {
		const execution = await runExample('Rename one device');
		expect(items(execution, 'Rename the detector')).toMatchObject([
			{ id: DETECTOR, name: 'Hydrogen detector' },
		]);
		expect(stage.emulator.fleet.find(DETECTOR)?.name).toBe('Hydrogen detector');
	});

	test('bulk rename from a table', async () => {
		const execution = await runExample('Bulk rename from a table');
		expect(items(execution, 'Rename devices').map(({ name }) => name)).toEqual([
			'Gas detector 1',
			'Pump room controller',
		]);
		expect(stage.emulator.fleet.find('living-room-ucm')?.name).toBe('Pump room controller');
	});

	test('scheduled blueprint rollout, and a second run that changes nothing', async () => {
		const first = items(await runExample('Scheduled blueprint rollout'), 'Assign the blueprint');
		expect(first.map(({ changed }) => changed)).toEqual([true, true]);
		const second = items(await runExample('Scheduled blueprint rollout'), 'Assign the blueprint');
		expect(second.map(({ changed }) => changed)).toEqual([false, false]);
		const standalone = stage.emulator.fleet.list().filter(({ type }) => type === 'STANDALONE');
		expect(standalone.map(({ blueprint_id }) => blueprint_id)).toEqual([BLUEPRINT, BLUEPRINT]);
	});

	test('MQTT configs as files', async () => {
		const execution = await runExample('MQTT configs as files');
		const output = execution.data.resultData.runData['Generate configs']?.[0]?.data?.main[0] ?? [];
		expect(output.map(({ binary }) => Object.keys(binary ?? {}))).toEqual([['config'], ['config']]);
		expect(stage.emulator.fleet.configs.size).toBeGreaterThanOrEqual(2);
	});

	test('decommission with an error branch', async () => {
		const execution = await runExample('Decommission with an error branch');
		expect(items(execution, 'Decommissioned')).toEqual([{ id: 'weather-station-2', deleted: true }]);
		expect(items(execution, 'Look at these')).toEqual([
			{
				device: 'living-room-ucm',
				error: expect.stringContaining('Device has running devices'),
				message: expect.stringContaining('HTTP status 422'),
			},
			{
				device: 'no-such-device',
				error: expect.stringContaining('Device not found'),
				message: 'HTTP status 404. Code not_found',
			},
		]);
		expect(stage.emulator.fleet.find('weather-station-2')).toBeUndefined();
		expect(stage.emulator.fleet.find('living-room-ucm')).toBeDefined();
	});
});

test('a real Schedule Trigger runs the rollout', async () => {
	const [device] = stage.emulator.fleet.list().filter(({ type }) => type === 'STANDALONE');
	const other = [...stage.emulator.fleet.blueprints.keys()].find((id) => id !== BLUEPRINT) ?? '';
	stage.emulator.fleet.assignBlueprint(device?.id ?? '', other);
	const rollout = await exampleWith(credential, 'Scheduled blueprint rollout');
	const everySecond = { rule: { interval: [{ field: 'seconds', secondsInterval: 1 }] } };
	const workflow = await stage.rest.createWorkflow({
		...rollout,
		nodes: rollout.nodes.map((node) =>
			node.name === 'Every hour' ? { ...node, parameters: everySecond } : node,
		),
	});
	await stage.rest.activate(workflow.id, workflow.versionId);
	const execution = await stage.rest.nextExecution(workflow.id);
	await stage.rest.deactivate(workflow.id);
	expect(execution).toMatchObject({ mode: 'trigger', status: 'success' });
	expect(stage.emulator.fleet.find(device?.id ?? '')?.blueprint_id).toBe(BLUEPRINT);
});

test('the Device list offers the fleet, searched by name', async () => {
	const { results } = await stage.rest.list({
		path: 'parameters.deviceId',
		methodName: 'searchDevices',
		nodeTypeAndVersion: { name: 'n8n-nodes-enapter.enapterDevice', version: 1 },
		currentNodeParameters: { resource: 'device', operation: 'get' },
		credentials: { enapterApi: credential },
		filter: 'ELECTROLYSER 2 native',
	});
	expect(results.map(({ name }) => name)).toContainEqual(
		expect.stringMatching(/^Electrolyser 2 · .+ · NATIVE$/),
	);
});

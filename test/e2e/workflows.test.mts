import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Device } from '../../emulator/model.mts';
import type { Execution } from '../../n8n/rest.mts';
import { exampleWith, setStage, type Stage } from './harness.mts';
import type { CredentialName } from './nodes.mts';

const DETECTOR = '93fb32c7-b7b7-4987-a754-23597d9c02c7';
const OLD_BLUEPRINT = '88a2035f-170f-402c-8a84-6d4aed5ae353';
const BLUEPRINT = 'bluepri2-60n4-4t9d-e6v0-69i310cb110e';

let stage: Stage;
let credential: CredentialName;

beforeAll(async () => {
	stage = await setStage();
	credential = await stage.rest.saveCredential(stage.credential());
}, 900_000);

afterAll(async () => await stage.end(), 60_000);

/** The folder that *Write files* of the examples writes to. */
const folder = () => join(stage.userFolder, '.n8n-files');

const items = (execution: Execution, node: string, output = 0) =>
	execution.data.resultData.runData[node]?.[0]?.data?.main[output]?.map(({ json }) => json) ?? [];

/** Runs an example. `changes` are parameters by the name of the node. */
async function runExample(
	name: string,
	changes: Record<string, object> = {},
	used: CredentialName = credential,
): Promise<Execution> {
	const example = await exampleWith(used, name);
	const created = await stage.rest.createWorkflow({
		...example,
		nodes: example.nodes.map((node) => ({
			...node,
			parameters: { ...node.parameters, ...changes[node.name] },
		})),
	});
	const trigger = created.nodes.find(({ type }) => /trigger/i.test(type));
	const execution = await stage.rest.run(created.id, trigger?.name ?? '');
	expect(execution.data.resultData.error).toBeUndefined();
	expect(execution.status).toBe('success');
	return execution;
}

describe('the credential test', () => {
	const test_ = async (data: Record<string, unknown>) =>
		await stage.rest.testCredential({ ...stage.credential(data), id: credential.id });

	test('succeeds with a valid token of any role and any form of the base URL', async () => {
		for (const apiToken of [stage.emulator.tokens.owner, stage.emulator.tokens.readonly]) {
			expect(await test_({ apiToken, baseUrl: ` ${stage.emulator.baseUrl}/v3/ ` })).toEqual({
				status: 'OK',
				message: expect.stringMatching(
					/^Connection successful\. The role of this API Token on the first device is (OWNER|READONLY)\./,
				),
			});
		}
	});

	test('a wrong token is explained', async () => {
		const { status, message } = await test_({ apiToken: 'wrong-token' });
		expect(status).toBe('Error');
		expect(message).toContain('Authentication token is invalid');
		expect(message).toContain('Create a new API Token');
		expect(message).not.toContain('wrong-token');
	});

	test('a host that does not accept connections is explained', async () => {
		const { message } = await test_({ baseUrl: 'http://127.0.0.1:9' });
		expect(message).toContain('Nothing accepts connections at http://127.0.0.1:9');
	});
});

describe('the examples', () => {
	test('rename one device', async () => {
		const execution = await runExample('Rename one device');
		expect(items(execution, 'Rename the detector')).toMatchObject([
			{ slug: 'example-gas-detector', name: 'Hydrogen detector' },
		]);
		expect(stage.emulator.fleet.find('example-gas-detector')?.name).toBe('Hydrogen detector');
	});

	test('bulk rename from a table, and a second run that changes nothing', async () => {
		const before = stage.emulator.fleet.get('example-gas-detector').name;
		const first = items(await runExample('Bulk rename from a table'), 'Rename devices');
		expect(first.length).toBeGreaterThan(1);
		expect(first.map(({ changed }) => changed)).toEqual(first.map(() => true));
		expect(first.map(({ slug }) => stage.emulator.fleet.find(String(slug))?.name)).toEqual(
			first.map(({ name }) => name),
		);
		expect(first[0]?.['previous']).toEqual({ name: before, slug: 'example-gas-detector' });
		const second = items(await runExample('Bulk rename from a table'), 'Rename devices');
		expect(second.map(({ changed }) => changed)).toEqual(first.map(() => false));
	});

	test('scheduled blueprint rollout, and a second run with nothing to do', async () => {
		const execution = await runExample('Scheduled blueprint rollout');
		expect(items(execution, 'Assign the new blueprint')).toMatchObject([
			{ slug: 'example-gas-detector', changed: true, previous_blueprint_id: OLD_BLUEPRINT },
		]);
		expect(stage.emulator.fleet.find('example-gas-detector')?.blueprint_id).toBe(BLUEPRINT);
		expect(stage.emulator.fleet.find(DETECTOR)?.blueprint_id).toBe(OLD_BLUEPRINT);
		const again = await runExample('Scheduled blueprint rollout');
		expect(items(again, 'Devices with the old blueprint')).toEqual([]);
	});

	test('MQTT configs as files: a dry run that writes nothing, then for real', async () => {
		await mkdir(folder(), { recursive: true });
		const { id } = stage.emulator.fleet.get('example-weather-station');
		const preview = await runExample('MQTT configs as files');
		expect(items(preview, 'Generate configs')).toMatchObject([{ dry_run: true }]);
		expect(await readdir(folder())).toEqual([]);
		expect(stage.emulator.fleet.configs.has(id)).toBe(false);
		await runExample('MQTT configs as files', {
			'Generate configs': { options: { credentialFiles: 'json' } },
		});
		const written = await readdir(folder());
		expect(written).toEqual(['example-weather-station-config.json']);
		const file = await readFile(join(folder(), written[0] ?? ''), 'utf8');
		expect(JSON.parse(file)).toEqual(stage.emulator.fleet.configs.get(id));
	});

	test('decommission with an error branch: a dry run first, then for real', async () => {
		const { id, name } = stage.emulator.fleet.get('example-old-sensor');
		const preview = await runExample('Decommission with an error branch');
		expect(items(preview, 'Decommissioned')).toMatchObject([{ dry_run: true, id, name }]);
		expect(items(preview, 'Look at these').map(({ device }) => device)).toEqual([
			'example-ucm',
			'example-no-such-device',
		]);
		expect(stage.emulator.fleet.find(id)).toBeDefined();
		const execution = await runExample('Decommission with an error branch', {
			'Delete devices': { options: {} },
		});
		expect(items(execution, 'Decommissioned')).toEqual([{ id, name, deleted: true }]);
		expect(items(execution, 'Look at these')).toEqual([
			{
				device: 'example-ucm',
				error: expect.stringMatching(/ was not deleted because .+ depend on it\. \[item 1\]$/),
				message: expect.stringContaining('turn on Delete Dependent Devices'),
			},
			{
				device: 'example-no-such-device',
				error: 'Device "example-no-such-device" was not found. [item 2]',
				message: expect.stringContaining('HTTP status 404'),
			},
		]);
		expect(stage.emulator.fleet.find(id)).toBeUndefined();
		expect(stage.emulator.fleet.find('example-ucm')).toBeDefined();
	});

	test('commission devices from a table: a dry run that writes nothing', async () => {
		await mkdir(folder(), { recursive: true });
		const before = [stage.emulator.fleet.list(), [...stage.emulator.fleet.configs], await readdir(folder())];
		const dryRun = { skipIfExists: true, dryRun: true };
		const preview = await runExample('Commission devices from a table', {
			'Create devices': { options: dryRun },
		});
		expect(items(preview, 'Create devices')).toMatchObject([{ dry_run: true }, { dry_run: true }]);
		expect(preview.data.resultData.runData).not.toHaveProperty('Generate configs');
		expect(preview.data.resultData.runData).not.toHaveProperty('Look at these');
		const after = [stage.emulator.fleet.list(), [...stage.emulator.fleet.configs], await readdir(folder())];
		expect(after).toEqual(before);
	});

	test('commission devices from a table, and a second run that changes nothing', async () => {
		await mkdir(folder(), { recursive: true });
		const name = 'Commission devices from a table';
		const first = await runExample(name);
		expect(items(first, 'Create devices').map(({ slug, created }) => [slug, created])).toEqual([
			['example-outdoor-sensor', true],
			['example-tank-sensor', true],
		]);
		expect(items(first, 'Write files')).toHaveLength(2);
		const configs = [...stage.emulator.fleet.configs];
		const devices = stage.emulator.fleet.list();
		const second = await runExample(name);
		expect(items(second, 'Create devices').map(({ created }) => created)).toEqual([false, false]);
		expect(items(second, 'Generate configs')).toEqual([]);
		expect([...stage.emulator.fleet.configs]).toEqual(configs);
		expect(stage.emulator.fleet.list()).toEqual(devices);
	});

	test('apply settings to a fleet, and a second run that changes nothing', async () => {
		const first = items(await runExample('Apply settings to a fleet'), 'Settings are right');
		expect(first.length).toBeGreaterThan(0);
		expect(first.map(({ changed }) => changed)).toEqual(first.map(() => true));
		const second = items(await runExample('Apply settings to a fleet'), 'Settings are right');
		expect(second.map(({ changed }) => changed)).toEqual(first.map(() => false));
	});

	test('daily energy report: a CSV file, and the energy of the day', async () => {
		const execution = await runExample('Daily energy report');
		const [file] = execution.data.resultData.runData['Mail or store it']?.[0]?.data?.main[0] ?? [];
		expect(file?.json['text']).toMatch(/^Energy on \d{4}-\d\d-\d\d: \d+\.\d kWh$/);
		expect(Object.values(file?.binary ?? {})).toMatchObject([
			{
				mimeType: 'text/csv',
				fileName: expect.stringMatching(/^example-power-meter \d{4}-\d\d-\d\d\.csv$/),
			},
		]);
	});

	test('alert watch: one message per alert of devices with a warning or an error', async () => {
		const { blueprints } = stage.emulator.fleet;
		const raised = stage.emulator.fleet.list().flatMap(({ blueprint_id, raised_alert_names }) => {
			const declared = blueprints.get(blueprint_id)?.manifest.alerts;
			const isSevere = raised_alert_names.some((alert) => declared?.[alert]?.severity !== 'info');
			return isSevere ? raised_alert_names : [];
		});
		expect(raised.length).toBeGreaterThan(0);
		const messages = items(await runExample('Alert watch'), 'Send it').map(({ text }) => text);
		expect(messages).toHaveLength(raised.length);
		expect(messages[0]).toMatch(/^(ERROR|WARNING|INFO): .+\nDevice: .+, site: .+\n(.+\n)?What to do: .+/);
	});

	test('battery guard: a full battery starts nothing, a low one starts the fuel cell', async () => {
		const { id: battery } = stage.emulator.fleet.get('example-battery');
		const full = await runExample('Battery guard');
		expect(items(full, 'Nothing to do')).toHaveLength(1);
		stage.emulator.fleet.simulate(battery, { alerts: ['soc_low'] });
		const low = await runExample('Battery guard');
		expect(items(low, 'Fuel cell started')).toMatchObject([{ state: 'SUCCESS' }]);
		const { id: fuelCell } = stage.emulator.fleet.get('example-fuel-cell');
		expect(stage.emulator.executions.all.filter(({ device_id }) => device_id === fuelCell)).toMatchObject([
			{ request: { name: 'start' } },
		]);
	});

	test('battery guard: a missing value, an unreachable API and a deleted battery lead to Level unknown', async () => {
		const battery = stage.emulator.fleet.get('example-battery');
		const sent = stage.emulator.executions.all.length;
		const text = (execution: Execution) => items(execution, 'Level unknown').map((item) => item['text']);

		// It was never online, so it has no telemetry.
		const silent: Device = {
			...battery,
			id: randomUUID(),
			slug: 'example-silent-battery',
			connectivity: { status: 'OFFLINE' },
		};
		stage.emulator.fleet.add(silent, true);
		const deviceId = { __rl: true, mode: 'id', value: silent.slug };
		const noValue = await runExample('Battery guard', { 'Battery level': { deviceId } });
		expect(items(noValue, 'Battery level')).toMatchObject([{ battery_soc: null }]);
		expect(text(noValue)).toEqual([
			'The battery level is unknown. The battery sent no value in the last 5 minutes.',
		]);

		const nowhere = await stage.rest.saveCredential({
			...stage.credential({ baseUrl: 'http://127.0.0.1:9' }),
			name: 'Enapter (unreachable)',
		});
		expect(text(await runExample('Battery guard', {}, nowhere))).toEqual([
			expect.stringMatching(/^The battery level is unknown\. Nothing accepts connections at .+\n.+/),
		]);

		stage.emulator.fleet.delete(battery.id);
		expect(text(await runExample('Battery guard'))).toEqual([
			expect.stringMatching(/^The battery level is unknown\. Device "example-battery" was not found\..*\n.+/),
		]);
		expect(stage.emulator.executions.all).toHaveLength(sent);
	});
});

test('a real Schedule Trigger runs the rollout', async () => {
	stage.emulator.fleet.assignBlueprint('example-gas-detector', OLD_BLUEPRINT);
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
	expect(stage.emulator.fleet.find('example-gas-detector')?.blueprint_id).toBe(BLUEPRINT);
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
		expect.stringMatching(/^Electrolyser 2 · .+ · Native$/),
	);
});

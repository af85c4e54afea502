import type { Browser } from 'playwright-core';
import { createFleet } from '../../emulator/fleet.mts';
import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { LOGIN } from '../../n8n/setUp.mts';
import type { WorkflowNode } from '../../n8n/rest.mts';
import { byId } from '../support/locators.mts';
import { Editor, launchChromium } from './editor.mts';
import { setStage, type Stage } from './harness.mts';
import { type CredentialName, enapterDevice, mainTo, manualTrigger, workflowNode } from './nodes.mts';

const A_TEST = 300_000;
const DETECTOR = '93fb32c7-b7b7-4987-a754-23597d9c02c7';
const BLUEPRINT = 'bluepri2-60n4-4t9d-e6v0-69i310cb110e';

let stage: Stage;
let browser: Browser;
let credential: CredentialName;
/** An API with nothing in it. */
let empty: Emulator;

beforeAll(async () => {
	stage = await setStage({ devices: 200 });
	browser = await launchChromium();
	empty = await startEmulator({ fleet: createFleet({ devices: 0 }) });
	credential = await stage.rest.saveCredential(stage.credential());
}, 900_000);

afterAll(async () => {
	await browser.close();
	await empty.close();
	await stage.end();
}, 60_000);

beforeEach(() => {
	stage.emulator.reset();
	stage.emulator.fleet.update(DETECTOR, { name: 'Gas detector in living room' });
});

const TRIGGER = manualTrigger();

const device = (name: string, parameters: Record<string, unknown>, account = credential): WorkflowNode =>
	enapterDevice(name, account, parameters);

/** A workflow in which the trigger leads to each of the nodes, one below the other. */
async function workflowOf(...nodes: WorkflowNode[]): Promise<string> {
	const { id } = await stage.rest.createWorkflow({
		name: 'Enapter',
		nodes: [TRIGGER, ...nodes.map((node, row) => ({ ...node, position: [260, row * 160] }))],
		connections: { [TRIGGER.name]: mainTo(...nodes.map(({ name }) => name)) },
		settings: { executionOrder: 'v1' },
		// Without any n8n's editor cannot run a second step.
		pinData: {},
	});
	return id;
}

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
	const inEditor = async (workflow: string, work: (editor: Editor) => Promise<void>) => {
		const editor = await Editor.open(browser, stage.n8n.url, LOGIN, theme);
		await editor.use(async () => {
			await editor.openWorkflow(workflow);
			await work(editor);
		});
	};

	test(
		'a device is picked by a part of its name, from a later page, by ID, and by an expression',
		async () =>
			await inEditor(await workflowOf(device('Get', { operation: 'get' })), async (editor) => {
				await editor.openNode('Get');
				await editor.openPicker('deviceId');
				await editor.pickerEntries.first().waitFor();
				await editor.screenshot(`picker-${theme}`);
				const [last] = stage.emulator.fleet.list().slice(-1);
				const shown = editor.pickerEntries.filter({ hasText: last?.name ?? '' });
				while ((await shown.count()) === 0) await editor.pickerEntries.last().scrollIntoViewIfNeeded();

				// All words are looked for in the whole label, the site among them.
				await editor.searchPicker('living gas lua');
				const detector = editor.pickerEntries.filter({ hasText: 'Gas detector in living room' });
				await detector.waitFor();
				await editor.screenshot(`picker-search-${theme}`);
				await detector.click();
				expect(await editor.field('deviceId').last().inputValue()).toContain('Gas detector in living room');

				await editor.setPickerMode('deviceId', 'By ID');
				expect(await editor.field('deviceId').last().inputValue()).toBe(DETECTOR);
				await editor.screenshot(`by-id-${theme}`);
				await editor.executeStep();
				await editor.output.getByText('Gas detector in living room').first().waitFor();

				await editor.field('deviceId').last().fill('={{ "living-room" + "-ucm" }}');
				await editor.part('inline-expression-editor-input').first().waitFor();
				await editor.screenshot(`expression-${theme}`);
				await editor.executeStep();
				await editor.output.getByText('living-room-ucm').first().waitFor();
			}),
		A_TEST,
	);

	test.each([
		['wrong-token', 'Authentication token is invalid', { apiToken: 'wrong-token' }],
		['nothing-listens', 'Nothing accepts connections at', { baseUrl: 'http://127.0.0.1:9' }],
		['no-devices', 'No devices to choose from', undefined],
	])(
		'a list that cannot be filled says why: %s',
		async (name, message, data) => {
			const account = data ?? { baseUrl: empty.baseUrl };
			const saved = await stage.rest.saveCredential({ ...stage.credential(account), name });
			const workflow = await workflowOf(device('Get', { operation: 'get' }, saved));
			await inEditor(workflow, async (editor) => {
				await editor.openNode('Get');
				await editor.openPicker('deviceId');
				await editor.part('rlc-error-container').getByText(message).first().waitFor();
				await editor.screenshot(`picker-${name}-${theme}`);
			});
		},
		A_TEST,
	);

	test(
		'every operation is run from its panel and shows what came out',
		async () => {
			const [gone, configured] = stage.emulator.fleet.list().filter(({ type }) => type === 'STANDALONE');
			const operations: Array<[WorkflowNode, string]> = [
				[device('Get', { operation: 'get', deviceId: byId(DETECTOR) }), 'gas-detector-in-living-room'],
				[device('Get Many', { operation: 'getAll', limit: 5 }), '5 items'],
				[
					device('Update', {
						operation: 'update',
						deviceId: byId(DETECTOR),
						updateFields: { name: 'Hydrogen detector' },
					}),
					'Hydrogen detector',
				],
				[
					device('Assign Blueprint', {
						operation: 'assignBlueprint',
						deviceId: byId(DETECTOR),
						blueprintId: byId(BLUEPRINT),
						options: { skipIfAssigned: true },
					}),
					BLUEPRINT,
				],
				[
					device('Generate Config', {
						operation: 'generateConfig',
						deviceId: byId(configured?.id ?? ''),
						options: { credentialFiles: 'pem' },
					}),
					'private_key',
				],
				[device('Delete', { operation: 'delete', deviceId: byId(gone?.id ?? '') }), 'deleted'],
			];
			await inEditor(await workflowOf(...operations.map(([node]) => node)), async (editor) => {
				for (const [{ name }, shown] of operations) {
					await editor.openNode(name);
					await editor.executeStep();
					await editor.output
						.getByText(shown, { exact: shown === '5 items' })
						.first()
						.waitFor();
					await editor.screenshot(`run-${name.toLowerCase().replace(' ', '-')}-${theme}`);
					await editor.closeNode();
				}
			});
			expect(stage.emulator.fleet.find(DETECTOR)).toMatchObject({
				name: 'Hydrogen detector',
				blueprint_id: BLUEPRINT,
			});
			expect(stage.emulator.fleet.find(gone?.id ?? '')).toBeUndefined();
		},
		A_TEST,
	);

	test(
		"a command is chosen from the device's own, filled in as a typed form, and executed; a device's refusal and a missing Confirm are told",
		async () => {
			const execute = (name: string, parameters: Record<string, unknown>) =>
				device(name, { resource: 'command', operation: 'execute', ...parameters });
			const json = (value: object) => ({ argumentsMode: 'json', argumentsJson: JSON.stringify(value) });
			const workflow = await workflowOf(
				execute('Form', { deviceId: byId('example-battery') }),
				execute('Fails', {
					deviceId: byId('example-battery'),
					commandName: byId('set_soc_limits'),
					...json({ min_soc: 90, max_soc: 20 }),
				}),
				execute('Computed', {
					deviceId: byId('={{ "example-" + "fuel-cell" }}'),
					commandName: byId('start'),
					...json({}),
				}),
				execute('Unconfirmed', {
					deviceId: byId('example-fuel-cell'),
					commandName: byId('stop'),
					...json({}),
				}),
			);
			await inEditor(workflow, async (editor) => {
				await editor.openNode('Form');
				await editor.openPicker('commandName');
				await editor.pickerEntries.filter({ hasText: 'Set Limits' }).waitFor();
				await editor.screenshot(`command-list-${theme}`);
				await editor.pickerEntries.filter({ hasText: 'Set Limits' }).click();
				await editor.page.getByText('Lowest State of Charge').first().waitFor();
				await editor.field('min_soc').fill('15');
				await editor.screenshot(`command-form-${theme}`);
				await editor.executeStep();
				await editor.output.getByText('SUCCESS').first().waitFor();
				await editor.screenshot(`run-execute-${theme}`);
				await editor.closeNode();

				await editor.openNode('Fails');
				await editor.executeStep();
				await editor.part('node-error-message').getByText('The lowest must be below the highest.').waitFor();
				await editor.screenshot(`command-failed-${theme}`);
				await editor.closeNode();

				// n8n must not take the device's expression, resolved by the run, for another device.
				await editor.openNode('Computed');
				await editor.executeStep();
				await editor.output.getByText('SUCCESS').first().waitFor();
				expect(await editor.field('commandName').last().inputValue()).toBe('start');
				await editor.closeNode();

				await editor.openNode('Unconfirmed');
				await editor.executeStep();
				await editor.part('node-error-message').getByText('asks for confirmation').waitFor();
				await editor.screenshot(`command-unconfirmed-${theme}`);
			});
			const battery = stage.emulator.fleet.get('example-battery').id;
			expect(
				stage.emulator.executions.all
					.filter(({ device_id }) => device_id === battery)
					.map(({ state, request }) => [state, request.arguments])
					.slice(-2),
			).toEqual([
				['SUCCESS', { min_soc: 15, max_soc: 95 }],
				['ERROR', { min_soc: 90, max_soc: 20 }],
			]);
		},
		A_TEST,
	);

	test(
		'telemetry attributes are chosen from those of the device; latest values, steps and a file come out',
		async () => {
			const read = (name: string, operation: string, parameters: Record<string, unknown> = {}) =>
				device(name, { resource: 'telemetry', operation, ...parameters });
			const series = {
				deviceId: byId('example-power-meter'),
				attributes: ['total_power', 'total_energy'],
				from: '2026-11-23T00:00:00',
				to: '2026-11-23T12:00:00',
				granularity: 900,
			};
			const workflow = await workflowOf(
				read('Latest', 'getLatest', { deviceId: byId('example-battery') }),
				read('Steps', 'getTimeSeries', series),
				read('File', 'getTimeSeries', { ...series, options: { output: 'csv' } }),
			);
			await inEditor(workflow, async (editor) => {
				await editor.openNode('Latest');
				// While the list is read, the field is disabled.
				await editor.part('parameter-input-attributes').locator('input:enabled').first().waitFor();
				await editor.part('parameter-input-attributes').click();
				await editor.page.getByText('State of Charge').locator('visible=true').first().waitFor();
				await editor.screenshot(`attributes-${theme}`);
				await editor.page.getByText('State of Charge').locator('visible=true').first().click();
				await editor.executeStep();
				await editor.output.getByText('battery_soc').first().waitFor();
				await editor.screenshot(`run-get-latest-${theme}`);
				await editor.closeNode();

				await editor.openNode('Steps');
				await editor.executeStep();
				await editor.output.getByText('48 items').waitFor();
				await editor.screenshot(`run-get-time-series-${theme}`);
				await editor.closeNode();

				await editor.openNode('File');
				await editor.executeStep();
				await editor.output.getByText('example-power-meter-telemetry').first().waitFor();
				await editor.screenshot(`run-csv-${theme}`);
			});
		},
		A_TEST,
	);

	test(
		'the next node knows the fields before anything has run',
		async () => {
			const next = { ...workflowNode('Edit Fields', 'n8n-nodes-base.set', 3.4), position: [520, 0] };
			const source = device('Get Many', { operation: 'getAll' });
			const { id } = await stage.rest.createWorkflow({
				name: 'Enapter',
				nodes: [TRIGGER, { ...source, position: [260, 0] }, next],
				connections: { [TRIGGER.name]: mainTo('Get Many'), 'Get Many': mainTo('Edit Fields') },
				settings: { executionOrder: 'v1' },
			});
			await inEditor(id, async (editor) => {
				await editor.openNode('Edit Fields');
				const fields = editor.part('ndv-input-panel').locator('[data-test-id="run-data-schema-item"]');
				for (const field of ['blueprint_id', 'slug', 'authorized_role']) {
					await fields.filter({ hasText: field }).first().waitFor();
				}
				await editor.screenshot(`schema-${theme}`);
			});
			expect(stage.emulator.requests).toEqual([]);
		},
		A_TEST,
	);

	test(
		'a run that fails says what happened and what to do; one that was retried says so',
		async () => {
			const [, other] = stage.emulator.fleet.list();
			const slug = other?.slug === 'gas-detector-in-living-room' ? 'living-room-ucm' : (other?.slug ?? '');
			const workflow = await workflowOf(
				device('Update', {
					operation: 'update',
					deviceId: byId(DETECTOR),
					updateFields: { slug },
				}),
				device('Get', { operation: 'get', deviceId: byId(DETECTOR) }),
			);
			await inEditor(workflow, async (editor) => {
				await editor.openNode('Update');
				await editor.executeStep();
				await editor
					.part('node-error-message')
					.getByText(`Device "${DETECTOR}": slug already in use.`)
					.waitFor();
				await editor.screenshot(`failed-${theme}`);
				await editor.closeNode();

				stage.emulator.addFault({
					kind: 'status',
					status: 429,
					headers: { 'retry-after': '1' },
					times: 2,
				});
				await editor.openNode('Get');
				await editor.executeStep();
				await editor.output.getByText('One request was retried twice: 2 × status 429.').waitFor();
				await editor.screenshot(`retried-${theme}`);
			});
		},
		A_TEST,
	);
});

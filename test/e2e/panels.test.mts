import type { Browser } from 'playwright-core';
import { createFleet } from '../../emulator/fleet.mts';
import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { LOGIN } from '../../n8n/setUp.mts';
import type { WorkflowNode } from '../../n8n/rest.mts';
import { byId } from '../support/locators.mts';
import { type Editor, launchChromium, Session } from './editor.mts';
import { setStage, type Stage } from './harness.mts';
import { type CredentialName, enapterDevice, mainTo, manualTrigger, workflowNode } from './nodes.mts';

const A_TEST = 300_000;
const DETECTOR = '93fb32c7-b7b7-4987-a754-23597d9c02c7';
const BLUEPRINT = 'bluepri2-60n4-4t9d-e6v0-69i310cb110e';
const EXAMPLE_SITE = 'ea000000-0000-4000-8000-000000000000';

let stage: Stage;
let browser: Browser;
let session: Session;
let credential: CredentialName;
/** An API without devices. */
let empty: Emulator;

const TRIGGER = manualTrigger();

const device = (name: string, parameters: Record<string, unknown>, account = credential): WorkflowNode =>
	enapterDevice(name, account, parameters);

/** Creates a workflow whose trigger is connected to all nodes. */
async function workflowOf(...nodes: WorkflowNode[]): Promise<string> {
	const { id } = await stage.rest.createWorkflow({
		name: 'Enapter',
		nodes: [TRIGGER, ...nodes.map((node, row) => ({ ...node, position: [260, row * 160] }))],
		connections: { [TRIGGER.name]: mainTo(...nodes.map(({ name }) => name)) },
		settings: { executionOrder: 'v1' },
		// Without it, n8n's editor cannot run a second step.
		pinData: {},
	});
	return id;
}

beforeAll(async () => {
	stage = await setStage({ devices: 200 });
	browser = await launchChromium();
	empty = await startEmulator({ fleet: createFleet({ devices: 0 }) });
	credential = await stage.rest.saveCredential(stage.credential());
	session = await Session.open(browser, stage.n8n.url, LOGIN);
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

const inEditor = async (workflow: string, work: (editor: Editor) => Promise<void>) =>
	await session.use(async (editor) => {
		await editor.openWorkflow(workflow);
		await work(editor);
	});

/**
 * Runs nodes from their panels, and takes screenshots.
 *
 * @param nodes each with a text that its output then shows
 * @param picture how the names of the screenshots start
 */
async function runEach(
	workflow: string,
	nodes: Array<[WorkflowNode, string | RegExp]>,
	picture: string,
): Promise<void> {
	await inEditor(workflow, async (editor) => {
		for (const [{ name }, shown] of nodes) {
			await editor.openNode(name);
			await editor.executeStep();
			await editor.output
				.getByText(shown, { exact: shown === '5 items' })
				.first()
				.waitFor();
			await editor.screenshot(`${picture}-${name.toLowerCase().replace(' ', '-')}`);
			await editor.closeNode();
		}
	});
}

test(
	'a device is chosen by part of its name, from a later page, by ID and by an expression',
	async () =>
		await inEditor(await workflowOf(device('Get', { operation: 'get' })), async (editor) => {
			await editor.openNode('Get');
			await editor.openPicker('deviceId');
			await editor.pickerEntries.first().waitFor();
			await editor.screenshot('picker');
			const [last] = stage.emulator.fleet.list().slice(-1);
			const shown = editor.pickerEntries.filter({ hasText: last?.name ?? '' });
			while ((await shown.count()) === 0) await editor.pickerEntries.last().scrollIntoViewIfNeeded();

			// Every word may match any part of the label, including the site.
			await editor.searchPicker('living gas lua');
			const detector = editor.pickerEntries.filter({ hasText: 'Gas detector in living room' });
			await detector.waitFor();
			await editor.screenshot('picker-search');
			await detector.click();
			expect(await editor.field('deviceId').last().inputValue()).toContain('Gas detector in living room');

			await editor.setPickerMode('deviceId', 'By ID');
			expect(await editor.field('deviceId').last().inputValue()).toBe(DETECTOR);
			await editor.screenshot('by-id');
			await editor.executeStep();
			await editor.output.getByText('Gas detector in living room').first().waitFor();

			await editor.field('deviceId').last().fill('={{ "living-room" + "-ucm" }}');
			await editor.part('inline-expression-editor-input').first().waitFor();
			await editor.screenshot('expression');
			await editor.executeStep();
			await editor.output.getByText('living-room-ucm').first().waitFor();
		}),
	A_TEST,
);

test.each([
	['wrong-token', 'Authentication token is invalid', 'Create a new API Token', { apiToken: 'wrong-token' }],
	[
		'nothing-listens',
		'Nothing accepts connections at',
		'Check host and port',
		{ baseUrl: 'http://127.0.0.1:9' },
	],
	['no-devices', 'No devices to choose from', 'Add devices in Enapter', undefined],
])(
	'a list that cannot be loaded says why and what to do: %s',
	async (name, message, advice, data) => {
		const account = data ?? { baseUrl: empty.baseUrl };
		const saved = await stage.rest.saveCredential({ ...stage.credential(account), name });
		const workflow = await workflowOf(device('Get', { operation: 'get' }, saved));
		await inEditor(workflow, async (editor) => {
			await editor.openNode('Get');
			await editor.openPicker('deviceId');
			await editor.part('rlc-error-container').getByText(message).first().waitFor();
			await editor.part('rlc-error-container').getByText(advice).first().waitFor();
			await editor.screenshot(`picker-${name}`);
		});
	},
	A_TEST,
);

test(
	'every operation of Device runs from its panel and shows its output',
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
			[
				device('Dry Run', {
					operation: 'delete',
					deviceId: byId(gone?.id ?? ''),
					options: { dryRun: true },
				}),
				'would_delete',
			],
			[device('Delete', { operation: 'delete', deviceId: byId(gone?.id ?? '') }), 'deleted'],
			[
				device('Create', {
					operation: 'create',
					deviceType: 'standalone',
					name: 'Outdoor sensor',
					siteId: byId(EXAMPLE_SITE),
					additionalFields: { slug: 'outdoor-sensor' },
				}),
				'outdoor-sensor',
			],
		];
		await runEach(await workflowOf(...operations.map(([node]) => node)), operations, 'run');
		expect(stage.emulator.fleet.find(DETECTOR)).toMatchObject({
			name: 'Hydrogen detector',
			blueprint_id: BLUEPRINT,
		});
		expect(stage.emulator.fleet.find(gone?.id ?? '')).toBeUndefined();
		expect(stage.emulator.fleet.find('outdoor-sensor')?.name).toBe('Outdoor sensor');
	},
	A_TEST,
);

test(
	"a command is chosen from the device's list, filled in as a typed form and run; a refusal by the device and a missing Confirm are explained",
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
			await editor.screenshot('command-list');
			await editor.pickerEntries.filter({ hasText: 'Set Limits' }).click();
			await editor.page.getByText('Lowest State of Charge').first().waitFor();
			await editor.field('min_soc').fill('15');
			await editor.screenshot('command-form');
			await editor.executeStep();
			await editor.output.getByText('SUCCESS').first().waitFor();
			await editor.screenshot('run-execute');
			await editor.closeNode();

			await editor.openNode('Fails');
			await editor.executeStep();
			await editor.part('node-error-message').getByText('The lowest must be below the highest.').waitFor();
			await editor.screenshot('command-failed');
			await editor.closeNode();

			// n8n must not mistake the evaluated expression for another device and clear the command.
			await editor.openNode('Computed');
			await editor.executeStep();
			await editor.output.getByText('SUCCESS').first().waitFor();
			expect(await editor.field('commandName').last().inputValue()).toBe('start');
			await editor.closeNode();

			await editor.openNode('Unconfirmed');
			await editor.executeStep();
			await editor.part('node-error-message').getByText('needs confirmation').waitFor();
			await editor.screenshot('command-unconfirmed');
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
	'telemetry attributes are chosen from those of the device; latest values, steps and a file are output',
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
			// While the list is loading, the field is disabled.
			await editor.part('parameter-input-attributes').locator('input:enabled').first().waitFor();
			await editor.part('parameter-input-attributes').click();
			await editor.page.getByText('State of Charge').locator('visible=true').first().waitFor();
			await editor.screenshot('attributes');
			await editor.page.getByText('State of Charge').locator('visible=true').first().click();
			await editor.executeStep();
			await editor.output.getByText('battery_soc').first().waitFor();
			await editor.screenshot('run-get-latest');
			await editor.closeNode();

			await editor.openNode('Steps');
			await editor.executeStep();
			await editor.output.getByText('48 items').waitFor();
			await editor.screenshot('run-get-time-series');
			await editor.closeNode();

			await editor.openNode('File');
			await editor.executeStep();
			await editor.output.getByText('example-power-meter 2026-11-23').first().waitFor();
			await editor.screenshot('run-csv');
		});
	},
	A_TEST,
);

test(
	'a configuration group is read and changed, and the log is read',
	async () => {
		const limits = (name: string, operation: string, parameters: Record<string, unknown> = {}) =>
			device(name, {
				resource: 'configuration',
				operation,
				deviceId: byId('example-battery'),
				group: byId('limits'),
				...parameters,
			});
		const operations: Array<[WorkflowNode, string]> = [
			[limits('Get Configuration', 'get'), 'max_soc'],
			[
				limits('Update Configuration', 'update', {
					parametersMode: 'json',
					parametersJson: '{ "min_soc": 12 }',
					options: { skipIfUnchanged: true },
				}),
				'changed',
			],
			[limits('Reset Configuration', 'reset'), 'max_soc'],
			[
				device('Get Log', { resource: 'log', operation: 'getAll', deviceId: byId(DETECTOR), limit: 5 }),
				'5 items',
			],
		];
		await runEach(await workflowOf(...operations.map(([node]) => node)), operations, 'run');
	},
	A_TEST,
);

test(
	'a dry run says what would happen and changes nothing',
	async () => {
		const options = { dryRun: true };
		const blueprintId = byId(BLUEPRINT);
		const operations: Array<[WorkflowNode, string]> = [
			[
				device('Delete All', {
					operation: 'delete',
					deviceId: byId('example-ucm'),
					options: { ...options, deleteDependents: true },
				}),
				'Dry run: 5 devices would be deleted: ',
			],
			[
				device('Assign', {
					operation: 'assignBlueprint',
					deviceId: byId('example-battery'),
					blueprintId,
					options,
				}),
				'Dry run: 1 of 1 device would get another blueprint. Example battery (from ',
			],
			[
				device('Stop', {
					resource: 'command',
					operation: 'execute',
					deviceId: byId('example-fuel-cell'),
					commandName: byId('stop'),
					options,
				}),
				'Dry run: 1 command would be sent to Example fuel cell. 1 of them needs Options → Confirm. Nothing was changed.',
			],
		];
		await runEach(await workflowOf(...operations.map(([node]) => node)), operations, 'dry-run');
		expect(stage.emulator.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
	},
	A_TEST,
);

test(
	'a command without arguments, a form before a choice, and a form that keeps current values',
	async () => {
		const execute = (name: string, parameters: Record<string, unknown>) =>
			device(name, { resource: 'command', operation: 'execute', ...parameters });
		const workflow = await workflowOf(
			execute('Nothing Chosen', {}),
			execute('No Arguments', { deviceId: byId('example-fuel-cell'), commandName: byId('start') }),
			execute('Keep Values', {
				deviceId: byId('example-battery'),
				commandName: byId('write_settings'),
				options: { fillInCurrentValues: true, skipIfUnchanged: true },
			}),
		);
		await inEditor(workflow, async (editor) => {
			const notices: Array<[string, string]> = [
				['Nothing Chosen', 'Choose a device and a command.'],
				['No Arguments', 'Start has no arguments.'],
			];
			for (const [name, notice] of notices) {
				await editor.openNode(name);
				await editor.page.getByText(notice).first().waitFor();
				expect(await editor.page.getByText('Retry', { exact: true }).count()).toBe(0);
				await editor.screenshot(`${name.toLowerCase().replace(' ', '-')}`);
				await editor.closeNode();
			}
			await editor.openNode('Keep Values');
			await editor.field('min_soc').fill('14');
			await editor.screenshot('keep-values');
			await editor.executeStep();
			await editor.output.getByText('changed').first().waitFor();
			await editor.closeNode();
		});
		const battery = stage.emulator.fleet.get('example-battery').id;
		const sent = stage.emulator.executions.all.filter(({ device_id }) => device_id === battery).slice(-2);
		expect(sent.map(({ request }) => request.name)).toEqual(['read_settings', 'write_settings']);
		// Only one value was filled in; the others are the current values of the device.
		expect(sent[1]?.request.arguments).toEqual({
			min_soc: 14,
			max_soc: 95,
			charge_cutoff: 3500,
			modbus_address: 1,
			can_id: '0x1A4',
			label: 'BYD LVL',
			balancing: true,
		});
	},
	A_TEST,
);

test(
	'hints beside the output: failed items, missing values, and what Auto chose',
	async () => {
		const table = workflowNode('Table', 'n8n-nodes-base.code', 2, {
			jsCode: "return ['example-battery', 'nope'].map((device) => ({ json: { device } }))",
		});
		const nodes: Array<[WorkflowNode, string | RegExp]> = [
			[
				{
					...device('Some Fail', { operation: 'get', deviceId: byId('={{ $json.device }}') }),
					onError: 'continueRegularOutput',
				},
				'1 of 2 items failed: see "error" in item 1 (counted from 0).',
			],
			[
				device('Missing', {
					resource: 'telemetry',
					operation: 'getLatest',
					deviceId: byId('example-battery'),
					attributes: ['battery_soc', 'batery_power'],
				}),
				'Not an attribute of the device: batery_power of Example battery (similar: battery_power).',
			],
			[
				device('Aggregations', {
					resource: 'telemetry',
					operation: 'getTimeSeries',
					deviceId: byId('example-power-meter'),
					attributes: ['total_power'],
					aggregation: ['min', 'max'],
				}),
				/^Granularity Auto: \d+ steps of 2 minutes, /,
			],
			[
				device('Spreadsheet', {
					resource: 'telemetry',
					operation: 'getTimeSeries',
					deviceId: byId('example-power-meter'),
					attributes: ['total_power', 'total_energy'],
					options: { output: 'csv', columnNames: 'labels', separator: 'semicolon' },
				}),
				/^example-power-meter \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d\.csv$/,
			],
			[
				device('Alerts', {
					operation: 'getAll',
					filters: { alertSeverity: 'error' },
					options: { expand: ['raised_alerts'] },
				}),
				'raised_alerts',
			],
		];
		const { id } = await stage.rest.createWorkflow({
			name: 'Enapter',
			nodes: [
				TRIGGER,
				{ ...table, position: [260, 0] },
				...nodes.map(([node], row) => ({ ...node, position: [520, row * 160] })),
			],
			connections: {
				[TRIGGER.name]: mainTo('Table', ...nodes.slice(1).map(([{ name }]) => name)),
				Table: mainTo('Some Fail'),
			},
			settings: { executionOrder: 'v1' },
			pinData: {},
		});
		await runEach(id, nodes, 'hint');
	},
	A_TEST,
);

test(
	'the panel of an AI tool says what a language model can do with the options that are set',
	async () => {
		const tool = (name: string, parameters: Record<string, unknown>, notice: string) => ({
			node: enapterDevice(name, credential, parameters, 'enapterDeviceTool'),
			notice,
		});
		const execute = { resource: 'command', operation: 'execute' };
		const tools = [
			tool(
				'Delete',
				{ operation: 'delete' },
				'The AI can delete any device that you let it choose, also one that others depend on',
			),
			tool(
				'Delete All',
				{ operation: 'delete', options: { deleteDependents: true } },
				'The AI can delete any device that you let it choose, together with all devices that depend on it.',
			),
			tool(
				'Try',
				{ operation: 'delete', options: { dryRun: true } },
				'While Dry Run is on, the AI changes nothing.',
			),
			tool('Execute', execute, 'except those that need confirmation'),
			tool('Confirmed', { ...execute, options: { confirm: true } }, 'Because Confirm is on'),
			tool('UCM', { operation: 'create', deviceType: 'ucm' }, 'The AI cannot use this'),
		];
		const { id } = await stage.rest.createWorkflow({
			name: 'Enapter',
			nodes: [
				TRIGGER,
				workflowNode('Agent', '@n8n/n8n-nodes-langchain.agent', 3.1),
				...tools.map(({ node }, column) => ({ ...node, position: [column * 200, 300] })),
			],
			connections: {
				[TRIGGER.name]: mainTo('Agent'),
				...Object.fromEntries(
					tools.map(({ node }) => [node.name, { ai_tool: [[{ node: 'Agent', type: 'ai_tool', index: 0 }]] }]),
				),
			},
			settings: { executionOrder: 'v1' },
		});
		await inEditor(id, async (editor) => {
			for (const { node, notice } of tools) {
				await editor.openNode(node.name);
				const aboutAi = editor.part('ndv').getByText(/\bAI\b.*(can|changes)/);
				await aboutAi.filter({ hasText: notice }).waitFor();
				expect(await aboutAi.count()).toBe(1);
				await editor.screenshot(`tool-${node.name.toLowerCase().replace(' ', '-')}`);
				await editor.closeNode();
			}
		});
	},
	A_TEST,
);

test(
	'the next node knows the fields before the first run',
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
			await editor.screenshot('schema');
		});
		expect(stage.emulator.requests).toEqual([]);
	},
	A_TEST,
);

test(
	'a failed run says what happened and what to do; a retried run says so',
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
			await editor.screenshot('failed');
			await editor.closeNode();

			stage.emulator.addFault({
				kind: 'status',
				status: 429,
				headers: { 'retry-after': '1' },
				times: 2,
			});
			await editor.openNode('Get');
			await editor.executeStep();
			await editor.output.getByText('1 request was retried, 2 times in total (2 × status 429).').waitFor();
			await editor.screenshot('retried');
		});
	},
	A_TEST,
);

import type { Execution, Workflow, WorkflowNode } from '../../n8n/rest.mts';
import { byId } from '../support/locators.mts';
import { setStage, type Stage } from './harness.mts';
import { type CredentialName, enapterDevice, manualTrigger, workflowNode } from './nodes.mts';
import { type ScriptedModel, startScriptedModel, type Step } from './scriptedModel.mts';

const DETECTOR = '93fb32c7-b7b7-4987-a754-23597d9c02c7';
const STANDALONE = 'weather-station-1';
const EXAMPLE_SITE = 'ea000000-0000-4000-8000-000000000000';
const NEW_BLUEPRINT = 'bluepri2-60n4-4t9d-e6v0-69i310cb110e';

let stage: Stage;
let enapterApi: CredentialName;
let model: ScriptedModel;
let execution: Execution;
/** IDs of the devices before the model changes any. */
let deviceIds: string[];

const fromModel = (name: string, description: string) =>
	`={{ $fromAI('${name}', '${description}', 'string') }}`;

const BLUEPRINT = byId(fromModel('blueprint', 'ID of the blueprint'));

const DEVICE = byId(fromModel('device', 'ID or slug of the device'));

const tool = (name: string, parameters: Record<string, unknown>): WorkflowNode =>
	enapterDevice(name, enapterApi, parameters, 'enapterDeviceTool');

const TOOLS = () => [
	tool('List devices', { operation: 'getAll', returnAll: true }),
	tool('Rename device', {
		operation: 'update',
		deviceId: DEVICE,
		updateFields: { name: fromModel('name', 'New name'), slug: fromModel('slug', 'New slug') },
	}),
	tool('Get device', { operation: 'get', deviceId: DEVICE }),
	tool('Assign blueprint', { operation: 'assignBlueprint', deviceId: DEVICE, blueprintId: BLUEPRINT }),
	tool('Connect device', { operation: 'generateConfig', deviceId: DEVICE }),
	tool('Delete device', { operation: 'delete', deviceId: DEVICE }),
	tool('Delete with dependents', {
		operation: 'delete',
		deviceId: DEVICE,
		options: { deleteDependents: fromModel('dependents', 'Whether to delete dependent devices, too') },
	}),
	tool('Describe device', { operation: 'get', deviceId: DEVICE, options: { expand: ['manifest'] } }),
	tool('Execute command', {
		resource: 'command',
		operation: 'execute',
		deviceId: DEVICE,
		commandName: byId(fromModel('command', 'Name of the command in the manifest')),
		argumentsMode: 'json',
		argumentsJson: fromModel('argumentsJson', 'The arguments as a JSON object'),
	}),
	tool('Read telemetry', {
		resource: 'telemetry',
		operation: 'getLatest',
		deviceId: DEVICE,
		attributes: fromModel('attributes', 'Telemetry attributes, separated by commas'),
	}),
	tool('Try to delete device', { operation: 'delete', deviceId: DEVICE, options: { dryRun: true } }),
	tool('Execute confirmed command', {
		resource: 'command',
		operation: 'execute',
		deviceId: DEVICE,
		commandName: byId('stop'),
		argumentsMode: 'json',
		options: { confirm: fromModel('confirm', 'Whether the command is confirmed') },
	}),
	tool('Create device', {
		operation: 'create',
		name: fromModel('name', 'Name of the device'),
		siteId: byId(EXAMPLE_SITE),
		additionalFields: { slug: fromModel('slug', 'Slug of the device') },
	}),
	tool('Create UCM', {
		operation: 'create',
		deviceType: 'ucm',
		name: fromModel('name', 'Name of the UCM'),
		siteId: byId(EXAMPLE_SITE),
		hardwareId: fromModel('hardware', 'Hardware ID of the UCM'),
	}),
	tool('Configure device', {
		resource: 'configuration',
		operation: 'update',
		deviceId: DEVICE,
		group: byId(fromModel('group', 'Name of the configuration group')),
		parametersMode: 'json',
		parametersJson: fromModel('parametersJson', 'The values as a JSON object'),
	}),
	tool('Reset configuration', {
		resource: 'configuration',
		operation: 'reset',
		deviceId: DEVICE,
		group: byId(fromModel('group', 'Name of the configuration group')),
	}),
	tool('Read log', { resource: 'log', operation: 'getAll', deviceId: DEVICE, returnAll: true }),
];

async function agentWorkflow(): Promise<Workflow> {
	const openAiApi = await stage.rest.saveCredential({
		name: 'Scripted model',
		type: 'openAiApi',
		data: { apiKey: 'none-is-needed', url: model.url },
	});
	const tools = TOOLS();
	const into = (type: string) => ({ [type]: [[{ node: 'Agent', type, index: 0 }]] });
	return {
		name: 'Agent with Enapter tools',
		nodes: [
			manualTrigger('Start'),
			workflowNode('Agent', '@n8n/n8n-nodes-langchain.agent', 3.1, {
				promptType: 'define',
				text: 'Rename the gas detector.',
				options: { maxIterations: 30 },
			}),
			{
				...workflowNode('Model', '@n8n/n8n-nodes-langchain.lmChatOpenAi', 1.3, {
					model: byId('scripted'),
					responsesApiEnabled: false,
					options: {},
				}),
				credentials: { openAiApi },
			},
			...tools,
		],
		connections: {
			Start: into('main'),
			Model: into('ai_languageModel'),
			...Object.fromEntries(tools.map(({ name }) => [name, into('ai_tool')])),
		},
		settings: { executionOrder: 'v1' },
	};
}

interface Listed {
	id: string;
	name: string;
	slug: string;
}

/** The devices in the result of a tool: JSON with the items, directly or under `response`. */
function devices(result = ''): Listed[] {
	const parsed = JSON.parse(result) as Listed[] | Array<{ response: Listed[] }>;
	return parsed.flatMap((entry) => ('response' in entry ? entry.response : [entry]));
}

const command = (device: string, name: string, args: object): Step => ({
	tool: 'Execute_command',
	parameters: { device, command: name, argumentsJson: JSON.stringify(args) },
});

/** The model tries to rename a device with a slug that is in use, and with another one after the refusal. */
const SCRIPT: Array<(results: string[]) => Step> = [
	() => ({ tool: 'List_devices', parameters: {} }),
	([list]) => {
		const found = devices(list);
		const detector = found.find(({ id }) => id === DETECTOR);
		const other = found.find(({ id }) => id !== DETECTOR);
		const parameters = { device: detector?.id ?? '', name: 'Hydrogen detector', slug: other?.slug ?? '' };
		return { tool: 'Rename_device', parameters };
	},
	([, refusal = '']) =>
		refusal.includes('slug already in use')
			? {
					tool: 'Rename_device',
					parameters: { device: DETECTOR, name: 'Hydrogen detector', slug: 'hydrogen-detector' },
				}
			: { answer: 'I cannot tell what went wrong.' },
	() => ({ tool: 'Connect_device', parameters: { device: STANDALONE } }),
	() => ({ tool: 'Delete_with_dependents', parameters: { device: STANDALONE, dependents: 'true' } }),
	() => ({ tool: 'Describe_device', parameters: { device: 'example-fuel-cell' } }),
	() => command('example-fuel-cell', 'stop', {}),
	() => command('example-fuel-cell', 'start', {}),
	() => command('example-battery', 'set_soc_limits', { min_soc: 90, max_soc: 20 }),
	() => ({ tool: 'Read_telemetry', parameters: { device: 'example-battery', attributes: 'battery_soc' } }),
	() => ({ tool: 'Try_to_delete_device', parameters: { device: 'example-old-sensor' } }),
	() => ({ tool: 'Delete_device', parameters: { device: 'example-ucm' } }),
	() => ({ tool: 'Delete_device', parameters: { device: 'example-old-sensor' } }),
	() => ({
		tool: 'Assign_blueprint',
		parameters: { device: 'example-gas-detector', blueprint: NEW_BLUEPRINT },
	}),
	() => ({
		tool: 'Execute_confirmed_command',
		parameters: { device: 'example-fuel-cell', confirm: 'true' },
	}),
	() => ({ tool: 'Create_device', parameters: { name: 'Outdoor sensor', slug: 'outdoor-sensor' } }),
	() => ({ tool: 'Create_UCM', parameters: { name: 'New UCM', hardware: '7DD4E7A6' } }),
	() => ({
		tool: 'Configure_device',
		parameters: { device: 'example-battery', group: 'limits', parametersJson: '{ "min_soc": 12 }' },
	}),
	() => ({ tool: 'Reset_configuration', parameters: { device: 'example-battery', group: 'limits' } }),
	() => ({ tool: 'Read_log', parameters: { device: 'example-battery' } }),
	([, , renamed]) => ({ answer: `It is called ${devices(renamed)[0]?.name} now.` }),
];

beforeAll(async () => {
	stage = await setStage();
	enapterApi = await stage.rest.saveCredential(stage.credential());
	const { fleet } = stage.emulator;
	deviceIds = fleet.list().map(({ id }) => id);
	for (let count = 0; count < 100; count++) {
		fleet.logs.add(fleet.get('example-battery'), 'info', `Entry ${count}`);
	}
	model = await startScriptedModel(SCRIPT);
	const { id } = await stage.rest.createWorkflow(await agentWorkflow());
	execution = await stage.rest.run(id, 'Start');
}, 900_000);

afterAll(async () => {
	await Promise.all([model?.close(), stage?.end()]);
}, 60_000);

test('the model gets a description of each tool', () => {
	const described = Object.fromEntries(
		model.tools.map(({ function: { name, description } }) => [name, description]),
	);
	expect(described).toEqual({
		List_devices: 'Get many devices in Enapter Device',
		Get_device: 'Get a device in Enapter Device',
		Rename_device: 'Update the name or slug of a device in Enapter Device',
		Assign_blueprint: 'Assign a blueprint to a device in Enapter Device',
		Connect_device: 'Generate a device config with new credentials in Enapter Device',
		Delete_device: 'Delete a device permanently in Enapter Device',
		Delete_with_dependents: 'Delete a device permanently in Enapter Device',
		Describe_device: 'Get a device in Enapter Device',
		Execute_command: 'Execute a command on a device in Enapter Device',
		Read_telemetry: 'Get the latest telemetry in Enapter Device',
		Try_to_delete_device: 'Delete a device permanently in Enapter Device',
		Execute_confirmed_command: 'Execute a command on a device in Enapter Device',
		Create_device: 'Create a device in Enapter Device',
		Create_UCM: 'Create a device in Enapter Device',
		Configure_device: 'Update the configuration of a device in Enapter Device',
		Reset_configuration: 'Reset the configuration of a device in Enapter Device',
		Read_log: 'Get many log entries in Enapter Device',
	});
});

test('the model is asked only for the parameters that are left to it', () => {
	const rename = model.tools.find(({ function: { name } }) => name === 'Rename_device');
	expect(rename?.function.parameters).toMatchObject({
		properties: {
			device: { type: 'string', description: 'ID or slug of the device' },
			name: { type: 'string', description: 'New name' },
			slug: { type: 'string', description: 'New slug' },
		},
		required: ['device', 'name', 'slug'],
	});
	const list = model.tools.find(({ function: { name } }) => name === 'List_devices');
	expect(list?.function.parameters.properties).toEqual({});
});

test('the model gets the whole fleet with IDs', () => {
	const listed = devices(model.results[0]).map(({ id }) => id);
	expect(listed).toEqual(deviceIds);
});

test('the model gets the reason of a refusal and what to do', () => {
	expect(model.results[1]).toContain('slug already in use.');
	expect(model.results[1]).toContain('Choose another slug: two devices cannot have the same one.');
});

test('the model corrects its call, and the device is renamed', () => {
	expect(execution.status).toBe('success');
	expect(execution.data.resultData.runData.Agent?.at(-1)?.data?.main[0]?.[0]?.json).toEqual({
		output: 'It is called Hydrogen detector now.',
	});
	expect(model.results).toHaveLength(SCRIPT.length - 1);
	expect(stage.emulator.fleet.find(DETECTOR)).toMatchObject({
		name: 'Hydrogen detector',
		slug: 'hydrogen-detector',
	});
	expect(stage.emulator.requests.slice(0, 3).map(({ method, status }) => `${method} ${status}`)).toEqual([
		'GET 200',
		'PATCH 409',
		'PATCH 200',
	]);
});

test('the model gets no credentials and cannot turn on Delete Dependent Devices', () => {
	expect(model.results[3]).toContain('Allow AI to See Credentials');
	expect(model.results[4]).toContain('Delete Dependent Devices must be set in the panel');
	expect(stage.emulator.fleet.configs.size).toBe(0);
	expect(stage.emulator.fleet.find(STANDALONE)).toBeDefined();
});

test('the model finds the commands of a device, cannot confirm one, runs another, and learns why one failed', () => {
	const [manifest = '', unconfirmed, started, failed] = model.results.slice(5);
	expect(manifest).toContain('set_output_power');
	expect(unconfirmed).toContain('needs confirmation');
	expect(unconfirmed).toContain('a language model cannot confirm');
	expect(started).toContain('SUCCESS');
	expect(failed).toContain('The lowest must be below the highest.');
	expect(stage.emulator.executions.all.map(({ request }) => request.name)).toEqual([
		'start',
		'set_soc_limits',
	]);
});

test('in a dry run the model learns what would be deleted; otherwise it deletes a device, but none with dependents', () => {
	const [preview, refused, deleted] = model.results.slice(10);
	expect(preview).toContain('"dry_run":true');
	expect(preview).toContain('"would_delete"');
	expect(refused).toContain('depend on it');
	expect(refused).toContain('A person must decide');
	expect(refused).not.toContain('Delete Dependent Devices');
	expect(deleted).toContain('"deleted":true');
	const { fleet, requests } = stage.emulator;
	expect(fleet.find('example-ucm')).toBeDefined();
	expect(fleet.find('example-old-sensor')).toBeUndefined();
	expect(requests.filter(({ method, status }) => method === 'DELETE' && (status ?? 500) < 400)).toHaveLength(
		1,
	);
});

test('the model assigns a blueprint and gets the previous one', () => {
	expect(model.results[13]).toContain('"previous_blueprint_id"');
	expect(stage.emulator.fleet.find('example-gas-detector')?.blueprint_id).toBe(NEW_BLUEPRINT);
});

test('the model cannot turn on Confirm', () => {
	expect(model.results[14]).toContain('Confirm must be set in the panel');
});

test('the model creates a device, but no UCM, because it would see its credentials', () => {
	expect(model.results[15]).toContain('"slug":"outdoor-sensor"');
	expect(model.results[16]).toContain('Allow AI to See Credentials');
	expect(stage.emulator.fleet.find('outdoor-sensor')?.name).toBe('Outdoor sensor');
	expect(stage.emulator.fleet.list().map(({ name }) => name)).not.toContain('New UCM');
});

test('the model changes and resets a configuration', () => {
	expect(model.results[17]).toContain('"min_soc":12');
	expect(model.results[18]).toContain('"min_soc":10');
});

test('the model gets the newest 100 entries of a log', () => {
	expect(model.results[19]?.match(/"received_at"/g)).toHaveLength(100);
});

test('the model gets a small response for a single value', () => {
	const value = model.results[9] ?? '';
	expect(value).toMatch(/"battery_soc":\d/);
	expect(value.length).toBeLessThan(200);
});

test('the model never sees the API Token', () => {
	expect(JSON.stringify([model.tools, model.results])).not.toContain(stage.emulator.tokens.owner);
});

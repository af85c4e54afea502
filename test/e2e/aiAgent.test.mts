import type { Execution, Workflow, WorkflowNode } from '../../n8n/rest.mts';
import { byId } from '../support/locators.mts';
import { setStage, type Stage } from './harness.mts';
import { type CredentialName, enapterDevice, manualTrigger, workflowNode } from './nodes.mts';
import { type ScriptedModel, startScriptedModel, type Step } from './scriptedModel.mts';

const DETECTOR = '93fb32c7-b7b7-4987-a754-23597d9c02c7';
const STANDALONE = 'weather-station-1';

let stage: Stage;
let enapterApi: CredentialName;
let model: ScriptedModel;
let execution: Execution;

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
		options: { deleteDependents: fromModel('dependents', 'Whether to delete what runs on it') },
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
				options: { maxIterations: 20 },
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

/** What a tool gives back is JSON, its items under `response` or by themselves. */
function devices(result = ''): Listed[] {
	const parsed = JSON.parse(result) as Listed[] | Array<{ response: Listed[] }>;
	return parsed.flatMap((entry) => ('response' in entry ? entry.response : [entry]));
}

const command = (device: string, name: string, args: object): Step => ({
	tool: 'Execute_command',
	parameters: { device, command: name, argumentsJson: JSON.stringify(args) },
});

/** Whoever is renamed takes the slug of another device first, and another one when that is refused. */
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
	([, , renamed]) => ({ answer: `It is called ${devices(renamed)[0]?.name} now.` }),
];

beforeAll(async () => {
	stage = await setStage();
	enapterApi = await stage.rest.saveCredential(stage.credential());
	model = await startScriptedModel(SCRIPT);
	const { id } = await stage.rest.createWorkflow(await agentWorkflow());
	execution = await stage.rest.run(id, 'Start');
}, 900_000);

afterAll(async () => {
	await Promise.all([model?.close(), stage?.end()]);
}, 60_000);

test('the model is told what each tool does, and of what cannot be undone', () => {
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
	});
});

test('the model is asked for the parameters left to it, and for no others', () => {
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

test('the model reads the whole fleet, with the IDs it needs to go on', () => {
	const listed = devices(model.results[0]).map(({ id }) => id);
	expect(listed).toEqual(stage.emulator.fleet.list().map(({ id }) => id));
});

test('the model reads what the API refused, and what to do about it', () => {
	expect(model.results[1]).toContain('slug already in use.');
	expect(model.results[1]).toContain('Choose another slug: no two devices can have the same.');
});

test('the model mends its call, and the device is renamed', () => {
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

test('the model gets no credentials, and decides on no dependents, unless a person chose so in the panel', () => {
	expect(model.results[3]).toContain('Allow AI to See Credentials');
	expect(model.results[4]).toContain('Delete Dependent Devices has to be chosen');
	expect(stage.emulator.fleet.configs.size).toBe(0);
	expect(stage.emulator.fleet.find(STANDALONE)).toBeDefined();
});

test('the model finds the commands of a device, cannot confirm one, executes another, and reads why one failed', () => {
	const [manifest = '', unconfirmed, started, failed] = model.results.slice(5);
	expect(manifest).toContain('set_output_power');
	expect(unconfirmed).toContain('asks for confirmation');
	expect(unconfirmed).toContain('a model cannot confirm');
	expect(started).toContain('SUCCESS');
	expect(failed).toContain('The lowest must be below the highest.');
	expect(stage.emulator.executions.all.map(({ request }) => request.name)).toEqual([
		'start',
		'set_soc_limits',
	]);
});

test('the model asks for a value and gets a small response', () => {
	const value = model.results[9] ?? '';
	expect(value).toMatch(/"battery_soc":\d/);
	expect(value.length).toBeLessThan(200);
});

test('the model never sees the API Token', () => {
	expect(JSON.stringify([model.tools, model.results])).not.toContain(stage.emulator.tokens.owner);
});

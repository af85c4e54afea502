import type { Workflow, WorkflowNode } from '../../n8n/rest.mts';
import { examples, importOrder, onlyReads } from '../../n8n/setUp.mts';
import { OPERATIONS } from '../support/operations.mts';

const node = (parameters: Record<string, unknown>, more: Partial<WorkflowNode> = {}): WorkflowNode => ({
	name: 'Node',
	type: 'n8n-nodes-enapter.enapterDevice',
	parameters,
	...more,
});

const workflow = (...nodes: WorkflowNode[]): Workflow => ({ name: 'Workflow', nodes, connections: {} });

describe('a workflow that only reads', () => {
	test.each(OPERATIONS)(
		'$name: whether it only reads',
		({ resource, operation, changesSomething = false }) => {
			const parameters = { resource, operation: operation.option.value };
			expect(onlyReads(workflow(node(parameters)))).toBe(!changesSomething);
			expect(onlyReads(workflow(node({ operation: 'get' }), node(parameters)))).toBe(!changesSomething);
		},
	);

	test('has no operation that the node does not have', () => {
		for (const parameters of [{ operation: 'later' }, { resource: 'moon', operation: 'get' }]) {
			expect(onlyReads(workflow(node(parameters)))).toBe(false);
		}
		expect(onlyReads(workflow(node({ resource: '={{ $json.resource }}', operation: 'get' })))).toBe(false);
	});

	test('has no operation by default or from an expression', () => {
		expect(onlyReads(workflow(node({})))).toBe(false);
		expect(onlyReads(workflow(node({ operation: '={{ $json.operation }}' })))).toBe(false);
	});

	test('gives the credential neither to an AI tool that changes devices nor to any other node', () => {
		const tool = { type: 'n8n-nodes-enapter.enapterDeviceTool' };
		const http = {
			type: 'n8n-nodes-base.httpRequest',
			credentials: { enapterApi: { id: '1', name: 'Enapter' } },
		};
		expect(onlyReads(workflow(node({ operation: 'delete' }, tool)))).toBe(false);
		expect(onlyReads(workflow(node({ method: 'DELETE' }, http)))).toBe(false);
	});

	test('may contain any other node', () => {
		expect(onlyReads(workflow(node({ operation: 'write' }, { type: 'n8n-nodes-base.readWriteFile' })))).toBe(
			true,
		);
	});
});

describe('the examples', () => {
	const isNote = ({ type }: WorkflowNode) => type.endsWith('.stickyNote');
	const isEnapter = ({ type }: WorkflowNode) => type.startsWith('n8n-nodes-enapter.');

	/** The devices that a workflow names, in its nodes and in its table. */
	const devicesIn = ({ nodes }: Workflow) => [
		...nodes
			.map(({ parameters }) => (parameters.deviceId as { value?: string } | undefined)?.value ?? '')
			.filter((value) => value !== '' && !value.startsWith('=')),
		...nodes.flatMap(({ parameters }) => {
			const table = JSON.parse(String(parameters.jsonOutput ?? '{"rows":[]}')) as {
				rows: Array<{ device: string }>;
			};
			return table.rows.map(({ device }) => device);
		}),
	];

	test('that only read are those for a real token; the one to begin with is imported last', async () => {
		const all = await examples();
		expect(importOrder(all, true).map(({ name }) => name)).toEqual([
			'Daily energy report (real devices)',
			'Alert watch (real devices)',
		]);
		expect(importOrder(all).at(-1)?.name).toBe('Rename one device');
		expect(importOrder(all)).toHaveLength(all.length);
	});

	test('name devices that only the emulator has, or choose by a site that only it has', async () => {
		for (const workflow of (await examples()).filter((one) => !onlyReads(one))) {
			const devices = devicesIn(workflow);
			const exampleSite = 'ea000000-0000-4000-8000-000000000000';
			if (devices.length === 0) expect(JSON.stringify(workflow)).toContain(`"value":"${exampleSite}"`);
			expect(devices.filter((device) => !device.startsWith('example-'))).toEqual([]);
		}
	});

	test('say in a note what they do, name their nodes as they are, and warn before what cannot be undone', async () => {
		for (const { name, nodes } of await examples()) {
			const note = String(nodes.find(isNote)?.parameters.content);
			expect(note).toContain(`## ${name}\n`);
			const names = nodes.map((node) => node.name);
			const named = [...note.matchAll(/(?<!\*)\*([^*]+)\*(?!\*)/g)].map(([, found = '']) => found);
			const fields = ['Site', 'Blueprint'];
			expect(named.filter((one) => !names.includes(one) && !fields.includes(one))).toEqual([]);
			const isRisky = nodes.some(
				(one) => isEnapter(one) && !onlyReads(workflow(one)) && String(one.parameters.operation) !== 'update',
			);
			expect([name, note.includes('⚠️')]).toEqual([name, isRisky]);
		}
	});

	test('say what happens on a schedule if a node fails', async () => {
		for (const { name, nodes } of await examples()) {
			if (!nodes.some(({ type }) => type.endsWith('.scheduleTrigger'))) continue;
			const note = String(nodes.find(isNote)?.parameters.content);
			expect([name, note]).toEqual([name, expect.stringContaining('choose an error workflow')]);
		}
	});

	test('that pass items of a dry run on to a node to replace warn of it', async () => {
		for (const { name, nodes, connections } of await examples()) {
			const note = String(nodes.find(isNote)?.parameters.content);
			const writing = nodes.filter((one) => isEnapter(one) && !onlyReads(workflow(one)));
			const targets = writing.flatMap((one) => {
				const { main = [[]] } = (connections[one.name] ?? {}) as { main?: Array<Array<{ node: string }>> };
				return main[0]?.map(({ node: target }) => target) ?? [];
			});
			const passesOn = nodes.some((one) => one.type === 'n8n-nodes-base.noOp' && targets.includes(one.name));
			const warns = note.includes('While Dry Run is on, do not connect the last nodes to real systems');
			expect([name, warns]).toEqual([name, passesOn && note.includes('**Dry Run**')]);
		}
	});

	test('connect all their nodes', async () => {
		for (const { name, nodes, connections } of await examples()) {
			const outputs = Object.values(connections) as Array<{ main: Array<Array<{ node: string }>> }>;
			const targets = outputs.flatMap(({ main }) => main.flat().map(({ node: target }) => target));
			const connected = new Set([...Object.keys(connections), ...targets]);
			const others = nodes.filter((one) => !isNote(one)).map((one) => one.name);
			expect([name, [...connected].sort()]).toEqual([name, others.sort()]);
		}
	});
});

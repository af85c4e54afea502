import type { Workflow, WorkflowNode } from '../../n8n/rest.mts';
import { examples, importOrder, onlyReads } from '../../n8n/setUp.mts';

const node = (parameters: Record<string, unknown>, more: Partial<WorkflowNode> = {}): WorkflowNode => ({
	name: 'Node',
	type: 'n8n-nodes-enapter.enapterDevice',
	parameters,
	...more,
});

const workflow = (...nodes: WorkflowNode[]): Workflow => ({ name: 'Workflow', nodes, connections: {} });

describe('a workflow that only reads', () => {
	test.each(['get', 'getAll', 'getLatest', 'getTimeSeries'])('may hold the operation %s', (operation) => {
		expect(onlyReads(workflow(node({ operation })))).toBe(true);
	});

	test.each(['update', 'delete', 'generateConfig', 'assignBlueprint', 'create', 'execute', 'reset', 'later'])(
		'does not hold the operation %s',
		(operation) => {
			expect(onlyReads(workflow(node({ operation: 'get' }), node({ operation })))).toBe(false);
		},
	);

	test('has no operation that is left to a default or to an expression', () => {
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

	test('may do with other nodes what it likes', () => {
		expect(onlyReads(workflow(node({ operation: 'write' }, { type: 'n8n-nodes-base.readWriteFile' })))).toBe(
			true,
		);
	});
});

test('the example to begin with is imported last, on the emulator and with a real token', async () => {
	const all = await examples();
	expect(importOrder(all).at(-1)?.name).toBe('Rename one device');
	expect(importOrder(all)).toHaveLength(all.length);
});

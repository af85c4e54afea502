import { ExecuteContext } from 'n8n-core';
import { Expression, isExpression } from 'n8n-workflow';

import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { runNode } from '../support/engine.mts';
import { byId } from '../support/locators.mts';

let emulator: Emulator;

beforeAll(async () => {
	emulator = await startEmulator();
});

afterAll(async () => await emulator.close());

afterEach(() => jest.restoreAllMocks());

/** Renames three devices. Returns how many expressions n8n's engine evaluated. */
async function evaluations(id: string, name: string): Promise<number> {
	const devices = emulator.fleet.list().slice(0, 3);
	const evaluate = jest.spyOn(Expression.prototype, 'resolveSimpleParameterValue');
	const { output } = await runNode({
		emulator,
		items: devices.map((device, index) => ({ id: device.id, name: `Device ${index}` })),
		parameters: {
			operation: 'update',
			deviceId: byId(id),
			updateFields: { name },
		},
	});
	expect(output.map(({ json }) => [json['id'], json['name']])).toEqual(
		devices.map((device, index) => [device.id, `Device ${index}`]),
	);
	return evaluate.mock.calls.filter(([value]) => isExpression(value)).length;
}

test('a field of the item is read without the expression engine', async () => {
	expect(await evaluations('={{ $json.id }}', '={{ $json.name }}')).toBe(0);
});

test('any other expression is evaluated once an item', async () => {
	expect(await evaluations('={{ $json.id.trim() }}', '={{ $json.name.trim() }}')).toBe(2 * 3);
});

test('a parameter that holds no expression is read once a run, however many items there are', async () => {
	// n8n calls this function each time it reads a parameter.
	const read = jest.spyOn(ExecuteContext.prototype, '_getNodeParameter' as 'getNodeParameter');
	const readings = async (count: number) => {
		read.mockClear();
		const devices = emulator.fleet.list().slice(0, count);
		const { output } = await runNode({
			emulator,
			items: devices.map(({ id }) => ({ id })),
			parameters: {
				operation: 'update',
				deviceId: '={{ $json.id }}',
				updateFields: { name: 'The same for all' },
				options: { expand: ['site'] },
			},
		});
		expect(output).toHaveLength(count);
		return read.mock.calls.map(([name]) => name);
	};
	const forOne = await readings(1);
	expect(forOne).toEqual(expect.arrayContaining(['operation', 'deviceId', 'updateFields', 'options']));
	expect(await readings(5)).toEqual(forOne);
});

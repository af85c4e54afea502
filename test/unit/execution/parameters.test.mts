import type { IExecuteFunctions } from 'n8n-workflow';

import { isToolNode, Parameters } from '../../../nodes/EnapterDevice/execution/parameters.ts';
import { fakeContext } from '../../support/fakeContext.mts';

describe('a parameter', () => {
	test('without expressions is evaluated once for all items', () => {
		const { context, evaluated } = fakeContext({ parameters: { limit: 7 }, items: [{}, {}] });
		const parameters = new Parameters(context);
		for (const item of [0, 1]) {
			expect(parameters.of(item).give('limit')).toMatchObject({ value: 7, raw: 7 });
		}
		expect(evaluated).toEqual(['limit 0']);
	});

	test('that the workflow does not contain has no value and is not evaluated', () => {
		const { context, evaluated } = fakeContext();
		const { value, raw } = new Parameters(context).of(0).give('limit');
		expect([value, raw, evaluated]).toEqual([undefined, undefined, []]);
	});

	test('that refers to a field of the item is read from it, without the expression engine', () => {
		const deviceId = { __rl: true, mode: 'id', value: '={{ $json.id }}' };
		const { context, evaluated } = fakeContext({
			parameters: { deviceId },
			items: [{ id: 'a' }, { id: 'b' }],
		});
		const parameters = new Parameters(context);
		expect([0, 1].map((item) => parameters.of(item).give('deviceId'))).toMatchObject([
			{ value: { __rl: true, mode: 'id', value: 'a' }, raw: deviceId },
			{ value: { __rl: true, mode: 'id', value: 'b' }, raw: deviceId },
		]);
		expect(evaluated).toEqual([]);
	});

	test('with any other expression is evaluated for each item', () => {
		const { context, evaluated } = fakeContext({
			parameters: { limit: '={{ $json.count + 1 }}' },
			items: [{ count: 1 }, { count: 2 }],
		});
		const parameters = new Parameters(context);
		expect([0, 1].map((item) => parameters.of(item).give('limit').value)).toEqual([2, 3]);
		expect(evaluated).toEqual(['limit 0', 'limit 1']);
	});

	test('is read from the workflow once, and its value is not validated by n8n', () => {
		const getNodeParameter = jest.fn(() => '={{ $json.id + 1 }}');
		const more = { getNodeParameter } as unknown as Partial<IExecuteFunctions>;
		const parameters = new Parameters(fakeContext({ more }).context);
		parameters.of(1).give('limit');
		parameters.of(2).give('limit');
		expect(getNodeParameter.mock.calls).toEqual([
			['limit', 0, {}, { rawExpressions: true }],
			['limit', 1, undefined, { skipValidation: true }],
			['limit', 2, undefined, { skipValidation: true }],
		]);
	});
});

test('a field can look at its item', () => {
	const { context } = fakeContext({ items: [{ id: 'a' }, { id: 'b' }], timezone: 'Asia/Tokyo' });
	const { context: item, give } = new Parameters(context).of(1);
	expect([item.input, item.index, item.timezone, item.isTool]).toEqual([{ id: 'b' }, 1, 'Asia/Tokyo', false]);
	expect(give('limit').item).toBe(item);
});

test('an item that is not an object has no fields', () => {
	const getInputData = () => [{ json: ['a'] }];
	const more = { getInputData } as unknown as Partial<IExecuteFunctions>;
	expect(new Parameters(fakeContext({ more }).context).of(0).context.input).toEqual({});
});

test.each<[string, object, boolean]>([
	['enapterDevice', {}, false],
	['enapterDeviceTool', {}, true],
	['enapterDevice', { isToolExecution: () => true }, true],
	['enapterDevice', { isToolExecution: () => false }, false],
	['ToolDevice', { isToolExecution: () => false }, false],
])('a node of the type %s (%j) is called by a language model: %p', (type, more, is) => {
	const { context } = fakeContext({ node: { type: `n8n-nodes-enapter.${type}` }, more });
	expect(isToolNode(context)).toBe(is);
	expect(new Parameters(context).of(0).context.isTool).toBe(is);
});

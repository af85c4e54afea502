import fc from 'fast-check';
import { Workflow } from 'n8n-workflow';

import { readSimpleExpressions } from '../../../nodes/EnapterDevice/execution/simpleExpressions.ts';
import { TestNodeTypes } from '../../support/nodeTypes.mts';
import { ProbeNode } from '../../support/probeNode.mts';

const NODE = 'Node';

const workflow = new Workflow({
	id: 'fields',
	nodes: [{ id: NODE, name: NODE, type: 'test.probe', typeVersion: 1, position: [0, 0], parameters: {} }],
	connections: {},
	active: false,
	nodeTypes: new TestNodeTypes('test.probe', new ProbeNode()),
});

/** The value of a parameter by n8n's own expression engine. */
function byN8n(parameter: object | string, json: object): unknown {
	const items = [{ json: json as Record<string, string> }];
	return workflow.expression.getParameterValue(parameter as string, null, 0, 0, NODE, items, 'manual', {});
}

const JSON_OF_ITEM = {
	id: 'a1',
	$: 'd4',
	odd: { '00': 1, '12345678901234567890': 2, '}}': 3 },
	count: 0,
	off: false,
	'two words': 'b2',
	deep: { list: [{ slug: 'c3' }] },
};

test.each([
	['={{ $json.id }}', 'a1'],
	['={{$json.id}}', 'a1'],
	["={{ $json['two words'] }}", 'b2'],
	['={{ $json["two words"] }}', 'b2'],
	['={{ $json.deep.list[0].slug }}', 'c3'],
	['={{ $json.count }}', 0],
	['={{ $json.off }}', false],
])('%s is read from the item, as n8n reads it', (expression, value) => {
	expect(readSimpleExpressions(expression, JSON_OF_ITEM)).toBe(value);
	expect(byN8n(expression, JSON_OF_ITEM)).toBe(value);
});

test('a Resource Locator and a collection are read as a whole', () => {
	expect(readSimpleExpressions({ __rl: true, mode: 'id', value: '={{ $json.id }}' }, JSON_OF_ITEM)).toEqual({
		__rl: true,
		mode: 'id',
		value: 'a1',
	});
	expect(readSimpleExpressions({ name: '={{ $json["two words"] }}', slug: 'fixed' }, JSON_OF_ITEM)).toEqual({
		name: 'b2',
		slug: 'fixed',
	});
	expect(readSimpleExpressions({ name: '={{ $json.id }}', slug: null }, JSON_OF_ITEM)).toEqual({
		name: 'a1',
		slug: null,
	});
});

test.each([
	['a calculation', '={{ $json.id + 1 }}'],
	['a call', '={{ $json.id.trim() }}'],
	['text around it', '=Device {{ $json.id }}'],
	['two of them', '={{ $json.id }}{{ $json.id }}'],
	['another node', '={{ $("Other").item.json.id }}'],
	['another item', '={{ $input.first().json.id }}'],
	['a missing field', '={{ $json.nothing }}'],
	['a field of a text', '={{ $json.id.length }}'],
	['a field of nothing', '={{ $json.nothing.at.all }}'],
	['an object', '={{ $json.deep }}'],
	['a list', '={{ $json.deep.list }}'],
	['what every object inherits', '={{ $json.toString }}'],
	['what n8n forbids', '={{ $json.constructor }}'],
	['a name with a $', '={{ $json.$ }}'],
	['a number that JavaScript reads as another', '={{ $json.odd[00] }}'],
	['a number that is not exact', '={{ $json.odd[12345678901234567890] }}'],
	['braces within quotes', "={{ $json.odd['}}'] }}"],
	['an optional field', '={{ $json?.id }}'],
	['a list of expressions', ['={{ $json.id }}']],
	['a collection with one of these in it', { name: '={{ $json.id }}', slug: '={{ $json.id.trim() }}' }],
])('%s is left to n8n', (_name, parameter) => {
	expect(readSimpleExpressions(parameter, JSON_OF_ITEM)).toBeUndefined();
});

test('a field that is read has the value that n8n gives it, whatever the item contains', () => {
	const key = fc.oneof(
		fc.constantFrom(
			'id',
			'name',
			'__proto__',
			'constructor',
			'toString',
			'length',
			'0',
			'a b',
			'ключ',
			'$json',
			'$',
			'00',
			'-1',
			'1e3',
			'12345678901234567890',
			'{{',
			'}}',
			'\r',
			'\u2028',
			'//',
		),
		fc.string({ minLength: 1, maxLength: 8 }),
	);
	const json = fc.dictionary(
		key,
		fc.oneof({ weight: 3, arbitrary: fc.jsonValue() }, fc.dictionary(key, fc.jsonValue())),
	);
	const form = fc.constantFrom(
		(step: string) => `.${step}`,
		(step: string) => `['${step}']`,
		(step: string) => `["${step}"]`,
		(step: string) => `[${step}]`,
	);
	let compared = 0;
	fc.assert(
		fc.property(json, fc.array(fc.tuple(fc.nat(), form), { minLength: 1, maxLength: 3 }), (item, path) => {
			let at: unknown = item;
			let expression = '$json';
			for (const [pick, write] of path) {
				const keys = typeof at === 'object' && at !== null ? Object.keys(at) : ['none'];
				const step = keys[pick % keys.length] ?? 'none';
				expression += write(step);
				at = (at as Record<string, unknown> | null)?.[step];
			}
			const value = readSimpleExpressions(`={{ ${expression} }}`, item);
			if (value === undefined) return;
			compared++;
			expect(byN8n(`={{ ${expression} }}`, item)).toEqual(value);
		}),
		{ seed: 20_261_124, numRuns: 300 },
	);
	expect(compared).toBeGreaterThan(10);
});

import type { INodeProperties } from 'n8n-workflow';

import { readFields } from '../../../nodes/EnapterDevice/fields/field.ts';
import { RESOURCES } from '../../../nodes/EnapterDevice/resources/index.ts';
import { given, giver } from '../../support/given.mts';
import { DEVICE_OPERATIONS, OPERATIONS } from '../../support/operations.mts';

/** Prepares an item with these parameters. */
function prepare(name: string, parameters: Record<string, unknown>): unknown {
	const example = OPERATIONS.find((entry) => entry.name === name);
	if (example === undefined) throw new Error(`There is no operation ${name}`);
	const { operation, parametersFor } = example;
	const values = readFields(operation.fields, giver({ ...parametersFor('a-device'), ...parameters }));
	return operation.prepare(values, given('').item);
}

test('no two operations have the same name, and each resource selects one of its own at first', () => {
	expect(new Set(OPERATIONS.map(({ name }) => name)).size).toBe(OPERATIONS.length);
	for (const { operations, defaultOperation } of RESOURCES) {
		expect(operations.map(({ option }) => option.value)).toContain(defaultOperation);
	}
});

test.each(OPERATIONS)('$name needs only the parameters that have no default', ({ name }) => {
	expect(() => prepare(name, {})).not.toThrow();
});

test.each(DEVICE_OPERATIONS)('$name without a device says so', ({ name }) => {
	for (const deviceId of [undefined, '', { __rl: true, mode: 'list', value: '' }]) {
		expect(() => prepare(name, { deviceId })).toThrow(/^Device is empty\.$/);
	}
});

const COLLECTIONS = OPERATIONS.flatMap(({ name, operation }) =>
	operation.fields
		.filter(({ property }) => property.type === 'collection')
		.map(({ property }) => [name, property.name, property.displayName] as const),
);

test.each(COLLECTIONS)('%s: %s as a list is refused', (name, parameter, label) => {
	expect(() => prepare(name, { [parameter]: ['a'] })).toThrow(`${label} must be an object`);
});

/** The options of all collections that may be set by expressions, with what else must be set for them to be shown. */
const OPTIONS = OPERATIONS.flatMap(({ name, operation }) =>
	operation.fields.flatMap(({ property }) =>
		(property.type === 'collection' ? ((property.options ?? []) as INodeProperties[]) : [])
			.filter(({ noDataExpression }) => noDataExpression !== true)
			.map((option) => [name, property.name, option.name, shownWith(option)] as const),
	),
);

function shownWith({ displayOptions }: INodeProperties): Record<string, unknown> {
	const shown = Object.entries(displayOptions?.show ?? {});
	return Object.fromEntries(shown.map(([other, values]) => [other.replace(/^.*\./, ''), values?.[0]]));
}

test.each(OPTIONS)(
	'%s: %s.%s that was added and is blank is refused, never read as its default',
	(name, collection, option, others) => {
		for (const value of [null, '', ' ', [], { __rl: true, mode: 'list', value: '' }]) {
			expect(() => prepare(name, { [collection]: { ...others, [option]: value } })).toThrow(/ is empty\.$/);
		}
	},
);

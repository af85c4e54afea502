import { RESOURCES } from '../../../nodes/EnapterDevice/resources/index.ts';
import { itemParameters } from '../../support/itemParameters.mts';
import { OPERATIONS } from '../../support/operations.mts';

/** Prepares an item with these parameters and what the panel has by itself. */
function prepare(name: string, parameters: Record<string, unknown>): void {
	const found = OPERATIONS.find((entry) => entry.name === name);
	if (found === undefined) throw new Error(`there is no operation ${name}`);
	found.operation.prepare(itemParameters(parameters));
}

const withDevice = OPERATIONS.filter(({ operation }) =>
	operation.fields.some(({ name }) => name === 'deviceId'),
);

test('no two operations have the same name, and each resource chooses one of its own at first', () => {
	expect(new Set(OPERATIONS.map(({ name }) => name)).size).toBe(OPERATIONS.length);
	for (const { operations, defaultOperation } of RESOURCES) {
		expect(operations.map(({ option }) => option.value)).toContain(defaultOperation);
	}
});

test.each(OPERATIONS)('$name needs nothing but what has no default', ({ name, parametersFor }) => {
	expect(() => prepare(name, parametersFor('a-device'))).not.toThrow();
});

test.each(withDevice)('$name without a device says so', ({ name, parametersFor }) => {
	expect(() => prepare(name, parametersFor(''))).toThrow(/^Device is empty\. /);
});

test('assignBlueprint without a blueprint says so', () => {
	expect(() => prepare('device.assignBlueprint', { deviceId: 'a-device' })).toThrow(/^Blueprint is empty\./);
});

test('update without a field says so', () => {
	expect(() => prepare('device.update', { deviceId: 'a-device' })).toThrow(/^There is nothing to update\./);
});

test.each([
	['assignBlueprint', 'options', 'Options'],
	['generateConfig', 'options', 'Options'],
	['get', 'options', 'Options'],
	['getAll', 'options', 'Options'],
	['getAll', 'filters', 'Filters'],
	['update', 'options', 'Options'],
	['update', 'updateFields', 'Update Fields'],
])('%s: %s as a list is refused', (operation, parameter, shown) => {
	const valid = OPERATIONS.find(({ name }) => name === `device.${operation}`)?.parametersFor('a-device');
	expect(() => prepare(`device.${operation}`, { ...valid, [parameter]: ['a'] })).toThrow(
		`${shown} has to be an object`,
	);
});

test.each([
	['generateConfig', { protocol: 'HTTP' }, 'Protocol has to be one of: MQTTS, MQTT.'],
	[
		'generateConfig',
		{ options: { credentialFiles: 'zip' } },
		'Output Credentials As has to be one of: none, json, pem.',
	],
	['generateConfig', { protocol: 'MQTT', options: { credentialFiles: 'pem' } }, 'MQTT has a user name'],
	['getAll', { limit: 0 }, 'Limit has to be a whole number from 1 to 1000000.'],
	['getAll', { returnAll: 'yes' }, 'Return All has to be true or false.'],
	['getAll', { filters: { type: 'a-b' } }, 'Types holds "a-b", which is not one of the values offered.'],
	['getAll', { filters: { name: ['a'] } }, 'Name Contains is a list; a text is expected.'],
	['getAll', { filters: { siteId: '..' } }, 'Site is "..", which is no ID.'],
	['getAll', { filters: { blueprintId: '.' } }, 'Blueprint is ".", which is no ID.'],
	['getAll', { filters: { raisedAlerts: 'a b' } }, 'Raised Alerts holds "a b"'],
	['getAll', { filters: { connectivity: 'UP' } }, 'Connectivity has to be one of: ONLINE, OFFLINE, UNKNOWN.'],
	['update', { options: { skipIfUnchanged: 'yes' } }, 'Skip If Unchanged has to be true or false.'],
	[
		'assignBlueprint',
		{ options: { skipIfAssigned: 1 } },
		'Skip If Already Assigned has to be true or false.',
	],
])('%s with %j is refused', (operation, parameters, message) => {
	const valid = OPERATIONS.find(({ name }) => name === `device.${operation}`)?.parametersFor('a-device');
	expect(() => prepare(`device.${operation}`, { ...valid, ...parameters })).toThrow(message);
});

test.each(
	['siteId', 'blueprintId', 'connectivity', 'name', 'type', 'raisedAlerts'].flatMap((filter) =>
		[null, '', ' ', [], { __rl: true, mode: 'list', value: '' }].map((value) => [filter, value] as const),
	),
)('a filter %s that was added and left at %j is refused, not read as all', (filter, value) => {
	expect(() => prepare('device.getAll', { filters: { [filter]: value } })).toThrow(
		/ is empty\. Give it a value, or remove it from Filters\./,
	);
});

import { OPERATIONS } from '../../nodes/EnapterDevice/operations/index.ts';

const VALID: Record<string, unknown> = {
	deviceId: 'a-device',
	blueprintId: 'a-blueprint',
	updateFields: { name: 'A name' },
};

/** Prepares an item with these parameters and what the panel has by itself. */
function prepare(operation: string, parameters: Record<string, unknown>): void {
	const found = OPERATIONS.find(({ option }) => option.value === operation);
	if (found === undefined) throw new Error(`there is no operation ${operation}`);
	found.prepare((name, fallback) => (name in parameters ? parameters[name] : fallback));
}

const names = OPERATIONS.map(({ option }) => String(option.value));
const withDevice = names.filter((name) => name !== 'getAll');

test.each(names)('%s needs nothing but what has no default', (operation) => {
	expect(() => prepare(operation, VALID)).not.toThrow();
});

test.each(withDevice)('%s without a device says so', (operation) => {
	const { deviceId: _none, ...others } = VALID;
	expect(() => prepare(operation, others)).toThrow(/^Device is empty\. Choose one from the list/);
});

test('assignBlueprint without a blueprint says so', () => {
	expect(() => prepare('assignBlueprint', { deviceId: 'a-device' })).toThrow(/^Blueprint is empty\./);
});

test('update without a field says so', () => {
	expect(() => prepare('update', { deviceId: 'a-device' })).toThrow(/^There is nothing to update\./);
});

test.each([
	...names.map((operation) => [operation, 'options', 'Options has to be an object.']),
	['update', 'updateFields', 'Update Fields has to be an object.'],
	['getAll', 'filters', 'Filters has to be an object.'],
])('%s: %s as a list is refused', (operation, parameter, message) => {
	expect(() => prepare(operation, { ...VALID, [parameter]: ['a'] })).toThrow(message);
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
	['getAll', { filters: { connectivity: 'UP' } }, 'Connectivity has to be one of: ONLINE, OFFLINE, UNKNOWN.'],
])('%s with %j is refused', (operation, parameters, message) => {
	expect(() => prepare(operation, { ...VALID, ...parameters })).toThrow(message);
});

test.each([undefined, null, ''])('a filter that was added and left at %j filters nothing', (value) => {
	const filters = {
		siteId: value,
		blueprintId: value,
		connectivity: value,
		name: value ?? '',
		type: value ?? [],
	};
	expect(() => prepare('getAll', { filters })).not.toThrow();
	const locators = {
		siteId: { __rl: true, mode: 'list', value },
		blueprintId: { __rl: true, mode: 'id', value },
	};
	expect(() => prepare('getAll', { filters: locators })).not.toThrow();
});

import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { type RunOptions, runNode } from '../support/engine.mts';
import { byId } from '../support/locators.mts';
import { DEVICE, DEVICE_OPERATIONS } from '../support/operations.mts';

const MODES = ['continueRegularOutput', 'continueErrorOutput'] as const;

let emulator: Emulator;

beforeAll(async () => {
	emulator = await startEmulator();
});

beforeEach(() => emulator.reset());

afterAll(async () => await emulator.close());

const run = async (parameters: Record<string, unknown>, more: Partial<RunOptions> = {}) =>
	await runNode({ emulator, parameters, ...more });

const VALUES: Array<[string, unknown, string]> = [
	['nothing', null, 'is empty'],
	['blanks', ' \t', 'is empty'],
	['a dot', '.', 'is "."'],
	['two dots', '..', 'is ".."'],
	['a control character', 'a\u0000', 'contains a character'],
	['a line break', 'a\nb', 'contains a character'],
	['half a character', 'a\ud800', 'contains a character'],
	['a page', 'x'.repeat(257), 'has 257 characters'],
	['a list', ['a'], 'must be text, not a list'],
	['an object', { id: 'a' }, 'must be text, not an object'],
	['a boolean', true, 'must be text, not true'],
];

describe.each(DEVICE_OPERATIONS)('$name', ({ parametersFor, item }) => {
	test.each(VALUES)('with %s as device is refused before any request', async (_name, value, message) => {
		const { error } = await run(parametersFor('={{ $json.value }}'), {
			items: [{ ...item?.(emulator, emulator.fleet.get(DEVICE).id), value }],
		});
		expect(error?.message).toContain(`Device ${message}`);
		expect(emulator.requests).toEqual([]);
	});
});

test.each(VALUES)('%s as blueprint is refused before any request', async (_name, value, message) => {
	const parameters = {
		operation: 'assignBlueprint',
		deviceId: DEVICE,
		blueprintId: byId('={{ $json.value }}'),
	};
	const { error } = await run(parameters, { items: [{ value }] });
	expect(error?.message).toContain(`Blueprint ${message}`);
	expect(emulator.requests).toEqual([]);
});

test.each([
	['an update of nothing', { operation: 'update', updateFields: {} }, 'There is nothing to update'],
	['an empty name', { operation: 'update', updateFields: { name: '' } }, 'Name is empty'],
	[
		'a name that is a list',
		{ operation: 'update', updateFields: { name: '={{ ["a"] }}' } },
		'Name must be text, not a list',
	],
	['an empty slug', { operation: 'update', updateFields: { slug: ' ' } }, 'Slug is empty'],
	[
		'PEM files of MQTT',
		{ operation: 'generateConfig', protocol: 'MQTT', options: { credentialFiles: 'pem' } },
		'not PEM files',
	],
	[
		'what to include',
		{ operation: 'get', options: { expand: 'site&limit=1' } },
		'Include in Output contains "site&limit=1"',
	],
	[
		'an option that an expression sets',
		{ operation: 'delete', options: { deleteDependents: 'yes' } },
		'Delete Dependent Devices must be set in the panel of the node.',
	],
	[
		'a connectivity that does not exist',
		{ operation: 'getAll', filters: { connectivity: 'up' } },
		'Connectivity must be one of: ONLINE, OFFLINE, UNKNOWN.',
	],
	[
		'an unknown operation',
		{ operation: 'explode' },
		'There is no operation "explode" for the resource "device".',
	],
	[
		'an unknown resource',
		{ resource: 'moon', operation: 'get' },
		'for the resource "moon". Open the node and choose from the lists.',
	],
])('%s is refused before any request', async (_name, parameters, message) => {
	const { error } = await run({ deviceId: byId(DEVICE), ...parameters });
	expect(error?.message).toContain(message);
	expect(emulator.requests).toEqual([]);
});

describe('filters', () => {
	test.each([
		['siteId', { __rl: true, mode: 'id', value: '={{ $json.site }}' }, 'Site'],
		['siteId', { __rl: true, mode: 'list', value: '' }, 'Site'],
		['blueprintId', { __rl: true, mode: 'id', value: '={{ $json.blueprint }}' }, 'Blueprint'],
		['name', '={{ $json.nme }}', 'Name Contains'],
		['name', '', 'Name Contains'],
		['type', [], 'Types'],
		['connectivity', '={{ $json.state }}', 'Connectivity'],
		['raisedAlerts', ' ', 'Raised Alerts'],
	])('a filter %s of %j is refused, never read as all', async (name, value, shown) => {
		const { error } = await run({ operation: 'getAll', returnAll: true, filters: { [name]: value } });
		expect(error?.message).toContain(`${shown} is empty.`);
		expect(emulator.requests).toEqual([]);
	});

	test.each([
		[true, 30],
		['true', 30],
		[false, 3],
		['false', 3],
	])('Return All as %j, also from an expression, returns %d devices', async (value, count) => {
		const parameters = { operation: 'getAll', returnAll: '={{ $json.value }}', limit: 3 };
		const { output } = await run(parameters, { items: [{ value }] });
		expect(output).toHaveLength(count);
	});
});

test.each([
	['http://me:pass-word@127.0.0.1', 'contains a user name or password'],
	['ftp://127.0.0.1', 'must start with http:// or https://'],
	['http://', 'must start with http:// or https://'],
	['127.0.0.1:80', 'must start with http:// or https://'],
	['https://cloud.enapter.com', 'web interface'],
])('the base URL %s is refused before any request', async (baseUrl, message) => {
	const credential = { apiToken: emulator.tokens.owner, baseUrl };
	const result = await run({ operation: 'get', deviceId: DEVICE }, { credential });
	expect(result.error?.message).toContain(message);
	expect(JSON.stringify(result.run)).not.toContain('pass-word');
});

test.each([' ', 'one\ntwo'])('the token %j is refused before any request', async (apiToken) => {
	const credential = { apiToken, baseUrl: emulator.baseUrl };
	const { error } = await run({ operation: 'get', deviceId: DEVICE }, { credential });
	expect(error?.message).toContain('The API Token of the credential "Test"');
	expect(emulator.requests).toEqual([]);
});

test('an empty input gives an empty output and sends nothing', async () => {
	const { output, error } = await run({ operation: 'getAll' }, { items: [] });
	expect([error, output, emulator.requests]).toEqual([undefined, [], []]);
});

test.each(['a/b', '../x', '%2F', 'a?b=c', 'a#b', 'Électrolyseur', '日本'])(
	'%j goes as one segment of the path',
	async (id) => {
		await run({ operation: 'get', deviceId: byId(id) });
		expect(emulator.requests.map(({ path }) => path)).toEqual([`/v3/devices/${encodeURIComponent(id)}`]);
	},
);

describe('in Stop Workflow', () => {
	const parameters = { operation: 'delete', deviceId: '={{ $json.id }}' };

	test('one bad item keeps all from being sent', async () => {
		const items = [{ id: DEVICE }, { id: '' }, { id: 'living-room-ucm' }, { id: '..' }];
		const { error } = await run(parameters, { items });
		expect(error?.message).toMatch(/ \[item 1\]$/);
		expect(error?.description).toMatch(
			/^Enter a value, .* Nothing was sent\. Other errors in this run: item 3\./,
		);
		expect(emulator.requests).toEqual([]);
	});

	test('a device that does not exist keeps all from being changed', async () => {
		const items = [{ id: DEVICE }, { id: 'no-such-device' }];
		const { error } = await run(parameters, { items });
		expect(error?.message).toBe('Device "no-such-device" was not found. [item 1]');
		expect(error?.description).toContain('Nothing was changed.');
		expect(emulator.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
	});

	test('an expression that cannot be evaluated keeps its own reason beside it', async () => {
		const deviceId = byId("={{ $('Items').itemMatching(7).json.id }}");
		const { error } = await run({ operation: 'get', deviceId });
		expect(error?.message).toBe('Can’t get data for expression');
		expect(error?.description).toMatch(
			/^Some intermediate nodes .* have not executed yet\. Nothing was sent\.$/,
		);
		expect(emulator.requests).toEqual([]);
	});
});

describe.each(MODES)('in Continue (%s)', (onError) => {
	const failedOf = ({ output, errorOutput }: Awaited<ReturnType<typeof run>>) =>
		(onError === 'continueErrorOutput' ? errorOutput : output).filter(({ json }) => 'error' in json);

	test('one bad item of five keeps none of the others from being sent', async () => {
		const items = ['living-room-ucm', '..', 'weather-station-1'].map((id) => ({ id }));
		const result = await run({ operation: 'get', deviceId: '={{ $json.id }}' }, { items, onError });
		expect(result.error).toBeUndefined();
		expect(emulator.requests.map(({ path }) => path).toSorted()).toEqual(
			['living-room-ucm', 'weather-station-1'].map((id) => `/v3/devices/${id}`),
		);
		expect(failedOf(result).map(({ json }) => json['error'])).toEqual([
			expect.stringMatching(/^Device is "\.\.".* \[item 1\]$/),
		]);
	});

	test('an option that only one item has wrong fails that item alone', async () => {
		const items = [{ expand: 'a b' }, { expand: 'site' }, { expand: ['site'] }];
		const parameters = { operation: 'get', deviceId: DEVICE, options: { expand: '={{ $json.expand }}' } };
		const result = await run(parameters, { items, onError });
		expect(failedOf(result).map(({ json }) => json['error'])).toEqual([
			expect.stringMatching(/^Include in Output contains "a b".* \[item 0\]$/),
		]);
		expect(result.output.filter(({ json }) => json['slug'] === DEVICE)).toHaveLength(2);
	});

	test.each([
		['maxConcurrency', 'Max Concurrency'],
		['maxRetries', 'Max Retries'],
		['timeout', 'Timeout'],
	])('%s is read once for the whole run, and its message says so', async (name, shown) => {
		const items = [{ value: -1 }, { value: 1 }];
		const parameters = { operation: 'get', deviceId: DEVICE, options: { [name]: '={{ $json.value }}' } };
		const failed = failedOf(await run(parameters, { items, onError }));
		expect(failed.map(({ json }) => json['error'])).toEqual(
			[0, 1].map((item) =>
				expect.stringMatching(new RegExp(`^${shown} of the first item must be .* \\[item ${item}\\]$`)),
			),
		);
		expect(emulator.requests).toEqual([]);
	});

	test('a credential that cannot be used lets no item pass as done', async () => {
		const credential = { apiToken: '', baseUrl: emulator.baseUrl };
		const items = [{ id: 'weather-station-1' }, { id: 'weather-station-2' }];
		const result = await run(
			{ operation: 'delete', deviceId: '={{ $json.id }}' },
			{ items, onError, credential },
		);
		if (onError === 'continueErrorOutput') expect(result.output).toEqual([]);
		expect(failedOf(result).map(({ json }) => json['error'])).toEqual([
			expect.stringMatching(/^The API Token .* empty\..*\[item 0\]$/),
			expect.stringMatching(/^The API Token .* empty\..*[^\]] \[item 1\]$/),
		]);
	});
});

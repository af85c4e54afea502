import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { type RunOptions, runNode } from '../support/engine.mts';

const DEVICE = 'weather-station-1';
const MODES = ['continueRegularOutput', 'continueErrorOutput'] as const;

let emulator: Emulator;

beforeAll(async () => {
	emulator = await startEmulator();
});

beforeEach(() => emulator.reset());

afterAll(async () => await emulator.close());

const run = async (parameters: Record<string, unknown>, more: Partial<RunOptions> = {}) =>
	await runNode({ emulator, parameters, ...more });

const OPERATIONS: Record<string, Record<string, unknown>> = {
	update: { updateFields: { name: 'x' } },
	delete: {},
	generateConfig: { protocol: 'MQTT' },
	assignBlueprint: { blueprintId: 'x' },
	get: {},
};

const VALUES: Array<[string, unknown]> = [
	['nothing', ''],
	['blanks', ' \t'],
	['a dot', '.'],
	['two dots', '..'],
	['a control character', 'a\u0000'],
	['a page', 'x'.repeat(257)],
	['a list', ['a']],
	['an object', { id: 'a' }],
	['a truth value', true],
];

const ROWS = VALUES.flatMap(([name, value]) => [
	...Object.keys(OPERATIONS).map((operation) => [operation, 'Device', 'deviceId', name, value] as const),
	['assignBlueprint', 'Blueprint', 'blueprintId', name, value] as const,
]);

test.each(ROWS)('%s: as %s (%s) %s is refused', async (operation, shown, parameter, _name, value) => {
	const parameters = { deviceId: DEVICE, ...OPERATIONS[operation], [parameter]: '={{ $json.value }}' };
	const { error } = await run({ operation, ...parameters }, { items: [{ value }] });
	expect(error?.message).toMatch(new RegExp(`^${shown} .*\\[item 0\\]$`));
	expect(emulator.requests).toEqual([]);
});

test.each([
	['maxConcurrency', 0, 'Max Concurrency'],
	['maxConcurrency', 'x', 'Max Concurrency'],
	['maxConcurrency', 1.5, 'Max Concurrency'],
	['maxRetries', -1, 'Max Retries'],
	['maxRetries', 11, 'Max Retries'],
	['timeout', 0, 'Timeout'],
	['expand', 'site&limit=1', 'Expand'],
])('option %s as %j is refused', async (name, value, shown) => {
	const { error } = await run({ operation: 'get', deviceId: DEVICE, options: { [name]: value } });
	expect(error?.message).toMatch(new RegExp(`^${shown} .*\\[item 0\\]$`));
	expect(emulator.requests).toEqual([]);
});

test.each([
	['delete', 'deleteDependents', 'Delete Devices Running on It First'],
	['assignBlueprint', 'skipIfAssigned', 'Skip If Already Assigned'],
])('%s: the option %s has to be true or false', async (operation, name, shown) => {
	const { error } = await run({
		operation,
		deviceId: DEVICE,
		...OPERATIONS[operation],
		options: { [name]: 'yes' },
	});
	expect(error?.message).toBe(`${shown} has to be true or false. [item 0]`);
	expect(emulator.requests).toEqual([]);
});

test('a connectivity that does not exist is refused, as no device could have it', async () => {
	const { error } = await run({ operation: 'getAll', filters: { connectivity: 'online' } });
	expect(error?.message).toBe('Connectivity has to be one of: ONLINE, OFFLINE, UNKNOWN. [item 0]');
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

test.each([
	['name', '', 'Name'],
	['name', ['a'], 'Name'],
	['slug', ' ', 'Slug'],
	['slug', { a: 1 }, 'Slug'],
])('%s as %j is refused', async (name, value, shown) => {
	const parameters = {
		operation: 'update',
		deviceId: DEVICE,
		updateFields: { [name]: '={{ $json.value }}' },
	};
	const { error } = await run(parameters, { items: [{ value }] });
	expect(error?.message).toMatch(new RegExp(`^${shown} .*\\[item 0\\]$`));
	expect(emulator.requests).toEqual([]);
});

test.each(['http://me:pass-word@127.0.0.1', 'ftp://127.0.0.1', 'http://', '127.0.0.1:80'])(
	'base URL %s is refused',
	async (baseUrl) => {
		const credential = { apiToken: emulator.tokens.owner, baseUrl };
		const result = await run({ operation: 'get', deviceId: DEVICE }, { credential });
		expect(result.error?.message).toContain('The Base URL');
		expect(JSON.stringify(result.run)).not.toContain('pass-word');
	},
);

describe.each(MODES)('one bad item of five (%s)', (onError) => {
	test('keeps none of the others from being sent', async () => {
		const items = ['a', 'b', '..', 'weather-station-2', 'c'].map((id) => ({ id }));
		const parameters = { operation: 'get', deviceId: '={{ $json.id }}' };
		const { output, errorOutput, error } = await run(parameters, { items, onError });
		expect(error).toBeUndefined();
		expect(emulator.requests.map(({ path }) => path).toSorted()).toEqual(
			['a', 'b', 'c', 'weather-station-2'].map((id) => `/v3/devices/${id}`),
		);
		const failed =
			onError === 'continueErrorOutput' ? errorOutput : output.filter(({ json }) => json['error']);
		expect(failed.map(({ json }) => String(json['error']).slice(-8))).toEqual(
			[0, 1, 2, 4].map((item) => `[item ${item}]`),
		);
		expect(output.filter(({ json }) => json['slug'] === 'weather-station-2')).toHaveLength(1);
	});
});

describe.each(MODES)('what fails all items (%s)', (onError) => {
	const items = [{ id: 'weather-station-1' }, { id: 'weather-station-2' }];
	const parameters = { operation: 'delete', deviceId: '={{ $json.id }}' };
	const failedOf = ({ output, errorOutput }: Awaited<ReturnType<typeof run>>) => {
		if (onError === 'continueErrorOutput') expect(output).toEqual([]);
		return (onError === 'continueErrorOutput' ? errorOutput : output).map(({ json }) => json['error']);
	};

	test('a credential that cannot be used lets no item pass as done', async () => {
		const credential = { apiToken: '', baseUrl: emulator.baseUrl };
		const result = await run(parameters, { items, onError, credential });
		expect(failedOf(result)).toEqual([
			expect.stringMatching(/^The API Token .* empty\..*\[item 0\]$/),
			expect.stringMatching(/^The API Token .* empty\..*[^\]] \[item 1\]$/),
		]);
	});

	test('nor does an option that cannot be used', async () => {
		const options = { maxConcurrency: 0 };
		const result = await run({ ...parameters, options }, { items, onError });
		expect(failedOf(result)).toEqual([
			expect.stringMatching(/^Max Concurrency .*\[item 0\]$/),
			expect.stringMatching(/^Max Concurrency .*[^\]] \[item 1\]$/),
		]);
		expect(emulator.requests).toEqual([]);
	});
});

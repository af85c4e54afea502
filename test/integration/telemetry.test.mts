import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { IDataObject } from 'n8n-workflow';

import { createFleet } from '../../emulator/fleet.mts';
import { type Emulator, type Fault, startEmulator } from '../../emulator/server.mts';
import { readBinary, runAsTool, runNode } from '../support/engine.mts';
import { loadOptions } from '../support/panelMethods.mts';

const NOW = Date.UTC(2026, 5, 21, 12);

const BATTERY = 'example-battery';
const METER = 'example-power-meter';

let emulator: Emulator;

beforeEach(async () => {
	emulator = await startEmulator({ fleet: createFleet({ devices: 150, examples: true, now: () => NOW }) });
});

afterEach(async () => await emulator.close());

const idOf = (slug: string) => emulator.fleet.get(slug).id;
const online = () => emulator.fleet.list().filter(({ connectivity }) => connectivity.status === 'ONLINE');
const json = ({ output }: Awaited<ReturnType<typeof runNode>>) => output.map((item) => item.json);
const hints = (result: Awaited<ReturnType<typeof runNode>>) => result.hints.map(({ message }) => message);
/** A time of the first minute of 1970, in the time zone of the tests. */
const at = (second: number) => `1969-12-31T19:00:0${second}-05:00`;
const paths = () => emulator.requests.map(({ method, path }) => `${method} ${decodeURIComponent(path)}`);

const refusal = (path: RegExp | string, status = 422, more: Partial<Fault> = {}): Fault => ({
	kind: 'status',
	status,
	body: { errors: [{ message: 'Not that one.' }] },
	match: { path },
	...more,
});

describe('Get Latest', () => {
	const getLatest = async (options: Partial<Parameters<typeof runNode>[0]> = {}) =>
		await runNode({
			emulator,
			...options,
			parameters: {
				resource: 'telemetry',
				operation: 'getLatest',
				deviceId: '={{ $json.id }}',
				attributes: 'status',
				...options.parameters,
			},
		});

	test('outputs for each item the values of its own device and attributes, read in one request', async () => {
		const items = [
			{ id: idOf(BATTERY), names: 'battery_soc, mode' },
			{ id: idOf(METER), names: 'total_power' },
			{ id: idOf(BATTERY), names: 'mode' },
		];
		const result = await getLatest({ items, parameters: { attributes: '={{ $json.names }}' } });
		expect(json(result)).toEqual([
			{ device_id: idOf(BATTERY), battery_soc: expect.any(Number) as number, mode: 'auto' },
			{ device_id: idOf(METER), total_power: expect.any(Number) as number },
			{ device_id: idOf(BATTERY), mode: 'auto' },
		]);
		expect(result.output.map(({ pairedItem }) => pairedItem)).toEqual([
			{ item: 0 },
			{ item: 1 },
			{ item: 2 },
		]);
		expect(paths()).toEqual([
			`GET /v3/telemetry/latest?devices[${idOf(BATTERY)}]=battery_soc,mode&devices[${idOf(METER)}]=total_power`,
		]);
		expect(result.hints).toEqual([]);
	});

	test('takes attributes as a list or as text, also from an expression', async () => {
		for (const attributes of [['mode', 'status'], '={{ ["mode", "status"] }}', 'mode,status,mode']) {
			const result = await getLatest({ parameters: { deviceId: idOf(BATTERY), attributes } });
			expect(Object.keys(json(result)[0] ?? {})).toEqual(['device_id', 'mode', 'status']);
		}
	});

	test('outputs what the API says if it is not simplified', async () => {
		const result = await getLatest({
			parameters: { deviceId: idOf(BATTERY), attributes: 'mode,no_such_thing', simplify: false },
		});
		expect(json(result)).toEqual([
			{
				device_id: idOf(BATTERY),
				telemetry: {
					mode: { value: 'auto', timestamp: NOW / 1000 },
					no_such_thing: { warning: 'Attribute not found.' },
				},
			},
		]);
	});

	test('outputs the ID of a device given by its slug, and reads a device with two names once', async () => {
		const items = [{ id: BATTERY }, { id: idOf(BATTERY).toUpperCase() }];
		const result = await getLatest({ items, parameters: { attributes: 'mode' } });
		expect(json(result)).toEqual([
			{ device_id: idOf(BATTERY), mode: 'auto' },
			{ device_id: idOf(BATTERY), mode: 'auto' },
		]);
		expect(paths()).toEqual([
			`GET /v3/devices/${BATTERY}?expand=connectivity`,
			`GET /v3/telemetry/latest?devices[${idOf(BATTERY)}]=mode`,
		]);
	});

	test('looks many slugs up by the pages of the list', async () => {
		const items = online().map(({ slug }) => ({ id: slug }));
		const result = await getLatest({ items });
		expect(json(result).map(({ device_id: id }) => id)).toEqual(online().map(({ id }) => id));
		const lists = paths().filter((path) => path.startsWith('GET /v3/devices?'));
		expect(lists).toHaveLength(4);
		expect(paths()).toHaveLength(4 + 2);
	});

	test('understands a response whose keys are slugs', async () => {
		const ids = [idOf(BATTERY), idOf(METER)];
		emulator.addFault({
			kind: 'body',
			match: { path: 'telemetry' },
			body: {
				telemetry: {
					[METER]: { status: { value: 'meter', timestamp: 1 } },
					[BATTERY]: { status: { value: 'battery', timestamp: 1 } },
				},
			},
		});
		const result = await getLatest({ items: ids.map((id) => ({ id })) });
		expect(json(result).map(({ status }) => status)).toEqual(['battery', 'meter']);
	});

	test('1,000 devices take at most 30 requests, whose URLs stay below 6,000 characters', async () => {
		await emulator.close();
		emulator = await startEmulator({ fleet: createFleet({ devices: 1000, now: () => NOW }) });
		const devices = emulator.fleet.list();
		const result = await getLatest({
			items: devices.map(({ id }) => ({ id })),
			parameters: { attributes: 'status,battery_soc,total_power,active_power' },
		});
		expect(json(result).map(({ device_id: id }) => id)).toEqual(devices.map(({ id }) => id));
		expect(emulator.requests.length).toBeLessThanOrEqual(30);
		const lengths = emulator.requests.map(({ path }) => emulator.origin.length + path.length);
		expect(Math.max(...lengths)).toBeLessThan(6000);
	});

	test('items with another relevance interval are read separately', async () => {
		const items = [{ interval: 60 }, { interval: '30m' }, { interval: '1m0s' }];
		const result = await getLatest({
			items,
			parameters: {
				deviceId: idOf(METER),
				attributes: 'total_energy',
				options: { relevanceInterval: '={{ $json.interval }}' },
			},
		});
		expect(paths()).toEqual([
			`GET /v3/telemetry/latest?devices[${idOf(METER)}]=total_energy&relevance_interval=60s`,
			`GET /v3/telemetry/latest?devices[${idOf(METER)}]=total_energy&relevance_interval=1800s`,
		]);
		expect(json(result)[1]).toEqual({ device_id: idOf(METER), total_energy: expect.any(Number) as number });
	});

	test('says of a value that is too old when the last one was, and that the device is offline', async () => {
		emulator.fleet.simulate(BATTERY, { connectivity: 'OFFLINE' });
		const result = await getLatest({ items: [{ id: idOf(BATTERY) }, { id: idOf(METER) }] });
		expect(json(result)[0]).toEqual({ device_id: idOf(BATTERY), status: null });
		expect(hints(result)).toEqual([
			'Older than the Relevance Interval: status of Example battery (offline). The Relevance Interval is 30 seconds if it is not set. Increase it in the options for older values; a device that is offline has no current value.',
		]);
		await emulator.close();
		emulator = await startEmulator({ fleet: createFleet({ examples: true, now: () => NOW + 420_000 }) });
		const meter = await getLatest({ parameters: { deviceId: METER, attributes: 'total_energy,status' } });
		expect(hints(meter)[0]).toMatch(
			/^Older than the Relevance Interval: total_energy of Example power meter \(last value 2026-06-21T08:00:00-04:00\)\. /,
		);
	});

	test('says which attributes do not exist, with similar ones, and which the role may not read', async () => {
		const items = [
			{ id: BATTERY, names: 'battery_sok, status' },
			{ id: 'example-electrolyser', names: 'stack_voltages, status' },
		];
		const result = await getLatest({ items, parameters: { attributes: '={{ $json.names }}' } });
		expect(json(result).map(({ status }) => status)).toEqual([expect.any(String), expect.any(String)]);
		expect(hints(result)).toEqual([
			"Not an attribute of the device: battery_sok of Example battery (similar: battery_soc). Not readable with this API Token's role: stack_voltages of Example electrolyser (needs VENDOR).",
		]);
	});

	test('reads each manifest once, and explains a few of many devices', async () => {
		const items = online().map(({ id }) => ({ id }));
		const result = await getLatest({ items, parameters: { attributes: 'status,no_such_attribute' } });
		expect(result.error).toBeUndefined();
		expect(hints(result)).toHaveLength(1);
		expect(hints(result)[0]).toContain(`Values of ${items.length - 10} more devices are also missing.`);
		const manifests = paths().filter((path) => path.includes('expand=manifest'));
		expect(manifests.length).toBeLessThanOrEqual(10);
		expect(emulator.requests.length).toBeLessThan(25);
	});

	test('fails if none of the attributes exists on any device', async () => {
		const items = [{ id: BATTERY }, { id: METER }];
		const result = await getLatest({
			items,
			parameters: { attributes: 'battery_sok,no_such' },
			onError: 'continueRegularOutput',
		});
		expect(json(result)).toEqual([
			{
				error: 'Device Example battery has no telemetry attribute "battery_sok" and "no_such". [item 0]',
				message: 'Similar attributes: battery_soc.',
				deviceId: BATTERY,
			},
			{
				error: 'Device Example power meter has no telemetry attribute "battery_sok" and "no_such". [item 1]',
				message: 'Choose attributes from the list.',
				deviceId: METER,
			},
		]);
	});

	test('a manifest that cannot be read explains nothing and fails nothing', async () => {
		emulator.addFault({ kind: 'status', status: 500, match: { path: /devices\/[^?]*(\?|$)/ } });
		const result = await getLatest({
			parameters: { deviceId: idOf(BATTERY), attributes: 'status,nothing', options: { maxRetries: 0 } },
		});
		expect(result.error).toBeUndefined();
		expect(json(result)[0]).toMatchObject({ nothing: null });
	});

	test.each(['warning', 'leftOut', 'empty', '404'] as const)(
		'a device that does not exist fails where the API says so with: %s',
		async (unknownDevice) => {
			emulator.fleet.dialect.unknownDevice = unknownDevice;
			const missing = '00000000-0000-4000-8000-000000000000';
			const result = await getLatest({
				items: [{ id: idOf(BATTERY) }, { id: missing }],
				onError: 'continueErrorOutput',
			});
			expect(json(result)).toEqual([{ device_id: idOf(BATTERY), status: expect.any(String) as string }]);
			expect(result.errorOutput[0]?.json['error']).toBe(`Device "${missing}" was not found. [item 1]`);
		},
	);

	test.each(['asAsked', 'id', 'slug'] as const)('reads a response with the keys %s', async (latestKeys) => {
		emulator.fleet.dialect.latestKeys = latestKeys;
		const items = [{ id: BATTERY }, { id: idOf(METER).toUpperCase() }];
		const result = await getLatest({ items });
		expect(json(result)).toEqual([
			{ device_id: idOf(BATTERY), status: expect.any(String) as string },
			{ device_id: idOf(METER), status: expect.any(String) as string },
		]);
	});

	test('an API that refuses more than ten devices costs few more requests than there are tens', async () => {
		emulator.fleet.dialect.latestDevices = '10';
		const items = emulator.fleet.list().map(({ id }) => ({ id }));
		const result = await getLatest({ items, onError: 'stopWorkflow' });
		expect(result.error).toBeUndefined();
		expect(result.output).toHaveLength(items.length);
		const latest = paths().filter((path) => path.includes('latest')).length;
		expect(latest).toBeLessThan(items.length / 10 + 20);
	});

	test.each(['400', '404'] as const)(
		'one attribute that does not exist, which refuses the whole request with %s, leaves the others',
		async (unknownAttribute) => {
			emulator.fleet.dialect.unknownAttribute = unknownAttribute;
			const result = await getLatest({
				parameters: { deviceId: idOf(BATTERY), attributes: 'status,mode,nothing' },
			});
			expect(json(result)).toEqual([
				{ device_id: idOf(BATTERY), status: expect.any(String) as string, mode: 'auto', nothing: null },
			]);
			expect(hints(result)[0]).toBe('Not an attribute of the device: nothing of Example battery.');
		},
	);

	test('one attribute that is refused on each of 200 devices costs few requests and one hint', async () => {
		await emulator.close();
		emulator = await startEmulator({ fleet: createFleet({ devices: 200, now: () => NOW }) });
		emulator.addFault(refusal(/latest.*active_power/, 403));
		const items = emulator.fleet.list().map(({ id }) => ({ id }));
		const result = await getLatest({ items, parameters: { attributes: 'status,active_power,mode' } });
		expect(result.error).toBeUndefined();
		expect(json(result).filter(({ status }) => status !== null).length).toBeGreaterThan(100);
		expect(emulator.requests.length).toBeLessThan(80);
		expect(result.hints).toHaveLength(1);
		expect(hints(result)[0]?.length).toBeLessThan(3000);
	});

	test("a proxy's 414 divides the request, and the size that passed is remembered", async () => {
		const server = createServer((request, response) => {
			if ((request.url ?? '').length > 1500) return response.writeHead(414).end('<html>Too long</html>');
			const ids = [...decodeURIComponent(request.url ?? '').matchAll(/devices\[([^\]]+)\]/g)].map(
				([, id = '']) => id,
			);
			sizes.push(ids.length);
			const telemetry = Object.fromEntries(ids.map((id) => [id, { status: { value: id, timestamp: 1 } }]));
			return response
				.writeHead(200, { 'content-type': 'application/json' })
				.end(JSON.stringify({ telemetry }));
		});
		const sizes: number[] = [];
		server.listen(0, '127.0.0.1');
		await once(server, 'listening');
		const ids = emulator.fleet.list().map(({ id }) => id);
		const result = await getLatest({
			items: ids.map((id) => ({ id })),
			credential: {
				baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
				apiToken: 'token',
			},
		});
		server.closeAllConnections();
		server.close();
		expect(result.error).toBeUndefined();
		expect(json(result).map(({ status }) => status)).toEqual(ids);
		expect(sizes.length).toBeLessThanOrEqual(Math.ceil(ids.length / 12));
	});

	test('whole numbers that JavaScript cannot hold are text', async () => {
		emulator.addFault({
			kind: 'body',
			match: { path: 'latest' },
			body: `{"telemetry":{"${idOf(BATTERY)}":{"status":{"value":9007199254740993,"timestamp":1}}}}`,
		});
		expect(json(await getLatest({ parameters: { deviceId: idOf(BATTERY) } }))).toEqual([
			{ device_id: idOf(BATTERY), status: '9007199254740993' },
		]);
	});

	test('a device that is refused leaves the others', async () => {
		const devices = online().slice(0, 60);
		const [refused] = devices.slice(37);
		emulator.addFault(refusal(refused?.id ?? ''));
		const result = await getLatest({
			items: devices.map(({ id }) => ({ id })),
			onError: 'continueErrorOutput',
		});
		expect(result.output).toHaveLength(59);
		expect(result.errorOutput.map((item) => item.json['id'])).toEqual([refused?.id]);
		expect(result.errorOutput[0]?.json['error']).toBe(
			`Device ${refused?.name ?? ''}: Not that one. [item 37]`,
		);
		expect(emulator.requests.length).toBeLessThanOrEqual(20);
	});

	test('a device that does not exist is named', async () => {
		const items = [{ id: idOf(BATTERY) }, { id: '00000000-0000-4000-8000-000000000000' }, { id: 'nowhere' }];
		const result = await getLatest({ items, onError: 'continueRegularOutput' });
		expect(json(result).map(({ error, status }) => error ?? status)).toEqual([
			expect.stringMatching(/^[a-z]+$/),
			'Device "00000000-0000-4000-8000-000000000000" was not found. [item 1]',
			'Device "nowhere" was not found. [item 2]',
		]);
	});

	test('in Stop Workflow the device that is refused is named', async () => {
		const devices = online().slice(0, 60);
		const refused = devices[37];
		emulator.addFault(refusal(refused?.id ?? ''));
		const { error } = await getLatest({ items: devices.map(({ id }) => ({ id })), onError: 'stopWorkflow' });
		expect(error?.message).toBe(`Device ${refused?.name}: Not that one. [item 37]`);
	});

	test('in Stop Workflow all items whose attributes were refused are named', async () => {
		emulator.addFault(refusal('latest'));
		const items = online()
			.slice(0, 8)
			.map(({ id }) => ({ id }));
		const parameters = { options: { maxConcurrency: 1 } };
		const { error } = await getLatest({ items, parameters, onError: 'stopWorkflow' });
		expect(error?.description).toContain('Other errors in this run: items 1–7.');
		expect(emulator.requests.length).toBeLessThan(30);
	});

	test.each([400, 404])('if everything is refused with %d, few requests are sent', async (status) => {
		emulator.addFault(refusal('latest', status));
		const items = emulator.fleet.list().map(({ id }) => ({ id }));
		const result = await getLatest({
			items,
			parameters: { attributes: 'status,mode,battery_soc,total_power' },
			onError: 'continueRegularOutput',
		});
		const named = (name: string) => [
			`Device ${name}: Not that one.`,
			`Device ${name} was not read, because the API refused a request for several devices: Not that one.`,
		];
		for (const [item, { name }] of emulator.fleet.list().entries()) {
			const error = String(json(result)[item]?.['error']);
			expect(named(name).map((message) => `${message} [item ${item}]`)).toContain(error);
		}
		expect(emulator.requests.length).toBeLessThanOrEqual(70);
	});

	test('devices are read although most others are refused, with at most two requests per device', async () => {
		const devices = online().slice(0, 60);
		const [first, last] = [devices[0], devices[19]];
		emulator.addFault(refusal(new RegExp(`^(?!.*(${first?.id}|${last?.id})).*latest`)));
		emulator.addFault(refusal(/latest.*&devices/));
		const result = await getLatest({
			items: devices.map(({ id }) => ({ id })),
			onError: 'continueErrorOutput',
		});
		expect(json(result).map(({ device_id: id }) => id)).toEqual([first?.id, last?.id]);
		expect(paths().filter((path) => path.includes('latest')).length).toBeLessThanOrEqual(120);
	});

	describe('of 300 devices, some of which refuse a request that names them', () => {
		beforeEach(async () => {
			await emulator.close();
			emulator = await startEmulator({ fleet: createFleet({ devices: 3000, now: () => NOW }) });
		});

		const read = async (devices: Array<{ id: string }>, attributes: string) =>
			await getLatest({
				items: devices.map(({ id }) => ({ id })),
				onError: 'continueErrorOutput',
				parameters: { attributes, options: { relevanceInterval: 86_400 } },
			});

		test.each<[string, (index: number) => boolean, number]>([
			['every tenth', (index) => index % 10 === 0, 300],
			['every fifth', (index) => index % 5 === 0, 500],
			['every second', (index) => index % 2 === 0, 600],
			['the first 100 and 150 others', (index) => index < 100 || index % 4 > 0, 600],
			['all but the last 20', (index) => index < 280, 600],
		])('%s: the others are read', async (_what, isRefused, most) => {
			const devices = emulator.fleet.list().slice(0, 300);
			const refused = devices.filter((_, index) => isRefused(index)).map(({ id }) => id);
			emulator.addFault(refusal(new RegExp(`latest.*(${refused.join('|')})`), 403));
			const result = await read(devices, 'status');
			const others = devices.map(({ id }) => id).filter((id) => !refused.includes(id));
			expect(json(result).map(({ device_id: id }) => id)).toEqual(others);
			expect(result.errorOutput).toHaveLength(refused.length);
			expect(JSON.stringify(result.errorOutput)).not.toContain('was not read');
			expect(paths().filter((path) => path.includes('latest')).length).toBeLessThan(most);
		});

		test.each(['400', '404'] as const)(
			'because they lack the attribute (%s): the others are read',
			async (unknownAttribute) => {
				emulator.fleet.dialect.unknownAttribute = unknownAttribute;
				const { blueprints } = emulator.fleet;
				const declares = ({ blueprint_id: id }: { blueprint_id: string }) =>
					'power' in (blueprints.get(id)?.manifest.telemetry ?? {});
				const all = emulator.fleet.list();
				const [having, lacking] = [all.filter(declares), all.filter((device) => !declares(device))];
				const devices = [...having.slice(0, 270), ...lacking.slice(0, 30)].toSorted((a, b) =>
					a.id < b.id ? -1 : 1,
				);
				const result = await read(devices, 'power');
				expect(result.output).toHaveLength(devices.filter(declares).length);
			},
		);

		test('all of them: those that were not requested separately are not blamed', async () => {
			const devices = emulator.fleet.list().slice(0, 300);
			emulator.addFault(refusal('latest', 403));
			const { output, errorOutput } = await read(devices, 'status');
			expect(output).toEqual([]);
			const isBlamed = ({ json: { error } }: { json: IDataObject }) =>
				/^Device .*(?<!several devices): Not that one\. /.test(String(error));
			const others = errorOutput.filter((item) => !isBlamed(item));
			expect(others.length).toBeGreaterThan(200);
			for (const item of others) {
				expect(item.json['error']).toMatch(
					/^Device [^:]+ was not read, because the API refused a request for several devices: Not that one\. /,
				);
			}
			expect(paths().filter((path) => path.includes('latest')).length).toBeLessThan(75);
		});

		test('all of them for one attribute: a hint says that it was not requested separately', async () => {
			const devices = emulator.fleet.list().slice(0, 300);
			emulator.addFault(refusal(/latest.*status/, 403));
			const result = await read(devices, 'status,alerts');
			expect(result.output).toHaveLength(300);
			expect(hints(result)[0]).toContain(
				'Not read, because the API refused the same attributes on other devices: status of ',
			);
		});
	});

	test('an attribute that is refused on every device leaves the others', async () => {
		emulator.addFault(refusal(/status/));
		const items = online()
			.slice(0, 10)
			.map(({ id }) => ({ id }));
		const result = await getLatest({ items, parameters: { attributes: 'status,mode' } });
		expect(json(result).map(({ status }) => status)).toEqual(items.map(() => null));
		expect(result.error).toBeUndefined();
	});

	test('an attribute that is refused leaves the others of its device, and a hint says so', async () => {
		emulator.addFault(refusal(/battery_power/, 403));
		const result = await getLatest({
			parameters: { deviceId: idOf(BATTERY), attributes: 'mode,battery_power,battery_soc' },
		});
		expect(json(result)).toEqual([
			{
				device_id: idOf(BATTERY),
				mode: 'auto',
				battery_power: null,
				battery_soc: expect.any(Number) as number,
			},
		]);
		expect(result.hints[0]?.message).toMatch(
			/^Refused by the API: battery_power of Example battery \(Not that one\.\)\.$/,
		);
	});

	test('if the token is refused, nothing is divided', async () => {
		const credential = { baseUrl: emulator.baseUrl, apiToken: emulator.tokens.expired };
		const { error } = await getLatest({ credential, items: online().map(({ id }) => ({ id })) });
		expect(error?.message).toMatch(/\[item \d+\]$/);
		expect(emulator.requests.length).toBeLessThanOrEqual(3);
	});

	test('in an outage nothing is divided', async () => {
		emulator.addFault({ kind: 'status', status: 500 });
		const items = online()
			.slice(0, 60)
			.map(({ id }) => ({ id }));
		const result = await getLatest({ items, onError: 'continueRegularOutput' });
		expect(json(result).every(({ error }) => String(error).includes('status 500'))).toBe(true);
		expect(emulator.requests).toHaveLength(1);
	});

	test.each<[string, unknown]>([
		['nothing', {}],
		['a list', { telemetry: [] }],
		['a text for a device', { telemetry: { x: 'y' } }],
		['a text for an attribute', { telemetry: { x: { status: 'on' } } }],
		['a web page', '<html></html>'],
	])('%s is not telemetry', async (_, body) => {
		emulator.addFault({ kind: 'body', body });
		const { error } = await getLatest({ parameters: { deviceId: idOf(BATTERY) } });
		expect(error?.message).toContain('instead of the latest telemetry');
	});

	test('what the API leaves out is null, also for attributes named like members of objects', async () => {
		emulator.addFault({
			kind: 'body',
			body: `{"telemetry": {"${idOf(BATTERY)}": {"toString": {"value": [1], "timestamp": 1}, "status": {"value": 7}, "mode": null}}}`,
		});
		const result = await getLatest({
			parameters: { deviceId: idOf(BATTERY), attributes: 'toString,constructor,status,mode' },
		});
		expect(json(result)).toEqual([
			{ device_id: idOf(BATTERY), toString: [1], constructor: null, status: null, mode: null },
		]);
	});

	test.each<[Record<string, unknown>, RegExp]>([
		[{ attributes: '={{ "" }}' }, /^Attribute Names or IDs is empty/],
		[{ attributes: 'a b' }, /contains "a b", which is not a valid name/],
		[{ attributes: '__proto__' }, /contains "__proto__"/],
		[{ attributes: 'device_id' }, /^The attribute "device_id" conflicts with the output field/],
		[
			{ options: { relevanceInterval: 0 } },
			/^Relevance Interval \(in seconds\) must be a whole number from 1 to/,
		],
		[{ options: { relevanceInterval: '={{ "" }}' } }, /^Relevance Interval is empty/],
		[{ options: { relevanceInterval: '={{ $json.nothing }}' } }, /^Relevance Interval is empty/],
		[{ simplify: '={{ "perhaps" }}' }, /^Simplify must be true or false/],
		[{ simplify: '={{ $json.nothing }}' }, /^Simplify is empty/],
	])('%j is refused before anything is sent', async (parameters, message) => {
		const { error } = await getLatest({ parameters: { deviceId: idOf(BATTERY), ...parameters } });
		expect(error?.message).toMatch(message);
		expect(emulator.requests).toEqual([]);
	});
});

describe('Get Time Series', () => {
	const FROM = '2026-06-21T10:00:00Z';
	const TO = '2026-06-21T11:00:00Z';

	const getTimeSeries = async (
		parameters: Record<string, unknown> = {},
		options: Partial<Parameters<typeof runNode>[0]> = {},
	) =>
		await runNode({
			emulator,
			...options,
			parameters: {
				resource: 'telemetry',
				operation: 'getTimeSeries',
				deviceId: idOf(BATTERY),
				attributes: 'battery_soc,mode,alerts',
				from: FROM,
				to: TO,
				granularity: 600,
				...parameters,
			},
		});
	const bodies = () => emulator.requests.map(({ body }) => body as IDataObject);

	/** Lets the API send a text. */
	const csv = (text: string, types: string) =>
		emulator.addFault({
			kind: 'body',
			match: { path: 'query_timeseries' },
			body: text,
			headers: { 'content-type': 'text/csv', 'x-enapter-timeseries-data-types': types },
		});

	test('reads what several items want once', async () => {
		const items = [{ soc: 'battery_soc' }, { soc: 'mode' }, { soc: 'battery_soc' }];
		const result = await getTimeSeries({ attributes: '={{ $json.soc }}' }, { items });
		expect(result.output.map(({ pairedItem }) => pairedItem)).toEqual(
			[0, 1, 2].flatMap((item) => Array.from({ length: 6 }, () => ({ item }))),
		);
		expect(bodies()).toHaveLength(2);
	});

	test('outputs one item per step with values of their types', async () => {
		const result = await getTimeSeries();
		expect(result.error).toBeUndefined();
		expect(json(result)).toHaveLength(6);
		expect(json(result)[0]).toEqual({
			device_id: idOf(BATTERY),
			timestamp: '2026-06-21T06:00:00-04:00',
			battery_soc: expect.any(Number) as number,
			mode: 'auto',
			alerts: [],
		});
		expect(result.output[5]?.pairedItem).toEqual({ item: 0 });
		expect(bodies()).toEqual([
			{
				from: FROM,
				to: TO,
				granularity: '600s',
				telemetry: [
					{ device: idOf(BATTERY), attribute: ['battery_soc', 'mode', 'alerts'], aggregation: 'auto' },
				],
			},
		]);
	});

	test('reads every type, and gaps as null', async () => {
		const labels = (name: string) => `telemetry=${name} device=${idOf(BATTERY)} aggregation=auto`;
		csv(
			`ts,${['f', 'i', 'b', 's', 'l', 'u'].map(labels).join()}\n1,1.5,7,true,"a,""b""\nc","[""x"",""y""]",z\n2,,,,,,\n3,-1e-7,9007199254740993,0,no,[],\n`,
			'FLOAT, integer,boolean , string,string_array,mystery',
		);
		const result = await getTimeSeries({ attributes: 'f,i,b,s,l,u,absent' });
		const device_id = idOf(BATTERY);
		expect(json(result)).toEqual([
			{
				device_id,
				timestamp: at(1),
				f: 1.5,
				i: 7,
				b: true,
				s: 'a,"b"\nc',
				l: ['x', 'y'],
				u: 'z',
				absent: null,
			},
			{ device_id, timestamp: at(2), f: null, i: null, b: null, s: null, l: null, u: null, absent: null },
			{
				device_id,
				timestamp: at(3),
				f: -1e-7,
				i: '9007199254740993',
				b: false,
				s: 'no',
				l: [],
				u: null,
				absent: null,
			},
		]);
		expect(result.hints[0]?.message).toMatch(/^The API left out absent of /);
	});

	test('outputs the ID of a device given by its slug, and looks up many together', async () => {
		const slugs = online()
			.filter(({ blueprint_id: id }) => id === emulator.fleet.get(BATTERY).blueprint_id)
			.map(({ slug }) => slug);
		const result = await getTimeSeries(
			{ deviceId: '={{ $json.slug }}', attributes: 'mode', granularity: 3600 },
			{ items: slugs.map((slug) => ({ slug })) },
		);
		expect(slugs.length).toBeGreaterThan(4);
		expect(json(result).map(({ device_id: id }) => id)).toEqual(slugs.map(idOf));
		expect(paths().filter((path) => path.startsWith('GET'))).toHaveLength(4);
	});

	const file = async (options: Record<string, unknown> = {}, parameters: Record<string, unknown> = {}) => {
		const result = await getTimeSeries({
			attributes: 'battery_soc,mode',
			...parameters,
			options: { output: 'csv', ...options },
		});
		const [item] = result.output;
		const text = (await readBinary(item ?? { json: {} }, 'data')).toString();
		return { result, text, name: item?.binary?.['data']?.fileName };
	};

	test('a CSV file has the attribute names as titles, and the times of the workflow', async () => {
		const { result, text, name } = await file();
		expect(json(result)).toEqual([
			{
				device_id: idOf(BATTERY),
				from: FROM,
				to: TO,
				granularity: 600,
				attributes: ['battery_soc', 'mode'],
			},
		]);
		expect(result.output[0]?.binary?.['data']).toMatchObject({ mimeType: 'text/csv', fileExtension: 'csv' });
		const lines = text.split('\n');
		expect(lines).toHaveLength(8);
		expect(lines[0]).toBe('timestamp,battery_soc,mode');
		expect(lines[1]).toMatch(/^2026-06-21T06:00:00-04:00,[\d.]+,auto$/);
		expect(name).toBe('example-battery 2026-06-21.csv');
	});

	test('a CSV file can have display names with units as titles, and semicolons', async () => {
		const { text } = await file({ columnNames: 'labels', separator: 'semicolon' });
		expect(text.split('\n')[0]).toBe('Time;State of Charge (%);Mode');
		expect(text.split('\n')[1]).toMatch(/^2026-06-21T06:00:00-04:00;[\d.]+;auto$/);
	});

	test('without a manifest the titles are the attribute names, and a hint says so', async () => {
		emulator.addFault({ kind: 'status', status: 403, match: { path: 'manifest' } });
		const { text, result } = await file({ columnNames: 'labels' });
		expect(text.split('\n')[0]).toBe('timestamp,battery_soc,mode');
		expect(hints(result)).toContain(
			'Column Names: display names could not be read, so attribute names were used.',
		);
	});

	test('files of several items have different names, with the dates of the time series', async () => {
		const result = await getTimeSeries(
			{ deviceId: '={{ $json.id }}', from: '2026-06-20', options: { output: 'csv' } },
			{ items: [{ id: BATTERY }, { id: idOf(BATTERY) }, { id: METER }] },
		);
		expect(result.output.map(({ binary }) => binary?.['data']?.fileName)).toEqual([
			'example-battery 2026-06-20 to 2026-06-21.csv',
			'example-battery 2026-06-20 to 2026-06-21 (2).csv',
			'example-power-meter 2026-06-20 to 2026-06-21.csv',
		]);
	});

	test('cells cannot run as formulas in a spreadsheet', async () => {
		csv(`ts,telemetry=a device=${idOf(BATTERY)}\n1,"=HYPERLINK(""http://x"")"\n2,-1.5\n`, 'string');
		const { text } = await file({}, { attributes: 'a' });
		expect(text).toBe(`timestamp,a\n${at(1)},"'=HYPERLINK(""http://x"")"\n${at(2)},-1.5\n`);
	});

	test('several aggregations are read in one request, each with a key of its own', async () => {
		const result = await getTimeSeries({ attributes: 'battery_soc', aggregation: ['min', 'avg', 'max'] });
		expect(emulator.requests).toHaveLength(1);
		expect(json(result)).toHaveLength(6);
		for (const step of json(result)) {
			const { battery_soc_min: min, battery_soc_avg: avg, battery_soc_max: max } = step;
			expect(Object.keys(step).slice(2)).toEqual(['battery_soc_min', 'battery_soc_avg', 'battery_soc_max']);
			expect(Number(min)).toBeLessThanOrEqual(Number(avg));
			expect(Number(avg)).toBeLessThanOrEqual(Number(max));
			expect(Number(min)).toBeLessThan(Number(max));
		}
		const { text } = await file(
			{ columnNames: 'labels' },
			{ attributes: 'battery_soc', aggregation: ['min', 'max'] },
		);
		expect(text.split('\n')[0]).toBe('Time,"State of Charge (%), Minimum","State of Charge (%), Maximum"');
	});

	test('the columns of several aggregations may come in any order, but not without labels', async () => {
		emulator.fleet.dialect.seriesColumns = 'reversed';
		const parameters = { attributes: 'battery_soc', aggregation: ['min', 'max'] };
		const [first] = json(await getTimeSeries(parameters));
		expect(Number(first?.['battery_soc_min'])).toBeLessThan(Number(first?.['battery_soc_max']));
		emulator.fleet.dialect.seriesLabels = 'deviceAndTelemetry';
		const { error } = await getTimeSeries(parameters);
		expect(error?.message).toContain('does not say which column of the time series is "battery_soc_min"');
		expect(json(await getTimeSeries({ attributes: 'battery_soc', aggregation: 'max' }))).toHaveLength(6);
	});

	test('a hint says what Auto chose', async () => {
		const result = await getTimeSeries({ from: '2026-06-20T11:00:00Z', granularity: 'auto' });
		expect(hints(result)).toEqual(['Granularity Auto: 720 steps of 2 minutes, America/New_York.']);
		expect(hints(await getTimeSeries())).toEqual([]);
	});

	test('a hint about several items names each device and each number of steps once', async () => {
		const items = [{ id: METER }, { id: BATTERY }, { id: METER }];
		const parameters = { deviceId: '={{ $json.id }}', attributes: 'status', granularity: 'auto' };
		expect(hints(await getTimeSeries(parameters, { items }))).toEqual([
			'Granularity Auto: 720 steps of 5 seconds, America/New_York.',
		]);
		for (const _ of items) csv('', '');
		const [hint] = hints(await getTimeSeries(parameters, { items }));
		expect(hint).toMatch(/^There is no value for device "example-power-meter" and "example-battery" from /);
	});

	describe('a compressed response that was cut off', () => {
		const rows = Array.from({ length: 5000 }, (_, step) => `${step},${Math.sin(step)}\n`).join('');
		const body = `ts,telemetry=a device=${'9'.repeat(8)}-0000-4000-8000-000000000000\n${rows}`;
		let server: Server;
		let encoding: string | undefined;

		const serve = async (send: (response: ServerResponse, compressed: Buffer) => unknown) => {
			server = createServer((request, response) => {
				encoding = request.headers['accept-encoding'];
				send(response, gzipSync(body));
			});
			server.listen(0, '127.0.0.1');
			await once(server, 'listening');
			const result = await getTimeSeries(
				{
					deviceId: '99999999-0000-4000-8000-000000000000',
					attributes: 'a',
					options: { maxRetries: 0, timeout: 3000 },
				},
				{
					credential: {
						baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
						apiToken: 'token',
					},
				},
			);
			server.closeAllConnections();
			server.close();
			return result;
		};

		const headers = {
			'content-type': 'text/csv',
			'content-encoding': 'gzip',
			'x-enapter-timeseries-data-types': 'float',
		};

		test.each<[string, (response: ServerResponse, compressed: Buffer) => unknown]>([
			[
				'in the middle',
				(response, compressed) =>
					response.writeHead(200, headers).end(compressed.subarray(0, compressed.length / 2)),
			],
			[
				'after a few bytes',
				(response, compressed) => response.writeHead(200, headers).end(compressed.subarray(0, 12)),
			],
			[
				'before its length',
				(response, compressed) => {
					response.writeHead(200, { ...headers, 'content-length': compressed.length });
					response.write(compressed.subarray(0, compressed.length / 2), () => response.destroy());
				},
			],
		])('%s is never success', async (_, send) => {
			const { error, output } = await serve(send);
			expect(error?.message).toMatch(/cut off|ended early|Lost the connection|instead of a time series/);
			expect(output).toEqual([]);
		});

		test('is not asked for', async () => {
			const { output } = await serve((response) =>
				response.writeHead(200, { ...headers, 'content-encoding': 'identity' }).end(body),
			);
			expect(output).toHaveLength(5000);
			expect(encoding).toBe('identity');
		});
	});

	test('an attribute that the role may not read is null, and a hint says so', async () => {
		const result = await getTimeSeries({
			deviceId: idOf('example-electrolyser'),
			attributes: 'stack_voltages,status',
		});
		expect(json(result)[0]).toMatchObject({ stack_voltages: null, status: expect.any(String) as string });
		expect(result.hints[0]?.message).toContain("the API Token's role may not read it");
	});

	test.each([{}, { output: 'csv' }])('no value at all gives no item and a hint (%j)', async (options) => {
		emulator.fleet.simulate(BATTERY, { connectivity: 'OFFLINE' });
		csv('', '');
		const result = await getTimeSeries({ options });
		expect(result.error).toBeUndefined();
		expect(result.output).toEqual([]);
		expect(result.hints[0]?.message).toMatch(/^There is no value for device .* from 2026-06-21T10.*online/);
	});

	test.each([{}, { output: 'csv' }])(
		'a series without a step gives no item and a hint, too (%j)',
		async (options) => {
			csv(`ts,telemetry=a device=${idOf(BATTERY)}\n`, 'float');
			const result = await getTimeSeries({ attributes: 'a', options });
			expect(result.output).toEqual([]);
			expect(result.hints[0]?.message).toMatch(/^There is no value for device /);
		},
	);

	test.each(['a device=', 'a device=x\n1,530', 'a device=x\n1,5301.75\n2,53'])(
		'nothing is output of a series that was cut off (%j)',
		async (text) => {
			for (const options of [{}, { output: 'csv' }]) {
				csv(`ts,telemetry=${text.replace('x', idOf(BATTERY))}`, 'float');
				const { error, output } = await getTimeSeries({ attributes: 'a', options });
				expect(output).toEqual([]);
				expect(error?.message).toContain('cut off');
			}
		},
	);

	test('attributes that the device does not have are named', async () => {
		const { error } = await getTimeSeries({ attributes: 'x,y' });
		expect(error?.message).toBe(`Device "${idOf(BATTERY)}" has no telemetry attribute "x" or "y".`);
		expect(error?.description).toMatch(/^Choose from the list/);
	});

	test.each<[Record<string, unknown>, object]>([
		[{ aggregation: 'max' }, { aggregation: 'max' }],
		[{ aggregation: ['max'] }, { aggregation: 'max' }],
		[{ aggregation: '={{ "MAX" }}' }, { aggregation: 'max' }],
		[
			{ options: { gapFilling: 'last' } },
			{ aggregation: 'auto', gap_filling: { method: 'locf', look_around: '3600s' } },
		],
		[
			{ options: { gapFilling: 'last', lookAround: 60 } },
			{ aggregation: 'auto', gap_filling: { method: 'locf', look_around: '60s' } },
		],
		[
			{ options: { gapFilling: 'last', lookAround: '1m0s' } },
			{ aggregation: 'auto', gap_filling: { method: 'locf', look_around: '60s' } },
		],
		[{ options: { gapFilling: 'none' } }, { aggregation: 'auto' }],
	])('%j asks for %j', async (parameters, selector) => {
		await getTimeSeries({ attributes: 'battery_soc', ...parameters });
		expect(bodies()[0]?.['telemetry']).toEqual([
			{ device: idOf(BATTERY), attribute: ['battery_soc'], ...selector },
		]);
	});

	test.each([
		['={{ $now }}', '={{ $now.plus({ minutes: 30 }) }}', '2s'],
		['2026-06-21T00:00:00Z', '2026-06-22T00:00:00Z', '120s'],
		['2026-06-01', '2026-06-08', '900s'],
		[1_750_000_000, '={{ 1750000000000 + 365 * 86400000 }}', '43200s'],
		['2016-01-01', '={{ new Date(Date.UTC(2026, 0, 1)) }}', '86400s'],
	])('from %s to %s the granularity is %s unless it is chosen', async (from, to, granularity) => {
		const { error } = await getTimeSeries({ from, to, granularity: 'auto', attributes: 'mode' });
		expect(error).toBeUndefined();
		expect(bodies()[0]?.['granularity']).toBe(granularity);
	});

	test('without From and To it is the last day', async () => {
		await getTimeSeries({ from: undefined, to: undefined, granularity: 86_400, attributes: 'mode' });
		const [{ from, to } = {}] = bodies();
		expect(Date.parse(String(to)) - Date.parse(String(from))).toBeCloseTo(86_400_000, -4);
	});

	test.each<[Record<string, unknown>, RegExp]>([
		[{ from: TO, to: FROM }, /^From \(2026-06-21T11.*\) must be before To/],
		[{ to: FROM }, /must be before To/],
		[
			{ from: '2026-01-01', granularity: 1 },
			/steps of 1 second, but a time series has at most 1000000\. Choose a longer/,
		],
		[{ from: '={{ "" }}' }, /^From is empty/],
		[{ to: 'tomorrow' }, /^To is "tomorrow"/],
		[{ granularity: '={{ 0 }}' }, /^Granularity \(in seconds\) must be a whole number from 1 to 86400/],
		[{ granularity: '={{ "25h" }}' }, /^Granularity \(in seconds\) must be/],
		[{ granularity: '={{ "1 m" }}' }, /^Granularity \(in seconds\) must be/],
		[{ aggregation: '={{ "median" }}' }, /^Aggregation must be one of: /],
		[{ aggregation: [] }, /^Aggregation is empty/],
		[{ attributes: 'timestamp' }, /"timestamp" conflicts with the output field/],
		[{ attributes: 'a,a_min', aggregation: ['min', 'min_'] }, /^Aggregation must be one of/],
		[{ options: { output: '={{ "xml" }}' } }, /^Output must be one of: items, csv/],
		[{ granularity: '={{ $json.nothing }}' }, /^Granularity is empty/],
		[{ options: { output: '={{ $json.nothing }}' } }, /^Output is empty/],
		[{ options: { gapFilling: '={{ $json.nothing }}' } }, /^Gap Filling is empty/],
		[{ options: { gapFilling: 'last', lookAround: 0 } }, /^Gap Filling Look Around \(in seconds\) must be/],
		[
			{ options: { gapFilling: 'last', lookAround: '={{ $json.nothing }}' } },
			/^Gap Filling Look Around is empty/,
		],
	])('%j is refused before anything is sent', async (parameters, message) => {
		const { error } = await getTimeSeries(parameters);
		expect(error?.message).toMatch(message);
		expect(emulator.requests).toEqual([]);
	});

	test.each<[string, string, string]>([
		['a web page', '<html>Log in</html>', 'float'],
		['a JSON text', '{"a":1}', 'float'],
		['columns without labels', 'ts,voltage\n1,2\n', 'float'],
		['columns of two devices', 'ts,telemetry=a device=x,telemetry=b device=y\n', 'float,float'],
		['a column called __proto__', 'ts,telemetry=__proto__ device=x\n', 'string'],
		['fewer types than columns', 'ts,telemetry=a device=x,telemetry=b device=x\n', 'float'],
	])('%s is not a time series', async (_, text, types) => {
		csv(text, types);
		const { error } = await getTimeSeries({ attributes: 'a' });
		expect(error?.message).toContain('instead of a time series');
	});

	test('a time series without types gives no items, but a file', async () => {
		const text = `ts,telemetry=a device=${idOf(BATTERY)}\n1,2\n`;
		emulator.addFault({ kind: 'body', body: text });
		const { error } = await getTimeSeries({ attributes: 'a' });
		expect(error?.message).toContain('without the types of its values');
		const { output } = await getTimeSeries({ attributes: 'a', options: { output: 'csv' } });
		expect(output).toHaveLength(1);
	});

	test.each([
		['an ID', 'an ID', idOf],
		['an ID', 'a slug', idOf],
		['a slug', 'an ID', String],
		['a slug', 'a slug', String],
	])(
		"another device's time series is not output: requested by %s, labelled with %s",
		async (_, label, name) => {
			const labelOf = label === 'a slug' ? String : idOf;
			csv(`ts,telemetry=a device=${labelOf(METER)}\n1,2\n`, 'float');
			const { error } = await getTimeSeries({ attributes: 'a', deviceId: name(BATTERY) });
			expect(error?.message).toContain(`device "${labelOf(METER)}" instead of "${name(BATTERY)}"`);
		},
	);

	test.each([
		['an ID', 'a slug', idOf, String],
		['a slug', 'an ID', String, idOf],
		['an ID in capitals', 'an ID', (slug: string) => idOf(slug).toUpperCase(), idOf],
	])('a device requested by %s is recognised by %s', async (_, __, name, labelOf) => {
		csv(`ts,telemetry=a device=${labelOf(BATTERY)}\n1,2\n`, 'float');
		const result = await getTimeSeries({ attributes: 'a', deviceId: name(BATTERY) });
		expect(json(result)).toEqual([{ device_id: idOf(BATTERY), timestamp: at(1), a: 2 }]);
	});

	test('a row that cannot be read fails the item, and nothing of the response is shown', async () => {
		csv(`ts,telemetry=a device=${idOf(BATTERY)}\n1,2\n2,secret\n`, 'float');
		const { error } = await getTimeSeries({ attributes: 'a' });
		expect(error?.message).toContain('a value is not a number');
		expect(JSON.stringify(error)).not.toContain('secret');
	});
});

describe('as the tool of a language model', () => {
	const call = async (parameters: Record<string, unknown>, input: IDataObject = {}) =>
		(
			await runAsTool('by the engine', {
				emulator,
				parameters: { resource: 'telemetry', ...parameters },
				input,
			})
		).answer;

	test('Get Latest answers with the requested values only', async () => {
		const answer = await call(
			{
				operation: 'getLatest',
				deviceId: `={{ $fromAI('device', '', 'string') }}`,
				attributes: `={{ $fromAI('attributes', '', 'string') }}`,
			},
			{ device: BATTERY, attributes: 'mode, status' },
		);
		expect(answer).toContain('"mode":"auto"');
		expect(answer.length).toBeLessThan(200);
	});

	const series = {
		operation: 'getTimeSeries',
		deviceId: BATTERY,
		attributes: 'mode',
		from: '2026-06-21T10:00:00Z',
		to: '2026-06-21T11:00:00Z',
	};

	test('Get Time Series keeps to few steps', async () => {
		await call({ ...series, granularity: 'auto' });
		expect(emulator.requests.at(-1)?.body).toMatchObject({ granularity: '60s' });
	});

	test('Get Time Series refuses more steps than a model can read', async () => {
		const answer = await call({ ...series, granularity: 1 });
		expect(answer).toContain('3600 steps of 1 second, but a language model gets at most 500.');
		expect(emulator.requests).toEqual([]);
	});

	test('Get Time Series refuses files, which a model cannot receive', async () => {
		const answer = await call({ ...series, options: { output: 'csv' } });
		expect(answer).toContain('Language models cannot receive files');
		expect(emulator.requests).toEqual([]);
	});
});

describe('the list of attributes', () => {
	const load = async (deviceId: unknown) =>
		await loadOptions('getTelemetryAttributes', {
			emulator,
			parameters: { resource: 'telemetry', operation: 'getLatest', deviceId },
		});

	test('shows display names, units, types and descriptions', async () => {
		const options = await load({ __rl: true, mode: 'list', value: idOf(METER) });
		expect(options).toContainEqual({
			name: 'Total Energy (kWh)',
			value: 'total_energy',
			description: 'total_energy · float · Reported every quarter of an hour.',
		});
		const names = options.map(({ name }) => name);
		expect(names).toEqual([...names].sort((one, other) => one.localeCompare(other, 'en')));
	});

	test('shows the symbols of units, and aliases and profile names after the display name', async () => {
		emulator.addFault({
			kind: 'body',
			body: {
				device: {
					id: 'x',
					manifest: {
						units: { Cel: { symbol: '°C' } },
						telemetry: {
							temp: {
								display_name: 'Temperature',
								unit: 'Cel',
								type: 'float',
								aliases: ['t1'],
								implements: 'sensor.temperature',
							},
						},
					},
				},
			},
		});
		expect(await load('x')).toEqual([
			{ name: 'Temperature (°C) · t1, sensor.temperature', value: 'temp', description: 'temp · float' },
		]);
	});

	test('is empty while no device is chosen', async () => {
		expect(await load({ __rl: true, mode: 'list', value: '' })).toEqual([]);
		expect(emulator.requests).toEqual([]);
	});

	test('says that there is nothing to choose from', async () => {
		emulator.addFault({ kind: 'body', body: { device: { id: 'x', manifest: { telemetry: null } } } });
		await expect(load('x')).rejects.toThrow('No attributes to choose from');
	});
});

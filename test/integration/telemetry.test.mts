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

	test('gives each item the values of its own device and attributes, in one request for all', async () => {
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

	test('takes attributes as a list, also from an expression', async () => {
		for (const attributes of [['mode', 'status'], '={{ ["mode", "status"] }}', 'mode,status,mode']) {
			const result = await getLatest({ parameters: { deviceId: idOf(BATTERY), attributes } });
			expect(Object.keys(json(result)[0] ?? {})).toEqual(['device_id', 'mode', 'status']);
		}
	});

	test('puts out what the API says when it is not simplified', async () => {
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

	test('knows the ID of a device that is given by its slug, and asks for two names of one device once', async () => {
		const items = [{ id: BATTERY }, { id: idOf(BATTERY).toUpperCase() }];
		const result = await getLatest({ items, parameters: { attributes: 'mode' } });
		expect(json(result)).toEqual([
			{ device_id: idOf(BATTERY), mode: 'auto' },
			{ device_id: idOf(BATTERY), mode: 'auto' },
		]);
		expect(paths()).toEqual([
			`GET /v3/devices/${BATTERY}`,
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

	test('understands a response that calls devices by their slugs', async () => {
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

	test('items with another relevance interval are asked for apart', async () => {
		const items = [{ interval: 60 }, { interval: 1800 }, { interval: 60 }];
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

	test('says what to do when an item has no value at all', async () => {
		emulator.fleet.simulate(BATTERY, { connectivity: 'OFFLINE' });
		const one = await getLatest({ parameters: { deviceId: idOf(BATTERY), attributes: 'mode' } });
		expect(json(one)).toEqual([{ device_id: idOf(BATTERY), mode: null }]);
		expect(one.hints[0]?.message).toMatch(/^No attribute has a value\. .*Relevance Interval.*30 seconds/);
		const two = await getLatest({ items: [{ id: idOf(BATTERY) }, { id: idOf(METER) }] });
		expect(two.hints[0]?.message).toMatch(/^1 of 2 items have no value at all\./);
	});

	test('a device that is refused does not take the others down with it', async () => {
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
			`Device "${refused?.id ?? ''}": Not that one. [item 37]`,
		);
		expect(emulator.requests.length).toBeLessThanOrEqual(13);
	});

	test('a device that is not there is found out and named', async () => {
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
		const refused = devices[37]?.id ?? '';
		emulator.addFault(refusal(refused));
		const { error } = await getLatest({ items: devices.map(({ id }) => ({ id })), onError: 'stopWorkflow' });
		expect(error?.message).toBe(`Device "${refused}": Not that one. [item 37]`);
	});

	test('in Stop Workflow what was sent together and refused has failed, also what was not sent again alone', async () => {
		emulator.addFault(refusal('latest'));
		const items = online()
			.slice(0, 8)
			.map(({ id }) => ({ id }));
		const parameters = { options: { maxConcurrency: 1 } };
		const { error } = await getLatest({ items, parameters, onError: 'stopWorkflow' });
		expect(error?.description).toContain('Failed: items 0–7. Never sent: no item.');
		expect(emulator.requests.length).toBeLessThan(15);
	});

	test.each([400, 404])(
		'what is refused with %d whatever is asked for costs few requests',
		async (status) => {
			emulator.addFault(refusal('latest', status));
			const items = emulator.fleet.list().map(({ id }) => ({ id }));
			const result = await getLatest({
				items,
				parameters: { attributes: 'status,mode,battery_soc,total_power' },
				onError: 'continueRegularOutput',
			});
			expect(json(result).map(({ error }) => error)).toEqual(
				items.map((_, item) => `Not that one. [item ${item}]`),
			);
			expect(emulator.requests.length).toBeLessThanOrEqual(20);
		},
	);

	test('what is refused of most devices is still read of the others', async () => {
		const devices = online().slice(0, 60);
		const [first, last] = [devices[0], devices[59]];
		emulator.addFault(refusal(new RegExp(`^(?!.*(${first?.id}|${last?.id})).*latest`)));
		emulator.addFault(refusal(/latest.*&devices/));
		const result = await getLatest({
			items: devices.map(({ id }) => ({ id })),
			onError: 'continueErrorOutput',
		});
		expect(json(result).map(({ device_id: id }) => id)).toEqual([first?.id, last?.id]);
	});

	test('an attribute that is refused of every device leaves the others', async () => {
		emulator.addFault(refusal(/status/));
		const items = online()
			.slice(0, 10)
			.map(({ id }) => ({ id }));
		const result = await getLatest({ items, parameters: { attributes: 'status,mode' } });
		expect(json(result).map(({ status }) => status)).toEqual(items.map(() => null));
		expect(result.error).toBeUndefined();
	});

	test('an attribute that is refused leaves the others of its device, and is told', async () => {
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
		expect(result.hints[0]?.message).toMatch(/^Not read: battery_power of .*Not that one\./);
	});

	test('a token that is refused ends it: nothing is split', async () => {
		const credential = { baseUrl: emulator.baseUrl, apiToken: emulator.tokens.expired };
		const { error } = await getLatest({ credential, items: online().map(({ id }) => ({ id })) });
		expect(error?.message).toMatch(/\[item \d+\]$/);
		expect(emulator.requests.length).toBeLessThanOrEqual(3);
	});

	test('an outage ends it: nothing is split', async () => {
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
	])('%s is no telemetry', async (_, body) => {
		emulator.addFault({ kind: 'body', body });
		const { error } = await getLatest({ parameters: { deviceId: idOf(BATTERY) } });
		expect(error?.message).toContain('instead of the latest telemetry');
	});

	test('what the API leaves out is null, and names of JavaScript are names like others', async () => {
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
		[{ attributes: 'a b' }, /holds "a b"/],
		[{ attributes: '__proto__' }, /holds "__proto__"/],
		[{ attributes: 'device_id' }, /"device_id" cannot be put out.*Simplify/],
		[{ options: { relevanceInterval: 0 } }, /^Relevance Interval has to be/],
		[{ options: { relevanceInterval: '={{ "" }}' } }, /^Relevance Interval is empty/],
		[{ options: { relevanceInterval: '={{ $json.nothing }}' } }, /^Relevance Interval is empty/],
		[{ simplify: '={{ "perhaps" }}' }, /^Simplify has to be/],
		[{ simplify: '={{ $json.nothing }}' }, /^Simplify has to be/],
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

	test('puts out one item a step with values of their types', async () => {
		const result = await getTimeSeries();
		expect(result.error).toBeUndefined();
		expect(json(result)).toHaveLength(6);
		expect(json(result)[0]).toEqual({
			device_id: idOf(BATTERY),
			timestamp: Date.parse(FROM) / 1000,
			battery_soc: expect.any(Number) as number,
			mode: 'auto',
			alerts: [],
		});
		expect(result.output[5]?.pairedItem).toEqual({ item: 0 });
		expect(bodies()).toEqual([
			{
				from: '2026-06-21T10:00:00.000Z',
				to: '2026-06-21T11:00:00.000Z',
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
			{ device_id, timestamp: 1, f: 1.5, i: 7, b: true, s: 'a,"b"\nc', l: ['x', 'y'], u: 'z', absent: null },
			{ device_id, timestamp: 2, f: null, i: null, b: null, s: null, l: null, u: null, absent: null },
			{
				device_id,
				timestamp: 3,
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

	test('knows the ID of a device that is given by its slug, and looks many up together', async () => {
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

	test('a CSV file has the names of the attributes above what the API sent', async () => {
		const result = await getTimeSeries({ attributes: 'battery_soc,mode', options: { output: 'csv' } });
		expect(json(result)).toEqual([
			{
				device_id: idOf(BATTERY),
				from: '2026-06-21T10:00:00.000Z',
				to: '2026-06-21T11:00:00.000Z',
				granularity: 600,
				attributes: ['battery_soc', 'mode'],
			},
		]);
		const [item] = result.output;
		expect(item?.binary?.['data']).toMatchObject({ mimeType: 'text/csv', fileExtension: 'csv' });
		const lines = (await readBinary(item ?? { json: {} }, 'data')).toString().split('\n');
		expect(lines).toHaveLength(8);
		expect(lines[0]).toBe('timestamp,battery_soc,mode');
		expect(lines[1]).toMatch(/^1782036000,[\d.]+,auto$/);
	});

	test('an attribute that the role may not read is null, and is told', async () => {
		const result = await getTimeSeries({
			deviceId: idOf('example-electrolyser'),
			attributes: 'stack_voltages,status',
		});
		expect(json(result)[0]).toMatchObject({ stack_voltages: null, status: expect.any(String) as string });
		expect(result.hints[0]?.message).toContain("the API Token's role may not read it");
	});

	test.each([{}, { output: 'csv' }])('no value at all is no item and a hint (%j)', async (options) => {
		emulator.fleet.simulate(BATTERY, { connectivity: 'OFFLINE' });
		csv('', '');
		const result = await getTimeSeries({ options });
		expect(result.error).toBeUndefined();
		expect(result.output).toEqual([]);
		expect(result.hints[0]?.message).toMatch(/^There is no value: device .* from 2026-06-21T10.*online/);
	});

	test.each([{}, { output: 'csv' }])(
		'a series without a step is no item and a hint, too (%j)',
		async (options) => {
			csv(`ts,telemetry=a device=${idOf(BATTERY)}\n`, 'float');
			const result = await getTimeSeries({ attributes: 'a', options });
			expect(result.output).toEqual([]);
			expect(result.hints[0]?.message).toMatch(/^There is no value: device /);
		},
	);

	test.each(['a device=', 'a device=x\n1,530', 'a device=x\n1,5301.75\n2,53'])(
		'nothing is put out of a series that was cut off (%j)',
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
		expect(error?.message).toBe(`Device "${idOf(BATTERY)}" has no telemetry attribute "x" or "y". [item 0]`);
		expect(error?.description).toMatch(/^Choose from the list/);
	});

	test.each<[Record<string, unknown>, object]>([
		[{ aggregation: 'max' }, { aggregation: 'max' }],
		[
			{ options: { gapFilling: 'last' } },
			{ aggregation: 'auto', gap_filling: { method: 'locf', look_around: '3600s' } },
		],
		[
			{ options: { gapFilling: 'last', lookAround: 60 } },
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
		expect(Date.parse(String(to)) - Date.parse(String(from))).toBeCloseTo(86_400_000, -2);
	});

	test.each<[Record<string, unknown>, RegExp]>([
		[{ from: TO, to: FROM }, /^From \(2026-06-21T11.*\) has to be before To/],
		[{ to: FROM }, /has to be before To/],
		[{ from: '2026-01-01', granularity: 1 }, /steps of 1 Second, more than 1000000\. Choose a longer/],
		[{ from: '={{ "" }}' }, /^From is empty/],
		[{ to: 'tomorrow' }, /^To is "tomorrow"/],
		[{ granularity: '={{ 0 }}' }, /^Granularity has to be/],
		[{ granularity: '={{ "1m" }}' }, /^Granularity has to be/],
		[{ aggregation: '={{ "median" }}' }, /^Aggregation has to be/],
		[{ attributes: 'timestamp' }, /"timestamp" cannot be put out/],
		[{ options: { output: '={{ "xml" }}' } }, /^Output has to be/],
		[{ granularity: '={{ $json.nothing }}' }, /^Granularity has to be/],
		[{ options: { output: '={{ $json.nothing }}' } }, /^Output is empty/],
		[{ options: { gapFilling: '={{ $json.nothing }}' } }, /^Gap Filling is empty/],
		[{ options: { gapFilling: 'last', lookAround: 0 } }, /^Gap Filling Look Around has to be/],
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
		['two columns of one name', 'ts,telemetry=a device=x,telemetry=a device=x\n', 'float,float'],
		['columns of two devices', 'ts,telemetry=a device=x,telemetry=b device=y\n', 'float,float'],
		['a column called device_id', 'ts,telemetry=device_id device=x\n', 'string'],
		['a column called __proto__', 'ts,telemetry=__proto__ device=x\n', 'string'],
		['fewer types than columns', 'ts,telemetry=a device=x,telemetry=b device=x\n', 'float'],
	])('%s is no time series', async (_, text, types) => {
		csv(text, types);
		const { error } = await getTimeSeries({ attributes: 'a' });
		expect(error?.message).toContain('instead of a time series');
	});

	test('a time series without types is none, but makes a file', async () => {
		const text = `ts,telemetry=a device=${idOf(BATTERY)}\n1,2\n`;
		emulator.addFault({ kind: 'body', body: text });
		const { error } = await getTimeSeries({ attributes: 'a' });
		expect(error?.message).toContain('does not say of which types');
		const { output } = await getTimeSeries({ attributes: 'a', options: { output: 'csv' } });
		expect(output).toHaveLength(1);
	});

	test.each([
		['an ID', 'an ID', idOf],
		['an ID', 'a slug', idOf],
		['a slug', 'an ID', String],
		['a slug', 'a slug', String],
	])(
		"another device's time series is not put out: asked for by %s, labelled with %s",
		async (_, label, name) => {
			const labelOf = label === 'a slug' ? String : idOf;
			csv(`ts,telemetry=a device=${labelOf(METER)}\n1,2\n`, 'float');
			const { error } = await getTimeSeries({ attributes: 'a', deviceId: name(BATTERY) });
			expect(error?.message).toContain(`device ${labelOf(METER)} instead of ${name(BATTERY)}`);
		},
	);

	test.each([
		['an ID', 'a slug', idOf, String],
		['a slug', 'an ID', String, idOf],
		['an ID in capitals', 'an ID', (slug: string) => idOf(slug).toUpperCase(), idOf],
	])('a device asked for by %s is known by %s', async (_, __, name, labelOf) => {
		csv(`ts,telemetry=a device=${labelOf(BATTERY)}\n1,2\n`, 'float');
		const result = await getTimeSeries({ attributes: 'a', deviceId: name(BATTERY) });
		expect(json(result)).toEqual([{ device_id: idOf(BATTERY), timestamp: 1, a: 2 }]);
	});

	test('a line that cannot be read ends it, and nothing of the response is shown', async () => {
		csv(`ts,telemetry=a device=${idOf(BATTERY)}\n1,2\n2,secret\n`, 'float');
		const { error } = await getTimeSeries({ attributes: 'a' });
		expect(error?.message).toContain('line 3 has a value that is no number');
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

	test('Get Latest answers with the values that the model asks for, and nothing more', async () => {
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

	const series = { operation: 'getTimeSeries', deviceId: BATTERY, attributes: 'mode', from: 0, to: 3600 };

	test('Get Time Series keeps to few steps', async () => {
		await call({ ...series, granularity: 'auto' });
		expect(emulator.requests[0]?.body).toMatchObject({ granularity: '60s' });
	});

	test('Get Time Series makes no files, which a model does not get', async () => {
		const answer = await call({ ...series, options: { output: 'csv' } });
		expect(answer).toContain('A language model gets no files');
		expect(emulator.requests).toEqual([]);
	});
});

describe('the list of attributes', () => {
	const load = async (deviceId: unknown) =>
		await loadOptions('getTelemetryAttributes', {
			emulator,
			parameters: { resource: 'telemetry', operation: 'getLatest', deviceId },
		});

	test('shows what the blueprint calls them, their units and types', async () => {
		const options = await load({ __rl: true, mode: 'list', value: idOf(METER) });
		expect(options).toContainEqual({
			name: 'Total Energy (kWh)',
			value: 'total_energy',
			description: 'total_energy · float · Reported every quarter of an hour.',
		});
		const names = options.map(({ name }) => name);
		expect(names).toEqual([...names].sort((one, other) => one.localeCompare(other, 'en')));
	});

	test('is empty as long as no device is chosen', async () => {
		expect(await load({ __rl: true, mode: 'list', value: '' })).toEqual([]);
		expect(emulator.requests).toEqual([]);
	});

	test('says that there is nothing to choose from', async () => {
		emulator.addFault({ kind: 'body', body: { device: { id: 'x', manifest: { telemetry: null } } } });
		await expect(load('x')).rejects.toThrow('No attributes to choose from');
	});
});

import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createFleet } from '../../emulator/fleet.mts';
import {
	createDialect,
	type Dialect,
	DIALECTS,
	type EmulatorOptions,
	randomDialect,
} from '../../emulator/server.mts';
import { parseDialect } from '../../emulator/dialect.mts';
import {
	createStage,
	DETECTOR,
	type Received,
	type Sent,
	SITE,
	type Stage,
	UCM,
} from './emulator-client.mts';

type Json = Record<string, unknown>;

const NOON = Date.UTC(2026, 5, 21, 11, 6, 20);
/** Its ID ends with 3, its slug is seeded. */
const BATTERY = 'ea000000-0000-4000-8000-000000000003';
const WEATHER = 'example-weather-station';

let stage: Stage;

const createTestFleet = (devices = 30) => createFleet({ devices, examples: true, now: () => NOON });

async function startStage(options: EmulatorOptions = {}): Promise<void> {
	await stage?.close();
	stage = await createStage({ fleet: createTestFleet(), ...options });
	stage.emulator.executions.duration = 0;
	stage.emulator.executions.timeout = 0;
}

beforeEach(() => startStage());
afterEach(() => stage.close());

const get = async (path: string, sent?: Sent) => (await stage.send('GET', path, sent)).json as Json;
const getDevice = async (id: string, query = '') =>
	(await get(`/v3/devices/${id}${query}`))['device'] as Json;
const execute = (device: string, body: unknown) =>
	stage.send('POST', `/v3/devices/${device}/execute_command`, { body });
const execution = async (device: string, body: unknown) =>
	((await execute(device, body)).json as { execution: Json }).execution;
const setMode = () => execution('example-battery', { name: 'set_mode', arguments: { mode: 'idle' } });
const latest = async (query: string) => await stage.send('GET', `/v3/telemetry/latest?${query}`);
const telemetryOf = ({ json }: Received) => (json as { telemetry: Record<string, Json> }).telemetry;
const series = (attribute: string[], more: object = {}) =>
	stage.send('POST', '/v3/telemetry/query_timeseries', {
		body: {
			from: NOON / 1000 - 90,
			to: NOON / 1000,
			granularity: '1m',
			telemetry: [{ device: 'example-battery', attribute }],
			...more,
		},
	});
const lines = ({ text }: Received) => text.trimEnd().split(/\r?\n/);
const status = async (method: string, path: string, sent?: Sent) =>
	(await stage.send(method, path, sent)).status;

const configuration = (method: string, group: string, body?: unknown, signal?: AbortSignal) =>
	stage.send(method, `/v3/devices/${WEATHER}/configuration/${group}`, { body, ...(signal && { signal }) });
const logs = async (query: string) =>
	(await get(`/v3/devices/example-battery/logs?${query}`))['logs'] as Json[];
const severities = (entries: Json[]) => [...new Set(entries.map(({ severity }) => severity))].sort();
const provision = (kind: string, body: unknown) => stage.send('POST', `/v3/provisioning/${kind}`, { body });
const newUcm = { name: 'Cellar UCM', site_id: SITE, hardware_id: 'A1B2C3', protocol: 'MQTT' };

/** One observation per possibility: what differs for a client. */
type Observations = {
	[K in keyof Dialect]: { observe: () => Promise<unknown>; expected: Record<Dialect[K], unknown> };
};

const observations: Observations = {
	emptyList: {
		observe: async () => [
			(await get('/v3/devices?offset=500'))['devices'],
			(await get('/v3/sites?offset=500'))['sites'],
			(await get(`/v3/devices/${UCM}/command_executions`))['executions'],
		],
		expected: {
			list: [[], [], []],
			missing: [undefined, undefined, undefined],
			null: [null, null, null],
		},
	},
	totalCount: {
		observe: async () => {
			const counts = [];
			for (let turn = 0; turn < 3; turn += 1) counts.push((await get('/v3/devices'))['total_count']);
			return [...counts, (await get('/v3/sites'))['total_count'] !== undefined];
		},
		expected: {
			exact: [39, 39, 39, true],
			missing: [undefined, undefined, undefined, false],
			null: [null, null, null, true],
			zero: [0, 0, 0, true],
			tooLow: [19, 19, 19, true],
			tooHigh: [79, 79, 79, true],
			alternating: [39, 46, 39, true],
		},
	},
	executionTotalCount: {
		observe: async () => {
			await setMode();
			await setMode();
			return (await get(`/v3/devices/${BATTERY}/command_executions`))['total_count'];
		},
		expected: { missing: undefined, exact: 2, tooLow: 1, zero: 0 },
	},
	pageSize: {
		observe: async () => {
			const fleet = createTestFleet(200);
			await startStage({ fleet, dialect: stage.emulator.dialect });
			const count = async (query: string) => ((await get(`/v3/devices${query}`))['devices'] as []).length;
			return [await count(''), await count('?limit=50'), await count('?limit=7')];
		},
		expected: { '50': [50, 50, 7], '20': [20, 20, 7], '100': [100, 50, 7] },
	},
	limitTooHigh: {
		observe: async () => [
			await status('GET', '/v3/devices?limit=50'),
			await status('GET', '/v3/devices?limit=500'),
		],
		expected: { capped: [200, 200], rejected: [200, 400] },
	},
	pageOverlap: {
		observe: async () => {
			const ids = async (query: string) =>
				((await get(`/v3/devices?${query}`))['devices'] as Array<{ id: string }>).map(({ id }) => id);
			const [first, second] = [await ids('limit=5'), await ids('limit=5&offset=5')];
			const received: string[] = [];
			for (let page = await ids('limit=9'); page.length > 0; ) {
				received.push(...page);
				page = await ids(`limit=9&offset=${received.length}`);
			}
			return [second[0] === first[4], new Set(received).size];
		},
		expected: { none: [false, 39], one: [true, 39] },
	},
	executionOrder: {
		observe: async () => {
			const first = await setMode();
			await setMode();
			const { executions } = await get(`/v3/devices/${BATTERY}/command_executions`);
			return (executions as Json[])[0]?.['id'] === first['id'];
		},
		expected: { oldestFirst: true, newestFirst: false },
	},
	nameFilter: {
		observe: async () => {
			await execute('example-battery', { name: 'switch_mode', arguments: { mode: 'idle' } });
			const count = async (name: string) => {
				const path = `/v3/devices/${BATTERY}/command_executions?name.in=${name}`;
				return ((await get(path))['executions'] as []).length;
			};
			return [await count('switch_mode'), await count('set_mode')];
		},
		expected: { either: [1, 1], sentName: [1, 0], manifestName: [0, 1] },
	},

	enumCase: {
		observe: async () => {
			const { type, authorized_role, connectivity, communication } = await getDevice(
				UCM,
				'?expand=connectivity,communication',
			);
			const site = (await get(`/v3/sites/${SITE}`))['site'] as Json;
			const { state, response } = await setMode();
			return [
				type,
				authorized_role,
				(connectivity as Json)['status'],
				(communication as Json)['type'],
				site['authorized_role'],
				state,
				(response as Json)['state'],
			];
		},
		expected: {
			upper: ['HARDWARE_UCM', 'OWNER', 'ONLINE', 'MQTT_V1_TLS', 'OWNER', 'SUCCESS', 'SUCCEEDED'],
			lower: ['hardware_ucm', 'owner', 'online', 'mqtt_v1_tls', 'owner', 'success', 'succeeded'],
		},
	},
	timestamps: {
		observe: async () => [(await getDevice(DETECTOR))['updated_at'], (await setMode())['created_at']],
		expected: {
			microseconds: ['2025-08-04T07:22:07.988115Z', '2026-06-21T11:06:20.000000Z'],
			milliseconds: ['2025-08-04T07:22:07.988Z', '2026-06-21T11:06:20.000Z'],
			seconds: ['2025-08-04T07:22:07Z', '2026-06-21T11:06:20Z'],
			trimmed: ['2025-08-04T07:22:07.988115Z', '2026-06-21T11:06:20Z'],
		},
	},
	updatedAt: {
		observe: async () => (await getDevice(DETECTOR))['updated_at'],
		expected: { text: '2025-08-04T07:22:07.988115Z', unixSeconds: 1_754_292_127 },
	},
	coordinates: {
		observe: async () => ((await get(`/v3/sites/${SITE}`))['site'] as Json)['location'],
		expected: {
			number: { name: 'Pisa, Italy', latitude: 43.7228, longitude: 10.4017 },
			text: { name: 'Pisa, Italy', latitude: '43.7228', longitude: '10.4017' },
			null: { name: 'Pisa, Italy', latitude: null, longitude: null },
			missing: { name: 'Pisa, Italy' },
			noLocation: undefined,
		},
	},
	extraFields: {
		observe: async () => {
			const body = { protocol: 'MQTT' };
			const { json } = await stage.send('POST', `/v3/devices/${UCM}/generate_config`, { body });
			return [
				await getDevice(DETECTOR),
				(await get(`/v3/sites/${SITE}`))['site'] as Json,
				(json as { config: Json }).config,
				await setMode(),
			].map((object) => 'future_field' in object);
		},
		expected: { none: [false, false, false, false], some: [true, true, true, true] },
	},
	clock: {
		observe: async () => {
			const { created_at } = await setMode();
			const { headers } = await stage.send('GET', `/v3/devices/${DETECTOR}`);
			return [created_at, headers['date']];
		},
		expected: {
			exact: ['2026-06-21T11:06:20.000000Z', 'Sun, 21 Jun 2026 11:06:20 GMT'],
			ahead: ['2026-06-21T11:09:20.000000Z', 'Sun, 21 Jun 2026 11:09:20 GMT'],
			behind: ['2026-06-21T11:03:20.000000Z', 'Sun, 21 Jun 2026 11:03:20 GMT'],
		},
	},
	dateHeader: {
		observe: async () => {
			const statuses = [await stage.send('GET', '/v3/devices/unknown'), await stage.send('GET', '/v3/sites')];
			stage.emulator.addFault({ kind: 'drip', interval: 1, body: {} });
			return [...statuses, await stage.send('GET', '/v3/sites/none')].map(({ headers }) => headers['date']);
		},
		expected: {
			present: Array(3).fill('Sun, 21 Jun 2026 11:06:20 GMT'),
			missing: Array(3).fill(undefined),
			wrong: Array(3).fill('Sun, 21 Jun 2026 11:11:20 GMT'),
		},
	},

	connectivity: {
		observe: async () => {
			stage.emulator.fleet.simulate(UCM, { connectivity: 'UNKNOWN' });
			stage.emulator.fleet.simulate(DETECTOR, { connectivity: 'OFFLINE' });
			const query = '?expand=connectivity';
			return [
				(await getDevice(UCM, query))['connectivity'],
				(await getDevice(DETECTOR, query))['connectivity'],
			];
		},
		expected: {
			status: [{ status: 'UNKNOWN' }, { status: 'OFFLINE' }],
			empty: [{}, { status: 'OFFLINE' }],
			missing: [undefined, { status: 'OFFLINE' }],
			null: [null, { status: 'OFFLINE' }],
		},
	},
	slug: {
		observe: async () => {
			const seeded = (await getDevice(BATTERY))['slug'];
			const found = await status('GET', '/v3/devices/example-battery');
			const gasDetector = 'ea000000-0000-4000-8000-000000000002';
			const even = (await getDevice(gasDetector))['slug'];
			await stage.send('PATCH', `/v3/devices/${BATTERY}`, { body: { slug: 'given' } });
			return [seeded, found, even, (await getDevice('given'))['slug']];
		},
		expected: {
			text: ['example-battery', 200, 'example-gas-detector', 'given'],
			null: [null, 404, 'example-gas-detector', 'given'],
			missing: [undefined, 404, 'example-gas-detector', 'given'],
			empty: ['', 404, 'example-gas-detector', 'given'],
		},
	},
	shownSlug: {
		observe: async () => [
			(await getDevice('example-battery'))['slug'],
			await status('GET', '/v3/devices/Example-Battery'),
		],
		expected: {
			exact: ['example-battery', 404],
			missing: [undefined, 404],
			otherCase: ['EXAMPLE-BATTERY', 200],
		},
	},
	blueprintId: {
		observe: async () => {
			const device = await getDevice(UCM, '?expand=manifest');
			const other = await getDevice(DETECTOR, '?expand=manifest');
			return [
				typeof device['blueprint_id'],
				device['blueprint_id'] === null,
				typeof device['manifest'],
				await status('GET', `/v3/devices/${UCM}/manifest`),
				typeof other['blueprint_id'],
			];
		},
		expected: {
			id: ['string', false, 'object', 200, 'string'],
			null: ['object', true, 'object', 404, 'string'],
			missing: ['undefined', false, 'undefined', 404, 'string'],
		},
	},
	raisedAlertNames: {
		observe: async () => {
			stage.emulator.fleet.simulate(UCM, { alerts: ['weak_signal'] });
			const query = '?expand=raised_alert_names';
			return [
				(await getDevice(DETECTOR, query))['raised_alert_names'],
				(await getDevice(UCM, query))['raised_alert_names'],
			];
		},
		expected: {
			list: [[], ['weak_signal']],
			missing: [undefined, ['weak_signal']],
			null: [null, ['weak_signal']],
		},
	},
	expandRaisedAlertNames: {
		observe: async () => {
			stage.emulator.fleet.simulate(UCM, { alerts: ['weak_signal'] });
			const response = await stage.send('GET', `/v3/devices/${UCM}?expand=raised_alert_names`);
			return [response.status, response.text.includes('weak_signal')];
		},
		expected: { served: [200, true], ignored: [200, false], rejected: [400, false] },
	},
	upstreamId: {
		observe: async () => {
			const upstreamOf = async (id: string) =>
				((await getDevice(id, '?expand=communication'))['communication'] as Json)['upstream_id'];
			return [await upstreamOf(UCM), await upstreamOf(DETECTOR)];
		},
		expected: { missing: [undefined, UCM], null: [null, UCM], empty: ['', UCM] },
	},
	implementedProfiles: {
		observe: async () => [
			(await getDevice(DETECTOR))['implemented_profiles'],
			(await getDevice('electrolyser-1'))['implemented_profiles'],
		],
		expected: {
			ifAny: [undefined, ['energy.electrolyser']],
			always: [[], ['energy.electrolyser']],
			never: [undefined, undefined],
		},
	},
	properties: {
		observe: async () => {
			const properties = (await getDevice(DETECTOR, '?expand=properties'))['properties'] as Json | null;
			return properties && 'undeclared_property' in properties;
		},
		expected: { declared: false, undeclared: true, null: null },
	},
	idCase: {
		observe: () => status('GET', `/v3/devices/${DETECTOR.toUpperCase()}`),
		expected: { exact: 404, any: 200 },
	},
	changeExpand: {
		observe: async () => {
			const body = { name: 'x' };
			const path = `/v3/devices/${DETECTOR}?expand=connectivity`;
			const { json } = await stage.send('PATCH', path, { body });
			return (json as { device: Json }).device['connectivity'];
		},
		expected: { served: { status: 'ONLINE' }, ignored: undefined },
	},
	unchangedUpdate: {
		observe: async () => {
			await stage.send('PATCH', `/v3/devices/${DETECTOR}`, { body: {} });
			return (await getDevice(DETECTOR))['updated_at'];
		},
		expected: { keepsTime: '2025-08-04T07:22:07.988115Z', newTime: '2026-06-21T11:06:20.000000Z' },
	},
	slugInUse: {
		observe: async () => [
			await status('PATCH', `/v3/devices/${DETECTOR}`, { body: { slug: 'example-battery' } }),
			(await provision('standalone', { name: 'A', site_id: SITE, slug: UCM })).status,
		],
		expected: { '409': [409, 409], '422': [422, 422], '400': [400, 400] },
	},
	deleteBody: {
		observe: async () => {
			const response = await stage.send('DELETE', `/v3/devices/${DETECTOR}`);
			const device = (response.json as { device?: Json } | null | undefined)?.device;
			return [
				response.status,
				device?.['id'] ?? response.text,
				await status('GET', `/v3/devices/${DETECTOR}`),
			];
		},
		expected: {
			object: [200, '{}', 404],
			empty: [200, '', 404],
			'204': [204, '', 404],
			result: [200, '{"result":"ok"}', 404],
			null: [200, 'null', 404],
			device: [200, DETECTOR, 404],
		},
	},
	upstreamDelete: {
		observe: async () => [
			await status('DELETE', `/v3/devices/${UCM}`),
			stage.emulator.fleet.find(UCM) !== undefined,
			stage.emulator.fleet.find(DETECTOR)?.communication.upstream_id,
		],
		expected: {
			'422': [422, true, UCM],
			'409': [409, true, UCM],
			'400': [400, true, UCM],
			orphans: [200, false, UCM],
			cascade: [200, false, undefined],
		},
	},
	configRefusal: {
		observe: () => status('POST', `/v3/devices/${DETECTOR}/generate_config`, { body: { protocol: 'MQTT' } }),
		expected: { '422': 422, '409': 409, '400': 400 },
	},
	configPorts: {
		observe: async () => {
			const body = { protocol: 'MQTT' };
			const { json } = await stage.send('POST', `/v3/devices/${UCM}/generate_config`, { body });
			const { config } = json as { config: Json };
			return [config['mqtt_port'], config['time_sync_port']];
		},
		expected: { number: [1883, 80], text: ['1883', '80'] },
	},
	timeSyncProtocol: {
		observe: async () => {
			const body = { protocol: 'MQTT' };
			const { json } = await stage.send('POST', `/v3/devices/${UCM}/generate_config`, { body });
			return (json as { config: Json }).config['time_sync_protocol'];
		},
		expected: { upper: 'HTTP', lower: 'http' },
	},
	assignableTypes: {
		observe: async () => {
			const body = { blueprint_id: 'bluepri2-60n4-4t9d-e6v0-69i310cb110e' };
			const assign = (id: string) => status('POST', `/v3/devices/${id}/assign_blueprint`, { body });
			return [await assign(DETECTOR), await assign(WEATHER), await assign(UCM)];
		},
		expected: { all: [200, 200, 200], luaAndStandalone: [200, 200, 422] },
	},
	unknownBlueprint: {
		observe: () =>
			status('POST', `/v3/devices/${DETECTOR}/assign_blueprint`, { body: { blueprint_id: 'unknown' } }),
		expected: { '400': 400, '404': 404, '422': 422 },
	},

	manifestForm: {
		observe: async () => {
			const manifests = [
				(await get(`/v3/devices/${BATTERY}/manifest`))['manifest'],
				(await getDevice(DETECTOR, '?expand=manifest'))['manifest'],
			] as Json[];
			return manifests.map(({ blueprint_spec }) => blueprint_spec);
		},
		expected: {
			mixed: ['device_compiled/3.0', 'device/3.0'],
			source: ['device/3.0', 'device/3.0'],
			compiled: ['device_compiled/3.0', 'device_compiled/3.0'],
		},
	},
	emptySections: {
		observe: async () => {
			const sensor = stage.emulator.fleet.list().find(({ slug }) => slug.startsWith('hydrogen-tank'));
			const of = async (id: string) => (await get(`/v3/devices/${id}/manifest`))['manifest'] as Json;
			const [first, second] = [(await of(UCM))['commands'], (await of(sensor?.id ?? ''))['commands']];
			const { stop } = (await of('example-fuel-cell'))['commands'] as Record<string, Json>;
			return [first, second, stop?.['arguments']];
		},
		expected: {
			mixed: [null, undefined, undefined],
			null: [null, null, null],
			missing: [undefined, undefined, undefined],
			empty: [{}, {}, {}],
		},
	},
	manifestEndpoint: {
		observe: () => status('GET', `/v3/devices/${DETECTOR}/manifest`),
		expected: { served: 200, missing: 404 },
	},

	offlineCommand: {
		observe: async () => {
			const run = async (connectivity: 'OFFLINE' | 'UNKNOWN') => {
				stage.emulator.fleet.simulate('example-fuel-cell', { connectivity });
				const { status: code, json } = await execute('example-fuel-cell', { name: 'start' });
				return code === 200 ? (json as { execution: Json }).execution['state'] : code;
			};
			return [await run('OFFLINE'), await run('UNKNOWN'), stage.emulator.executions.all.length];
		},
		expected: {
			byStatus: ['TIMEOUT', 'UNSYNC', 2],
			timeout: ['TIMEOUT', 'TIMEOUT', 2],
			unsync: ['UNSYNC', 'UNSYNC', 2],
			error: ['ERROR', 'ERROR', 2],
			'400': [400, 400, 0],
			'409': [409, 409, 0],
			'422': [422, 422, 0],
		},
	},
	unknownCommand: {
		observe: async () => (await execute('example-fuel-cell', { name: 'dance' })).status,
		expected: { '422': 422, '400': 400, '404': 404 },
	},
	badArguments: {
		observe: async () => {
			const states = [];
			for (const args of [{ power: 9000 }, {}]) {
				const body = { name: 'set_output_power', arguments: args };
				const { status: code, json } = await execute('example-fuel-cell', body);
				states.push(code === 200 ? (json as { execution: Json }).execution['state'] : code);
			}
			return states;
		},
		expected: {
			deviceError: ['ERROR', 'ERROR'],
			'400': [400, 400],
			'422': [422, 422],
			accepted: ['SUCCESS', 'SUCCESS'],
		},
	},
	argumentEcho: {
		observe: async () => {
			const body = { name: 'ping', arguments: { hosts: ['a'] } };
			const { request, response } = await execution(gateway(), body);
			const { results } = (response as { payload: { results: Json[] } }).payload;
			return [(request as Json)['arguments'], results];
		},
		expected: {
			asSent: [{ hosts: ['a'] }, [{ host: 'a', sent: 4, received: 4 }]],
			withDefaults: [{ hosts: ['a'], count: 4 }, [{ host: 'a', sent: 4, received: 4 }]],
			missing: [undefined, [{ host: 'a', sent: 4, received: 4 }]],
			null: [null, [{ host: 'a', sent: 4, received: 4 }]],
		},
	},
	argumentOrder: {
		observe: async () => {
			const network = { dns: ['9.9.9.9', '1.1.1.1'], address: '10.0.0.1', gateway: 'x' };
			const body = { name: 'configure_network', arguments: { network } };
			const { request } = await execution(gateway(), body);
			return JSON.stringify((request as { arguments: Json }).arguments['network']);
		},
		expected: {
			asSent: '{"dns":["9.9.9.9","1.1.1.1"],"address":"10.0.0.1","gateway":"x"}',
			sorted: '{"address":"10.0.0.1","dns":["9.9.9.9","1.1.1.1"],"gateway":"x"}',
			reversed: '{"gateway":"x","address":"10.0.0.1","dns":["9.9.9.9","1.1.1.1"]}',
		},
	},
	argumentNumbers: {
		observe: async () => {
			const network = '{"mtu":1500,"rate":0.5,"serial":7615917337495251231}';
			const body = `{"name":"configure_network","arguments":{"network":${network}}}`;
			const { text } = await execute(gateway(), body);
			return /"network":(\{[^}]*\})/.exec(text)?.[1];
		},
		expected: {
			asSent: '{"mtu":1500,"rate":0.5,"serial":7615917337495251231}',
			decimals: '{"mtu":1500.0,"rate":0.5,"serial":7615917337495251231.0}',
		},
	},
	sensitiveArguments: {
		observe: async () => {
			const args = { ssid: 'plant-2', password: 'correct horse' };
			const { request } = await execution(WEATHER, { name: 'configure_wifi', arguments: args });
			return (request as { arguments: Json }).arguments;
		},
		expected: {
			stars: { ssid: 'plant-2', password: '***' },
			clear: { ssid: 'plant-2', password: 'correct horse' },
			removed: { ssid: 'plant-2' },
			null: { ssid: 'plant-2', password: null },
		},
	},
	executionDeviceId: {
		observe: async () => (await setMode())['device_id'],
		expected: { present: BATTERY, missing: undefined },
	},
	manifestName: {
		observe: async () => ((await setMode())['request'] as Json)['manifest_name'],
		expected: { present: 'set_mode', missing: undefined },
	},
	emptyResponse: {
		observe: async () => {
			const { response } = await execution('example-fuel-cell', {
				name: 'set_output_power',
				arguments: { power: 3000 },
			});
			stage.emulator.fleet.simulate('example-fuel-cell', { connectivity: 'OFFLINE' });
			const offline = await execution('example-fuel-cell', { name: 'stop' });
			return [(response as Json)['payload'], offline['response']];
		},
		expected: { missing: [undefined, undefined], null: [null, null] },
	},
	ephemeralField: {
		observe: async () => (await setMode())['ephemeral'],
		expected: { missing: undefined, present: false },
	},

	latestKeys: {
		observe: async () => {
			const query = `devices[${BATTERY}]=mode&devices[example-fuel-cell]=running`;
			return Object.keys(telemetryOf(await latest(query)));
		},
		expected: {
			asAsked: [BATTERY, 'example-fuel-cell'],
			id: [BATTERY, 'ea000000-0000-4000-8000-000000000004'],
			slug: ['example-battery', 'example-fuel-cell'],
		},
	},
	unknownDevice: {
		observe: async () => {
			const response = await latest('devices[unknown]=mode&devices[example-battery]=mode');
			if (response.status !== 200) return response.status;
			expect(telemetryOf(response)['example-battery']).toMatchObject({ mode: { value: 'auto' } });
			return telemetryOf(response)['unknown'];
		},
		expected: {
			'404': 404,
			warning: { mode: { warning: 'Device not found.' } },
			leftOut: undefined,
			empty: {},
		},
	},
	unknownAttribute: {
		observe: async () => {
			const response = await latest('devices[example-battery]=mode,dance');
			return response.status === 200 ? telemetryOf(response)['example-battery']?.['dance'] : response.status;
		},
		expected: { warning: { warning: 'Attribute not found.' }, leftOut: undefined, '400': 400, '404': 404 },
	},
	unreadableAttribute: {
		observe: async () => {
			const response = await latest('devices[example-electrolyser]=mode,stack_voltages');
			return response.status === 200
				? telemetryOf(response)['example-electrolyser']?.['stack_voltages']
				: response.status;
		},
		expected: { warning: { warning: 'Access denied.' }, leftOut: undefined, '403': 403 },
	},
	missingValue: {
		observe: async () => {
			const response = await latest('devices[example-power-meter]=total_energy');
			return telemetryOf(response)['example-power-meter']?.['total_energy'];
		},
		expected: {
			warning: { warning: 'No value within the relevance interval.' },
			leftOut: undefined,
			empty: {},
			null: { value: null },
		},
	},
	latestDevices: {
		observe: async () => {
			const ids = stage.emulator.fleet.list().map(({ id }) => `devices[${id}]=status`);
			return [
				(await latest(ids.slice(0, 10).join('&'))).status,
				(await latest(ids.slice(0, 11).join('&'))).status,
			];
		},
		expected: { any: [200, 200], '10': [200, 400] },
	},
	seriesKeys: {
		observe: async () => {
			const both = [BATTERY, 'example-fuel-cell'].map((device) => ({ device, attribute: 'status' }));
			const [header = ''] = lines(await series([], { telemetry: both }));
			return [...header.matchAll(/device=(\S+)/g)].map(([, device]) => device);
		},
		expected: {
			asAsked: [BATTERY, 'example-fuel-cell'],
			id: [BATTERY, 'ea000000-0000-4000-8000-000000000004'],
			slug: ['example-battery', 'example-fuel-cell'],
		},
	},
	seriesUnknownAttribute: {
		observe: async () => {
			const response = await series(['mode', 'dance']);
			return response.status === 200 ? lines(response).at(-1)?.split(',').slice(1) : response.status;
		},
		expected: { leftOut: ['auto'], emptyColumn: ['auto', ''], '404': 404 },
	},
	seriesTypes: {
		observe: async () => (await series(['mode', 'battery_soc'])).headers['x-enapter-timeseries-data-types'],
		expected: { repeated: ['string', 'float'], joined: 'string,float' },
	},
	seriesLabels: {
		observe: async () =>
			lines(await series(['mode']))[0]
				?.split(/[ ,]/)
				.map((label) => label.split('=')[0]),
		expected: {
			all: ['ts', 'telemetry', 'device', 'aggregation', 'granularity', ...gapLabels()],
			deviceAndTelemetry: ['ts', 'telemetry', 'device'],
			reordered: ['ts', ...gapLabels().reverse(), 'granularity', 'aggregation', 'device', 'telemetry'],
		},
	},
	seriesColumns: {
		observe: async () => {
			const response = await series(['mode', 'battery_soc']);
			const [header = ''] = lines(response);
			const names = [...header.matchAll(/telemetry=(\S+)/g)].map(([, name]) => name);
			return [names, response.headers['x-enapter-timeseries-data-types']];
		},
		expected: {
			asAsked: [
				['mode', 'battery_soc'],
				['string', 'float'],
			],
			reversed: [
				['battery_soc', 'mode'],
				['float', 'string'],
			],
		},
	},
	seriesSteps: {
		observe: async () => Number(lines(await series(['mode']))[1]?.split(',')[0]) - (NOON / 1000 - 90),
		expected: { multiples: -50, from: 0 },
	},
	seriesEmptySteps: {
		observe: async () => {
			const telemetry = [{ device: 'example-power-meter', attribute: 'total_energy' }];
			const response = await series([], { telemetry, from: NOON / 1000 - 900 });
			return lines(response).length;
		},
		expected: { leftOut: 2, rows: 17 },
	},
	seriesNoData: {
		observe: async () => lines(await series(['mode'], { from: NOON / 1000 + 60, to: NOON / 1000 + 120 }))[0],
		expected: { empty: '', headerRow: expect.stringMatching(/^ts,telemetry=mode /) },
	},
	seriesBooleans: {
		observe: async () => {
			const telemetry = [{ device: 'example-fuel-cell', attribute: 'running' }];
			return lines(await series([], { telemetry }))
				.at(-1)
				?.split(',')[1];
		},
		expected: { words: 'false', digits: '0' },
	},
	seriesLineEnds: {
		observe: async () => (await series(['mode'])).text.includes('\r\n'),
		expected: { lf: false, crlf: true },
	},

	configurationOffline: {
		observe: async () => {
			const results = [];
			for (const connectivity of ['OFFLINE', 'UNKNOWN'] as const) {
				stage.emulator.fleet.simulate(WEATHER, { connectivity });
				const signal = AbortSignal.timeout(200);
				const requests = [
					configuration('GET', 'reporting', undefined, signal),
					configuration('PATCH', 'reporting', { set: { interval: 60 } }, signal),
					configuration('POST', 'reporting/reset_all', undefined, signal),
				];
				const settled = await Promise.allSettled(requests);
				for (const result of settled) {
					results.push(result.status === 'fulfilled' ? result.value.status : 'no response');
				}
			}
			return results;
		},
		expected: {
			'422': Array(6).fill(422),
			'504': Array(6).fill(504),
			hang: Array(6).fill('no response'),
			accepted: Array(6).fill(200),
		},
	},
	configurationRefusal: {
		observe: async () => [
			(await configuration('GET', 'reporting?param_names=speed')).status,
			(await configuration('PATCH', 'reporting', { set: { speed: 1 } })).status,
			(await configuration('PATCH', 'reporting', { set: { interval: '60' } })).status,
		],
		expected: { '400': [400, 400, 400], '422': [422, 422, 422] },
	},
	configurationAnswer: {
		observe: async () => {
			await configuration('PATCH', 'network', { set: { ssid: 'x' } });
			const changed = await configuration('PATCH', 'network', { set: { server: 'y' } });
			const reset = await configuration('POST', 'network/reset_all');
			return [changed.text, reset.text];
		},
		expected: {
			group: ['{"configuration":{"ssid":"x","server":"y"}}', '{"configuration":{"ssid":"plant"}}'],
			changed: ['{"configuration":{"server":"y"}}', '{"configuration":{"ssid":"plant"}}'],
			empty: ['', ''],
		},
	},
	sensitiveValues: {
		observe: async () => {
			const { json } = await configuration('PATCH', 'network', { set: { password: 'secret-1' } });
			return (json as { configuration: Json }).configuration;
		},
		expected: {
			stars: { ssid: 'plant', password: '***' },
			null: { ssid: 'plant', password: null },
			empty: { ssid: 'plant', password: '' },
			missing: { ssid: 'plant' },
		},
	},
	unsetParameters: {
		observe: async () =>
			((await configuration('GET', 'network')).json as { configuration: Json }).configuration,
		expected: { missing: { ssid: 'plant' }, null: { ssid: 'plant', password: null, server: null } },
	},
	configurationNumbers: {
		observe: async () => {
			const { text } = await configuration('GET', 'reporting?param_names=interval,calibration_factor');
			await configuration('PATCH', 'reporting', { set: { calibration_factor: 1.5 } });
			return [text, (await configuration('GET', 'reporting?param_names=calibration_factor')).text];
		},
		expected: {
			plain: [
				'{"configuration":{"interval":10,"calibration_factor":1}}',
				'{"configuration":{"calibration_factor":1.5}}',
			],
			decimals: [
				'{"configuration":{"interval":10,"calibration_factor":1.0}}',
				'{"configuration":{"calibration_factor":1.5}}',
			],
		},
	},

	logSeverity: {
		observe: async () => severities(await logs('severity=WARNING')),
		expected: { lower: ['warning'], upper: ['WARNING'] },
	},
	logSeverityFilter: {
		observe: async () => severities(await logs('severity=warning')),
		expected: { exact: ['warning'], minimum: ['error', 'warning'] },
	},
	logTimestamp: {
		observe: async () => (await logs('limit=1'))[0]?.['timestamp'],
		expected: {
			rfc3339: expect.stringMatching(/^2026-06-18T.*Z$/),
			unixSeconds: expect.stringMatching(/^178\d{7}$/),
		},
	},
	logReceivedTo: {
		observe: async () => {
			stage.emulator.fleet.simulate('example-battery', { alerts: ['soc_low'] });
			const noon = new Date(NOON).toISOString();
			return (await logs(`received_at_from=${noon}&received_at_to=${noon}`)).length;
		},
		expected: { exclusive: 0, inclusive: 1 },
	},
	logTotalCount: {
		observe: async () => (await get('/v3/devices/example-battery/logs?limit=1'))['total_count'],
		expected: { missing: undefined, exact: 72, tooLow: 36, zero: 0 },
	},

	provisioningAnswer: {
		observe: async () => (await provision('standalone', { name: 'A', site_id: SITE, slug: 'a' })).json,
		expected: {
			deviceId: { device_id: expect.any(String) },
			more: { device_id: expect.any(String), name: 'A', slug: 'a' },
			device: { device_id: expect.any(String), device: expect.objectContaining({ slug: 'a' }) },
		},
	},
	provisioningReference: {
		observe: async () => {
			const lua = { name: 'A', runtime_id: UCM, blueprint_id: 'bluepri2-60n4-4t9d-e6v0-69i310cb110e' };
			return [
				(await provision('standalone', { name: 'A', site_id: 'unknown' })).status,
				(await provision('lua_device', { ...lua, runtime_id: 'unknown' })).status,
				(await provision('lua_device', { ...lua, blueprint_id: 'unknown' })).status,
			];
		},
		expected: { '400': [400, 400, 400], '404': [404, 404, 404] },
	},
	provisioningUcmSlug: {
		observe: async () => {
			const { json } = await provision('ucm', { ...newUcm, slug: 'given' });
			return (json as Json)['slug'];
		},
		expected: { ignored: 'cellar-ucm', applied: 'given' },
	},
	reprovisionedName: {
		observe: async () => {
			await provision('ucm', newUcm);
			await provision('ucm', { ...newUcm, name: 'Attic UCM' });
			return (await getDevice('cellar-ucm'))['name'];
		},
		expected: { kept: 'Cellar UCM', replaced: 'Attic UCM' },
	},
	gatewaySites: {
		observe: async () => {
			await startStage({ kind: 'gateway', dialect: stage.emulator.dialect });
			return status('GET', '/api/v3/sites', { headers: { 'X-Enapter-Allow-HTTP': 'true' } });
		},
		expected: { served: 200, missing: 404 },
	},

	errorBody: {
		observe: async () => {
			const { text, headers } = await stage.send('GET', '/v3/devices/unknown');
			return [text, String(headers['content-type']).split(';')[0]];
		},
		expected: {
			full: ['{"errors":[{"code":"not_found","message":"Device not found."}]}', 'application/json'],
			noCode: ['{"errors":[{"message":"Device not found."}]}', 'application/json'],
			noMessage: ['{"errors":[{"code":"not_found"}]}', 'application/json'],
			several: [
				'{"errors":[{"code":"not_found","message":"Device not found."},' +
					'{"code":"see_also","message":"A second reason."}]}',
				'application/json',
			],
			emptyList: ['{"errors":[]}', 'application/json'],
			text: ['Device not found.', 'text/plain'],
			empty: ['', 'application/json'],
		},
	},
	missingToken: {
		observe: async () => {
			const response = await stage.send('GET', '/v3/devices', { token: null });
			const one = await status('GET', `/v3/devices/${DETECTOR}`, { token: null });
			return [response.status === 200 ? response.json : response.status, one];
		},
		expected: {
			'401': [401, 401],
			'403': [403, 403],
			'404': [404, 404],
			emptyLists: [{ devices: [], total_count: 0 }, 404],
		},
	},
	gatewayHttp: {
		observe: async () => {
			await startStage({ kind: 'gateway', dialect: stage.emulator.dialect });
			return status('GET', `/api/v3/devices/${DETECTOR}`);
		},
		expected: { redirect: 308, served: 200 },
	},
};

function gateway(): string {
	const { fleet } = stage.emulator;
	const found = fleet.list().find(({ type }) => type === 'GATEWAY');
	if (!found) throw new Error('The fleet has no Gateway');
	fleet.simulate(found.id, { connectivity: 'ONLINE' });
	return found.id;
}

function gapLabels(): string[] {
	return ['gap_filling_method', 'gap_filling_look_around'];
}

const cases = Object.entries(observations).flatMap(([key, { observe, expected }]) =>
	Object.entries(expected).map(([value, result]) => ({ key, value, observe, result: result as unknown })),
);

test.each(cases)('$key: $value', async ({ key, value, observe, result }) => {
	stage.emulator.dialect = { [key]: value };
	expect(await observe()).toEqual(result);
});

describe('setting dialects', () => {
	test('at the start, at any time, and back to those of the start with reset', async () => {
		await startStage({ dialect: { emptyList: 'null' } });
		const empty = async () => (await get('/v3/devices?offset=500'))['devices'];
		expect(await empty()).toBeNull();
		stage.emulator.dialect = { enumCase: 'lower' };
		expect([await empty(), (await getDevice(DETECTOR))['type']]).toEqual([[], 'lua']);
		stage.emulator.reset();
		expect([await empty(), (await getDevice(DETECTOR))['type']]).toEqual([null, 'LUA']);
	});

	test('a start without dialects has the defaults, also with a fleet used before', async () => {
		const { fleet } = stage.emulator;
		stage.emulator.dialect = { emptyList: 'null' };
		await startStage({ fleet });
		expect(stage.emulator.dialect).toEqual(createDialect());
	});

	test('the first possibility is the default', () => {
		for (const [key, value] of Object.entries(createDialect())) {
			expect(value).toBe(DIALECTS[key as keyof Dialect].possibilities[0]);
		}
	});

	test('a text from the command line', () => {
		expect(parseDialect('emptyList=null')).toEqual({ emptyList: 'null' });
		expect(() => parseDialect('emptyList=nothing')).toThrow('must be one of list, missing, null');
		expect(() => parseDialect('lists=null')).toThrow('Unknown dialect "lists". Known: emptyList, ');
	});
});

describe('randomDialect', () => {
	test('draws the same dialect for the same seed, and another one for another seed', () => {
		expect(randomDialect(7)).toEqual(randomDialect(7));
		expect(randomDialect(7)).not.toEqual(randomDialect(8));
	});

	test('draws every possibility sooner or later', () => {
		const drawn = Array.from({ length: 200 }, (_, seed) => randomDialect(seed));
		for (const [key, { possibilities }] of Object.entries(DIALECTS)) {
			const values = new Set(drawn.map((dialect) => dialect[key as keyof Dialect]));
			expect([key, ...[...values].sort()]).toEqual([key, ...[...possibilities].sort()]);
		}
	});

	test('takes a function, and keeps what is chosen', () => {
		const dialect = randomDialect(() => 0.999, { emptyList: 'missing' });
		expect(dialect).toMatchObject({ emptyList: 'missing', enumCase: 'lower' });
	});

	test('any dialect serves a command and a list', async () => {
		for (let seed = 0; seed < 40; seed += 1) {
			stage.emulator.dialect = randomDialect(seed);
			expect(await status('GET', '/v3/devices?expand=manifest,connectivity,properties')).toBe(200);
			expect((await setModeOf(BATTERY)).status).toBe(200);
			expect(await status('GET', `/v3/devices/${BATTERY}/command_executions?expand=log`)).toBe(200);
		}
	});
});

const setModeOf = (device: string) => execute(device, { name: 'set_mode', arguments: { mode: 'idle' } });

test('README.md lists every dialect with its possibilities, the default first', () => {
	const readme = readFileSync('emulator/README.md', 'utf8');
	const rows = [...readme.matchAll(/^\| `(\w+)` +\| (.*?) +\| (`.*?`) +\| (.*?) +\|$/gm)];
	const inReadme = rows.map(([, key, question, possibilities, source]) => [
		key,
		question,
		possibilities,
		source,
	]);
	const known = Object.entries(DIALECTS).map(([key, { question, possibilities, source }]) => [
		key,
		question,
		possibilities.map((value) => `\`${value}\``).join(', '),
		source,
	]);
	expect(inReadme).toEqual(known);
});

describe('onRequest', () => {
	test('is called before the request is processed, until it is removed', async () => {
		const seen: string[] = [];
		const remove = stage.emulator.onRequest(async ({ method, path, body }) => {
			await delay(1);
			seen.push(`${method} ${path} ${JSON.stringify(body)}`);
			if (path.includes('offset')) stage.emulator.fleet.delete(DETECTOR);
		});
		expect(await get('/v3/devices?limit=10')).toMatchObject({ total_count: 39 });
		expect(await get('/v3/devices?limit=10&offset=10')).toMatchObject({ total_count: 38 });
		remove();
		await get('/v3/sites');
		expect(seen).toEqual([
			'GET /v3/devices?limit=10 undefined',
			'GET /v3/devices?limit=10&offset=10 undefined',
		]);
	});

	test('can start a command at the same moment as a client', async () => {
		const { emulator } = stage;
		emulator.onRequest(({ method, body }) => {
			if (method !== 'POST') return;
			const { name, arguments: args } = body as { name: string; arguments: Json };
			const request = { name, arguments: args, ephemeral: false };
			emulator.executions.begin(emulator.fleet.get(BATTERY), request, 'OWNER');
		});
		await setMode();
		expect(emulator.executions.all.map(({ request }) => request.name)).toEqual(['set_mode', 'set_mode']);
	});

	test('is removed by reset', async () => {
		const listener = jest.fn();
		stage.emulator.onRequest(listener);
		stage.emulator.reset();
		await get('/v3/sites');
		expect(listener).not.toHaveBeenCalled();
	});
});

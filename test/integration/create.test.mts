import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { clock } from '../../nodes/EnapterDevice/transport/clock.ts';
import { listSearch, readBinary, runAsTool, runNode, type RunOptions } from '../support/engine.mts';
import { byId } from '../support/locators.mts';

const SITE = 'a2f2c5e7-054a-43db-8402-3fe6006936b2';
const UCM = 'fecbbba0-79f2-4e9e-a6f0-69a310ab110b';
const UCM_SLUG = 'living-room-ucm';
const DETECTOR = '93fb32c7-b7b7-4987-a754-23597d9c02c7';
/** The blueprint of weather stations. */
const BLUEPRINT = '2c6e8b57-9d1a-4e3f-b842-7a5d1c0f9b33';
const HARDWARE_ID = 'ABCDEF0123456789';

let emulator: Emulator;

beforeEach(async () => {
	jest.spyOn(clock, 'sleep').mockResolvedValue();
	emulator = await startEmulator();
});

afterEach(async () => {
	jest.restoreAllMocks();
	await emulator.close();
});

/** A new UCM gets no slug: provisioning ignores it, and the API refuses to set it afterwards. */
function refuseSlugOfUcm(): void {
	emulator.dialect.provisioningUcmSlug = 'ignored';
	emulator.addFault({
		kind: 'status',
		status: 403,
		body: { errors: [{ message: 'Access denied' }] },
		match: { method: 'PATCH' },
	});
}

const STANDALONE = { deviceType: 'standalone', name: 'Pump 1', siteId: byId(SITE) };
const LUA = { deviceType: 'lua', name: 'Meter 1', runtimeId: byId(UCM), blueprintId: byId(BLUEPRINT) };
const NEW_UCM = {
	deviceType: 'ucm',
	name: 'New UCM',
	siteId: byId(SITE),
	hardwareId: HARDWARE_ID,
	protocol: 'MQTT',
};

const run = async (parameters: Record<string, unknown>, more: Partial<RunOptions> = {}) =>
	await runNode({ emulator, parameters: { operation: 'create', ...parameters }, ...more });

/** Creates standalone devices from the fields of the items. */
const runAll = async (items: object[], options: object = {}, more: Partial<RunOptions> = {}) =>
	await run(
		{
			deviceType: '={{ $json.type ?? "standalone" }}',
			name: '={{ $json.name }}',
			siteId: `={{ $json.site ?? "${SITE}" }}`,
			runtimeId: '={{ $json.runtime }}',
			blueprintId: BLUEPRINT,
			hardwareId: '={{ $json.hardware }}',
			protocol: 'MQTT',
			additionalFields: { slug: '={{ $json.slug }}' },
			options,
		},
		{ items, ...more },
	);

const rows = (count: number) =>
	Array.from({ length: count }, (_, index) => ({ name: `Row ${index}`, slug: `row-${index}` }));

const writes = () => emulator.requests.filter(({ method }) => method !== 'GET');

const posts = () => emulator.requests.filter(({ path }) => path.includes('/provisioning/'));

describe('each type sends just what it needs, and outputs the device as it is read again', () => {
	test.each([
		['standalone', STANDALONE, { name: 'Pump 1', site_id: SITE }, 'STANDALONE'],
		['lua_device', LUA, { name: 'Meter 1', runtime_id: UCM, blueprint_id: BLUEPRINT }, 'LUA'],
		[
			'lua_device',
			{ ...LUA, runtimeId: UCM_SLUG },
			{ name: 'Meter 1', runtime_id: UCM, blueprint_id: BLUEPRINT },
			'LUA',
		],
		[
			'ucm',
			NEW_UCM,
			{ name: 'New UCM', site_id: SITE, hardware_id: HARDWARE_ID, protocol: 'MQTT' },
			'HARDWARE_UCM',
		],
	])('%s', async (path, parameters, body, type) => {
		for (const provisioningAnswer of ['deviceId', 'more', 'device'] as const) {
			emulator.reset();
			emulator.dialect.provisioningAnswer = provisioningAnswer;
			const { output, error, hints } = await run(parameters);
			expect(error).toBeUndefined();
			expect(hints).toEqual([]);
			expect(posts().map((request) => [request.path, request.body])).toEqual([
				[`/v3/provisioning/${path}`, body],
			]);
			const device = emulator.fleet.get(String(output[0]?.json['id']));
			expect(output[0]?.json).toMatchObject({ id: device.id, slug: device.slug, name: body.name, type });
			expect(output[0]?.json).not.toHaveProperty('communication');
			expect(output[0]?.json).not.toHaveProperty('created');
		}
	});

	test('a virtual UCM on a Gateway; Enapter Cloud has none', async () => {
		const parameters = {
			deviceType: 'vucm',
			name: 'Virtual',
			hardwareId: 'V1',
			additionalFields: { slug: 'v-1' },
		};
		const { error } = await run(parameters);
		expect(error?.message).toMatch(/^Virtual was not created: /);
		expect(error?.description).toContain('Virtual UCMs can only be created on a Gateway');
		await emulator.close();
		emulator = await startEmulator({ kind: 'gateway' });
		for (const provisioningUcmSlug of ['applied', 'ignored'] as const) {
			emulator.dialect.provisioningUcmSlug = provisioningUcmSlug;
			const slug = `v-${provisioningUcmSlug}`;
			const { output } = await run({ ...parameters, hardwareId: slug, additionalFields: { slug } });
			expect(output[0]?.json).toMatchObject({ name: 'Virtual', type: 'VIRTUAL_UCM', slug });
			expect(emulator.fleet.find(slug)?.name).toBe('Virtual');
		}
	});

	test.each(['an earlier', 'a later'])(
		'a Lua device that runs on a UCM which %s item creates',
		async (order) => {
			await emulator.close();
			emulator = await startEmulator({ kind: 'gateway' });
			const items = [
				{ type: 'vucm', name: 'Virtual', slug: 'v-1', hardware: 'V1' },
				{ type: 'lua', name: 'Meter', slug: 'meter-1', runtime: 'v-1' },
			];
			const { output, error } = await runAll(order === 'a later' ? items.reverse() : items);
			expect(error).toBeUndefined();
			expect(output.map(({ json }) => json['slug'])).toEqual(items.map(({ slug }) => slug));
			const ucm = emulator.fleet.find('v-1');
			expect(ucm).toBeDefined();
			expect(emulator.fleet.find('meter-1')?.communication.upstream_id).toBe(ucm?.id);
		},
	);

	test('a Lua device whose UCM is created by the same run, but does not get its slug', async () => {
		refuseSlugOfUcm();
		const items = [
			{ type: 'lua', name: 'Meter', slug: 'meter-1', runtime: 'hall-ucm' },
			{ type: 'ucm', name: 'UCM 1', slug: 'hall-ucm', hardware: HARDWARE_ID },
		];
		const { output, error } = await runAll(items, { skipIfExists: true });
		expect(error).toBeUndefined();
		expect(posts()[1]?.body).toMatchObject({ runtime_id: output[1]?.json['id'] });

		const more = [{ ...items[0], name: 'Meter 2', slug: 'meter-2' }, items[1] ?? {}];
		const second = await runAll(more, { skipIfExists: true });
		expect(second.output.map(({ json }) => json['created'])).toEqual([true, false]);
		expect(posts()[2]?.body).toMatchObject({ runtime_id: output[1]?.json['id'] });
	});

	test('no Lua device if the item that creates its UCM is refused', async () => {
		const items = [
			{ type: 'lua', name: 'Meter', slug: 'meter-1', runtime: 'b' },
			{ type: 'ucm', name: 'B', slug: 'b', hardware: 'X' },
			{ type: 'ucm', name: 'C', slug: 'c', hardware: 'X' },
		];
		const { error } = await runAll(items);
		expect(error?.message).toMatch(/^Meter was not created: Several items have the hardware ID "X"/);
		expect(writes()).toEqual([]);
	});

	test('the device is output by its ID if it cannot be read again', async () => {
		emulator.addFault({ kind: 'status', status: 500, match: { method: 'GET' } });
		const { output, hints, error } = await run(STANDALONE);
		expect(error).toBeUndefined();
		expect(output[0]?.json).toEqual({ id: expect.any(String), name: 'Pump 1' });
		expect(hints.map(({ message }) => message)).toEqual([
			expect.stringMatching(/^Pump 1: created, but could not be read/),
		]);
	});

	test('devices that cannot be read again for the same reason share one hint', async () => {
		emulator.addFault({
			kind: 'status',
			status: 403,
			body: { errors: [{ message: 'No' }] },
			match: { method: 'GET' },
		});
		const { output, hints } = await run({ ...STANDALONE, name: '={{ $json.name }}' }, { items: rows(60) });
		expect(output).toHaveLength(60);
		expect(hints).toHaveLength(1);
		expect(hints[0]?.message).toMatch(
			/^Row 0, Row 1, .*, Row 49 and 10 more: created, but could not be read or did not get the slug: No\.$/,
		);
	});
});

describe('what cannot be used is refused before anything is sent', () => {
	test.each([
		[{ ...STANDALONE, name: ' ' }, 'Name is empty.'],
		[{ ...STANDALONE, siteId: '={{ $json.none }}' }, 'Site is empty.'],
		[{ ...NEW_UCM, hardwareId: '={{ $json.none }}' }, 'Hardware ID is empty.'],
		[{ ...STANDALONE, additionalFields: { slug: '={{ $json.none }}' } }, 'Slug is empty.'],
		[{ ...STANDALONE, deviceType: 'robot' }, 'Device Type must be one of: standalone, lua, ucm, vucm.'],
		[{ ...STANDALONE, options: { skipIfExists: true } }, 'Skip If It Exists needs a Slug'],
		[
			{ ...NEW_UCM, options: { credentialFiles: 'pem' } },
			'MQTT uses a user name and a password, not PEM files.',
		],
	])('%j', async (parameters, message) => {
		const { error } = await run(parameters);
		expect(error?.message).toContain(message);
		expect(emulator.requests).toEqual([]);
	});

	test("n8n's Retry On Fail", async () => {
		const { error } = await run(STANDALONE, { nodeSettings: { retryOnFail: true, waitBetweenTries: 1 } });
		expect(error?.message).toContain('Create does not work with Retry On Fail. Nothing was sent.');
		expect(emulator.requests).toEqual([]);
	});
});

describe('what the API would refuse is refused before anything is created', () => {
	test.each([
		[
			'a slug in use',
			[{ name: 'B', slug: UCM_SLUG }],
			`The slug "${UCM_SLUG}" is already used by Living room UCM`,
		],
		[
			'one slug in two items',
			[
				{ name: 'B', slug: 'b' },
				{ name: 'C', slug: 'b' },
			],
			'Several items have the slug "b"',
		],
		[
			'one hardware ID in two items',
			[
				{ type: 'ucm', name: 'B', slug: 'b', hardware: 'X' },
				{ type: 'ucm', name: 'C', slug: 'c', hardware: 'X' },
			],
			'Several items have the hardware ID "X"',
		],
		[
			'an unknown UCM',
			[{ type: 'lua', name: 'B', slug: 'b', runtime: 'no-such' }],
			'Device "no-such" was not found',
		],
		[
			'a runtime that is no UCM',
			[{ type: 'lua', name: 'B', slug: 'b', runtime: DETECTOR }],
			`"${DETECTOR}" cannot run a Lua device because its type is LUA`,
		],
	])('%s', async (_what, wrong, message) => {
		const { error } = await runAll([{ name: 'A', slug: 'a' }, ...wrong]);
		expect(error?.message).toContain(message);
		expect(error?.description).toContain('Nothing was changed');
		expect(writes()).toEqual([]);
		const { output } = await runAll(
			[{ name: 'A', slug: 'a' }, ...wrong],
			{},
			{ onError: 'continueRegularOutput' },
		);
		expect(output.map(({ json }) => 'error' in json)).toEqual([false, ...wrong.map(() => true)]);
		expect(posts()).toHaveLength(1);
	});

	test.each(['409', '422', '400'] as const)(
		'a slug taken meanwhile is the refusal of the API (%s)',
		async (slugInUse) => {
			emulator.dialect.slugInUse = slugInUse;
			emulator.addFault({
				kind: 'status',
				status: 404,
				body: { errors: [{ message: 'No' }] },
				match: { method: 'GET' },
			});
			const { error } = await run({ ...STANDALONE, additionalFields: { slug: UCM_SLUG } });
			expect(error?.message).toMatch(/^Pump 1 was not created: .*slug already in use/);
			expect(posts()).toHaveLength(1);
		},
	);
});

describe('values from tables', () => {
	test('the hardware ID of one UCM may be in upper and lower case', async () => {
		const items = [HARDWARE_ID, HARDWARE_ID.toLowerCase()].map((hardware) => ({ hardware }));
		const { error } = await run({ ...NEW_UCM, hardwareId: '={{ $json.hardware }}' }, { items });
		expect(error?.message).toContain(`Several items have the hardware ID "${HARDWARE_ID}"`);
		expect(writes()).toEqual([]);
	});

	test('a hardware ID that is a number with too many digits is refused', async () => {
		const items = [{ hardware: 12345678901234567890 }];
		const { error } = await run({ ...NEW_UCM, hardwareId: '={{ $json.hardware }}' }, { items });
		expect(error?.message).toBe(
			'Hardware ID is a number with too many digits to be read exactly. Give it as text.',
		);
		expect(writes()).toEqual([]);
	});

	test('spaces around a slug do not make another device', async () => {
		const { output } = await run({
			...NEW_UCM,
			additionalFields: { slug: ` ${UCM_SLUG} ` },
			options: { skipIfExists: true },
		});
		expect(output[0]?.json).toMatchObject({ id: UCM, created: false });
		expect(writes()).toEqual([]);
	});
});

describe('Skip If It Exists', () => {
	test('makes a table of devices repeatable: the second run creates nothing', async () => {
		const items = rows(60);
		const first = await runAll(items, { skipIfExists: true });
		expect(first.error).toBeUndefined();
		expect(first.output.map(({ json }) => json['created'])).toEqual(items.map(() => true));
		emulator.reset();
		const second = await runAll(items, { skipIfExists: true });
		const withoutCreated = (output: typeof first.output) =>
			output.map(({ json: { created: _, ...json } }) => json);
		expect(withoutCreated(second.output)).toEqual(withoutCreated(first.output));
		expect(second.output.map(({ json }) => json['created'])).toEqual(items.map(() => false));
		expect(writes()).toEqual([]);
		const pages = Math.ceil(emulator.fleet.devices.size / 49) + 1;
		expect(emulator.requests.length).toBeLessThanOrEqual(pages);
	});

	test('new slugs are looked up by pages, not one by one', async () => {
		await runAll(rows(30), { skipIfExists: true, dryRun: true });
		expect(emulator.requests.length).toBeLessThanOrEqual(Math.ceil(emulator.fleet.devices.size / 49) + 1);
	});

	test('if the list cannot be read, the slugs are looked up one by one', async () => {
		emulator.addFault({ kind: 'status', status: 500, match: { path: /\/devices\?/ } });
		const { output, error } = await runAll(
			[...rows(3), { name: 'UCM', slug: UCM_SLUG, type: 'ucm', hardware: 'X' }],
			{
				skipIfExists: true,
			},
		);
		expect(error).toBeUndefined();
		expect(output.map(({ json }) => json['created'])).toEqual([true, true, true, false]);
	});

	test.each([
		['type', { name: 'B', slug: UCM_SLUG }, 'its type is HARDWARE_UCM, not STANDALONE'],
		[
			'site',
			{ name: 'B', slug: UCM_SLUG, type: 'ucm', hardware: 'X', site: 'b0000000-0000-4000-8000-000000000000' },
			'it belongs to another site',
		],
	])('a device of another %s is refused', async (_what, row, difference) => {
		const { error } = await runAll([...rows(1), row], { skipIfExists: true });
		expect(error?.message).toContain(`Living room UCM has the slug "${UCM_SLUG}", but ${difference}`);
		expect(writes()).toEqual([]);
	});
});

describe('Skip If It Exists with a UCM that has another slug than its row', () => {
	const ucms = (count: number) =>
		Array.from({ length: count }, (_, index) => ({
			type: 'ucm',
			name: `UCM ${index}`,
			slug: `new-ucm-${index}`,
			hardware: `ABCDEF012345678${index}`,
		}));
	const HINT = 'These UCMs exist already, but with another slug: UCM 1 ("hall-2" instead of "new-ucm-1").';

	test.each([2, 4])('outputs it with its credentials unchanged (%i rows)', async (count) => {
		const first = await runAll(ucms(count), { skipIfExists: true });
		const { id } = emulator.fleet.get('new-ucm-1');
		emulator.fleet.update(id, { slug: 'hall-2' });
		const items = ucms(count).map((row) => ({ ...row, hardware: row.hardware.toLowerCase() }));

		emulator.requests.length = 0;
		const dry = await runAll(items, { skipIfExists: true, dryRun: true });
		expect(dry.output.map(({ json }) => [json['id'], json['would_create']])).toEqual(
			first.output.map(({ json }) => [json['id'], false]),
		);
		expect(dry.hints.map(({ message }) => message)).toContain(HINT);

		emulator.requests.length = 0;
		const second = await runAll(items, { skipIfExists: true });
		expect(second.output.map(({ json }) => [json['id'], json['created']])).toEqual(
			first.output.map(({ json }) => [json['id'], false]),
		);
		expect(second.output[1]?.json).toMatchObject({ slug: 'hall-2' });
		expect(second.hints.map(({ message }) => message)).toEqual([HINT]);
		expect(writes()).toEqual([]);
		expect(emulator.requests.length).toBeLessThanOrEqual(count + Math.ceil(emulator.fleet.devices.size / 49));
	});

	test('outputs it in each later run if its slug could not be set', async () => {
		refuseSlugOfUcm();
		await runAll(ucms(1), { skipIfExists: true });
		const { output } = await runAll(ucms(1), { skipIfExists: true });
		expect(output[0]?.json).toMatchObject({ name: 'UCM 0', created: false });
		expect(posts()).toHaveLength(1);
	});

	test('refuses one at another site', async () => {
		await runAll(ucms(1), { skipIfExists: true });
		emulator.requests.length = 0;
		const [row] = ucms(1);
		const items = [{ ...row, slug: 'other', site: 'b0000000-0000-4000-8000-000000000000' }];
		const { error } = await runAll(items, { skipIfExists: true });
		expect(error?.message).toContain(
			'UCM 0 has the hardware ID "ABCDEF0123456780", but it belongs to another site',
		);
		expect(writes()).toEqual([]);
	});

	test('creates none if the list of devices cannot be read', async () => {
		emulator.addFault({ kind: 'status', status: 500, match: { path: /\/devices\?/ } });
		const { error } = await runAll(ucms(1), { skipIfExists: true });
		expect(error?.message).toContain('status 500');
		expect(writes()).toEqual([]);
	});
});

describe('a response that is lost', () => {
	const LOST = [{ kind: 'reset-after' }, { kind: 'cut' }, { kind: 'status', status: 500 }] as const;

	test.each(LOST)(
		'is never followed by a second creation; with a slug the device is found: %j',
		async (fault) => {
			emulator.addFault({ ...fault, match: { method: 'POST' } });
			const { output, error } = await run({ ...STANDALONE, additionalFields: { slug: 'pump-1' } });
			expect(posts()).toHaveLength(1);
			if (fault.kind === 'status') {
				expect(error?.message).toMatch(/^It is unknown whether Pump 1 was created: /);
				expect(error?.description).toContain(
					'No device has the slug "pump-1" so far. Look for the slug "pump-1" with Device → Get Many before you run the item again; with Skip If It Exists you can run it again.',
				);
				expect(emulator.fleet.find('pump-1')).toBeUndefined();
				return;
			}
			expect(error).toBeUndefined();
			expect(output[0]?.json).toMatchObject({
				id: emulator.fleet.find('pump-1')?.id,
				slug: 'pump-1',
				recovered: true,
			});
		},
	);

	test('a device that somebody else made at another site meanwhile is not taken for the own one', async () => {
		const slug = 'weather-station-2';
		const other = emulator.fleet.find(slug);
		expect(other?.site_id).not.toBe(SITE);
		// Somebody else creates it after its slug was looked up.
		emulator.addFault({
			kind: 'status',
			status: 404,
			body: { errors: [{ message: 'No' }] },
			match: { method: 'GET' },
			times: 1,
		});
		emulator.addFault({ kind: 'reset-before', match: { method: 'POST' } });
		const { error, output } = await run({
			...STANDALONE,
			name: other?.name,
			additionalFields: { slug },
			options: { skipIfExists: true },
		});
		expect(output).toEqual([]);
		expect(error?.message).toMatch(/^It is unknown whether Weather station 2 was created/);
	});

	test('without a slug the message says what to check', async () => {
		emulator.addFault({ kind: 'reset-after', match: { method: 'POST' } });
		const { error } = await run(STANDALONE);
		expect(error?.message).toMatch(/^It is unknown whether Pump 1 was created: Lost the connection/);
		expect(error?.description).toContain(
			'Look for Pump 1 with Device → Get Many before you run the item again.',
		);
		expect(posts()).toHaveLength(1);
	});

	test('is not said to be a failure if the look-up fails, too', async () => {
		emulator.addFault({ kind: 'reset-after', match: { method: 'POST' } });
		emulator.addFault({
			kind: 'status',
			status: 500,
			match: { method: 'GET', path: '/devices/pump-1' },
			after: 1,
		});
		const { error } = await run({ ...STANDALONE, additionalFields: { slug: 'pump-1' } });
		expect(error?.message).toMatch(/^It is unknown whether Pump 1 was created/);
		expect(error?.description).toContain('Look for the slug "pump-1"');
	});

	test('of a UCM loses its credentials, which a second run replaces', async () => {
		emulator.addFault({ kind: 'reset-after', match: { method: 'POST' }, times: 1 });
		const { error } = await run(NEW_UCM);
		expect(error?.description).toContain(
			'New UCM may have been given credentials that were not received: run the item again.',
		);
		expect(posts()).toHaveLength(1);
		const count = emulator.fleet.devices.size;
		const { output } = await run(NEW_UCM);
		expect(emulator.fleet.devices.size).toBe(count);
		expect(output[0]?.json['config']).toMatchObject({ mqtt_credentials: { username: expect.any(String) } });
	});

	test('of a UCM with Skip If It Exists, which would keep the lost credentials, leads to Generate Config', async () => {
		emulator.addFault({ kind: 'reset-after', match: { method: 'POST' }, times: 1 });
		const { error } = await run({
			...NEW_UCM,
			additionalFields: { slug: 'new-ucm' },
			options: { skipIfExists: true },
		});
		expect(error?.description).toContain(
			'New UCM may have been given credentials that were not received: if it exists, run Generate Config for it.',
		);
		expect(error?.description).not.toContain('run the item again');
	});

	test('is retried if the API itself refused the request', async () => {
		emulator.addFault({
			kind: 'status',
			status: 503,
			body: { errors: [{ message: 'Busy' }] },
			match: { method: 'POST' },
			times: 1,
		});
		const { error } = await run(STANDALONE);
		expect(error).toBeUndefined();
		expect(posts()).toHaveLength(2);
	});
});

describe('the credentials of a UCM', () => {
	test('are output as fields, or as files', async () => {
		const { output } = await run(NEW_UCM);
		const { id, config } = output[0]?.json ?? {};
		const made = emulator.fleet.configs.get(String(id));
		expect(config).toMatchObject({
			...made,
			mqtt_credentials: { ...made?.mqtt_credentials, protocol: 'MQTT' },
		});

		const json = await run({ ...NEW_UCM, hardwareId: 'B', options: { credentialFiles: 'json' } });
		const [item] = json.output;
		if (item === undefined) throw new Error('no output');
		expect(item.json).not.toHaveProperty('config');
		expect(JSON.parse(String(await readBinary(item, 'config')))).toMatchObject({
			mqtt_host: 'mqtt.enapter.com',
		});

		const pem = await run({
			...NEW_UCM,
			hardwareId: 'C',
			protocol: 'MQTTS',
			options: { credentialFiles: 'pem' },
		});
		expect(Object.keys(pem.output[0]?.binary ?? {})).toEqual(['private_key', 'certificate', 'ca_chain']);
		expect(JSON.stringify(pem.output[0]?.json)).not.toContain('BEGIN');
	});

	test('are created one after the other, and lost ones are named', async () => {
		emulator.latency = 5;
		const items = Array.from({ length: 4 }, (_, index) => ({
			type: 'ucm',
			name: `UCM ${index}`,
			slug: `new-ucm-${index}`,
			hardware: `H${index}`,
		}));
		emulator.addFault({
			kind: 'status',
			status: 422,
			body: { errors: [{ message: 'No' }] },
			match: { method: 'POST' },
			after: 2,
		});
		const { error, output } = await runAll(items);
		expect(output).toEqual([]);
		expect(posts()).toHaveLength(3);
		posts()
			.slice(1)
			.forEach(({ startedAt }, index) =>
				expect(startedAt).toBeGreaterThanOrEqual(posts()[index]?.endedAt ?? Infinity),
			);
		expect(error?.message).toBe('UCM 2 was not created: No. [item 2]');
		expect(error?.description).toContain(
			'New credentials were made for UCM 0 and UCM 1 and are not in the output: run Generate Config for each of them.',
		);
		expect(error?.description).toContain('Never sent: item 3.');
	});

	test('lost ones are named once, however many items fail', async () => {
		emulator.addFault({
			kind: 'status',
			status: 422,
			body: { errors: [{ message: 'No' }] },
			match: { method: 'POST', path: 'standalone' },
		});
		const items = [{ type: 'ucm' }, { type: 'standalone' }, { type: 'standalone' }];
		const parameters = { ...LUA, ...NEW_UCM, deviceType: '={{ $json.type }}' };
		const { error } = await run(parameters, { items });
		expect(error?.description?.match(/New credentials were made for New UCM/g)).toHaveLength(1);
	});

	test('the ones lost because the execution is cancelled are named', async () => {
		emulator.latency = 50;
		let cancelRun = () => {};
		const items = [0, 1, 2].map((number) => ({ name: `UCM ${number}`, hardware: `H${number}` }));
		const execution = run(
			{ ...NEW_UCM, name: '={{ $json.name }}', hardwareId: '={{ $json.hardware }}' },
			{ items, cancelAfter: (cancel) => (cancelRun = cancel) },
		);
		while (posts().length < 2) await new Promise(setImmediate);
		cancelRun();
		const { run: stored, error } = await execution;
		expect(stored.status).toBe('canceled');
		expect(error?.description).toContain('UCM 1 may have been given credentials that were not received');
		expect(error?.description).toContain('New credentials were made for UCM 0 and are not in the output');
		expect(posts()).toHaveLength(2);
	});

	test('a Lua device is not created if it is unknown whether its UCM was', async () => {
		emulator.addFault({ kind: 'reset-after', match: { method: 'POST' } });
		const items = [
			{ type: 'ucm', name: 'New UCM', slug: 'new-ucm', hardware: HARDWARE_ID },
			{ type: 'lua', name: 'Meter 1', slug: 'meter-1', runtime: 'new-ucm' },
		];
		const { output } = await runAll(items, {}, { onError: 'continueRegularOutput' });
		expect(output[1]?.json).toMatchObject({
			error: expect.stringMatching(
				/^Meter 1 was not created: It is unknown whether New UCM was created: Lost the connection/,
			),
			message: 'The device runs on this UCM. Run the item again when the UCM exists.',
		});
		expect(posts()).toHaveLength(1);
	});

	test('reach a language model only if a person allowed it, and never as files', async () => {
		const call = async (options: object) =>
			(
				await runAsTool('by the engine', {
					emulator,
					parameters: { operation: 'create', ...NEW_UCM, options },
				})
			).answer;
		expect(await call({})).toContain('Creating a UCM would show new credentials to the language model.');
		expect(await call({ allowAiTool: true, credentialFiles: 'json' })).toContain(
			'Language models cannot receive files',
		);
		expect(posts()).toEqual([]);
		expect(await call({ dryRun: true })).toContain('"needs_confirmation":true');
		expect(posts()).toEqual([]);
		expect(await call({ allowAiTool: true })).toContain('mqtt_credentials');
	});

	test('do not appear in messages', async () => {
		const body = { device_id: 7, config: { mqtt_credentials: { password: 'hunter2' } } };
		emulator.addFault({ kind: 'body', match: { method: 'POST' }, body });
		const { run: execution, error } = await run(NEW_UCM);
		expect(error?.message).toContain('instead of the new UCM and its configuration');
		expect(JSON.stringify(execution.data.resultData)).not.toContain('hunter2');
	});

	test('of a UCM that exists are renewed without Skip If It Exists, and left alone with it', async () => {
		const first = await run({ ...NEW_UCM, additionalFields: { slug: 'new-ucm' } });
		const count = emulator.fleet.devices.size;
		const again = await run({ ...NEW_UCM, additionalFields: { slug: 'new-ucm' } });
		expect(again.error).toBeUndefined();
		expect(again.output[0]?.json['id']).toBe(first.output[0]?.json['id']);
		expect(again.output[0]?.json['config']).not.toEqual(first.output[0]?.json['config']);
		expect(emulator.fleet.devices.size).toBe(count);
		emulator.reset();
		const skipped = await run({
			...NEW_UCM,
			additionalFields: { slug: 'new-ucm' },
			options: { skipIfExists: true },
		});
		expect(skipped.output[0]?.json).toMatchObject({ slug: 'new-ucm', created: false });
		expect(writes()).toEqual([]);
	});
});

describe('Dry Run', () => {
	test('shows what would be created, and creates nothing', async () => {
		const { output, hints } = await runAll(
			[
				{ name: 'A', slug: 'a' },
				{ type: 'ucm', name: 'UCM', slug: UCM_SLUG, hardware: 'X' },
				{ type: 'lua', name: 'C', slug: 'c', runtime: UCM_SLUG },
			],
			{ dryRun: true, skipIfExists: true },
		);
		expect(output.map(({ json }) => json)).toEqual([
			{ dry_run: true, name: 'A', slug: 'a', site_id: SITE, type: 'STANDALONE', would_create: true },
			{ dry_run: true, id: UCM, name: 'Living room UCM', slug: UCM_SLUG, would_create: false },
			{
				dry_run: true,
				name: 'C',
				slug: 'c',
				runtime_id: UCM,
				blueprint_id: BLUEPRINT,
				type: 'LUA',
				would_create: true,
			},
		]);
		expect(hints.map(({ message }) => message)).toEqual([
			'Dry run: 2 of 3 devices would be created. Nothing was changed.',
		]);
		expect(writes()).toEqual([]);
	});

	test('finds an unknown blueprint', async () => {
		const { error } = await run({ ...LUA, blueprintId: byId('no-such'), options: { dryRun: true } });
		expect(error?.message).toBe('Blueprint "no-such" was not found.');
	});
});

test('after a failure in Stop Workflow nothing more is created', async () => {
	emulator.addFault({
		kind: 'status',
		status: 422,
		body: { errors: [{ message: 'No' }] },
		match: { method: 'POST' },
		after: 3,
	});
	const { error } = await runAll(rows(20), { maxConcurrency: 1 });
	expect(error?.message).toBe('Row 3 was not created: No. [item 3]');
	expect(error?.description).toContain('Done: items 0–2. Failed: item 3. Never sent: items 4–19.');
	expect(posts()).toHaveLength(4);
});

test('the list of Runs On contains the UCMs only', async () => {
	const ucms = emulator.fleet.list().filter(({ type }) => type.endsWith('UCM'));
	const { results } = await listSearch('searchRuntimes', { emulator });
	expect(results.map(({ value }) => value).sort()).toEqual(ucms.map(({ id }) => id).sort());
	const found = await listSearch('searchRuntimes', { emulator, filter: 'living room' });
	expect(found.results.map(({ value }) => value)).toEqual([UCM]);
	expect((await listSearch('searchRuntimes', { emulator, filter: DETECTOR })).results).toEqual([]);
});

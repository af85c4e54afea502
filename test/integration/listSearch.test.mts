import { createFleet } from '../../emulator/fleet.mts';
import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { listSearch } from '../support/engine.mts';

const DETECTOR = '93fb32c7-b7b7-4987-a754-23597d9c02c7';
const FIRST_SITE = 'a2f2c5e7-054a-43db-8402-3fe6006936b2';

let emulator: Emulator;
const others: Emulator[] = [];

beforeAll(async () => {
	emulator = await startEmulator({ fleet: createFleet({ devices: 120 }) });
});

afterEach(async () => {
	emulator.reset();
	await Promise.all(others.splice(0).map(async (other) => await other.close()));
});

afterAll(async () => await emulator.close());

async function another(options: Parameters<typeof startEmulator>[0]): Promise<Emulator> {
	const started = await startEmulator(options);
	others.push(started);
	return started;
}

const names = (results: Array<{ name: string }>) => results.map(({ name }) => name);

describe('the list of devices', () => {
	test('shows of each its name, whether it is online and its site, and gives its ID', async () => {
		const { results } = await listSearch('searchDevices', { emulator, filter: 'gas detector' });
		const site = emulator.fleet.sites.get(FIRST_SITE)?.name ?? '';
		const entry = results.find(({ value }) => value === DETECTOR);
		expect(entry?.name).toMatch(
			new RegExp(`^Gas detector in living room · (online|offline|unknown) · ${site}$`),
		);
		expect(entry).not.toHaveProperty('url');
	});

	test('comes in pages of fifty, each in one request, until the fleet is told', async () => {
		const listed: unknown[] = [];
		let paginationToken: string | undefined;
		do {
			const page = await listSearch('searchDevices', {
				emulator,
				...(paginationToken === undefined ? {} : { paginationToken }),
			});
			listed.push(...page.results.map(({ value }) => value));
			paginationToken = page.paginationToken as string | undefined;
		} while (paginationToken !== undefined);
		expect(listed).toEqual(emulator.fleet.list().map(({ id }) => id));
		expect(emulator.requests).toHaveLength(3);
	});

	test.each([
		['a part of the name', 'DETECTOR in liv'],
		['a part of the slug', 'gas-detector-in'],
		['the beginning of the ID', '93fb32c7-b7b7'],
		['spaces around it', '  gas detector in living room '],
	])('is searched by %s', async (_what, filter) => {
		const { results } = await listSearch('searchDevices', { emulator, filter });
		expect(results.map(({ value }) => value)).toEqual([DETECTOR]);
	});

	test('finds a whole ID in one request', async () => {
		const { results } = await listSearch('searchDevices', { emulator, filter: DETECTOR });
		expect(results.map(({ value }) => value)).toEqual([DETECTOR]);
		expect(emulator.requests).toHaveLength(1);
	});

	test('finds a whole ID in capitals, which the API does not know', async () => {
		const { results } = await listSearch('searchDevices', { emulator, filter: DETECTOR.toUpperCase() });
		expect(results.map(({ value }) => value)).toEqual([DETECTOR]);
	});

	test('is empty, and no error, when nothing matches', async () => {
		expect(await listSearch('searchDevices', { emulator, filter: 'no such device' })).toEqual({
			results: [],
		});
	});

	test('of a Gateway links to the page of each device', async () => {
		const gateway = await another({ kind: 'gateway' });
		const { results } = await listSearch('searchDevices', { emulator: gateway });
		const slug = gateway.fleet.find(DETECTOR)?.slug;
		expect(results.find(({ value }) => value === DETECTOR)?.url).toBe(
			`${gateway.origin}/ems/devices/${slug}`,
		);
	});

	test('of 5,000 devices is searched to the end in a hundred requests', async () => {
		const large = await another({ fleet: createFleet({ devices: 5000 }) });
		const last = large.fleet.list().at(-1);
		const { results } = await listSearch('searchDevices', {
			emulator: large,
			filter: last?.id.slice(0, 12) ?? '',
		});
		expect(results.map(({ value }) => value)).toContain(last?.id);
		expect(large.requests).toHaveLength(100);
	});

	test('of a larger fleet says that it does not look further', async () => {
		const large = await another({ fleet: createFleet({ devices: 5100 }) });
		await expect(
			listSearch('searchDevices', { emulator: large, filter: 'no such device' }),
		).rejects.toMatchObject({
			message: 'None of the first 5000 devices matches',
			description: expect.stringContaining('By ID'),
		});
		expect(large.requests).toHaveLength(100);
	});

	test('of a fleet without devices says so', async () => {
		const empty = await another({ fleet: createFleet({ devices: 0 }) });
		await expect(listSearch('searchDevices', { emulator: empty })).rejects.toMatchObject({
			message: 'No devices to choose from',
			description: expect.stringContaining('no device is visible to it'),
		});
	});

	test('says that the token is wrong, after one request', async () => {
		const credential = { baseUrl: emulator.baseUrl, apiToken: 'wrong-token' };
		await expect(listSearch('searchDevices', { credential })).rejects.toThrow(
			'Authentication token is invalid',
		);
		expect(emulator.requests).toHaveLength(1);
	});

	test('says that nothing listens', async () => {
		const gone = await startEmulator();
		await gone.close();
		const credential = { baseUrl: gone.baseUrl, apiToken: gone.tokens.owner };
		await expect(listSearch('searchDevices', { credential })).rejects.toThrow(
			'Nothing accepts connections at',
		);
	});

	test.each([DETECTOR, 'a name', ''])(
		'passes on what the API refuses when asked for "%s"',
		async (filter) => {
			emulator.addFault({ kind: 'status', status: 403, body: { errors: [{ message: 'Not for you' }] } });
			await expect(listSearch('searchDevices', { emulator, filter })).rejects.toThrow('Not for you');
			expect(emulator.requests).toHaveLength(1);
		},
	);

	test('does without what the API does not tell of a device', async () => {
		emulator.addFault({
			kind: 'body',
			body: { devices: [{ id: 'a' }, { id: 'b', name: 'B', slug: 'b-1' }] },
		});
		const { results } = await listSearch('searchDevices', { emulator });
		expect(results).toEqual([
			{ name: 'a', value: 'a' },
			{ name: 'B · b-1', value: 'b' },
		]);
	});

	test('starts at the beginning with a page token that is none', async () => {
		const first = await listSearch('searchDevices', { emulator });
		for (const paginationToken of ['-5', 'x', '1.5']) {
			expect(await listSearch('searchDevices', { emulator, paginationToken })).toEqual(first);
		}
	});
});

describe('the list of blueprints', () => {
	test('holds those in use, the most used first, called as their manifest calls them', async () => {
		const { results } = await listSearch('searchBlueprints', { emulator });
		const uses = new Map<string, number>();
		for (const { blueprint_id: id } of emulator.fleet.list()) uses.set(id, (uses.get(id) ?? 0) + 1);
		const expected = [...uses].sort(([, one], [, other]) => other - one);
		expect(results.map(({ value }) => uses.get(String(value)))).toEqual(expected.map(([, count]) => count));
		for (const { name, value } of results) {
			const { manifest } = emulator.fleet.blueprints.get(String(value)) ?? {};
			const count = uses.get(String(value)) ?? 0;
			const devices = count === 1 ? 'one device' : `${count} devices`;
			expect(name).toBe(`${manifest?.display_name} · ${devices} · ${String(value).slice(0, 8)}`);
		}
		expect(emulator.requests).toHaveLength(3 + uses.size);
	});

	test.each([
		['name', (label: string) => label.slice(0, 5).toUpperCase()],
		['ID', (_label: string, id: string) => id],
	])('is searched by %s', async (_what, part) => {
		const all = await listSearch('searchBlueprints', { emulator });
		const [first] = all.results;
		const filter = part(first?.name ?? '', String(first?.value));
		const { results } = await listSearch('searchBlueprints', { emulator, filter });
		expect(results).toContainEqual(first);
		expect(results.length).toBeLessThan(all.results.length);
	});

	test('names a blueprint by a device when there is no manifest', async () => {
		const [device] = emulator.fleet.list();
		emulator.addFault({ kind: 'status', status: 404, match: { path: `/devices/${device?.id}` } });
		const { results } = await listSearch('searchBlueprints', { emulator });
		const entry = results.find(({ value }) => value === device?.blueprint_id);
		expect(entry?.name).toMatch(new RegExp(`^Blueprint of ${device?.name} · `));
	});

	test('asks for the manifests of the fifty most used only, and passes over devices without a blueprint', async () => {
		const wide = await another({ fleet: createFleet({ devices: 100 }) });
		const [first, ...devices] = wide.fleet.devices.values();
		Object.assign(first ?? {}, { blueprint_id: undefined });
		devices.forEach((device, index) => Object.assign(device, { blueprint_id: `blueprint-${index % 60}` }));
		const { results } = await listSearch('searchBlueprints', { emulator: wide, filter: '  blueprint of ' });
		expect(wide.requests).toHaveLength(2 + 50);
		expect(results).toHaveLength(60);
		expect(names(results).filter((name) => name.includes(' · one device · '))).toHaveLength(21);
	});

	test('looks through 5,000 devices at the most', async () => {
		const large = await another({ fleet: createFleet({ devices: 5100 }) });
		await listSearch('searchBlueprints', { emulator: large });
		const pages = large.requests.filter(({ path }) => path.includes('offset='));
		expect(pages).toHaveLength(100);
	});

	test('says when there are none', async () => {
		const empty = await another({ fleet: createFleet({ devices: 0 }) });
		await expect(listSearch('searchBlueprints', { emulator: empty })).rejects.toMatchObject({
			message: 'No blueprints to choose from',
			description: expect.stringContaining('Give the blueprint by its ID'),
		});
	});
});

describe('the list of sites', () => {
	test('shows each by its name and gives its ID', async () => {
		const { results } = await listSearch('searchSites', { emulator });
		expect(results).toEqual([...emulator.fleet.sites.values()].map(({ id, name }) => ({ name, value: id })));
	});

	test('lets the API look for a name, in one request', async () => {
		const [, second] = emulator.fleet.sites.values();
		const { results } = await listSearch('searchSites', { emulator, filter: second?.name.slice(1, 6) ?? '' });
		expect(results).toContainEqual({ name: second?.name, value: second?.id });
		expect(emulator.requests).toHaveLength(1);
		expect(new URL(emulator.requests[0]?.path ?? '', emulator.origin).searchParams.get('name')).toBe(
			second?.name.slice(1, 6),
		);
	});

	test('passes on what the API refuses, without a further request', async () => {
		emulator.addFault({ kind: 'status', status: 403, body: { errors: [{ message: 'Not for you' }] } });
		await expect(listSearch('searchSites', { emulator })).rejects.toThrow('Not for you');
		expect(emulator.requests).toHaveLength(1);
	});

	test('without a name to look for asks for none', async () => {
		await listSearch('searchSites', { emulator, filter: '  ' });
		expect(emulator.requests[0]?.path).not.toContain('name=');
	});

	test('finds a site by its ID', async () => {
		const { results } = await listSearch('searchSites', { emulator, filter: FIRST_SITE });
		expect(results.map(({ value }) => value)).toEqual([FIRST_SITE]);
	});

	test('of a Gateway holds its one site', async () => {
		const gateway = await another({ kind: 'gateway' });
		const [site] = gateway.fleet.sites.values();
		expect(names((await listSearch('searchSites', { emulator: gateway })).results)).toEqual([site?.name]);
		expect((await listSearch('searchSites', { emulator: gateway, filter: 'elsewhere' })).results).toEqual([]);
	});

	test('says when there are none', async () => {
		emulator.addFault({ kind: 'body', body: { sites: [], total_count: 0 } });
		await expect(listSearch('searchSites', { emulator })).rejects.toMatchObject({
			message: 'No sites to choose from',
			description: 'The API Token works, but no site is visible to it.',
		});
	});
});

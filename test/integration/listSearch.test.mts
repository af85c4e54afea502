import fastify from 'fastify';

import { createFleet } from '../../emulator/fleet.mts';
import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { DEVICE, parseRef } from '../../nodes/EnapterDevice/fields/locators.ts';
import { DEVICE_TYPES } from '../../nodes/EnapterDevice/resources/device/types.ts';
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
	test('shows name, site and type of a device, and returns its ID', async () => {
		const { results } = await listSearch('searchDevices', { emulator, filter: 'gas detector in' });
		const site = emulator.fleet.sites.get(FIRST_SITE)?.name ?? '';
		expect(results).toEqual([{ name: `Gas detector in living room · ${site} · Lua`, value: DETECTOR }]);
	});

	test('is in order of name, numbers as numbers, as a whole', async () => {
		const { results, paginationToken } = await listSearch('searchDevices', { emulator });
		const { compare } = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
		expect(names(results)).toEqual(names(results).toSorted(compare));
		const stations = names(results).filter((name) => name.startsWith('Weather station'));
		expect(stations.map((name) => Number(/\d+/.exec(name)?.[0]))).toEqual(
			stations.map((_, index) => index + 1),
		);
		expect(new Set(results.map(({ value }) => value))).toEqual(
			new Set(emulator.fleet.list().map(({ id }) => id)),
		);
		expect(paginationToken).toBeUndefined();
		expect(emulator.requests).toHaveLength(3);
	});

	test('of a fleet that is too large to sort continues in pages of fifty', async () => {
		const large = await another({ fleet: createFleet({ devices: 1120 }) });
		const listed: unknown[] = [];
		let paginationToken: string | undefined;
		do {
			const page = await listSearch('searchDevices', {
				emulator: large,
				...(paginationToken === undefined ? {} : { paginationToken }),
			});
			listed.push(...page.results.map(({ value }) => value));
			paginationToken = page.paginationToken as string | undefined;
		} while (paginationToken !== undefined);
		expect(listed.toSorted()).toEqual(large.fleet.list().map(({ id }) => id));
		expect(large.requests).toHaveLength(21 + 2);
	});

	test.each([
		['a part of the name', 'DETECTOR in liv'],
		['a part of the slug', 'gas-detector-in'],
		['the beginning of the ID', '93fb32c7-b7b7'],
		['spaces around it', '  gas detector in living room '],
		['words of name and site, in any order', 'house living detector'],
	])('is searched by %s', async (_what, filter) => {
		const { results } = await listSearch('searchDevices', { emulator, filter });
		expect(results.map(({ value }) => value)).toEqual([DETECTOR]);
	});

	test('finds a whole ID in one request', async () => {
		const { results } = await listSearch('searchDevices', { emulator, filter: DETECTOR });
		expect(results.map(({ value }) => value)).toEqual([DETECTOR]);
		expect(emulator.requests).toHaveLength(1);
	});

	test('finds a whole ID in upper case', async () => {
		const { results } = await listSearch('searchDevices', { emulator, filter: DETECTOR.toUpperCase() });
		expect(results.map(({ value }) => value)).toEqual([DETECTOR]);
	});

	test('is empty, and no error, when nothing matches', async () => {
		expect(await listSearch('searchDevices', { emulator, filter: 'no such device' })).toEqual({
			results: [],
		});
	});

	test.each(['missing', 'null', 'empty'] as const)('works without slugs (%s)', async (slug) => {
		const gateway = await another({ kind: 'gateway', dialect: { slug, emptyList: 'missing' } });
		const { results } = await listSearch('searchDevices', { emulator: gateway });
		expect(results).toHaveLength(gateway.fleet.list().length);
		expect(JSON.stringify(results)).not.toContain('null');
	});

	test.each(['missing', 'null'] as const)('is empty if the key of an empty list is %s', async (emptyList) => {
		const empty = await another({ fleet: createFleet({ devices: 0 }), dialect: { emptyList } });
		await expect(listSearch('searchDevices', { emulator: empty })).rejects.toMatchObject({
			message: 'No devices to choose from',
		});
		expect((await listSearch('searchDevices', { emulator: empty, filter: 'x' })).results).toEqual([]);
	});

	test('finds names with accents in any Unicode form', async () => {
		const devices = [{ id: 'a', name: 'Ka\u0301lna' }];
		emulator.addFault({ kind: 'body', body: { devices, total_count: 1 } });
		const { results } = await listSearch('searchDevices', { emulator, filter: 'k\u00e1lna' });
		expect(results).toHaveLength(1);
	});

	test('uses the same words for types as the filter of Get Many', async () => {
		emulator.dialect = { enumCase: 'lower' };
		const { results } = await listSearch('searchDevices', { emulator });
		const types = new Set(results.map(({ name }) => name.split(' · ').at(-1)));
		const known: unknown[] = DEVICE_TYPES.map(({ name }) => name);
		expect([...types].filter((type) => !known.includes(type))).toEqual([]);
	});

	test('of a Gateway links to the page of each device', async () => {
		const gateway = await another({ kind: 'gateway' });
		const { results } = await listSearch('searchDevices', { emulator: gateway });
		const slug = gateway.fleet.find(DETECTOR)?.slug;
		expect(results.find(({ value }) => value === DETECTOR)?.url).toBe(
			`${gateway.origin}/ems/devices/${slug}`,
		);
	});

	test('links to pages that By URL takes, also when the Gateway is under a path of its own', async () => {
		emulator.addFault({ kind: 'body', body: { devices: [{ id: DETECTOR, slug: 'gas detector' }] } });
		const proxy = fastify({ forceCloseConnections: true });
		proxy.get('/plant/7/api/*', async ({ raw, headers }) => {
			const path = (raw.url ?? '').replace('/plant/7/api', '');
			return await (
				await fetch(`${emulator.baseUrl}${path}`, { headers: headers as Record<string, string> })
			).json();
		});
		const origin = await proxy.listen({ host: '127.0.0.1', port: 0 });
		const credential = { baseUrl: `${origin}/plant/7/api`, apiToken: emulator.tokens.owner };
		const { results } = await listSearch('searchDevices', { credential });
		const url = results[0]?.url;
		expect(url).toBe(`${origin}/plant/7/ems/devices/gas%20detector`);
		expect(parseRef({ __rl: true, mode: 'url', value: url }, 'Device')).toEqual({ id: 'gas detector' });
		const byUrl = DEVICE.property.modes?.find(({ name }) => name === 'url');
		const [validation] = byUrl?.validation ?? [];
		const properties = validation !== undefined && 'properties' in validation ? validation.properties : {};
		expect(url).toMatch(new RegExp(`^${'regex' in properties ? properties.regex : ''}$`));
		await proxy.close();
	});

	test('finds nothing by an unknown ID, in one request', async () => {
		const filter = DETECTOR.replace('9', '0');
		expect(await listSearch('searchDevices', { emulator, filter })).toEqual({ results: [] });
		expect(emulator.requests).toHaveLength(1);
	});

	test('fails when a proxy responds with 404 to an ID, which proves nothing', async () => {
		emulator.addFault({ kind: 'status', status: 404, body: '<html>Not found</html>' });
		await expect(listSearch('searchDevices', { emulator, filter: DETECTOR })).rejects.toThrow('status 404');
	});

	test('of 5,000 devices is searched to the end in about a hundred requests', async () => {
		const large = await another({ fleet: createFleet({ devices: 5000 }) });
		const last = large.fleet.list().at(-1);
		const { results } = await listSearch('searchDevices', {
			emulator: large,
			filter: last?.id.slice(0, 12) ?? '',
		});
		expect(results.map(({ value }) => value)).toContain(last?.id);
		expect(large.requests.length).toBeLessThanOrEqual(103);
	});

	test('of a larger fleet says that it does not search further', async () => {
		const large = await another({ fleet: createFleet({ devices: 5100 }) });
		await expect(
			listSearch('searchDevices', { emulator: large, filter: 'no such device' }),
		).rejects.toMatchObject({
			message: 'None of the first 5048 devices matches',
			description: expect.stringContaining('By ID'),
		});
		expect(large.requests).toHaveLength(103);
	});

	test('of a fleet without devices says so', async () => {
		const empty = await another({ fleet: createFleet({ devices: 0 }) });
		await expect(listSearch('searchDevices', { emulator: empty })).rejects.toMatchObject({
			message: 'No devices to choose from',
			description: expect.stringContaining('it cannot see any device'),
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

	test.each([DETECTOR, 'a name', ''])('fails when the API refuses a search for "%s"', async (filter) => {
		emulator.addFault({ kind: 'status', status: 403, body: { errors: [{ message: 'Not for you' }] } });
		await expect(listSearch('searchDevices', { emulator, filter })).rejects.toThrow('Not for you');
		expect(emulator.requests).toHaveLength(1);
	});

	test('shows devices with missing or null fields', async () => {
		emulator.addFault({
			kind: 'body',
			body: {
				devices: [
					{ id: 'a', name: null, slug: null, type: null, site: null },
					{ id: 'b', name: 'B', slug: 'b-1' },
				],
			},
		});
		const { results } = await listSearch('searchDevices', { emulator });
		expect(results).toEqual([
			{ name: 'a', value: 'a' },
			{ name: 'B', value: 'b' },
		]);
	});

	test('starts at the beginning with an invalid page token', async () => {
		for (const paginationToken of ['-5', 'x', '1.5']) {
			await listSearch('searchDevices', { emulator, paginationToken });
			expect(emulator.requests.at(-1)?.path).toContain('offset=0');
		}
	});
});

describe('the list of blueprints', () => {
	test('keeps nothing between two searches, so no credential is stored', async () => {
		await listSearch('searchBlueprints', { emulator });
		const { length } = emulator.requests;
		await listSearch('searchBlueprints', { emulator, filter: 'gas' });
		expect(emulator.requests).toHaveLength(2 * length);
	});

	test('is searched by names with accents in any Unicode form', async () => {
		emulator.addFault({
			kind: 'body',
			body: { device: { id: DETECTOR, manifest: { display_name: 'Ka\u0301lna' } } },
			match: { path: 'expand=manifest' },
		});
		const devices = [{ id: DETECTOR, blueprint_id: 'b' }];
		emulator.addFault({ kind: 'body', body: { devices, total_count: 1 }, match: { path: 'offset=0' } });
		const { results } = await listSearch('searchBlueprints', { emulator, filter: 'k\u00e1lna' });
		expect(names(results)).toEqual(['Ka\u0301lna · b']);
	});

	test('contains those in use, the most used first, with the names of their manifests', async () => {
		const { results } = await listSearch('searchBlueprints', { emulator });
		const uses = new Map<string, number>();
		for (const { blueprint_id: id } of emulator.fleet.list()) uses.set(id, (uses.get(id) ?? 0) + 1);
		const expected = [...uses].sort(([, one], [, other]) => other - one);
		expect(results.map(({ value }) => uses.get(String(value)))).toEqual(expected.map(([, count]) => count));
		for (const { name, value } of results) {
			const { manifest } = emulator.fleet.blueprints.get(String(value)) ?? {};
			expect(name).toBe(`${manifest?.display_name} · ${String(value).slice(0, 8)}`);
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

	test('names a blueprint after a device if there is no manifest', async () => {
		const [device] = emulator.fleet.list();
		emulator.addFault({ kind: 'status', status: 404, match: { path: `/devices/${device?.id}` } });
		const { results } = await listSearch('searchBlueprints', { emulator });
		const entry = results.find(({ value }) => value === device?.blueprint_id);
		expect(entry?.name).toMatch(new RegExp(`^Blueprint of ${device?.name} · `));
	});

	test('reads the manifests of only the fifty most used, and skips devices without a blueprint', async () => {
		const wide = await another({ fleet: createFleet({ devices: 100 }) });
		const [first, ...devices] = wide.fleet.devices.values();
		Object.assign(first ?? {}, { blueprint_id: null });
		devices.forEach((device, index) => Object.assign(device, { blueprint_id: `blueprint-${index % 60}` }));
		const { results } = await listSearch('searchBlueprints', { emulator: wide, filter: '  blueprint of ' });
		expect(wide.requests.filter(({ path }) => path.includes('expand=manifest'))).toHaveLength(50);
		expect(results).toHaveLength(60);
	});

	test('searches at most 5,000 devices', async () => {
		const large = await another({ fleet: createFleet({ devices: 5100 }) });
		await listSearch('searchBlueprints', { emulator: large });
		const pages = large.requests.filter(({ path }) => path.includes('offset='));
		expect(pages).toHaveLength(103);
	});

	test('says when there are none', async () => {
		const empty = await another({ fleet: createFleet({ devices: 0 }) });
		await expect(listSearch('searchBlueprints', { emulator: empty })).rejects.toMatchObject({
			message: 'No blueprints to choose from',
			description: expect.stringContaining('enter the ID of the blueprint'),
		});
	});
});

describe('the list of sites', () => {
	test('shows their names in order, and returns their IDs', async () => {
		const { results } = await listSearch('searchSites', { emulator });
		const sites = [...emulator.fleet.sites.values()].map(({ id, name }) => ({ name, value: id }));
		expect(results).toEqual(sites.toSorted((one, other) => (one.name < other.name ? -1 : 1)));
	});

	test('fails when a proxy responds with 404, which does not prove that this is a Gateway', async () => {
		emulator.addFault({
			kind: 'status',
			status: 404,
			body: '<html>Not found</html>',
			match: { path: '/v3/sites' },
		});
		await expect(listSearch('searchSites', { emulator })).rejects.toThrow('status 404');
		expect(emulator.requests).toHaveLength(1);
	});

	test('does not let the API compare accents, which may be one character or two', async () => {
		emulator.addFault({ kind: 'body', body: { sites: [{ id: 'a', name: 'Ka\u0301lna' }], total_count: 1 } });
		const { results } = await listSearch('searchSites', { emulator, filter: 'k\u00e1lna' });
		expect(results).toHaveLength(1);
		expect(emulator.requests[0]?.path).not.toContain('name=');
	});

	test('lets the API search by name, in one request', async () => {
		const [, second] = emulator.fleet.sites.values();
		const { results } = await listSearch('searchSites', { emulator, filter: second?.name.slice(1, 6) ?? '' });
		expect(results).toContainEqual({ name: second?.name, value: second?.id });
		expect(emulator.requests).toHaveLength(1);
		expect(new URL(emulator.requests[0]?.path ?? '', emulator.origin).searchParams.get('name')).toBe(
			second?.name.slice(1, 6),
		);
	});

	test('fails when the API refuses, without a further request', async () => {
		emulator.addFault({ kind: 'status', status: 403, body: { errors: [{ message: 'Not for you' }] } });
		await expect(listSearch('searchSites', { emulator })).rejects.toThrow('Not for you');
		expect(emulator.requests).toHaveLength(1);
	});

	test('without a name sends none', async () => {
		await listSearch('searchSites', { emulator, filter: '  ' });
		expect(emulator.requests[0]?.path).not.toContain('name=');
	});

	test('finds a site by its ID', async () => {
		const { results } = await listSearch('searchSites', { emulator, filter: FIRST_SITE });
		expect(results.map(({ value }) => value)).toEqual([FIRST_SITE]);
	});

	test.each(['served', 'missing'] as const)(
		'of a Gateway holds its one site: GET /v3/sites is %s',
		async (gatewaySites) => {
			const gateway = await another({ kind: 'gateway' });
			gateway.dialect = { gatewaySites };
			const [site] = gateway.fleet.sites.values();
			expect(names((await listSearch('searchSites', { emulator: gateway })).results)).toEqual([site?.name]);
			expect((await listSearch('searchSites', { emulator: gateway, filter: 'elsewhere' })).results).toEqual(
				[],
			);
		},
	);

	test('says when there are none', async () => {
		emulator.addFault({ kind: 'body', body: { sites: [], total_count: 0 } });
		await expect(listSearch('searchSites', { emulator })).rejects.toMatchObject({
			message: 'No sites to choose from',
			description: 'The API Token works, but it cannot see any site.',
		});
	});
});

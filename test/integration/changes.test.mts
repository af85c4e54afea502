import { createFleet } from '../../emulator/fleet.mts';
import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { withoutWaiting } from '../support/clock.mts';
import { type RunOptions, runNode } from '../support/engine.mts';

withoutWaiting();

const CONTINUE = { onError: 'continueRegularOutput' } as const;

let emulator: Emulator;

beforeEach(async () => {
	emulator = await startEmulator();
});

afterEach(async () => await emulator.close());

const run = async (
	operation: string,
	items: object[],
	parameters: object,
	options: object = {},
	more: Partial<RunOptions> = {},
) =>
	await runNode({
		emulator,
		items,
		parameters: { operation, deviceId: '={{ $json.id }}', options, ...parameters },
		...more,
	});

const setSlugs = async (items: object[], options: object = {}, more: Partial<RunOptions> = {}) =>
	await run('update', items, { updateFields: { slug: '={{ $json.slug }}' } }, options, more);

const writes = () => emulator.requests.filter(({ method }) => method !== 'GET');

/** Two devices without dependents. */
function twoDevices() {
	const [one, other] = emulator.fleet.list().filter(({ type }) => type === 'STANDALONE');
	if (one === undefined || other === undefined) throw new Error('The fleet is too small.');
	return { one, other };
}

describe('a slug that passes from one device to another', () => {
	test.each(['IDs', 'slugs', 'IDs in upper case'])('is assigned in item order (%s)', async (how) => {
		const { one, other } = twoDevices();
		const refOf = ({ id, slug }: { id: string; slug: string }) =>
			how === 'slugs' ? slug : how === 'IDs' ? id : id.toUpperCase();
		emulator.latency = 5;
		emulator.addFault({ kind: 'status', status: 429, match: { method: 'PATCH' }, times: 1 });
		const { error, output } = await setSlugs([
			{ id: refOf(one), slug: 'moved' },
			{ id: refOf(other), slug: one.slug },
		]);
		expect(error).toBeUndefined();
		expect(output.map(({ json }) => json['slug'])).toEqual(['moved', one.slug]);
		expect(emulator.fleet.get(one.slug).id).toBe(other.id);
	});

	test('is used by a later item for the device that has it then', async () => {
		const { one, other } = twoDevices();
		await run(
			'update',
			[
				{ id: one.id, slug: 'moved', name: 'One' },
				{ id: other.id, slug: one.slug, name: 'Other' },
				{ id: one.slug, slug: one.slug, name: 'Last' },
			],
			{ updateFields: { slug: '={{ $json.slug }}', name: '={{ $json.name }}' } },
		);
		expect(emulator.fleet.get(one.id).name).toBe('One');
		expect(emulator.fleet.get(other.id).name).toBe('Last');
	});

	test('is not taken by a later item when the earlier one failed', async () => {
		const { one, other } = twoDevices();
		const refusal = { status: 403, body: { errors: [{ message: 'Access denied' }] } };
		emulator.addFault({ kind: 'status', ...refusal, match: { method: 'PATCH', path: one.id } });
		const items = [
			{ id: one.id, slug: 'moved' },
			{ id: 'moved', slug: 'moved-again' },
			{ id: other.id, slug: one.slug },
		];
		const { output } = await setSlugs(items, {}, CONTINUE);
		expect(output.map(({ json }) => String(json['error']))).toEqual([
			expect.stringContaining(`Device ${one.name}: Access denied`),
			expect.stringContaining('Device "moved" was not found'),
			expect.stringContaining(`Device ${other.name}: `),
		]);
		expect(emulator.fleet.get(one.id).slug).toBe(one.slug);
		expect(emulator.fleet.get(other.id).slug).toBe(other.slug);
	});
});

describe.each(['missing', 'otherCase'] as const)(
	'a device whose response does not repeat its slug (%s)',
	(shownSlug) => {
		beforeEach(() => {
			emulator.dialect = { shownSlug };
		});

		test('is changed in item order by slug and by ID', async () => {
			const { one } = twoDevices();
			emulator.addFault({ kind: 'slow', delay: 100, match: { method: 'PATCH' }, times: 1 });
			const items = [one.slug, one.id].map((id, index) => ({ id, name: `name ${index}` }));
			const { error } = await run('update', items, { updateFields: { name: '={{ $json.name }}' } });
			expect(error).toBeUndefined();
			expect(emulator.fleet.get(one.id).name).toBe('name 1');
		});

		test('is found in a dry run of Update and of Assign Blueprint', async () => {
			const { one } = twoDevices();
			const items = [{ id: one.slug }, { id: one.slug }];
			const update = await run('update', items, { updateFields: { name: 'new' } }, { dryRun: true });
			const { blueprint_id: blueprintId } = one;
			const assign = await run('assignBlueprint', items, { blueprintId }, { dryRun: true });
			expect([update.error, assign.error]).toEqual([undefined, undefined]);
			const changes = [{ name: { from: one.name, to: 'new' } }, {}];
			expect(update.output.map(({ json }) => json['changes'])).toEqual(changes);
		});

		test('gives its slug to another device in item order, by IDs', async () => {
			const { one, other } = twoDevices();
			emulator.latency = 5;
			const match = { method: 'PATCH', path: one.id };
			emulator.addFault({ kind: 'status', status: 503, match, times: 1 });
			const { error } = await setSlugs([
				{ id: one.id, slug: 'moved' },
				{ id: other.id, slug: one.slug },
			]);
			expect(error).toBeUndefined();
			expect(emulator.fleet.get(one.slug).id).toBe(other.id);
		});

		test.each([true, false])('can give its slug to another device (dry run: %s)', async (dryRun) => {
			const { one, other } = twoDevices();
			const items = [
				{ id: one.slug, slug: 'moved', name: 'One' },
				{ id: other.id, slug: one.slug, name: 'Other' },
				{ id: one.slug, slug: one.slug, name: 'Last' },
			];
			const updateFields = { slug: '={{ $json.slug }}', name: '={{ $json.name }}' };
			const { error, output } = await run('update', items, { updateFields }, { dryRun });
			expect(error).toBeUndefined();
			expect(output.map(({ json }) => json['id'])).toEqual([one.id, other.id, other.id]);
			const names = [one.id, other.id].map((id) => emulator.fleet.get(id).name);
			expect(names).toEqual(dryRun ? [one.name, other.name] : ['One', 'Last']);
		});
	},
);

test('a blueprint that does not exist is explained', async () => {
	const { one } = twoDevices();
	const { error } = await run('assignBlueprint', [{ id: one.id }], { blueprintId: 'no-such-blueprint' });
	expect(error?.message).toBe(`Device ${one.name}: Blueprint not found.`);
	expect(error?.description).toContain('Check the IDs of the device and of the blueprint');
});

describe('a dry run of Update', () => {
	test('simulates the items in order, and changes nothing', async () => {
		const { one, other } = twoDevices();
		const { output, hints, error } = await setSlugs(
			[
				{ id: one.slug, slug: 'moved' },
				{ id: other.id, slug: one.slug },
				{ id: 'moved', slug: 'moved' },
			],
			{ dryRun: true },
		);
		expect(error).toBeUndefined();
		expect(output.map(({ json }) => [json['id'], json['changes']])).toEqual([
			[one.id, { slug: { from: one.slug, to: 'moved' } }],
			[other.id, { slug: { from: other.slug, to: one.slug } }],
			[one.id, {}],
		]);
		expect(output[0]?.json['dry_run']).toBe(true);
		expect(hints.map(({ message }) => message)).toEqual([
			'Dry run: 2 of 3 devices would be updated. Nothing was changed.',
		]);
		expect(writes()).toEqual([]);
	});

	test('finds slugs that are in use, in the fleet or by an earlier item', async () => {
		const { one, other } = twoDevices();
		const { output } = await setSlugs(
			[
				{ id: one.id, slug: other.slug },
				{ id: one.id, slug: 'new-slug' },
				{ id: other.id, slug: 'new-slug' },
				{ id: one.slug, slug: 'newer-slug' },
			],
			{ dryRun: true },
			CONTINUE,
		);
		expect(output.map(({ json }) => json['error'])).toEqual([
			expect.stringContaining(`the slug "${other.slug}" is already used by ${other.name}`),
			undefined,
			expect.stringContaining(`the slug "new-slug" is already used by ${one.name}`),
			expect.stringContaining(`Device "${one.slug}" would not be found`),
		]);
		expect(writes()).toEqual([]);
	});

	test('of 200 new slugs in a fleet of 1,000 devices reads the list once', async () => {
		await emulator.close();
		emulator = await startEmulator({ fleet: createFleet({ devices: 1000 }) });
		const items = emulator.fleet.list().slice(0, 200);
		const { error } = await setSlugs(
			items.map(({ id }) => ({ id, slug: `new-${id}` })),
			{ dryRun: true },
		);
		expect(error).toBeUndefined();
		expect(emulator.requests.length).toBeLessThanOrEqual(30);
	});
});

describe('what was there before', () => {
	test('Update outputs the previous name and slug where it read the device', async () => {
		const { one } = twoDevices();
		const previous = { name: one.name, slug: one.slug };
		const { output } = await setSlugs([{ id: one.slug, slug: 'new-slug' }]);
		expect(output[0]?.json).toMatchObject({ slug: 'new-slug', previous });
		const { output: plain } = await run('update', [{ id: one.id }], { updateFields: { name: 'x' } });
		expect(plain[0]?.json).not.toHaveProperty('previous');
	});

	test('Assign Blueprint always outputs the previous blueprint, in one read per page', async () => {
		await emulator.close();
		emulator = await startEmulator({ fleet: createFleet({ devices: 200 }) });
		const devices = emulator.fleet.list();
		const blueprintId = [...emulator.fleet.blueprints.keys()][0];
		const { output, error } = await run(
			'assignBlueprint',
			devices.map(({ id }) => ({ id })),
			{ blueprintId },
		);
		expect(error).toBeUndefined();
		expect(output.map(({ json }) => json['previous_blueprint_id'])).toEqual(
			devices.map(({ blueprint_id }) => blueprint_id),
		);
		expect(emulator.requests.length - writes().length).toBeLessThanOrEqual(6);
	});

	test('is null for a device without a blueprint', async () => {
		emulator.dialect = { blueprintId: 'null' };
		const ucm = emulator.fleet.list().find(({ type }) => type === 'HARDWARE_UCM');
		const blueprintId = [...emulator.fleet.blueprints.keys()][0];
		const { output, hints } = await run('assignBlueprint', [{ id: ucm?.id }], { blueprintId });
		expect(output[0]?.json['previous_blueprint_id']).toBeNull();
		expect(hints.map(({ message }) => message)).toEqual([
			`Blueprints are meant for Lua and standalone devices. Check ${ucm?.name} (Hardware UCM).`,
		]);
	});
});

test('Assign Blueprint says nothing about the kind of a device if the response leaves out its profiles', async () => {
	const { id, name } = emulator.fleet.get('battery-storage-1');
	const { blueprint_id: blueprintId } = emulator.fleet.get('gas-detector-in-living-room');
	const device = { id, name, blueprint_id: blueprintId };
	emulator.addFault({ kind: 'body', body: { device }, match: { method: 'POST' } });
	const { error, hints } = await run('assignBlueprint', [{ id }], { blueprintId });
	expect([error, hints]).toEqual([undefined, []]);
});

describe('a dry run of Assign Blueprint', () => {
	test('shows the previous and the new blueprint', async () => {
		const { one } = twoDevices();
		const [blueprintId] = [...emulator.fleet.blueprints.keys()].filter((id) => id !== one.blueprint_id);
		const { output } = await run('assignBlueprint', [{ id: one.id }], { blueprintId }, { dryRun: true });
		expect(output[0]?.json).toMatchObject({
			dry_run: true,
			id: one.id,
			previous_blueprint_id: one.blueprint_id,
			changes: { blueprint_id: { from: one.blueprint_id, to: blueprintId } },
		});
		expect(writes()).toEqual([]);
	});

	test('names the blueprints, and says that the new one is for another kind of device', async () => {
		const [battery, detector] = ['battery-storage-1', 'gas-detector-in-living-room'].map((slug) =>
			emulator.fleet.get(slug),
		);
		const { output, hints } = await run(
			'assignBlueprint',
			[{ id: battery?.id }],
			{ blueprintId: detector?.blueprint_id },
			{ dryRun: true },
		);
		const { previous_blueprint_name: from, blueprint_name: to } = output[0]?.json ?? {};
		expect([from, to]).toEqual([expect.stringMatching(/\w/), expect.stringMatching(/\w/)]);
		const [other, summary] = hints.map(({ message }) => message).sort();
		expect(summary).toContain(
			'The new blueprint is for another kind of device than the previous one: Battery storage 1.',
		);
		expect(other).toBe(
			`Dry run: 1 of 1 device would get another blueprint. Battery storage 1 (from ${String(from)} to ${String(to)}). Nothing was changed.`,
		);
	});

	test('asks once for a blueprint of many items, and fails if it does not exist', async () => {
		const { one, other } = twoDevices();
		const items = [one, other].map(({ id }) => ({ id }));
		const { output } = await run(
			'assignBlueprint',
			items,
			{ blueprintId: 'no-such-blueprint' },
			{ dryRun: true },
			CONTINUE,
		);
		for (const { json } of output)
			expect(json['error']).toContain('Blueprint "no-such-blueprint" was not found');
		expect(emulator.requests.filter(({ path }) => path.includes('/blueprints/'))).toHaveLength(1);
	});
});

test('a device that was chosen from a list and is called otherwise now is named in a hint', async () => {
	const { one } = twoDevices();
	const deviceId = { __rl: true, mode: 'list', value: one.id, cachedResultName: 'Old name · Site' };
	const { hints } = await run('assignBlueprint', [{}], { deviceId, blueprintId: one.blueprint_id });
	expect(hints.map(({ message }) => message)).toContain(
		`The panel shows "Old name · Site", but this device is now called ${one.name}.`,
	);
});

test('expanded fields are output although the API ignores them in responses to changes', async () => {
	emulator.dialect = { changeExpand: 'ignored' };
	const { one } = twoDevices();
	const { output } = await run(
		'update',
		[{ id: one.id }],
		{ updateFields: { name: 'x' } },
		{ expand: ['site', 'connectivity'] },
	);
	expect(output[0]?.json).toMatchObject({ name: 'x', site: { id: one.site_id }, connectivity: {} });
});

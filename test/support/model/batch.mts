import fc from 'fast-check';
import type { OnError } from 'n8n-workflow';

import type { Fault } from '../../../emulator/server.mts';
import { OPERATIONS } from '../operations.mts';

/** A device of the plant: the device it depends on, by its place in the list, and how. Devices depend on earlier ones. */
export interface DeviceSpec {
	on?: number;
	link: 'UCM_LUA' | 'UCM_EMBEDDED' | 'LINK';
}

/** The fields of one input item; each operation reads its own. */
export interface Item {
	/** The device, by ID in any case, or by slug. For Create the UCM that a Lua device runs on. */
	named: string;
	/** Update, Create. */
	name: string;
	slug: string;
	/** Create. */
	type: 'lua' | 'standalone' | 'ucm';
	hardware: string;
	/** Assign Blueprint, Create. */
	blueprint: string;
	/** Skip If Unchanged, Skip If Already Assigned, Skip If It Exists. */
	skip: boolean;
	/** Update of a configuration: the values to set, and the names of the parameters to reset. */
	values: Record<string, unknown>;
	reset: string[];
	/** Generate Config, Create. */
	protocol: 'MQTT' | 'MQTTS';
	files: 'none' | 'json' | 'pem';
	/** Get Many. */
	limit: number;
}

/** The operations of the model. */
export const MODELLED = [
	'device.update',
	'device.assignBlueprint',
	'device.delete',
	'device.create',
	'device.generateConfig',
	'device.get',
	'device.getAll',
	'configuration.update',
	'configuration.reset',
] as const;

type OperationName = (typeof MODELLED)[number];

/** The method of the request that does an item's work. */
export function methodOf(operation: OperationName): string {
	const { request = '' } = OPERATIONS.find(({ name }) => name === operation) ?? {};
	return request.split(' ')[0] ?? '';
}

/** One run of the node: a plant, the parameters, and what goes wrong. */
export interface Batch {
	operation: OperationName;
	devices: DeviceSpec[];
	/** Whether the plant has so many more devices that the list has several pages. */
	isLarge: boolean;
	items: Item[];
	/** The fields that Update sets. Create gives a slug if it is among them. */
	sets: Array<'name' | 'slug'>;
	/** Reset Parameters. */
	resets: boolean;
	onError: OnError;
	maxConcurrency: number;
	maxRetries: number;
	/** Delete Dependent Devices. */
	withDependents: boolean;
	/** Include in Output: communication. */
	expand: boolean;
	/** Most entries that the API sends in a page. */
	pageSize: number;
	/** The seed of how the API behaves where its reference leaves that open; undefined: its defaults. */
	dialect?: number | undefined;
	faults: Fault[];
	/** After how many responses the execution is cancelled, if it is. */
	cancelAfter?: number | undefined;
}

const MOST_DEVICES = 6;
const NAMES = ['Alder', 'Birch', 'Cedar', 'Damson', 'Elm', 'Fir'];
const NEW_SLUGS = ['new-a', 'new-b', 'new-c', 'new-d', 'new-e'];

/** The site of all devices that have a place, and of new ones. */
export const SITE = 'a2f2c5e7-054a-43db-8402-3fe6006936b2';

/** The configuration group that both blueprints have. */
export const GROUP = 'alarm';

/** The blueprints that devices may get; all are in the emulator's fleet. */
export const BLUEPRINTS = ['88a2035f-170f-402c-8a84-6d4aed5ae353', 'bluepri2-60n4-4t9d-e6v0-69i310cb110e'];

/** Replaced by the API Token in a fault's texts, as if a proxy's page quotes the request. */
export const TOKEN_MARK = '{token}';

/** The ID of the device at a place of the list. IDs are not in the order of the places, nor are pages. */
export function idOf(place: number): string {
	return `${((place * 5) % 16).toString(16).repeat(8)}-0000-4000-8000-${String(place).padStart(12, '0')}`;
}

export function slugOf(place: number): string {
	return `slug-${place}`;
}

/** The hardware ID of a UCM. */
export function hardwareOf(place: number): string {
	return `C0FFEE${place}`;
}

/** Whether a slug was drawn, not made by the emulator from a name. */
export function isDrawnSlug(slug: string): boolean {
	return /^(slug|new)-/.test(slug);
}

export function nameOf(place: number): string {
	return NAMES[place] ?? `Spare ${place}`;
}

const places = fc.nat(MOST_DEVICES - 1);
const names = fc.constantFrom(...NAMES.slice(0, 2), 'one', 'two');
/** How a device is named, given how many there are. */
type Naming = (count: number) => string;
const constantly =
	(name: string): Naming =>
	() =>
		name;
const ids = fc.tuple(places, fc.boolean()).map(
	([place, isUpper]): Naming =>
		(count) =>
			isUpper ? idOf(place % count).toUpperCase() : idOf(place % count),
);
const oldSlugs = places.map(
	(place): Naming =>
		(count) =>
			slugOf(place % count),
);
const newSlugs = fc.constantFrom(...NEW_SLUGS).map(constantly);
const slugs = fc.oneof({ weight: 4, arbitrary: oldSlugs }, { weight: 1, arbitrary: newSlugs });
const ghosts = fc.constantFrom('ghost', idOf(MOST_DEVICES)).map(constantly);

const item = fc.record({
	named: fc.oneof(
		{ weight: 20, arbitrary: ids },
		{ weight: 20, arbitrary: slugs },
		{ weight: 1, arbitrary: ghosts },
	),
	/** The UCM of a Lua device. The device at the first place is always one. */
	runtime: fc.oneof(
		{ weight: 2, arbitrary: fc.constantFrom(idOf(0), slugOf(0)).map(constantly) },
		{ weight: 3, arbitrary: newSlugs },
		{ weight: 1, arbitrary: fc.oneof(ids, oldSlugs, ghosts) },
	),
	/** Whether a Lua device runs on the UCM that an item before it creates, if there is one. */
	runsOnNew: fc.boolean(),
	name: names,
	slug: slugs,
	freeSlug: fc.oneof({ weight: 5, arbitrary: newSlugs }, { weight: 1, arbitrary: oldSlugs }),
	type: fc.constantFrom<Item['type'][]>('lua', 'lua', 'standalone', 'ucm', 'ucm'),
	hardware: fc.constantFrom('NEW0', 'NEW1', 'NEW2', hardwareOf(0), hardwareOf(2)),
	values: fc.constantFrom<Item['values'][]>(
		{ level: 30 },
		{ delay: 5 },
		{ level: 20, delay: 0 },
		{ level: 40, relay_enabled: false },
		{ level: 99 },
	),
	reset: fc.constantFrom<Item['reset'][]>(['relay_enabled'], ['delay']),
	blueprint: fc.oneof(
		{ weight: 9, arbitrary: fc.constantFrom(...BLUEPRINTS) },
		{ weight: 1, arbitrary: fc.constant('no-blueprint') },
	),
	skip: fc.boolean(),
	protocol: fc.constantFrom<Item['protocol']>('MQTT', 'MQTTS'),
	files: fc.constantFrom<Item['files']>('none', 'json', 'pem'),
	limit: fc.integer({ min: 1, max: 9 }),
});

const devices = fc
	.array(
		fc.record(
			{ on: fc.nat(MOST_DEVICES - 1), link: fc.constantFrom('UCM_LUA', 'UCM_EMBEDDED', 'LINK') },
			{ requiredKeys: ['link'] },
		),
		{ minLength: 1, maxLength: MOST_DEVICES },
	)
	.map((specs): DeviceSpec[] =>
		specs.map(({ on, link }, place) =>
			on === undefined || place === 0 ? { link } : { on: on % place, link },
		),
	);

const apiError = (message: string) => ({ errors: [{ code: 'some_code', message }] });
const page = `<html><p>Your request with ${TOKEN_MARK} went wrong</p></html>`;
const apiBodies = [apiError('Not now.'), { errors: [] }];
const proxyBodies = [page, undefined, { error: 'upstream' }];
const anyBodies = [...apiBodies, ...proxyBodies];

const retryAfter = fc.constantFrom(
	'0',
	'7',
	'0.5',
	'60',
	'Thu, 01 Jan 2015 00:00:00 GMT',
	'soon',
	'61',
	'7200',
	'Fri, 01 Jan 2100 00:00:00 GMT',
);
const headers = fc.oneof(
	fc.constant({}),
	retryAfter.map((value) => ({ 'retry-after': value })),
);

type What = Pick<Fault, 'kind' | 'status' | 'headers' | 'body'>;

/** The response is a fault's, and the request is not processed. */
const turnedAway: fc.Arbitrary<What> = fc.oneof(
	fc.record({
		kind: fc.constant('status' as const),
		status: fc.constantFrom(429, 503, 502, 504),
		headers,
		body: fc.constantFrom(...anyBodies),
	}),
	fc.record({
		kind: fc.constant('status' as const),
		status: fc.constantFrom(400, 403, 409, 422),
		body: fc.constant(apiError(`No, not with ${TOKEN_MARK}.`)),
	}),
	fc.record({
		kind: fc.constant('status' as const),
		status: fc.constantFrom(200, 403, 404, 500),
		body: fc.constant(page),
	}),
);

/** The request is processed, and its response is lost. */
const carriedOut: fc.Arbitrary<What> = fc.oneof(
	fc.record({
		kind: fc.constant('body' as const),
		status: fc.constantFrom(500, 502, 504),
		body: fc.constantFrom(...anyBodies),
	}),
	fc.record({
		kind: fc.constant('body' as const),
		status: fc.constantFrom(200, 503),
		body: fc.constant(page),
	}),
);

const what: fc.Arbitrary<What> = fc.oneof(
	{ weight: 3, arbitrary: turnedAway },
	{ weight: 2, arbitrary: carriedOut },
	{ weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('reset-before', 'reset-after', 'cut') }) },
	{ weight: 1, arbitrary: fc.constant({ kind: 'slow' as const }) },
);

type Trouble = (operation: OperationName, count: number) => Fault[];

/** Faults of the same requests, one after the other. */
const trouble: fc.Arbitrary<Trouble> = fc
	.tuple(
		fc.constantFrom('write', 'write', 'GET'),
		fc.option(places, { nil: undefined }),
		fc.nat(2),
		fc.array(fc.tuple(what, fc.integer({ min: 1, max: 3 })), { minLength: 1, maxLength: 3 }),
	)
	.map(
		([method, place, after, whats]) =>
			(operation, count) =>
				whats.map(([each, times]) => ({
					...each,
					match: {
						method: method === 'write' ? methodOf(operation) : method,
						...(place === undefined ? {} : { path: idOf(place % count) }),
					},
					after,
					times,
				})),
	);

/** A fault that ends before the retries do. */
const hiccup: fc.Arbitrary<Trouble> = fc
	.constantFrom<Fault>(
		{ kind: 'reset-before', times: 1 },
		{ kind: 'reset-after', times: 1 },
		{ kind: 'body', status: 504, times: 1 },
		{ kind: 'status', status: 429, times: 1 },
	)
	.map((fault) => (operation) => [{ ...fault, match: { method: methodOf(operation) } }]);

/** What an item of Update or Assign Blueprint changes of its device. */
export function changeOf({ operation, sets }: Batch, item: Item): Record<string, string> {
	if (operation === 'device.assignBlueprint') return { blueprint_id: item.blueprint };
	return Object.fromEntries(sets.map((field) => [field, item[field]]));
}

const plants = fc.record({
	devices,
	isLarge: fc.oneof(
		{ weight: 9, arbitrary: fc.constant(false) },
		{ weight: 1, arbitrary: fc.constant(true) },
	),
	pageSize: fc.oneof(fc.constant(50), fc.integer({ min: 1, max: 7 })),
	dialect: fc.option(fc.nat(), { nil: undefined }),
});

const runs = fc.record({
	operation: fc.constantFrom(
		...([
			'device.update',
			'device.delete',
			'device.generateConfig',
			'device.create',
			'device.create',
			'configuration.update',
		] as const),
		...(['device.update', 'device.delete', 'device.generateConfig', 'device.create'] as const),
		...MODELLED,
	),
	items: fc.array(item, { minLength: 1, maxLength: 8 }),
	/** Whether several items may create the same device. */
	mayRepeat: fc.oneof(
		{ weight: 9, arbitrary: fc.constant(false) },
		{ weight: 1, arbitrary: fc.constant(true) },
	),
	sets: fc.constantFrom<Batch['sets']>(['name'], ['slug'], ['name', 'slug']),
	resets: fc.boolean(),
	onError: fc.constantFrom<OnError>(
		'stopWorkflow',
		'stopWorkflow',
		'continueRegularOutput',
		'continueErrorOutput',
	),
	maxConcurrency: fc.integer({ min: 1, max: 5 }),
	maxRetries: fc.nat(3),
	withDependents: fc.boolean(),
	expand: fc.boolean(),
	troubles: fc.oneof(
		{ weight: 2, arbitrary: fc.array(hiccup, { maxLength: 1 }) },
		{ weight: 3, arbitrary: fc.array(trouble, { maxLength: 3 }) },
	),
	cancelAfter: fc.option(fc.nat(9), { nil: undefined, freq: 9 }),
});

type Drawn<A> = A extends fc.Arbitrary<infer T> ? T : never;

/** Most fleets let Generate Config come as far as generating. */
function plantFor<P extends { devices: DeviceSpec[] }>(plant: P, [first]: Array<Drawn<typeof runs>>): P {
	if (first?.operation !== 'device.generateConfig' || first.withDependents) return plant;
	return {
		...plant,
		devices: plant.devices.map((spec) => (spec.link === 'LINK' ? spec : { link: spec.link })),
	};
}

function itemsOf({ operation, items, mayRepeat }: Drawn<typeof runs>, count: number): Item[] {
	if (operation !== 'device.create') {
		return items.map(({ runtime: _runtime, freeSlug: _slug, runsOnNew: _isOnNew, ...each }) => ({
			...each,
			named: each.named(count),
			slug: each.slug(count),
		}));
	}
	const created: Item[] = [];
	for (const { runtime, freeSlug, runsOnNew, ...each } of items) {
		const slug = freeSlug(count);
		const isTaken = created.some(
			(other) =>
				other.slug === slug ||
				(each.type === 'ucm' && other.type === 'ucm' && other.hardware === each.hardware),
		);
		if (isTaken && !mayRepeat) continue;
		const ucm = runsOnNew ? created.findLast(({ type }) => type === 'ucm') : undefined;
		created.push({ ...each, slug, named: ucm?.slug ?? runtime(count) });
	}
	return created;
}

/** Any workflow: runs of the node on the same plant, one after the other. */
export const workflows: fc.Arbitrary<Batch[]> = fc
	.tuple(plants, fc.array(runs, { minLength: 1, maxLength: 3 }))
	.map(([drawn, all]) => {
		const plant = plantFor(drawn, all);
		const count = plant.devices.length;
		return all.map((run): Batch => {
			const { mayRepeat: _mayRepeat, troubles, ...rest } = run;
			return {
				...plant,
				...rest,
				items: itemsOf(run, count),
				faults: troubles.flatMap((each) => each(run.operation, count)),
			};
		});
	});

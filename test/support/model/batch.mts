import fc from 'fast-check';
import type { OnError } from 'n8n-workflow';

import type { Fault } from '../../../emulator/server.mts';

/** A device of the plant: the device it depends on, by its place in the list, and how. Devices depend on earlier ones. */
export interface DeviceSpec {
	on?: number;
	link: 'UCM_LUA' | 'UCM_EMBEDDED' | 'LINK';
}

/** The fields of one input item; each operation reads its own. */
export interface Item {
	/** The device, by ID or slug. */
	named: string;
	/** Update. */
	name: string;
	slug: string;
	/** Assign Blueprint. */
	blueprint: string;
	/** Skip If Unchanged, Skip If Already Assigned. */
	skip: boolean;
	/** Generate Config. */
	protocol: 'MQTT' | 'MQTTS';
	files: 'none' | 'json' | 'pem';
	/** Get Many. */
	limit: number;
}

export const OPERATIONS = ['update', 'assignBlueprint', 'delete', 'generateConfig', 'get', 'getAll'] as const;

/** One run of the node: a plant, the parameters, and what goes wrong. */
export interface Batch {
	operation: (typeof OPERATIONS)[number];
	devices: DeviceSpec[];
	/** Whether the plant has so many more devices that the list has several pages. */
	isLarge: boolean;
	items: Item[];
	/** The fields that Update sets. */
	sets: Array<'name' | 'slug'>;
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
const NEW_SLUGS = ['new-a', 'new-b', 'new-c'];

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

export function nameOf(place: number): string {
	return NAMES[place] ?? `Spare ${place}`;
}

const places = fc.nat(MOST_DEVICES - 1);
const names = fc.constantFrom(...NAMES.slice(0, 2), 'one', 'two');
/** How a device is named, given how many there are. */
type Naming = (count: number) => string;
const ids = places.map(
	(place): Naming =>
		(count) =>
			idOf(place % count),
);
const slugs = fc.oneof(
	{
		weight: 4,
		arbitrary: places.map(
			(place): Naming =>
				(count) =>
					slugOf(place % count),
		),
	},
	{
		weight: 1,
		arbitrary: fc.constantFrom(...NEW_SLUGS).map(
			(slug): Naming =>
				() =>
					slug,
		),
	},
);
const ghosts = fc.constantFrom('ghost', idOf(MOST_DEVICES)).map(
	(ghost): Naming =>
		() =>
			ghost,
);

const item = fc.record({
	named: fc.oneof(
		{ weight: 20, arbitrary: ids },
		{ weight: 20, arbitrary: slugs },
		{ weight: 1, arbitrary: ghosts },
	),
	name: names,
	slug: slugs,
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

/** How each operation writes. */
export const WRITES: Record<Batch['operation'], string> = {
	update: 'PATCH',
	assignBlueprint: 'POST',
	delete: 'DELETE',
	generateConfig: 'POST',
	get: 'GET',
	getAll: 'GET',
};

const what: fc.Arbitrary<What> = fc.oneof(
	{ weight: 3, arbitrary: turnedAway },
	{ weight: 2, arbitrary: carriedOut },
	{ weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('reset-before', 'reset-after', 'cut') }) },
	{ weight: 1, arbitrary: fc.constant({ kind: 'slow' as const }) },
);

type Trouble = (operation: Batch['operation'], count: number) => Fault[];

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
						method: method === 'write' ? WRITES[operation] : method,
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
	.map((fault) => (operation) => [{ ...fault, match: { method: WRITES[operation] } }]);

/** What an item changes of its device. */
export function changeOf({ operation, sets }: Batch, item: Item): Record<string, string> {
	if (operation === 'assignBlueprint') return { blueprint_id: item.blueprint };
	return Object.fromEntries(sets.map((field) => [field, item[field]]));
}

/** Any batch. */
export const batches: fc.Arbitrary<Batch> = fc
	.record({
		operation: fc.constantFrom(
			...(['update', 'delete', 'generateConfig'] as const),
			...(['update', 'delete', 'generateConfig'] as const),
			...OPERATIONS,
		),
		devices,
		isLarge: fc.oneof(
			{ weight: 9, arbitrary: fc.constant(false) },
			{ weight: 1, arbitrary: fc.constant(true) },
		),
		items: fc.array(item, { minLength: 1, maxLength: 8 }),
		sets: fc.constantFrom<Batch['sets']>(['name'], ['slug'], ['name', 'slug']),
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
		pageSize: fc.oneof(fc.constant(50), fc.integer({ min: 1, max: 7 })),
		troubles: fc.oneof(
			{ weight: 2, arbitrary: fc.array(hiccup, { maxLength: 1 }) },
			{ weight: 3, arbitrary: fc.array(trouble, { maxLength: 3 }) },
		),
		dialect: fc.option(fc.nat(), { nil: undefined }),
		cancelAfter: fc.option(fc.nat(9), { nil: undefined, freq: 9 }),
	})
	.map(({ items, troubles, devices: specs, ...batch }) => {
		const { operation, withDependents } = batch;
		const count = specs.length;
		return {
			...batch,
			// Most fleets let Generate Config come as far as generating.
			devices: specs.map(({ on, link }) =>
				on === undefined || (operation === 'generateConfig' && link !== 'LINK' && !withDependents)
					? { link }
					: { on, link },
			),
			items: items.map((each) => ({ ...each, named: each.named(count), slug: each.slug(count) })),
			faults: troubles.flatMap((each) => each(operation, count)),
		};
	});

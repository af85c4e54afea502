import { stringify } from 'flatted';
import type { IHttpRequestOptions, INodeExecutionData, INodeType, IPairedItemData } from 'n8n-workflow';

import { createFleet, Fleet } from '../../../emulator/fleet.mts';
import { createSeed } from '../../../emulator/seed.mts';
import type { Device } from '../../../emulator/model.mts';
import { type Dialect, type Emulator, randomDialect, startEmulator } from '../../../emulator/server.mts';
import { EnapterDevice } from '../../../nodes/EnapterDevice/EnapterDevice.node.ts';
import { type RunResult, runNode } from '../engine.mts';
import type { Batch } from './batch.mts';
import { BLUEPRINTS, GROUP, hardwareOf, idOf, nameOf, SITE, slugOf, TOKEN_MARK } from './batch.mts';
import { type World, worldOf } from './meaning.mts';

/** A request that leaves the node, or its end, in the order in which they happen. */
export interface Traffic {
	kind: 'sent' | 'ended' | 'cancelled';
	/** The same for a request and its end. */
	request: number;
	method: string;
	/** After `/v3/`. */
	path: string;
	body: unknown;
	/** Undefined if there was no response. */
	status?: number;
}

/** A write that the API processed. */
export interface Write {
	id: string;
	/** What it set, or the configuration that it generated. `created` for a new device. */
	value: unknown;
}

/** The result of one item, as the node reports it. */
export type Outcome =
	| { kind: 'done'; outputs?: INodeExecutionData[] }
	| { kind: 'failed'; text: string }
	| { kind: 'not sent' };

/** Everything about a run. */
export interface Observed {
	before: Fleet;
	after: Fleet;
	/** What a run can change of the devices, as it was before the run. */
	world: World;
	outcomes: Outcome[];
	/** The error of the execution: message and description. */
	error?: string;
	traffic: Traffic[];
	writes: Write[];
	result: RunResult;
	/** The whole execution, as n8n would store it. */
	stored: string;
	token: string;
}

/** Questions with one answer, because others change what the API does or what its devices are. */
const SAME_MEANING: Partial<Dialect> = {
	assignableTypes: 'all',
	blueprintId: 'id',
	changeExpand: 'served',
	slug: 'text',
	upstreamDelete: '422',
};

/**
 * How the API behaves, for a seed. Errors have a body of the API: without one, the node cannot know that they are the API's. Pages
 * that overlap have at least one entry that is not on the page before. An API with short pages does not also give a total
 * count that is too low: the node would believe that the list has ended, because it does not request one more page of each list.
 */
function dialectOf(seed: number, { pageSize }: Batch, mayHideSlugs: boolean): Dialect {
	const dialect = randomDialect(seed, SAME_MEANING);
	return {
		...dialect,
		// The model does not know that a slug in upper case refers to the same device.
		...(dialect.shownSlug === 'otherCase' || !mayHideSlugs ? { shownSlug: 'exact' } : {}),
		...(['text', 'empty'].includes(dialect.errorBody) ? { errorBody: 'full' } : {}),
		...(pageSize < 3 ? { pageOverlap: 'none' } : {}),
		...(pageSize < 50 && dialect.totalCount === 'tooLow' ? { totalCount: 'missing' } : {}),
	};
}

const REQUEST_TIMEOUT = 150;
const SPARE_DEVICES = 70;

/** The plant that an emulator has at present, and what was written to it. */
interface Plant {
	fleet: Fleet;
	writes: Write[];
}

/** An emulator that gets a new plant for each workflow. */
export class Laboratory {
	private constructor(
		private emulator: Emulator,
		private plant: Plant,
	) {}

	static async open(): Promise<Laboratory> {
		const { emulator, plant } = await openPlant();
		return new Laboratory(emulator, plant);
	}

	async close(): Promise<void> {
		await this.emulator.close();
	}

	/** Builds the plant of a workflow. */
	build(workflow: Batch[]): void {
		const [first] = workflow;
		if (first === undefined) return;
		this.plant.fleet = fleetOf(first);
		// Create finds existing devices by their slugs, so slugs are only hidden in workflows without Create.
		const mayHideSlugs = workflow.every(({ operation }) => operation !== 'device.create');
		if (first.dialect !== undefined) {
			this.plant.fleet.dialect = dialectOf(first.dialect, first, mayHideSlugs);
		}
	}

	/**
	 * Runs a batch through the real engine, on the plant as earlier runs left it.
	 *
	 * @returns what happened; `isLast` if the plant must not be used again, because requests may still be processed
	 */
	async run(batch: Batch): Promise<Observed & { isLast: boolean }> {
		const { emulator } = this;
		const { fleet } = this.plant;
		const token = emulator.tokens.owner;
		emulator.reset();
		const before = copyOf(fleet);
		const world = worldOf(fleet);
		this.plant.writes = [];
		for (const fault of batch.faults) {
			emulator.addFault(JSON.parse(JSON.stringify(fault).replaceAll(TOKEN_MARK, token)));
		}
		const traffic: Traffic[] = [];
		let cancel = () => {};
		const note = (entry: Traffic) => {
			traffic.push(entry);
			if (traffic.filter(({ kind }) => kind === 'ended').length !== batch.cancelAfter) return;
			if (entry.kind !== 'ended') return;
			traffic.push({ ...entry, kind: 'cancelled' });
			cancel();
		};
		const nodeType = observedNode(note, batch.pageSize);
		const result = await runNode({
			emulator,
			nodeType,
			items: batch.items.map((item) => ({ ...item })),
			onError: batch.onError,
			parameters: parametersOf(batch, fleet.dialect),
			cancelAfter: (cancelRun) => (cancel = cancelRun),
		});
		// A cancelled execution does not wait for its node.
		await nodeType.ended;
		const { writes } = this.plant;
		const isAnyGivenUp = traffic.some(({ kind, status }) => kind === 'ended' && status === undefined);
		if (isAnyGivenUp) await this.startAfresh();
		const { error } = result;
		const told = error === undefined ? undefined : `${error.message} ${error.description ?? ''}`;
		return {
			before,
			after: fleet,
			world,
			isLast: isAnyGivenUp,
			outcomes: told === undefined ? outcomesOf(batch, result) : stoppedOutcomes(batch, told),
			...(told === undefined ? {} : { error: told }),
			traffic,
			writes,
			result,
			stored: stringify(result.run),
			token,
		};
	}

	/** Starts another emulator, because this one may still process requests that the node gave up. */
	private async startAfresh(): Promise<void> {
		await this.close();
		Object.assign(this, await openPlant());
	}
}

async function openPlant(): Promise<{ emulator: Emulator; plant: Plant }> {
	const plant = { fleet: createFleet({ devices: 1 }), writes: [] };
	return { emulator: await startEmulator({ fleet: replaceable(plant) }), plant };
}

/** The sites, blueprints and devices of a fleet, as they are now. */
function copyOf(fleet: Fleet): Fleet {
	const { sites, blueprints } = fleet;
	return new Fleet({
		sites: [...sites.values()],
		blueprints: [...blueprints.values()],
		devices: [...fleet.list()],
	});
}

/** The type of a device by how it is connected. */
const TYPES = { UCM_LUA: 'LUA', UCM_EMBEDDED: 'NATIVE', LINK: 'LINK_SLAVE_UCM' } as const;

/** The plant of a workflow. */
function fleetOf({ devices, isLarge }: Pick<Batch, 'devices' | 'isLarge'>): Fleet {
	const count = devices.length + (isLarge ? SPARE_DEVICES : 0);
	const seed = createSeed(count, 1, false);
	return new Fleet({
		...seed,
		devices: seed.devices.map((device, place) => {
			const spec = devices[place];
			const hardware = { hardware_id: hardwareOf(place), channel_id: 'ucm' };
			const common = {
				...device,
				id: idOf(place),
				slug: slugOf(place),
				name: nameOf(place),
				blueprint_id: BLUEPRINTS[place % 2] ?? '',
				connectivity: { status: place % 4 === 3 ? ('OFFLINE' as const) : ('ONLINE' as const) },
			};
			return spec?.on === undefined
				? {
						...common,
						type: place % 2 === 0 ? 'HARDWARE_UCM' : 'STANDALONE',
						communication: { type: 'MQTT_V1_TLS', ...hardware },
					}
				: {
						...common,
						type: TYPES[spec.link],
						communication: { type: spec.link, upstream_id: idOf(spec.on) },
					};
		}),
	});
}

function parametersOf(batch: Batch, { configurationOffline }: Dialect): Record<string, unknown> {
	const { operation, sets, maxConcurrency, maxRetries } = batch;
	const [resource, name] = operation.split('.');
	const mayHang =
		batch.faults.some(({ kind }) => kind === 'slow') ||
		(resource === 'configuration' && configurationOffline === 'hang');
	const device = { deviceId: '={{ $json.named }}' };
	const files = { credentialFiles: '={{ $json.files }}' };
	const expand = batch.expand ? { expand: ['communication'] } : {};
	const givenFields = Object.fromEntries(sets.map((field) => [field, `={{ $json.${field} }}`]));
	const skip = '={{ $json.skip }}';
	const parameters: Record<Batch['operation'], { options: object; [name: string]: unknown }> = {
		'device.update': { ...device, updateFields: givenFields, options: { skipIfUnchanged: skip, ...expand } },
		'device.assignBlueprint': {
			...device,
			blueprintId: '={{ $json.blueprint }}',
			options: { skipIfAssigned: skip, ...expand },
		},
		'device.delete': { ...device, options: { deleteDependents: batch.withDependents } },
		'device.create': {
			deviceType: '={{ $json.type }}',
			name: '={{ $json.name }}',
			siteId: SITE,
			runtimeId: '={{ $json.named }}',
			blueprintId: '={{ $json.blueprint }}',
			hardwareId: '={{ $json.hardware }}',
			protocol: '={{ $json.protocol }}',
			...(sets.includes('slug') ? { additionalFields: { slug: '={{ $json.slug }}' } } : {}),
			options: { ...files, ...(sets.includes('slug') ? { skipIfExists: skip } : {}) },
		},
		'device.generateConfig': { ...device, protocol: '={{ $json.protocol }}', options: files },
		'device.get': { ...device, options: expand },
		'device.getAll': { limit: '={{ $json.limit }}', options: expand },
		'configuration.update': {
			...device,
			group: GROUP,
			parametersMode: 'json',
			parametersJson: '={{ $json.values }}',
			options: { skipIfUnchanged: skip, ...(batch.resets ? { resetParameters: '={{ $json.reset }}' } : {}) },
		},
		'configuration.reset': { ...device, group: GROUP, options: {} },
	};
	const { options, ...rest } = parameters[operation];
	const limits = { maxConcurrency, maxRetries, ...(mayHang ? { timeout: REQUEST_TIMEOUT } : {}) };
	return { resource, operation: name, ...rest, options: { ...limits, ...options } };
}

/** A fleet that can be exchanged under a running emulator, and that records what is changed. */
function replaceable(plant: Plant): Fleet {
	return new Proxy(plant.fleet, {
		get(_, key) {
			const { fleet, writes } = plant;
			const note = (id: string, value: unknown) => writes.push({ id, value });
			const write = {
				add(device: Device, isSlugGiven: boolean) {
					fleet.add(device, isSlugGiven);
					note(device.id, 'created');
				},
				simulate(name: string, change: Parameters<Fleet['simulate']>[1]) {
					fleet.simulate(name, change);
					note(fleet.get(name).id, change.settings);
				},
				update(name: string, change: { name?: string; slug?: string }) {
					const device = fleet.update(name, change);
					note(device.id, change);
					return device;
				},
				assignBlueprint(name: string, blueprint: string) {
					const device = fleet.assignBlueprint(name, blueprint);
					note(device.id, { blueprint_id: blueprint });
					return device;
				},
				delete(name: string) {
					const { id } = fleet.get(name);
					fleet.delete(name);
					note(id, undefined);
				},
				async generateConfig(name: string, protocol: 'MQTT' | 'MQTTS') {
					const { id } = fleet.get(name);
					const config = await fleet.generateConfig(name, protocol);
					note(id, config);
					return config;
				},
			};
			if (Object.hasOwn(write, key)) return Reflect.get(write, key);
			const value: unknown = Reflect.get(fleet, key, fleet);
			return typeof value === 'function' ? value.bind(fleet) : value;
		},
	});
}

interface ObservedNode extends INodeType {
	/** Resolves when the node has ended. */
	ended: Promise<unknown>;
}

/** The node, with short pages, and with its requests to n8n's HTTP client recorded. */
function observedNode(note: (entry: Traffic) => void, pageSize: number): ObservedNode {
	const { description, methods, execute } = new EnapterDevice();
	const node: ObservedNode = {
		ended: Promise.resolve(),
		description,
		methods,
		async execute() {
			const send = this.helpers.httpRequestWithAuthentication;
			let requests = 0;
			this.helpers.httpRequestWithAuthentication = async function (type, options, more) {
				const request = requests++;
				const { method = 'GET', url, body } = options;
				const entry = { request, method, path: url.split('/v3/')[1] ?? '', body };
				note({ kind: 'sent', ...entry });
				try {
					const response = await send.call(this, type, shortPage(options, pageSize), more);
					note({ kind: 'ended', ...entry, status: response.statusCode });
					return response;
				} catch (error) {
					note({ kind: 'ended', ...entry });
					throw error;
				}
			};
			const output = execute.call(this);
			node.ended = Promise.allSettled([output]);
			return await output;
		},
	};
	return node;
}

/** Requests fewer entries than the node does, so that the API sends fewer. */
function shortPage(options: IHttpRequestOptions, pageSize: number): IHttpRequestOptions {
	const limit: unknown = options.qs?.['limit'];
	if (typeof limit !== 'number') return options;
	return { ...options, qs: { ...options.qs, limit: Math.min(limit, pageSize) } };
}

/** The result of each item of a run that was not stopped: every item is output once. */
function outcomesOf({ items, operation }: Batch, { output, errorOutput }: RunResult): Outcome[] {
	const of = (outputs: INodeExecutionData[], item: number) =>
		outputs.filter(({ pairedItem }) => (pairedItem as IPairedItemData).item === item);
	return items.map((_, item): Outcome => {
		const mine = of(output, item);
		const failures = [...of(errorOutput, item), ...mine.filter(({ json }) => 'error' in json)];
		const [failure] = failures;
		if (
			failures.length + mine.filter(({ json }) => !('error' in json)).length > 1 &&
			operation !== 'device.getAll'
		) {
			throw new Error(`Item ${item} was output more than once`);
		}
		if (failure !== undefined) {
			const { error, message } = failure.json;
			return { kind: 'failed', text: [error, message].join(' ') };
		}
		return mine.length === 0 && operation !== 'device.getAll'
			? { kind: 'not sent' }
			: { kind: 'done', outputs: mine };
	});
}

/** The result of each item, according to the error that stopped the run. */
function stoppedOutcomes({ items }: Batch, error: string): Outcome[] {
	const stoppedAt = stoppedItem(items.length, error);
	const [own = '', summary = ''] = error.split(/(?=Done: )/);
	const [, done, failed, more] = /Done: (.*?)\. Failed: (.*?)\. Never sent: .*?\. (.*)/.exec(summary) ?? [];
	const aftermaths = (more ?? '').split(/(?=Items? \d[^:]*: )/).map((text) => text.split(': '));
	return items.map((_, item): Outcome => {
		if (item === stoppedAt) return { kind: 'failed', text: own };
		if (listedItems(done).includes(item)) return { kind: 'done' };
		if (!listedItems(failed).includes(item)) return { kind: 'not sent' };
		const mine = aftermaths.filter(([which]) => listedItems(which).includes(item));
		return { kind: 'failed', text: mine.map(([, ...text]) => text.join(': ')).join(' ') };
	});
}

/** The item whose error stopped a run of several items, or of one. */
export function stoppedItem(count: number, error: string): number {
	return count === 1 ? 0 : Number(/\[item (\d+)\]/.exec(error)?.[1]);
}

/** The item numbers in `items 0–3, 7`. */
function listedItems(text = ''): number[] {
	return [...text.matchAll(/(\d+)(?:–(\d+))?/g)].flatMap(([, first, last = first]) =>
		Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => Number(first) + index),
	);
}

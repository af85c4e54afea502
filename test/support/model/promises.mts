import type { INodeExecutionData } from 'n8n-workflow';

import type { Fleet } from '../../../emulator/fleet.mts';
import type { DeviceConfig } from '../../../emulator/model.mts';
import type { Fault } from '../../../emulator/server.mts';
import type { Batch, Item } from './batch.mts';
import { changeOf } from './batch.mts';
import type { Meaning, Setting, World } from './meaning.mts';
import {
	canBeDeleted,
	canHaveConfig,
	devicesToDelete,
	find,
	idIn,
	isSame,
	meaningOf,
	runningOn,
	runtimeOf,
	slugToCreate,
	worldOf,
} from './meaning.mts';
import type { Observed, Outcome } from './observe.mts';
import { stoppedItem } from './observe.mts';

/**
 * What the node promises of any batch.
 *
 * @throws Error naming the promise that was broken
 */
export function checkPromises(batch: Batch, observed: Observed): void {
	tokenStaysIn(observed);
	outputIsInOrder(observed);
	concurrencyIsBounded(batch, observed);
	stopIsStop(batch, observed);
	// In that case the node does not report the results of the items.
	if (observed.traffic.some(({ kind }) => kind === 'cancelled')) return;
	everyItemHasAnOutcome(batch, observed);
	if (changesDevices(batch)) changesAreTrue(batch, observed);
	if (batch.operation === 'device.create') creationsAreTrue(batch, observed);
	if (batch.operation === 'device.delete') {
		deletionsAreTrue(batch, observed);
		dependentsGoFirst(batch, observed);
	}
	if (batch.operation === 'device.generateConfig') configsAreTrue(batch, observed);
	if (batch.operation === 'device.get' || batch.operation === 'device.getAll') readsAreTrue(batch, observed);
	if (isUntroubled(batch, observed)) outcomesAreThePlainOnes(batch, observed);
}

/** Whether the items have a meaning one after the other: what each changes, or creates, depends on those before it. */
function changesDevices({ operation }: Batch): boolean {
	return [
		'device.update',
		'device.assignBlueprint',
		'device.create',
		'configuration.update',
		'configuration.reset',
	].includes(operation);
}

/** Whether the items are about configurations. */
function isConfiguration({ operation }: Batch): boolean {
	return operation.startsWith('configuration.');
}

function promise(text: string, isKept: boolean): void {
	if (!isKept) throw new Error(`Broken: ${text}`);
}

function tokenStaysIn({ stored, token }: Observed): void {
	promise('the token is in nothing that comes out', !stored.includes(token));
}

function outputIsInOrder({ result }: Observed): void {
	for (const outputs of [result.output, result.errorOutput]) {
		const items = outputs.map(({ pairedItem }) => JSON.stringify(pairedItem));
		const sorted = [...items].sort((one, other) => one.localeCompare(other));
		promise('output is in the order of the input', JSON.stringify(items) === JSON.stringify(sorted));
	}
}

function concurrencyIsBounded(batch: Batch, { traffic }: Observed): void {
	// A device may be slow to respond, so these requests leave their slot after a moment, which the test's clock skips.
	if (isConfiguration(batch)) return;
	const { maxConcurrency } = batch;
	let inFlight = 0;
	for (const { kind } of traffic) {
		if (kind === 'cancelled') continue;
		inFlight += kind === 'sent' ? 1 : -1;
		promise('no more requests are in flight than Max Concurrency', inFlight <= maxConcurrency);
	}
}

/** Statuses that are never retried, so that an item fails with them. */
const FINAL = [400, 403, 409, 422, 500];

function stopIsStop({ operation, onError }: Batch, { traffic }: Observed): void {
	// After any other status, Create first finds out whether the device exists.
	const final = FINAL.filter((status) => operation !== 'device.create' || ![403, 500].includes(status));
	const stop = traffic.findIndex(
		({ kind, method, status = 0 }) =>
			kind === 'cancelled' ||
			(onError === 'stopWorkflow' && kind === 'ended' && method !== 'GET' && final.includes(status)),
	);
	const later = stop === -1 ? [] : traffic.slice(stop);
	promise(
		'no write leaves after a failure in Stop Workflow, or when the execution is cancelled',
		!later.some(({ kind, method }) => kind === 'sent' && method !== 'GET'),
	);
}

function everyItemHasAnOutcome({ onError, items }: Batch, { outcomes, error, traffic }: Observed): void {
	if (error === undefined) {
		promise(
			'every item has an outcome',
			outcomes.every(({ kind }) => kind !== 'not sent'),
		);
	} else {
		promise('only Stop Workflow stops', onError === 'stopWorkflow');
		const writes = traffic.filter(({ method }) => method !== 'GET');
		if (items.length > 1 && !/Done: /.test(error)) {
			promise('a run that does not say how far it came has written nothing', writes.length === 0);
		}
	}
	if (onError === 'stopWorkflow' && error === undefined) {
		promise(
			'what failed stops the run',
			outcomes.every(({ kind }) => kind === 'done'),
		);
	}
}

/** Whether an item failed with an unknown outcome. */
function isUnknown(outcome: Outcome | undefined): boolean {
	return (
		outcome?.kind === 'failed' &&
		/may still have processed the request|may have been deleted|is unknown whether/i.test(outcome.text)
	);
}

/** The items, one after the other, with the results that they report, lead to the API's state. */
function changesAreTrue(batch: Batch, observed: Observed): void {
	const { before, after, world, outcomes, writes } = observed;
	const { items } = batch;
	let worlds: World[] = [world];
	inOrder(batch).forEach(({ item, index }) => {
		const outcome = outcomes[index];
		if (outcome?.kind !== 'done' && !isUnknown(outcome)) return;
		worlds = worlds.flatMap((one) => {
			const meanings = meaningsOf(one, item, { batch, dialect: after.dialect, first: world });
			if (outcome?.kind !== 'done') return [one, ...meanings.map((meaning) => meaning.world)];
			const json = outcome.outputs?.[0]?.json;
			return meanings
				.filter((meaning) => json === undefined || isTrueOutput(batch, item, json, meaning, observed))
				.map((meaning) => meaning.world);
		});
		promise(`item ${index} was done as it says, after those before it`, worlds.length > 0);
	});
	const now = worldOf(after, new Set(before.devices.keys()));
	promise(
		'what the items say they did is what the API holds, the last one last',
		worlds.some((one) => isSame(one, now)),
	);
	const claims = items.filter((_, index) => outcomes[index]?.kind === 'done' || isUnknown(outcomes[index]));
	const claimed = claims.map((item) => JSON.stringify(changeOf(batch, item)));
	promise(
		'no write was processed for an item that reports that it was not',
		batch.operation === 'device.create' ||
			writes.every(({ id, value }) =>
				isConfiguration(batch)
					? claims.some((item) => idIn(before, item) === id)
					: claimed.includes(JSON.stringify(value)),
			),
	);
}

/** The items in the order in which they take effect: a UCM is created before the devices that run on it. */
function inOrder(batch: Batch): Array<{ item: Item; index: number }> {
	const { items } = batch;
	const placeOf = (item: Item, index: number) => {
		const runtime = runtimeOf(batch, item);
		return runtime === undefined ? index : Math.max(index, items.indexOf(runtime) + 0.5);
	};
	return items
		.map((item, index) => ({ item, index, place: placeOf(item, index) }))
		.sort((one, other) => one.place - other.place);
}

/** What an item may have done. If a request fails, a new UCM may remain without its slug, which takes another request. */
function meaningsOf(world: World, item: Item, setting: Setting): Meaning[] {
	const meaning = meaningOf(world, item, setting);
	if (meaning === undefined) return [];
	const { was, is } = meaning;
	if (setting.batch.operation !== 'device.create' || item.type !== 'ucm' || was === is) return [meaning];
	const without = { ...is, slug: was?.slug };
	const others = meaning.world.map((device) => (device === is ? without : device));
	return [meaning, { world: others, was, is: without }];
}

type Json = NonNullable<Extract<Outcome, { kind: 'done' }>['outputs']>[number]['json'];

/** Whether the output of an item is the device, or its configuration, as the item changed it. */
function isTrueOutput(
	batch: Batch,
	{ skip }: Item,
	json: Json,
	{ was, is, world: _ }: Meaning,
	{ before, after }: Observed,
): boolean {
	const { operation, expand, sets } = batch;
	const isChanged = was === undefined || !isSame([was], [is]);
	const shows = (key: string, value: unknown) => value === undefined || json[key] === value;
	if (isConfiguration(batch)) {
		const shown = json['configuration'] as Record<string, unknown>;
		// After a change whose values could not be read again, only some are known.
		const isTrue = Object.entries(is.values ?? {}).every(
			([name, value]) => shown[name] === undefined || shown[name] === value,
		);
		const isComplete = Object.keys(is.values ?? {}).every((name) => name in shown);
		return (
			isTrue &&
			(isComplete || batch.faults.length > 0) &&
			json['device_id'] === is.id &&
			(operation === 'configuration.update' && skip ? json['changed'] === isChanged : !('changed' in json))
		);
	}
	if (operation === 'device.create') {
		const isKnown = before.devices.has(String(json['id']));
		// A new device that could not be read again is output without its other fields.
		const isShort = batch.faults.length > 0 && !('slug' in json);
		const isSkipped = was === is;
		return (
			(is.id === 'new' ? !isKnown : json['id'] === is.id) &&
			(isShort ||
				(json['name'] === is.name && shows('slug', is.slug) && json['blueprint_id'] === is.blueprint_id)) &&
			(skip && sets.includes('slug') ? json['created'] === !isSkipped : !('created' in json))
		);
	}
	const isSlugShown = after.dialect.shownSlug === 'exact';
	// Whether a device has a slug already is unknown if slugs are not shown.
	const mayBeChanged = operation === 'device.update' && sets.includes('slug') && !isSlugShown;
	return (
		json['id'] === is.id &&
		json['name'] === is.name &&
		json['slug'] === (isSlugShown ? is.slug : undefined) &&
		json['blueprint_id'] === is.blueprint_id &&
		'communication' in json === expand &&
		(skip ? json['changed'] === (isChanged || mayBeChanged) : !('changed' in json)) &&
		(json['previous_blueprint_id'] === undefined || json['previous_blueprint_id'] === was?.blueprint_id)
	);
}

function deletionsAreTrue(batch: Batch, { before, after, outcomes, writes }: Observed): void {
	const { items, withDependents } = batch;
	const accounted = new Set<string>();
	items.forEach((item, index) => {
		const outcome = outcomes[index];
		const devices = devicesToDelete(before, item, withDependents);
		if (outcome?.kind === 'done') {
			promise(`item ${index} is about a device that there is`, devices.length > 0);
			promise(
				`what item ${index} deleted is gone`,
				devices.every((id) => after.find(id) === undefined),
			);
			for (const id of devices) accounted.add(id);
			const json = outcome.outputs?.[0]?.json;
			if (json === undefined) return;
			const told = (json['deleted_devices'] as Array<{ id: string }> | undefined)?.map(({ id }) => id);
			promise(`item ${index} outputs the ID`, json['id'] === devices[0] && json['deleted'] === true);
			promise(
				`item ${index} lists what it deleted, the device last`,
				withDependents
					? JSON.stringify([...(told ?? [])].sort()) === JSON.stringify([...devices].sort()) &&
							told?.at(-1) === devices[0]
					: told === undefined,
			);
		} else if (outcome?.kind === 'failed') {
			const { text } = outcome;
			const [, deletedBefore = ''] = /Already deleted in this run: (.*?)\. /.exec(`${text} `) ?? [];
			for (const id of devices) {
				const name = before.get(id).name;
				if (deletedBefore.includes(name)) {
					promise(`${name} was deleted, as item ${index} says`, after.find(id) === undefined);
					accounted.add(id);
				}
			}
			if (isUnknown(outcome))
				for (const id of devices) if (text.includes(before.get(id).name)) accounted.add(id);
			if (isUnknown(outcome) && devices[0] !== undefined) accounted.add(devices[0]);
		}
	});
	promise(
		'no device was deleted that no item accounts for',
		writes.every(({ id }) => accounted.has(id)),
	);
}

function dependentsGoFirst({ items, withDependents }: Batch, { before, traffic }: Observed): void {
	const wanted = new Set(items.flatMap((item) => devicesToDelete(before, item, withDependents)));
	const sent = traffic.filter(({ kind, method }) => kind === 'sent' && method === 'DELETE');
	const deleted = sent.map(({ path }) => path.split('/')[1] ?? '');
	for (const id of wanted) {
		const first = deleted.indexOf(id);
		if (first === -1) continue;
		promise(
			'no device is deleted before those of the run that run on it',
			runningOn(before, id).every((dependent) => deleted.lastIndexOf(dependent) < first),
		);
	}
}

function configsAreTrue(batch: Batch, { before, after, outcomes, writes, error }: Observed): void {
	const { items } = batch;
	const shown = new Set<string>();
	items.forEach((item, index) => {
		const outcome = outcomes[index];
		const id = idIn(before, item) ?? '';
		if (outcome?.kind !== 'done' || outcome.outputs === undefined) return;
		const [output] = outcome.outputs;
		const working = after.configs.get(id);
		promise(`item ${index} is about the device it names`, output?.json['device_id'] === id);
		credentialsAreTrue(item, index, output, working);
		shown.add(id);
	});
	const told = error ?? outcomes.map((outcome) => ('text' in outcome ? outcome.text : '')).join(' ');
	promise(
		'no credential was made and not accounted for',
		writes.every(({ id }) => (error === undefined && shown.has(id)) || told.includes(before.get(id).name)),
	);
	promise('one configuration a device is made', new Set(writes.map(({ id }) => id)).size === writes.length);
	promise(
		'no configuration is made in Stop Workflow where one device cannot have one',
		batch.onError !== 'stopWorkflow' ||
			writes.length === 0 ||
			items.every((item) => !/UCM/.test(before.find(idIn(before, item) ?? '')?.communication.type ?? 'UCM')),
	);
}

/** The output of an item has the credentials that work, where the item wants them. */
function credentialsAreTrue(
	item: Item,
	index: number,
	output: INodeExecutionData | undefined,
	working: Readonly<DeviceConfig> | undefined,
): void {
	const { config } = output?.json ?? {};
	const files = Object.fromEntries(
		Object.entries(output?.binary ?? {}).map(([key, { data }]) => [key, String(Buffer.from(data, 'base64'))]),
	);
	const whole =
		files['config'] === undefined
			? {
					...(config as object),
					mqtt_credentials: { ...(config as typeof working)?.mqtt_credentials, ...files },
				}
			: (JSON.parse(files['config']) as { mqtt_credentials?: object });
	// Those of a new UCM name the protocol.
	const expected = {
		protocol: (whole.mqtt_credentials as { protocol?: string })?.protocol,
		...working?.mqtt_credentials,
	};
	promise(
		`item ${index} has the configuration of its device that works`,
		working !== undefined && sorted(whole.mqtt_credentials) === sorted(expected),
	);
	const secret = working?.mqtt_credentials;
	const key = secret !== undefined && 'private_key' in secret ? secret.private_key : 'no PEM file';
	promise(
		`item ${index} has credentials where it wants them`,
		item.files === 'none'
			? Object.keys(files).length === 0
			: !JSON.stringify(output?.json).includes(JSON.stringify(key)),
	);
}

/** Every device that was created, and all credentials, are accounted for. */
function creationsAreTrue({ items }: Batch, { after, outcomes, writes, error }: Observed): void {
	const shown = new Set<string>();
	items.forEach((item, index) => {
		const outcome = outcomes[index];
		if (outcome?.kind !== 'done' || outcome.outputs === undefined || item.type !== 'ucm') return;
		const [output] = outcome.outputs;
		if (output?.json['created'] === false) return;
		const id = String(output?.json['id']);
		credentialsAreTrue(item, index, output, after.configs.get(id));
		shown.add(id);
	});
	const told = error ?? outcomes.map((outcome) => ('text' in outcome ? outcome.text : '')).join(' ');
	const made = writes.filter(
		({ value }) => typeof value === 'object' && value !== null && 'mqtt_credentials' in value,
	);
	promise(
		'no credential was made and not accounted for',
		made.every(({ id }) => {
			const { hardware_id } = after.get(id).communication;
			const item = items.find(({ type, hardware }) => type === 'ucm' && hardware === hardware_id);
			return (error === undefined && shown.has(id)) || (item !== undefined && told.includes(item.name));
		}),
	);
	promise('one configuration a device is made', new Set(made.map(({ id }) => id)).size === made.length);
}

function sorted(value: unknown): string {
	const entries = (object: object) => Object.entries(object).sort(([one], [other]) => (one < other ? -1 : 1));
	return JSON.stringify(value, (_, each: unknown) =>
		typeof each === 'object' && each !== null && !Array.isArray(each)
			? Object.fromEntries(entries(each))
			: each,
	);
}

function readsAreTrue(
	{ operation, items, expand }: Batch,
	{ before, after, world, outcomes, writes }: Observed,
): void {
	promise('reading changes nothing', writes.length === 0 && isSame(world, worldOf(after)));
	items.forEach((item, index) => {
		const outcome = outcomes[index];
		if (outcome?.kind !== 'done' || outcome.outputs === undefined) return;
		const ids = outcome.outputs.map(({ json }) => json['id']);
		const expected =
			operation === 'device.get'
				? [idIn(before, item)]
				: before
						.list()
						.slice(0, item.limit)
						.map(({ id }) => id);
		promise(
			`item ${index} has the devices it asks for, in order`,
			JSON.stringify(ids) === JSON.stringify(expected),
		);
		promise(
			`item ${index} has what it asks for of each device`,
			outcome.outputs.every(({ json }) => 'communication' in json === expand),
		);
	});
}

/** Whether all faults end before the retries do. */
function isUntroubled(batch: Batch, { after }: Observed): boolean {
	const { operation, faults, maxRetries } = batch;
	if (faults.length === 0) return true;
	if (operation === 'device.generateConfig' || operation === 'device.create') return false;
	// The node does not retry for a device that it knows to be offline.
	if (isConfiguration(batch) && after.dialect.configurationOffline === 'accepted') {
		return false;
	}
	const times = faults.reduce((sum, fault) => sum + (fault.times ?? Infinity), 0);
	return times <= maxRetries && faults.every(isOutlasted);
}

function isOutlasted({ kind, status = 0, headers = {} }: Fault): boolean {
	if (kind === 'slow') return false;
	if (kind !== 'status' && kind !== 'body') return true;
	const wait = headers['retry-after'] ?? '';
	return [429, 502, 503, 504].includes(status) && !['61', '7200'].includes(wait) && !wait.includes('2100');
}

/** MQTT has no certificates, so no PEM files. */
function isPossibleConfig({ files, protocol }: Item): boolean {
	return files !== 'pem' || protocol === 'MQTTS';
}

/** Whether all items for the same device want the same configuration. */
function isAgreed(before: Fleet, items: Item[], item: Item): boolean {
	const id = idIn(before, item);
	return items
		.filter((other) => isPossibleConfig(other) && idIn(before, other) === id)
		.every(({ protocol, files }) => protocol === item.protocol && files === item.files);
}

/** Which items are done if nothing goes wrong. */
function plainOutcomes(batch: Batch, { before, after, world: first }: Observed): boolean[] {
	const { operation, items, withDependents } = batch;
	if (changesDevices(batch)) {
		let world = first;
		const setting = { batch, dialect: after.dialect, first };
		const done: boolean[] = [];
		for (const { item, index } of inOrder(batch)) {
			const isPossible = operation !== 'device.create' || isPossibleCreation(item, setting);
			const next = isPossible ? meaningOf(world, item, setting) : undefined;
			world = next?.world ?? world;
			done[index] = next !== undefined;
		}
		return done;
	}
	const wanted = new Set(items.flatMap((item) => devicesToDelete(before, item, withDependents)));
	const isDone: Partial<Record<Batch['operation'], (item: Item) => boolean>> = {
		'device.delete': (item) => {
			const id = idIn(before, item);
			return id !== undefined && canBeDeleted(before, id, wanted);
		},
		'device.generateConfig': (item) =>
			isPossibleConfig(item) && canHaveConfig(before, item) && isAgreed(before, items, item),
		'device.get': (item) => idIn(before, item) !== undefined,
		'device.getAll': () => true,
	};
	return items.map((item) => isDone[operation]?.(item) ?? true);
}

/**
 * Whether an item of Create can succeed, alone and together with the others. No other item may create the same device. If another
 * item creates the UCM that the device runs on, that item must be able to succeed, too.
 */
function isPossibleCreation(item: Item, setting: Setting): boolean {
	const { batch, first } = setting;
	const isUsable = (each: Item) => each.type !== 'ucm' || isPossibleConfig(each);
	const slug = slugToCreate(batch, item);
	const isSameDevice = (other: Item) =>
		(slug !== undefined && slug === other.slug) ||
		(item.type === 'ucm' && other.type === 'ucm' && item.hardware === other.hardware);
	const holder = slug === undefined ? undefined : find(first, slug);
	const isHolder = (other: Item) => other.type === 'ucm' && other.hardware === holder?.hardware;
	const others = batch.items.filter(isUsable);
	const runtime = runtimeOf(batch, item);
	const hasRuntime =
		runtime === undefined ||
		(isPossibleCreation(runtime, setting) && meaningOf(first, runtime, setting) !== undefined);
	return (
		hasRuntime &&
		isUsable(item) &&
		others.filter(isSameDevice).length < 2 &&
		!(item.skip && !isHolder(item) && others.some(isHolder))
	);
}

function outcomesAreThePlainOnes(batch: Batch, observed: Observed): void {
	const { outcomes, error } = observed;
	const plain = plainOutcomes(batch, observed);
	if (batch.onError === 'stopWorkflow') {
		promise('a run stops when an item fails, and only then', (error !== undefined) === plain.includes(false));
		// Others may fail because the run stops before their retry.
		const stoppedAt = error === undefined ? undefined : stoppedItem(plain.length, error);
		const isPlain = (outcome: Outcome, index: number) =>
			outcome.kind === 'done' ? plain[index] : !plain[index] || index !== stoppedAt;
		promise(
			'nothing is done that could not be, and what stops the run could not be done',
			outcomes.every(isPlain),
		);
	} else {
		promise(
			'each item is done that can be done',
			outcomes.every(({ kind }, index) => (kind === 'done') === plain[index]),
		);
	}
}

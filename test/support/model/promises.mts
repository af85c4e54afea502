import type { Fleet } from '../../../emulator/fleet.mts';
import type { Fault } from '../../../emulator/server.mts';
import type { Batch, Item } from './batch.mts';
import { changeOf } from './batch.mts';
import type { World } from './meaning.mts';
import {
	canBeDeleted,
	canHaveConfig,
	changed,
	devicesToDelete,
	find,
	isSame,
	runningOn,
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
	if (batch.operation === 'update' || batch.operation === 'assignBlueprint') changesAreTrue(batch, observed);
	if (batch.operation === 'delete') {
		deletionsAreTrue(batch, observed);
		dependentsGoFirst(batch, observed);
	}
	if (batch.operation === 'generateConfig') configsAreTrue(batch, observed);
	if (batch.operation === 'get' || batch.operation === 'getAll') readsAreTrue(batch, observed);
	if (isUntroubled(batch)) outcomesAreThePlainOnes(batch, observed);
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

function concurrencyIsBounded({ maxConcurrency }: Batch, { traffic }: Observed): void {
	let inFlight = 0;
	for (const { kind } of traffic) {
		if (kind === 'cancelled') continue;
		inFlight += kind === 'sent' ? 1 : -1;
		promise('no more requests are in flight than Max Concurrency', inFlight <= maxConcurrency);
	}
}

/** Statuses that are never retried, so that an item fails with them. */
const FINAL = [400, 403, 409, 422, 500];

function stopIsStop({ onError }: Batch, { traffic }: Observed): void {
	const stop = traffic.findIndex(
		({ kind, method, status = 0 }) =>
			kind === 'cancelled' ||
			(onError === 'stopWorkflow' && kind === 'ended' && method !== 'GET' && FINAL.includes(status)),
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
function changesAreTrue(batch: Batch, { before, after, outcomes, writes }: Observed): void {
	const { items, expand } = batch;
	let worlds: World[] = [worldOf(before)];
	items.forEach((item, index) => {
		const outcome = outcomes[index];
		if (isUnknown(outcome))
			worlds = worlds.flatMap((world) => [world, changed(world, batch, item) ?? []].flat());
		if (outcome?.kind !== 'done') return;
		worlds = worlds.flatMap((world) => {
			const next = changed(world, batch, item);
			if (next === undefined) return [];
			const json = outcome.outputs?.[0]?.json;
			if (json === undefined) return [next];
			const was = find(world, item.named);
			const is = was === undefined ? undefined : next.get(was.id);
			const isTrue =
				json['id'] === is?.id &&
				json['name'] === is?.name &&
				json['slug'] === is?.slug &&
				json['blueprint_id'] === is?.blueprint_id &&
				'communication' in json === expand &&
				(item.skip ? json['changed'] === !isSame(world, next) : !('changed' in json)) &&
				(json['previous_blueprint_id'] === undefined || json['previous_blueprint_id'] === was?.blueprint_id);
			return isTrue ? [next] : [];
		});
		promise(`item ${index} was done as it says, after those before it`, worlds.length > 0);
	});
	const now = worldOf(after);
	promise(
		'what the items say they did is what the API holds, the last one last',
		worlds.some((world) => isSame(world, now)),
	);
	const claims = items.filter((_, index) => outcomes[index]?.kind === 'done' || isUnknown(outcomes[index]));
	const values = claims.map((item) => JSON.stringify(changeOf(batch, item)));
	promise(
		'no write was processed for an item that reports that it was not',
		writes.every(({ value }) => values.includes(JSON.stringify(value))),
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
			const [, deletedBefore = ''] = /Deleted before: (.*?)\. /.exec(`${text} `) ?? [];
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
		const id = before.find(item.named)?.id ?? '';
		if (outcome?.kind !== 'done' || outcome.outputs === undefined) return;
		const [output] = outcome.outputs;
		const working = after.configs.get(id);
		promise(`item ${index} is about the device it names`, output?.json['device_id'] === id);
		const { config } = output?.json ?? {};
		const files = Object.fromEntries(
			Object.entries(output?.binary ?? {}).map(([key, { data }]) => [
				key,
				String(Buffer.from(data, 'base64')),
			]),
		);
		const whole =
			files['config'] === undefined
				? {
						...(config as object),
						mqtt_credentials: { ...(config as typeof working)?.mqtt_credentials, ...files },
					}
				: (JSON.parse(files['config']) as { mqtt_credentials?: unknown });
		promise(
			`item ${index} has the configuration of its device that works`,
			working !== undefined && sorted(whole.mqtt_credentials) === sorted(working.mqtt_credentials),
		);
		const secret = working?.mqtt_credentials;
		const key = secret !== undefined && 'private_key' in secret ? secret.private_key : 'no PEM file';
		promise(
			`item ${index} has credentials where it wants them`,
			item.files === 'none'
				? Object.keys(files).length === 0
				: !JSON.stringify(output?.json).includes(JSON.stringify(key)),
		);
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
			items.every(({ named }) => !/UCM/.test(before.find(named)?.communication.type ?? 'not there, UCM')),
	);
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
	{ before, after, outcomes, writes }: Observed,
): void {
	promise('reading changes nothing', writes.length === 0 && isSame(worldOf(before), worldOf(after)));
	items.forEach((item, index) => {
		const outcome = outcomes[index];
		if (outcome?.kind !== 'done' || outcome.outputs === undefined) return;
		const ids = outcome.outputs.map(({ json }) => json['id']);
		const expected =
			operation === 'get'
				? [before.find(item.named)?.id]
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
function isUntroubled({ operation, faults, maxRetries }: Batch): boolean {
	if (faults.length === 0) return true;
	if (operation === 'generateConfig') return false;
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
	const id = before.find(item.named)?.id;
	return items
		.filter((other) => isPossibleConfig(other) && before.find(other.named)?.id === id)
		.every(({ protocol, files }) => protocol === item.protocol && files === item.files);
}

/** Which items are done if nothing goes wrong. */
function plainOutcomes(batch: Batch, { before }: Observed): boolean[] {
	const { operation, items, withDependents } = batch;
	if (operation === 'update' || operation === 'assignBlueprint') {
		let world = worldOf(before);
		return items.map((item) => {
			const next = changed(world, batch, item);
			world = next ?? world;
			return next !== undefined;
		});
	}
	const wanted = new Set(items.flatMap((item) => devicesToDelete(before, item, withDependents)));
	const isDone: Record<'delete' | 'generateConfig' | 'get' | 'getAll', (item: Item) => boolean> = {
		delete: ({ named }) => {
			const id = before.find(named)?.id;
			return id !== undefined && canBeDeleted(before, id, wanted);
		},
		generateConfig: (item) =>
			isPossibleConfig(item) && canHaveConfig(before, item) && isAgreed(before, items, item),
		get: ({ named }) => before.find(named) !== undefined,
		getAll: () => true,
	};
	return items.map(isDone[operation]);
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

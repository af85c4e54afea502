import type { IDataObject } from 'n8n-workflow';
import { UserError } from 'n8n-workflow';

import type { Output, Plan, Task } from '../../execution/operation';
import type { Run } from '../../execution/run';
import type { Ref } from '../../fields/locators';
import { nameOfRef } from '../../fields/locators';
import { wait } from '../../transport/clock';
import { upperCase } from '../../transport/enums';
import {
	causeOf,
	EnapterApiError,
	isNotFound,
	ItemFailure,
	NotSentError,
	outcomeOfError,
	reasonOf,
} from '../../transport/errors';
import { isObject } from '../../transport/json';
import { getOrCreate } from '../../transport/memo';
import type { ResponseShape } from '../../transport/response';
import { quotedIfNeeded, sentences } from '../../transport/text';
import { BlueprintChecks } from './blueprint';
import type { DeviceType } from './createFields';
import type { CredentialFiles, DeviceConfig } from './credentialFiles';
import { credentialsOutput, isConfig, NewCredentials } from './credentialFiles';
import type { Device, ExpandedDevice } from './device';
import { deviceShape, identityOf, isSameId, LOOKUP_DELAYS, nameOfDevice } from './device';
import type { Lookup } from './fleet';
import { Fleet, getDevice } from './fleet';

/** A device to create, as an item describes it. */
export interface NewDevice {
	type: DeviceType;
	name: string;
	slug: string | undefined;
	/** The UCM of a Lua device. */
	runtime: Ref | undefined;
	hardwareId: string | undefined;
	/** What to send, without the runtime. */
	body: IDataObject;
	skipsIfExists: boolean;
	files: CredentialFiles;
	/** Whether a language model called the node without being allowed to. Only in a dry run. */
	needsPermission: boolean;
}

/** The endpoint of each type, and the type that the API shows afterwards. Source: Enapter's draft documentation and SDK. */
const PROVISIONING: Record<DeviceType, { path: string; type: string }> = {
	standalone: { path: 'standalone', type: 'STANDALONE' },
	lua: { path: 'lua_device', type: 'LUA' },
	ucm: { path: 'ucm', type: 'HARDWARE_UCM' },
	vucm: { path: 'vucm', type: 'VIRTUAL_UCM' },
};

/**
 * Plans the creation of devices. Reads first which slugs are in use, and the UCMs of Lua devices. The list of devices is read
 * if a UCM that may exist has another slug than its item, because creating it again would replace its credentials.
 *
 * @throws EnapterApiError if the devices cannot be read
 */
export async function planCreations(items: NewDevice[], run: Run): Promise<Plan> {
	const needsHardwareId = items.some(
		({ hardwareId, slug }) => hardwareId !== undefined && slug !== undefined,
	);
	const fleet = new Fleet(run.client, needsHardwareId ? ['communication'] : []);
	await fleet.findSlugs(items.flatMap(({ slug }) => slug ?? []));
	const mayHaveOtherSlug = ({ skipsIfExists, hardwareId, slug }: NewDevice) =>
		skipsIfExists && hardwareId !== undefined && slug !== undefined && fleet.known(slug) === undefined;
	if (items.some(mayHaveOtherSlug)) await fleet.readAll();
	const runtimes = items.flatMap(({ runtime }) => runtime ?? []);
	const lookups = await fleet.find(runtimes);
	const lookupOf = new Map(lookups.map((lookup, index) => [runtimes[index], lookup]));
	const creation = new Creation(run, fleet, items, lookupOf);
	return { items: items.map((item) => creation.plan(item)), explain: creation.credentials.explain };
}

/** The creation of the devices of a run. */
class Creation {
	readonly credentials: NewCredentials;
	private readonly planned = new Map<NewDevice, Task | { error: unknown }>();
	/** Items that create UCMs, by slug. */
	private readonly ucms: Map<string | undefined, NewDevice>;
	/** Devices that were created or exist already, by the slug of their item, which they may not have. */
	private readonly made = new Map<string, ExpandedDevice>();
	private readonly blueprints: BlueprintChecks;
	/** How many items have each slug and each hardware ID. */
	private readonly slugs: Map<string, number>;
	private readonly hardware: Map<string, number>;
	/** The devices that exist already, by hardware ID. */
	private readonly byHardware = new Map<string, ExpandedDevice>();

	/** @param runtimes the UCMs of Lua devices */
	constructor(
		private readonly run: Run,
		private readonly fleet: Fleet,
		items: NewDevice[],
		private readonly runtimes: Map<Ref | undefined, Lookup>,
	) {
		this.credentials = new NewCredentials(run);
		this.blueprints = new BlueprintChecks(run.client);
		const ucms = items.filter(({ type }) => type === 'ucm' || type === 'vucm');
		this.ucms = new Map(ucms.map((item) => [item.slug, item]));
		this.slugs = countsOf(items.map(({ slug }) => slug));
		this.hardware = countsOf(items.map(({ hardwareId }) => hardwareId?.toUpperCase()));
		for (const device of fleet.all) {
			const hardware = upperCase(device.communication?.hardware_id);
			if (hardware === '') continue;
			// Whether a device shows the hardware ID of its UCM is not documented.
			if (isUcmType(device.type) || !this.byHardware.has(hardware)) this.byHardware.set(hardware, device);
		}
	}

	/** Plans an item, once. */
	plan(item: NewDevice): Task | { error: unknown } {
		return getOrCreate(this.planned, item, () => {
			try {
				return this.taskOf(item);
			} catch (error) {
				return { error };
			}
		});
	}

	/** @throws UserError, ItemFailure or EnapterApiError if the item cannot be processed */
	private taskOf(item: NewDevice): Task {
		const { slug, type, hardwareId, skipsIfExists } = item;
		this.checkOthers(item);
		const runtime = this.runtimeTask(item);
		const withSlug = slug === undefined ? undefined : this.fleet.known(slug);
		const present = withSlug ?? (skipsIfExists ? this.byHardware.get(upperCase(hardwareId)) : undefined);
		if (present !== undefined && skipsIfExists) return this.existing(present, item, withSlug !== undefined);
		if (present !== undefined && !isSameHardware(present, item)) {
			throw new ItemFailure(
				`The slug "${slug}" is already used by ${nameOfDevice(present)}`,
				'Choose another slug, or turn on Skip If It Exists in the options.',
			);
		}
		return {
			...(type === 'ucm' ? { keys: this.credentials.keys } : {}),
			...(runtime === undefined
				? {}
				: { after: [runtime], blockedBy: (error) => withoutRuntime(item, error) }),
			run: async () => [await this.create(item)],
			preview: async () => await this.preview(item),
		};
	}

	/** @throws UserError if another item wants the same slug or hardware */
	private checkOthers({ slug, hardwareId }: NewDevice): void {
		if (slug !== undefined && (this.slugs.get(slug) ?? 0) > 1) {
			throw new UserError(`Several items have the slug "${slug}". Two devices cannot have the same slug.`);
		}
		if (hardwareId !== undefined && (this.hardware.get(hardwareId.toUpperCase()) ?? 0) > 1) {
			throw new UserError(
				`Several items have the hardware ID "${hardwareId}". A UCM is one device, so use one item for it.`,
			);
		}
	}

	/**
	 * Outputs a device instead of creating it.
	 *
	 * @param hasSlug whether the device has the slug of the item; else it has the hardware ID
	 * @throws ItemFailure if it is not the device that the item describes
	 */
	private existing(device: ExpandedDevice, item: NewDevice, hasSlug: boolean): Task {
		const name = nameOfDevice(device);
		const difference = this.differenceOf(device, item);
		if (difference !== undefined) {
			const same = hasSlug ? `slug "${item.slug}"` : `hardware ID "${item.hardwareId}"`;
			throw new ItemFailure(
				`${name} has the ${same}, but ${difference}`,
				hasSlug ? 'Choose another slug.' : 'Check the hardware ID.',
			);
		}
		if (!hasSlug) {
			this.keep(device, item);
			const slug = typeof device.slug === 'string' ? `"${device.slug}"` : 'none';
			this.run.hints.add(
				`${name} (${slug} instead of "${item.slug}")`,
				(names) => `These UCMs exist already, but with another slug: ${names}.`,
			);
		}
		return {
			run: async () => [{ json: { ...this.fleet.output(device, []), created: false } }],
			preview: () => ({ ...identityOf(device), would_create: false }),
		};
	}

	/** How a device differs from the one that an item wants; undefined if it may be the same device. */
	private differenceOf(device: ExpandedDevice, item: NewDevice): string | undefined {
		const { type, body, runtime } = item;
		const { type: wanted } = PROVISIONING[type];
		const found = upperCase(device.type);
		if (found !== '' && found !== wanted) return `its type is ${found}, not ${wanted}`;
		const site = runtime === undefined ? body.site_id : this.runtimeOf(runtime)?.site_id;
		const isElsewhere =
			typeof site === 'string' && typeof device.site_id === 'string' && !isSameId(site, device.site_id);
		if (isElsewhere) return 'it belongs to another site';
		const isOthers = this.hardware.has(upperCase(device.communication?.hardware_id));
		return isOthers && !isSameHardware(device, item) ? 'another item has its hardware ID' : undefined;
	}

	/**
	 * The task that creates the UCM of a Lua device, if another item does.
	 *
	 * @throws EnapterApiError or ItemFailure if there is no such UCM
	 */
	private runtimeTask(item: NewDevice): Task | undefined {
		const { runtime } = item;
		const lookup = this.runtimes.get(runtime);
		if (runtime === undefined || lookup === undefined) return undefined;
		const ucm = this.ucms.get(runtime.id);
		const isMissing = 'error' in lookup;
		if (isMissing && !(isNotFound(lookup.error) && ucm !== undefined)) throw lookup.error;
		const type = isMissing ? '' : upperCase(lookup.device.type);
		if (type !== '' && !isUcmType(type)) {
			throw new ItemFailure(
				`${nameOfRef(runtime)} cannot run a Lua device because its type is ${type}`,
				'Choose a UCM under Runs On.',
			);
		}
		const task = ucm === undefined ? undefined : this.plan(ucm);
		if (task !== undefined && 'error' in task) throw withoutRuntime(item, task.error);
		return task;
	}

	private keep(device: ExpandedDevice, { slug }: NewDevice): ExpandedDevice {
		if (slug !== undefined) this.made.set(slug, device);
		return device;
	}

	/** The UCM of a Lua device, if it is known. */
	private runtimeOf({ id }: Ref): ExpandedDevice | undefined {
		return this.fleet.known(id) ?? this.made.get(id);
	}

	private async create(item: NewDevice): Promise<Output> {
		const created = item.skipsIfExists ? { created: true } : {};
		const { runtime: ref } = item;
		const runtime = ref === undefined ? undefined : (this.runtimeOf(ref) ?? (await this.fleet.get(ref)));
		const result = await this.provision(item, runtime).catch(async (error: unknown) => ({
			device: this.fleet.remember(await this.recover(item, error)),
		}));
		if ('device' in result) {
			return { json: { ...this.fleet.output(result.device, []), ...created, recovered: true } };
		}
		if (result.config !== undefined) this.credentials.add(item.name);
		const device = this.keep(await this.readAgain(result.id, item), item);
		const output = { ...this.fleet.output(device, []), ...created };
		if (result.config === undefined) return { json: output };
		const { json, ...files } = await credentialsOutput(this.run, device, result.config, item.files);
		return { json: { ...output, ...json }, ...files };
	}

	private async provision({ type, body }: NewDevice, runtime: Device | undefined): Promise<Provisioned> {
		return await this.run.client.call({
			method: 'POST',
			path: ['provisioning', PROVISIONING[type].path],
			body: { ...body, ...(runtime === undefined ? {} : { runtime_id: runtime.id }) },
			response: provisioned(type === 'ucm'),
			isIdempotent: false,
			isSecret: type === 'ucm',
		});
	}

	/** Reads the new device. It exists, so if reading fails, only some of its fields are missing. */
	private async readAgain(id: string, { name, slug }: NewDevice): Promise<ExpandedDevice> {
		const { client } = this.run;
		const { query } = this.fleet;
		const read = async () => {
			const device = await getDevice(client, { id, name }, query);
			if (slug === undefined || device.slug === slug) return device;
			// The documentation of UCMs does not mention a slug, so it may have been ignored.
			return await client.call({
				method: 'PATCH',
				path: ['devices', id],
				query,
				body: { slug },
				response: deviceShape(id),
				isIdempotent: true,
			});
		};
		const device = await read().catch((error: unknown): ExpandedDevice => {
			this.run.hints.add(name, (names) =>
				sentences(`${names}: created, but could not be read or did not get the slug: ${causeOf(error)}`),
			);
			return { id, name };
		});
		return this.fleet.remember(device);
	}

	/**
	 * Finds the device that a failed request created.
	 *
	 * @throws the error of the item if the device was not found; its outcome stays unknown
	 */
	private async recover(item: NewDevice, error: unknown): Promise<ExpandedDevice> {
		const { name, slug, type } = item;
		const failure = creationFailure(item, error);
		// A UCM that is found this way is useless, because its credentials are lost.
		if (outcomeOfError(error) !== 'unknown' || slug === undefined || type === 'ucm') throw failure;
		for (const delay of LOOKUP_DELAYS) {
			await wait(delay, this.run.stop);
			const device = await this.fleet.get({ id: slug }).catch((reason: unknown) => {
				if (!isNotFound(reason)) throw failure;
				return undefined;
			});
			if (device === undefined) continue;
			if (device.name !== name || this.differenceOf(device, item) !== undefined) throw failure;
			return device;
		}
		// The creation may still be in progress, so this proves nothing.
		if (!(failure instanceof EnapterApiError)) throw failure;
		throw failure.withConsequences(`No device has the slug "${slug}" so far`);
	}

	private async preview({ type, body, runtime, needsPermission }: NewDevice): Promise<IDataObject> {
		const { blueprint_id: blueprint } = body;
		if (typeof blueprint === 'string') await this.blueprints.check(blueprint);
		return {
			...body,
			...(runtime === undefined ? {} : { runtime_id: this.runtimeOf(runtime)?.id ?? runtime.id }),
			type: PROVISIONING[type].type,
			would_create: true,
			...(needsPermission ? { needs_confirmation: true } : {}),
		};
	}
}

interface Provisioned {
	id: string;
	config?: DeviceConfig;
}

/** A response with `device_id`, and for a UCM also `config`. Other fields are ignored. */
function provisioned(isUcm: boolean): ResponseShape<Provisioned> {
	return {
		expected: isUcm ? 'the new UCM and its configuration' : 'the ID of the new device',
		read(body) {
			if (!isObject(body) || typeof body.device_id !== 'string' || body.device_id === '') return undefined;
			const { device_id: id, config } = body;
			if (!isUcm) return { id };
			return isConfig(config) ? { id, config } : undefined;
		},
	};
}

/** How often each value occurs. */
function countsOf(values: Array<string | undefined>): Map<string, number> {
	const counts = new Map<string, number>();
	for (const value of values) if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
	return counts;
}

function isUcmType(type: unknown): boolean {
	return upperCase(type).endsWith('UCM');
}

/** Whether the device is the UCM itself, which then gets new credentials. */
function isSameHardware({ communication }: ExpandedDevice, { hardwareId }: NewDevice): boolean {
	return hardwareId !== undefined && upperCase(communication?.hardware_id) === upperCase(hardwareId);
}

/** The error of a Lua device whose UCM was not created, or may not have been. */
function withoutRuntime({ name }: NewDevice, error: unknown): unknown {
	if (error instanceof NotSentError) return error;
	return new ItemFailure(
		`${quotedIfNeeded(name)} was not created: ${reasonOf(error)}`,
		'The device runs on this UCM. Run the item again when the UCM exists.',
	);
}

/** The error of a device that was not created, or may have been. */
function creationFailure({ type, name, slug, skipsIfExists }: NewDevice, error: unknown): unknown {
	if (!(error instanceof EnapterApiError)) return error;
	const { reason, outcome, isFromApi, status, advice } = error.requestFailure;
	const shown = quotedIfNeeded(name);
	if (outcome !== 'unknown') {
		const special = isFromApi && status !== undefined ? adviceFor(status, type) : undefined;
		return error.with({ reason: `${shown} was not created: ${reason}`, advice: special ?? advice });
	}
	const lookFor = (device: string) =>
		`Look for ${device} with Device → Get Many before you run the item again`;
	return error
		.with({ reason: `It is unknown whether ${shown} was created: ${reason}` })
		.withConsequences(
			...(type === 'ucm'
				? [
						`${shown} may have been given credentials that were not received: ${
							skipsIfExists
								? 'if it exists, run Generate Config for it'
								: 'run the item again. The UCM then gets new credentials; no second device is created'
						}`,
					]
				: slug === undefined
					? [
							lookFor(shown),
							'Next time set a Slug under Additional Fields, so that the node can look for the device by itself',
						]
					: [
							skipsIfExists
								? 'You can run the item again: Skip If It Exists outputs the device if it was created'
								: `${lookFor(`the slug "${slug}"`)}; with Skip If It Exists you can run it again`,
						]),
		);
}

function adviceFor(status: number, type: DeviceType): string | undefined {
	if (status === 409) return 'Choose another slug or hardware ID: it is already used.';
	if (status === 404 && type === 'vucm') {
		return 'Virtual UCMs can only be created on a Gateway: check the Base URL in the credential.';
	}
	return undefined;
}

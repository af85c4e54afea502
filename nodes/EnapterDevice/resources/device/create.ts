import type { IDataObject } from 'n8n-workflow';
import { UserError } from 'n8n-workflow';

import { defineOperation } from '../../execution/operation';
import type { Output, Task } from '../../execution/operation';
import type { Run } from '../../execution/run';
import { required, shownIf, withDefault } from '../../fields/field';
import {
	choice,
	collection,
	DRY_RUN_TOOL_NOTICE,
	HUMAN_REVIEW,
	identifier,
	notice,
	text,
	toggle,
	toolNotice,
} from '../../fields/kinds';
import type { Ref } from '../../fields/locators';
import { BLUEPRINT, described, locator, nameOfRef, SITE } from '../../fields/locators';
import { DRY_RUN, options } from '../../fields/options';
import { wait } from '../../transport/clock';
import { upperCase } from '../../transport/enums';
import { EnapterApiError, isNotFound, ItemFailure, NotSentError, reasonOf } from '../../transport/errors';
import { isObject } from '../../transport/json';
import { getOrCreate } from '../../transport/memo';
import type { Explain, ResponseShape } from '../../transport/response';
import { counted, quotedIfNeeded, sentences } from '../../transport/text';
import { checkBlueprint } from './blueprint';
import type { CredentialFiles, DeviceConfig } from './credentialFiles';
import {
	ALLOW_AI,
	checkCredentialOptions,
	CREDENTIAL_FILES,
	credentialsOutput,
	isConfig,
	lostCredentials,
	NOT_FOR_AI,
	PROTOCOL,
} from './credentialFiles';
import type { Device, ExpandedDevice } from './device';
import { deviceShape, identityOf, isSameId, nameOfDevice } from './device';
import { Fleet, getDevice } from './fleet';

const TYPES = ['standalone', 'lua', 'ucm', 'vucm'] as const;

type DeviceType = (typeof TYPES)[number];

/** The endpoint of each type, and the type that the API shows afterwards. Source: Enapter's draft documentation and SDK. */
const PROVISIONING: Record<DeviceType, { path: string; type: string }> = {
	standalone: { path: 'standalone', type: 'STANDALONE' },
	lua: { path: 'lua_device', type: 'LUA' },
	ucm: { path: 'ucm', type: 'HARDWARE_UCM' },
	vucm: { path: 'vucm', type: 'VIRTUAL_UCM' },
};

const DEVICE_TYPE = withDefault(
	choice(
		{
			displayName: 'Device Type',
			name: 'deviceType',
			type: 'options',
			default: 'standalone',
			description: 'What to create',
			options: [
				{ name: 'Lua Device', value: 'lua', description: 'A blueprint that runs on a UCM' },
				{
					name: 'Standalone Device',
					value: 'standalone',
					description: 'A device that connects by itself. Get its credentials with Generate Config.',
				},
				{
					name: 'UCM',
					value: 'ucm',
					description: 'Universal Communication Module. The output contains its credentials.',
				},
				{ name: 'Virtual UCM', value: 'vucm', description: 'A UCM that a Gateway runs. Only on Gateways.' },
			],
		},
		TYPES,
	),
	'standalone' as const,
);

const NAME = required(
	text({
		displayName: 'Name',
		name: 'name',
		type: 'string',
		default: '',
		placeholder: 'e.g. Hydrogen detector',
		description: 'The name of the new device',
	}),
);

const SITE_OF_DEVICE = shownIf(required(described(SITE, 'The site of the new device')), {
	deviceType: ['standalone', 'ucm'],
});

const RUNTIME = shownIf(
	required(
		locator({
			displayName: 'Runs On',
			name: 'runtimeId',
			type: 'resourceLocator',
			default: { mode: 'list', value: '' },
			description: 'The UCM that runs the new device, by its ID or slug',
			modes: [
				{
					displayName: 'From List',
					name: 'list',
					type: 'list',
					placeholder: 'Select a UCM...',
					typeOptions: { searchListMethod: 'searchRuntimes', searchable: true },
				},
				{
					displayName: 'By ID',
					name: 'id',
					type: 'string',
					placeholder: 'e.g. fecbbba0-79f2-4e9e-a6f0-69a310ab110b',
					hint: 'The ID of the UCM, or its slug',
				},
			],
		}),
	),
	{ deviceType: ['lua'] },
);

const BLUEPRINT_OF_DEVICE = shownIf(
	required(
		described(
			BLUEPRINT,
			'The blueprint of the new device. The list contains the blueprints that your devices use. Enter the ID for any other.',
		),
	),
	{ deviceType: ['lua'] },
);

const HARDWARE_ID = shownIf(
	required(
		identifier({
			displayName: 'Hardware ID',
			name: 'hardwareId',
			type: 'string',
			default: '',
			placeholder: 'e.g. 7DD4E7A6AD2B4C1F9D6E8B0C5A3F2E1D',
			description: 'The hardware ID of the UCM. For a virtual UCM, any ID that no other one has.',
		}),
	),
	{ deviceType: ['ucm', 'vucm'] },
);

const ADDITIONAL_FIELDS = collection(
	{ displayName: 'Additional Fields', name: 'additionalFields', placeholder: 'Add field' },
	identifier({
		displayName: 'Slug',
		name: 'slug',
		type: 'string',
		default: '',
		placeholder: 'e.g. hydrogen-detector',
		description:
			'A short name for use instead of the ID, unique in the fleet. If a response is lost, the node uses it to find out whether the device was created.',
	}),
);

const NOTICE = notice(
	'createNotice',
	'Enter a slug and turn on Skip If It Exists, so that the workflow can run again without creating devices twice. Turn on Dry Run in the options to see what would happen.',
);

const UCM = { deviceType: ['ucm'] };

const UCM_NOTICE = shownIf(
	notice(
		'createUcmNotice',
		"The output contains credentials that Enapter does not show again. n8n keeps them in this workflow's executions: limit who can see the executions, or turn off saving them in the workflow's settings. A UCM that exists already (same hardware ID and site) gets new credentials, not a second device: the old credentials stop working at once.",
	),
	UCM,
);

const TOOL_NOTICES = [
	toolNotice(`The AI can create devices wherever the API Token allows it. ${HUMAN_REVIEW}`, undefined, {
		deviceType: ['lua', 'standalone', 'vucm'],
	}),
	toolNotice(NOT_FOR_AI, { option: 'allowAiTool', isOn: false }, UCM),
	toolNotice(
		`The AI can create UCMs wherever the API Token allows it and disconnect existing ones, and sees their new private key or password. ${HUMAN_REVIEW}`,
		{ option: 'allowAiTool', isOn: true },
		UCM,
	),
] as const;

const SKIP_IF_EXISTS = toggle({
	displayName: 'Skip If It Exists',
	name: 'skipIfExists',
	type: 'boolean',
	default: true,
	description:
		'Whether to output the device that has this slug already instead of failing. It must be of the same type and site. Adds a "created" field to the output.',
});

const ONLY_UCM = { '/deviceType': ['ucm'] };

interface Item {
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

/** Creates devices. Never sent again if the outcome is unknown: only a slug could identify the device. */
export const create = defineOperation({
	option: {
		name: 'Create',
		value: 'create',
		action: 'Create a device',
		description: 'Create a standalone device, a Lua device or a UCM',
	},
	fields: [
		DEVICE_TYPE,
		NAME,
		SITE_OF_DEVICE,
		RUNTIME,
		BLUEPRINT_OF_DEVICE,
		HARDWARE_ID,
		shownIf(PROTOCOL, UCM),
		NOTICE,
		UCM_NOTICE,
		...TOOL_NOTICES,
		DRY_RUN_TOOL_NOTICE,
		ADDITIONAL_FIELDS,
		options(shownIf(ALLOW_AI, ONLY_UCM), DRY_RUN, shownIf(CREDENTIAL_FILES, ONLY_UCM), SKIP_IF_EXISTS),
	],
	isIdempotent: false,

	dryRunSummary: (outputs) =>
		`${outputs.filter(({ created }) => created === true).length} of ${counted(outputs.length, 'device')} would be created`,

	prepare(values, { isTool }): Item {
		const { deviceType: type, name, siteId, runtimeId, blueprintId, hardwareId, options: chosen } = values;
		const { slug } = values.additionalFields;
		const { skipIfExists, credentialFiles = 'none', allowAiTool = false, dryRun } = chosen;
		const protocol = type === 'ucm' ? (values.protocol ?? 'MQTTS') : undefined;
		if (protocol !== undefined) {
			checkCredentialOptions('Creating a UCM', protocol, { credentialFiles, allowAiTool, dryRun }, isTool);
		}
		if (skipIfExists && slug === undefined) {
			throw new UserError(
				'Skip If It Exists needs a Slug, because names can repeat. Add the Slug under Additional Fields.',
			);
		}
		return {
			type,
			name,
			slug,
			runtime: runtimeId,
			hardwareId,
			body: {
				name,
				...(slug === undefined ? {} : { slug }),
				...(siteId === undefined ? {} : { site_id: siteId.id }),
				...(blueprintId === undefined ? {} : { blueprint_id: blueprintId.id }),
				...(hardwareId === undefined ? {} : { hardware_id: hardwareId }),
				...(protocol === undefined ? {} : { protocol }),
			},
			skipsIfExists: skipIfExists,
			files: credentialFiles,
			needsPermission: type === 'ucm' && isTool && !allowAiTool,
		};
	},

	async plan(items, run) {
		const creation = new Creation(run, items);
		await creation.look();
		return { items: items.map((item) => creation.plan(item)), explain: creation.explain };
	},
});

/** The creation of the devices of a run. */
class Creation {
	private readonly fleet: Fleet;
	private existing = new Map<string, ExpandedDevice>();
	private readonly runtimeErrors = new Map<string, unknown>();
	/** Tasks that create devices, by slug. */
	private readonly tasks = new Map<string, Task>();
	private readonly blueprints = new Map<string, Promise<void>>();
	/** Names of devices with new credentials. */
	private readonly credentials: string[] = [];
	/** How many items have each slug and each hardware ID. */
	private readonly slugs: Map<string, number>;
	private readonly hardware: Map<string, number>;

	constructor(
		private readonly run: Run,
		private readonly items: Item[],
	) {
		const needsHardwareId = items.some(
			({ hardwareId, slug }) => hardwareId !== undefined && slug !== undefined,
		);
		this.fleet = new Fleet(run.client, needsHardwareId ? ['communication'] : []);
		this.slugs = countsOf(items.map(({ slug }) => slug));
		this.hardware = countsOf(items.map(({ hardwareId }) => hardwareId?.toUpperCase()));
	}

	/**
	 * Reads which slugs are in use, and the UCMs of Lua devices.
	 *
	 * @throws EnapterApiError if the devices cannot be read
	 */
	async look(): Promise<void> {
		this.existing = await this.fleet.withSlugs(this.items.flatMap(({ slug }) => slug ?? []));
		const runtimes = this.items.flatMap(({ runtime }) => runtime ?? []);
		const lookups = await this.fleet.find(runtimes);
		for (const [index, lookup] of lookups.entries()) {
			if ('error' in lookup) this.runtimeErrors.set(runtimes[index]?.id ?? '', lookup.error);
		}
	}

	/** Plans an item. Must be called in item order. */
	plan(item: Item): Task | { error: unknown } {
		try {
			return this.taskOf(item);
		} catch (error) {
			return { error };
		}
	}

	/** In Stop Workflow the output is lost, and with it the new credentials. Only one item reports that, for all. */
	readonly explain = async (error: unknown): Promise<unknown> => {
		if (!this.run.stopsAtFailure || this.credentials.length === 0) return error;
		if (!(error instanceof EnapterApiError || error instanceof ItemFailure)) return error;
		return error.withConsequences(lostCredentials(this.credentials.splice(0)));
	};

	/** @throws UserError or EnapterApiError if the item cannot be processed */
	private taskOf(item: Item): Task {
		const { slug, type } = item;
		this.checkOthers(item);
		const present = slug === undefined ? undefined : this.existing.get(slug);
		const runtimeTask = this.runtimeTask(item);
		if (present !== undefined && (item.skipsIfExists || !isSameHardware(present, item))) {
			this.checkExisting(present, item);
		}
		if (present !== undefined && item.skipsIfExists) {
			return {
				run: async () => [{ json: { ...this.fleet.output(present, []), created: false } }],
				preview: () => ({ ...identityOf(present), created: false }),
			};
		}
		const task: Task = {
			// One at a time: if the run stops at a failure, the output and all credentials in it are lost.
			keys: type === 'ucm' && this.run.stopsAtFailure ? ['one at a time'] : [],
			...(runtimeTask === undefined
				? {}
				: { after: [runtimeTask], blockedBy: (error) => withoutRuntime(item, error) }),
			run: async () => [await this.create(item)],
			preview: async () => await this.preview(item),
		};
		if (slug !== undefined) this.tasks.set(slug, task);
		return task;
	}

	/** @throws UserError if another item wants the same slug or hardware */
	private checkOthers({ slug, hardwareId }: Item): void {
		if (slug !== undefined && (this.slugs.get(slug) ?? 0) > 1) {
			throw new UserError(`Several items have the slug "${slug}". Two devices cannot have the same slug.`);
		}
		if (hardwareId !== undefined && (this.hardware.get(hardwareId.toUpperCase()) ?? 0) > 1) {
			throw new UserError(
				`Several items have the hardware ID "${hardwareId}". A UCM is one device, so use one item for it.`,
			);
		}
	}

	/** @throws ItemFailure if the device that has the slug must not be used */
	private checkExisting(device: ExpandedDevice, item: Item): void {
		const { slug, skipsIfExists } = item;
		const name = nameOfDevice(device);
		if (!skipsIfExists) {
			throw new ItemFailure(
				`The slug "${slug}" is already used by ${name}`,
				'Choose another slug, or turn on Skip If It Exists in the options.',
			);
		}
		const difference = this.differenceOf(device, item);
		if (difference === undefined) return;
		throw new ItemFailure(`${name} has the slug "${slug}", but ${difference}`, 'Choose another slug.');
	}

	/** How a device differs from the one that an item wants; undefined if it may be the same device. */
	private differenceOf(device: ExpandedDevice, item: Item): string | undefined {
		const { type, body, runtime } = item;
		const { type: wanted } = PROVISIONING[type];
		const found = upperCase(device.type);
		if (found !== '' && found !== wanted) return `its type is ${found}, not ${wanted}`;
		const site = runtime === undefined ? body.site_id : this.fleet.known(runtime.id)?.site_id;
		const isElsewhere =
			typeof site === 'string' && typeof device.site_id === 'string' && !isSameId(site, device.site_id);
		if (isElsewhere) return 'it belongs to another site';
		const isOthers = this.hardware.has(upperCase(device.communication?.hardware_id));
		return isOthers && !isSameHardware(device, item) ? 'another item has its hardware ID' : undefined;
	}

	/**
	 * The task that creates the UCM of a Lua device, if an earlier item does.
	 *
	 * @throws EnapterApiError or ItemFailure if there is no such UCM
	 */
	private runtimeTask({ runtime }: Item): Task | undefined {
		if (runtime === undefined) return undefined;
		const task = this.tasks.get(runtime.id);
		const error = this.runtimeErrors.get(runtime.id);
		if (error !== undefined && !(isNotFound(error) && task !== undefined)) throw error;
		const device = this.fleet.known(runtime.id);
		const type = upperCase(device?.type);
		if (type === '' || type.endsWith('UCM')) return task;
		throw new ItemFailure(
			`${nameOfRef(runtime)} cannot run a Lua device because its type is ${type}`,
			'Choose a UCM under Runs On.',
		);
	}

	private async create(item: Item): Promise<Output> {
		const { type, files, skipsIfExists } = item;
		const created = skipsIfExists ? { created: true } : {};
		const runtime = item.runtime === undefined ? undefined : await this.fleet.get(item.runtime);
		const result = await this.provision(item, runtime).catch(async (error: unknown) => {
			const device = await this.recover(item, error);
			// Here too, because errors of a cancelled run are not explained.
			if (device === undefined) throw await this.explain(withAdvice(error, item));
			return { device };
		});
		if ('device' in result) {
			const device = this.fleet.remember(result.device);
			return { json: { ...this.fleet.output(device, []), ...created, recovered: true } };
		}
		if (type === 'ucm') this.credentials.push(quotedIfNeeded(item.name));
		const device = await this.readAgain(result.id, item);
		const output = { ...this.fleet.output(device, []), ...created };
		if (result.config === undefined) return { json: output };
		const { json, ...rest } = await credentialsOutput(this.run, device, result.config, files);
		return { json: { ...output, ...json }, ...rest };
	}

	private async provision({ type, name, body }: Item, runtime: Device | undefined): Promise<Provisioned> {
		return await this.run.client.call({
			method: 'POST',
			path: ['provisioning', PROVISIONING[type].path],
			body: { ...body, ...(runtime === undefined ? {} : { runtime_id: runtime.id }) },
			response: type === 'ucm' ? PROVISIONED_UCM : PROVISIONED,
			isIdempotent: false,
			isSecret: type === 'ucm',
			explain: explainCreation(name, type),
		});
	}

	/** Reads the new device. It exists, so if reading fails, only some of its fields are missing. */
	private async readAgain(id: string, { name, slug }: Item): Promise<ExpandedDevice> {
		const { client } = this.run;
		const read = async () => {
			const device = await getDevice(client, { id, name }, this.fleet.query);
			if (slug === undefined || device.slug === slug) return device;
			// The documentation of UCMs does not mention a slug, so it may have been ignored.
			return await client.call({
				method: 'PATCH',
				path: ['devices', id],
				query: this.fleet.query,
				body: { slug },
				response: deviceShape(id),
				isIdempotent: true,
			});
		};
		const device = await read().catch((error: unknown): ExpandedDevice => {
			const shown = quotedIfNeeded(name);
			const reason = reasonOf(error).replace(`Device ${shown}: `, '');
			this.run.hints.add(
				name,
				(names) => `${names}: created, but could not be read or did not get the slug: ${reason}`,
			);
			return { id, name };
		});
		return this.fleet.remember(device);
	}

	/**
	 * Looks for a device whose creation has an unknown outcome.
	 *
	 * @returns undefined if it is unknown whether the device exists
	 * @throws ItemFailure if it was not created
	 */
	private async recover(item: Item, error: unknown): Promise<ExpandedDevice | undefined> {
		const { name, slug, type } = item;
		if (!(error instanceof EnapterApiError) || error.outcome !== 'unknown') return undefined;
		// A UCM that is found this way is useless, because its credentials are lost.
		if (slug === undefined || type === 'ucm') return undefined;
		for (const delay of LOOKUP_DELAYS) {
			await wait(delay, this.run.stop);
			const [lookup] = await this.fleet.find([{ id: slug }]).catch(() => []);
			if (lookup === undefined) return undefined;
			if ('device' in lookup) {
				const { device } = lookup;
				const isWanted = device.name === name && this.differenceOf(device, item) === undefined;
				return isWanted ? device : undefined;
			}
			if (!isNotFound(lookup.error)) return undefined;
		}
		// Whether a virtual UCM gets its slug at once is not documented.
		if (type === 'vucm') return undefined;
		throw new ItemFailure(
			`${quotedIfNeeded(name)} was not created: no device has the slug "${slug}"`,
			sentences(`The API did not confirm the creation: ${error.requestFailure.reason}`, 'Run the item again'),
		);
	}

	private async preview({ type, body, runtime, needsPermission }: Item): Promise<IDataObject> {
		const { blueprint_id: blueprint } = body;
		if (typeof blueprint === 'string') {
			await getOrCreate(
				this.blueprints,
				blueprint,
				async () => await checkBlueprint(this.run.client, blueprint),
			);
		}
		return {
			...body,
			...(runtime === undefined ? {} : { runtime_id: this.fleet.known(runtime.id)?.id ?? runtime.id }),
			type: PROVISIONING[type].type,
			created: true,
			...(needsPermission ? { needs_confirmation: true } : {}),
		};
	}
}

/** Waits before looking for a device whose creation may still be in progress, in milliseconds. */
const LOOKUP_DELAYS = [0, 1_000, 3_000];

interface Provisioned {
	id: string;
	config?: DeviceConfig;
}

/** `{ device_id }`, with other fields. */
const PROVISIONED: ResponseShape<Provisioned> = {
	expected: 'the ID of the new device',
	read: (body) =>
		isObject(body) && typeof body.device_id === 'string' && body.device_id !== ''
			? { id: body.device_id }
			: undefined,
};

/** `{ device_id, config }`, with other fields. */
const PROVISIONED_UCM: ResponseShape<Provisioned> = {
	expected: 'the new UCM and its configuration',
	read: (body, headers) => {
		const provisioned = PROVISIONED.read(body, headers);
		if (provisioned === undefined || !isObject(body) || !isConfig(body.config)) return undefined;
		return { ...provisioned, config: body.config };
	},
};

/** How often each value occurs. */
function countsOf(values: Array<string | undefined>): Map<string, number> {
	const counts = new Map<string, number>();
	for (const value of values) if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
	return counts;
}

/** Whether the device is the UCM itself, which then gets new credentials. */
function isSameHardware({ communication }: ExpandedDevice, { hardwareId }: Item): boolean {
	return hardwareId !== undefined && upperCase(communication?.hardware_id) === upperCase(hardwareId);
}

function explainCreation(name: string, type: DeviceType): Explain {
	return ({ reason, outcome, status, isFromApi }) => ({
		...(outcome === 'unknown' ? {} : { reason: `${quotedIfNeeded(name)} was not created: ${reason}` }),
		...(isFromApi && status === 404 && type === 'vucm'
			? { advice: 'Virtual UCMs can only be created on a Gateway: check the Base URL in the credential.' }
			: {}),
		...(isFromApi && status === 409
			? { advice: 'Choose another slug or hardware ID: it is already used.' }
			: {}),
	});
}

/** The error of a Lua device whose UCM was not created, or may not have been. */
function withoutRuntime({ name }: Item, error: unknown): unknown {
	if (error instanceof NotSentError) return error;
	return new ItemFailure(
		`${quotedIfNeeded(name)} was not created: ${reasonOf(error)}`,
		'The device runs on this UCM. Run the item again when the UCM exists.',
	);
}

/** Adds what to do about a device that may have been created. */
function withAdvice(error: unknown, { type, name, slug }: Item): unknown {
	if (!(error instanceof EnapterApiError) || error.outcome !== 'unknown') return error;
	const shown = quotedIfNeeded(name);
	const reason = `It is unknown whether ${shown} was created: ${error.requestFailure.reason}`;
	const advice =
		type === 'ucm'
			? [
					`${shown} may have been given credentials that were not received: run the item again. The UCM then gets new credentials; no second device is created`,
				]
			: slug === undefined
				? [
						`Look for ${shown} with Device → Get Many before you run the item again`,
						'If you set a Slug under Additional Fields, the node looks for the device by itself',
					]
				: [`Look for the slug "${slug}" with Device → Get Many before you run the item again`];
	return error.with({ reason }).withConsequences(...advice);
}

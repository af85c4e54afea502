import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { UserError } from 'n8n-workflow';

import { Sequence } from '../../execution/sequence';
import type { Run } from '../../execution/run';
import { DEVICE_ID } from '../../fields/locators';
import { notice, toolNotice } from '../../fields/notice';
import { chosenToggle, optionsField } from '../../fields/options';
import { parseChoice, parseCollection, parseId } from '../../fields/parse';
import { EnapterApiError } from '../../transport/errors';
import { isObject } from '../../transport/json';
import type { ResponseShape } from '../../transport/response';
import { listed } from '../../transport/text';
import type { Operation, Output, PlannedItem } from '../../execution/operation';
import type { ExpandedDevice } from './device';
import { aboutDevice, calledDevice, GONE_ADVICE } from './device';
import type { Lookup } from './fleet';
import { Fleet } from './fleet';

const NOTICE = notice(
	'generateConfigNotice',
	"The device may lose its connection until it has the new credentials. Enapter does not show them again; n8n keeps them in this workflow's executions: limit who sees those, or switch saving them off in the workflow's settings.",
);

const TOOL_NOTICE = toolNotice(
	'Refused when a model calls it, unless Allow AI to See Credentials is on: the new private keys and passwords would go to the model.',
);

const PROTOCOLS = ['MQTTS', 'MQTT'] as const;

const PROTOCOL: INodeProperties = {
	displayName: 'Protocol',
	name: 'protocol',
	type: 'options',
	default: 'MQTTS',
	description: 'How the device will connect to Enapter Cloud',
	options: [
		{
			name: 'MQTTS (Encrypted)',
			value: 'MQTTS',
			description: 'The device gets a private key and a certificate',
		},
		{
			name: 'MQTT (Not Encrypted)',
			value: 'MQTT',
			description: 'The device gets a user name and a password',
		},
	],
};

const FILE_KINDS = ['none', 'json', 'pem'] as const;

const CREDENTIAL_FILES: INodeProperties = {
	displayName: 'Output Credentials As',
	name: 'credentialFiles',
	type: 'options',
	default: 'none',
	description:
		'How the output holds the credentials: as fields, or as files that the next node can write or send',
	options: [
		{
			name: 'Fields',
			value: 'none',
			description: 'In config.mqtt_credentials, beside the rest of the configuration',
		},
		{
			name: 'One JSON File',
			value: 'json',
			description: 'The whole configuration as the binary file "config", ready for the device',
		},
		{
			name: 'PEM Files',
			value: 'pem',
			description: 'MQTTS only: the binary files "private_key", "certificate" and "ca_chain"',
		},
	],
};

const ALLOW_AI: INodeProperties = {
	displayName: 'Allow AI to See Credentials',
	name: 'allowAiTool',
	type: 'boolean',
	noDataExpression: true,
	default: false,
	description:
		'Whether a language model that uses this node as a tool may generate credentials, and with that see them',
};

const PEM_FILES = ['private_key', 'certificate', 'ca_chain'];

/** Such a device is connected through another (Device Management specification). */
const WITHOUT_CONFIG = ['UCM_LUA', 'UCM_EMBEDDED'];

/** What a device needs to connect; the credentials differ by protocol. */
interface DeviceConfig extends IDataObject {
	mqtt_credentials: IDataObject;
}

/** `{ config }`. */
const DEVICE_CONFIG: ResponseShape<DeviceConfig> = {
	expected: 'a device configuration',
	read: (body) => (isObject(body) && isConfig(body.config) ? body.config : undefined),
};

function isConfig(value: unknown): value is DeviceConfig {
	return isObject(value) && isObject(value.mqtt_credentials);
}

interface Item {
	named: string;
	protocol: (typeof PROTOCOLS)[number];
	files: (typeof FILE_KINDS)[number];
}

/** Generates new credentials for devices. Never sent again when it may have been carried out: each time makes others. */
export const generateConfig: Operation<Item> = {
	option: {
		name: 'Generate Config',
		value: 'generateConfig',
		action: 'Generate a device config with new credentials',
		description: 'Create new credentials with which a device connects to Enapter Cloud',
	},
	fields: [DEVICE_ID, PROTOCOL, NOTICE, TOOL_NOTICE, optionsField(ALLOW_AI, CREDENTIAL_FILES)],

	prepare(parameters) {
		const named = parseId(parameters.get('deviceId', ''), 'Device');
		const protocol = parseChoice(parameters.get('protocol', 'MQTTS'), 'Protocol', PROTOCOLS);
		const options = parseCollection(parameters.get('options', {}), 'Options');
		const files = parseChoice(options.credentialFiles ?? 'none', 'Output Credentials As', FILE_KINDS);
		const mayAiSee = chosenToggle(parameters, ALLOW_AI);
		if (files === 'pem' && protocol === 'MQTT') {
			throw new UserError(
				'MQTT has a user name and a password, no PEM files. Set Output Credentials As to One JSON File, or Protocol to MQTTS.',
			);
		}
		if (parameters.isTool && !mayAiSee) {
			throw new UserError(
				'Generate Config would show new credentials to the language model. A person can allow that with the option Allow AI to See Credentials in the panel of this tool.',
			);
		}
		if (parameters.isTool && files !== 'none') {
			throw new UserError(
				'A language model gets no files, so the new credentials would be lost. Set Output Credentials As to Fields.',
			);
		}
		return { named, protocol, files };
	},

	async plan(items, run) {
		const fleet = new Fleet(run.client, { expand: 'communication' });
		const lookups = await fleet.find(items.map(({ named }) => named));
		const devices = lookups.map(checked);
		// Of several configurations of one device only the last works, so one is made, as the last item asks for it.
		const protocols = new Map<string, Item['protocol']>();
		items.forEach(({ protocol }, index) => {
			const device = devices[index];
			if (device !== undefined && 'device' in device) protocols.set(device.device.id, protocol);
		});
		const configs = new Configs(run, protocols);
		return items.map((item, index): PlannedItem => {
			const found = devices[index];
			if (found === undefined) return { error: new UserError(`Device "${item.named}" was not looked up.`) };
			if ('error' in found) return found;
			return async () => [await outputOf(run, item, found.device, await configs.of(found.device))];
		});
	},
};

/** A device that a configuration can be generated for. */
function checked(lookup: Lookup): Lookup {
	if ('error' in lookup) return lookup;
	const { device } = lookup;
	const type = device.communication?.type;
	if (type === undefined || !WITHOUT_CONFIG.includes(type)) return lookup;
	return {
		error: new UserError(
			`${calledDevice(device)} has no configuration of its own: its communication type is ${type}. It is connected through a UCM: generate the configuration of that device.`,
		),
	};
}

/** The configurations of a run: one a device, one after the other, and none is lost without a word. */
class Configs {
	private readonly sequence = new Sequence();
	private readonly begun = new Map<string, Promise<DeviceConfig>>();
	private readonly made: string[] = [];

	constructor(
		private readonly run: Run,
		private readonly protocols: Map<string, Item['protocol']>,
	) {}

	/**
	 * The new configuration of a device.
	 *
	 * @throws EnapterApiError, with the devices whose configuration was made and is lost with this run
	 */
	async of(device: ExpandedDevice): Promise<DeviceConfig> {
		const begun =
			this.begun.get(device.id) ??
			this.sequence.follow(['one at a time'], async () => await this.generate(device));
		this.begun.set(device.id, begun);
		return await begun;
	}

	private async generate(device: ExpandedDevice): Promise<DeviceConfig> {
		const name = calledDevice(device);
		try {
			const config = await this.run.client.call({
				method: 'POST',
				path: ['devices', device.id, 'generate_config'],
				body: { protocol: this.protocols.get(device.id) },
				response: DEVICE_CONFIG,
				isIdempotent: false,
				isSecret: true,
				explain: aboutDevice(name, {
					404: GONE_ADVICE,
					422: 'A device with communication type UCM_LUA or UCM_EMBEDDED is connected through its UCM: generate the configuration of that one.',
				}),
			});
			this.made.push(name);
			return config;
		} catch (error) {
			throw error instanceof EnapterApiError ? error.withAftermath(...this.lost(name, error)) : error;
		}
	}

	/** What a user has to know who does not get what was made. */
	private lost(name: string, { isOutcomeUnknown }: EnapterApiError): string[] {
		const unknown = isOutcomeUnknown
			? [`${name} may have new credentials that nobody has: run it again`]
			: [];
		if (!this.run.stopsAtFailure || this.made.length === 0) return unknown;
		return [
			...unknown,
			`New credentials were made for ${listed(this.made)} and are not in the output: run ${this.made.length === 1 ? 'it' : 'these'} again`,
		];
	}
}

async function outputOf(
	run: Run,
	{ files }: Item,
	device: ExpandedDevice,
	config: DeviceConfig,
): Promise<Output> {
	const whole: Output = { json: { device_id: device.id, config } };
	if (files === 'none') return whole;
	try {
		const name = (device.slug ?? device.id).replace(/[^\w-]/g, '_');
		return files === 'json'
			? await asJsonFile(run, device, config, name)
			: await asPemFiles(run, device, config, name);
	} catch (error) {
		run.hint(
			`The files of ${calledDevice(device)} could not be written (${(error as Error).message}): its credentials are in the fields of the output.`,
		);
		return whole;
	}
}

async function asJsonFile(
	run: Run,
	{ id }: ExpandedDevice,
	config: DeviceConfig,
	name: string,
): Promise<Output> {
	const content = Buffer.from(JSON.stringify(config, null, 2));
	const file = await run.prepareBinaryData(content, `${name}-config.json`, 'application/json');
	return { json: { device_id: id }, binary: { config: file } };
}

/** What the API does not call by one of the three names stays a field, so that it is not lost. */
async function asPemFiles(
	run: Run,
	{ id }: ExpandedDevice,
	config: DeviceConfig,
	name: string,
): Promise<Output> {
	const credentials = { ...config.mqtt_credentials };
	const binary: NonNullable<Output['binary']> = {};
	for (const key of PEM_FILES) {
		const content = credentials[key];
		if (typeof content !== 'string') continue;
		const file = `${name}-${key.replace('_', '-')}.pem`;
		binary[key] = await run.prepareBinaryData(Buffer.from(content), file, 'application/x-pem-file');
		delete credentials[key];
	}
	return { json: { device_id: id, config: { ...config, mqtt_credentials: credentials } }, binary };
}

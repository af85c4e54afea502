import type { IDataObject } from 'n8n-workflow';
import { UserError } from 'n8n-workflow';

import type { Output } from '../../execution/operation';
import type { Run } from '../../execution/run';
import { withDefault } from '../../fields/field';
import { choice, personToggle } from '../../fields/kinds';
import { EnapterApiError, ItemFailure } from '../../transport/errors';
import { isObject } from '../../transport/json';
import { listedNames } from '../../transport/text';
import type { Device } from './device';
import { nameOfDevice } from './device';

/** What a device needs to connect. The credentials differ by protocol. */
export interface DeviceConfig extends IDataObject {
	mqtt_credentials: IDataObject;
}

/** Whether a value is a `config` of the API. */
export function isConfig(value: unknown): value is DeviceConfig {
	return isObject(value) && isObject(value.mqtt_credentials);
}

const PROTOCOLS = ['MQTTS', 'MQTT'] as const;

/** The protocol of new credentials. */
export const PROTOCOL = withDefault(
	choice(
		{
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
		},
		PROTOCOLS,
	),
	'MQTTS' as const,
);

/** Notice for tools while Allow AI to See Credentials is off. */
export const NOT_FOR_AI =
	'The AI cannot use this: it would see private keys and passwords. To allow it, turn on Allow AI to See Credentials in the options.';

/** How new credentials are output. */
export type CredentialFiles = 'none' | 'json' | 'pem';

/** The option for {@link CredentialFiles}. */
export const CREDENTIAL_FILES = withDefault(
	choice<'credentialFiles', CredentialFiles>(
		{
			displayName: 'Output Credentials As',
			name: 'credentialFiles',
			type: 'options',
			default: 'none',
			description:
				'How to output the credentials: as fields, or as files that the next node can write or send',
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
		},
		['none', 'json', 'pem'],
	),
	'none' as const,
);

/** The option that lets a language model see new credentials. Only a person can turn it on. */
export const ALLOW_AI = personToggle({
	displayName: 'Allow AI to See Credentials',
	name: 'allowAiTool',
	type: 'boolean',
	default: false,
	description:
		'Whether a language model that uses this node as a tool may generate credentials, which it then sees',
});

/**
 * Checks whether new credentials can be output as an item wants them. A dry run makes none, so it needs no permission.
 *
 * @param operation its name in the panel
 * @throws UserError if not
 */
export function checkCredentialOptions(
	operation: string,
	protocol: string,
	options: { credentialFiles: CredentialFiles; allowAiTool: boolean; dryRun: boolean },
	isTool: boolean,
): void {
	const { credentialFiles: files, allowAiTool, dryRun } = options;
	if (files === 'pem' && protocol === 'MQTT') {
		throw new UserError(
			'MQTT uses a user name and a password, not PEM files. Set Output Credentials As to One JSON File, or Protocol to MQTTS.',
		);
	}
	if (!isTool || dryRun) return;
	if (!allowAiTool) {
		throw new UserError(
			`${operation} would show new credentials to the language model. A person can allow that with the option Allow AI to See Credentials in the panel of this tool.`,
		);
	}
	if (files !== 'none') {
		throw new UserError(
			'Language models cannot receive files, so the new credentials would be lost. Set Output Credentials As to Fields.',
		);
	}
}

const PEM_FILES = ['private_key', 'certificate', 'ca_chain'];

/**
 * The output of a new configuration: `config` as the API sent it, without the parts that are in files. If a file cannot be written,
 * the credentials stay in the fields, so that they are not lost.
 */
export async function credentialsOutput(
	run: Run,
	device: Device,
	config: DeviceConfig,
	files: CredentialFiles,
): Promise<Output> {
	if (files === 'none') return { json: { config } };
	const write = files === 'json' ? asJsonFile : asPemFiles;
	return await write(run, device, config).catch((error: unknown): Output => {
		const { message } = error as Error;
		run.hints.add(
			nameOfDevice(device),
			(names) =>
				`The files of ${names} could not be written (${message}). The credentials are in the fields of the output.`,
		);
		return { json: { config } };
	});
}

async function asJsonFile(run: Run, device: Device, config: DeviceConfig): Promise<Output> {
	const content = Buffer.from(JSON.stringify(config, null, 2));
	const file = await run.prepareBinaryData(content, `${fileName(device)}-config.json`, 'application/json');
	return { json: {}, binary: { config: file } };
}

/** Credentials with other names stay fields. */
async function asPemFiles(run: Run, device: Device, config: DeviceConfig): Promise<Output> {
	const credentials = { ...config.mqtt_credentials };
	const binary: NonNullable<Output['binary']> = {};
	for (const key of PEM_FILES) {
		const content = credentials[key];
		if (typeof content !== 'string') continue;
		const file = `${fileName(device)}-${key.replace('_', '-')}.pem`;
		binary[key] = await run.prepareBinaryData(Buffer.from(content), file, 'application/x-pem-file');
		delete credentials[key];
	}
	return { json: { config: { ...config, mqtt_credentials: credentials } }, binary };
}

/** The slug of a device as part of a file name. If characters must be replaced, the ID is added to keep the name unique. */
export function fileName({ id, slug }: Device): string {
	if (typeof slug !== 'string' || slug.trim() === '') return id;
	const safe = slug.toLowerCase().replace(/[^\p{L}\p{N}_-]/gu, '_');
	return safe === slug ? slug : `${safe}-${id}`;
}

/** The new credentials of a run. If it stops at a failure, the output is lost, and with it all of them. */
export class NewCredentials {
	/** Devices whose credentials are lost if the run stops. */
	private readonly names: string[] = [];

	constructor(private readonly run: Run) {}

	/** The keys of tasks that make credentials: one at a time, so that a failure loses as few as possible. */
	get keys(): string[] {
		return this.run.stopsAtFailure ? ['one at a time'] : [];
	}

	/** Records that a device got new credentials. */
	add(device: string): void {
		this.names.push(device);
	}

	/** Names the devices whose new credentials are lost, in the first error of the run only. */
	readonly explain = async (error: unknown): Promise<unknown> => {
		if (!this.run.stopsAtFailure || this.names.length === 0) return error;
		if (!(error instanceof EnapterApiError || error instanceof ItemFailure)) return error;
		const names = this.names.splice(0);
		return error.withConsequences(
			`New credentials were made for ${listedNames(names, 100)} and are not in the output: run Generate Config for ${names.length === 1 ? 'it' : 'each of them'}`,
		);
	};
}

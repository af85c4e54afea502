import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { UserError } from 'n8n-workflow';

import type { DeviceConfig } from '../api';
import { DEVICE_CONFIG } from '../api';
import { identifier, oneOf } from '../fields/checks';
import { DEVICE_ID } from '../fields/locators';
import { collection, optionsField } from '../fields/options';
import type { Operation, Output, Run } from './operation';

const NOTICE: INodeProperties = {
	displayName:
		'The credentials in a configuration are shown only here and cannot be read again. Generating a new configuration may end the connection the device has now.',
	name: 'generateConfigNotice',
	type: 'notice',
	default: '',
};

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
			description: 'Fields of the output, beside the rest of the configuration',
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

const PEM_FILES = ['private_key', 'certificate', 'ca_chain'];

/** Generates new credentials for a device. Never repeated when it may have been carried out: each time makes others. */
export const generateConfig: Operation = {
	option: {
		name: 'Generate Config',
		value: 'generateConfig',
		action: 'Generate a device config with new credentials',
		description:
			'Create new credentials with which a device connects to Enapter Cloud. Not for devices that a UCM runs (communication UCM_LUA or UCM_EMBEDDED).',
	},
	fields: [DEVICE_ID, PROTOCOL, NOTICE, optionsField(CREDENTIAL_FILES)],

	prepare(read) {
		const id = identifier(read('deviceId', ''), 'Device');
		const protocol = oneOf(read('protocol', 'MQTTS'), 'Protocol', ['MQTTS', 'MQTT']);
		const options = collection(read('options', {}), 'Options');
		const files = oneOf(options.credentialFiles ?? 'none', 'Output Credentials As', ['none', 'json', 'pem']);
		if (files === 'pem' && protocol === 'MQTT') {
			throw new UserError(
				'MQTT has a user name and a password, no PEM files. Set Output Credentials As to One JSON File, or Protocol to MQTTS.',
			);
		}
		return async (run) => {
			const config = await generate(run, id, protocol);
			if (files === 'json') return [await asJsonFile(run, config, id)];
			if (files === 'pem') return [await asPemFiles(run, config, id)];
			return [{ json: flat(config) }];
		};
	},
};

/** Two items may lead to the same device: of two configurations only the later would be of use. */
async function generate(run: Run, id: string, protocol: string): Promise<DeviceConfig> {
	return await run.once(`generate ${protocol} ${id}`, async () =>
		run.client.call({
			method: 'POST',
			path: ['devices', id, 'generate_config'],
			body: { protocol },
			answer: DEVICE_CONFIG,
			repeatable: false,
			isSecret: true,
			advice: {
				422: 'A device with communication type UCM_LUA or UCM_EMBEDDED is connected through its UCM: generate the configuration of that one.',
			},
		}),
	);
}

function flat({ mqtt_credentials, ...rest }: DeviceConfig): IDataObject {
	return { ...rest, ...mqtt_credentials };
}

async function asJsonFile(run: Run, config: DeviceConfig, id: string): Promise<Output> {
	const content = Buffer.from(JSON.stringify(config, null, 2));
	const file = await run.prepareBinaryData(content, `${fileName(id)}-config.json`, 'application/json');
	const json: IDataObject = { ...config };
	delete json.mqtt_credentials;
	return { json, binary: { config: file } };
}

/** What the API does not call by one of the three names stays a field, so that it is not lost. */
async function asPemFiles(run: Run, config: DeviceConfig, id: string): Promise<Output> {
	const json = flat(config);
	const binary: NonNullable<Output['binary']> = {};
	for (const name of PEM_FILES) {
		const content = json[name];
		if (typeof content !== 'string') continue;
		const file = `${fileName(id)}-${name.replace('_', '-')}.pem`;
		binary[name] = await run.prepareBinaryData(Buffer.from(content), file, 'application/x-pem-file');
		delete json[name];
	}
	return { json, binary };
}

function fileName(id: string): string {
	return id.replace(/[^\w-]/g, '_');
}

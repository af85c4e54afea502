import { generateKeyPairSync, randomBytes } from 'node:crypto';
import selfsigned from 'selfsigned';
import type { DeviceConfig, MqttProtocol } from './model.mts';

type Authority = { key: string; cert: string };

let authority: Promise<Authority> | undefined;

/** Returns the certificate authority of this process. */
function certificateAuthority(): Promise<Authority> {
	authority ??= selfsigned
		.generate([{ name: 'commonName', value: 'Enapter Emulator CA' }], {
			keyType: 'ec',
			algorithm: 'sha256',
			extensions: [{ name: 'basicConstraints', cA: true, critical: true }],
		})
		.then(({ private: key, cert }) => ({ key, cert }));
	return authority;
}

async function tlsCredentials(hardwareId: string) {
	const ca = await certificateAuthority();
	const keys = generateKeyPairSync('ec', {
		namedCurve: 'P-256',
		privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
		publicKeyEncoding: { type: 'spki', format: 'pem' },
	});
	const { cert } = await selfsigned.generate([{ name: 'commonName', value: hardwareId }], {
		keyType: 'ec',
		algorithm: 'sha256',
		keyPair: keys,
		ca,
	});
	return { private_key: keys.privateKey, certificate: cert, ca_chain: ca.cert };
}

function passwordCredentials(hardwareId: string) {
	return {
		username: `${hardwareId.toLowerCase()}-${randomBytes(4).toString('hex')}`,
		password: randomBytes(24).toString('base64url'),
	};
}

/**
 * Creates a configuration for one device, with new credentials each time: for MQTTS a real key pair with a certificate
 * that the emulator's own authority signed, for MQTT a random user name and password. The other values are those of
 * the reference's samples.
 */
export async function createConfig(
	protocol: MqttProtocol,
	hardware: { hardware_id: string; channel_id: string },
): Promise<DeviceConfig> {
	const secure = protocol === 'MQTTS';
	return {
		mqtt_host: 'mqtt.enapter.com',
		mqtt_port: secure ? 8883 : 1883,
		mqtt_credentials: secure
			? await tlsCredentials(hardware.hardware_id)
			: passwordCredentials(hardware.hardware_id),
		mqtt_protocol: protocol,
		time_sync_protocol: 'HTTP',
		time_sync_host: '127.0.0.1',
		time_sync_port: 80,
		hardware_id: hardware.hardware_id,
		channel_id: hardware.channel_id,
	};
}

import { isIP } from 'node:net';
import selfsigned from 'selfsigned';

/** Creates a self-signed certificate, like that of a Gateway, for `host` and the local names. */
export async function createCertificate(host: string): Promise<{ key: string; cert: string }> {
	const addresses = [...new Set(['127.0.0.1', '::1', ...(isIP(host) ? [host] : [])])];
	const names = [...new Set(['localhost', ...(isIP(host) ? [] : [host])])];
	const made = await selfsigned.generate([{ name: 'commonName', value: 'Enapter Emulator' }], {
		keyType: 'ec',
		algorithm: 'sha256',
		extensions: [
			{
				name: 'subjectAltName',
				altNames: [
					...names.map((value) => ({ type: 2 as const, value })),
					...addresses.map((ip) => ({ type: 7 as const, ip })),
				],
			},
		],
	});
	return { key: made.private, cert: made.cert };
}

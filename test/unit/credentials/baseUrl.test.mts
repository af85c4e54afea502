import { apiRoot, isPlainHttp, isPlainHttpInPublic } from '../../../credentials/connection/baseUrl.ts';

test.each([
	['https://api.enapter.com', 'https://api.enapter.com'],
	['  https://api.enapter.com/  ', 'https://api.enapter.com'],
	['https://api.enapter.com/v3', 'https://api.enapter.com'],
	['https://api.enapter.com/v3/', 'https://api.enapter.com'],
	['https://api.enapter.com/v3/devices', 'https://api.enapter.com'],
	['http://enapter-gateway.local/api', 'http://enapter-gateway.local/api'],
	['http://enapter-gateway.local/api/v3/', 'http://enapter-gateway.local/api'],
	['http://enapter-gateway.local', 'http://enapter-gateway.local/api'],
	['https://192.168.1.20/', 'https://192.168.1.20/api'],
	['https://[fe80::1]', 'https://[fe80::1]/api'],
	['http://gateway', 'http://gateway/api'],
	['https://proxy.example.com', 'https://proxy.example.com'],
	['https://proxy.example.com/enapter', 'https://proxy.example.com/enapter'],
	['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
	['http://localhost:8080', 'http://localhost:8080'],
	['http://[::1]:8080', 'http://[::1]:8080'],
	['https://api.enapter.com///', 'https://api.enapter.com'],
	['https://proxy.example.com/v3x', 'https://proxy.example.com/v3x'],
	['https://proxy.example.com/v3/v3/', 'https://proxy.example.com'],
	['https://10.example.com', 'https://10.example.com'],
	['https://example.10a.com', 'https://example.10a.com'],
])('%j is the address of the API at %s', (given, root) => {
	expect(apiRoot(given)).toBe(root);
});

test.each([
	['', 'is empty'],
	['   ', 'is empty'],
	[undefined, 'is empty'],
	[42, 'is empty'],
	['api.enapter.com', 'must start with http:// or https://'],
	['ftp://api.enapter.com', 'must start with http:// or https://'],
	['https://', 'must start with http:// or https://'],
	['https://user:secret@api.enapter.com', 'contains a user name or password'],
	['https://user@api.enapter.com', 'contains a user name or password'],
	['https://:secret@api.enapter.com', 'contains a user name or password'],
	['https://api.enapter.com?token=x', 'contains a query or a fragment'],
	['https://api.enapter.com#devices', 'contains a query or a fragment'],
	['http://api.enapter.com', 'which would send the API Token unencrypted'],
	['http://api.enapter.com/v3/devices', 'which would send the API Token unencrypted'],
	['http://api.enapter.com.', 'which would send the API Token unencrypted'],
	['https://cloud.enapter.com', "is the address of Enapter's web interface"],
])('%j is refused: it %s', (given, reason) => {
	expect(() => apiRoot(given)).toThrow(reason);
});

test('only http is unencrypted', () => {
	expect(isPlainHttp('http://enapter-gateway.local/api')).toBe(true);
	expect(isPlainHttp('https://api.enapter.com')).toBe(false);
});

test.each([
	['', "Use https://api.enapter.com, or your Gateway's address."],
	['https://me:secret@api.enapter.com', 'Remove them: only the API Token is needed.'],
	['https://api.enapter.com?a=b', 'Remove what follows the "?" or "#", as in https://api.enapter.com.'],
	['https://cloud.enapter.com', 'Use https://api.enapter.com.'],
	[
		'httpsx://api.enapter.com',
		'Use a full address such as https://api.enapter.com or http://enapter-gateway.local/api.',
	],
])('of %j it says what to do', (given, advice) => {
	expect(() => apiRoot(given)).toThrow(advice);
});

test('a refusal does not repeat a password', () => {
	expect(() => apiRoot('https://me:secret@api.enapter.com')).not.toThrow(/secret/);
});

test.each([
	['http://server.example/api', true],
	['http://203.0.113.7/api', true],
	['http://172.32.0.1/api', true],
	['http://100.128.0.1/api', true],
	['http://[2001:db8::1]/api', true],
	['https://server.example/api', false],
	['http://127.0.0.1:8080', false],
	['http://localhost', false],
	['http://[::1]/api', false],
	['http://10.1.2.3/api', false],
	['http://172.16.0.1/api', false],
	['http://192.168.0.1/api', false],
	['http://169.254.1.1/api', false],
	['http://100.64.0.1/api', false],
	['http://[fe80::1]/api', false],
	['http://[fd00::1]/api', false],
	['http://enapter-gateway.local/api', false],
	['http://gateway/api', false],
])('requests to %s are unencrypted over the internet: %p', (root, expected) => {
	expect(isPlainHttpInPublic(root)).toBe(expected);
});

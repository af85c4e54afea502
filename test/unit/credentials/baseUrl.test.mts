import { apiRoot, isPlainHttp } from '../../../credentials/connection/baseUrl.ts';

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
])('%j stands for the API at %s', (given, root) => {
	expect(apiRoot(given)).toBe(root);
});

test.each([
	['', 'is empty'],
	['   ', 'is empty'],
	[undefined, 'is empty'],
	[42, 'is empty'],
	['api.enapter.com', 'is no http(s) URL'],
	['ftp://api.enapter.com', 'is no http(s) URL'],
	['https://', 'is no http(s) URL'],
	['https://user:secret@api.enapter.com', 'holds a user name or password'],
	['https://user@api.enapter.com', 'holds a user name or password'],
	['https://:secret@api.enapter.com', 'holds a user name or password'],
	['https://api.enapter.com?token=x', 'holds a query or a fragment'],
	['https://api.enapter.com#devices', 'holds a query or a fragment'],
	['https://cloud.enapter.com', "is Enapter's web interface"],
])('%j is refused: it %s', (given, reason) => {
	expect(() => apiRoot(given)).toThrow(reason);
});

test('only http is plain', () => {
	expect(isPlainHttp('http://enapter-gateway.local/api')).toBe(true);
	expect(isPlainHttp('https://api.enapter.com')).toBe(false);
});

test.each([
	['', "Use https://api.enapter.com, or your Gateway's address."],
	['https://me:secret@api.enapter.com', 'Remove them: the API Token is all that is needed.'],
	['https://api.enapter.com?a=b', 'Remove what follows the "?" or "#", as in https://api.enapter.com.'],
	['https://cloud.enapter.com', 'Set Base URL to https://api.enapter.com.'],
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

import { authenticationHeaders, connectionOf } from '../../../credentials/connection/connection.ts';

const CREDENTIAL = { apiToken: 'a-token', baseUrl: 'https://api.enapter.com' };

test('a credential says where the API is, how to authenticate, and how far to trust', () => {
	expect(connectionOf({ ...CREDENTIAL, apiToken: ' a-token\n' })).toEqual({
		root: 'https://api.enapter.com',
		token: 'a-token',
		allowUnauthorizedCerts: false,
	});
	expect(connectionOf({ ...CREDENTIAL, allowUnauthorizedCerts: true }).allowUnauthorizedCerts).toBe(true);
});

test.each([42, true, '', '  '])('an API Token that is %j is empty', (apiToken) => {
	expect(() => connectionOf({ ...CREDENTIAL, apiToken })).toThrow(/^The API Token .* is empty\./);
});

test.each(['two words', 'line\nbreak', 'Schlüssel', 'a\u200bb'])(
	'an API Token that is %j was not copied well',
	(apiToken) => {
		expect(() => connectionOf({ ...CREDENTIAL, apiToken })).toThrow('Copy it again, whole.');
		expect(() => connectionOf({ ...CREDENTIAL, apiToken })).not.toThrow(apiToken);
	},
);

test('the token goes in a header of its own; only over http a Gateway is told that this is meant', () => {
	expect(authenticationHeaders(CREDENTIAL)).toEqual({ 'X-Enapter-Auth-Token': 'a-token' });
	expect(authenticationHeaders({ ...CREDENTIAL, baseUrl: 'http://enapter-gateway.local' })).toEqual({
		'X-Enapter-Auth-Token': 'a-token',
		'X-Enapter-Allow-HTTP': 'true',
	});
});

import { authenticationHeaders, connectionOf } from '../../../credentials/connection/connection.ts';

const CREDENTIAL = { apiToken: 'a-token', baseUrl: 'https://api.enapter.com' };

test('a credential gives the address of the API, the token, and whether to verify certificates', () => {
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
	'an API Token that is %j is refused, without quoting it',
	(apiToken) => {
		expect(() => connectionOf({ ...CREDENTIAL, apiToken })).toThrow('Copy all of it again.');
		expect(() => connectionOf({ ...CREDENTIAL, apiToken })).not.toThrow(apiToken);
	},
);

test('the token is sent in its own header; over http, a second header allows that', () => {
	expect(authenticationHeaders(connectionOf(CREDENTIAL))).toEqual({ 'X-Enapter-Auth-Token': 'a-token' });
	const gateway = connectionOf({ ...CREDENTIAL, baseUrl: 'http://enapter-gateway.local' });
	expect(authenticationHeaders(gateway)).toEqual({
		'X-Enapter-Auth-Token': 'a-token',
		'X-Enapter-Allow-HTTP': 'true',
	});
});

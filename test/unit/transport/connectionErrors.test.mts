import { connectionFailure } from '../../../nodes/EnapterDevice/transport/connectionErrors.ts';

const CLOUD = 'https://api.enapter.com';
const GATEWAY = 'http://10.0.0.1/api';

const withCode = (code: string, more: object = {}) => Object.assign(new Error('n8n says'), { code, ...more });

test.each([
	['ECONNREFUSED', 'Nothing accepts connections at', 'notDone', true],
	['EHOSTUNREACH', 'There is no network route to', 'notDone', true],
	['ENETUNREACH', 'There is no network route to', 'notDone', true],
	['EAI_AGAIN', 'The name server did not answer when looking up', 'notDone', true],
	['ENOTFOUND', 'Cannot find the host of', 'notDone', false],
	['EPROTO', 'Cannot make an SSL connection to', 'unknown', false],
	['DEPTH_ZERO_SELF_SIGNED_CERT', 'Cannot verify the SSL certificate of', 'notDone', false],
	['SELF_SIGNED_CERT_IN_CHAIN', 'Cannot verify the SSL certificate of', 'notDone', false],
	['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'Cannot verify the SSL certificate of', 'notDone', false],
	['ERR_TLS_CERT_ALTNAME_INVALID', 'Cannot verify the SSL certificate of', 'notDone', false],
	['CERT_HAS_EXPIRED', 'Cannot verify the SSL certificate of', 'notDone', false],
	['ETIMEDOUT', 'No complete response in time from', 'unknown', true],
	['ECONNABORTED', 'No complete response in time from', 'unknown', true],
	['ESOCKETTIMEDOUT', 'No complete response in time from', 'unknown', true],
	['ECONNRESET', 'Lost the connection to', 'unknown', true],
	['EPIPE', 'Lost the connection to', 'unknown', true],
	['ERR_BAD_RESPONSE', 'Lost the connection to', 'unknown', true],
	['ERR_STREAM_PREMATURE_CLOSE', 'Lost the connection to', 'unknown', true],
	['ERR_NETWORK', 'Lost the connection to', 'unknown', true],
])('%s: %s …, %s', (code, reason, outcome, isTransient) => {
	expect(connectionFailure(withCode(code), CLOUD)).toEqual({
		reason: `${reason} ${CLOUD}`,
		advice: expect.stringMatching(/^[A-Z].+\.$/),
		details: [code],
		label: code,
		isFromApi: false,
		outcome,
		isTransient,
	});
});

test.each([
	['ECONNREFUSED', /the network and proxy settings of this n8n/, /that the Gateway is on/],
	['EHOSTUNREACH', /^Check the network of this n8n\.$/, /that the Gateway is on/],
	[
		'ENOTFOUND',
		/^Check the Base URL in the credential, and the proxy settings of this n8n\.$/,
		/A \.local name works only inside/,
	],
	['DEPTH_ZERO_SELF_SIGNED_CERT', /NODE_EXTRA_CA_CERTS/, /turn on "Ignore SSL Issues/],
	['ECONNRESET', /^Try again later\.$/, /^Try again later\.$/],
])('what to do about %s depends on whether the address is that of a Gateway', (code, cloud, gateway) => {
	expect(connectionFailure(withCode(code), CLOUD).advice).toMatch(cloud);
	expect(connectionFailure(withCode(code), GATEWAY).advice).toMatch(gateway);
});

test('Ignore SSL Issues is never advised for Enapter Cloud', () => {
	expect(connectionFailure(withCode('CERT_HAS_EXPIRED'), CLOUD).advice).not.toContain('Ignore SSL');
});

describe("a refused connection to another port than the API's", () => {
	test.each([
		[CLOUD, 3128, true],
		[CLOUD, 443, false],
		[CLOUD, undefined, false],
		[CLOUD, 0, false],
		[GATEWAY, 8080, true],
		[GATEWAY, 80, false],
		['https://server.example:8443', 8443, false],
		['https://server.example:8443', 443, true],
	])('of %s, port %p: is that of a proxy: %p', (root, port, isProxy) => {
		const failure = connectionFailure(withCode('ECONNREFUSED', port === undefined ? {} : { port }), root);
		expect(failure.reason.startsWith('The proxy that this n8n uses cannot be reached')).toBe(isProxy);
		expect(failure.outcome).toBe('notDone');
		if (isProxy) expect(failure.advice).toContain('HTTPS_PROXY');
	});

	test.each([
		['ENOTFOUND', { hostname: 'proxy.example' }, true],
		['ENOTFOUND', { hostname: 'api.enapter.com' }, false],
		['EAI_AGAIN', { hostname: 'proxy.example' }, true],
		['EHOSTUNREACH', { port: 3128 }, true],
		['ECONNRESET', { port: 3128 }, false],
	])('a proxy that cannot be found or reached is recognised, too (%s %j)', (code, details, isProxy) => {
		const { reason } = connectionFailure(withCode(code, details), CLOUD);
		expect(reason.startsWith('The proxy that this n8n uses cannot be reached')).toBe(isProxy);
	});

	test('is recognised inside the error that n8n threw', () => {
		const wrapped = new Error('n8n', { cause: withCode('ECONNREFUSED', { port: 3128 }) });
		expect(connectionFailure(wrapped, CLOUD).reason).toContain('The proxy');
	});
});

test('a request that was aborted because its time was over is a timeout, whatever the code', () => {
	expect(connectionFailure(withCode('ERR_CANCELED'), CLOUD, true)).toMatchObject({
		reason: `No complete response in time from ${CLOUD}`,
		outcome: 'unknown',
		isTransient: true,
	});
});

test('n8n 2 aborts the requests of a canceled execution, and looks for that word', () => {
	expect(connectionFailure(withCode('ERR_CANCELED'), CLOUD)).toEqual({
		reason: 'The execution was canceled while a request was in flight',
		advice: 'Run the workflow again for the items that are not done.',
		details: [],
		label: 'canceled',
		isFromApi: false,
		outcome: 'unknown',
		isTransient: false,
	});
});

describe("n8n's SSRF protection", () => {
	const blocked = (more: object = {}) =>
		Object.assign(new Error('10.0.0.1 is a private address'), { name: 'SsrfBlockedIpError', ...more });

	test('blocks before anything is sent, and its own advice is shown', () => {
		const error = new Error('n8n', { cause: blocked({ description: 'Add it to the allowed hosts.' }) });
		expect(connectionFailure(error, GATEWAY)).toEqual({
			reason: `n8n does not allow requests to ${GATEWAY}: 10.0.0.1 is a private address`,
			advice: 'Add it to the allowed hosts.',
			details: [],
			label: 'blocked by n8n',
			isFromApi: false,
			outcome: 'notDone',
			isTransient: false,
		});
	});

	test.each([{}, { description: '' }, { description: 7 }, { description: undefined }])(
		'without usable advice (%j), says whom to ask',
		(more) => {
			expect(connectionFailure(blocked(more), GATEWAY).advice).toBe(
				'Ask the administrator of this n8n to allow the address in its SSRF protection settings.',
			);
		},
	);
});

test('the code is found inside what n8n and axios wrapped', () => {
	const wrapped = new Error('n8n', { cause: new Error('axios', { cause: withCode('ECONNRESET') }) });
	expect(connectionFailure(wrapped, CLOUD).label).toBe('ECONNRESET');
	const endless: Error = new Error('a');
	endless.cause = endless;
	expect(connectionFailure(endless, CLOUD).label).toBe('no response');
});

test('a code that is not text is ignored', () => {
	const error = Object.assign(new Error('a', { cause: withCode('EPIPE') }), { code: 7, httpCode: null });
	expect(connectionFailure(error, CLOUD).label).toBe('EPIPE');
});

test('n8n 1 calls it httpCode; a status there means that the response broke off', () => {
	const withHttpCode = (httpCode: string) => Object.assign(new Error('a'), { httpCode });
	expect(connectionFailure(withHttpCode('ECONNREFUSED'), CLOUD).label).toBe('ECONNREFUSED');
	expect(connectionFailure(withHttpCode('200'), CLOUD).label).toBe('ERR_BAD_RESPONSE');
	expect(connectionFailure(withHttpCode('E200'), CLOUD).label).toBe('E200');
	expect(connectionFailure(withHttpCode('2XX'), CLOUD).label).toBe('2XX');
});

test('n8n 1 reports a certificate without a code', () => {
	const error = new Error("SSL Issue: consider using the 'Ignore SSL issues' option");
	expect(connectionFailure(error, CLOUD).reason).toBe(`Cannot verify the SSL certificate of ${CLOUD}`);
	expect(connectionFailure({ message: 'SSL Issue' }, CLOUD).label).toBe('no response');
});

test('an unknown error is shown in its own words, and the outcome is unknown', () => {
	expect(connectionFailure(withCode('E_NEW'), CLOUD)).toEqual({
		reason: `The request to ${CLOUD} ended without a response: n8n says`,
		advice: 'Check the Base URL and the API Token in the credential.',
		details: ['E_NEW'],
		isFromApi: false,
		label: 'E_NEW',
		outcome: 'unknown',
		isTransient: false,
	});
	expect(connectionFailure('a text', CLOUD)).toMatchObject({ details: [], label: 'no response' });
	expect(connectionFailure('a text', CLOUD).reason).toContain(': a text');
});

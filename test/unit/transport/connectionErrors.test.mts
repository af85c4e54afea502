import { connectionFailure } from '../../../nodes/EnapterDevice/transport/connectionErrors.ts';

const ROOT = 'https://gateway/api';

const withCode = (code: string) => Object.assign(new Error('n8n says'), { code });

test.each([
	['ECONNREFUSED', 'Nothing accepts connections at', true, true],
	['EHOSTUNREACH', 'No network route leads to', true, true],
	['ENETUNREACH', 'No network route leads to', true, true],
	['EAI_AGAIN', 'The name server does not respond about', true, true],
	['ENOTFOUND', 'Cannot find the host of', true, false],
	['EPROTO', 'Cannot make an SSL connection to', true, false],
	['DEPTH_ZERO_SELF_SIGNED_CERT', 'Cannot verify the SSL certificate of', true, false],
	['SELF_SIGNED_CERT_IN_CHAIN', 'Cannot verify the SSL certificate of', true, false],
	['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'Cannot verify the SSL certificate of', true, false],
	['ERR_TLS_CERT_ALTNAME_INVALID', 'Cannot verify the SSL certificate of', true, false],
	['CERT_HAS_EXPIRED', 'Cannot verify the SSL certificate of', true, false],
	['ETIMEDOUT', 'No response in time from', false, true],
	['ECONNABORTED', 'No response in time from', false, true],
	['ESOCKETTIMEDOUT', 'No response in time from', false, true],
	['ECONNRESET', 'Lost the connection to', false, true],
	['EPIPE', 'Lost the connection to', false, true],
	['ERR_BAD_RESPONSE', 'Lost the connection to', false, true],
	['ERR_STREAM_PREMATURE_CLOSE', 'Lost the connection to', false, true],
	['ERR_NETWORK', 'Lost the connection to', false, true],
])('%s: %s …', (code, reason, isOutcomeKnown, isTransient) => {
	expect(connectionFailure(withCode(code), ROOT)).toMatchObject({
		reason: `${reason} ${ROOT}`,
		advice: expect.stringMatching(/^[A-Z].+\.$/),
		details: [code],
		label: code,
		isOutcomeKnown,
		isTransient,
	});
});

test('the code is looked for in what n8n and axios wrapped', () => {
	const wrapped = new Error('n8n', { cause: new Error('axios', { cause: withCode('ECONNRESET') }) });
	expect(connectionFailure(wrapped, ROOT).label).toBe('ECONNRESET');
	const endless: Error = new Error('a');
	endless.cause = endless;
	expect(connectionFailure(endless, ROOT).label).toBe('no response');
});

test('a code that is no text is passed over', () => {
	const error = Object.assign(new Error('a', { cause: withCode('EPIPE') }), { code: 7, httpCode: null });
	expect(connectionFailure(error, ROOT).label).toBe('EPIPE');
});

test('n8n 1 has it as httpCode; a status there means that the response broke off', () => {
	const withHttpCode = (httpCode: string) => Object.assign(new Error('a'), { httpCode });
	expect(connectionFailure(withHttpCode('ECONNREFUSED'), ROOT).label).toBe('ECONNREFUSED');
	expect(connectionFailure(withHttpCode('200'), ROOT).label).toBe('ERR_BAD_RESPONSE');
	expect(connectionFailure(withHttpCode('E200'), ROOT).label).toBe('E200');
	expect(connectionFailure(withHttpCode('2XX'), ROOT).label).toBe('2XX');
});

test('n8n 1 tells of a certificate without any code', () => {
	const error = new Error("SSL Issue: consider using the 'Ignore SSL issues' option");
	expect(connectionFailure(error, ROOT).reason).toBe(`Cannot verify the SSL certificate of ${ROOT}`);
});

test('an unknown error is told in its own words, and the outcome is unknown', () => {
	expect(connectionFailure(withCode('E_NEW'), ROOT)).toEqual({
		reason: `The request to ${ROOT} ended without a response: n8n says`,
		advice: 'Check the Base URL and the API Token in the credential.',
		details: ['E_NEW'],
		isFromApi: false,
		label: 'E_NEW',
		isOutcomeKnown: false,
		isTransient: false,
	});
	expect(connectionFailure('a text', ROOT)).toMatchObject({ details: [], label: 'no response' });
	expect(connectionFailure('a text', ROOT).reason).toContain(': a text');
});

test('n8n 2 breaks off the requests of a canceled execution, and looks for that word', () => {
	expect(connectionFailure(withCode('ERR_CANCELED'), ROOT)).toMatchObject({
		reason: expect.stringContaining('The execution was canceled'),
		isOutcomeKnown: false,
		isTransient: false,
	});
});

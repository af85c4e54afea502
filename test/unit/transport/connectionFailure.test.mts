import { notAnswered } from '../../../nodes/EnapterDevice/transport/connectionFailure.ts';

const ROOT = 'https://gateway/api';

const withCode = (code: string) => Object.assign(new Error('n8n says'), { code });

test.each([
	['ECONNREFUSED', 'Nothing accepts connections at', 'no', true],
	['EHOSTUNREACH', 'No network route leads to', 'no', true],
	['ENETUNREACH', 'No network route leads to', 'no', true],
	['EAI_AGAIN', 'The name server does not answer about', 'no', true],
	['ENOTFOUND', 'Cannot find the host of', 'no', false],
	['EPROTO', 'Cannot make an SSL connection to', 'no', false],
	['DEPTH_ZERO_SELF_SIGNED_CERT', 'Cannot verify the SSL certificate of', 'no', false],
	['SELF_SIGNED_CERT_IN_CHAIN', 'Cannot verify the SSL certificate of', 'no', false],
	['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'Cannot verify the SSL certificate of', 'no', false],
	['ERR_TLS_CERT_ALTNAME_INVALID', 'Cannot verify the SSL certificate of', 'no', false],
	['CERT_HAS_EXPIRED', 'Cannot verify the SSL certificate of', 'no', false],
	['ETIMEDOUT', 'No answer in time from', 'maybe', true],
	['ECONNABORTED', 'No answer in time from', 'maybe', true],
	['ESOCKETTIMEDOUT', 'No answer in time from', 'maybe', true],
	['ECONNRESET', 'Lost the connection to', 'maybe', true],
	['EPIPE', 'Lost the connection to', 'maybe', true],
	['ERR_BAD_RESPONSE', 'Lost the connection to', 'maybe', true],
	['ERR_STREAM_PREMATURE_CLOSE', 'Lost the connection to', 'maybe', true],
	['ERR_NETWORK', 'Lost the connection to', 'maybe', true],
])('%s: %s …', (code, reason, carriedOut, passing) => {
	expect(notAnswered(withCode(code), ROOT)).toMatchObject({
		reason: `${reason} ${ROOT}`,
		advice: expect.stringMatching(/^[A-Z].+\.$/),
		details: [code],
		label: code,
		carriedOut,
		passing,
	});
});

test('the code is looked for in what n8n and axios wrapped', () => {
	const wrapped = new Error('n8n', { cause: new Error('axios', { cause: withCode('ECONNRESET') }) });
	expect(notAnswered(wrapped, ROOT).label).toBe('ECONNRESET');
	const endless: Error = new Error('a');
	endless.cause = endless;
	expect(notAnswered(endless, ROOT).label).toBe('not sent');
});

test('a code that is no text is passed over', () => {
	const error = Object.assign(new Error('a', { cause: withCode('EPIPE') }), { code: 7, httpCode: null });
	expect(notAnswered(error, ROOT).label).toBe('EPIPE');
});

test('n8n 1 has it as httpCode; a status there means that the answer broke off', () => {
	const withHttpCode = (httpCode: string) => Object.assign(new Error('a'), { httpCode });
	expect(notAnswered(withHttpCode('ECONNREFUSED'), ROOT).label).toBe('ECONNREFUSED');
	expect(notAnswered(withHttpCode('200'), ROOT).label).toBe('ERR_BAD_RESPONSE');
	expect(notAnswered(withHttpCode('E200'), ROOT).label).toBe('E200');
	expect(notAnswered(withHttpCode('2XX'), ROOT).label).toBe('2XX');
});

test('n8n 1 tells of a certificate without any code', () => {
	const error = new Error("SSL Issue: consider using the 'Ignore SSL issues' option");
	expect(notAnswered(error, ROOT).reason).toBe(`Cannot verify the SSL certificate of ${ROOT}`);
});

test('what nobody knows is told in its own words, and may have been carried out', () => {
	expect(notAnswered(withCode('E_NEW'), ROOT)).toEqual({
		reason: `The request to ${ROOT} ended without an answer: n8n says`,
		advice: 'Check the Base URL and the API Token in the credential.',
		details: ['E_NEW'],
		label: 'E_NEW',
		carriedOut: 'maybe',
		passing: false,
	});
	expect(notAnswered('a text', ROOT)).toMatchObject({ details: [], label: 'not sent' });
	expect(notAnswered('a text', ROOT).reason).toContain(': a text');
});

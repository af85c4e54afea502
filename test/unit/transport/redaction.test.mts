import { redact, redactText } from '../../../nodes/EnapterDevice/transport/redaction.ts';

const SECRET = 'a/b+c?d=e';

test('a secret is redacted wherever it stands, also in the form it has in a URL', () => {
	expect(redactText(`x ${SECRET} y ${encodeURIComponent(SECRET)} ${SECRET}`, SECRET)).toBe(
		'x [REDACTED] y [REDACTED] [REDACTED]',
	);
	expect(redact({ [SECRET]: [SECRET, { deep: `<${SECRET}>` }], other: null, count: 7 }, SECRET)).toEqual({
		'[REDACTED]': ['[REDACTED]', { deep: '<[REDACTED]>' }],
		other: null,
		count: 7,
	});
	expect(redact(undefined, SECRET)).toBeUndefined();
});

test('one of fewer than eight characters is left alone, or it would be taken out of ordinary words', () => {
	expect(redactText('an example', 'example')).toBe('an example');
	expect(redactText('an example!', 'example!')).toBe('an [REDACTED]');
});

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

test('one of fewer than eight characters is redacted where it stands alone, not within a word', () => {
	expect(redactText('PIN 1234 of 12345, x1234, "1234"', '1234')).toBe(
		'PIN [REDACTED] of 12345, x1234, "[REDACTED]"',
	);
	expect(redactText('a.b axb', 'a.b')).toBe('[REDACTED] axb');
	expect(redactText('anything', '')).toBe('anything');
});

test('a number is redacted, and a secret within JSON that is a text', () => {
	expect(redact({ pin: 1234, other: 12 }, '1234')).toEqual({ pin: '[REDACTED]', other: 12 });
	expect(redactText('{"password":"a\\"b-secret"}', 'a"b-secret')).toBe('{"password":"[REDACTED]"}');
	expect(redactText('x', '\ud800 and more')).toBe('x');
});

import { redact, redactText } from '../../../nodes/EnapterDevice/transport/redaction.ts';

const SECRET = 'a/b+c?d=e';

test('a secret is redacted everywhere, also in its URL-encoded form', () => {
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

test('an empty secret is none', () => {
	expect(redactText('a, b', '')).toBe('a, b');
});

test('a secret of fewer than eight characters is redacted as a whole word only', () => {
	expect(redactText('PIN 1234 of 12345, x1234, "1234"', '1234')).toBe(
		'PIN [REDACTED] of 12345, x1234, "[REDACTED]"',
	);
	expect(redactText('a.b axb', 'a.b')).toBe('[REDACTED] axb');
	expect(redactText('anything', '')).toBe('anything');
	expect(redactText('x_1234 é1234 1234é', '1234')).toBe('x_1234 é1234 1234é');
	expect(redactText('1234567 12345678x 1234567x', '1234567')).toBe('[REDACTED] 12345678x 1234567x');
	expect(redactText('x12345678x', '12345678')).toBe('x[REDACTED]x');
	expect(redactText('(a+b)', '(a+b)')).toBe('[REDACTED]');
});

test('a secret is redacted as a number and inside JSON text', () => {
	expect(redact({ pin: 1234, other: 12 }, '1234')).toEqual({ pin: '[REDACTED]', other: 12 });
	expect(redactText('{"password":"a\\"b-secret"}', 'a"b-secret')).toBe('{"password":"[REDACTED]"}');
	expect(redactText('x', '\ud800 and more')).toBe('x');
});

const REDACTED = '[REDACTED]';

/** A shorter one would be taken out of ordinary words; no API Token is that short. */
const SHORTEST_SECRET = 8;

/** A part of a response with every occurrence of a secret redacted, before anything of it is shortened. */
export function redact(value: unknown, secret: string): unknown {
	if (typeof value === 'string') return redactText(value, secret);
	if (Array.isArray(value)) return value.map((entry) => redact(entry, secret));
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, entry]) => [redactText(key, secret), redact(entry, secret)]),
	);
}

/** A text with every occurrence of a secret redacted, also in the form it has in a URL. */
export function redactText(text: string, secret: string): string {
	if (secret.length < SHORTEST_SECRET) return text;
	return text.split(secret).join(REDACTED).split(encodeURIComponent(secret)).join(REDACTED);
}

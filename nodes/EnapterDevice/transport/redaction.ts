const REDACTED = '[REDACTED]';

/** Secrets shorter than this are only redacted as whole words: they could be part of ordinary words. */
const SHORTEST_IN_WORDS = 8;

/** Redacts every occurrence of a secret in a part of a response. Must run before the response is shortened. */
export function redact(value: unknown, secret: string): unknown {
	if (typeof value === 'string') return redactText(value, secret);
	if (Array.isArray(value)) return value.map((entry) => redact(entry, secret));
	if (typeof value === 'number') return String(value) === secret ? REDACTED : value;
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, entry]) => [redactText(key, secret), redact(entry, secret)]),
	);
}

/** Redacts every occurrence of a secret in a text, including its URL-encoded and JSON-escaped forms. */
export function redactText(text: string, secret: string): string {
	if (secret === '') return text;
	const encoded = encodeURIComponent(secret.replace(/\p{Cs}/gu, '\ufffd'));
	const forms = new Set([secret, encoded, JSON.stringify(secret).slice(1, -1)]);
	return [...forms].reduce(
		(rest, form) =>
			secret.length < SHORTEST_IN_WORDS
				? rest.replace(wholeWord(form), REDACTED)
				: rest.split(form).join(REDACTED),
		text,
	);
}

function wholeWord(text: string): RegExp {
	const literal = text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
	return new RegExp(`(?<![\\p{L}\\p{N}_])${literal}(?![\\p{L}\\p{N}_])`, 'gu');
}

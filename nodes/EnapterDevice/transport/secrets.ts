/** A part of an answer with every occurrence of a secret blotted out, before anything of it is shortened. */
export function blotted(value: unknown, secret: string): unknown {
	if (typeof value === 'string') return blottedText(value, secret);
	if (Array.isArray(value)) return value.map((entry) => blotted(entry, secret));
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, entry]) => [blottedText(key, secret), blotted(entry, secret)]),
	);
}

/** A text with every occurrence of a secret blotted out, also in the form it has in a URL. */
export function blottedText(text: string, secret: string): string {
	return text.split(secret).join('***').split(encodeURIComponent(secret)).join('***');
}

/** An answer as it came: nothing in it is trusted. */
export interface RawAnswer {
	status: number;
	headers: Record<string, unknown>;
	/** Parsed JSON; the text itself when it is no JSON; undefined when there is none. */
	body: unknown;
}

/** What n8n's HTTP helpers return when asked for the full response. */
export function rawAnswer(answer: unknown): RawAnswer {
	const { statusCode, headers, body } = answer as {
		statusCode: number;
		headers?: RawAnswer['headers'];
		body: unknown;
	};
	return { status: statusCode, headers: headers ?? {}, body: typeof body === 'string' ? parsed(body) : body };
}

function parsed(text: string): unknown {
	if (text.trim() === '') return undefined;
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return text;
	}
}

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

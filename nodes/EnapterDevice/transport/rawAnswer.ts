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

export interface ApiError {
	code: string;
	message: string;
	details?: Record<string, unknown>;
}

/**
 * A request the API refuses: thrown by whatever finds the reason, turned into
 * `{"errors":[{code, message, details?}]}` in one place. That shape and the codes `invalid_header` and
 * `forbidden` come from Enapter's clients; the other codes and most messages are invented.
 */
export class Refusal extends Error {
	readonly status: number;
	readonly body: { errors: ApiError[] };
	readonly headers: Record<string, string>;

	constructor(status: number, error: ApiError, headers: Record<string, string> = {}) {
		super(error.message);
		this.status = status;
		this.body = { errors: [error] };
		this.headers = headers;
	}
}

/** 400: the payload or a query parameter failed parsing or validation. */
export function invalid(field: string, message: string): Refusal {
	return new Refusal(400, { code: 'invalid_argument', message, details: { field } });
}

/** 404: no such device, site, blueprint or path. */
export function notFound(message: string): Refusal {
	return new Refusal(404, { code: 'not_found', message });
}

/** 422: understood, and not possible. The status is inferred: the reference names the refusals, not their status. */
export function unprocessable(message: string): Refusal {
	return new Refusal(422, { code: 'unprocessable_entity', message });
}

export interface ErrorEntry {
	code: string;
	message: string;
	details?: Record<string, unknown>;
}

/**
 * A request that the API rejects: thrown by whatever finds the reason, turned into
 * `{"errors":[{code, message, details?}]}` in one place. That shape and the codes `invalid_header` and
 * `forbidden` come from Enapter's clients; the other codes and most messages are invented.
 */
export class ApiError extends Error {
	readonly status: number;
	readonly body: { errors: ErrorEntry[] };
	readonly headers: Record<string, string>;

	constructor(status: number, error: ErrorEntry, headers: Record<string, string> = {}) {
		super(error.message);
		this.status = status;
		this.body = { errors: [error] };
		this.headers = headers;
	}
}

/** 400: the payload or a query parameter failed parsing or validation. */
export function invalid(field: string, message: string): ApiError {
	return new ApiError(400, { code: 'invalid_argument', message, details: { field } });
}

/** 400: a query does not parse. The code is known from Enapter's Grafana data source. */
export function invalidQuery(field: string, message: string): ApiError {
	return new ApiError(400, { code: 'invalid_query_parameter_format', message, details: { field } });
}

/** 404: no such device, site, blueprint or path. */
export function notFound(message: string): ApiError {
	return new ApiError(404, { code: 'not_found', message });
}

/** 422: understood, and not possible. The status is inferred: the reference says what is rejected, not with which status. */
export function unprocessable(message: string): ApiError {
	return new ApiError(422, { code: 'unprocessable_entity', message });
}

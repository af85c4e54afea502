import type { Dialect } from './dialect.mts';

export interface ErrorEntry {
	code: string;
	message: string;
	details?: Record<string, unknown>;
}

/**
 * A request that the API refuses. Code anywhere below a route throws it; the dispatcher turns it into a response.
 * The shape `{"errors":[{code, message, details?}]}` and the codes `invalid_header` and `forbidden` come from
 * Enapter's clients. The other codes and most messages are invented.
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

/** 400: the body or a query parameter is not valid. */
export function invalid(field: string, message: string): ApiError {
	return refused(400, message, field);
}

/** 400: a query cannot be parsed. The code is known from Enapter's Grafana data source. */
export function invalidQuery(field: string, message: string): ApiError {
	return new ApiError(400, { code: 'invalid_query_parameter_format', message, details: { field } });
}

/** 404: no such device, site, blueprint or path. */
export function notFound(message: string): ApiError {
	return new ApiError(404, { code: 'not_found', message });
}

/** 422: valid, but not possible. The status is inferred: the reference does not state it. */
export function unprocessable(message: string): ApiError {
	return refused(422, message);
}

/** The same refusal with one of the statuses of a dialect. `field` is the field that is not valid. */
export function refused(status: number, message: string, field?: string): ApiError {
	const codes: Record<number, string> = {
		400: 'invalid_argument',
		404: 'not_found',
		409: 'conflict',
		422: 'unprocessable_entity',
	};
	const details = field === undefined ? {} : { details: { field } };
	return new ApiError(status, { code: codes[status] ?? 'error', message, ...details });
}

/** The slug belongs to another device. Inferred: slugs are unique in the fleet. */
export function slugInUse({ slugInUse: status }: Dialect): ApiError {
	return new ApiError(Number(status), { code: 'already_exists', message: 'slug already in use' });
}

/** The body of an error in the form of the dialect: an object for JSON, or a text. */
export function errorBody({ errors }: { errors: ErrorEntry[] }, form: Dialect['errorBody']): object | string {
	const [first] = errors;
	switch (form) {
		case 'full':
			return { errors };
		case 'noCode':
			return { errors: errors.map(({ code: _code, ...error }) => error) };
		case 'noMessage':
			return { errors: errors.map(({ message: _message, ...error }) => error) };
		case 'several':
			return { errors: [...errors, { code: 'see_also', message: 'A second reason.' }] };
		case 'emptyList':
			return { errors: [] };
		case 'text':
			return first?.message ?? '';
		case 'empty':
			return '';
	}
}

import { ApiError, invalid } from './apiError.mts';
import type { Executions } from './executions.mts';
import type { Fleet } from './fleet.mts';
import { requireRole, type Role } from './roles.mts';
import { parseExpand } from './view.mts';

/** What clients send at most, and what the emulator sends at most and without being asked (both inferred). */
const PAGE = 50;

/** One authenticated request, as a route reads it. Every method that reads throws 400 for what it cannot take. */
export class RequestContext {
	readonly fleet: Fleet;
	readonly executions: Executions;
	readonly role: Role;
	readonly #params: Record<string, string | undefined>;
	readonly #query: Record<string, string | string[] | undefined>;
	readonly #body: string | undefined;

	constructor(
		state: { fleet: Fleet; executions: Executions },
		role: Role,
		input: {
			params: Record<string, string | undefined>;
			query: Record<string, string | string[] | undefined>;
			body: string | undefined;
		},
	) {
		this.fleet = state.fleet;
		this.executions = state.executions;
		this.role = role;
		this.#params = input.params;
		this.#query = input.query;
		this.#body = input.body;
	}

	/** A part of the path, percent-decoded once. */
	param(name: string): string {
		return this.#params[name] ?? '';
	}

	/** The values of a query parameter, in order. */
	query(name: string): string[] {
		return [this.#query[name] ?? []].flat();
	}

	/** The values of a query parameter that lists them with commas; none for an empty one. */
	list(name: string): string[] {
		return this.query(name)
			.flatMap((value) => value.split(','))
			.filter((value) => value !== '');
	}

	/** The parameters `name[key]=value,value` by key, in order. */
	queryMap(name: string): Map<string, string[]> {
		const keys = Object.keys(this.#query).filter((key) => key.startsWith(`${name}[`) && key.endsWith(']'));
		return new Map(keys.map((key) => [key.slice(name.length + 1, -1), this.list(key)]));
	}

	/** Throws 403 if the token's role is below `needed`. */
	needs(needed: Role): void {
		requireRole(this.role, needed);
	}

	expand(): string[] {
		return parseExpand(this.list('expand'));
	}

	/** The part of `all` that `offset` and `limit` ask for; empty past the end. */
	page<T>(all: readonly T[]): T[] {
		const offset = this.#integer('offset', 0, 0);
		const limit = Math.min(this.#integer('limit', 1, PAGE), PAGE);
		return all.slice(offset, offset + limit);
	}

	/** The body as a JSON object, whatever its content type: the reference's own curl examples send none of JSON's. */
	body(): Record<string, unknown> {
		let value: unknown;
		try {
			value = JSON.parse(this.#body ?? '');
		} catch {
			throw new ApiError(400, { code: 'invalid_json', message: 'Request body is not valid JSON.' });
		}
		if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
		throw new ApiError(400, { code: 'invalid_json', message: 'Request body must be a JSON object.' });
	}

	#integer(name: string, least: number, otherwise: number): number {
		const [text] = this.query(name);
		if (text === undefined || text === '') return otherwise;
		const value = Number(text);
		if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
		throw invalid(name, `${name} must be an integer of at least ${least}`);
	}
}

/** A field that is a string, null or absent. Throws 400 for anything else. */
export function optionalString(body: Record<string, unknown>, field: string): string | null | undefined {
	const value = body[field];
	if (value === undefined || value === null || typeof value === 'string') return value;
	throw invalid(field, `${field} must be a string`);
}

/** A field that is a string and not blank. Throws 400 for anything else. */
export function requiredString(body: Record<string, unknown>, field: string): string {
	const value = optionalString(body, field);
	if (value == null || value.trim() === '') throw invalid(field, `${field} is required`);
	return value;
}

import { ApiError, invalid } from './apiError.mts';
import type { Dialect } from './dialect.mts';
import type { Executions } from './executions.mts';
import type { Fleet } from './fleet.mts';
import { parseJson } from './json.mts';
import { requireRole, type Role } from './roles.mts';
import { parseExpand } from './view.mts';

/** Highest `limit` that every dialect accepts, because enapter-cli requests it. */
const ACCEPTED_LIMIT = 50;

/** One authenticated request. All methods that read it throw 400 for an invalid value. */
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

	get dialect(): Dialect {
		return this.fleet.dialect;
	}

	/** A part of the path, percent-decoded once. */
	param(name: string): string {
		return this.#params[name] ?? '';
	}

	/** The values of a query parameter, in order. */
	query(name: string): string[] {
		return [this.#query[name] ?? []].flat();
	}

	/** The values of a query parameter that separates them with commas; none for an empty one. */
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
		return parseExpand(this.list('expand'), this.dialect);
	}

	/** The page of `all` that `offset` and `limit` ask for, under `key`, with its `total_count`. */
	page<T>(
		key: string,
		all: readonly T[],
		view: (entry: T) => object,
		totalCount: Dialect['totalCount'] = this.dialect.totalCount,
	): object {
		const { pageSize, limitTooHigh, pageOverlap, emptyList } = this.dialect;
		const size = Number(pageSize);
		const limit = this.#integer('limit', 1, size);
		const most = Math.max(size, ACCEPTED_LIMIT);
		if (limit > most && limitTooHigh === 'rejected') throw invalid('limit', `limit must be at most ${most}`);
		const offset = this.#integer('offset', 0, 0);
		const start = pageOverlap === 'one' && offset > 0 ? offset - 1 : offset;
		const entries = all.slice(start, start + Math.min(limit, size)).map(view);
		const empty = { list: [], missing: undefined, null: null }[emptyList];
		return {
			[key]: entries.length > 0 ? entries : empty,
			total_count: this.#totalCount(all.length, totalCount),
		};
	}

	/**
	 * The body as a JSON object, whatever its content type: the reference's curl examples send none. Integers beyond
	 * 2^53 are JsonNumbers.
	 */
	body(): Record<string, unknown> {
		let value: unknown;
		try {
			value = parseJson(this.#body ?? '');
		} catch {
			throw new ApiError(400, { code: 'invalid_json', message: 'Request body is not valid JSON.' });
		}
		if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
		throw new ApiError(400, { code: 'invalid_json', message: 'Request body must be a JSON object.' });
	}

	#totalCount(count: number, form: Dialect['totalCount']): number | null | undefined {
		this.fleet.countedLists += 1;
		switch (form) {
			case 'exact':
				return count;
			case 'missing':
				return undefined;
			case 'null':
				return null;
			case 'zero':
				return 0;
			case 'tooLow':
				return Math.floor(count / 2);
			case 'tooHigh':
				return 2 * count + 1;
			case 'alternating':
				return this.fleet.countedLists % 2 === 0 ? count + 7 : count;
		}
	}

	#integer(name: string, least: number, otherwise: number): number {
		const [text] = this.query(name);
		if (text === undefined || text === '') return otherwise;
		const value = Number(text);
		if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
		throw invalid(name, `${name} must be an integer, at least ${least}`);
	}
}

/** Reads a field that is a string, null or absent. Throws 400 for anything else. */
export function optionalString(body: Record<string, unknown>, field: string): string | null | undefined {
	const value = body[field];
	if (value === undefined || value === null || typeof value === 'string') return value;
	throw invalid(field, `${field} must be a string`);
}

/** Reads a field that is a string and not blank. Throws 400 for anything else. */
export function requiredString(body: Record<string, unknown>, field: string): string {
	const value = optionalString(body, field);
	if (value == null || value.trim() === '') throw invalid(field, `${field} is required`);
	return value;
}

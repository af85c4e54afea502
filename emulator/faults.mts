/** A failure of the requests that it matches. */
export interface Fault {
	/** All requests if absent. A string matches each path that contains it. The path is raw, with its query. */
	match?: { method?: string; path?: RegExp | string };
	/** Number of requests that fail; all if absent. */
	times?: number;
	/** Number of matching requests that pass first; 0 if absent. */
	after?: number;
	/**
	 * Not processed:
	 * - `status`: respond with `status` (500), `headers` and `body`
	 * - `reset-before`: close the connection
	 * - `hang-before`: never respond
	 *
	 * Processed:
	 * - `body`: respond with `status` (200), `headers` and `body` instead of the response
	 * - `reset-during`: start to process the request and close the connection at once; a command keeps running
	 * - `reset-after`: close the connection when the response is ready
	 * - `hang`: never respond
	 * - `slow`: respond after `delay` ms (60,000)
	 * - `drip`: send the response one byte every `interval` ms (100), and without end if `endless`
	 * - `cut`: respond with `status` (200), the full Content-Length and half of the body, then close the connection
	 * - `cut-gzip`: respond with `status` (200) and half of the gzip of the body, as a complete response
	 */
	kind:
		| 'status'
		| 'reset-before'
		| 'hang-before'
		| 'body'
		| 'reset-during'
		| 'reset-after'
		| 'hang'
		| 'slow'
		| 'drip'
		| 'cut'
		| 'cut-gzip';
	status?: number;
	headers?: Record<string, string>;
	/** A string is sent unchanged, anything else as JSON; no body if absent. */
	body?: unknown;
	/** Milliseconds before a `slow` response. */
	delay?: number;
	/** Milliseconds between two bytes of a `drip`. */
	interval?: number;
	/** Whether a `drip` sends spaces for ever before its last byte. */
	endless?: boolean;
	/** Number of bytes that `cut` and `cut-gzip` send; half of them if absent. */
	bytes?: number;
}

/** The active faults, with the number of requests that each has let pass and has failed. */
export class FaultList {
	readonly list: Fault[] = [];
	#counts = new WeakMap<Fault, { passed: number; applied: number }>();

	add(fault: Fault): void {
		this.#counts.delete(fault);
		this.list.push(fault);
	}

	clear(): void {
		this.list.length = 0;
		this.#counts = new WeakMap();
	}

	/** Returns the first fault that applies to this request. Counts the request for it and for those before it. */
	next(method: string, path: string): Fault | undefined {
		return this.list.find((fault) => matches(fault, method, path) && this.#applies(fault));
	}

	#applies(fault: Fault): boolean {
		const count = this.#counts.get(fault) ?? { passed: 0, applied: 0 };
		this.#counts.set(fault, count);
		if (count.passed < (fault.after ?? 0)) {
			count.passed += 1;
			return false;
		}
		if (count.applied >= (fault.times ?? Infinity)) return false;
		count.applied += 1;
		return true;
	}
}

function matches({ match }: Fault, method: string, path: string): boolean {
	if (match?.method !== undefined && match.method.toUpperCase() !== method) return false;
	if (match?.path === undefined) return true;
	// Unlike test(), search() ignores the lastIndex of a RegExp with the g flag.
	return typeof match.path === 'string' ? path.includes(match.path) : path.search(match.path) >= 0;
}

/** Something that goes wrong with the requests it matches. */
export interface Fault {
	/** Every request, if absent. A string matches a path that contains it; the path is raw, with its query. */
	match?: { method?: string; path?: RegExp | string };
	/** How many requests it applies to; all, if absent. */
	times?: number;
	/** How many matching requests pass first; 0 if absent. */
	after?: number;
	/**
	 * - `status`: respond with `status` (500), `headers` and `body`, without processing the request
	 * - `reset-before`: close the connection without processing the request
	 * - `reset-during`: begin to process it and close the connection at once; a command goes on running
	 * - `reset-after`: process it, then close the connection without a response
	 * - `cut`: process it, respond with `status` (200), the whole Content-Length and half of the body, then close
	 * - `slow`: process it, then respond after `delay` ms (60,000)
	 * - `body`: process it, but respond with `status` (200), `headers` and `body`
	 */
	kind: 'status' | 'reset-before' | 'reset-during' | 'reset-after' | 'cut' | 'slow' | 'body';
	status?: number;
	headers?: Record<string, string>;
	/** A string is sent as it is, an object as JSON, nothing as an empty body. */
	body?: unknown;
	delay?: number;
}

/** The faults in force, and how many requests each has let pass and applied to. */
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

	/** The first fault that applies to this request. Counts it as applied, and those before it as passed. */
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
	// search() ignores the state that a RegExp with the g flag carries from one test() to the next.
	return typeof match.path === 'string' ? path.includes(match.path) : path.search(match.path) >= 0;
}

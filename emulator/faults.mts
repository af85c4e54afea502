/** Something that goes wrong with the requests it matches. */
export interface Fault {
	/** Every request, if absent. A string matches a path that contains it; the path is raw, with its query. */
	match?: { method?: string; path?: RegExp | string };
	/** How often it strikes; for ever if absent. */
	times?: number;
	/** How many matching requests pass first; 0 if absent. */
	after?: number;
	/**
	 * - `status`: answer `status` (500) with `headers` and `body`, without carrying the request out
	 * - `reset-before`: close the connection without carrying the request out
	 * - `reset-after`: carry it out, then close the connection without an answer
	 * - `cut`: carry it out, answer `status` (200) with the whole Content-Length and half of the body, then close
	 * - `slow`: carry it out, then answer after `delay` ms (60,000)
	 * - `body`: carry it out, but answer `status` (200) with `headers` and `body`
	 */
	kind: 'status' | 'reset-before' | 'reset-after' | 'cut' | 'slow' | 'body';
	status?: number;
	headers?: Record<string, string>;
	/** A string is sent as it is, an object as JSON, nothing as an empty body. */
	body?: unknown;
	delay?: number;
}

/** The faults in force, and how often each has passed and struck. */
export class FaultList {
	readonly list: Fault[] = [];
	#counts = new WeakMap<Fault, { passed: number; struck: number }>();

	add(fault: Fault): void {
		this.#counts.delete(fault);
		this.list.push(fault);
	}

	clear(): void {
		this.list.length = 0;
		this.#counts = new WeakMap();
	}

	/** The first fault that strikes this request. Counts it as struck, and those before it as passed. */
	next(method: string, path: string): Fault | undefined {
		return this.list.find((fault) => matches(fault, method, path) && this.#strikes(fault));
	}

	#strikes(fault: Fault): boolean {
		const count = this.#counts.get(fault) ?? { passed: 0, struck: 0 };
		this.#counts.set(fault, count);
		if (count.passed < (fault.after ?? 0)) {
			count.passed += 1;
			return false;
		}
		if (count.struck >= (fault.times ?? Infinity)) return false;
		count.struck += 1;
		return true;
	}
}

function matches({ match }: Fault, method: string, path: string): boolean {
	if (match?.method !== undefined && match.method.toUpperCase() !== method) return false;
	if (match?.path === undefined) return true;
	// search() ignores the state that a RegExp with the g flag carries from one test() to the next.
	return typeof match.path === 'string' ? path.includes(match.path) : path.search(match.path) >= 0;
}

/** A way in which an answer can go wrong on purpose. */
export interface Fault {
	/** Which requests it strikes; all by default. A text has to be in the path, a pattern has to match it. */
	match?: { method?: string; path?: RegExp | string };
	/** How often it strikes; for ever by default. */
	times?: number;
	/** How many matching requests pass before it strikes; none by default. */
	after?: number;
	/**
	 * - `status`: answers `status` without carrying the request out
	 * - `reset-before`: closes the connection without carrying the request out
	 * - `reset-after`: carries the request out, then closes the connection without an answer
	 * - `cut`: carries it out, sends half of the answer, then closes the connection
	 * - `slow`: carries it out, then answers after `delay` milliseconds (60,000)
	 * - `body`: carries it out, but answers with `status` (200), `headers` and `body` as given here
	 */
	kind: 'status' | 'reset-before' | 'reset-after' | 'cut' | 'slow' | 'body';
	status?: number;
	headers?: Record<string, string>;
	/** A text is sent as it is, anything else as JSON; none is an empty body. */
	body?: unknown;
	/** Milliseconds. */
	delay?: number;
}

interface Counted {
	fault: Fault;
	seen: number;
}

/** The faults in force, each with how many requests it has met. */
export class Faults {
	#counted: Counted[] = [];

	get list(): Fault[] {
		return this.#counted.map(({ fault }) => fault);
	}

	add(fault: Fault): void {
		this.#counted.push({ fault, seen: 0 });
	}

	clear(): void {
		this.#counted = [];
	}

	/** The first fault that strikes this request. */
	next(method: string, path: string): Fault | undefined {
		for (const counted of this.#counted) {
			const { match, after = 0, times = Infinity } = counted.fault;
			if (match?.method !== undefined && match.method !== method) continue;
			if (match?.path !== undefined && !matches(match.path, path)) continue;
			counted.seen++;
			if (counted.seen > after && counted.seen <= after + times) return counted.fault;
		}
		return undefined;
	}
}

function matches(wanted: RegExp | string, path: string): boolean {
	return typeof wanted === 'string' ? path.includes(wanted) : wanted.test(path);
}

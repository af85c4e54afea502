import { NotSentError } from './errors';
import { wait } from './wait';

interface Waiting {
	start(): void;
	abort(error: NotSentError): void;
}

/** First in, first out, without moving all that wait at each turn. */
class Queue<T> {
	private entries: T[] = [];
	private head = 0;

	push(entry: T): void {
		this.entries.push(entry);
	}

	shift(): T | undefined {
		const entry = this.entries[this.head];
		if (entry === undefined) return undefined;
		this.head++;
		if (this.head > 1000) {
			this.entries = this.entries.slice(this.head);
			this.head = 0;
		}
		return entry;
	}

	get isEmpty(): boolean {
		return this.head === this.entries.length;
	}
}

/**
 * The one place that bounds how many requests of a run are in flight, and slows all of them down when the API asks for
 * it: after {@link backOff} nothing starts until the wait is over, and then only half as many requests at once,
 * growing back by one for every full round. Retries go before new requests; both go first in, first out.
 */
export class Throttle {
	private allowed: number;
	private inFlight = 0;
	/** A wait that begins when somebody wants to go, so that no timer outlives the last request. */
	private pendingBackoff: number | undefined;
	private backingOffUntil = 0;
	private readonly retries = new Queue<Waiting>();
	private readonly requests = new Queue<Waiting>();

	constructor(
		private readonly maxConcurrency: number,
		private readonly signal: AbortSignal | undefined,
	) {
		this.allowed = maxConcurrency;
		signal?.addEventListener('abort', () => this.abort());
	}

	/**
	 * Waits until a request may leave.
	 *
	 * @returns what to call when it has ended
	 * @throws NotSentError when the run is stopped before
	 */
	async acquire(isRetry: boolean): Promise<() => void> {
		if (this.signal?.aborted) throw new NotSentError();
		if (this.hasRoom()) this.inFlight++;
		else await this.delay(isRetry);
		if (this.signal?.aborted) {
			this.release();
			throw new NotSentError();
		}
		return () => this.release();
	}

	/** Holds every request back for so many milliseconds. While it does, only a later end counts. */
	backOff(milliseconds: number): void {
		if (!this.isBackingOff()) this.allowed = Math.max(1, this.allowed / 2);
		this.pendingBackoff = Math.max(this.pendingBackoff ?? 0, milliseconds);
		if (!this.retries.isEmpty || !this.requests.isEmpty) this.beginBackoff();
	}

	private release(): void {
		this.inFlight--;
		if (!this.isBackingOff()) {
			this.allowed = Math.min(this.maxConcurrency, this.allowed + 1 / this.allowed);
		}
		this.drain();
	}

	private isBackingOff(): boolean {
		return this.pendingBackoff !== undefined || this.backingOffUntil !== 0;
	}

	private hasRoom(): boolean {
		return !this.isBackingOff() && this.inFlight < Math.floor(this.allowed);
	}

	private async delay(isRetry: boolean): Promise<void> {
		return await new Promise((resolve, reject) => {
			(isRetry ? this.retries : this.requests).push({ start: resolve, abort: reject });
			this.beginBackoff();
		});
	}

	private beginBackoff(): void {
		if (this.pendingBackoff === undefined) return;
		const milliseconds = this.pendingBackoff;
		this.pendingBackoff = undefined;
		const until = Date.now() + milliseconds;
		if (until <= this.backingOffUntil) return;
		this.backingOffUntil = until;
		void wait(milliseconds, this.signal).then(() => {
			if (this.backingOffUntil !== until) return;
			this.backingOffUntil = 0;
			this.drain();
		});
	}

	private next(): Waiting | undefined {
		return this.retries.shift() ?? this.requests.shift();
	}

	private drain(): void {
		while (this.hasRoom()) {
			const next = this.next();
			if (next === undefined) return;
			this.inFlight++;
			next.start();
		}
	}

	private abort(): void {
		for (let next = this.next(); next !== undefined; next = this.next()) next.abort(new NotSentError());
	}
}

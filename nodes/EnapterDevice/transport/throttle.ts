import { clock, nextTurn, wait } from './clock';
import { NotSentError } from './errors';
import type { Stop } from './stop';

/** First in, first out, in constant time also for thousands of entries. */
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

/** How a request takes its slot. */
export interface SlotOptions {
	/** Retries go before new requests. */
	isRetry?: boolean;
	/** Maximum time that the request occupies its slot, in milliseconds. Default: until it ends. */
	slotTime?: number;
}

/**
 * Bounds how many requests of a run are in flight. After {@link backOff} nothing starts until the wait is over, and then only
 * half as many requests at once, growing back by one for every full round. First in, first out; retries go first.
 */
export class Throttle {
	private allowed: number;
	private inFlight = 0;
	/** A backoff that starts with the next request, so no timer is left running at the end. */
	private pendingBackoff: number | undefined;
	private backingOffUntil = 0;
	private readonly retries = new Queue<() => void>();
	private readonly requests = new Queue<() => void>();

	constructor(
		private readonly maxConcurrency: number,
		private readonly stop: Stop | undefined,
	) {
		this.allowed = maxConcurrency;
	}

	/**
	 * Sends a request as soon as a slot is free.
	 *
	 * @throws NotSentError when the run is stopped before; else what the request throws
	 */
	async run<T>(request: () => Promise<T>, { isRetry = false, slotTime }: SlotOptions = {}): Promise<T> {
		await this.acquire(isRetry);
		const release = this.releaseOnce();
		if (slotTime !== undefined) void wait(slotTime, this.stop).then(release);
		const response = await request().catch((error: unknown) => {
			// Free the slot only after the run has seen the failure, so that nothing starts if it stops.
			void nextTurn().then(release);
			throw error;
		});
		release();
		return response;
	}

	/** Holds all requests back, in milliseconds. During a backoff only a later end counts. */
	backOff(milliseconds: number): void {
		if (!this.isBackingOff()) this.allowed = Math.max(1, this.allowed / 2);
		this.pendingBackoff = Math.max(this.pendingBackoff ?? 0, milliseconds);
		if (!this.retries.isEmpty || !this.requests.isEmpty) this.startBackoff();
	}

	private async acquire(isRetry: boolean): Promise<void> {
		if (this.hasSlot()) this.inFlight++;
		else await this.queue(isRetry);
		if (!this.stop?.isStopped) return;
		this.release();
		throw new NotSentError();
	}

	private releaseOnce(): () => void {
		let isHeld = true;
		return () => {
			if (isHeld) this.release();
			isHeld = false;
		};
	}

	private release(): void {
		this.inFlight--;
		if (!this.isBackingOff()) {
			this.allowed = Math.min(this.maxConcurrency, this.allowed + 1 / this.allowed);
		}
		this.startNext();
	}

	private isBackingOff(): boolean {
		return this.pendingBackoff !== undefined || this.backingOffUntil !== 0;
	}

	private hasSlot(): boolean {
		return !this.isBackingOff() && this.inFlight < Math.floor(this.allowed);
	}

	private async queue(isRetry: boolean): Promise<void> {
		await new Promise<void>((start) => {
			(isRetry ? this.retries : this.requests).push(start);
			this.startBackoff();
		});
	}

	private startBackoff(): void {
		if (this.pendingBackoff === undefined) return;
		const milliseconds = this.pendingBackoff;
		this.pendingBackoff = undefined;
		const until = clock.now() + milliseconds;
		if (until <= this.backingOffUntil) return;
		this.backingOffUntil = until;
		void wait(milliseconds, this.stop).then(() => {
			if (this.backingOffUntil !== until) return;
			this.backingOffUntil = 0;
			this.startNext();
		});
	}

	private startNext(): void {
		while (this.hasSlot()) {
			const start = this.retries.shift() ?? this.requests.shift();
			if (start === undefined) return;
			this.inFlight++;
			start();
		}
	}
}

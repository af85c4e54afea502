import { wait } from './wait';

/**
 * Lets at most so many requests out at once, and slows all of them down when the API asks for it: after
 * {@link slowDown} nothing starts until the pause is over, and then only half as many requests at once, growing back by one
 * for every full round.
 */
export class Throttle {
	private allowed: number;
	private inFlight = 0;
	/** A pause that begins when somebody wants to go, so that no timer outlives the last request. */
	private pause: number | undefined;
	private pausedUntil = 0;
	private readonly waiting: Array<() => void> = [];

	constructor(
		private readonly most: number,
		private readonly signal: AbortSignal | undefined,
	) {
		this.allowed = most;
	}

	/**
	 * Sends a request when its turn has come.
	 *
	 * @param isRepeat a repeated request goes before the new ones
	 */
	async run<T>(send: () => Promise<T>, isRepeat: boolean): Promise<T> {
		if (this.hasRoom()) this.inFlight++;
		else await this.turn(isRepeat);
		try {
			return await send();
		} finally {
			this.inFlight--;
			if (!this.isPaused()) this.allowed = Math.min(this.most, this.allowed + 1 / this.allowed);
			this.letOut();
		}
	}

	/** Holds every request back for so many milliseconds. During a pause only a later end counts. */
	slowDown(milliseconds: number): void {
		if (!this.isPaused()) this.allowed = Math.max(1, this.allowed / 2);
		this.pause = Math.max(this.pause ?? 0, milliseconds);
		if (this.waiting.length > 0) this.beginPause();
	}

	private isPaused(): boolean {
		return this.pause !== undefined || this.pausedUntil !== 0;
	}

	private hasRoom(): boolean {
		return !this.isPaused() && this.inFlight < Math.floor(this.allowed);
	}

	private async turn(isRepeat: boolean): Promise<void> {
		return await new Promise((resolve) => {
			if (isRepeat) this.waiting.unshift(resolve);
			else this.waiting.push(resolve);
			this.beginPause();
		});
	}

	private beginPause(): void {
		if (this.pause === undefined) return;
		const milliseconds = this.pause;
		this.pause = undefined;
		const until = Date.now() + milliseconds;
		if (until <= this.pausedUntil) return;
		this.pausedUntil = until;
		void wait(milliseconds, this.signal).then(() => {
			if (this.pausedUntil !== until) return;
			this.pausedUntil = 0;
			this.letOut();
		});
	}

	private letOut(): void {
		while (this.hasRoom()) {
			const next = this.waiting.shift();
			if (next === undefined) return;
			this.inFlight++;
			next();
		}
	}
}

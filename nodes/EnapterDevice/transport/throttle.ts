import { wait } from './wait';

/**
 * Lets at most so many requests out at once, and slows all of them down when the API asks for it: after
 * {@link slowDown} nothing starts until the pause is over, and then only half as many requests at once, growing back by one
 * for every full round.
 */
export class Throttle {
	private allowed: number;
	private inFlight = 0;
	private pausedUntil = 0;
	private readonly waiting: Array<() => void> = [];

	constructor(
		private readonly most: number,
		private readonly signal: AbortSignal | undefined,
	) {
		this.allowed = most;
	}

	/**
	 * @param send what to do once there is room
	 * @param isRepeat a repeated request goes before the new ones
	 */
	async run<T>(send: () => Promise<T>, isRepeat: boolean): Promise<T> {
		if (this.hasRoom()) this.inFlight++;
		else await this.turn(isRepeat);
		try {
			return await send();
		} finally {
			this.inFlight--;
			this.allowed = Math.min(this.most, this.allowed + 1 / this.allowed);
			this.letOut();
		}
	}

	/** Holds every request back. Asked again during a pause, only a later end counts. */
	slowDown(milliseconds: number): void {
		const until = Date.now() + milliseconds;
		if (this.pausedUntil === 0) this.allowed = Math.max(1, this.allowed / 2);
		if (until <= this.pausedUntil) return;
		this.pausedUntil = until;
		void wait(milliseconds, this.signal).then(() => {
			if (this.pausedUntil !== until) return;
			this.pausedUntil = 0;
			this.letOut();
		});
	}

	private hasRoom(): boolean {
		return this.pausedUntil === 0 && this.inFlight < Math.floor(this.allowed);
	}

	private async turn(isRepeat: boolean): Promise<void> {
		return await new Promise((resolve) => {
			if (isRepeat) this.waiting.unshift(resolve);
			else this.waiting.push(resolve);
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

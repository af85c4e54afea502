import { clock } from '../../nodes/EnapterDevice/transport/clock.ts';

const real = { ...clock };

/** Replaces the node's clock, so that waits take no time. Call {@link PassingTime.restore} after each test. */
export class PassingTime {
	/** The waits so far, in milliseconds. */
	readonly waits: number[] = [];
	/** Whether a wait moves the node's clock forward. */
	moves = false;
	/** Called at each wait. */
	onWait: (milliseconds: number) => void = () => {};

	private ahead = 0;

	constructor() {
		clock.now = () => real.now() + this.ahead;
		clock.sleep = async (milliseconds) => {
			this.waits.push(milliseconds);
			if (this.moves) this.ahead += milliseconds;
			this.onWait(milliseconds);
			await new Promise((resolve) => setImmediate(resolve));
		};
	}

	restore(): void {
		Object.assign(clock, real);
	}
}

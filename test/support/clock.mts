import { sleep } from 'n8n-workflow';

import { clock } from '../../nodes/EnapterDevice/transport/clock.ts';

const original = { ...clock };

/**
 * Makes the node's waits end immediately in all tests of a file.
 *
 * @returns the waits of the current test, in milliseconds; `onWait` can be set to let something else happen
 */
export function withoutWaiting(): {
	waits: number[];
	onWait: (milliseconds: number) => void | Promise<void>;
} {
	const recorded: ReturnType<typeof withoutWaiting> = { waits: [], onWait: () => {} };
	beforeEach(() => {
		recorded.waits = [];
		recorded.onWait = () => {};
		clock.sleep = async (milliseconds) => {
			recorded.waits.push(milliseconds);
			await recorded.onWait(milliseconds);
		};
	});
	afterEach(() => void Object.assign(clock, original));
	return recorded;
}

/** A clock that stands still until {@link advance} is called. */
export class TestClock {
	time = 1_000_000;
	private sleepers: Array<{ until: number; wake(): void }> = [];

	/** Replaces the node's clock in all tests of a file. */
	static install(): TestClock {
		const test = new TestClock();
		beforeEach(() => {
			test.time = 1_000_000;
			test.sleepers = [];
			clock.now = () => test.time;
			clock.sleep = async (milliseconds) =>
				await new Promise((wake) => test.sleepers.push({ until: test.time + milliseconds, wake }));
		});
		afterEach(() => void Object.assign(clock, original));
		return test;
	}

	/** How many waits have not ended. */
	get sleeping(): number {
		return this.sleepers.length;
	}

	async advance(milliseconds: number): Promise<void> {
		await settle();
		this.time += milliseconds;
		const due = this.sleepers.filter(({ until }) => until <= this.time);
		this.sleepers = this.sleepers.filter(({ until }) => until > this.time);
		for (const { wake } of due) wake();
		await settle();
	}
}

/** Runs all pending callbacks. Timers of the same duration run in the order in which they were set. */
export async function settle(): Promise<void> {
	for (let turn = 0; turn < 3; turn++) await sleep(0);
}

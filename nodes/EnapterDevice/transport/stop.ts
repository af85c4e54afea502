/**
 * Notifies all parts of a run that it was stopped or cancelled. Used instead of an AbortSignal, which warns when more than ten
 * requests wait on it.
 */
export class Stop {
	private readonly callbacks = new Set<() => void>();
	private stopped = false;

	get isStopped(): boolean {
		return this.stopped;
	}

	/** Stops the run. Requests in flight complete; nothing more is sent. */
	stop(): void {
		this.stopped = true;
		const callbacks = [...this.callbacks];
		this.callbacks.clear();
		for (const callback of callbacks) callback();
	}

	/** Allows requests again. Call it only after everything that was waiting has ended. */
	resume(): void {
		this.stopped = false;
	}

	/**
	 * Calls back when the run is stopped.
	 *
	 * @returns a function that cancels the call
	 */
	onStop(callback: () => void): () => void {
		this.callbacks.add(callback);
		return () => this.callbacks.delete(callback);
	}
}

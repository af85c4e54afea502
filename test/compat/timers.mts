/**
 * n8n 1 starts an interval for SSH connections and never clears it, which would keep Jest from exiting. n8n 2 unrefs it in the
 * same way.
 */
const start = globalThis.setInterval;

globalThis.setInterval = Object.assign(
	(run: () => void, milliseconds?: number) => start(run, milliseconds).unref(),
	start,
);

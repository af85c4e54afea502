/**
 * n8n 1 starts an interval for SSH connections that it never ends and that keeps the process alive, so that Jest would
 * not exit; n8n 2 itself lets go of it like this.
 */
const start = globalThis.setInterval;

globalThis.setInterval = Object.assign(
	(run: () => void, milliseconds?: number) => start(run, milliseconds).unref(),
	start,
);

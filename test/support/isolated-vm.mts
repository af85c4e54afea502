/**
 * Takes the place of `isolated-vm` under Jest (see `moduleNameMapper`): a native module whose build for the running
 * Node.js may not exist. In-process tests use the expression engine of n8n that does not need it.
 */
export class Isolate {
	constructor() {
		throw new Error('isolated-vm is not available in the in-process tests');
	}
}

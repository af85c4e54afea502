/**
 * Takes the place of `isolated-vm` under Jest (see `moduleNameMapper`): a native module whose build for the running
 * Node need not be there. In-process tests use n8n's expression engine that does without it.
 */
export class Isolate {
	constructor() {
		throw new Error('isolated-vm is not available in the in-process tests');
	}
}

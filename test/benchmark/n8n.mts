import { createRequire } from 'node:module';

/** Loads from the installed n8n, not from this package's own development dependencies. */
const require = createRequire(new URL('../../n8n/package.json', import.meta.url));

export const core = require('n8n-core') as typeof import('n8n-core');
export const workflow = require('n8n-workflow') as typeof import('n8n-workflow');

/** A module of the installed n8n. */
export function load(name: string): unknown {
	return require(name);
}

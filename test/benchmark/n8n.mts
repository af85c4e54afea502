import { createRequire } from 'node:module';

/** Loads from the pinned n8n, not from this package's development dependencies. */
const require = createRequire(new URL('../../n8n/package.json', import.meta.url));

export const core = require('n8n-core') as typeof import('n8n-core');
export const workflow = require('n8n-workflow') as typeof import('n8n-workflow');

/** Loads a module of the pinned n8n. */
export function load(name: string): unknown {
	return require(name);
}

import { ErrorReporter, InstanceSettings } from 'n8n-core';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where n8n would keep its files; the tests never create it. */
export const USER_FOLDER = join(tmpdir(), 'n8n-nodes-enapter-never-created');

/**
 * Replaces the n8n instance that n8n-core expects. Left alone, n8n-core writes an encryption key into
 * `~/.n8n/config` and logs each error of a node; binary data would go to files.
 */
export function prepareInstance(): void {
	process.env['N8N_USER_FOLDER'] = USER_FOLDER;
	process.env['N8N_DEFAULT_BINARY_DATA_MODE'] = 'default';
	// Changed in place: n8n-core's dependency container, which would take other instances, is not in its exports.
	Object.assign(InstanceSettings.prototype, { loadOrCreate: () => ({ encryptionKey: 'test' }) });
	Object.assign(ErrorReporter.prototype, { error: () => undefined });
}

import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Copies the built package next to n8n's modules, so that it uses n8n's `n8n-workflow` like an installed package, and so
 * that a build during the benchmark has no effect.
 *
 * @returns the folder, which is removed when the process exits
 */
export function installBuiltPackage(): string {
	const folder = mkdtempSync(join(tmpdir(), 'n8n-nodes-enapter-'));
	process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
	cpSync(fileURLToPath(new URL('../../dist', import.meta.url)), join(folder, 'dist'), { recursive: true });
	symlinkSync(
		fileURLToPath(new URL('../../n8n/node_modules', import.meta.url)),
		join(folder, 'node_modules'),
	);
	return folder;
}

// Runs `npm ci` in a folder (the root of the repository unless another is named) whose node_modules is not what its
// lockfile says, so that `npm start` and `npm test` work on a fresh checkout.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = resolve(import.meta.dirname, '..', process.argv[2] ?? '');

/** The packages that a lockfile names. Where there is none, none. */
function packagesOf(lockfile) {
	try {
		return JSON.parse(readFileSync(join(folder, lockfile), 'utf8')).packages;
	} catch {
		return {};
	}
}

// npm writes the second file, of what it installed; binaries for other platforms are not in it.
const installed = packagesOf('node_modules/.package-lock.json');
const isMissing = ([name, { version, optional }]) =>
	name !== '' && optional !== true && installed[name]?.version !== version;

if (Object.entries(packagesOf('package-lock.json')).some(isMissing)) {
	console.log(`Installing what ${join(folder, 'package-lock.json')} names (a few minutes, only this once) …`);
	const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
		cwd: folder,
		stdio: 'inherit',
		shell: process.platform === 'win32',
	});
	process.exitCode = status ?? 1;
}

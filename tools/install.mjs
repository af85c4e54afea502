// Runs `npm ci` in a folder (default: the root of the repository) if its node_modules differs from its lockfile, so that
// `npm start` and `npm test` work in a fresh checkout.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = resolve(import.meta.dirname, '..', process.argv[2] ?? '');

/** The packages in a lockfile; none if there is no lockfile. */
function packagesOf(lockfile) {
	try {
		return JSON.parse(readFileSync(join(folder, lockfile), 'utf8')).packages;
	} catch {
		return {};
	}
}

// npm writes this file when it installs. Binaries for other platforms are not in it.
const installed = packagesOf('node_modules/.package-lock.json');
const isMissing = ([name, { version, optional }]) =>
	name !== '' && optional !== true && installed[name]?.version !== version;

if (Object.entries(packagesOf('package-lock.json')).some(isMissing)) {
	console.log(
		`Installing the packages in ${join(folder, 'package-lock.json')} (a few minutes, only the first time) …`,
	);
	// Shows errors but no warnings: on Node.js 20 npm warns that parts of n8n's engine, which are not used here, need a newer one.
	const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
		cwd: folder,
		stdio: 'inherit',
		shell: process.platform === 'win32',
	});
	process.exitCode = status ?? 1;
}

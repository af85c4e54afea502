// Brings the development dependencies when they are missing or older than the lockfile.
// Not with `npm ci`: npm 11 refuses a lockfile without an entry for every platform's optional binary, and some of those
// cannot be had everywhere. `npm install` takes the locked versions all the same and leaves the lockfile alone.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** What npm recorded in a lockfile, or nothing when there is none. */
function packagesOf(path) {
	try {
		return JSON.parse(readFileSync(path, 'utf8')).packages;
	} catch {
		return {};
	}
}

const wanted = packagesOf(join(root, 'package-lock.json'));
const installed = packagesOf(join(root, 'node_modules/.package-lock.json'));
const isMissing = ([name, { version, optional }]) =>
	name !== '' && optional !== true && installed[name]?.version !== version;

if (Object.entries(wanted).some(isMissing)) {
	console.log('Installing the development dependencies (about two minutes the first time) …');
	const { status } = spawnSync('npm', ['install', '--no-save', '--no-audit', '--no-fund'], {
		cwd: root,
		stdio: 'inherit',
		shell: process.platform === 'win32',
	});
	if (status !== 0) process.exit(status ?? 1);
}

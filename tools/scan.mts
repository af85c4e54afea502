/**
 * Applies the rules of n8n's package scanner, without network, to the tarball that npm would publish and to the sources it
 * was built from. Needs a build.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { analyzePackage, SOURCE_FILE_PATTERNS } from '@n8n/scan-community-package/scanner/scanner.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

// Compiled code and the manifest, as in `analyzePackageByName` of the scanner, which does not export it.
const TARBALL_FILE_PATTERNS = ['**/*.js', 'package.json'];

/** Packs the built package, unpacks it into `folder`, and returns the unpacked folder. */
function unpackTarball(folder: string): string {
	execFileSync('npm', ['pack', '--loglevel=error', '--pack-destination', folder], {
		cwd: root,
		stdio: ['ignore', 'ignore', 'inherit'],
		shell: process.platform === 'win32',
	});
	const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz'));
	if (!tarball) throw new Error('npm pack created no tarball');
	execFileSync('tar', ['-xzf', tarball], { cwd: folder, stdio: 'inherit' });
	return join(folder, 'package');
}

/** Scans one folder, prints the result, and returns whether it passed. */
async function scan(what: string, folder: string, patterns: string[]): Promise<boolean> {
	const { passed, message, details } = await analyzePackage(folder, patterns);
	console.log(`${passed ? '✔' : '✘'} ${what}: ${passed ? 'no findings' : message}`);
	if (details) console.log(details);
	return passed;
}

if (!existsSync(join(root, 'dist'))) {
	console.error('There is no dist/ folder. Run "npm run build" first.');
	process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), 'enapter-scan-'));
try {
	const verdicts = [
		await scan('tarball', unpackTarball(folder), TARBALL_FILE_PATTERNS),
		await scan('sources', root, SOURCE_FILE_PATTERNS),
	];
	if (verdicts.includes(false)) process.exitCode = 1;
} finally {
	rmSync(folder, { recursive: true, force: true });
}

import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const NAME = 'n8n-nodes-enapter';

/**
 * Packs this package and unpacks the tarball into n8n's folder for community packages, so that n8n runs exactly what would
 * be published. Needs a build. n8n itself only installs from a registry, so this repeats the steps of its installer
 * (n8n 2.41.1, community-packages.service.js), except for the entry in Settings, Community nodes, which is a row in n8n's
 * database.
 *
 * @param userFolder n8n's user folder
 * @throws Error if npm or tar fails
 */
export async function installPackage(userFolder: string): Promise<void> {
	const nodes = join(userFolder, '.n8n', 'nodes');
	const modules = join(nodes, 'node_modules');
	await mkdir(modules, { recursive: true });
	const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', nodes]);
	const [packed] = JSON.parse(stdout) as Array<{ filename: string; version: string }>;
	if (packed === undefined) throw new Error('npm pack created no tarball');
	const tarball = join(nodes, packed.filename);
	await rm(join(modules, NAME), { recursive: true, force: true });
	await run('tar', ['-xzf', tarball, '-C', modules]);
	await rename(join(modules, 'package'), join(modules, NAME));
	await rm(tarball);
	await removeDependencies(join(modules, NAME, 'package.json'));
	const manifest = join(nodes, 'package.json');
	await writeFile(manifest, await withDependency(manifest, packed.version));
}

/** Like n8n's installer, so that the package finds n8n's own n8n-workflow. */
async function removeDependencies(manifest: string): Promise<void> {
	const content = JSON.parse(await readFile(manifest, 'utf8')) as Record<string, unknown>;
	for (const kind of ['devDependencies', 'peerDependencies', 'optionalDependencies']) delete content[kind];
	await writeFile(manifest, JSON.stringify(content, null, 2));
}

/** n8n lists installed packages in this package.json. */
async function withDependency(manifest: string, version: string): Promise<string> {
	const present = await readFile(manifest, 'utf8').catch(() => '{"name":"installed-nodes","private":true}');
	const content = JSON.parse(present) as { dependencies?: Record<string, string> };
	return JSON.stringify({ ...content, dependencies: { ...content.dependencies, [NAME]: version } }, null, 2);
}

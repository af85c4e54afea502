import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const NAME = 'n8n-nodes-enapter';

/**
 * Packs this package and unpacks the tarball where n8n keeps installed community packages, so that what runs is what
 * would be published. Needs a build. n8n itself installs from a registry alone, so this does what its installer does
 * (n8n 2.41.1, community-packages.service.js), except for the entry in Settings, Community nodes: that is a row in
 * n8n's database.
 *
 * @throws Error when npm or tar does
 * @param userFolder n8n's user folder
 */
export async function installPackage(userFolder: string): Promise<void> {
	const nodes = join(userFolder, '.n8n', 'nodes');
	const modules = join(nodes, 'node_modules');
	await mkdir(modules, { recursive: true });
	const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', nodes]);
	const [packed] = JSON.parse(stdout) as Array<{ filename: string; version: string }>;
	if (packed === undefined) throw new Error('npm pack made no tarball');
	const tarball = join(nodes, packed.filename);
	await rm(join(modules, NAME), { recursive: true, force: true });
	await run('tar', ['-xzf', tarball, '-C', modules]);
	await rename(join(modules, 'package'), join(modules, NAME));
	await rm(tarball);
	await removeDependencies(join(modules, NAME, 'package.json'));
	const manifest = join(nodes, 'package.json');
	await writeFile(manifest, await withDependency(manifest, packed.version));
}

/** n8n's installer does so, so that its own n8n-workflow is the one the package finds. */
async function removeDependencies(manifest: string): Promise<void> {
	const content = JSON.parse(await readFile(manifest, 'utf8')) as Record<string, unknown>;
	for (const kind of ['devDependencies', 'peerDependencies', 'optionalDependencies']) delete content[kind];
	await writeFile(manifest, JSON.stringify(content, null, 2));
}

/** n8n lists what it installed in a package.json of its own. */
async function withDependency(manifest: string, version: string): Promise<string> {
	const present = await readFile(manifest, 'utf8').catch(() => '{"name":"installed-nodes","private":true}');
	const content = JSON.parse(present) as { dependencies?: Record<string, string> };
	return JSON.stringify({ ...content, dependencies: { ...content.dependencies, [NAME]: version } }, null, 2);
}

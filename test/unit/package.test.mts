import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { EnapterApi } from '../../credentials/EnapterApi.credentials.ts';

const root = join(__dirname, '../..');

interface Packed {
	files: Array<{ path: string; size: number }>;
	unpackedSize: number;
}

interface Manifest {
	name: string;
	version: string;
	license: string;
	keywords: string[];
	homepage: string;
	author: { name: string; email: string };
	repository: { type: string; url: string };
	files: string[];
	scripts: Record<string, string>;
	peerDependencies: Record<string, string>;
	n8n: { n8nNodesApiVersion: number; strict: boolean; credentials: string[]; nodes: string[] };
}

function readJson<T>(path: string): T {
	return JSON.parse(readFileSync(join(root, path), 'utf8')) as T;
}

/** What `npm publish` would send, according to npm. */
function packed(): Packed {
	if (!existsSync(join(root, 'dist'))) throw new Error('There is no build: run "npm run build" first.');
	const json = execFileSync('npm', ['pack', '--dry-run', '--json'], {
		cwd: root,
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'ignore'],
		shell: process.platform === 'win32',
	});
	const [tarball] = JSON.parse(json) as Packed[];
	if (!tarball) throw new Error(`npm pack listed no tarball: ${json}`);
	return tarball;
}

/** All files below a folder, as paths from the root of the repository, with `/`. */
function filesBelow(folder: string): string[] {
	return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
		.map((entry) =>
			join(entry.parentPath, entry.name)
				.slice(root.length + 1)
				.replaceAll('\\', '/'),
		);
}

/** Where the build puts a source file: TypeScript becomes JavaScript, everything else is copied. */
function builtPath(source: string): string {
	return `dist/${source.replace(/\.ts$/, '.js')}`;
}

describe('the packed tarball', () => {
	const tarball = packed();
	const paths = tarball.files.map(({ path }) => path).sort();

	it('contains what the sources build, the manifest, the README and the license, and nothing else', () => {
		const built = [...filesBelow('credentials'), ...filesBelow('nodes')].map(builtPath);
		expect(paths).toEqual([...built, 'LICENSE', 'README.md', 'package.json'].sort());
	});

	it('contains only code, icons, the codex and the output schemas under dist', () => {
		const known =
			/^dist\/(credentials|nodes)\/.*(\.js|\.svg|\.node\.json|\/__schema__\/v\d+\.\d+\.\d+\/.+\.json)$/;
		expect(paths.filter((path) => path.startsWith('dist/') && !known.test(path))).toEqual([]);
	});

	it('takes less than 450 kB unpacked, without the README', () => {
		const readme = tarball.files.find(({ path }) => path === 'README.md')?.size ?? Number.NaN;
		expect(tarball.unpackedSize - readme).toBeLessThan(450_000);
	});
});

describe('the manifest', () => {
	const manifest = readJson<Manifest>('package.json');

	it('names the node and the credential where the build puts them', () => {
		expect(manifest.n8n).toEqual({
			n8nNodesApiVersion: 1,
			strict: true,
			credentials: ['dist/credentials/EnapterApi.credentials.js'],
			nodes: ['dist/nodes/EnapterDevice/EnapterDevice.node.js'],
		});
		for (const path of [...manifest.n8n.credentials, ...manifest.n8n.nodes]) {
			expect([path, existsSync(join(root, path))]).toEqual([path, true]);
		}
	});

	it('uses the n8n-workflow of n8n and depends on nothing else', () => {
		expect(manifest.peerDependencies).toEqual({ 'n8n-workflow': '*' });
		const bringsCode = [
			'dependencies',
			'optionalDependencies',
			'bundleDependencies',
			'bundledDependencies',
			'peerDependenciesMeta',
			'overrides',
		];
		expect(Object.keys(manifest).filter((key) => bringsCode.includes(key))).toEqual([]);
	});

	it('runs nothing when it is installed, packed or published', () => {
		const lifecycle = /^(pre|post)?(install|pack|prepare|publish|uninstall|dependencies)$|^prepublishOnly$/;
		expect(Object.keys(manifest.scripts).filter((name) => lifecycle.test(name))).toEqual([]);
	});

	it('names its author, its license and its home page', () => {
		expect(manifest).toMatchObject({
			name: 'n8n-nodes-enapter',
			license: 'MIT',
			files: ['dist'],
			homepage: expect.stringMatching(/^https:\/\//),
			repository: { type: 'git', url: expect.stringMatching(/^git\+https:\/\/.+\.git$/) },
			author: { name: expect.stringMatching(/./), email: expect.stringMatching(/^[^@\s]+@[^@\s]+$/) },
		});
		expect(manifest.keywords).toContain('n8n-community-node-package');
		expect(readFileSync(join(root, 'LICENSE'), 'utf8')).toMatch(/^MIT License\n/);
	});

	// See CONTRIBUTING.md, "Before the first release".
	it('has the same addresses as the credential, the codex and the documents', () => {
		const page = (url: string) => url.replace(/#.*/, '');
		const codex = readJson<{ resources: Record<string, Array<{ url: string }>> }>(
			'nodes/EnapterDevice/EnapterDevice.node.json',
		);
		const links = [
			new EnapterApi().documentationUrl,
			...Object.values(codex.resources).flatMap((resources) => resources.map(({ url }) => url)),
		];
		expect(links.map(page)).toEqual(links.map(() => page(manifest.homepage)));
		const repository = manifest.repository.url.replace(/^git\+|\.git$/g, '');
		const isReleased = !repository.includes('placeholder.example');
		if (isReleased) expect(page(manifest.homepage)).toBe(repository);
		expect(manifest.author.email.endsWith('placeholder.example')).toBe(!isReleased);
		for (const document of ['README.md', 'SECURITY.md', 'CONTRIBUTING.md', 'CHANGELOG.md']) {
			const text = readFileSync(join(root, document), 'utf8');
			const ofThisPackage = text.match(/https:\/\/[^\s)>]*\/n8n-nodes-enapter\b/g) ?? [];
			expect([document, ...ofThisPackage.filter((link) => link !== repository)]).toEqual([document]);
			expect([document, text.match(/[\w.]+@[\w.]*enapter\.com/g)]).toEqual([document, null]);
		}
	});

	it('has an entry in the changelog for its version', () => {
		expect(readFileSync(join(root, 'CHANGELOG.md'), 'utf8')).toContain(`## [${manifest.version}]`);
	});
});

describe('the codex', () => {
	it('belongs to the node and uses categories n8n knows', () => {
		// https://docs.n8n.io/integrations/creating-nodes/build/reference/node-codex-files/
		const known = [
			'Data & Storage',
			'Finance & Accounting',
			'Marketing & Content',
			'Productivity',
			'Miscellaneous',
			'Sales',
			'Development',
			'Analytics',
			'Communication',
			'Utility',
		];
		const codex = readJson<{ node: string; categories: string[]; alias: string[] }>(
			'nodes/EnapterDevice/EnapterDevice.node.json',
		);
		expect(codex.node).toBe('n8n-nodes-enapter.enapterDevice');
		expect(codex.categories.filter((category) => !known.includes(category))).toEqual([]);
		expect(codex.categories.length).toBeGreaterThan(0);
		expect(codex.alias).toContain('hydrogen');
	});
});

describe('the icons', () => {
	it.each(['enapter.svg', 'enapter.dark.svg'])('%s is square', (name) => {
		const svg = readFileSync(join(root, 'nodes/EnapterDevice', name), 'utf8');
		const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? [];
		expect([name, width]).toEqual([name, height]);
		expect(width).toBeDefined();
	});
});

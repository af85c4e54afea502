import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PackageDirectoryLoader } from 'n8n-core';
import type { INodeType } from 'n8n-workflow';

import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { runNode } from '../support/engine.mts';

const folder = mkdtempSync(join(tmpdir(), 'enapter-package-'));

let emulator: Emulator;

beforeAll(async () => {
	emulator = await startEmulator();
	execFileSync('npm', ['pack', '--loglevel=error', '--pack-destination', folder], { stdio: 'ignore' });
	const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz')) ?? '';
	execFileSync('tar', ['-xzf', tarball], { cwd: folder });
	symlinkSync(join(process.cwd(), 'test/compat/n8n-1.123/node_modules'), join(folder, 'node_modules'));
});

afterAll(async () => {
	await emulator.close();
	rmSync(folder, { recursive: true, force: true });
});

test('n8n loads the packed package with its credential, icons and codex, and runs the node', async () => {
	const loader = new PackageDirectoryLoader(join(folder, 'package'));
	await loader.loadAll();
	const { types, nodeTypes, credentialTypes } = loader;
	expect(types.credentials.map(({ name }) => name)).toEqual(['enapterApi']);
	expect(types.nodes).toMatchObject([
		{
			name: 'enapterDevice',
			iconUrl: {
				light: expect.stringMatching(/n8n-nodes-enapter.*enapter\.svg$/),
				dark: expect.stringMatching(/n8n-nodes-enapter.*enapter\.dark\.svg$/),
			},
			codex: { alias: expect.arrayContaining(['IoT', 'hydrogen']) },
		},
	]);
	const credentialType = credentialTypes['enapterApi']?.type;
	const nodeType = nodeTypes['enapterDevice']?.type as INodeType | undefined;
	if (credentialType === undefined || nodeType === undefined) throw new Error('The package was not loaded');
	const { output } = await runNode({
		emulator,
		nodeType,
		credentialType,
		parameters: { operation: 'get', deviceId: 'gas-detector-in-living-room' },
	});
	expect(output[0]?.json['name']).toBe('Gas detector in living room');
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFleet } from '../../emulator/fleet.mts';
import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { installN8n } from '../../n8n/install.mts';
import { type Instance, startN8n } from '../../n8n/instance.mts';
import { installPackage } from '../../n8n/packageInstall.mts';
import { type Credential, N8nRest, type Workflow } from '../../n8n/rest.mts';
import { emulatorCredential, examples, LOGIN, withCredential } from '../../n8n/setUp.mts';
import type { CredentialName } from './nodes.mts';

/** A new n8n with the packed node installed, and an emulator. */
export interface Stage {
	n8n: Instance;
	rest: N8nRest;
	emulator: Emulator;
	userFolder: string;
	/** A credential for the emulator, as the credential form would send it. */
	credential(data?: Record<string, unknown>): Credential;
	end(): Promise<void>;
}

/** Starts n8n and the emulator. `env` are additional environment variables of n8n. */
export async function setStage(
	options: { devices?: number; examples?: boolean; env?: Record<string, string> } = {},
): Promise<Stage> {
	await installN8n((line) => console.log(line));
	const userFolder = await mkdtemp(join(tmpdir(), 'enapter-e2e-'));
	await installPackage(userFolder);
	const emulator = await startEmulator({
		fleet: createFleet({ devices: options.devices ?? 30, examples: options.examples ?? true }),
	});
	const n8n = await startN8n({ userFolder, env: { N8N_LOG_LEVEL: 'warn', ...options.env } });
	const rest = new N8nRest(n8n.url);
	await rest.enter(LOGIN);
	return {
		n8n,
		rest,
		emulator,
		userFolder,
		credential(data = {}) {
			const credential = emulatorCredential(emulator);
			return { ...credential, data: { ...credential.data, ...data } };
		},
		async end() {
			await n8n.stop();
			await emulator.close();
			await rm(userFolder, { recursive: true, force: true, maxRetries: 5 });
		},
	};
}

/**
 * Returns an example workflow with a credential in its nodes.
 *
 * @throws Error if there is no example with this name
 */
export async function exampleWith(credential: CredentialName, name: string): Promise<Workflow> {
	const found = (await examples()).find((workflow) => workflow.name === name);
	if (found === undefined) throw new Error(`There is no example "${name}"`);
	return withCredential(found, credential);
}

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Credential, Login, N8nRest, Workflow } from './rest.mts';

/** For an n8n that listens on this machine alone. */
export const LOGIN: Login = { email: 'demo@enapter.example', password: 'Hydrogen-2H2' };

const EXAMPLES = join(process.cwd(), 'examples');

/** The example workflows of this repository, as the files hold them. */
export async function examples(): Promise<Workflow[]> {
	const files = (await readdir(EXAMPLES)).filter((file) => file.endsWith('.json')).sort();
	return await Promise.all(
		files.map(async (file) => JSON.parse(await readFile(join(EXAMPLES, file), 'utf8')) as Workflow),
	);
}

/** The credential with which the emulator's owner is asked for. */
export function emulatorCredential({
	baseUrl,
	tokens,
}: {
	baseUrl: string;
	tokens: { owner: string };
}): Credential {
	return {
		name: 'Enapter (emulator)',
		type: 'enapterApi',
		data: { apiToken: tokens.owner, baseUrl, allowUnauthorizedCerts: false },
	};
}

/** Gives every node that wants an Enapter credential this one. */
export function withCredential(workflow: Workflow, credential: { id: string; name: string }): Workflow {
	return {
		...workflow,
		nodes: workflow.nodes.map((node) =>
			node.type === 'n8n-nodes-enapter.enapterDevice'
				? { ...node, credentials: { enapterApi: credential } }
				: node,
		),
	};
}

/**
 * An owner, the credential, and the examples that were not imported before: what the user changed, renamed or deleted
 * stays so.
 *
 * @param folder where to keep in mind what was imported
 * @throws Error when n8n refuses, as it does when the owner's password was changed
 */
export async function setUp(rest: N8nRest, credential: Credential, folder: string): Promise<void> {
	await rest.enter(LOGIN);
	const saved = await rest.saveCredential(credential);
	const record = join(folder, 'imported-examples.json');
	const imported = new Set(JSON.parse(await readFile(record, 'utf8').catch(() => '[]')) as string[]);
	for (const workflow of await examples()) {
		if (imported.has(workflow.name)) continue;
		await rest.createWorkflow(withCredential(workflow, saved));
		imported.add(workflow.name);
		await writeFile(record, JSON.stringify([...imported], null, 2));
	}
}

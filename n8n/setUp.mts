import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Credential, Login, N8nRest, Workflow, WorkflowNode } from './rest.mts';

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

/** Operations of the node that change nothing. One that is missing here counts as one that does. */
const READING = new Set(['get', 'getAll', 'getLatest', 'getTimeSeries']);

const isEnapterNode = ({ type, credentials }: WorkflowNode) =>
	type.startsWith('n8n-nodes-enapter.') || credentials?.enapterApi !== undefined;

/** Whether nothing in a workflow can change a device. */
export function onlyReads({ nodes }: Workflow): boolean {
	return nodes.filter(isEnapterNode).every(({ parameters }) => READING.has(String(parameters.operation)));
}

/** Gives every node that wants an Enapter credential this one. */
export function withCredential(workflow: Workflow, credential: { id: string; name: string }): Workflow {
	return {
		...workflow,
		nodes: workflow.nodes.map((node) =>
			isEnapterNode(node) ? { ...node, credentials: { enapterApi: credential } } : node,
		),
	};
}

/** The example to begin with: the first of these that is among those to import. */
const BEGIN_WITH = ['Rename one device', 'Alert watch'];

/**
 * The workflows to import, the one to begin with last: n8n's list shows what was saved last on top. A real plant is not
 * for trying things out: what changes devices stays with the emulator, and the rest gets a name of its own, as the
 * workflows imported earlier go on using the emulator.
 */
export function importOrder(workflows: Workflow[], isReal = false): Workflow[] {
	const chosen = isReal ? workflows.filter(onlyReads) : workflows;
	const first = BEGIN_WITH.find((begin) => chosen.some(({ name }) => name === begin));
	const last = chosen.filter(({ name }) => name === first);
	const ordered = [...chosen.filter(({ name }) => name !== first), ...last];
	return isReal ? ordered.map((one) => ({ ...one, name: `${one.name} (real devices)` })) : ordered;
}

/**
 * An owner, the credential, and those of the workflows that were not imported before: what the user changed, renamed
 * or deleted stays so.
 *
 * @param workflows in the order in which to import them
 * @param folder where to keep in mind what was imported
 * @returns the last of the workflows, unless the user deleted or renamed it
 * @throws Error when n8n refuses, as it does when the owner's password was changed
 */
export async function setUp(
	rest: N8nRest,
	credential: Credential,
	workflows: Workflow[],
	folder: string,
): Promise<{ id: string; name: string } | undefined> {
	await rest.enter(LOGIN);
	const saved = await rest.saveCredential(credential);
	const record = join(folder, 'imported-examples.json');
	const imported = new Set(JSON.parse(await readFile(record, 'utf8').catch(() => '[]')) as string[]);
	for (const workflow of workflows) {
		if (imported.has(workflow.name)) continue;
		await rest.createWorkflow(withCredential(workflow, saved));
		imported.add(workflow.name);
		await writeFile(record, JSON.stringify([...imported], null, 2));
	}
	const last = workflows.at(-1)?.name;
	return (await rest.workflows()).find(({ name }) => name === last);
}

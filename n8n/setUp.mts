import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RESOURCES } from '../nodes/EnapterDevice/resources/index.ts';
import type { Credential, Login, N8nRest, Workflow, WorkflowNode } from './rest.mts';

/** The owner's login. n8n only listens on this machine. */
export const LOGIN: Login = { email: 'demo@enapter.example', password: 'Hydrogen-2H2' };

const EXAMPLES = join(process.cwd(), 'examples');

/** Reads the example workflows of this repository. */
export async function examples(): Promise<Workflow[]> {
	const files = (await readdir(EXAMPLES)).filter((file) => file.endsWith('.json')).sort();
	return await Promise.all(
		files.map(async (file) => JSON.parse(await readFile(join(EXAMPLES, file), 'utf8')) as Workflow),
	);
}

/** A credential with the emulator's OWNER token. */
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

/** The operations of the node that change nothing, as `resource.operation`. */
const READING = new Set(
	RESOURCES.flatMap(({ option: resource, operations }) =>
		operations
			.filter(({ dryRunSummary }) => dryRunSummary === undefined)
			.map(({ option }) => `${resource.value}.${option.value}`),
	),
);

/** The default of the node's parameter Resource, which n8n does not store. */
const DEFAULT_RESOURCE = 'device';

const isEnapterNode = ({ type, credentials }: WorkflowNode) =>
	type.startsWith('n8n-nodes-enapter.') || credentials?.enapterApi !== undefined;

/** Whether nothing in a workflow can change a device. */
export function onlyReads({ nodes }: Workflow): boolean {
	return nodes
		.filter(isEnapterNode)
		.every(({ parameters: { resource = DEFAULT_RESOURCE, operation } }) =>
			READING.has(`${String(resource)}.${String(operation)}`),
		);
}

/** Returns the workflow with this credential in all nodes that use an Enapter credential. */
export function withCredential(workflow: Workflow, credential: { id: string; name: string }): Workflow {
	return {
		...workflow,
		nodes: workflow.nodes.map((node) =>
			isEnapterNode(node) ? { ...node, credentials: { enapterApi: credential } } : node,
		),
	};
}

/** The example to open first: the first of these that is imported. */
const OPEN_FIRST = ['Rename one device', 'Alert watch'];

/**
 * Returns the workflows in the order of import, the one to open first last: n8n lists the last saved workflow on top. For
 * real devices only the workflows that read are returned, under other names, because workflows imported earlier keep using
 * the emulator.
 */
export function importOrder(workflows: Workflow[], isReal = false): Workflow[] {
	const chosen = isReal ? workflows.filter(onlyReads) : workflows;
	const first = OPEN_FIRST.find((candidate) => chosen.some(({ name }) => name === candidate));
	const last = chosen.filter(({ name }) => name === first);
	const ordered = [...chosen.filter(({ name }) => name !== first), ...last];
	return isReal ? ordered.map((one) => ({ ...one, name: `${one.name} (real devices)` })) : ordered;
}

/**
 * Creates the owner and the credential, and imports the workflows that were not imported before. Workflows that the user
 * changed, renamed or deleted are left as they are.
 *
 * @param workflows in the order of import
 * @param folder where to record which workflows were imported
 * @returns the last workflow, or undefined if the user deleted or renamed it
 * @throws Error if n8n refuses, for example because the owner's password was changed
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

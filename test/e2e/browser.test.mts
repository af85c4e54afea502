import type { Browser } from 'playwright-core';
import { LOGIN } from '../../n8n/setUp.mts';
import { RESOURCES } from '../../nodes/EnapterDevice/resources/index.ts';
import { type Editor, launchChromium, Session } from './editor.mts';
import { exampleWith, setStage, type Stage } from './harness.mts';
import { manualTrigger } from './nodes.mts';

/** The actions in the order of the node panel: by resource, in the order of its operations. */
const ACTIONS = RESOURCES.flatMap(({ operations }) => operations.map(({ option }) => option.action ?? ''));

const A_TEST = 300_000;

let stage: Stage;
let browser: Browser;
let session: Session;

beforeAll(async () => {
	stage = await setStage({ devices: 200 });
	browser = await launchChromium();
	session = await Session.open(browser, stage.n8n.url, LOGIN);
}, 900_000);

afterEach(async () => {
	for (const { id } of await stage.rest.credentials()) {
		await stage.rest.call('DELETE', `/rest/credentials/${id ?? ''}`);
	}
});

afterAll(async () => {
	await browser.close();
	await stage.end();
}, 60_000);

const withEditor = async (work: (editor: Editor) => Promise<void>) => await session.use(work);

/** A new workflow with only the Manual Trigger. */
async function triggerOnly(): Promise<string> {
	const { id } = await stage.rest.createWorkflow({
		name: 'Enapter',
		nodes: [manualTrigger()],
		connections: {},
		settings: {},
	});
	return id;
}

test(
	'the node panel finds the node by name and aliases, lists all operations as actions, and adds the node',
	async () =>
		await withEditor(async (editor) => {
			await editor.openWorkflow(await triggerOnly());
			for (const words of [
				'Enapter',
				'IoT',
				'plant',
				'power',
				'hydrogen',
				'blueprint',
				'UCM',
				'solar',
				'inverter',
				'telemetry',
			]) {
				// Clears the results of the previous search.
				await editor.searchNodes('no such node');
				await editor.nodePanelEntry('Enapter Device').waitFor({ state: 'detached' });
				await editor.searchNodes(words);
				await editor.nodePanelEntry('Enapter Device').first().waitFor();
			}
			await editor.screenshot('node-panel');
			await editor.nodePanelEntry('Enapter Device').first().click();
			for (const action of ACTIONS) await editor.nodePanelEntry(action).waitFor();
			await editor.nodePanelEntry('Enapter Device').waitFor({ state: 'detached' });
			expect(await editor.part('node-creator-item-name').allInnerTexts()).toEqual(ACTIONS);
			await editor.screenshot('actions');
			await editor.nodePanelEntry('Update the name or slug of a device').click();
			await editor.part('ndv').waitFor();
			expect(await editor.field('operation').inputValue()).toBe('Update');
			await editor.screenshot('update');
		}),
	A_TEST,
);

test(
	'a credential is created in the panel: a wrong token is explained, the right one connects',
	async () =>
		await withEditor(async (editor) => {
			await editor.openWorkflow(await triggerOnly());
			await editor.searchNodes('Enapter');
			await editor.nodePanelEntry('Enapter Device').first().click();
			await editor.nodePanelEntry('Get a device').click();
			await editor.part('ndv').waitFor();
			await editor.part('node-credentials-empty-state').getByRole('button').click();
			await editor.field('apiToken').fill('wrong-token');
			await editor.field('baseUrl').fill(stage.emulator.baseUrl);
			await editor.saveCredential();
			await editor.page.getByText('More details').click();
			const dialog = editor.part('credential-edit-dialog');
			await dialog.getByText('Authentication token is invalid').first().waitFor();
			expect(await dialog.innerText()).toContain('Create a new API Token');
			await editor.screenshot('credential-refused');
			await editor.field('apiToken').fill(stage.emulator.tokens.owner);
			await editor.saveCredential();
			await dialog.waitFor({ state: 'hidden' });
			await editor.part('credential-edit-button').click();
			await dialog.getByText('Connection tested successfully').filter({ visible: true }).waitFor();
			expect(await editor.field('apiToken').getAttribute('type')).toBe('password');
			await editor.screenshot('credential');
		}),
	A_TEST,
);

test(
	'an action is dragged onto the canvas',
	async () =>
		await withEditor(async (editor) => {
			await editor.openWorkflow(await triggerOnly());
			await editor.searchNodes('Enapter');
			await editor.nodePanelEntry('Enapter Device').first().click();
			await editor.dragIn('Get many devices');
			await editor.node('Get many devices').waitFor();
			await editor.screenshot('dragged');
		}),
	A_TEST,
);

test(
	'an example is imported from its file',
	async () =>
		await withEditor(async (editor) => {
			await editor.importWorkflow('examples/bulk-rename-from-table.json');
			for (const name of ['When clicking Execute workflow', 'Table', 'One item per row', 'Rename devices']) {
				await editor.node(name).waitFor();
			}
			await editor.screenshot('imported');
		}),
	A_TEST,
);

test(
	'an example runs in the editor',
	async () =>
		await withEditor(async (editor) => {
			const credential = await stage.rest.saveCredential(stage.credential());
			const example = await exampleWith(credential, 'Bulk rename from a table');
			const { id } = await stage.rest.createWorkflow(example);
			await editor.openWorkflow(id);
			await editor.part('execute-workflow-button').click();
			await editor.page.getByText('Workflow executed successfully').waitFor();
			expect(stage.emulator.fleet.find('example-gas-detector')?.name).toBe('Gas detector, compressor room');
			await editor.part('zoom-to-fit').click();
			await editor.screenshot('workflow');
		}),
	A_TEST,
);

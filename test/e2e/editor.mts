import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import type { Login } from '../../n8n/rest.mts';

/** Where the pictures for the README go. */
/** Those of the repository are made anew only on purpose, with `UPDATE_SCREENSHOTS=1`: a test leaves no changes behind. */
const SCREENSHOTS =
	process.env.UPDATE_SCREENSHOTS === '1'
		? join(process.cwd(), 'docs', 'screenshots')
		: join(process.cwd(), 'test', 'results', 'screenshots');

/** A busy machine takes long to load the editor; nothing waits longer than it has to. */
const PATIENCE = 60_000;

/** Starts the installed Chromium; another one where `CHROMIUM_PATH` says so. */
export async function launchChromium(): Promise<Browser> {
	return await chromium.launch({
		executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
		args: [
			'--no-sandbox',
			'--disable-gpu',
			'--no-first-run',
			'--disable-background-networking',
			'--disable-component-update',
			'--disable-sync',
		],
	});
}

/** n8n's editor in a browser, by the test IDs that n8n itself gives its elements. */
export class Editor {
	private constructor(
		private readonly url: string,
		private readonly context: BrowserContext,
		readonly page: Page,
	) {}

	/** A new browser session that has logged in. */
	static async open(browser: Browser, url: string, login: Login, theme: 'light' | 'dark'): Promise<Editor> {
		const context = await browser.newContext({
			viewport: { width: 1280, height: 800 },
			reducedMotion: 'reduce',
		});
		context.setDefaultTimeout(PATIENCE);
		await context.addInitScript((chosen) => localStorage.setItem('N8N_THEME', chosen), theme);
		const editor = new Editor(url, context, await context.newPage());
		await editor.page.goto(`${url}/signin`);
		await editor.page.locator('input[name="emailOrLdapLoginId"]').fill(login.email);
		await editor.page.locator('input[type="password"]').fill(login.password);
		await editor.page.getByRole('button', { name: 'Sign in' }).click();
		await editor.page.waitForURL(/\/(home|workflow)/);
		return editor;
	}

	async close(): Promise<void> {
		await this.context.close();
	}

	/** What n8n marks with this ID; all of it, if there is more than one. */
	part(testId: string): Locator {
		return this.page.locator(`[data-test-id="${testId}"]`);
	}

	async openWorkflow(id: string): Promise<void> {
		await this.page.goto(`${this.url}/workflow/${id}`);
		await this.part('canvas-node').first().waitFor();
	}

	/** Looks for a node in the node panel, which opens for it. */
	async searchNodes(text: string): Promise<void> {
		if (!(await this.part('node-creator').isVisible())) await this.part('node-creator-plus-button').click();
		await this.part('node-creator-search-bar').fill(text);
	}

	/** An entry of the node panel: a node or an action. */
	nodePanelEntry(text: string): Locator {
		return this.part('node-creator-item-name').filter({ hasText: text });
	}

	/** A field of the panel, to be typed into. */
	field(parameter: string): Locator {
		return this.part(`parameter-input-${parameter}`).locator('input');
	}

	/** Saves and tests the credential in the open form; its button wakes up a moment after the last change. */
	async saveCredential(): Promise<void> {
		await this.part('credential-save-button').getByRole('button', { name: 'Save' }).click();
	}

	/** Writes `<name>.png` among the screenshots, with transitions brought to their end. */
	async screenshot(name: string): Promise<void> {
		mkdirSync(SCREENSHOTS, { recursive: true });
		await this.page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), animations: 'disabled' });
	}
}

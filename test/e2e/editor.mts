import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import type { Login } from '../../n8n/rest.mts';

/** `UPDATE_SCREENSHOTS=1` updates the screenshots of the documentation. Otherwise a test changes no tracked file. */
const UPDATES = process.env.UPDATE_SCREENSHOTS === '1';
const SCREENSHOTS = join(process.cwd(), ...(UPDATES ? ['docs'] : ['test', 'results']), 'screenshots');
const THEMES = UPDATES ? (['dark', 'light'] as const) : (['light'] as const);

/** Maximum wait for an element, in milliseconds. A busy machine needs long to load the editor. */
const MAX_WAIT = 60_000;

/** Starts the installed Chromium, or the one at `CHROMIUM_PATH`. */
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

/** A browser session that is logged in to n8n. Its pages share the cache, which makes all but the first one load fast. */
export class Session {
	private constructor(
		private readonly url: string,
		private readonly context: BrowserContext,
	) {}

	/** Opens a new session and logs in. */
	static async open(browser: Browser, url: string, login: Login): Promise<Session> {
		const context = await browser.newContext({
			viewport: { width: 1280, height: 800 },
			reducedMotion: 'reduce',
		});
		context.setDefaultTimeout(MAX_WAIT);
		const page = await context.newPage();
		await page.goto(`${url}/signin`);
		await page.locator('input[name="emailOrLdapLoginId"]').fill(login.email);
		await page.locator('input[type="password"]').fill(login.password);
		await page.getByRole('button', { name: 'Sign in' }).click();
		await page.waitForURL(/\/(home|workflow)/);
		await page.close();
		return new Session(url, context);
	}

	/** Runs `work` in a new page and closes it. If it fails, takes a screenshot first. */
	async use(work: (editor: Editor) => Promise<void>): Promise<void> {
		const editor = new Editor(this.url, await this.context.newPage());
		try {
			await work(editor);
		} catch (error) {
			await editor.screenshot('last-seen');
			throw error;
		} finally {
			await editor.page.close();
		}
	}
}

/** n8n's editor in a page. Elements are found by n8n's own test IDs. */
export class Editor {
	constructor(
		private readonly url: string,
		readonly page: Page,
	) {}

	/** All elements with this test ID. */
	part(testId: string): Locator {
		return this.page.locator(`[data-test-id="${testId}"]`);
	}

	async openWorkflow(id: string): Promise<void> {
		await this.page.goto(`${this.url}/workflow/${id}`);
		await this.part('canvas-node').first().waitFor();
	}

	/** Opens the node panel and searches in it. */
	async searchNodes(text: string): Promise<void> {
		if (!(await this.part('node-creator').isVisible())) await this.part('node-creator-plus-button').click();
		await this.part('node-creator-search-bar').fill(text);
	}

	/** An entry of the node panel: a node or an action. */
	nodePanelEntry(text: string): Locator {
		return this.part('node-creator-item-name').filter({ hasText: text });
	}

	/** Drags an entry of the node panel onto the canvas. */
	async dragIn(entry: string): Promise<void> {
		await this.nodePanelEntry(entry).dragTo(this.part('canvas'), { targetPosition: { x: 420, y: 220 } });
	}

	/** Imports a workflow from a file. */
	async importWorkflow(file: string): Promise<void> {
		await this.page.goto(`${this.url}/workflow/new`);
		await this.part('workflow-menu').click();
		const chooser = this.page.waitForEvent('filechooser');
		await this.page.getByRole('menuitem', { name: 'Import' }).hover();
		await this.page.getByRole('menuitem', { name: /file/i }).click();
		await (await chooser).setFiles(file);
		await this.part('canvas-node').first().waitFor();
	}

	/** The input element of a field of the panel. */
	field(parameter: string): Locator {
		return this.part(`parameter-input-${parameter}`).locator('input');
	}

	/** A node on the canvas. */
	node(name: string): Locator {
		return this.page.locator(`[data-test-id="canvas-node"][data-node-name="${name}"]`);
	}

	/** Opens the panel of a node on the canvas. */
	async openNode(name: string): Promise<void> {
		await this.node(name).dblclick();
		await this.part('ndv').waitFor();
	}

	/** Closes the open panel. */
	async closeNode(): Promise<void> {
		await this.part('ndv-close-button').click();
		await this.part('ndv').waitFor({ state: 'hidden' });
	}

	/** Runs the node whose panel is open, and the nodes before it. */
	async executeStep(): Promise<void> {
		await this.part('node-execute-button').click();
	}

	/** The output of the node's last run in the open panel. */
	get output(): Locator {
		return this.part('output-panel');
	}

	/** Opens the list of a Resource Locator. */
	async openPicker(parameter: string): Promise<void> {
		await this.part(`parameter-input-${parameter}`).locator('[data-test-id="rlc-input"]').click();
	}

	/** Searches in the open list of a Resource Locator. */
	async searchPicker(text: string): Promise<void> {
		await this.part('rlc-search').locator('visible=true').fill(text);
	}

	/** The entries of the open list of a Resource Locator. */
	get pickerEntries(): Locator {
		return this.part('rlc-item').locator('visible=true');
	}

	/** Sets the mode of a Resource Locator: From List, By ID, … */
	async setPickerMode(parameter: string, mode: string): Promise<void> {
		await this.part(`parameter-input-${parameter}`).locator('[data-test-id="rlc-mode-selector"]').click();
		await this.page.getByRole('option', { name: mode, exact: true }).click();
	}

	/** Saves and tests the credential in the open form. Its button is enabled a moment after the last change. */
	async saveCredential(): Promise<void> {
		await this.part('credential-save-button').getByRole('button', { name: 'Save' }).click();
	}

	/**
	 * Takes the screenshot `<name>-light.png`; with `UPDATE_SCREENSHOTS=1` also `<name>-dark.png`. Animations are finished, and
	 * notifications are hidden because they cover the panel. n8n has the theme of the system, which `emulateMedia` sets.
	 */
	async screenshot(name: string): Promise<void> {
		mkdirSync(SCREENSHOTS, { recursive: true });
		for (const theme of THEMES) {
			await this.page.emulateMedia({ colorScheme: theme });
			await this.page.waitForFunction(() => Array.from(document.images).every(({ complete }) => complete));
			await this.page.screenshot({
				path: join(SCREENSHOTS, `${name}-${theme}.png`),
				animations: 'disabled',
				style: '.el-notification { display: none !important; }',
			});
		}
	}
}

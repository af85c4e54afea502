import { existsSync, readdirSync, readFileSync } from 'node:fs';

import n8n from '../../n8n/package.json';
import { deliveryOf } from '../../nodes/EnapterDevice/fields/options.ts';
import { EnapterDevice } from '../../nodes/EnapterDevice/EnapterDevice.node.ts';
import manifest from '../../package.json';

const text = readFileSync('README.md', 'utf8');

const all = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, found = '']) => found);

test('every npm script it names is there', () => {
	const named = new Set([...all(/npm run ([\w:]+)/g), 'start', 'test']);
	expect(named.size).toBeGreaterThan(5);
	expect(Object.keys(manifest.scripts)).toEqual(expect.arrayContaining([...named]));
});

test('every file it links to is there, and every heading', () => {
	const links = all(/\]\(([^)]+)\)/g).filter((link) => !link.startsWith('http'));
	const headings = all(/^#+ (.+)$/gm).map((heading) => `#${heading.toLowerCase().replace(/ /g, '-')}`);
	for (const link of links) {
		expect(link.startsWith('#') ? headings.includes(link) : existsSync(link)).toBe(true);
	}
	expect(links.length).toBeGreaterThan(10);
});

test('every picture it shows is in the repository', () => {
	const pictures = all(/\/main\/(docs\/[^)]+\.png)/g);
	expect(pictures.length).toBeGreaterThan(0);
	for (const picture of pictures) expect(existsSync(picture)).toBe(true);
});

test('it names every example', () => {
	expect(new Set(all(/\]\(examples\/([\w-]+\.json)\)/g))).toEqual(new Set(readdirSync('examples')));
});

test('it names the versions and defaults that are in force', () => {
	const { maxConcurrency, maxRetries, timeout } = deliveryOf({});
	expect(text).toContain(`a real n8n (${n8n.dependencies.n8n},`);
	expect(text).toContain(`Node.js ${manifest.engines.node.replace('>=', '≥ ')}`);
	expect(text).toContain(`**Max Concurrency** (${maxConcurrency})`);
	expect(text).toContain(`**Max Retries** (${maxRetries})`);
	expect(text).toContain(`**Timeout** (${timeout.toLocaleString('en')} ms)`);
});

test('it describes every operation and every option by the name the panel shows', () => {
	const shown = JSON.stringify(new EnapterDevice().description.properties);
	const named = all(/\*\*([A-Z][A-Za-z ]+)\*\*/g).filter((name) => shown.includes(`"${name}"`));
	expect(named).toEqual(
		expect.arrayContaining([
			'Expand',
			'Skip If Already Assigned',
			'Delete Devices Running on It First',
			'Output Credentials As',
			'Max Concurrency',
			'Max Retries',
			'Timeout',
		]),
	);
	const operations = new EnapterDevice().description.properties.find(({ name }) => name === 'operation');
	for (const option of operations?.options ?? []) {
		expect(text).toContain(`| ${'name' in option ? option.name : ''} |`);
	}
});

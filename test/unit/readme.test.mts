import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import n8n from '../../n8n/package.json';
import { EnapterDevice } from '../../nodes/EnapterDevice/EnapterDevice.node.ts';
import manifest from '../../package.json';

const documents = [
	'README.md',
	'CONTRIBUTING.md',
	'SECURITY.md',
	...readdirSync('docs')
		.filter((name) => name.endsWith('.md'))
		.map((name) => join('docs', name)),
];

const text = readFileSync('README.md', 'utf8');

const all = (pattern: RegExp, within = text) => [...within.matchAll(pattern)].map(([, found = '']) => found);

const { properties } = new EnapterDevice().description;

/** The panel's fields and options, also those inside collections, by name. */
function fieldsNamed(name: string, within: unknown = properties): Array<Record<string, unknown>> {
	if (typeof within !== 'object' || within === null) return [];
	const inside = Object.values(within).flatMap((value) => fieldsNamed(name, value));
	return 'name' in within && within.name === name ? [{ ...within }, ...inside] : inside;
}

test.each(documents)('%s names only npm scripts that exist', (document) => {
	const named = all(/npm run ([\w:]+)/g, readFileSync(document, 'utf8'));
	expect(Object.keys(manifest.scripts)).toEqual(expect.arrayContaining([...named, 'start', 'test']));
});

test.each(documents)('every file, picture and heading that %s links to exists', (document) => {
	const links = all(/\]\(([^)]+)\)/g, readFileSync(document, 'utf8')).filter(
		(link) => !link.startsWith('http'),
	);
	const missing = links.filter((link) => {
		const [file = '', heading] = link.split('#');
		const target = file === '' ? document : join(dirname(document), file);
		if (!existsSync(target)) return true;
		if (heading === undefined) return false;
		const headings = all(/^#+ (.+)$/gm, readFileSync(target, 'utf8'));
		return !headings.some((one) => one.toLowerCase().replace(/ /g, '-') === heading);
	});
	expect(missing).toEqual([]);
});

test('it starts with the two commands and is short enough for an operator', () => {
	expect(all(/^npm (\w+) +#/gm)).toEqual(['start', 'test']);
	expect(text.split('\n').length).toBeLessThanOrEqual(146);
});

test('it shows pictures of the panel', () => {
	expect(all(/!\[[^\]]+\]\((docs\/screenshots\/[\w-]+\.png)\)/g).length).toBeGreaterThan(1);
});

test('it names every example', () => {
	expect(new Set(all(/\]\(examples\/([\w-]+\.json)\)/g))).toEqual(new Set(readdirSync('examples')));
});

test('it names the current versions and defaults', () => {
	const byDefault = (name: string) => Number(fieldsNamed(name)[0]?.default);
	expect(text).toContain(`n8n ${n8n.dependencies.n8n} and`);
	expect(text).toContain(`Node.js ${manifest.engines.node.replace('>=', '≥ ')}`);
	expect(text).toContain(`**Max Concurrency** (${byDefault('maxConcurrency')})`);
	expect(text).toContain(`**Max Retries** (${byDefault('maxRetries')})`);
	const [, timeouts = ''] = /\*\*Timeout\*\* is for one request: ([^.]+)\./.exec(text) ?? [];
	const inForce = new Set(fieldsNamed('timeout').map((field) => Number(field.default).toLocaleString('en')));
	expect([...inForce].filter((milliseconds) => !timeouts.includes(`${milliseconds} ms`))).toEqual([]);
});

test('it names options as the panel does', () => {
	const shown = JSON.stringify(properties);
	const options = [
		'Skip If Already Assigned',
		'Skip If Unchanged',
		'Delete Dependent Devices',
		'Output Credentials As',
		'Allow AI to See Credentials',
		'Include in Output',
		'Confirm',
		'Relevance Interval',
		'Max Concurrency',
		'Max Retries',
		'Timeout',
	];
	expect(options.filter((option) => !text.includes(`**${option}**`))).toEqual([]);
	expect(options.filter((option) => !shown.includes(`"${option}"`))).toEqual([]);
});

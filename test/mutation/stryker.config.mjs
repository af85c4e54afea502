// Mutation testing of everything that needs no n8n engine, with the unit tests: `npm run test:mutation`.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const TESTS = 'test/unit/resources';

/** The files of `resources/` that unit tests import. */
const testedResources = readdirSync(TESTS, { recursive: true })
	.filter((file) => file.endsWith('.mts'))
	.flatMap((file) => readFileSync(join(TESTS, file), 'utf8').match(/nodes\/[^']+\.ts/g) ?? [])
	.filter((file) => file.includes('/resources/'));

export default {
	mutate: ['nodes/EnapterDevice/{execution,fields,transport}/**/*.ts', ...testedResources],
	testRunner: 'jest',
	plugins: ['@stryker-mutator/jest-runner'],
	jest: { configFile: 'test/mutation/jest.config.js', enableFindRelatedTests: false },
	coverageAnalysis: 'perTest',
	// Descriptions of the panel and tables of words, which are loaded once.
	ignoreStatic: true,
	ignorePatterns: [
		'n8n',
		'dist',
		'docs',
		'examples',
		'test/compat',
		'test/e2e',
		'test/results',
		'test/benchmark',
	],
	tempDirName: '.stryker-tmp',
	reporters: ['clear-text', 'progress', 'html', 'json'],
	htmlReporter: { fileName: 'test/results/mutation.html' },
	jsonReporter: { fileName: 'test/results/mutation.json' },
	clearTextReporter: { allowColor: false, reportTests: false },
	thresholds: { high: 95, low: 90, break: 85 },
	concurrency: 2,
	// Each run of Jest leaves an AsyncLocalStorage behind, which slows down later runs. So the process is restarted after 100 runs.
	maxTestRunnerReuse: 100,
};

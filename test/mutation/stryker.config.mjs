/** Mutation testing of what is published: `npm run test:mutation`. */
export default {
	mutate: ['nodes/**/*.ts', 'credentials/**/*.ts'],
	testRunner: 'jest',
	plugins: ['@stryker-mutator/jest-runner'],
	jest: { configFile: 'test/mutation/jest.config.js', enableFindRelatedTests: false },
	coverageAnalysis: 'perTest',
	// What is loaded once, such as the words and defaults of the panel, is held letter by letter by contract.test.mts.
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
	timeoutMS: 30_000,
};

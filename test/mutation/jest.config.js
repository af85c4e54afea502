const { projects } = require('../../jest.config.js');

const { displayName, testMatch, ...shared } = projects.find(
	({ displayName }) => displayName === 'integration',
);

/**
 * The tests that know the node, without those that run through thousands of generated or combined cases, and without the one
 * that turns n8n's own clock.
 */
module.exports = {
	...shared,
	rootDir: '../..',
	testMatch: [
		'<rootDir>/test/unit/{contract,description}.test.mts',
		'<rootDir>/test/unit/{credentials,execution,fields,resources}/**/*.test.mts',
		'<rootDir>/test/unit/transport/!(wait).test.mts',
		'<rootDir>/test/integration/**/*.test.mts',
	],
	// A mutant that hangs fails soon.
	testTimeout: 2_500,
	testPathIgnorePatterns: [
		'/node_modules/',
		'engine',
		'faultMatrix',
		'hostile',
		'model',
		'responses',
		'secrets',
	],
	// Absolute paths: Stryker wraps the environment, and knows no <rootDir>.
	testEnvironment: require.resolve('./environment.cjs'),
	// Its name tells Stryker that it is one of jest-circus.
	testRunner: require.resolve('./jest-circus-runner.cjs'),
	testSequencer: '<rootDir>/test/mutation/sequencer.cjs',
	moduleNameMapper: {
		...shared.moduleNameMapper,
		'^(n8n-core|n8n-workflow|fastify|selfsigned)$': '<rootDir>/test/mutation/shared/$1.cjs',
	},
};

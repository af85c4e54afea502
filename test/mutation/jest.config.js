const { projects } = require('../../jest.config.js');

const { displayName, ...unit } = projects.find(({ displayName }) => displayName === 'unit');

module.exports = {
	...unit,
	rootDir: '../..',
	roots: ['<rootDir>/credentials', '<rootDir>/emulator', '<rootDir>/nodes', '<rootDir>/test'],
	testMatch: ['<rootDir>/test/mutation/unit.test.mts'],
	moduleNameMapper: {
		...unit.moduleNameMapper,
		'^n8n-workflow$': '<rootDir>/test/mutation/n8nWorkflow.js',
	},
	// A mutant that hangs fails soon.
	testTimeout: 500,
	watchman: false,
};

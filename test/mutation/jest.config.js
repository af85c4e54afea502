const { projects } = require('../../jest.config.js');

const { displayName, ...unit } = projects.find(({ displayName }) => displayName === 'unit');

module.exports = {
	...unit,
	rootDir: '../..',
	testMatch: ['<rootDir>/test/mutation/unit.test.mts'],
	// A mutant that hangs fails soon.
	testTimeout: 500,
	watchman: false,
};

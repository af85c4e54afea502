// The environment of the tests when Stryker runs them, thousands of times over: large packages are loaded once a process
// and not once a test file, and after the first failing test of a mutant all others are skipped. What is tested is the same.
const { types } = require('node:util');
const { TestEnvironment } = require('jest-environment-node');
const { hasFailed, isMutantRun, setFailed } = require('./state.cjs');

// A native module whose build need not be there; see `moduleNameMapper` in jest.config.js.
const nativeModule = require.resolve('isolated-vm');
require.cache[nativeModule] = { id: nativeModule, filename: nativeModule, loaded: true, exports: {} };

const SHARED = Object.fromEntries(
	['n8n-core', 'n8n-workflow', 'fastify', 'selfsigned'].map((name) => [name, require(name)]),
);

module.exports = class extends TestEnvironment {
	constructor(...settings) {
		super(...settings);
		this.global.sharedPackages = SHARED;
		// Errors of shared packages are of another realm, which `instanceof` would not see.
		Object.defineProperty(this.global.Error, Symbol.hasInstance, {
			value: (value) => types.isNativeError(value),
		});
	}

	async handleTestEvent({ name, test }) {
		if (!isMutantRun()) return;
		if (name === 'test_done' && test.errors.length > 0) setFailed();
		if (name === 'test_start' && hasFailed()) test.mode = 'skip';
	}
};

const { createEmptyTestResult } = require('@jest/test-result');
const { default: circus } = require('jest-circus/runner');
const { hasFailed, isMutantRun, namesOf, rememberNames } = require('./state.cjs');

/** Jest's own runner, for the files that can still tell something about a mutant; the others are not even loaded. */
module.exports = async (globalConfig, config, environment, runtime, path, ...more) => {
	if (isMutantRun() && (hasFailed() || !concerns(globalConfig.testNamePattern, path))) return skipped(path);
	const result = await circus(globalConfig, config, environment, runtime, path, ...more);
	if (!isMutantRun()) {
		rememberNames(
			path,
			result.testResults.map(({ fullName }) => fullName),
		);
	}
	return result;
};

function concerns(pattern, path) {
	const names = namesOf(path);
	if (!pattern || names === undefined) return true;
	const wanted = new RegExp(pattern, 'i');
	return names.some((name) => wanted.test(name));
}

/** Jest takes a file without tests for a mistake. */
function skipped(testFilePath) {
	const test = {
		ancestorTitles: [],
		failureDetails: [],
		failureMessages: [],
		fullName: testFilePath,
		numPassingAsserts: 0,
		status: 'pending',
		title: testFilePath,
	};
	return { ...createEmptyTestResult(), numPendingTests: 1, skipped: true, testFilePath, testResults: [test] };
}

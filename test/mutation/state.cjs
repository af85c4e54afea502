const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const NAMES = join(__dirname, 'names.json');

let failed;
let names;

const activeMutant = () => process.env.__STRYKER_ACTIVE_MUTANT__;

/** What Stryker's many runs tell each other within a process, and the names of all tests by file from its first run. */
module.exports = {
	isMutantRun: () => activeMutant() !== undefined,
	setFailed: () => (failed = activeMutant()),
	hasFailed: () => activeMutant() !== undefined && failed === activeMutant(),
	rememberNames(file, found) {
		names = { ...names, [file]: found };
		writeFileSync(NAMES, JSON.stringify(names));
	},
	namesOf(file) {
		names ??= existsSync(NAMES) ? JSON.parse(readFileSync(NAMES, 'utf8')) : {};
		return names[file];
	},
};

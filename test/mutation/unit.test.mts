/**
 * The unit tests of what is mutated, in one file: Jest loads n8n-workflow once per test file, which takes longer than the tests.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { addEventHandler } from 'jest-circus';

const UNIT = join(__dirname, '../unit');

// The first test that fails kills the mutant. Stryker's Jest runner would run the others too.
addEventHandler((event, state) => {
	if (event.name === 'test_done' && event.test.errors.length > 0) state.testNamePattern = /$^/;
});

for (const folder of ['execution', 'fields', 'resources', 'transport']) {
	for (const file of readdirSync(join(UNIT, folder), { recursive: true, encoding: 'utf8' }).sort()) {
		// eslint-disable-next-line @typescript-eslint/no-require-imports -- only when the tests are collected
		if (file.endsWith('.test.mts'))
			describe(`${folder}/${file}`, () => void require(join(UNIT, folder, file)));
	}
}

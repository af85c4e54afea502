// The unit tests of what is mutated.
import type { addEventHandler } from 'jest-circus';

import { addTestsOf, testFilesIn } from '../together/testFiles.mts';

/** The names of the tests that cover the mutant; undefined if all tests run. */
let covering: string[] | undefined;

/** Stryker selects tests with a pattern that has one alternative per name. */
function namesIn(pattern: RegExp): string[] {
	const alternatives = pattern.source.slice(1, -1).split(')|(');
	return alternatives.map((name) => name.replace(/\\(.)/g, '$1'));
}

type EventHandler = Parameters<typeof addEventHandler>[0];

/** The event handlers of jest-circus. Importing `addEventHandler` would load jest-circus a second time. */
const handlers = (globalThis as Record<symbol, unknown>)[Symbol.for('EVENT_HANDLERS')] as EventHandler[];

handlers.push((event, state) => {
	if (event.name === 'start_describe_definition' && covering === undefined && state.testNamePattern) {
		covering = namesIn(state.testNamePattern);
		// Finding a name in a set is a thousand times faster than matching hundreds of alternatives.
		const names = new Set(covering);
		state.testNamePattern = { test: (name: string) => names.has(name) } as RegExp;
	}
	// The first test that fails kills the mutant. Stryker's Jest runner would run the others too.
	if (event.name === 'test_done' && event.test.errors.length > 0) state.testNamePattern = /$^/;
});

addTestsOf(
	['execution', 'fields', 'resources', 'transport'].flatMap((folder) => testFilesIn(`unit/${folder}`)),
	(file) => covering?.some((name) => name.startsWith(`${file} `)) ?? true,
);

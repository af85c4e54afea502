import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

/** The test files in a folder of `test/`, at any depth, in the order of their names, without those that run alone. */
export function testFilesIn(folder: string): string[] {
	return readdirSync(join(__dirname, '..', folder), { recursive: true, encoding: 'utf8' })
		.filter((file) => file.endsWith('.test.mts') && !file.endsWith('.alone.test.mts'))
		.sort()
		.map((file) => join(folder, file));
}

/**
 * Adds the tests of these files to the calling test file, each file in a `describe` that is named after its path.
 *
 * @param isNeeded whether to load a file
 */
export function addTestsOf(files: string[], isNeeded: (file: string) => boolean = () => true): void {
	for (const file of files) {
		describe(file, () => {
			if (!isNeeded(file)) return;
			// `import` would add the tests after Jest has collected them.
			jest.requireActual(join(__dirname, '..', file));
		});
	}
}

/** The files of a folder that belong to this one of `<folder>1.test.mts`, `<folder>2.test.mts`, … beside this file, which share them. */
export function shareOf(testFile: string, folder: string): string[] {
	const sharers = readdirSync(__dirname).filter((name) => name.startsWith(folder));
	const place = sharers.indexOf(basename(testFile));
	return testFilesIn(folder).filter((_, position) => position % sharers.length === place);
}

import { readdirSync } from 'node:fs';
import { join } from 'node:path';

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

/** Part `number` (from 1) of the files, split into `count` parts of about equal size. */
export function part(files: string[], number: number, count: number): string[] {
	return files.filter((_, position) => position % count === number - 1);
}

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
 * Adds the tests of these files to the one that Jest runs, under the file's name.
 *
 * @param isNeeded asked before a file is loaded
 */
export function addTestsOf(files: string[], isNeeded: (file: string) => boolean = () => true): void {
	for (const file of files) {
		describe(file, () => {
			if (!isNeeded(file)) return;
			// eslint-disable-next-line @typescript-eslint/no-require-imports -- `import` would add the tests after Jest has collected them
			require(join(__dirname, '..', file));
		});
	}
}

/**
 * One of several parts of the files, each with about as many.
 *
 * @param number from 1 to `count`
 */
export function part(files: string[], number: number, count: number): string[] {
	return files.filter((_, position) => position % count === number - 1);
}

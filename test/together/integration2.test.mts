import { addTestsOf, part, testFilesIn } from './testFiles.mts';

addTestsOf(part(testFilesIn('integration'), 2, 6));

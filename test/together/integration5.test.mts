import { addTestsOf, part, testFilesIn } from './testFiles.mts';

addTestsOf(part(testFilesIn('integration'), 5, 6));

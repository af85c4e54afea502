import { addTestsOf, testFilesIn } from './testFiles.mts';

addTestsOf(testFilesIn('unit'));

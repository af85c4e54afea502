import { addTestsOf, shareOf } from './testFiles.mts';

addTestsOf(shareOf(__filename, 'integration'));

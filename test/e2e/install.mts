import { installN8n } from '../../n8n/install.mts';

// Before the test files, because they run side by side.
await installN8n((line) => console.log(line));

import core from 'n8n-core/package.json';
import workflow from 'n8n-workflow/package.json';

import pinned from './n8n-1.123/package.json';

test('these tests run in the pinned engine of n8n 1.123', () => {
	expect({ 'n8n-core': core.version, 'n8n-workflow': workflow.version }).toEqual(pinned.dependencies);
});

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

// Read by n8n when the first node sends a request.
process.env['N8N_SSRF_PROTECTION_ENABLED'] = 'true';

import { startEmulator } from '../../emulator/server.mts';
import { runNode } from '../support/engine.mts';

/** n8n 1 has no such protection. */
const hasProtection = existsSync(join(dirname(require.resolve('n8n-core')), '../../@n8n/backend-network'));

test("an address that n8n's SSRF protection blocks is reported in n8n's words, and nothing is sent", async () => {
	const emulator = await startEmulator();
	const { error } = await runNode({
		emulator,
		parameters: { operation: 'update', deviceId: 'a', updateFields: { name: 'x' } },
	});
	const requests = [...emulator.requests];
	await emulator.close();
	if (!hasProtection) return expect(error?.message).toContain('not found');
	expect(error?.message).toBe(
		`n8n does not allow requests to ${emulator.origin}: The request was blocked because it resolves to a restricted IP address.`,
	);
	expect(error?.description).toContain('ask your n8n administrator to allowlist the hostname or IP range');
	expect(error?.description).not.toContain('may still have processed');
	expect(requests).toEqual([]);
});

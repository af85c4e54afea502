import fc from 'fast-check';

import { type Emulator, startEmulator } from '../../emulator/server.mts';
import { withoutWaiting } from '../support/clock.mts';
import { runNode } from '../support/engine.mts';
import { runs } from '../support/extent.mts';
import { DEVICE, OPERATIONS } from '../support/operations.mts';

withoutWaiting();

const SETTINGS = { seed: 20_261_124, numRuns: runs(20, 8), endOnFailure: true };

let emulator: Emulator;

beforeAll(async () => {
	emulator = await startEmulator();
});

afterAll(async () => await emulator.close());

const MARK = 'S3cr';
const secret = fc
	.string({
		unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
		minLength: 4,
		maxLength: 30,
	})
	.map((rest) => MARK + rest);
// Where texts are shortened, an end of the secret may be left over.
const padding = fc.oneof(fc.nat(30), fc.integer({ min: 60, max: 210 }), fc.integer({ min: 450, max: 510 }));
const echoes: Array<(text: string) => unknown> = [
	(text) => text,
	(text) => `<html>${text}</html>`,
	(text) => ({ errors: [{ message: text }] }),
	(text) => ({ errors: [{ message: 'No', code: text, details: { [text]: [text] } }] }),
	(text) => ({ [text]: text }),
	(text) => [text],
];

test.each(OPERATIONS)(
	'$name: a token that the server sends back is in nothing n8n stores',
	async ({ parametersFor }) => {
		const status = fc.constantFrom(200, 308, 400, 403, 500);
		const echo = fc.constantFrom(...echoes);
		await fc.assert(
			fc.asyncProperty(secret, padding, echo, status, async (apiToken, length, wrap, code) => {
				const text = ' '.padEnd(length, 'x') + apiToken;
				const location = `https://elsewhere.example/${encodeURIComponent(apiToken)}/v3/`;
				emulator.reset();
				const headers: Record<string, string> = code === 308 ? { location } : {};
				emulator.addFault({ kind: 'status', status: code, headers, body: JSON.stringify(wrap(text)) });
				for (const onError of ['stopWorkflow', 'continueRegularOutput'] as const) {
					const { run: execution } = await runNode({
						credential: { apiToken, baseUrl: emulator.baseUrl },
						onError,
						items: [{ executionId: 'e' }],
						parameters: parametersFor(DEVICE),
					});
					expect(JSON.stringify(execution)).not.toContain(MARK);
					expect(String(execution.data.resultData.error?.stack)).not.toContain(MARK);
				}
			}),
			SETTINGS,
		);
	},
);

const config = (text: string) => ({
	config: { mqtt: { password: text, private_key: `-----BEGIN PRIVATE KEY-----\n${text}` } },
});

test('password and private key of a configuration that is not as expected are in no error', async () => {
	const forms = fc.constantFrom<(text: string) => string>(
		(text) => JSON.stringify(config(text)),
		(text) => JSON.stringify(config(text)).slice(0, -1),
		(text) => JSON.stringify([config(text)]),
		(text) => JSON.stringify(text),
		(text) => text,
	);
	const status = fc.constantFrom(200, 201, 400, 422, 500, 502);
	await fc.assert(
		fc.asyncProperty(secret, forms, status, async (text, form, code) => {
			emulator.reset();
			emulator.addFault({ kind: 'status', status: code, body: form(text), match: { method: 'POST' } });
			const { run: execution, error } = await runNode({
				emulator,
				parameters: { operation: 'generateConfig', deviceId: DEVICE, protocol: 'MQTTS' },
			});
			expect(error?.message).toMatch(/./);
			expect(JSON.stringify(execution)).not.toContain(MARK);
		}),
		SETTINGS,
	);
});

test('nor are those of a configuration whose response was cut off', async () => {
	emulator.reset();
	emulator.addFault({ kind: 'cut', match: { method: 'POST' } });
	const parameters = { operation: 'generateConfig', deviceId: DEVICE, protocol: 'MQTTS' };
	const { run: execution, error } = await runNode({ emulator, parameters });
	expect(error?.message).toContain('Lost the connection');
	const { id } = emulator.fleet.get(DEVICE);
	const made = JSON.stringify(emulator.fleet.configs.get(id));
	expect(made).toContain('PRIVATE KEY');
	expect(JSON.stringify(execution)).not.toContain('PRIVATE KEY');
	expect(JSON.stringify(execution)).not.toContain('CERTIFICATE');
});

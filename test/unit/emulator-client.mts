import { Agent } from 'undici';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../emulator/server.mts';

export interface Received {
	status: number;
	headers: Record<string, string | string[] | undefined>;
	text: string;
	/** The text parsed as JSON; undefined if there is none. */
	json: unknown;
}

export interface Sent {
	/** The owner's token if absent; null sends no token. */
	token?: string | null;
	headers?: Record<string, string>;
	/** A string is sent unchanged, anything else as JSON. */
	body?: unknown;
	signal?: AbortSignal;
}

/** An emulator and a client, which sends paths unchanged. */
export interface Stage {
	emulator: Emulator;
	send(method: string, path: string, sent?: Sent): Promise<Received>;
	close(): Promise<void>;
}

export async function createStage(options: EmulatorOptions = {}): Promise<Stage> {
	const emulator = await startEmulator(options);
	const agent = new Agent({ connect: { rejectUnauthorized: false } });
	return {
		emulator,
		async send(method, path, { token, headers, body, signal } = {}) {
			const sentToken = token === undefined ? emulator.tokens.owner : token;
			const response = await agent.request({
				origin: emulator.origin,
				path,
				method: method as 'GET',
				headers: { ...(sentToken !== null && { 'X-Enapter-Auth-Token': sentToken }), ...headers },
				body: body === undefined || typeof body === 'string' ? (body ?? null) : JSON.stringify(body),
				...(signal && { signal }),
			});
			const text = await response.body.text();
			const { statusCode: status, headers: received } = response;
			return { status, headers: received, text, json: text === '' ? undefined : parse(text) };
		},
		async close() {
			await agent.destroy();
			await emulator.close();
		},
	};
}

function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** Returns the only error of a response. Throws if the response has another form. */
export function errorOf({ json }: Received): { code: string; message: string; details?: unknown } {
	const { errors } = json as { errors: Array<{ code: string; message: string; details?: unknown }> };
	const [error, ...more] = errors;
	if (!error || more.length > 0) throw new Error(`expected one error, got ${errors.length}`);
	return error;
}

/** The devices of the reference's examples. The detector runs on the UCM. */
export const DETECTOR = '93fb32c7-b7b7-4987-a754-23597d9c02c7';
export const UCM = 'fecbbba0-79f2-4e9e-a6f0-69a310ab110b';
export const SITE = 'a2f2c5e7-054a-43db-8402-3fe6006936b2';

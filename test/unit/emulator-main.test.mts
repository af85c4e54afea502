import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { request } from 'undici';

/** Runs the command of `npm run emulator` with these arguments and this environment. */
function run(args: string[], env: Record<string, string> = {}): ChildProcess {
	return spawn(process.execPath, ['--import', 'tsx', 'emulator/main.mts', ...args], {
		env: { ...process.env, ...env },
		stdio: ['ignore', 'pipe', 'pipe'],
	});
}

async function* lines(stream: ChildProcess['stdout']): AsyncGenerator<string> {
	if (stream) yield* createInterface({ input: stream });
}

describe('npm run emulator', () => {
	test('prints its URL and tokens, serves requests, and stops on SIGTERM', async () => {
		const emulator = run(
			['--devices', '5', '--dialect', 'totalCount=tooHigh', '--dialect', 'enumCase=lower'],
			{ ENAPTER_EMULATOR_GATEWAY: 'true' },
		);
		const exited = once(emulator, 'exit');
		let baseUrl = '';
		let token = '';
		for await (const line of lines(emulator.stdout)) {
			baseUrl ||= /http:\/\/127\.0\.0\.1:\d+\/api$/.exec(line)?.[0] ?? '';
			token ||= /^ {2}readonly +(\S+)$/.exec(line)?.[1] ?? '';
			if (line.includes('expired')) break;
		}
		const response = await request(`${baseUrl}/v3/devices`, {
			headers: { 'X-Enapter-Auth-Token': token, 'X-Enapter-Allow-HTTP': 'true' },
		});
		expect(await response.body.json()).toMatchObject({
			total_count: 11,
			devices: expect.arrayContaining([expect.objectContaining({ type: 'gateway' })]),
		});
		emulator.kill('SIGTERM');
		expect(await exited).toEqual([0, null]);
	});

	test('rejects a value that is not a number, and prints its usage', async () => {
		const emulator = run(['--port', 'http']);
		const exited = once(emulator, 'exit');
		const said: string[] = [];
		for await (const line of lines(emulator.stderr)) said.push(line);
		expect(said.slice(0, 2)).toEqual([
			'--port must be a whole number',
			'Usage: npm run emulator -- [options]',
		]);
		expect(await exited).toEqual([1, null]);
	});

	test('rejects an unknown dialect from the environment', async () => {
		const emulator = run([], { ENAPTER_EMULATOR_DIALECT: 'enumCase=lower,emptyList=none' });
		const exited = once(emulator, 'exit');
		const said: string[] = [];
		for await (const line of lines(emulator.stderr)) said.push(line);
		expect(said).toEqual(['Dialect emptyList must be one of list, missing, null']);
		expect(await exited).toEqual([1, null]);
	});
});

import { request } from 'undici';

import { type Emulator, type Fault, startEmulator } from '../../emulator/server.mts';
import { withoutWaiting } from '../support/clock.mts';
import { runNode } from '../support/engine.mts';
import { DEVICE } from '../support/operations.mts';
import { answerTogether } from '../support/together.mts';

const recorded = withoutWaiting();

let emulator: Emulator;

beforeEach(async () => {
	emulator = await startEmulator();
});

afterEach(async () => {
	jest.restoreAllMocks();
	await emulator.close();
});

const API_SAYS = (message: string) => ({ errors: [{ message }] });
const PROXY_PAGE = '<html>Not found</html>';

/** A fault of the requests that change something. */
const onWrite = (method: string, fault: Partial<Fault>): Fault => ({
	kind: 'status',
	match: { method },
	...fault,
});

const run = async (
	operation: string,
	more: Record<string, unknown> = {},
	options: Record<string, unknown> = {},
) => await runNode({ emulator, parameters: { operation, deviceId: DEVICE, ...more, options } });

/** Renames this many independent devices. */
function rename(count: number, options: Record<string, unknown>) {
	const devices = emulator.fleet.list().slice(0, count);
	return {
		emulator,
		items: devices.map(({ id }, row) => ({ id, name: `Device ${row}` })),
		parameters: {
			operation: 'update',
			deviceId: '={{ $json.id }}',
			updateFields: { name: '={{ $json.name }}' },
			options,
		},
	};
}

const isUpdate = ({ method }: { method: string }) => method === 'PATCH';

/** Resolves once `holds` does, checking at every turn of the event loop. */
async function until(holds: () => boolean): Promise<void> {
	while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets another client send this many requests. In that time the node could have sent one, too. */
async function roundTrips(count: number): Promise<void> {
	const headers = { 'X-Enapter-Auth-Token': emulator.tokens.owner };
	for (let turn = 0; turn < count; turn++) {
		const { statusCode, body } = await request(`${emulator.baseUrl}/v3/sites`, { headers });
		expect(statusCode).toBe(200);
		await body.dump();
	}
}

describe('a retry after an unknown outcome', () => {
	test('a delete that was done, and then is not found, is done', async () => {
		emulator.addFault(onWrite('DELETE', { kind: 'reset-after', times: 1 }));
		const { id, name } = emulator.fleet.get(DEVICE);
		const { error, output } = await run('delete');
		expect(error).toBeUndefined();
		expect(output[0]?.json).toEqual({ id, name, deleted: true });
		expect(emulator.requests.at(-1)?.status).toBe(404);
	});

	test("a proxy's 404 after a 502 proves nothing: it is not reported as deleted", async () => {
		emulator.addFault(onWrite('DELETE', { status: 502, body: PROXY_PAGE, times: 1 }));
		emulator.addFault(onWrite('DELETE', { status: 404, body: PROXY_PAGE }));
		const { error, output } = await run('delete');
		expect(output).toEqual([]);
		expect(error?.message).toContain('status 404');
		expect(error?.description).toContain('The API may still have processed the request');
		expect(emulator.fleet.find(DEVICE)).toBeDefined();
	});

	test('a delete that is refused on a retry has failed, and may have been done', async () => {
		emulator.addFault(onWrite('DELETE', { status: 502, times: 1 }));
		emulator.addFault(onWrite('DELETE', { status: 403, body: API_SAYS('Forbidden') }));
		const { error } = await run('delete');
		expect(error?.message).toContain('Forbidden');
		expect(error?.description).toContain('may still have processed the request');
	});

	test('a delete that is not found after the API had rejected it has failed', async () => {
		emulator.addFault(onWrite('DELETE', { status: 503, body: API_SAYS('Busy'), times: 1 }));
		emulator.addFault(onWrite('DELETE', { status: 404, body: API_SAYS('No such device') }));
		const { error, output } = await run('delete');
		expect(output).toEqual([]);
		expect(error?.message).toContain('No such device');
		expect(error?.description).not.toContain('may still have processed the request');
	});

	test('not found on a retry is a failure of any other request', async () => {
		emulator.addFault(onWrite('POST', { status: 502, times: 1 }));
		emulator.addFault(onWrite('POST', { status: 404, body: API_SAYS('Not there') }));
		const { error } = await run('assignBlueprint', { blueprintId: 'x' });
		expect(error?.httpCode).toBe('404');
	});

	test.each([504, 502])(
		'a new slug that was given before a %d is told, though the device goes by it no more by the old one',
		async (status) => {
			const { id } = emulator.fleet.get(DEVICE);
			// The API processed the request, but a proxy responds with an error.
			emulator.addFault(onWrite('PATCH', { kind: 'body', status, body: PROXY_PAGE, times: 1 }));
			const { error, output } = await run('update', { updateFields: { slug: 'station-new' } });
			expect(error).toBeUndefined();
			expect(output[0]?.json).toMatchObject({ id, slug: 'station-new' });
			expect(emulator.requests.filter(isUpdate).map(({ path }) => path)).toEqual(
				Array.from({ length: 2 }, () => `/v3/devices/${id}`),
			);
		},
	);

	test('the message says what an earlier attempt may have done, whatever the last one returned', async () => {
		emulator.addFault(onWrite('PATCH', { status: 502, times: 1 }));
		emulator.addFault(onWrite('PATCH', { status: 503, headers: { 'retry-after': '1' } }));
		const { error } = await runNode(rename(1, { maxRetries: 1 }));
		expect(error?.message).toContain('status 503');
		expect(error?.description).toContain('The API may still have processed the request');
	});
});

describe('Retry-After', () => {
	test.each([
		['seconds', () => '7', 7000],
		['a date', () => new Date(Date.now() + 20_000).toUTCString(), 20_000],
		['as long as a minute', () => '60', 60_000],
	])('in %s is waited out', async (_form, value, milliseconds) => {
		emulator.addFault({ kind: 'status', status: 503, headers: { 'retry-after': value() }, times: 1 });
		await run('get');
		expect(recorded.waits).toHaveLength(1);
		expect(recorded.waits[0]).toBeGreaterThan(milliseconds - 3000);
		expect(recorded.waits[0]).toBeLessThanOrEqual(milliseconds);
	});

	test.each(['0', 'Wed, 31 Dec 2025 23:00:00 GMT'])(
		'%s means ordinary backoff, not all retries within milliseconds',
		async (value) => {
			emulator.addFault({ kind: 'status', status: 503, headers: { 'retry-after': value } });
			await run('get', {}, { maxRetries: 3 });
			expect(recorded.waits).toHaveLength(3);
			[250, 500, 1000].forEach((least, index) => expect(recorded.waits[index]).toBeGreaterThanOrEqual(least));
		},
	);

	test('that is longer than a minute is not waited for: the message says how long the API asks to wait', async () => {
		emulator.addFault({ kind: 'status', status: 503, headers: { 'retry-after': '3600' } });
		const { error } = await run('get');
		expect(emulator.requests).toHaveLength(1);
		expect(recorded.waits).toEqual([]);
		expect(error?.description).toContain(
			'The API asks to wait 60 minutes: run the workflow again after that.',
		);
	});

	test('of a rate limit that is longer than a minute keeps the other items from being sent', async () => {
		emulator.addFault(onWrite('PATCH', { status: 429, headers: { 'retry-after': '3600' } }));
		const { output } = await runNode({
			...rename(3, { maxConcurrency: 1 }),
			onError: 'continueRegularOutput',
		});
		expect(emulator.requests.filter(isUpdate)).toHaveLength(1);
		expect(recorded.waits).toEqual([]);
		const told = output.map(({ json }) => `${String(json['error'])} ${String(json['message'])}`);
		expect(told[0]).toContain('The API asks to wait 60 minutes');
		for (const text of told.slice(1)) {
			expect(text).toMatch(
				/^The API asks to wait 60 minutes before the next request\..*The request was not sent\.$/,
			);
		}
	});
});

test('no abort signal gets more than ten listeners, at which Node.js would warn, however many requests wait', async () => {
	const listeners = new Map<EventTarget, number>();
	let most = 0;
	const { addEventListener, removeEventListener } = EventTarget.prototype;
	const count = (target: EventTarget, change: number) => {
		if (!(target instanceof AbortSignal)) return;
		listeners.set(target, (listeners.get(target) ?? 0) + change);
		most = Math.max(most, listeners.get(target) ?? 0);
	};
	jest.spyOn(EventTarget.prototype, 'addEventListener').mockImplementation(function (
		this: EventTarget,
		...args
	) {
		count(this, 1);
		addEventListener.apply(this, args);
	});
	jest.spyOn(EventTarget.prototype, 'removeEventListener').mockImplementation(function (
		this: EventTarget,
		...args
	) {
		count(this, -1);
		removeEventListener.apply(this, args);
	});
	emulator.addFault(onWrite('PATCH', { status: 502, times: 30 }));
	const { output } = await runNode(rename(30, { maxConcurrency: 30, maxRetries: 3 }));
	expect(output).toHaveLength(30);
	expect(most).toBeGreaterThan(0);
	expect(most).toBeLessThanOrEqual(10);
});

test('a backoff grows, and Max Retries bounds how many there are', async () => {
	emulator.addFault({ kind: 'status', status: 502 });
	const { error } = await run('get', {}, { maxRetries: 3 });
	expect(error?.description).toContain('Tried 4 times');
	expect(recorded.waits).toHaveLength(3);
	[500, 1000, 2000].forEach((most, index) => {
		expect(recorded.waits[index]).toBeGreaterThanOrEqual(most / 2);
		expect(recorded.waits[index]).toBeLessThanOrEqual(most);
	});
});

test('Max Retries 0 ends at the first fault, without a wait or a hint', async () => {
	emulator.addFault({ kind: 'status', status: 503, headers: { 'retry-after': '1' } });
	const { error, hints } = await runNode({
		...rename(3, { maxRetries: 0, maxConcurrency: 1 }),
		onError: 'continueRegularOutput',
	});
	expect(error).toBeUndefined();
	expect(emulator.requests).toHaveLength(3);
	expect(recorded.waits).toEqual([]);
	expect(hints.filter(({ message }) => message.includes('retried'))).toEqual([]);
});

describe('the hint', () => {
	test('counts requests, and retries by reason', async () => {
		emulator.addFault({ kind: 'status', status: 502, times: 2 });
		emulator.addFault({ kind: 'reset-before', times: 1 });
		const { hints } = await run('get', {}, { maxRetries: 3 });
		expect(hints).toEqual([
			{
				message: '1 request was retried, 3 times in total (2 × status 502, 1 × ECONNRESET).',
				location: 'outputPane',
			},
		]);
	});

	test('counts requests, not attempts', async () => {
		emulator.addFault(onWrite('PATCH', { status: 503, body: API_SAYS('Busy'), times: 2 }));
		const { hints } = await runNode(rename(2, {}));
		expect(hints.map(({ message }) => message)).toEqual(['2 requests were retried (2 × status 503).']);
	});
});

describe('a rate limit', () => {
	test.each([
		['seconds', {}],
		['none', {}],
		['date', {}],
		['date', { clock: 'ahead' }],
		['date', { clock: 'behind' }],
		['date', { dateHeader: 'wrong' }],
	] as const)(
		'with Retry-After as %s is waited out, and every item is done once: %j',
		async (retryAfter, dialect) => {
			emulator.dialect = dialect;
			let passed = 0;
			const now = performance.now.bind(performance);
			jest.spyOn(performance, 'now').mockImplementation(() => now() + passed);
			recorded.onWait = (milliseconds) => {
				passed += milliseconds;
			};
			// Without Retry-After the waits are short, so the window must be short, too.
			emulator.rateLimit = { requests: 5, perMs: retryAfter === 'none' ? 300 : 20_000, retryAfter };
			const { error, output, hints } = await runNode(rename(20, { maxConcurrency: 4, maxRetries: 10 }));
			expect(error).toBeUndefined();
			expect(output.map(({ json }) => json['name'])).toEqual(output.map((_, row) => `Device ${row}`));
			const { requests } = emulator;
			expect(requests.filter(({ status }) => status === 200)).toHaveLength(20);
			const turnedAway = requests.filter(({ status }) => status === 429).length;
			expect(turnedAway).toBeGreaterThanOrEqual(1);
			// At most the requests in flight are refused each time.
			if (retryAfter !== 'none') expect(turnedAway).toBeLessThanOrEqual(4 * recorded.waits.length);
			expect(hints[0]?.message).toContain(`(${turnedAway} × status 429).`);
			if (retryAfter !== 'none') expect(Math.max(...recorded.waits)).toBeGreaterThan(15_000);
		},
	);

	test('met by one request holds all others back until its wait is over', async () => {
		let goOn = () => {};
		recorded.onWait = async () => {
			await new Promise<void>((resolve) => (goOn = resolve));
		};
		emulator.addFault({ kind: 'status', status: 429, headers: { 'retry-after': '30' }, times: 1, after: 2 });
		const running = runNode(rename(12, { maxConcurrency: 3 }));
		await until(() => recorded.waits.length === 1);
		// Requests that were sent before the response arrived are still received.
		await roundTrips(10);
		const before = emulator.requests.filter(isUpdate).length;
		await roundTrips(30);
		expect(emulator.requests.filter(isUpdate)).toHaveLength(before);
		expect(before).toBeLessThan(12);
		goOn();
		const { error, output } = await running;
		expect(error).toBeUndefined();
		expect(output).toHaveLength(12);
		expect(emulator.requests.filter(isUpdate)).toHaveLength(13);
		expect(recorded.waits).toEqual([30_000]);
	});

	test('slows the others down also when its request is not retried itself', async () => {
		emulator.addFault({ kind: 'status', status: 429, headers: { 'retry-after': '30' }, times: 1 });
		const { output } = await runNode({
			...rename(3, { maxRetries: 0, maxConcurrency: 1 }),
			onError: 'continueRegularOutput',
		});
		expect(output.map(({ json }) => 'error' in json)).toEqual([true, false, false]);
		expect(recorded.waits).toEqual([30_000]);
	});
});

describe('many requests', () => {
	test('are no more at once than Max Concurrency, with one look at the credential', async () => {
		answerTogether(emulator, 'PATCH', 4);
		const { output, credentialReads } = await runNode(rename(20, { maxConcurrency: 4 }));
		expect(output.map(({ pairedItem }) => pairedItem)).toEqual(output.map((_, item) => ({ item })));
		expect(emulator.stats.peakInFlight).toBe(4);
		expect(credentialReads).toBe(1);
	});

	test('leave the output in the order of the input, however long each response takes', async () => {
		const options = rename(20, { maxConcurrency: 8 });
		for (const [index, { id }] of options.items.entries()) {
			emulator.addFault({ kind: 'slow', delay: (index * 7) % 40, match: { path: id } });
		}
		const { output } = await runNode(options);
		const ids = options.items.map(({ id }) => id);
		expect(output.map(({ json, pairedItem }) => [json['id'], pairedItem])).toEqual(
			ids.map((id, item) => [id, { item }]),
		);
		const ended = emulator.requests.toSorted((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0));
		expect(ended.map(({ path }) => path)).not.toEqual(ids.map((id) => `/v3/devices/${id}`));
	});
});

test('a response that is slower than Timeout is a failure', async () => {
	emulator.addFault({ kind: 'slow' });
	const { error } = await run('get', {}, { timeout: 50, maxRetries: 0 });
	expect(error?.message).toContain('No complete response in time');
});

test.each(['get', 'update'])(
	'%s: a response that drips without end is a failure after Timeout',
	async (operation) => {
		emulator.addFault({ kind: 'drip', endless: true });
		const more = { updateFields: { name: 'New' } };
		const { error } = await run(operation, more, { timeout: 50, maxRetries: 0 });
		expect(error?.message).toContain('No complete response in time');
	},
);

import { type Emulator, startEmulator } from '../../emulator/server.mts';
import type { LogEntry } from '../../emulator/logs.mts';
import { runAsTool, runNode, type RunOptions } from '../support/engine.mts';
import { byId } from '../support/locators.mts';

const ID = '93fb32c7-b7b7-4987-a754-23597d9c02c7';
const SLUG = 'gas-detector-in-living-room';

/** 2026-01-02T03:04:05.006Z */
const START = Date.UTC(2026, 0, 2, 3, 4, 5, 6);

let emulator: Emulator;

beforeEach(async () => {
	emulator = await startEmulator();
});

afterEach(async () => await emulator.close());

const run = async (parameters: Record<string, unknown> = {}, more: Partial<RunOptions> = {}) =>
	await runNode({
		emulator,
		parameters: { resource: 'log', operation: 'getAll', deviceId: byId(ID), ...parameters },
		...more,
	});

/** Replaces the log of the device by this many entries, one per minute, oldest first. */
function fill(count: number, more: (index: number) => Partial<LogEntry> = () => ({})): LogEntry[] {
	const entries = emulator.fleet.logs.of(emulator.fleet.get(ID));
	entries.splice(
		0,
		Infinity,
		...Array.from(
			{ length: count },
			(_, index): LogEntry => ({
				receivedAt: START + index * 60_000,
				severity: 'info',
				message: `Entry ${index}`,
				persisted: true,
				...more(index),
			}),
		),
	);
	return entries;
}

const messages = (output: Array<{ json: object }>) =>
	output.map(({ json }) => (json as { message: string }).message);

const newestFirst = (count: number) =>
	Array.from({ length: count }, (_, index) => `Entry ${count - 1 - index}`);

const queries = () =>
	emulator.requests
		.filter(({ path }) => path.includes('/logs'))
		.map(({ path }) => Object.fromEntries(new URL(path, 'http://x').searchParams));

describe('the entries', () => {
	test.each(['missing', 'otherCase'] as const)(
		'have the ID of a device whose response does not repeat its slug (%s)',
		async (shownSlug) => {
			emulator.dialect = { shownSlug };
			fill(1);
			const { output } = await run({ deviceId: byId(SLUG) });
			expect(output.map(({ json }) => json['device_id'])).toEqual([ID]);
		},
	);

	test('come newest first, one item each, with the ID of the device', async () => {
		fill(2);
		const { output, error } = await run({ deviceId: byId(SLUG) });
		expect(error).toBeUndefined();
		expect(output).toEqual(
			[1, 0].map((index) => ({
				json: {
					device_id: ID,
					received_at: new Date(START + index * 60_000).toISOString().replace('Z', '000Z'),
					timestamp: expect.any(String),
					severity: 'info',
					message: `Entry ${index}`,
				},
				pairedItem: { item: 0 },
			})),
		);
	});

	test('are 50 unless Limit says otherwise', async () => {
		fill(130);
		expect(messages((await run()).output)).toEqual(newestFirst(130).slice(0, 50));
		expect(messages((await run({ limit: 70 })).output)).toEqual(newestFirst(130).slice(0, 70));
	});

	test.each([
		['missing', 'list'],
		['exact', 'list'],
		['tooLow', 'list'],
		['zero', 'null'],
		['missing', 'missing'],
	] as const)(
		'are all returned with Return All (total %s, empty list %s)',
		async (logTotalCount, emptyList) => {
			Object.assign(emulator.dialect, { logTotalCount, emptyList });
			for (const count of [0, 1, 50, 99, 130]) {
				fill(count);
				const { output, hints } = await run({ returnAll: true });
				expect(messages(output)).toEqual(newestFirst(count));
				expect(hints).toEqual([]);
			}
		},
	);

	test('that look the same are all returned, also where one page ends and the next starts', async () => {
		// Positions 48 to 52 of the list: the first page ends at 49.
		fill(120, (index) =>
			index >= 67 && index <= 71 ? { receivedAt: START + 4_200_000, message: 'Same' } : {},
		);
		const { output, hints } = await run({ returnAll: true });
		expect(output).toHaveLength(120);
		expect(messages(output).filter((message) => message === 'Same')).toHaveLength(5);
		expect(hints).toEqual([]);
	});

	test('that arrive while the list is read neither repeat nor hide others', async () => {
		const entries = fill(120);
		let sent = 0;
		const add = () =>
			entries.push({
				receivedAt: START + 10_000_000 + sent,
				severity: 'info',
				message: `New ${sent++}`,
				persisted: true,
			});
		const original = entries.filter.bind(entries);
		// The emulator filters the entries once for each page.
		entries.filter = ((...args: Parameters<typeof original>) => {
			const found = original(...args);
			add();
			add();
			return found;
		}) as typeof entries.filter;
		const { output } = await run({ returnAll: true });
		expect(messages(output)).toEqual(newestFirst(120));
	});

	test.each([49, 60, 110])(
		'of which %d arrive at once while the list is read are all returned once',
		async (count) => {
			const entries = fill(300);
			const original = entries.filter.bind(entries);
			let requests = 0;
			entries.filter = ((...args: Parameters<typeof original>) => {
				if (++requests === 2) {
					for (let index = 0; index < count; index++) {
						const receivedAt = START + 100_000_000 + index;
						entries.push({ receivedAt, severity: 'info', message: `New ${index}`, persisted: true });
					}
				}
				return original(...args);
			}) as typeof entries.filter;
			const { output, hints } = await run({ returnAll: true });
			const times = output.map(({ json }) => String(json['received_at']));
			expect(times).toEqual(times.toSorted().reverse());
			const old = messages(output).filter((message) => message.startsWith('Entry'));
			expect(old).toEqual(newestFirst(300));
			expect(new Set(messages(output)).size).toBe(output.length);
			expect(hints.map(({ message }) => message)).toEqual(
				count === 49
					? []
					: ['The list changed while it was read (a list of log entries): some may be missing.'],
			);
		},
	);

	test('of one device are read once for items that want the same', async () => {
		fill(3);
		const { output } = await run(
			{ deviceId: '={{ $json.id }}' },
			{ items: [{ id: ID }, { id: SLUG }, { id: ID }] },
		);
		expect(output).toHaveLength(9);
		expect(output.map(({ pairedItem }) => pairedItem)).toEqual(
			[0, 0, 0, 1, 1, 1, 2, 2, 2].map((item) => ({ item })),
		);
		// The second page is empty: only that proves the end of a list without a total.
		expect(queries()).toHaveLength(2);
	});
});

describe('filters', () => {
	const SEVERITIES = ['debug', 'info', 'warning', 'error'] as const;

	test.each(
		(['exact', 'minimum'] as const).flatMap((logSeverityFilter) =>
			(['lower', 'upper'] as const).map((logSeverity) => ({ logSeverityFilter, logSeverity })),
		),
	)('by severity return exactly the chosen ones (%j)', async (dialect) => {
		Object.assign(emulator.dialect, dialect);
		fill(8, (index) => ({ severity: SEVERITIES[index % 4] ?? 'info' }));
		const of = async (severity: unknown) => messages((await run({ filters: { severity } })).output);
		expect(await of(['info'])).toEqual(['Entry 5', 'Entry 1']);
		expect(await of('warning,ERROR')).toEqual(['Entry 7', 'Entry 6', 'Entry 3', 'Entry 2']);
		expect(new Set(queries().map(({ severity }) => severity))).toEqual(new Set(['info', undefined]));
	});

	test.each(['exclusive', 'inclusive'] as const)(
		'by time include the start and not the end (%s at the API)',
		async (logReceivedTo) => {
			Object.assign(emulator.dialect, { logReceivedTo });
			fill(5);
			const { output } = await run({
				filters: { receivedAfter: '2026-01-02T03:05:05.006Z', receivedBefore: '2026-01-02T03:07:05.006Z' },
			});
			expect(messages(output)).toEqual(['Entry 2', 'Entry 1']);
			expect(queries()[0]).toMatchObject({
				order: 'RECEIVED_AT_DESC',
				received_at_from: '2026-01-02T03:05:05.006Z',
				received_at_to: '2026-01-02T03:07:05.006Z',
			});
		},
	);

	test('by time compare moments, whatever offset and number of digits the API sends', async () => {
		const times = [
			'2026-01-02T05:07:05.006+02:00',
			'2026-01-02T03:07:05.0059999Z',
			'2026-01-02T05:07:04+02:00',
			'2026-01-02T04:07:05.0060001+01:00',
			'not a time',
		];
		const logs = times.map((received_at) => ({ received_at, severity: 'info', message: received_at }));
		emulator.addFault({ kind: 'body', body: { logs, total_count: logs.length }, match: { path: '/logs' } });
		const read = async (filters: object) => messages((await run({ filters })).output);
		expect(await read({ receivedBefore: '2026-01-02T03:07:05.006Z' })).toEqual([
			times[1],
			times[2],
			times[4],
		]);
		expect(await read({})).toEqual([times[3], times[0], times[1], times[2], times[4]]);
	});

	test('show what Enapter keeps, or what it deletes', async () => {
		fill(4, (index) => ({ persisted: index % 2 === 0 }));
		expect(messages((await run({ filters: { show: 'PERSISTED_ONLY' } })).output)).toEqual([
			'Entry 2',
			'Entry 0',
		]);
		expect(messages((await run({ filters: { show: 'temporary_only' } })).output)).toEqual([
			'Entry 3',
			'Entry 1',
		]);
	});

	test.each([
		[{ severity: '={{ $json.none }}' }, 'Severity is empty.'],
		[{ severity: ['fatal'] }, 'Severity must be one or more of: debug, info, warning, error.'],
		[{ receivedAfter: '={{ $json.none }}' }, 'Received After is empty.'],
		[
			{ receivedAfter: '2026-01-02', receivedBefore: '2026-01-01' },
			'Received After is not before Received Before, so no entry can match.',
		],
		[{ show: 'some' }, 'Show must be one of: ALL, PERSISTED_ONLY, TEMPORARY_ONLY.'],
	])('that cannot be used are refused before anything is sent: %j', async (filters, message) => {
		const { error } = await run({ filters });
		expect(error?.message).toContain(message);
		expect(emulator.requests).toEqual([]);
	});
});

test('an unknown device is named, and in Continue the others are read', async () => {
	fill(1);
	const { output, hints } = await run(
		{ deviceId: '={{ $json.id }}' },
		{ items: [{ id: 'no-such-device' }, { id: ID }], onError: 'continueRegularOutput' },
	);
	expect(output.map(({ json }) => json['error'] ?? json['message'])).toEqual([
		'Device "no-such-device" was not found. [item 0]',
		'Entry 0',
	]);
	expect(hints.map(({ message }) => message)).toEqual([
		'1 of 2 items failed: see "error" in item 0 (counted from 0).',
	]);
});

test('a language model gets the newest 100 entries with Return All, and as many as Limit says', async () => {
	fill(230);
	const read = async (parameters: Record<string, unknown>) => {
		const { answer } = await runAsTool('by the engine', {
			emulator,
			parameters: { resource: 'log', operation: 'getAll', deviceId: byId(ID), ...parameters },
		});
		return answer.match(/Entry \d+/g) ?? [];
	};
	expect(await read({ returnAll: true })).toEqual(newestFirst(230).slice(0, 100));
	expect(await read({})).toHaveLength(50);
	expect(await read({ limit: 120 })).toHaveLength(120);
});

import fc from 'fast-check';

import type { Selection } from '../../../../nodes/EnapterDevice/resources/telemetry/pack.ts';
import { pack, roomIn } from '../../../../nodes/EnapterDevice/resources/telemetry/pack.ts';

const ROOT = 'https://api.enapter.com';

const urlOf = (root: string, request: Selection[]) =>
	`${root}/v3/telemetry/latest?${request
		.map(({ device, attributes }) =>
			[`devices[${device}]`, attributes.join(',')].map(encodeURIComponent).join('='),
		)
		.join('&')}`;

const selections = (count: number, attributes: string[]): Selection[] =>
	Array.from({ length: count }, (_, index) => ({
		device: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
		attributes,
	}));

/** Every device with each of its attributes, in order. */
const pairs = (all: Selection[]) =>
	all.flatMap(({ device, attributes }) => attributes.map((attribute) => `${device} ${attribute}`));

test('every attribute is requested once, and no URL is too long', () => {
	const name = fc.stringMatching(/^[A-Za-z]\w{0,40}$/);
	const device = fc.oneof(fc.uuid(), fc.string({ minLength: 1, maxLength: 80, unit: 'grapheme' }));
	const wanted = fc.uniqueArray(
		fc.record({ device, attributes: fc.uniqueArray(name, { minLength: 1, maxLength: 300 }) }),
		{ selector: (selection) => selection.device, maxLength: 20 },
	);
	fc.assert(
		fc.property(wanted, fc.integer({ min: 0, max: 3000 }), (all, length) => {
			const root = ROOT + 'x'.repeat(length);
			const requests = pack(all, roomIn(root, 300));
			expect(pairs(requests.flat())).toEqual(pairs(all));
			for (const request of requests) {
				expect(`${urlOf(root, request)}&relevance_interval=300s`.length).toBeLessThan(6000);
			}
		}),
		{ seed: 20_250_804, numRuns: 100 },
	);
});

test('1,000 devices fit into at most 30 requests', () => {
	const room = roomIn(ROOT, 86_400);
	expect(pack(selections(1000, ['soc', 'active_power']), room).length).toBeLessThanOrEqual(13);
	const many = ['battery_soc', 'battery_power', 'active_power', 'total_energy', 'status', 'alerts'];
	expect(pack(selections(1000, many), room).length).toBeLessThanOrEqual(30);
});

test('without room each attribute is requested alone', () => {
	expect(pack(selections(1, ['a', 'b']), -10).map((request) => request[0]?.attributes)).toEqual([
		['a'],
		['b'],
	]);
	expect(pack([], 100)).toEqual([]);
});

import fc from 'fast-check';

import type { Wanted } from '../../../../nodes/EnapterDevice/resources/telemetry/pack.ts';
import { pack, roomIn, totalSize } from '../../../../nodes/EnapterDevice/resources/telemetry/pack.ts';

const ROOT = 'https://api.enapter.com';

interface Device {
	device: string;
	attributes: string[];
}

const wantedOf = (devices: Device[]): Wanted[] =>
	devices.flatMap(({ device, attributes }) => attributes.map((attribute) => ({ device, attribute })));

/** The longest query that n8n can make of a request: each attribute is followed by an encoded comma. */
const queryOf = (request: Wanted[]) =>
	[...new Set(request.map(({ device }) => device))]
		.map((device) => {
			const attributes = request
				.filter((one) => one.device === device)
				.map(({ attribute }) => `${attribute},`);
			return `${encodeURIComponent(`devices[${device}]`)}=${encodeURIComponent(attributes.join(''))}&`;
		})
		.join('');

const fleetOf = (count: number, attributes: string[]): Wanted[] =>
	wantedOf(
		Array.from({ length: count }, (_, index) => ({
			device: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
			attributes,
		})),
	);

test('every attribute is requested once, and each URL is as long as it may be and no longer', () => {
	const name = fc.stringMatching(/^[A-Za-z]\w{0,40}$/);
	const device = fc.oneof(fc.uuid(), fc.string({ minLength: 1, maxLength: 80, unit: 'grapheme' }));
	const wanted = fc.uniqueArray(
		fc.record({ device, attributes: fc.uniqueArray(name, { minLength: 1, maxLength: 300 }) }),
		{ selector: ({ device: id }) => id, maxLength: 20 },
	);
	const interval = fc.option(fc.integer({ min: 1, max: 86_400 }), { nil: undefined });
	fc.assert(
		fc.property(wanted, fc.integer({ min: 0, max: 3000 }), interval, (devices, length, seconds) => {
			const all = wantedOf(devices);
			const root = ROOT + 'x'.repeat(length);
			const rest = seconds === undefined ? '' : `&relevance_interval=${seconds}s`;
			const lengthOf = (request: Wanted[]) => `${root}/v3/telemetry/latest?${queryOf(request)}${rest}`.length;
			const requests = pack(all, roomIn(root, seconds));
			expect(requests.flat()).toEqual(all);
			for (const [index, request] of requests.entries()) {
				expect(lengthOf(request)).toBeLessThan(6000);
				const [next] = requests[index + 1] ?? [];
				if (next !== undefined) expect(lengthOf([...request, next])).toBeGreaterThanOrEqual(6000);
			}
			expect(totalSize(all)).toBe(queryOf(all).length);
		}),
		{ seed: 20_250_804, numRuns: 100 },
	);
});

test('a URL may be 5,999 characters long', () => {
	const room = roomIn(ROOT, undefined);
	const size = totalSize([
		{ device: 'a', attribute: 'b' },
		{ device: 'a', attribute: '' },
	]);
	const fits = [
		{ device: 'a', attribute: 'b' },
		{ device: 'a', attribute: 'c'.repeat(room - size) },
	];
	expect(pack(fits, room)).toHaveLength(1);
	expect(pack(fits, room - 1)).toHaveLength(2);
});

test('1,000 devices fit into at most 30 requests', () => {
	const room = roomIn(ROOT, 86_400);
	expect(pack(fleetOf(1000, ['soc', 'active_power']), room).length).toBeLessThanOrEqual(13);
	const many = ['battery_soc', 'battery_power', 'active_power', 'total_energy', 'status', 'alerts'];
	expect(pack(fleetOf(1000, many), room).length).toBeLessThanOrEqual(30);
});

test('without room each attribute is requested alone', () => {
	const wanted = fleetOf(1, ['a', 'b']);
	expect(pack(wanted, -10)).toEqual(wanted.map((one) => [one]));
	expect(pack([], 100)).toEqual([]);
});

import fc from 'fast-check';

import type { Wanted } from '../../../../nodes/EnapterDevice/resources/telemetry/pack.ts';
import { pack, roomIn } from '../../../../nodes/EnapterDevice/resources/telemetry/pack.ts';

const ROOT = 'https://api.enapter.com';

interface Device {
	device: string;
	attributes: string[];
}

const wantedOf = (devices: Device[]): Wanted[] =>
	devices.flatMap(({ device, attributes }) => attributes.map((attribute) => ({ device, attribute })));

const urlOf = (root: string, request: Wanted[]) => {
	const names = new Map<string, string[]>();
	for (const { device, attribute } of request) {
		names.set(device, [...(names.get(device) ?? []), attribute]);
	}
	return `${root}/v3/telemetry/latest?${[...names]
		.map(([device, attributes]) =>
			[`devices[${device}]`, attributes.join(',')].map(encodeURIComponent).join('='),
		)
		.join('&')}`;
};

const fleetOf = (count: number, attributes: string[]): Wanted[] =>
	wantedOf(
		Array.from({ length: count }, (_, index) => ({
			device: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
			attributes,
		})),
	);

test('every attribute is requested once, and no URL is too long', () => {
	const name = fc.stringMatching(/^[A-Za-z]\w{0,40}$/);
	const device = fc.oneof(fc.uuid(), fc.string({ minLength: 1, maxLength: 80, unit: 'grapheme' }));
	const wanted = fc.uniqueArray(
		fc.record({ device, attributes: fc.uniqueArray(name, { minLength: 1, maxLength: 300 }) }),
		{ selector: ({ device: id }) => id, maxLength: 20 },
	);
	fc.assert(
		fc.property(wanted, fc.integer({ min: 0, max: 3000 }), (devices, length) => {
			const all = wantedOf(devices);
			const root = ROOT + 'x'.repeat(length);
			const requests = pack(all, roomIn(root, 300));
			expect(requests.flat()).toEqual(all);
			for (const request of requests) {
				expect(`${urlOf(root, request)}&relevance_interval=300s`.length).toBeLessThan(6000);
			}
		}),
		{ seed: 20_250_804, numRuns: 100 },
	);
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

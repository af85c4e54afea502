import {
	aboutDevice,
	deviceOutput,
	deviceShape,
	DEVICES_PAGE,
	nameOfDevice,
} from '../../../nodes/EnapterDevice/resources/device/device.ts';
import type { RequestFailure } from '../../../nodes/EnapterDevice/transport/errors.ts';
import { NO_OBJECTS, NOT_IDENTIFIED } from '../../support/bodies.mts';

test('a device has an ID, and may have more', () => {
	const shape = deviceShape('a-slug');
	expect(shape.read({ device: { id: 'a', more: 1 } }, {})).toEqual({ id: 'a', more: 1 });
	for (const value of NOT_IDENTIFIED) expect(shape.read({ device: value }, {})).toBeUndefined();
	for (const body of NO_OBJECTS) expect(shape.read(body, {})).toBeUndefined();
});

test.each([
	['a-slug', { slug: 'a-slug' }, true],
	['a-slug', { slug: 'A-Slug' }, true],
	['a-slug', { slug: null }, true],
	['a-slug', { slug: '' }, true],
	['a-slug', {}, true],
	['a-slug', { slug: 'other' }, false],
	['id-1', { id: 'id-1', slug: 'other' }, true],
	['93FB32C7-b7b7-4987-a754-23597d9c02c7', { id: '93fb32c7-b7b7-4987-a754-23597d9c02c7', slug: 'x' }, true],
	['93fb32c7-b7b7-4987-a754-23597d9c02c7', { slug: '93fb32c7-b7b7-4987-a754-23597d9c02c7' }, false],
])('requested as %s, the response with %j is that device: %j', (ref, more, isIt) => {
	const device = { id: 'i', ...more };
	expect(deviceShape(ref).read({ device }, {})).toBe(isIt ? device : undefined);
});

test('a page of devices contains nothing else', () => {
	expect(DEVICES_PAGE.read({ devices: [{ id: 'a' }], total_count: 9 }, {})).toEqual({
		entries: [{ id: 'a' }],
		totalCount: 9,
	});
	for (const entry of NOT_IDENTIFIED) {
		expect(DEVICES_PAGE.read({ devices: [{ id: 'a' }, entry] }, {})).toBeUndefined();
	}
});

test('the output starts with what identifies a device, and leaves nothing out', () => {
	const device = { blueprint_id: 'b', type: 'LUA', more: null, slug: 's', id: 'i', name: 'n' };
	expect(Object.entries(deviceOutput(device))).toEqual([
		['id', 'i'],
		['name', 'n'],
		['slug', 's'],
		['type', 'LUA'],
		['blueprint_id', 'b'],
		['more', null],
	]);
	expect(deviceOutput({ id: 'i' })).toEqual({ id: 'i' });
});

test('a device is named by its name, else by its slug or ID', () => {
	expect([
		nameOfDevice({ id: 'i', slug: 's', name: ' n ' }),
		nameOfDevice({ id: 'i', slug: 's', name: ' ' }),
		nameOfDevice({ id: 'i', slug: null, name: null }),
		nameOfDevice({ id: 'i', name: 'Pump 1, left' }),
	]).toEqual(['n', 's', 'i', '"Pump 1, left"']);
});

describe('a failure about a device', () => {
	const failure = (change: Partial<RequestFailure> = {}): RequestFailure => ({
		reason: 'Not there',
		advice: 'Check.',
		details: [],
		status: 404,
		isFromApi: true,
		label: 'status 404',
		outcome: 'notDone' as const,
		isTransient: false,
		...change,
	});

	test.each([
		['93fb32c7-b7b7-4987-a754-23597d9c02c7', /^Check the ID or slug for typing mistakes/],
		['gas-detector', /^Check the ID or slug for typing mistakes\. .* Get Many/],
		['Gas detector 1', /not its name\. .* Name Contains/],
		['Detector', /not its name/],
	])('"%s" was not found: the advice says how to look it up', (id, advice) => {
		expect(aboutDevice({ ref: { id } })(failure())).toEqual({
			reason: `Device "${id}" was not found`,
			advice: expect.stringMatching(advice),
		});
	});

	test('names the device as it was given, with better advice if there is any', () => {
		const explain = aboutDevice({ ref: { id: 'a' } }, { 409: 'Choose another.' });
		expect(explain(failure({ status: 409, reason: 'In use' }))).toEqual({
			reason: 'Device "a": In use',
			advice: 'Choose another.',
		});
		expect(explain(failure({ status: 422, reason: 'Not now' }))).toEqual({ reason: 'Device "a": Not now' });
	});

	test('names a device by its name if it was read, or chosen from the list', () => {
		const refused = failure({ status: 422, reason: 'Not now' });
		expect(aboutDevice({ id: 'a', name: 'Pump' })(refused).reason).toBe('Device Pump: Not now');
		expect(aboutDevice({ ref: { id: 'a', name: 'Pump' } })(refused).reason).toBe('Device Pump: Not now');
	});

	test('does not name a device if the response is not from the API', () => {
		expect(aboutDevice({ ref: { id: 'a' } })(failure({ isFromApi: false }))).toEqual({});
	});
});

import {
	aboutDevice,
	calledDevice,
	deviceOutput,
	deviceShape,
	DEVICES_PAGE,
} from '../../../nodes/EnapterDevice/resources/device/device.ts';
import type { RequestFailure } from '../../../nodes/EnapterDevice/transport/errors.ts';
import { NO_OBJECTS, NOT_IDENTIFIED } from '../../support/bodies.mts';

test('a device has an ID, and may have more', () => {
	const shape = deviceShape('a-slug');
	expect(shape.read({ device: { id: 'a', more: 1 } }, {})).toEqual({ id: 'a', more: 1 });
	for (const value of NOT_IDENTIFIED) expect(shape.read({ device: value }, {})).toBeUndefined();
	for (const body of NO_OBJECTS) expect(shape.read(body, {})).toBeUndefined();
});

test('a page of devices holds nothing else', () => {
	expect(DEVICES_PAGE.read({ devices: [{ id: 'a' }], total_count: 9 }, {})).toEqual({
		entries: [{ id: 'a' }],
		totalCount: 9,
	});
	for (const entry of NOT_IDENTIFIED) {
		expect(DEVICES_PAGE.read({ devices: [{ id: 'a' }, entry] }, {})).toBeUndefined();
	}
});

test('the output begins with what tells a device apart, and leaves nothing out', () => {
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

test('a device is called by its name, else by its slug or ID', () => {
	expect([
		calledDevice({ id: 'i', slug: 's', name: ' n ' }),
		calledDevice({ id: 'i', slug: 's', name: ' ' }),
		calledDevice({ id: 'i' }),
	]).toEqual(['n', 's', 'i']);
});

describe('a failure about a device', () => {
	const failure = (change: Partial<RequestFailure> = {}): RequestFailure => ({
		reason: 'Not there',
		advice: 'Check.',
		details: [],
		status: 404,
		isFromApi: true,
		label: 'status 404',
		isOutcomeKnown: true,
		isTransient: false,
		...change,
	});

	test.each([
		['93fb32c7-b7b7-4987-a754-23597d9c02c7', /^Check the ID, and/],
		['gas-detector', /^Check the ID or slug, .* Get Many/],
		['Gas detector 1', /not by its name\. .* Name Contains/],
		['Detector', /not by its name/],
	])('"%s" that was not found says so, and how to look it up', (named, advice) => {
		expect(aboutDevice(named)(failure())).toEqual({
			reason: `Device "${named}" was not found`,
			advice: expect.stringMatching(advice),
		});
	});

	test('names the device as it was given, and takes better advice where there is some', () => {
		const explain = aboutDevice('a', { 409: 'Choose another.' });
		expect(explain(failure({ status: 409, reason: 'In use' }))).toEqual({
			reason: 'Device "a": In use',
			advice: 'Choose another.',
		});
		expect(explain(failure({ status: 422, reason: 'Not now' }))).toEqual({ reason: 'Device "a": Not now' });
	});

	test('says nothing of a device where the response is not of the API', () => {
		expect(aboutDevice('a')(failure({ isFromApi: false }))).toEqual({});
	});
});

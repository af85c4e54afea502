import {
	ANYTHING,
	DEVICE,
	DEVICE_CONFIG,
	DEVICES_PAGE,
	isWebPage,
	SITE,
	SITES_PAGE,
} from '../../nodes/EnapterDevice/api.ts';

const NO_OBJECTS = [undefined, null, '', 'text', 7, true, [], [{ id: 'a' }]];
const NOT_IDENTIFIED = [...NO_OBJECTS, {}, { id: '' }, { id: 7 }, { id: null }, { name: 'a' }];

test.each([
	['device', DEVICE],
	['site', SITE],
] as const)('a %s has an ID, and may have more', (key, shape) => {
	expect(shape.read({ [key]: { id: 'a', more: 1 } })).toEqual({ id: 'a', more: 1 });
	for (const value of NOT_IDENTIFIED) expect(shape.read({ [key]: value })).toBeUndefined();
	for (const body of NO_OBJECTS) expect(shape.read(body)).toBeUndefined();
});

test('a configuration has the credentials for MQTT', () => {
	const config = { hardware_id: 'a', mqtt_credentials: { username: 'b' } };
	expect(DEVICE_CONFIG.read({ config })).toBe(config);
	for (const value of NO_OBJECTS) {
		expect(DEVICE_CONFIG.read({ config: value })).toBeUndefined();
		expect(DEVICE_CONFIG.read({ config: { mqtt_credentials: value } })).toBeUndefined();
		expect(DEVICE_CONFIG.read(value)).toBeUndefined();
	}
});

test.each([
	['devices', DEVICES_PAGE],
	['sites', SITES_PAGE],
] as const)('a page of %s holds nothing else, and may say how many there are', (key, shape) => {
	const entries = [{ id: 'a' }, { id: 'b', more: 1 }];
	expect(shape.read({ [key]: entries, total_count: 9 })).toEqual({ entries, totalCount: 9 });
	expect(shape.read({ [key]: entries })).toEqual({ entries });
	expect(shape.read({ [key]: entries, total_count: '9' })).toEqual({ entries });
	expect(shape.read({ [key]: [] })).toEqual({ entries: [] });
	for (const entry of NOT_IDENTIFIED) expect(shape.read({ [key]: [{ id: 'a' }, entry] })).toBeUndefined();
	for (const value of [...NO_OBJECTS, { id: 'a' }]) {
		if (!Array.isArray(value)) expect(shape.read({ [key]: value })).toBeUndefined();
		expect(shape.read(value)).toBeUndefined();
	}
});

test('anything is a confirmation but a web page', () => {
	for (const body of [...NO_OBJECTS, {}, { ok: true }]) expect(ANYTHING.read(body)).toBe(true);
	expect(ANYTHING.read('<!doctype html>')).toBeUndefined();
});

test.each([
	['<html>', true],
	['\n  <!doctype html>', true],
	['text < text', false],
	[{ html: '<html>' }, false],
])('%j is a web page: %j', (body, is) => {
	expect(isWebPage(body)).toBe(is);
});

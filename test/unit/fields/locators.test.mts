import { readField } from '../../../nodes/EnapterDevice/fields/field.ts';
import {
	BLUEPRINT,
	described,
	DEVICE,
	locator,
	nameOfRef,
	parseRef,
	SITE,
} from '../../../nodes/EnapterDevice/fields/locators.ts';
import { given } from '../../support/given.mts';

const byUrl = (value: unknown) => ({ __rl: true, mode: 'url', value });
const fromList = (value: unknown, cachedResultName: unknown) => ({
	__rl: true,
	mode: 'list',
	value,
	cachedResultName,
});

test.each([
	['93fb32c7', '93fb32c7'],
	[' gas detector ', 'gas detector'],
	[42, '42'],
	['Ü/?#%', 'Ü/?#%'],
	['...', '...'],
	['x'.repeat(256), 'x'.repeat(256)],
	[{ __rl: true, mode: 'id', value: 'a' }, 'a'],
	[{ __rl: true, mode: 'id', value: 'a', cachedResultName: 'A' }, 'a'],
	[byUrl('http://enapter-gateway.local/ems/devices/my-device'), 'my-device'],
	[byUrl(' https://10.0.0.1/ems/devices/my%20device/telemetry?a=b#c'), 'my device'],
	[byUrl('http://g/ems/devices/100%'), '100%'],
	[byUrl('http://g/ems/devices/a?b\n'), 'a'],
	[byUrl('https://proxy.example.com/plant/7/ems/devices/my-device'), 'my-device'],
])('%j is the ID %j', (value, id) => {
	expect(parseRef(value, 'Device')).toEqual({ id });
});

test.each([
	['A device', { id: 'a', name: 'A device', label: 'A device' }],
	['A device · Lua · online', { id: 'a', name: 'A device', label: 'A device · Lua · online' }],
	[' A device  · Lua', { id: 'a', name: 'A device', label: 'A device  · Lua' }],
	[' · Lua', { id: 'a' }],
	['', { id: 'a' }],
	[7, { id: 'a' }],
	[undefined, { id: 'a' }],
])('an entry of the list with the label %j is %j', (label, ref) => {
	expect(parseRef(fromList('a', label), 'Device')).toEqual(ref);
});

test.each([
	['', 'Device is empty.'],
	['  ', 'Device is empty.'],
	['a\nb', 'Device contains a character that no ID has, such as a line break. Enter only the ID.'],
	['a\t', 'Device contains a character'],
	['\ud800', 'Device contains a character'],
	['.', 'Device is ".", which is not an ID or slug.'],
	[' .. ', 'Device is "..", which is not an ID or slug.'],
	['x'.repeat(257), 'Device has 257 characters, but IDs have at most 256. Enter only the ID.'],
	[['a'], 'Device must be text, not a list.'],
	[{ id: 'a' }, 'Device must be text, not an object.'],
	[{ __rl: false, value: 'a' }, 'Device must be text, not an object.'],
	[true, 'Device must be text, not true.'],
	[Number.NaN, 'Device must be text, not NaN.'],
	[byUrl(7), 'Device is not the address of a device page.'],
	[
		byUrl('https://cloud.enapter.com/a'),
		'Device is not the address of a device page. It should look like http',
	],
	[byUrl('see http://g/ems/devices/a'), 'Device is not the address of a device page.'],
	[byUrl('http://g/ems/devices/'), 'Device is not the address of a device page.'],
	[byUrl('http://g/ems/devices/..'), 'Device is ".."'],
])('%j is refused: %s', (value, message) => {
	expect(() => parseRef(value, 'Device')).toThrow(message);
});

test.each([
	[{ id: 'a' }, '"a"'],
	[{ id: 'a', name: 'A device' }, 'A device'],
	[{ id: 'a', name: 'A, B' }, '"A, B"'],
])('%j is called %s in messages', (ref, name) => {
	expect(nameOfRef(ref)).toBe(name);
});

test('the device is required, blueprint and site are not unless an operation says so', () => {
	expect(() => readField(DEVICE, given(undefined))).toThrow('Device is empty.');
	expect([BLUEPRINT, SITE].map((each) => readField(each, given(undefined)))).toEqual([undefined, undefined]);
	expect(readField(SITE, given('a'))).toEqual({ id: 'a' });
});

test('a field can be described differently in another place', () => {
	const field = locator({
		displayName: 'Site',
		name: 'site',
		type: 'string',
		default: '',
		description: 'One',
	});
	expect(described(field, 'Another').property).toEqual({ ...field.property, description: 'Another' });
	expect(field.property.description).toBe('One');
});

test('the panel checks the address of a device page as reading does', () => {
	const mode = DEVICE.property.modes?.find(({ name }) => name === 'url');
	const [validation] = (mode?.validation ?? []) as unknown as Array<{ properties: { regex: string } }>;
	const regex = validation?.properties.regex ?? '';
	const isPage = (value: string) => new RegExp(`^(${regex})$`).test(value);
	expect(isPage('http://g/ems/devices/a')).toBe(true);
	expect(isPage('http://g/ems/devices/')).toBe(false);
});

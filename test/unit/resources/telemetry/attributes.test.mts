import {
	checkKeys,
	declarationOf,
	isDeclared,
	labelOf,
	otherNamesOf,
	roleFor,
	suggestions,
} from '../../../../nodes/EnapterDevice/resources/telemetry/attributes.ts';

const MANIFEST = {
	units: { Cel: { symbol: '°C' } },
	telemetry: {
		battery_soc: { display_name: 'State of Charge', unit: '%', aliases: 'soc' },
		temperature: { display_name: 'Temperature', unit: 'Cel', implements: ['sensor.temperature'] },
		serial: { aliases: ['serial', 'sn'], access_level: 'vendor' },
	},
};

test('finds the declaration of an attribute by its name or an alias', () => {
	expect(declarationOf(MANIFEST, 'soc')?.[0]).toBe('battery_soc');
	expect(declarationOf(MANIFEST, 'battery_soc')?.[0]).toBe('battery_soc');
	expect(declarationOf(MANIFEST, 'sensor.temperature')).toBeUndefined();
});

test('knows which attributes a device has, if its manifest declares any', () => {
	expect(['battery_soc', 'sn', 'alerts', 'sok'].map((name) => isDeclared(MANIFEST, name))).toEqual([
		true,
		true,
		true,
		false,
	]);
	expect(isDeclared({}, 'sok')).toBeUndefined();
	expect(isDeclared({ telemetry: null }, 'sok')).toBeUndefined();
});

test('shows an attribute with the symbol of its unit', () => {
	expect(['temperature', 'battery_soc', 'sn'].map((name) => shownAs(name))).toEqual([
		'Temperature (°C)',
		'State of Charge (%)',
		'serial',
	]);
});

function shownAs(name: string): string {
	const declaration = declarationOf(MANIFEST, name);
	return declaration === undefined ? '' : labelOf(declaration, MANIFEST);
}

test('knows the other names of an attribute', () => {
	expect(otherNamesOf(['serial', MANIFEST.telemetry.serial])).toEqual(['sn']);
	expect(otherNamesOf(['temperature', MANIFEST.telemetry.temperature])).toEqual(['sensor.temperature']);
	expect(otherNamesOf(['battery_soc', MANIFEST.telemetry.battery_soc])).toEqual(['soc']);
});

test.each([
	['battery_sok', ['battery_soc']],
	['Temperatur', ['temperature']],
	['soc', ['battery_soc']],
	['voltage', []],
])('suggests for %s %j', (name, expected) => {
	expect(suggestions(MANIFEST, name)).toEqual(expected);
});

test('reading needs the role READONLY unless another is declared', () => {
	expect([roleFor({ access_level: 'vendor' }), roleFor({}), roleFor(undefined)]).toEqual([
		'VENDOR',
		'READONLY',
		'READONLY',
	]);
});

test('keys of attributes must differ from each other and from the output', () => {
	expect(() => checkKeys(['a', 'b'], ['c'], '')).not.toThrow();
	expect(() => checkKeys(['a', 'c'], ['c'], '')).toThrow(
		'The attribute "c" conflicts with the output field "c".',
	);
	expect(() => checkKeys(['a_min', 'a_min'], [], '')).toThrow('The attribute "a_min" conflicts');
});

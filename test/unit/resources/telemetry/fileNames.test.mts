import { FileNames } from '../../../../nodes/EnapterDevice/resources/telemetry/fileNames.ts';

const DAY = '2026-11-25';

test('names a file by its device and dates', () => {
	const names = new FileNames();
	expect(names.next('example-power-meter', DAY, DAY)).toBe('example-power-meter 2026-11-25.csv');
	expect(names.next('Example, meter', DAY, '2026-11-30')).toBe('Example_ meter 2026-11-25 to 2026-11-30.csv');
});

test('names stay different', () => {
	const names = new FileNames();
	expect(
		['pump.1', 'pump_1', '水泵', '锅炉', 'a/b', 'a?b', 'A_B'].map((name) => names.next(name, DAY, DAY)),
	).toEqual([
		'pump.1 2026-11-25.csv',
		'pump_1 2026-11-25.csv',
		'水泵 2026-11-25.csv',
		'锅炉 2026-11-25.csv',
		'a_b 2026-11-25.csv',
		'a_b 2026-11-25 (2).csv',
		'A_B 2026-11-25 (3).csv',
	]);
});

test('names are usable in a file system', () => {
	const names = new FileNames();
	expect(names.next('../../etc/passwd', DAY, DAY)).toBe('_.._etc_passwd 2026-11-25.csv');
	expect(names.next('...', DAY, DAY)).toBe('device 2026-11-25.csv');
	expect(names.next('𝒳'.repeat(300), DAY, DAY)).toBe(`${'𝒳'.repeat(100)} 2026-11-25.csv`);
});

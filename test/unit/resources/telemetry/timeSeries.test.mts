import fc from 'fast-check';

import type { Value } from '../../../../nodes/EnapterDevice/resources/telemetry/csv.ts';
import {
	csvOf,
	outputsOf,
	TIME_SERIES,
} from '../../../../nodes/EnapterDevice/resources/telemetry/timeSeries.ts';

const SEED = 20_250_804;

const read = (text: unknown, types: unknown) =>
	TIME_SERIES.read(text, { 'x-enapter-timeseries-data-types': types });

/** The steps of one column called `a`. */
function column(type: string, ...cells: string[]): unknown[] {
	const series = read(`ts,telemetry=a device=x\n${cells.map((cell) => `1,${cell}\n`).join('')}`, type);
	if (series === undefined) throw new Error('no time series');
	return outputsOf(series, 'x', ['a']).map(({ json }) => json['a']);
}

const quote = (text: string) => (/^$|[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Types, and values that they can have. */
const VALUES: Record<string, fc.Arbitrary<Value>> = {
	float: fc.double({ noNaN: true, noDefaultInfinity: true }),
	integer: fc.maxSafeInteger(),
	boolean: fc.boolean(),
	string: fc.string({
		minLength: 1,
		unit: fc.oneof(fc.constantFrom(...'",\r\n a0'), fc.string({ minLength: 1 })),
	}),
	string_array: fc.array(fc.string()),
};

const cellOf = (value: Value): string => {
	if (value === null) return '';
	return quote(Array.isArray(value) ? JSON.stringify(value) : String(value));
};

test('what a server writes is what comes out', () => {
	const columns = fc.array(fc.constantFrom(...Object.keys(VALUES)), { minLength: 1, maxLength: 5 });
	const table = columns.chain((types) =>
		fc.record({
			types: fc.constant(types),
			rows: fc.array(
				fc.tuple(...types.map((type) => fc.option(VALUES[type] ?? fc.constant(null), { freq: 4 }))),
				{ maxLength: 8 },
			),
			end: fc.constantFrom('\n', '\r\n'),
		}),
	);
	fc.assert(
		fc.property(table, ({ types, rows, end }) => {
			const names = types.map((_, index) => `a${index}`);
			const header = ['ts', ...names.map((name) => `telemetry=${name} device=x aggregation=auto`)].join();
			const lines = rows.map((row, step) => [String(step), ...row.map(cellOf)].join());
			const text = [header, ...lines, ''].join(end);
			const series = read(text, types.join(', '));
			if (series === undefined) throw new Error('no time series');
			expect(outputsOf(series, 'x', names).map(({ json }) => json)).toEqual(
				rows.map((row, step) => ({
					device_id: 'x',
					timestamp: step,
					...Object.fromEntries(names.map((name, index) => [name, row[index]])),
				})),
			);
		}),
		{ seed: SEED, numRuns: 500 },
	);
});

test('numbers are exactly those that JavaScript reads', () => {
	const decimal = fc
		.tuple(
			fc.constantFrom('', '-'),
			fc.stringMatching(/^\d{1,18}$/),
			fc.option(fc.stringMatching(/^\d{0,18}$/)),
			fc.option(fc.stringMatching(/^[+-]?\d{1,2}$/)),
		)
		.map(([sign, whole, part, exponent]) =>
			[sign, whole, part === null ? '' : `.${part}`, exponent === null ? '' : `e${exponent}`].join(''),
		);
	fc.assert(
		fc.property(fc.array(decimal, { minLength: 1 }), (cells) => {
			expect(column('float', ...cells)).toEqual(cells.map(Number));
		}),
		{ seed: SEED, numRuns: 1000 },
	);
});

test('a text is read as it stands or refused, never as something else', () => {
	const junk = fc.string({ unit: fc.constantFrom(...'",\r\n01.-e[]ant'), maxLength: 12 });
	fc.assert(
		fc.property(fc.constantFrom(...Object.keys(VALUES)), junk, (type, cell) => {
			let values: unknown[];
			try {
				values = column(type, cell);
			} catch (error) {
				expect((error as Error).message).toMatch(
					/^The API sent a time series that cannot be read: line \d+ has /,
				);
				return;
			}
			// Written again, the values are the cells.
			expect(column(type, ...values.map((value) => cellOf(value as Value)))).toEqual(values);
			expect(values.every((value) => value === null || typeof value === typeOf(type))).toBe(true);
		}),
		{ seed: SEED, numRuns: 3000 },
	);
});

const typeOf = (type: string) =>
	({ float: 'number', integer: 'number', boolean: 'boolean', string: 'string' })[type] ?? 'object';

test('the same text again is not the text that only begins like it', () => {
	expect(column('string', 'on', 'on', 'once', 'o', '"on"', 'on', '"a,b"', '"a,b"', '""', '')).toEqual([
		...['on', 'on', 'once', 'o', 'on', 'on', 'a,b', 'a,b'],
		'',
		null,
	]);
	const series = read('ts,telemetry=a device=x,telemetry=b device=x\n1,"a,b",c\n2,a,b\n', 'string,string');
	expect(series && outputsOf(series, 'x', ['a', 'b']).map(({ json }) => [json['a'], json['b']])).toEqual([
		['a,b', 'c'],
		['a', 'b'],
	]);
});

test.each([
	['float', 'NaN', null],
	['float', '-Inf', null],
	['float', '+1.5', 1.5],
	['float', '"2"', 2],
	['integer', '3.0', 3],
	['integer', '-9007199254740993', '-9007199254740993'],
	['boolean', '1', true],
	['boolean', '0', false],
	['string', '""', ''],
	['string_array', 'null', null],
	['STRING', 'x', 'x'],
])('of type %s %s is %p', (type, cell, value) => {
	expect(column(type.toLowerCase(), cell)).toEqual([value]);
});

test.each([
	['float', 'x', 'has a value that is no number'],
	['float', '1 ', 'has a value that is no number'],
	['float', '1e999', 'has a value that is no number'],
	['float', '0x10', 'has a value that is no number'],
	['integer', '1.5', 'has a value that is no whole number'],
	['boolean', 'TRUE', 'has a value that is neither true nor false'],
	['boolean', 'truer', 'has a value that is neither true nor false'],
	['string_array', '[1]', 'has a value that is no list of texts'],
	['string_array', '{}', 'has a value that is no list of texts'],
	['string_array', '[', 'has a value that is no list of texts'],
	['string', 'a"b', 'has a quotation mark inside a value'],
	['string', '"a', 'has a value whose quotation mark does not end'],
	['string', '"a"b', 'has something after a quoted value'],
	['string', 'a,b', 'has too many values'],
	['string', 'a\rb', 'has too many values'],
	['string', 'a\n1', 'has too few values'],
	['string', 'a\n\n', 'has no time'],
	['string', 'a\nnow,b', 'has a value that is no number'],
])('of type %s %j %s', (type, cell, what) => {
	expect(() => column(type, cell)).toThrow(
		new RegExp(`^The API sent a time series that cannot be read: line [23] ${what}\\. Nothing`),
	);
});

test('types come in one header, or in several', () => {
	const text = 'ts,telemetry=a device=x,telemetry=b device=x\n';
	expect(read(text, 'Float , string_array')?.types).toEqual(['float', 'string_array']);
	expect(read(text, ['float', 'string'])?.types).toEqual(['float', 'string']);
	expect(read(text, 'float')).toBeUndefined();
	expect(read(text, undefined)?.types).toBeUndefined();
});

test('as a CSV text the steps stay as they came', () => {
	const series = read(
		'ts,telemetry=a device=x foo,"telemetry=b device=x"\r\n1,"x,\ny",2\r\n',
		'string,float',
	);
	expect(series && csvOf(series)).toBe('timestamp,a,b\n1,"x,\ny",2\r\n');
});

test.each([undefined, null, '', 'ts,telemetry=a device=x\n'])('%p is a time series without steps', (body) => {
	const series = read(body, 'float');
	expect(series && outputsOf(series, 'x', ['a'])).toEqual([]);
});

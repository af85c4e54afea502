import fc from 'fast-check';

import type { Value } from '../../../../nodes/EnapterDevice/resources/telemetry/csv.ts';
import type { WantedColumn } from '../../../../nodes/EnapterDevice/resources/telemetry/timeSeries.ts';
import {
	checkComplete,
	csvOf,
	outputsOf,
	TIME_SERIES,
} from '../../../../nodes/EnapterDevice/resources/telemetry/timeSeries.ts';

const SEED = 20_250_804;

const read = (text: unknown, types: unknown) =>
	TIME_SERIES.read(text, { 'x-enapter-timeseries-data-types': types });

const wantedOf = (attributes: string[]): WantedColumn[] =>
	attributes.map((attribute) => ({ key: attribute, attribute, aggregation: undefined }));

const AGGREGATED: WantedColumn[] = ['min', 'max'].map((aggregation) => ({
	key: `a_${aggregation}`,
	attribute: 'a',
	aggregation,
}));

function seriesOf(text: string, types: string | undefined) {
	const series = read(text, types);
	if (series === undefined) throw new Error('The text is not a time series');
	return series;
}

/** The steps of a time series, with times as they are. */
const steps = (text: string, types: string, wanted: WantedColumn[]) =>
	outputsOf(seriesOf(text, types), 'x', wanted, String).map(({ json }) => json);

/** The values of one column called `a`. */
const column = (type: string, ...cells: string[]) =>
	steps(`ts,telemetry=a device=x\n${cells.map((cell) => `1,${cell}\n`).join('')}`, type, wantedOf(['a'])).map(
		(json) => json['a'],
	);

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

test('reads what a server writes', () => {
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
			expect(steps(text, types.join(', '), wantedOf(names))).toEqual(
				rows.map((row, step) => ({
					device_id: 'x',
					timestamp: String(step),
					...Object.fromEntries(names.map((name, index) => [name, row[index]])),
				})),
			);
		}),
		{ seed: SEED, numRuns: 200 },
	);
});

test('reads a text as it is or refuses it, never as something else', () => {
	const junk = fc.string({ unit: fc.constantFrom(...'",\r\n01.-e[]ant'), maxLength: 12 });
	fc.assert(
		fc.property(fc.constantFrom(...Object.keys(VALUES)), junk, (type, cell) => {
			let values: unknown[];
			try {
				values = column(type, cell);
			} catch (error) {
				expect((error as Error).message).toMatch(/^The API sent a time series that cannot be read: a /);
				return;
			}
			// Written again, the values are the cells.
			expect(column(type, ...values.map((value) => cellOf(value as Value)))).toEqual(values);
			expect(values.every((value) => value === null || typeof value === typeOf(type))).toBe(true);
		}),
		{ seed: SEED, numRuns: 1000 },
	);
});

const typeOf = (type: string) =>
	({ float: 'number', integer: 'number', boolean: 'boolean', string: 'string' })[type] ?? 'object';

test.each([
	['float', 'NaN', null],
	['float', '-Inf', null],
	['float', '+1.5', 1.5],
	['float', '"2"', 2],
	['float', '1e3', 1000],
	['integer', '3.0', 3],
	['integer', '9007199254740993', '9007199254740993'],
	['integer', '-9007199254740993', '-9007199254740993'],
	['boolean', '1', true],
	['boolean', '0', false],
	['string', '""', ''],
	['string', '"a,""b""\nc"', 'a,"b"\nc'],
	['string_array', 'null', null],
	['STRING', 'x', 'x'],
])('reads the %s %s as %p', (type, cell, value) => {
	expect(column(type, cell)).toEqual([value]);
});

test.each([
	['float', 'x', 'a value is not a number'],
	['float', '1 ', 'a value is not a number'],
	['float', '1e999', 'a value is not a number'],
	['float', '0x10', 'a value is not a number'],
	['integer', '1.5', 'a value is not a whole number'],
	['boolean', 'TRUE', 'a value is neither true nor false'],
	['boolean', 'truer', 'a value is neither true nor false'],
	['string_array', '[1]', 'a value is not a list of texts'],
	['string_array', '{}', 'a value is not a list of texts'],
	['string_array', '[', 'a value is not a list of texts'],
	['string', 'a"b', 'a quotation mark or line break is misplaced'],
	['string', '"a', 'a quotation mark or line break is misplaced'],
	['string', '"a"b', 'a quotation mark or line break is misplaced'],
	['string', 'a\rb', 'a quotation mark or line break is misplaced'],
	['string', 'a,b', 'a row has too many or too few values'],
	['string', 'a\n1', 'a row has too many or too few values'],
	['string', 'a\n\n', 'a row has too many or too few values'],
	['string', 'a\n,b', 'a row has no time'],
	['string', 'a\n-1,b', 'a row has no time'],
	['string', 'a\n9999999999999,b', 'a row has no time'],
	['string', 'a\nnow,b', 'a value is not a whole number'],
])('refuses the %s %j: %s', (type, cell, reason) => {
	expect(() => column(type, cell)).toThrow(
		`The API sent a time series that cannot be read: ${reason}. No values were output.`,
	);
});

test('reads types from one header, or from several', () => {
	const text = 'ts,telemetry=a device=x,telemetry=b device=x\n';
	expect(read(text, 'Float , string_array')?.columns.map(({ type }) => type)).toEqual([
		'float',
		'string_array',
	]);
	expect(read(text, ['float', 'string'])?.columns.map(({ type }) => type)).toEqual(['float', 'string']);
	expect(read(text, 'float')).toBeUndefined();
	expect(read(text, undefined)?.columns.map(({ type }) => type)).toEqual([undefined, undefined]);
});

test('outputs the requested columns in their order, null for columns that are left out', () => {
	const text = 'ts,telemetry=b device=x,telemetry=a device=x\n1,2,3\n';
	expect(steps(text, 'float,float', wantedOf(['a', 'b', 'c']))).toEqual([
		{ device_id: 'x', timestamp: '1', a: 3, b: 2, c: null },
	]);
});

test.each([undefined, null, ''])('the body %p is a time series without steps if its length is 0', (body) => {
	const series = TIME_SERIES.read(body, { 'content-length': '0' });
	expect(series && outputsOf(series, 'x', wantedOf(['a']), String)).toEqual([]);
	expect(TIME_SERIES.read(body, {})).toBeUndefined();
	expect(TIME_SERIES.read(body, { 'content-length': '12' })).toBeUndefined();
});

test('a header row alone is a time series without steps', () => {
	expect(steps('ts,telemetry=a device=x\n', 'float', wantedOf(['a']))).toEqual([]);
});

describe('several aggregations', () => {
	const header = (...labels: string[]) =>
		`ts,${labels.map((label) => `telemetry=a device=x${label}`).join()}`;

	test('are told apart by their labels, in any order', () => {
		const text = `${header(' aggregation=max', ' aggregation=min')}\n1,9,2\n`;
		expect(steps(text, 'float,float', AGGREGATED)).toEqual([
			{ device_id: 'x', timestamp: '1', a_min: 2, a_max: 9 },
		]);
	});

	test.each([
		['without labels', header('', ''), 'float,float'],
		['with one column without a label', header(''), 'float'],
		['twice the same', header(' aggregation=min', ' aggregation=min'), 'float,float'],
	])('are refused %s', (_, line, types) => {
		expect(() => steps(`${line}\n1,2${types === 'float' ? '' : ',3'}\n`, types, AGGREGATED)).toThrow(
			'The API does not say which column of the time series is "a_min". No values were output.',
		);
	});
});

describe('as CSV', () => {
	const titleOf = (wanted: WantedColumn | undefined) => wanted?.key ?? 'timestamp';
	const file = (text: string, wanted: WantedColumn[], separator = ',') =>
		csvOf(seriesOf(text, undefined), wanted, titleOf, separator, (seconds) => `T${seconds}`);

	test('has the requested columns that the API sent, with its own times', () => {
		const text = 'ts,telemetry=b device=x foo,"telemetry=a device=x"\r\n1,"x,\ny",2\r\n2,,3\r\n';
		expect(file(text, wantedOf(['a', 'b', 'c']))).toEqual({
			text: 'timestamp,a,b\nT1,2,"x,\ny"\nT2,3,\n',
			steps: 2,
		});
	});

	test.each([
		[',', 'a;b', 'a;b'],
		[';', 'a;b', '"a;b"'],
		[';', '"a,b"', 'a,b'],
		[',', '"say ""hi"""', '"say ""hi"""'],
		[',', '""', '""'],
		[',', '=1+1', "'=1+1"],
		[',', '"=HYPERLINK(""x"")"', `"'=HYPERLINK(""x"")"`],
		[',', '+49', '+49'],
		[',', '-1.5e3', '-1.5e3'],
		[',', '-2+3', "'-2+3"],
		[',', '@SUM(1)', "'@SUM(1)"],
		[',', '\t=1', "'\t=1"],
		[',', 'a=b', 'a=b'],
	])('with the separator %s the cell %s is %s', (separator, cell, expected) => {
		const { text } = file(`ts,telemetry=a device=x\n1,${cell}\n`, wantedOf(['a']), separator);
		expect(text).toBe(`timestamp${separator}a\nT1${separator}${expected}\n`);
	});

	test('titles cannot run as formulas either', () => {
		const series = seriesOf('ts,telemetry=a device=x\n', 'float');
		const { text } = csvOf(series, wantedOf(['a']), () => '-cmd', ',', String);
		expect(text).toBe("'-cmd,'-cmd\n");
	});
});

test('a text whose last row does not end is not complete', () => {
	expect(() => checkComplete(seriesOf('ts,telemetry=a device=x\n1,2\n', 'float'))).not.toThrow();
	expect(() => checkComplete(seriesOf('ts,telemetry=a device=x\n1,2', 'float'))).toThrow('cut off');
	expect(() => checkComplete(seriesOf('ts,telemetry=a device=x', 'float'))).toThrow('cut off');
});

import { readField } from '../../../nodes/EnapterDevice/fields/field.ts';
import { toggle } from '../../../nodes/EnapterDevice/fields/kinds.ts';
import { LIMIT, limitOf, RETURN_ALL } from '../../../nodes/EnapterDevice/fields/limit.ts';
import {
	DRY_RUN,
	options,
	optionsWithTimeout,
	requestLimits,
} from '../../../nodes/EnapterDevice/fields/options.ts';
import { readFields } from '../../../nodes/EnapterDevice/fields/field.ts';
import { given, giver } from '../../support/given.mts';

const OWN = { displayName: 'Own', name: 'own', type: 'boolean', default: false } as const;

const limits = (set: Record<string, unknown>, field = options()) =>
	requestLimits([RETURN_ALL, field], giver({ options: set }));

test('requests have their limits, and these their bounds', () => {
	expect(limits({})).toEqual({
		maxConcurrency: 30,
		maxRetries: 3,
		timeout: 30_000,
		readTimeout: 30_000,
		longestWait: 60_000,
	});
	const least = { maxConcurrency: 1, maxRetries: 0, timeout: 1 };
	const most = { maxConcurrency: 100, maxRetries: 10, timeout: 3_600_000 };
	expect(limits(least)).toMatchObject({ ...least, readTimeout: 1 });
	expect(limits(most)).toMatchObject({ ...most, readTimeout: 3_600_000 });
	expect(requestLimits([options()], giver({}))).toMatchObject({ timeout: 30_000 });
});

test('a longer default timeout is for commands: reads keep the ordinary one', () => {
	const forCommands = optionsWithTimeout(120_000, 'A timeout');
	expect(limits({}, forCommands)).toMatchObject({ timeout: 120_000, readTimeout: 30_000 });
	expect(limits({ timeout: 500 }, forCommands)).toMatchObject({ timeout: 500, readTimeout: 500 });
	const sameTimeout = optionsWithTimeout(30_000, 'A timeout');
	expect(limits({ timeout: 60_000 }, sameTimeout)).toMatchObject({ timeout: 60_000, readTimeout: 60_000 });
});

test('options of single items do not matter for the limits', () => {
	expect(limits({ own: '', maxRetries: 0 }, options(toggle(OWN)))).toMatchObject({ maxRetries: 0 });
});

test('an operation without options is a mistake', () => {
	expect(() => requestLimits([RETURN_ALL], giver({}))).toThrow('An operation has no Options.');
});

test('options that are no object are refused', () => {
	expect(() => requestLimits([options()], giver({ options: ['a'] }))).toThrow('Options must be an object.');
});

test.each([
	['maxConcurrency', [0, 101], 'Max Concurrency must be a whole number from 1 to 100.'],
	['maxRetries', [-1, 11], 'Max Retries must be a whole number from 0 to 10.'],
	['timeout', [0, 3_600_001], 'Timeout must be a whole number from 1 to 3600000.'],
])('%s outside its limits is refused', (name, values, message) => {
	const full = message.replace(' must', ' of the first item must');
	for (const value of values) expect(() => limits({ [name]: value })).toThrow(full);
	expect(() => limits({ [name]: '' })).toThrow(' is empty.');
});

test('the options of an operation come before those of all operations', () => {
	const field = options(DRY_RUN, toggle(OWN));
	const shown = field.property.options as Array<{ name: string; default: unknown; description: string }>;
	expect(shown.map(({ name }) => name)).toEqual(['dryRun', 'own', 'maxConcurrency', 'maxRetries', 'timeout']);
	expect(readField(field, given({ own: true }))).toEqual({
		dryRun: false,
		own: true,
		maxConcurrency: 30,
		maxRetries: 3,
		timeout: 30_000,
	});
	expect(field.property).toMatchObject({
		displayName: 'Options',
		name: 'options',
		placeholder: 'Add option',
	});
	expect(shown.at(-1)).toMatchObject({ type: 'number', default: 30_000 });
	expect(shown.at(-1)?.description).toMatch(/^Maximum time to wait/);
	const [timeout] = (optionsWithTimeout(7, 'Longer').property.options as typeof shown).slice(-1);
	expect(timeout).toMatchObject({ default: 7, description: 'Longer' });
});

describe('a limit', () => {
	const read = (values: Record<string, unknown>) => limitOf(readFields([RETURN_ALL, LIMIT], giver(values)));

	test('is 50 unless set, and at least 1', () => {
		expect([read({}), read({ limit: 7 }), read({ returnAll: false, limit: 1 })]).toEqual([50, 7, 1]);
		expect(() => read({ limit: 0 })).toThrow('Limit must be a whole number from 1');
	});

	test('is none with Return All, whatever Limit says', () => {
		expect([read({ returnAll: true }), read({ returnAll: true, limit: '' })]).toEqual([Infinity, Infinity]);
	});
});

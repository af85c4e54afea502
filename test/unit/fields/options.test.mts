import { optionsField, parseExpand, requestLimits } from '../../../nodes/EnapterDevice/fields/options.ts';
import { itemParameters } from '../../support/itemParameters.mts';

const limits = (options: Record<string, unknown>) =>
	requestLimits(itemParameters({ options }), [optionsField()]);

test('requests have their limits, and these their bounds', () => {
	expect(limits({})).toEqual({
		maxConcurrency: 30,
		maxRetries: 3,
		timeout: 30_000,
		longestWait: 60_000,
	});
	const least = { maxConcurrency: 1, maxRetries: 0, timeout: 1 };
	const most = { maxConcurrency: 100, maxRetries: 10, timeout: 3_600_000 };
	expect(limits(least)).toMatchObject(least);
	expect(limits(most)).toMatchObject(most);
});

test.each([
	['maxConcurrency', [0, 101], 'Max Concurrency (taken from the first item) has to be a whole number from 1'],
	['maxRetries', [-1, 11], 'Max Retries (taken from the first item) has to be a whole number from 0 to 10.'],
	['timeout', [0, 3_600_001], 'Timeout (taken from the first item) has to be a whole number from 1 to'],
])('%s outside its bounds is told, and from which item it is', (name, values, message) => {
	for (const value of values) expect(() => limits({ [name]: value })).toThrow(message);
});

test('what is expanded is asked for once each, in one list', () => {
	expect(parseExpand({})).toEqual({});
	expect(parseExpand({ expand: ['site', 'manifest', 'site'] }, 'connectivity')).toEqual({
		expand: 'site,manifest,connectivity',
	});
	expect(parseExpand({}, 'connectivity')).toEqual({ expand: 'connectivity' });
});

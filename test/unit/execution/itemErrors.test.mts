import { NodeApiError, NodeOperationError, UserError } from 'n8n-workflow';

import {
	failedItems,
	isItemError,
	itemError,
	itemNumbers,
	type ItemResult,
	throwIfInvalid,
	throwIfStopped,
} from '../../../nodes/EnapterDevice/execution/itemErrors.ts';
import { EnapterApiError, ItemFailure } from '../../../nodes/EnapterDevice/transport/errors.ts';
import { NODE } from '../../support/fakeApi.mts';

const API_ERROR = new EnapterApiError(NODE, {
	reason: 'Refused',
	advice: '',
	details: ['HTTP status 422'],
	status: 422,
	isFromApi: true,
	label: 'status 422',
	outcome: 'notDone',
	isTransient: false,
});

const DONE: ItemResult<unknown> = { value: [] };
const FAILED = { error: API_ERROR };
const NOT_SENT: ItemResult<unknown> = undefined;

/** What a function throws. */
function thrownBy(work: () => void): NodeApiError | NodeOperationError {
	try {
		work();
	} catch (error) {
		return error as NodeApiError | NodeOperationError;
	}
	throw new Error('Nothing was thrown');
}

describe('the error of an item', () => {
	test.each([
		['of the API', API_ERROR, NodeApiError],
		[
			'of the node',
			new NodeOperationError(NODE, 'Refused.', { description: 'HTTP status 422.' }),
			NodeOperationError,
		],
	])('%s keeps its kind and description', (_kind, error, kind) => {
		const shown = itemError(NODE, error, 3, 5);
		expect(shown).toBeInstanceOf(kind);
		expect(shown).not.toBe(error);
		expect(shown).toMatchObject({ message: 'Refused. [item 3]', description: 'HTTP status 422.' });
		expect(shown.context.itemIndex).toBe(3);
	});

	test.each([
		['of the node', new NodeOperationError(NODE, 'Refused.'), null],
		['of a check', new UserError('Refused.', { description: 'Do this.' }), 'Do this.'],
	])('%s has the description %j', (_kind, error, description) => {
		expect(itemError(NODE, error, 0, 2).description ?? null).toBe(description);
	});

	test.each([
		['a check', new UserError('Device is empty.'), 'Device is empty.'],
		['a message that n8n has words of its own for', new Error('EPERM'), 'EPERM'],
		['a value that is not an error', 'gone', 'gone'],
	])('of %s becomes one of the node', (_what, error, message) => {
		const shown = itemError(NODE, error, 0, 2);
		expect(shown).toBeInstanceOf(NodeOperationError);
		expect(shown.message).toBe(`${message} [item 0]`);
	});

	test('has no item number if there is only one item', () => {
		const shown = itemError(NODE, API_ERROR, 0, 1);
		expect(shown.message).toBe('Refused.');
		expect(shown.context.itemIndex).toBe(0);
	});

	test('of the API keeps its status', () => {
		expect(itemError(NODE, API_ERROR, 0, 1)).toMatchObject({ httpCode: '422' });
	});

	test('that several items share has the number of each', () => {
		expect([0, 1].map((item) => itemError(NODE, API_ERROR, item, 2).message)).toEqual([
			'Refused. [item 0]',
			'Refused. [item 1]',
		]);
	});
});

test('errors of the API and of the node are shown by n8n as they are', () => {
	const errors = [API_ERROR, new NodeOperationError(NODE, 'a'), new UserError('a'), new Error('a'), 'a'];
	expect(errors.map(isItemError)).toEqual([true, true, false, false, false]);
});

test('failed items are listed with their errors, in order', () => {
	expect(failedItems([DONE, FAILED, NOT_SENT, { error: 'a' }])).toEqual([
		{ item: 1, error: API_ERROR },
		{ item: 3, error: 'a' },
	]);
});

test.each([
	[[], 'no item'],
	[[2], 'item 2'],
	[[0, 1, 2], 'items 0–2'],
	[[0, 2, 3, 7], 'items 0, 2–3, 7'],
])('the items %j are written "%s"', (items, text) => {
	expect(itemNumbers(items)).toBe(text);
});

describe('before anything is changed', () => {
	const task = { run: async () => await Promise.resolve([]) };
	const invalid = (message: string) => ({ error: new UserError(message) });
	const check =
		(...entries: object[]) =>
		() =>
			throwIfInvalid(NODE, entries, 'Nothing was sent');

	test('nothing is thrown if all items can be processed', () => {
		expect(check(task, { parameters: 1 })).not.toThrow();
	});

	test('the only item that cannot is the message', () => {
		expect(thrownBy(check(task, invalid('Empty.')))).toMatchObject({
			message: 'Empty. [item 1]',
			description: 'Nothing was sent. Items are counted from 0, as in all messages of n8n.',
		});
		expect(thrownBy(check(invalid('Empty.'))).message).toBe('Empty.');
	});

	test('the first of several is the message, the others are listed', () => {
		const entries = [invalid('Empty.'), task, invalid('Long.'), invalid('Empty.'), task, invalid('Long.')];
		expect(thrownBy(check(...entries))).toMatchObject({
			message: 'Empty. [item 0]',
			description:
				'Nothing was sent. Other errors in this run: items 2–3, 5. Items are counted from 0, as in all messages of n8n.',
		});
	});

	test('the description of the error stays', () => {
		const error = new NodeOperationError(NODE, 'Broken', { description: 'There is no field x' });
		expect(thrownBy(check({ error })).description).toBe('There is no field x. Nothing was sent.');
	});
});

const COUNTED = 'Items are counted from 0, as in all messages of n8n.';

describe('a run that stopped', () => {
	const advice =
		"To get the results of the other items, set On Error in the node's settings to one of the Continue options.";
	const stop = (results: Array<ItemResult<unknown>>, firstFailed?: number) => () =>
		throwIfStopped(NODE, results, firstFailed);

	test('does not throw if nothing failed', () => {
		expect(stop([DONE, NOT_SENT])).not.toThrow();
	});

	test.each([
		[[DONE, FAILED, NOT_SENT], 'Done: item 0. Failed: item 1. Never sent: item 2'],
		[[DONE, DONE, DONE, FAILED], 'Done: items 0–2. Failed: item 3. Never sent: no item'],
		[[FAILED, DONE, FAILED], 'Done: item 1. Failed: items 0, 2. Never sent: no item'],
		[
			[FAILED, NOT_SENT, NOT_SENT, DONE, NOT_SENT, DONE, DONE],
			'Done: items 3, 5–6. Failed: item 0. Never sent: items 1–2, 4',
		],
	])('says what was done (%#)', (results, report) => {
		expect(thrownBy(stop(results)).description).toBe(`HTTP status 422. ${report}. ${COUNTED} ${advice}`);
	});

	test('throws the error of the item at which it stopped, not of one that failed because of it', () => {
		expect(thrownBy(stop([DONE, FAILED, FAILED], 2)).message).toBe('Refused. [item 2]');
		expect(thrownBy(stop([DONE, FAILED, FAILED])).message).toBe('Refused. [item 1]');
		expect(thrownBy(stop([DONE, FAILED, FAILED], 0)).message).toBe('Refused. [item 1]');
	});

	test('says what was done also if the error has no description', () => {
		expect(thrownBy(stop([{ error: new Error('Broken.') }, DONE])).description).toBe(
			`Done: item 1. Failed: item 0. Never sent: no item. ${COUNTED} ${advice}`,
		);
	});

	test('reports what the other failed items changed, with identical texts only once', () => {
		const gone = (text: string) => ({
			error: new ItemFailure('a', 'b', { consequences: [text, 'Look'] }),
		});
		const results = [FAILED, gone('A is gone'), gone('B is gone'), gone('A is gone'), FAILED];
		expect(thrownBy(stop(results, 0)).description).toContain(
			'Never sent: no item. Items 1, 3: A is gone. Look. Item 2: B is gone. Look. Items are counted',
		);
	});

	test('with one item says nothing of others', () => {
		expect(thrownBy(stop([FAILED])).description).toBe('HTTP status 422.');
	});
});

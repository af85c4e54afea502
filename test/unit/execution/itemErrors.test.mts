import type { INode } from 'n8n-workflow';
import { NodeApiError, NodeOperationError, UserError } from 'n8n-workflow';

import {
	itemError,
	throwIfInvalid,
	throwIfStopped,
} from '../../../nodes/EnapterDevice/execution/itemErrors.ts';
import type { Outcome } from '../../../nodes/EnapterDevice/execution/tasks.ts';
import { EnapterApiError } from '../../../nodes/EnapterDevice/transport/errors.ts';

const NODE: INode = { id: 'n', name: 'Node', type: 'test', typeVersion: 1, position: [0, 0], parameters: {} };

const API_ERROR = new EnapterApiError(NODE, {
	reason: 'Refused',
	advice: '',
	details: ['HTTP status 422'],
	status: 422,
	isFromApi: true,
	label: 'status 422',
	isOutcomeKnown: true,
	isTransient: false,
});

const DONE: Outcome = { value: [] };
const FAILED = { error: API_ERROR };
const NOT_SENT: Outcome = undefined;

/** What the function throws. */
function thrownBy(work: () => void): NodeApiError | NodeOperationError {
	try {
		work();
	} catch (error) {
		return error as NodeApiError | NodeOperationError;
	}
	throw new Error('nothing was thrown');
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
		const shown = itemError(NODE, error, 3);
		expect(shown).toBeInstanceOf(kind);
		expect(shown).not.toBe(error);
		expect(shown).toMatchObject({ message: 'Refused. [item 3]', description: 'HTTP status 422.' });
		expect(shown.context.itemIndex).toBe(3);
	});

	test.each([
		['a check', new UserError('Device is empty.'), 'Device is empty. [item 0]'],
		['a message that n8n has words of its own for', new Error('EPERM'), 'EPERM [item 0]'],
		['what is no error at all', 'gone', 'gone [item 0]'],
	])('of %s becomes one of the node', (_what, error, message) => {
		const shown = itemError(NODE, error, 0);
		expect(shown).toBeInstanceOf(NodeOperationError);
		expect(shown.message).toBe(message);
	});

	test('of the API keeps its status', () => {
		expect(itemError(NODE, API_ERROR, 0)).toMatchObject({ httpCode: '422' });
	});

	test('that several items share carries the number of each', () => {
		expect([0, 1].map((item) => itemError(NODE, API_ERROR, item).message)).toEqual([
			'Refused. [item 0]',
			'Refused. [item 1]',
		]);
	});
});

describe('before anything is changed', () => {
	const task = async () => await Promise.resolve([]);
	const invalid = (message: string) => ({ error: new UserError(message) });
	const check =
		(...entries: unknown[]) =>
		() =>
			throwIfInvalid(NODE, entries, 'Nothing was sent');

	test('nothing is thrown when all items can be carried out', () => {
		expect(check(task, { parameters: 1 })).not.toThrow();
	});

	test('the only item that cannot is the message', () => {
		expect(thrownBy(check(task, invalid('Empty.')))).toMatchObject({
			message: 'Empty. [item 1]',
			description: 'Nothing was sent.',
		});
	});

	test('of several the first is the message, the others are counted up', () => {
		const entries = [invalid('Empty.'), task, invalid('Long.'), invalid('Empty.'), task, invalid('Long.')];
		expect(thrownBy(check(...entries))).toMatchObject({
			message: 'Empty. [item 0]',
			description: 'Nothing was sent. The same run has more that cannot be carried out: items 2–3, 5.',
		});
	});

	test('the description of the error stays', () => {
		const error = new NodeOperationError(NODE, 'Broken', { description: 'There is no field x' });
		expect(thrownBy(check({ error })).description).toBe('There is no field x. Nothing was sent.');
	});
});

describe('a run that stopped', () => {
	const advice =
		"To get the results of the others, set On Error in the node's settings to one of the Continue choices.";
	const stop = (outcomes: Outcome[], firstFailed?: number) => () =>
		throwIfStopped(NODE, outcomes, firstFailed);

	test('is none when nothing failed', () => {
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
	])('tells how far it came (%#)', (outcomes, report) => {
		expect(thrownBy(stop(outcomes)).description).toBe(`HTTP status 422. ${report}. ${advice}`);
	});

	test('ends in the item at which it stopped, not in one that failed because it stopped', () => {
		expect(thrownBy(stop([DONE, FAILED, FAILED], 2)).message).toBe('Refused. [item 2]');
		expect(thrownBy(stop([DONE, FAILED, FAILED])).message).toBe('Refused. [item 1]');
	});

	test('tells how far it came also when the error has no description', () => {
		expect(thrownBy(stop([{ error: new Error('Broken.') }, DONE])).description).toBe(
			`Done: item 1. Failed: item 0. Never sent: no item. ${advice}`,
		);
	});

	test('with one item says nothing of others', () => {
		expect(thrownBy(stop([FAILED])).description).toBe('HTTP status 422.');
	});
});

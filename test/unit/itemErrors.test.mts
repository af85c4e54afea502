import type { INode } from 'n8n-workflow';
import { NodeApiError, NodeOperationError, UserError } from 'n8n-workflow';

import type { Outcome } from '../../nodes/EnapterDevice/batch.ts';
import { itemError, throwIfRefused, throwIfStopped } from '../../nodes/EnapterDevice/itemErrors.ts';
import { nodeApiError } from '../../nodes/EnapterDevice/transport/failure.ts';

const NODE: INode = { id: 'n', name: 'Node', type: 'test', typeVersion: 1, position: [0, 0], parameters: {} };

const DONE: Outcome<string> = { value: 'done' };
const FAILED: Outcome<string> = { error: nodeApiError(NODE, 'Refused.', 'HTTP status 422', '422') };
const NOT_SENT: Outcome<string> = undefined;

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
		['of the API', nodeApiError(NODE, 'Refused.', 'HTTP status 422', '422'), NodeApiError],
		[
			'of the node',
			new NodeOperationError(NODE, 'Refused.', { description: 'HTTP status 422' }),
			NodeOperationError,
		],
	])('%s keeps its kind and description', (_kind, error, kind) => {
		const shown = itemError(NODE, error, 3);
		expect(shown).toBeInstanceOf(kind);
		expect(shown).not.toBe(error);
		expect(shown).toMatchObject({ message: 'Refused. [item 3]', description: 'HTTP status 422' });
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
		expect(itemError(NODE, FAILED.error, 0)).toMatchObject({ httpCode: '422' });
	});
});

describe('before anything is sent', () => {
	const task = { task: () => {} };
	const refused = (message: string) => ({ error: new UserError(message) });

	test('nothing is thrown when all items can be used', () => {
		expect(() => throwIfRefused(NODE, [task, task])).not.toThrow();
	});

	test('the only item that cannot be used is the message', () => {
		expect(thrownBy(() => throwIfRefused(NODE, [task, refused('Empty.')]))).toMatchObject({
			message: 'Empty. [item 1]',
			description: 'Nothing was sent.',
		});
	});

	test('of several the first is the message, the others are counted up', () => {
		const prepared = [refused('Empty.'), task, refused('Long.'), refused('Empty.'), task, refused('Long.')];
		expect(thrownBy(() => throwIfRefused(NODE, prepared))).toMatchObject({
			message: 'Empty. [item 0]',
			description: 'Nothing was sent. Items that cannot be used either: items 2–3, 5.',
		});
	});
});

describe('a run that stopped', () => {
	const advice =
		"To get the results of the others, set On Error in the node's settings to one of the Continue choices";

	test('is none when nothing failed', () => {
		expect(() => throwIfStopped(NODE, [DONE, NOT_SENT])).not.toThrow();
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
		expect(thrownBy(() => throwIfStopped(NODE, outcomes)).description).toBe(
			`HTTP status 422. ${report}. ${advice}`,
		);
	});

	test('ends in the first item that failed', () => {
		expect(thrownBy(() => throwIfStopped(NODE, [DONE, FAILED, FAILED])).message).toBe('Refused. [item 1]');
	});

	test('tells how far it came also when the error has no description', () => {
		const outcomes = [{ error: new Error('Broken.') }, DONE];
		expect(thrownBy(() => throwIfStopped(NODE, outcomes)).description).toBe(
			`Done: item 1. Failed: item 0. Never sent: no item. ${advice}`,
		);
	});

	test('with one item says nothing of others', () => {
		expect(thrownBy(() => throwIfStopped(NODE, [FAILED])).description).toBe('HTTP status 422');
	});
});

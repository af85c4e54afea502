import { UserError } from 'n8n-workflow';

import {
	causeOf,
	consequencesOf,
	EnapterApiError,
	ignoreFailure,
	isNotFound,
	ItemFailure,
	NotSentError,
	outcomeOfError,
	redactFailure,
	type RequestFailure,
} from '../../../nodes/EnapterDevice/transport/errors.ts';
import { NODE } from '../../support/fakeApi.mts';

const FAILURE: RequestFailure = {
	reason: 'Refused',
	advice: 'Check it',
	details: ['HTTP status 422'],
	status: 422,
	isFromApi: true,
	label: 'status 422',
	outcome: 'notDone',
	isTransient: false,
};

const failed = (change: Partial<RequestFailure> = {}) => new EnapterApiError(NODE, { ...FAILURE, ...change });

describe('a failed request', () => {
	test('is shown as what happened, what to do, what it changed, and details', () => {
		expect(failed({ consequences: ['One device was deleted'] })).toMatchObject({
			message: 'Refused.',
			description: 'Check it. One device was deleted. HTTP status 422.',
			httpCode: '422',
			messages: [],
		});
		const { status: _status, ...withoutStatus } = FAILURE;
		expect(new EnapterApiError(NODE, withoutStatus).httpCode).toBeNull();
	});

	test('names the credential in advice about it', () => {
		const node = { ...NODE, credentials: { enapterApi: { id: '1', name: 'Plant $& 2' } } };
		const failure = { ...FAILURE, advice: 'Check the Base URL in the credential.' };
		const { description } = new EnapterApiError(node, failure).with({});
		expect(description).toBe('Check the Base URL in the credential "Plant $& 2". HTTP status 422.');
	});

	test('has the name with which the editor shows its description beside a list', () => {
		expect(failed().name).toBe('NodeApiError');
	});

	test('keeps messages that n8n has words of its own for', () => {
		expect(failed({ reason: 'Device EPERM ENOENT' }).message).toBe('Device EPERM ENOENT.');
	});

	test('is not shown as HTML', () => {
		expect(failed({ details: ['The response starts with: <h1>Log in</h1>'] }).description).not.toContain('<');
	});

	test('is not stored twice', () => {
		expect(JSON.stringify(failed({ sentAt: 1234 }))).not.toContain('1234');
		expect(failed({ sentAt: 1234 }).requestFailure.sentAt).toBe(1234);
	});

	test.each([
		[404, true, true],
		[404, false, false],
		[403, true, false],
	])('with status %d, from the API: %p, is not found: %p', (status, isFromApi, is) => {
		expect(failed({ status, isFromApi }).isNotFound).toBe(is);
		expect(isNotFound(failed({ status, isFromApi }))).toBe(is);
	});

	test.each([
		[399, true, false],
		[400, true, true],
		[404, true, true],
		[429, true, false],
		[499, true, true],
		[500, true, false],
		[400, false, false],
		[undefined, true, false],
	])('with status %p, from the API: %p, is a refusal: %p', (status, isFromApi, is) => {
		const { status: _status, ...rest } = FAILURE;
		const change = status === undefined ? {} : { status };
		expect(new EnapterApiError(NODE, { ...rest, ...change, isFromApi }).isRefusal).toBe(is);
	});

	test('is copied with changes, never changed in place', () => {
		const error = failed({ consequences: ['b'] });
		const copy = error.withConsequences('a');
		expect(copy).not.toBe(error);
		expect(copy.description).toBe('Check it. a. b. HTTP status 422.');
		expect(error.description).toBe('Check it. b. HTTP status 422.');
		expect(failed().withConsequences('a').description).toBe('Check it. a. HTTP status 422.');
		expect(error.with({ status: 409 })).toMatchObject({ status: 409, message: 'Refused.' });
	});
});

test('an item failure says what happened and what to do', () => {
	const plain = new ItemFailure('It failed', 'Do this');
	expect(plain).toBeInstanceOf(UserError);
	expect(plain).toMatchObject({
		message: 'It failed.',
		description: 'Do this.',
		outcome: 'notDone',
		consequences: [],
	});
	const more = new ItemFailure('It failed', 'Do this', { outcome: 'unknown', consequences: ['One is gone'] });
	expect(more).toMatchObject({
		description: 'Do this. One is gone.',
		outcome: 'unknown',
		consequences: ['One is gone'],
	});
});

test('an item failure is copied with changes, never changed in place', () => {
	const failure = new ItemFailure('It failed', 'Do this', {
		outcome: 'unknown',
		consequences: ['One is gone'],
	});
	expect(failure.withMessage('It was not sent')).toMatchObject({
		message: 'It was not sent.',
		description: 'Do this. One is gone.',
		outcome: 'unknown',
		consequences: ['One is gone'],
	});
	expect(failure.withConsequences('Two is gone')).toMatchObject({
		message: 'It failed.',
		description: 'Do this. Two is gone. One is gone.',
		outcome: 'unknown',
	});
	expect(failure.message).toBe('It failed.');
});

test('a failure can be ignored, unless the run was stopped', () => {
	expect(ignoreFailure(new Error('a'))).toBeUndefined();
	expect(() => ignoreFailure(new NotSentError())).toThrow(NotSentError);
});

test('a request that was not sent has the word n8n looks for', () => {
	expect(new NotSentError().message).toContain('canceled');
});

test('every error has an outcome and consequences', () => {
	const errors = [
		failed({ outcome: 'unknown', consequences: ['a'] }),
		failed(),
		new ItemFailure('a', 'b', { outcome: 'done', consequences: ['c'] }),
		new ItemFailure('It may be gone', 'b', { outcome: 'unknown' }),
		new ItemFailure('It may be gone', 'b', { outcome: 'unknown', consequences: ['c'] }),
		new ItemFailure('It failed', 'b'),
		new UserError('wrong'),
		'text',
	];
	const outcomes = ['unknown', 'notDone', 'done', 'unknown', 'unknown', 'notDone', 'notDone', 'notDone'];
	expect(errors.map(outcomeOfError)).toEqual(outcomes);
	expect(errors.map(consequencesOf)).toEqual([['a'], [], ['c'], ['It may be gone.'], ['c'], [], [], []]);
	expect(isNotFound(new UserError('404'))).toBe(false);
});

test('a secret is redacted in all texts of a failure', () => {
	const failure = {
		...FAILURE,
		reason: 'The secret-text',
		advice: 'Not secret-text',
		details: ['a secret-text'],
	};
	expect(redactFailure({ ...failure, consequences: ['b secret-text'] }, 'secret-text')).toEqual({
		...FAILURE,
		reason: 'The [REDACTED]',
		advice: 'Not [REDACTED]',
		details: ['a [REDACTED]'],
		consequences: ['b [REDACTED]'],
	});
	expect(redactFailure(failure, 'secret-text').consequences).toEqual([]);
	expect(redactFailure({ ...failure, cause: 'A secret-text' }, 'secret-text').cause).toBe('A [REDACTED]');
});

test('the cause of an error does not name what the request was about', () => {
	expect(causeOf(failed({ reason: 'Pump: No', cause: 'No' }))).toBe('No');
	expect(causeOf(failed({ reason: 'No' }))).toBe('No');
	expect(causeOf(new ItemFailure('Pump is off', ''))).toBe('Pump is off.');
});

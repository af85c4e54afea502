import type { ILoadOptionsFunctions } from 'n8n-workflow';
import { NodeApiError } from 'n8n-workflow';

import {
	chosenRef,
	firstOf,
	inOrderOfName,
	listPage,
	matches,
	nothingToList,
	offsetFromToken,
	openForListSearch,
	searchable,
} from '../../../nodes/EnapterDevice/fields/listSearch.ts';
import type { ApiCall } from '../../../nodes/EnapterDevice/transport/client.ts';
import { withoutWaiting } from '../../support/clock.mts';
import { FakeApi, json, NODE, refusal } from '../../support/fakeApi.mts';

const recorded = withoutWaiting();

const context = (value?: unknown) =>
	({ getNode: () => NODE, getCurrentNodeParameter: () => value }) as unknown as ILoadOptionsFunctions;

test('a list in the panel retries once, and only briefly', async () => {
	const api = new FakeApi(() => refusal(503));
	const client = await openForListSearch(api.context as unknown as ILoadOptionsFunctions);
	const call: ApiCall<unknown> = {
		method: 'GET',
		path: ['x'],
		response: { expected: 'x', read: () => undefined },
		isIdempotent: true,
	};
	await expect(client.call(call)).rejects.toThrow('No.');
	expect(api.sent).toHaveLength(2);
	expect(recorded.waits).toHaveLength(1);
	const slow = new FakeApi((_, attempt) =>
		attempt > 1 ? json({}) : refusal(503, 'No', { 'retry-after': '3' }),
	);
	const impatient = await openForListSearch(slow.context as unknown as ILoadOptionsFunctions);
	await expect(impatient.call(call)).rejects.toThrow('No.');
	expect(slow.sent).toHaveLength(1);
	expect(impatient.timeout).toBe(15_000);
});

test('a page of a list has a token for the next one, as text', () => {
	const item = (name: string) => ({ name, value: name });
	expect(listPage({ entries: ['a'], next: 50 }, item)).toEqual({
		results: [{ name: 'a', value: 'a' }],
		paginationToken: '50',
	});
	expect(listPage({ entries: [] }, item)).toEqual({ results: [] });
});

test.each([
	[undefined, 0],
	['50', 50],
	['0', 0],
	['-1', 0],
	['1.5', 0],
	['x', 0],
])('the token %j starts at %d', (token, offset) => {
	expect(offsetFromToken(token)).toBe(offset);
});

test('a filter matches texts that contain all of its words, in any case and Unicode form', () => {
	expect(matches('pump WEST', 'West', 'Pump 1')).toBe(true);
	expect(matches('pump east', 'West', 'Pump 1')).toBe(false);
	expect(matches('Ka\u0301lna', 'Kálna')).toBe(true);
	expect(matches('kálna', 'Ka\u0301lna')).toBe(true);
	expect(matches('7', null, undefined, 7)).toBe(true);
	expect(matches('null', null)).toBe(false);
	expect(matches('s', null, undefined)).toBe(false);
	expect(matches(' pump  west ', 'West', 'Pump 1')).toBe(true);
	expect(matches('ab', 'a', 'b')).toBe(false);
	expect(searchable('Ka\u0301LNA')).toBe('kálna');
});

test('entries are sorted by name, numbers by their value, in any case', () => {
	const given = ['pump 10', 'Pump 2', 'battery'];
	expect(inOrderOfName(given, (name) => name)).toEqual(['battery', 'Pump 2', 'pump 10']);
	expect(given[0]).toBe('pump 10');
});

test('the first value that is not blank is text', () => {
	expect(firstOf(null, ' ', 7, 'a')).toBe('7');
	expect(firstOf(' a ')).toBe('a');
	expect(firstOf(undefined, '')).toBeUndefined();
});

test.each([
	['', undefined],
	[undefined, undefined],
	[{ __rl: true, mode: 'list', value: '' }, undefined],
	[{ __rl: true, mode: 'id', value: '={{ $json.id }}' }, undefined],
	[{ __rl: true, mode: 'id', value: 'a' }, { id: 'a' }],
	['a', { id: 'a' }],
])('with %j in the panel, %j is selected', (value, ref) => {
	expect(chosenRef(context(value), 'deviceId', 'Device')).toEqual(ref);
});

test('an empty list is explained', () => {
	const error = nothingToList(context(), 'No devices', 'Add one.');
	expect(error).toBeInstanceOf(NodeApiError);
	expect(error).toMatchObject({ message: 'No devices', description: 'Add one.' });
});

import { outcomeOf } from '../../../nodes/EnapterDevice/transport/outcome.ts';

test('a request that was never sent is not done; without a response its outcome is unknown', () => {
	expect([outcomeOf('neverSent'), outcomeOf('noResponse')]).toEqual(['notDone', 'unknown']);
});

test.each([
	[200, 'unknown', 'unknown'],
	[301, 'unknown', 'unknown'],
	[399, 'unknown', 'unknown'],
	[400, 'notDone', 'unknown'],
	[404, 'notDone', 'unknown'],
	[408, 'notDone', 'unknown'],
	[429, 'notDone', 'notDone'],
	[499, 'notDone', 'unknown'],
	[500, 'unknown', 'unknown'],
	[502, 'unknown', 'unknown'],
	[503, 'notDone', 'unknown'],
	[504, 'unknown', 'unknown'],
])("status %d: %s with the API's own error body, %s from anybody else", (status, fromApi, fromOthers) => {
	expect(outcomeOf({ status, isFromApi: true })).toBe(fromApi);
	expect(outcomeOf({ status, isFromApi: false })).toBe(fromOthers);
});

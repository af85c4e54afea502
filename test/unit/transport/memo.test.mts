import { upperCase } from '../../../nodes/EnapterDevice/transport/enums.ts';
import { getOrCreate } from '../../../nodes/EnapterDevice/transport/memo.ts';

test('a value is created once per key', () => {
	const values = new Map<string, object>();
	const create = jest.fn(() => ({}));
	const first = getOrCreate(values, 'a', create);
	expect(getOrCreate(values, 'a', create)).toBe(first);
	expect(getOrCreate(values, 'b', create)).not.toBe(first);
	expect(create).toHaveBeenCalledTimes(2);
});

test.each([
	['online', 'ONLINE'],
	[' Lua ', 'LUA'],
	[undefined, ''],
	[null, ''],
	[7, ''],
	[{}, ''],
])('the enumeration value %j is compared as %j', (value, compared) => {
	expect(upperCase(value)).toBe(compared);
});

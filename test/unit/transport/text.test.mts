import {
	counted,
	duration,
	listed,
	listedNames,
	quotedIfNeeded,
	sentences,
	shorten,
	withoutTags,
} from '../../../nodes/EnapterDevice/transport/text.ts';

test('sentences end in one full stop, and empty texts are left out', () => {
	expect(sentences('One', 'Two.', '', 'Three!', 'Four?', 'Five…')).toBe('One. Two. Three! Four? Five…');
});

test('only longer texts are cut', () => {
	expect(shorten('abcd', 4)).toBe('abcd');
	expect(shorten('abcde', 4)).toBe('abcd…');
});

test('tags are removed, also one that is cut off', () => {
	expect(withoutTags('<h1 class="a">Log</h1>in<!-- x --><IMG src=')).toBe(' Log in  ');
	expect(withoutTags('1 < 2, a<3 and 4 > 3')).toBe('1 < 2, a<3 and 4 > 3');
});

test('a list is written with commas and an "and"', () => {
	expect([listed([]), listed(['a']), listed(['a', 'b']), listed(['a', 'b', 'c'])]).toEqual([
		'',
		'a',
		'a and b',
		'a, b and c',
	]);
});

test.each([
	[1, '1 second'],
	[1001, '2 seconds'],
	[119_000, '119 seconds'],
	[120_000, '2 minutes'],
	[3_600_000, '60 minutes'],
	[7_200_000, '2 hours'],
	[7_200_001, '3 hours'],
])('%d ms: %s', (milliseconds, words) => {
	expect(duration(milliseconds)).toBe(words);
});

test('names are listed up to a limit, and quoted if they contain a comma', () => {
	expect(listedNames(['a', 'b, c'])).toBe('a and "b, c"');
	expect(listedNames(['a', 'b', 'c'], 3)).toBe('a, b and c');
	expect(listedNames(['a', 'b', 'c', 'd'], 2)).toBe('a, b and 2 more');
	expect(listedNames(Array.from({ length: 11 }, (_, index) => String(index)))).toBe(
		'0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 1 more',
	);
	expect(['a', 'a, b'].map(quotedIfNeeded)).toEqual(['a', '"a, b"']);
	expect(listedNames([quotedIfNeeded('a, b'), 'c'])).toBe('"a, b" and c');
});

test.each([
	[0, '0 devices'],
	[1, '1 device'],
	[2, '2 devices'],
])('%d: %s', (count, words) => {
	expect(counted(count, 'device')).toBe(words);
});

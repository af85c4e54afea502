import {
	duration,
	listed,
	sentences,
	shorten,
	withoutTags,
} from '../../../nodes/EnapterDevice/transport/text.ts';

test('sentences end in one full stop, and empty ones are left out', () => {
	expect(sentences('One', 'Two.', '', 'Three!', 'Four?', 'Five…')).toBe('One. Two. Three! Four? Five…');
});

test('only what is longer is cut', () => {
	expect(shorten('abcd', 4)).toBe('abcd');
	expect(shorten('abcde', 4)).toBe('abcd…');
});

test('tags are taken out, also one that is cut off; what is no tag stays', () => {
	expect(withoutTags('<h1 class="a">Log</h1>in<!-- x --><IMG src=')).toBe(' Log in  ');
	expect(withoutTags('1 < 2, a<3 and 4 > 3')).toBe('1 < 2, a<3 and 4 > 3');
});

test('a list is written as people write it', () => {
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
])('%d ms are %s', (milliseconds, words) => {
	expect(duration(milliseconds)).toBe(words);
});

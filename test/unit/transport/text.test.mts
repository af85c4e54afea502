import { rawAnswer } from '../../../nodes/EnapterDevice/transport/rawAnswer.ts';
import { blotted, blottedText } from '../../../nodes/EnapterDevice/transport/secrets.ts';
import { sentences, shorten, withoutTags } from '../../../nodes/EnapterDevice/transport/text.ts';

test('sentences end in one full stop', () => {
	expect(sentences('One', 'Two.', 'Three!', 'Four?', 'Five…')).toBe('One. Two. Three! Four? Five…');
});

test('only what is longer is cut', () => {
	expect(shorten('abcd', 4)).toBe('abcd');
	expect(shorten('abcde', 4)).toBe('abcd…');
});

test('tags are taken out, also one that is cut off; what is no tag stays', () => {
	expect(withoutTags('<h1 class="a">Log</h1>in<!-- x --><IMG src=')).toBe(' Log in  ');
	expect(withoutTags('1 < 2, a<3 and 4 > 3')).toBe('1 < 2, a<3 and 4 > 3');
});

test('a secret is blotted out wherever it stands, also in the form it has in a URL', () => {
	const secret = 'a/b+c';
	expect(blottedText(`x ${secret} y ${encodeURIComponent(secret)} ${secret}`, secret)).toBe(
		'x *** y *** ***',
	);
	expect(blotted({ [secret]: [secret, { deep: `<${secret}>` }], other: null, count: 7 }, secret)).toEqual({
		'***': ['***', { deep: '<***>' }],
		other: null,
		count: 7,
	});
	expect(blotted(undefined, secret)).toBeUndefined();
});

test.each([
	['{"a":1}', { a: 1 }],
	['', undefined],
	['  \n', undefined],
	['<html>', '<html>'],
	['"text"', 'text'],
	[{ a: 1 }, { a: 1 }],
])('a body %j is read as %j', (body, read) => {
	expect(rawAnswer({ statusCode: 200, body })).toEqual({ status: 200, headers: {}, body: read });
});

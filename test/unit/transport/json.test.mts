import { isWebPage, parseJson } from '../../../nodes/EnapterDevice/transport/json.ts';

test.each([
	['<html>', true],
	['\n  <!doctype html>', true],
	['text < text', false],
	[{ html: '<html>' }, false],
])('%j is a web page: %j', (body, is) => {
	expect(isWebPage(body)).toBe(is);
});

test.each([
	['{"a":1}', { a: 1 }],
	['', undefined],
	['  \n', undefined],
	['<html>', '<html>'],
	['"text"', 'text'],
	['null', null],
])('a text %j is the value %j', (text, value) => {
	expect(parseJson(text)).toEqual(value);
});

import { isErrorBody, reportedErrors } from '../../../nodes/EnapterDevice/transport/errorBody.ts';

const read = (...errors: unknown[]) => reportedErrors({ errors });

test('each error has its message, code and details', () => {
	expect(read({ message: ' No ', code: 'x', details: { field: 'name' } }, { message: 'Nor this' })).toEqual([
		{ message: 'No', code: 'x', details: ['Code x', 'Details {"field":"name"}'] },
		{ message: 'Nor this', details: [] },
	]);
});

test('the code replaces a missing or blank message', () => {
	expect(read({ code: 'x' }, { code: 'y', message: ' ' })).toEqual([
		{ message: 'x', code: 'x', details: ['Code x'] },
		{ message: 'y', code: 'y', details: ['Code y'] },
	]);
});

test('entries without a reason are ignored', () => {
	expect(read({}, { message: 7 }, { message: '', code: '' }, null, 'text', ['a'])).toEqual([]);
	expect(read({ message: 'a', code: '', details: null })).toEqual([{ message: 'a', details: [] }]);
	expect(read({ message: 'a', code: 7, details: 0 })).toEqual([{ message: 'a', details: ['Details 0'] }]);
});

test.each([undefined, null, 'text', [], {}, { errors: 'many' }, { errors: {} }])(
	"%j is not the API's error body",
	(body) => {
		expect(reportedErrors(body)).toEqual([]);
		expect(isErrorBody(body)).toBe(false);
	},
);

test("a list of errors is the API's error body, whatever it contains", () => {
	expect([{ errors: [] }, { errors: [{ message: 'No' }], more: 1 }].map(isErrorBody)).toEqual([true, true]);
});

test('long texts are cut', () => {
	const [error] = read({ message: 'm'.repeat(501), code: 'c'.repeat(101), details: 'd'.repeat(600) });
	const code = `${'c'.repeat(100)}…`;
	expect(error).toEqual({
		message: `${'m'.repeat(500)}…`,
		code,
		details: [`Code ${code}`, `Details "${'d'.repeat(499)}…`],
	});
});

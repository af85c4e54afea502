import { apiErrors } from '../../../nodes/EnapterDevice/transport/apiErrors.ts';

const of = (...errors: unknown[]) => apiErrors({ errors });

test('each error has its message, its code and its details', () => {
	expect(of({ message: ' No ', code: 'x', details: { field: 'name' } }, { message: 'Nor this' })).toEqual([
		{ message: 'No', details: ['Code x', 'Details {"field":"name"}'] },
		{ message: 'Nor this', details: [] },
	]);
});

test('a code stands in for a message that is missing or blank', () => {
	expect(of({ code: 'x' }, { code: 'y', message: ' ' })).toEqual([
		{ message: 'x', details: ['Code x'] },
		{ message: 'y', details: ['Code y'] },
	]);
});

test('what says nothing is passed over', () => {
	expect(of({}, { message: 7 }, { message: '', code: '' }, null, 'text', ['a'])).toEqual([]);
	expect(of({ message: 'a', code: '', details: null })).toEqual([{ message: 'a', details: [] }]);
	expect(of({ message: 'a', code: 7, details: 0 })).toEqual([{ message: 'a', details: ['Details 0'] }]);
});

test.each([undefined, null, 'text', [], {}, { errors: 'many' }, { errors: {} }])(
	'%j holds no errors',
	(body) => {
		expect(apiErrors(body)).toEqual([]);
	},
);

test('what is long is cut', () => {
	const [error] = of({ message: 'm'.repeat(501), code: 'c'.repeat(101), details: 'd'.repeat(600) });
	expect(error).toEqual({
		message: `${'m'.repeat(500)}…`,
		details: [`Code ${'c'.repeat(100)}…`, `Details "${'d'.repeat(499)}…`],
	});
});

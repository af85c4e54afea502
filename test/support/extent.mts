/** Whether to run everything, as `.ci/run` does with `TEST_FULL=1 npm test`. `npm test` runs a representative part. */
export const IS_FULL = process.env['TEST_FULL'] === '1';

/** How many random cases to try: all of them, or a part in `npm test`. */
export function runs(all: number, some: number): number {
	return IS_FULL ? all : some;
}

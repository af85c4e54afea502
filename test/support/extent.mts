/** Whether to run everything, as `.ci/run` does with `npm run test:full`. `npm test` runs a representative part. */
export const IS_FULL = process.env['TEST_FULL'] === '1';

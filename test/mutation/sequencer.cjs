const { default: Sequencer } = require('@jest/test-sequencer');

/** Those that take long come last: most mutants are found before. */
const LAST = ['repeats', 'retries', 'errors', 'refusals'];

module.exports = class extends Sequencer {
	sort(tests) {
		const rank = ({ path }) =>
			path.includes('/unit/') ? -1 : LAST.findIndex((name) => path.includes(name)) + 1;
		return [...tests].sort((one, other) => rank(one) - rank(other) || one.path.localeCompare(other.path));
	}
};

const { default: Sequencer } = require('@jest/test-sequencer');

/** Those that find most come first, those that take long come last: after the first finding the others are skipped. */
const ORDER = [
	'unit/',
	'operations',
	'credentialTest',
	'refusals',
	'badInput',
	'errors',
	'schemas',
	'parameters',
	'sharedRequests',
	'repeats',
	'retries',
	'pickers',
];

module.exports = class extends Sequencer {
	sort(tests) {
		const rank = ({ path }) => ORDER.findIndex((name) => path.includes(name));
		return [...tests].sort((one, other) => rank(one) - rank(other) || one.path.localeCompare(other.path));
	}
};

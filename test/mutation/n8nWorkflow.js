// The parts of n8n-workflow that the unit tests use, loaded when they are used. Loading all of it takes longer than most tests.
const PARTS = {
	'errors/base/user.error': ['UserError'],
	'errors/node-api.error': ['NodeApiError'],
	'errors/node-operation.error': ['NodeOperationError'],
	'expressions/expression-helpers': ['isExpression'],
	interfaces: ['NodeConnectionTypes'],
	'type-validation': ['tryToParseDateTime'],
	utils: ['isSafeObjectProperty', 'sleep'],
	index: ['NodeHelpers', 'Workflow'],
};

for (const [file, names] of Object.entries(PARTS)) {
	for (const name of names) {
		const get = () => require(`n8n-workflow/dist/cjs/${file}.js`)[name];
		Object.defineProperty(exports, name, { get });
	}
}

// n8n-workflow for the unit tests, part by part: loading all of it takes longer than most tests.
const FILES = {
	UserError: 'errors/base/user.error',
	NodeApiError: 'errors/node-api.error',
	NodeOperationError: 'errors/node-operation.error',
	deepCopy: 'utils',
	isExpression: 'expressions/expression-helpers',
	NodeConnectionTypes: 'interfaces',
	tryToParseDateTime: 'type-validation',
	isSafeObjectProperty: 'utils',
	sleep: 'utils',
};

module.exports = new Proxy(
	{ __esModule: true },
	{
		get: (parts, name) => parts[name] ?? require(`n8n-workflow/dist/cjs/${FILES[name] ?? 'index'}.js`)[name],
	},
);

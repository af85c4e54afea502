// Test and tool code is `.mts`, because n8n's lint treats every `.ts` file as node code.
const shared = {
	testEnvironment: 'node',
	moduleFileExtensions: ['mts', 'ts', 'js', 'mjs', 'cjs', 'json', 'node'],
	transform: {
		'\\.m?[jt]s$': [
			'@swc/jest',
			{
				jsc: { parser: { syntax: 'typescript', decorators: true }, target: 'es2022' },
				module: { type: 'commonjs', ignoreDynamic: true },
				sourceMaps: 'inline',
			},
		],
	},
	// Only available as ES modules, but Jest runs CommonJS.
	transformIgnorePatterns: ['/node_modules/(?!(get-port)/)', '/n8n/node_modules/'],
	moduleNameMapper: { '^isolated-vm$': '<rootDir>/test/support/isolated-vm.mts' },
	modulePathIgnorePatterns: [
		'<rootDir>/n8n/node_modules',
		'<rootDir>/n8n/data',
		'<rootDir>/dist',
		'<rootDir>/\\.stryker-tmp',
	],
};

module.exports = {
	maxWorkers: '100%',
	testTimeout: 30_000,
	projects: [
		// What `npm test` runs: the unit and integration tests in a few files, because Jest loads n8n anew for each file. Files
		// named `.alone.test.mts` have a snapshot, or set up n8n in another way.
		{
			...shared,
			displayName: 'together',
			testMatch: [
				'<rootDir>/test/together/*.test.mts',
				'<rootDir>/test/{unit,integration}/**/*.alone.test.mts',
			],
		},
		{ ...shared, displayName: 'unit', testMatch: ['<rootDir>/test/unit/**/*.test.mts'] },
		{ ...shared, displayName: 'integration', testMatch: ['<rootDir>/test/integration/**/*.test.mts'] },
		{
			...shared,
			displayName: 'compat',
			testMatch: [
				'<rootDir>/test/compat/*.test.mts',
				'<rootDir>/test/together/integration*.test.mts',
				'<rootDir>/test/integration/**/*.alone.test.mts',
			],
			setupFiles: ['<rootDir>/test/compat/timers.mts'],
			moduleNameMapper: {
				...shared.moduleNameMapper,
				'^(n8n-core|n8n-workflow)(/.*)?$': '<rootDir>/test/compat/n8n-1.123/node_modules/$1$2',
			},
		},
		{ ...shared, displayName: 'e2e', testMatch: ['<rootDir>/test/e2e/**/*.test.mts'] },
	],
};

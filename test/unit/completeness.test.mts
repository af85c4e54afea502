import { existsSync, readFileSync } from 'node:fs';

import { NAMED_OPERATIONS, OPERATIONS, schemaPath } from '../support/operations.mts';

type Operation = (typeof NAMED_OPERATIONS)[number];

const readme = readFileSync('README.md', 'utf8');

/** The operations that the table of README.md describes, as `Resource: Operation`. Rows repeat no resource. */
function describedOperations(): string[] {
	const [, table = ''] = /\| Resource \| Operation \|.*\n\|[-|]+\n((?:\|.*\n)*)/.exec(readme) ?? [];
	let resource = '';
	return table.split('\n').map((row) => {
		const [, first = '', operation = ''] = row.split('|').map((cell) => cell.trim());
		if (first !== '') resource = first;
		return `${resource}: ${operation}`;
	});
}

/** What belongs to an operation and is missing, each with what to write where. */
function missingOf({ name, resourceName, operation: { option } }: Operation): string[] {
	const { name: shown, action = '', description = '' } = option;
	const checks: Array<[isThere: boolean, advice: string]> = [
		[/^[A-Z]/.test(action), 'option.action: add a sentence such as "Get a device".'],
		[/^[A-Z]/.test(description), 'option.description: say in a sentence what the operation does.'],
		// n8n shows two lines.
		[
			description.length <= 80,
			`option.description: it has ${description.length} characters, at most 80 are shown.`,
		],
		[
			existsSync(schemaPath(name)),
			`${schemaPath(name)}: describe the output. The editor shows it before the first run.`,
		],
		[
			OPERATIONS.some((example) => example.name === name),
			'test/support/operations.mts: add an example with its expected output to EXAMPLES.',
		],
		[
			describedOperations().includes(`${resourceName}: ${shown}`),
			`README.md: add a row "${shown}" to the rows of ${resourceName} in the table under Operations.`,
		],
	];
	return checks.filter(([isThere]) => !isThere).map(([, advice]) => advice);
}

test.each(NAMED_OPERATIONS)('$name has everything that belongs to an operation', (operation) => {
	const missing = missingOf(operation);
	if (missing.length > 0) throw new Error(`${operation.name} is incomplete:\n- ${missing.join('\n- ')}`);
});

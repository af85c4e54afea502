import type { IExecuteFunctions } from 'n8n-workflow';
import { isExpression } from 'n8n-workflow';

/**
 * Reads the node's parameters: one that holds no expression once a run, one that holds an expression once an item.
 * What it returns is shared between items and must not be changed.
 */
export class Parameters {
	private readonly fixed = new Map<string, unknown>();

	private readonly changing = new Set<string>();

	constructor(private readonly context: IExecuteFunctions) {}

	/** @param fallback what a parameter has that the workflow does not hold, as one saved by an older version */
	read(name: string, item: number, fallback: unknown): unknown {
		if (this.fixed.has(name)) return this.fixed.get(name);
		const value: unknown = this.context.getNodeParameter(name, item, fallback);
		if (!this.changing.has(name)) {
			const raw: unknown = this.context.getNodeParameter(name, item, fallback, { rawExpressions: true });
			if (holdsExpression(raw)) this.changing.add(name);
			else this.fixed.set(name, value);
		}
		return value;
	}
}

function holdsExpression(value: unknown): boolean {
	if (typeof value === 'object' && value !== null) return Object.values(value).some(holdsExpression);
	return isExpression(value);
}

import type { IExecuteFunctions } from 'n8n-workflow';
import { isExpression } from 'n8n-workflow';

import { fromItemFields } from './itemFields';

/**
 * Reads the node's parameters: one that holds no expression once a run, one that holds nothing but fields of the item
 * straight from the item, any other through n8n's expression engine once an item.
 * What it returns is shared between items and must not be changed.
 */
export class Parameters {
	/** Parameters without an expression, as n8n gives them. */
	private readonly fixed = new Map<string, unknown>();

	/** Parameters with an expression, as the workflow holds them. */
	private readonly changing = new Map<string, unknown>();

	private current: { item: number; json: unknown } | undefined;

	constructor(private readonly context: IExecuteFunctions) {}

	/**
	 * An item's value of a parameter.
	 *
	 * @param fallback what a parameter has that the workflow does not hold, as one saved by an older version
	 */
	read(name: string, item: number, fallback: unknown): unknown {
		if (this.fixed.has(name)) return this.fixed.get(name);
		if (!this.changing.has(name)) {
			const raw: unknown = this.context.getNodeParameter(name, item, fallback, { rawExpressions: true });
			if (!holdsExpression(raw)) {
				const value: unknown = this.context.getNodeParameter(name, item, fallback);
				this.fixed.set(name, value);
				return value;
			}
			this.changing.set(name, raw);
		}
		return (
			fromItemFields(this.changing.get(name), () => this.jsonOf(item)) ??
			this.context.getNodeParameter(name, item, fallback)
		);
	}

	/** What expressions see as `$json`. */
	private jsonOf(item: number): unknown {
		if (this.current?.item !== item) {
			const { $json: json } = this.context.getWorkflowDataProxy(item);
			this.current = { item, json };
		}
		return this.current.json;
	}
}

function holdsExpression(value: unknown): boolean {
	if (typeof value === 'object' && value !== null) return Object.values(value).some(holdsExpression);
	return isExpression(value);
}

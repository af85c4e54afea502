import type { IExecuteFunctions } from 'n8n-workflow';
import { isExpression, UserError } from 'n8n-workflow';

import type { ItemParameters } from '../fields/itemParameters';
import { isObject } from '../transport/json';
import { readSimpleExpressions } from './simpleExpressions';

/** Stands for a parameter that the workflow does not hold. */
const NOT_HELD = {};

/**
 * Reads the node's parameters: one that holds no expression once a run, one that holds nothing but fields of the item
 * straight from the item, any other through n8n's expression engine once an item.
 */
export class Parameters {
	/** Parameters without an expression, as n8n gives them. */
	private readonly fixed = new Map<string, unknown>();

	/** Parameters with an expression, as the workflow holds them. */
	private readonly changing = new Map<string, unknown>();

	private readonly isTool: boolean;

	private readonly timezone: string;

	private current: { item: number; json: unknown } | undefined;

	constructor(private readonly context: IExecuteFunctions) {
		this.isTool = isToolNode(context);
		this.timezone = context.getTimezone();
	}

	/** The parameters of one item. */
	of(item: number): ItemParameters {
		return {
			isTool: this.isTool,
			timezone: this.timezone,
			get: (name, fallback) => this.read(name, item, fallback),
			holds: (name) => this.raw(name, NOT_HELD) !== NOT_HELD,
			raw: (name, fallback) => this.raw(name, fallback),
			input: () => {
				const json = this.jsonOf(item);
				return isObject(json) ? json : {};
			},
			chosen: (name, displayName) => this.chosen(name, displayName),
		};
	}

	private read(name: string, item: number, fallback: unknown): unknown {
		if (this.fixed.has(name)) return this.fixed.get(name);
		if (!this.changing.has(name)) {
			const raw = this.raw(name, fallback);
			if (!holdsExpression(raw)) {
				const value = this.evaluated(name, item, fallback);
				this.fixed.set(name, value);
				return value;
			}
			this.changing.set(name, raw);
		}
		return (
			readSimpleExpressions(this.changing.get(name), () => this.jsonOf(item)) ??
			this.evaluated(name, item, fallback)
		);
	}

	/** Not validated by n8n, which takes an empty text for the number 0 and quotes what it refuses. */
	private evaluated(name: string, item: number, fallback: unknown): unknown {
		return this.context.getNodeParameter(name, item, fallback, { skipValidation: true });
	}

	/** Read as the workflow holds it, so that an expression for the whole collection sets nothing either. */
	private chosen(name: string, displayName: string): boolean {
		const raw = this.raw(name, null);
		if (raw === null || typeof raw === 'boolean') return raw === true;
		throw new UserError(
			`${displayName} has to be chosen in the node's panel. An expression, or the choice of a language model, is not accepted there.`,
		);
	}

	/** A parameter as the workflow holds it, expressions and all. */
	private raw(name: string, fallback: unknown): unknown {
		return this.context.getNodeParameter(name, 0, fallback, { rawExpressions: true });
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

/**
 * Whether a language model calls the node. n8n makes of a node that is usable as a tool one whose type ends in `Tool`.
 * `isToolExecution` is not enough: agents since n8n 2 have the engine run their tools, where it says no, and n8n 1 lacks it.
 */
export function isToolNode(context: IExecuteFunctions): boolean {
	if (context.getNode().type.endsWith('Tool')) return true;
	return 'isToolExecution' in context && context.isToolExecution();
}

function holdsExpression(value: unknown): boolean {
	if (typeof value === 'object' && value !== null) return Object.values(value).some(holdsExpression);
	return isExpression(value);
}
